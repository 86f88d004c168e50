"""What must leave the house: written with its cause, sent afterwards, kept until it is sent."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.errors import DeskFailed, StoreFailed
from bot.humans.desk import Card, Desk, ThreadLine
from bot.humans.escalation import CAUSE, Reason
from bot.humans.summary import SPEAKERS, needed_in, tried_in
from bot.privacy.redact import joined, stored
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
from bot.turns.remembered import MOST_TURNS, TURN, heard_turns, matter_of
from bot.waiting import is_set_within
from channels.base import ConversationId
from routing.request import Redacted

log = logging.getLogger("copilot.outbox")
LOOK_EVERY_S = 5.0
LONGEST_BACKOFF_S = 60.0
SHORTEST_PAUSE_S = 0.05
MOST_DUE = 10_000
"""What waits for a desk that is down must not hide what can be sent."""
LOOK_COSTS_S = 0.0002
"""Paused after a look for each parcel that was found."""
MOST_AT_ONCE = 16
"""Parcels, each of another conversation: a slow desk answers several at a time."""
SUMMARY_LINES = 6
MOST_EVENTS = 60


class Outbox:
    """Sends what is due to the desk; a desk that is down loses nothing.

    Under a card things are said in an order: what follows a parcel that failed waits for it. What
    fails, or is slow, holds back its own conversation only.

    What waits keeps the time at which it was written, so that its order survives everything; when
    it is tried again is known here only. After a restart everything is tried at once.
    """

    def __init__(self, scribe: Scribe, store: Store, desk: Desk, clock: Clock) -> None:
        self._scribe = scribe
        self._store = store
        self.desk = desk
        """Where everything is sent; may be replaced before `run`."""
        self._clock = clock
        self._kicked = asyncio.Event()
        self._held: dict[ConversationId, datetime] = {}
        """Until when nothing is sent of a conversation in which something has failed."""
        self._at_work: set[ConversationId] = set()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0
        """How many parcels were due when it was looked last."""

    def kick(self) -> None:
        """Say that something new is due."""
        self._kicked.set()

    def try_again(self) -> None:
        """Say that what has failed may work now."""
        self._held.clear()
        self.kick()

    async def run(self) -> None:
        """Send for ever: what is due now, then on every kick, and looking every few seconds."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._kicked.clear()
                pause_s = await self._begin_due(group)
                # With thousands waiting for a desk that is down a look is not for free.
                await asyncio.sleep(self._waiting * LOOK_COSTS_S)
                await is_set_within(self._kicked, pause_s)

    async def send_due(self) -> None:
        """Send everything whose time has come, and wait for it.

        Raises:
            StoreFailed: the disk failed; what was not sent is due again.
        """
        due = await self._due()
        await asyncio.gather(*(self._send_alone(*one) for one in due.items()))

    async def _begin_due(self, group: asyncio.TaskGroup) -> float:
        """Begin to send what is due; return how long to wait for a kick then."""
        try:
            due = await self._due()
        except StoreFailed:
            log.exception("outbox.unread")
            return LOOK_EVERY_S
        for conversation, parcels in due.items():
            group.create_task(self._send_alone(conversation, parcels))
        return self._pause_s()

    async def _due(self) -> dict[ConversationId, list[Parcel]]:
        """Return what is due of conversations that are not at work and have not just failed.

        They are at work from now on.
        """
        now = self._clock.now()
        due: dict[ConversationId, list[Parcel]] = {}
        found = await self._store.find(ParcelsDue(now, MOST_DUE))
        self._waiting = len(found)
        for parcel in found:
            is_held = self._held.get(parcel.conversation, now) > now
            if not is_held and parcel.conversation not in self._at_work:
                due.setdefault(parcel.conversation, []).append(parcel)
        self._at_work |= due.keys()
        return due

    def _pause_s(self) -> float:
        """Return how long to wait for a kick: until the first that failed may be tried again."""
        now = self._clock.now()
        waits = ((until - now).total_seconds() for until in self._held.values())
        return max(SHORTEST_PAUSE_S, min((LOOK_EVERY_S, *waits)))

    async def _send_alone(self, conversation: ConversationId, parcels: Sequence[Parcel]) -> None:
        """Send what is due in one conversation; what goes wrong there harms no other."""
        try:
            sending = self._send_all(parcels)
            for outcome in await asyncio.gather(sending, return_exceptions=True):
                if outcome is not None:
                    log.error("outbox.failed", extra={"class": type(outcome).__name__})
                    self._hold(conversation, LONGEST_BACKOFF_S)
        finally:
            self._at_work.discard(conversation)
        # Something may have been written meanwhile.
        self.kick()

    async def _send_all(self, parcels: Sequence[Parcel]) -> None:
        """Send parcels in their order, up to one that fails."""
        for parcel in parcels:
            # Each anew, so that many conversations take turns.
            async with self._room:
                if not await self._is_sent(parcel):
                    return

    def _hold(self, conversation: ConversationId, seconds: float) -> None:
        self._held[conversation] = self._clock.now() + timedelta(seconds=seconds)

    async def _is_sent(self, parcel: Parcel) -> bool:
        """Try to send a parcel; return whether it is done with."""
        try:
            state = await self._send(parcel)
        except DeskFailed as failed:
            # A desk that says when has only no turn for us now.
            level = logging.INFO if failed.retry_after_s else logging.WARNING
            log.log(level, "desk.failed", extra={"parcel": parcel.id, "tries": parcel.tries + 1})
            wait_s = failed.retry_after_s or min(2.0**parcel.tries, LONGEST_BACKOFF_S)
            self._hold(parcel.conversation, wait_s)
            await self._keep(replace(parcel, tries=parcel.tries + 1))
            return False
        self._held.pop(parcel.conversation, None)
        await self._keep(replace(parcel, state=state, tries=parcel.tries + 1))
        return True

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
        by=body.get("by", ""),
    )


async def card_for(store: Store, head: Head, now: datetime) -> Card:
    """Return what a human sees of a conversation that waits, from the log as it is now."""
    events = await store.find(EventsOfType(head.conversation, SPOKEN_TYPES, MOST_EVENTS))
    query = RecordsOf(TURN, conversation=head.conversation, limit=MOST_TURNS)
    turns = heard_turns(await store.find(query))
    lines = lines_of(events)
    here = [line for line in lines if line.episode == head.episode]
    reason = head.reason
    known = {one.value: one for one in Reason}
    return Card(
        conversation=head.conversation,
        tenant=head.tenant,
        episode=head.episode,
        reason=reason,
        cause=CAUSE[known[reason]] if reason in known else "human",
        ask=needed_in(here, head.answered_seq),
        summary=tuple(_summary_line(line) for line in lines[-SUMMARY_LINES:]),
        locale=head.locale,
        channel=head.channel,
        is_verified=bool(head.customer),
        waiting_since=head.waiting_since or now,
        trace_id=turns[0].id if turns else "",
        owner=head.owner.value,
        human=head.human,
        intent=matter_of(turns, head.episode),
        epoch=head.epoch,
        tried=tried_in(here),
    )


def _summary_line(line: Line) -> Redacted:
    return joined((stored(f"{SPEAKERS[line.author]}: "), line.text))
