"""What must leave the house: written with its cause, sent afterwards, kept until it is sent."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.errors import DeskFailed, StoreFailed
from bot.humans.desk import Card, Desk, ThreadLine
from bot.humans.escalation import CAUSE, Reason
from bot.privacy.redact import fixed, joined, stored
from bot.scribe import Scribe
from bot.stores.base import (
    EventsOfType,
    Head,
    HeadOf,
    Owner,
    Parcel,
    ParcelsDue,
    ParcelState,
    RecordsOf,
    Store,
    Write,
)
from bot.transcript import SPOKEN_TYPES, Line, lines_of
from bot.turns.remembered import MOST_TURNS, TURN, heard_turns
from bot.waiting import is_set_within
from channels.base import ConversationId
from routing.request import Redacted

log = logging.getLogger("copilot.outbox")
LOOK_EVERY_S = 5.0
LONGEST_BACKOFF_S = 60.0
LATER = timedelta(days=1)
"""Longer than anything waits to be tried again."""
MOST_RECALLED = 10_000
MOST_AT_ONCE = 16
"""Conversations of which something is being sent: a slow desk answers several at a time."""
SUMMARY_LINES = 6
MOST_EVENTS = 60
NO_ASK = fixed("(no message yet)")
AFTER_IT = timedelta(milliseconds=1)
"""What waits for another parcel is due this much later, so that the order survives a restart."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The parcel that failed in a conversation, and when the last that waits for it is due."""

    first: str
    last: datetime


class Outbox:
    """Sends what is due to the desk; a desk that is down loses nothing."""

    def __init__(self, scribe: Scribe, store: Store, desk: Desk, clock: Clock) -> None:
        self._scribe = scribe
        self._store = store
        self.desk = desk
        """Where everything is sent; may be replaced before `run`."""
        self._clock = clock
        self._kicked = asyncio.Event()
        self._held: dict[ConversationId, _Held] = {}

    def kick(self) -> None:
        """Say that something new is due."""
        self._kicked.set()

    async def run(self) -> None:
        """Send for ever: what is due now, then on every kick, and looking every few seconds."""
        is_recalled = False
        while True:
            self._kicked.clear()
            try:
                if not is_recalled:
                    await self._recall()
                    is_recalled = True
                await self.send_due()
            except StoreFailed:
                log.exception("outbox.unread")
            await is_set_within(self._kicked, LOOK_EVERY_S)

    async def send_due(self) -> None:
        """Send everything whose time has come: what fails, or is slow, holds back its own only.

        Under a card things are said in an order: what follows a parcel that failed waits for it.

        Raises:
            StoreFailed: the disk failed; what was not sent is due again.
        """
        due: dict[ConversationId, list[Parcel]] = {}
        for parcel in await self._store.find(ParcelsDue(self._clock.now())):
            due.setdefault(parcel.conversation, []).append(parcel)
        room = asyncio.Semaphore(MOST_AT_ONCE)
        sending = (self._send_all(parcels, room) for parcels in due.values())
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def _send_all(self, parcels: Sequence[Parcel], room: asyncio.Semaphore) -> None:
        """Send what is due in one conversation, in its order."""
        async with room:
            for parcel in parcels:
                await self._try(parcel)

    async def _try(self, parcel: Parcel) -> None:
        now = self._clock.now()
        held = self._held.get(parcel.conversation)
        if held is not None and parcel.id != held.first:
            last = max(held.last, now) + AFTER_IT
            self._held[parcel.conversation] = replace(held, last=last)
            await self._keep(replace(parcel, due_at=last))
            return
        try:
            state = await self._send(parcel)
        except DeskFailed as failed:
            log.warning("desk.failed", extra={"parcel": parcel.id, "tries": parcel.tries + 1})
            wait_s = failed.retry_after_s or min(2.0**parcel.tries, LONGEST_BACKOFF_S)
            due_at = self._clock.now() + timedelta(seconds=wait_s)
            self._held[parcel.conversation] = _Held(parcel.id, due_at)
            await self._keep(replace(parcel, tries=parcel.tries + 1, due_at=due_at))
            return
        if self._held.pop(parcel.conversation, None) is not None:
            self.kick()
        await self._keep(replace(parcel, state=state, tries=parcel.tries + 1))

    async def _recall(self) -> None:
        """Learn what an earlier process has failed to send, so that nothing goes before it."""
        now = self._clock.now()
        for parcel in await self._store.find(ParcelsDue(now + LATER, MOST_RECALLED)):
            if parcel.due_at <= now:
                continue
            held = self._held.setdefault(parcel.conversation, _Held(parcel.id, parcel.due_at))
            last = max(held.last, parcel.due_at)
            self._held[parcel.conversation] = replace(held, last=last)

    async def _send(self, parcel: Parcel) -> ParcelState:
        """Send one parcel, reading the state again first: it may have become untrue."""
        heads = await self._store.find(HeadOf(parcel.conversation))
        body = json.loads(parcel.json)
        head = heads[0]
        if parcel.kind == "close":
            await self.desk.close(parcel.conversation, body["outcome"])
            return ParcelState.SENT
        if parcel.kind == "line":
            if body.get("calls") and not _is_still_called_for(head, body):
                return ParcelState.DROPPED
            await self.desk.append(_line_of(parcel, body))
            return ParcelState.SENT
        if head.owner is Owner.BOT or head.episode != body["episode"]:
            return ParcelState.DROPPED
        await self.desk.post(await card_for(self._store, head, self._clock.now()))
        return ParcelState.SENT

    async def _keep(self, parcel: Parcel) -> None:
        await self._scribe.write(Write(parcel.conversation, self._clock.now(), outbox=(parcel,)))


def _is_still_called_for(head: Head, body: dict[str, Any]) -> bool:
    """Tell whether what humans are called for is still so: nobody came, spoke or ended it."""
    now = (head.episode, head.epoch, head.is_open)
    if now != (body["episode"], body["epoch"], True):
        return False
    has_spoken: bool = head.answered_seq != body["answered_seq"]
    return body["calls"] != "claimer" or not has_spoken


def _line_of(parcel: Parcel, body: dict[str, Any]) -> ThreadLine:
    return ThreadLine(
        parcel.conversation,
        body["author"],
        stored(body["text"]),
        id=parcel.id,
        calls=body.get("calls", ""),
        files=tuple(body.get("files", ())),
    )


async def card_for(store: Store, head: Head, now: datetime) -> Card:
    """Return what a human sees of a conversation that waits, from the log as it is now."""
    events = await store.find(EventsOfType(head.conversation, SPOKEN_TYPES, MOST_EVENTS))
    query = RecordsOf(TURN, conversation=head.conversation, limit=MOST_TURNS)
    turns = heard_turns(await store.find(query))
    lines = lines_of(events)
    asked = [line.text for line in lines if line.author.value == "customer"]
    reason = head.reason
    known = {one.value: one for one in Reason}
    return Card(
        conversation=head.conversation,
        tenant=head.tenant,
        episode=head.episode,
        reason=reason,
        cause=CAUSE[known[reason]] if reason in known else "human",
        ask=asked[-1] if asked else NO_ASK,
        summary=tuple(_summary_line(line) for line in lines[-SUMMARY_LINES:]),
        locale=head.locale,
        channel=head.channel,
        is_verified=bool(head.customer),
        waiting_since=head.waiting_since or now,
        trace_id=turns[0].id if turns else "",
        owner=head.owner.value,
        human=head.human,
        intent=json.loads(turns[0].json)["intent"] if turns else "",
        epoch=head.epoch,
    )


def _summary_line(line: Line) -> Redacted:
    return joined((stored(f"{line.author.value}: "), line.text))
