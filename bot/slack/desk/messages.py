"""What humans write under cards: said to the customer, corrected, kept as a note, or nothing."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import assert_never

from bot.errors import BotRefused
from bot.log import Escalation
from bot.slack.asides import Asides
from bot.slack.clicks import Click, Spot, click_of, part_of, word_of
from bot.slack.desk.heard import (
    ASK,
    CLAIM_SEND,
    KEEP_NOTE,
    Heard,
    ask_buttons,
    asked_about,
    floor_of,
    is_over,
    rank_of,
    spot_in,
    thread_in,
    turn_of,
)
from bot.slack.desk.receipts import Receipts, receipts_of
from bot.slack.desk.sending import NOTED, SENDING, Moved, Sending
from bot.slack.desk.shared_files import KeptFiles
from bot.slack.desk.standing import Over, head_of
from bot.slack.desk.thread_rules import (
    Correction,
    Ignored,
    Note,
    Reworded,
    Ruling,
    ToCustomer,
    Withdrawn,
    is_marked,
    ruling_on,
)
from bot.slack.in_order import Backlog, InOrder
from bot.slack.parts import SlackParts
from bot.slack.rooms import Room
from bot.slack.target import Target
from bot.slack.threads import SaidAs
from bot.stores.base import EventsOfType, Head, HeadOf, Owner
from channels.slack.base import Json, Listeners, TeamId

log = logging.getLogger("copilot.slack")
STILL_READ = ":eyes: The customer has been sent this message already, and still reads it as it was."
OVER = ":lock: This matter is over: the customer was *not* sent your message. It is kept as a note."
MOVED = "the conversation has moved on since you wrote it"
DELETED = "You have deleted that message, so it was not sent."
SETTLED = "That message is a note, or was not sent; write it again to send it."
KEPT = "Kept as a note."
MOST_ESCALATIONS = 50
CHANGES = frozenset({"message_changed", "message_deleted"})


class Messages:
    """Listens to messages under cards, and to the answers of those who are asked about theirs.

    Within one process the messages of a thread are acted on in the order of their `ts`, also when
    one fails and comes again; the next one does not wait for the mark of the one before. Processes
    that share an inbox do not wait for each other: a message that is handled elsewhere may overtake
    one that is slow here; each is said once all the same.
    """

    def __init__(
        self,
        parts: SlackParts,
        receipts: Receipts | None = None,
        order: InOrder | None = None,
    ) -> None:
        """Take the parts, and the order in which they are announced."""
        self._parts = parts
        self._receipts = receipts or receipts_of(parts)
        self._sending = Sending(parts, self._receipts)
        self._asides = Asides(parts.slack)
        self._kept = KeptFiles(parts.cabinet, parts.services.clock)
        self._order = order or InOrder()
        self._backlog = Backlog(parts.services.clock.monotonic)

    def listeners(self) -> Listeners:
        """Return what is listened to; `message` must be shared with whoever else hears it."""
        return Listeners(
            events={"message": self.heard},
            actions={CLAIM_SEND: self.claimed_and_sent, KEEP_NOTE: self.kept},
        )

    async def heard(self, team: TeamId, body: Json) -> None:
        """Act on a message event; nothing outside of the threads of handoffs."""
        event = part_of(body, "event")
        thread, channel = thread_in(event), word_of(event, "channel")
        if not thread or not channel:
            return
        target = await self._parts.threads.at(Room(team, channel), thread)
        if target is None:
            return
        spot = spot_in(team, event, thread)
        if word_of(event, "subtype") in CHANGES:
            ruling, _ = await self._ruling(event, target, spot)
            if isinstance(ruling, Withdrawn):
                # Not in its turn: the message may be on its way right now.
                await self._sending.withdraw(Heard(target, spot, ruling.ts))
        async with self._turn(spot, rank_of(event)):
            ruling, head = await self._ruling(event, target, spot)
            said = await self._act(event, (target, spot), ruling, head)
        if said is not None:
            await self._receipts.committed(said.written, head.channel)

    async def claimed_and_sent(self, team: TeamId, body: Json) -> None:
        """Claim the conversation for the author of a message, and say the message."""
        click = click_of(team, body)
        heard = await self._asked(click) if click else None
        if click is None or heard is None:
            return
        async with self._turn(heard.spot, _rank_of_click(body)):
            medium = await self._claim_and_send(heard)
        if medium:
            await self._receipts.committed(heard.written, medium)

    async def kept(self, team: TeamId, body: Json) -> None:
        """Leave a message the note that it is."""
        click = click_of(team, body)
        heard = await self._asked(click) if click else None
        if heard is None:
            return
        async with self._turn(heard.spot, _rank_of_click(body)):
            said = await self._parts.threads.said(heard.room, heard.ts)
            if said is not None and not said.message_id:
                await self._remember(heard, NOTED, "")
                await self._receipts.tell(heard.spot, KEPT)

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        return await self._sending.prune() + await self._kept.prune()

    async def _act(
        self, event: Json, where: tuple[Target, Spot], ruling: Ruling, head: Head
    ) -> Heard | None:
        """Do what was ruled; returns what the customer has been sent and is not marked yet."""
        target, spot = where
        match ruling:
            case ToCustomer():
                heard = Heard(target, spot, word_of(event, "ts"))
                return heard if await self._say(heard, ruling, head) else None
            case Note():
                is_for_nobody = is_over(head, target) and not is_marked(word_of(event, "text"))
                heard = Heard(target, spot, word_of(event, "ts"))
                return heard if await self._note(heard, ruling, is_for_nobody) else None
            case Correction(ts=ts, text=text):
                await self._edited(Heard(target, spot, ts), text, is_in_time=True)
            case Reworded(ts=ts, text=text):
                await self._edited(Heard(target, spot, ts), text, is_in_time=False)
            case Withdrawn(ts=ts):
                heard = Heard(target, spot, ts)
                if await self._is_said(heard):
                    await self._receipts.tell(spot, STILL_READ)
            case Ignored(reason=reason):
                log.debug("slack.ignored", extra={"reason": reason.value})
            case _:
                assert_never(ruling)
        return None

    async def _ruling(self, event: Json, target: Target, spot: Spot) -> tuple[Ruling, Head]:
        """Return what to do about an event as things stand now."""
        parts = self._parts
        [head] = await parts.services.store.find(HeadOf(target.conversation))
        installed = await parts.installations.find(spot.team)
        bot_user = installed[0].bot_user if installed else ""
        floor = floor_of(head, (target, spot), parts.terms, bot_user)
        if head.owner is Owner.HUMAN:
            floor = replace(floor, claimed_at=await self._claimed_at(head))
        return ruling_on(event, floor), head

    async def _claimed_at(self, head: Head) -> float:
        """Return when the human came who has the conversation, in Unix seconds."""
        query = EventsOfType(head.conversation, (Escalation.TYPE,), MOST_ESCALATIONS)
        events = await self._parts.services.store.find(query)
        joined = (
            event.at.timestamp()
            for event in events
            if isinstance(event.body, Escalation) and event.body.state == "joined"
        )
        return max(joined, default=0.0)

    async def _say(self, heard: Heard, ruling: ToCustomer, head: Head) -> bool:
        """Say it, once; returns whether it was said, now or by an earlier try."""
        if await self._sending.is_withdrawn(heard):
            return False
        said = await self._parts.threads.said(heard.room, heard.ts)
        if said is not None and said.message_id != SENDING:
            return said.message_id == heard.written.message_id
        # Of an earlier try nothing is known: what it has said already is not said again.
        is_said = await self._sending.say(heard, ruling.text, ruling.files, head)
        if ruling.aside:
            await self._sending.note(heard, ruling.aside)
        return is_said

    async def _note(self, heard: Heard, note: Note, is_for_nobody: bool) -> bool:
        """Keep it as a note; returns whether an earlier try has said it after all."""
        if await self._sending.is_withdrawn(heard):
            return False
        said = await self._parts.threads.said(heard.room, heard.ts)
        if said is not None and said.message_id == SENDING:
            return await self._settle(heard)
        if said is None:
            await self._sending.note(heard, note.text, note.files)
            if note.is_asked:
                await self._kept.keep(heard.written, note.files)
            message_id, text = ("", note.text) if note.is_asked else (NOTED, "")
            await self._remember(heard, message_id, text)
        if note.is_asked and (said is None or not said.message_id):
            await self._asides.tell(heard.spot, ASK, ask_buttons(heard))
        elif said is None and is_for_nobody:
            await self._receipts.tell(heard.spot, OVER)
        return False

    async def _settle(self, heard: Heard) -> bool:
        """End an earlier try to say something, now that its author has not the word any more.

        Returns whether it was said.
        """
        is_said = await self._sending.is_said(heard)
        if is_said:
            await self._sending.sent(heard)
        else:
            await self._sending.refuse(heard, Moved(MOVED))
        return is_said

    async def _edited(self, heard: Heard, text: str, is_in_time: bool) -> None:
        said = await self._parts.threads.said(heard.room, heard.ts)
        if said is not None and not said.message_id:
            await self._remember(heard, "", text)
        elif await self._is_said(heard):
            if is_in_time:
                await self._sending.correct(heard, text)
            else:
                await self._receipts.tell(heard.spot, STILL_READ)

    async def _is_said(self, heard: Heard) -> bool:
        said = await self._parts.threads.said(heard.room, heard.ts)
        if said is None:
            return False
        is_known = said.message_id == heard.written.message_id
        return is_known or (said.message_id == SENDING and await self._sending.is_said(heard))

    async def _asked(self, click: Click) -> Heard | None:
        """Return the message that somebody was asked about; None when it is under no card."""
        heard = asked_about(click)
        if heard is None:
            log.warning("slack.click_unread", extra={"team": click.spot.team})
            return None
        target = await self._parts.threads.at(heard.room, heard.spot.thread)
        return heard if target == heard.target else None

    async def _claim_and_send(self, heard: Heard) -> str:
        """Return the customer's medium if he has been sent it; empty if he has not."""
        parts = self._parts
        if await self._sending.is_withdrawn(heard):
            await self._receipts.tell(heard.spot, DELETED)
            return ""
        said = await parts.threads.said(heard.room, heard.ts)
        if await self._is_said(heard):
            # Said is said, also when the matter is over by now.
            [head] = await parts.services.store.find(HeadOf(heard.target.conversation))
            await self._sending.sent(heard)
            return head.channel
        if said is None or said.message_id not in ("", SENDING):
            await self._receipts.tell(heard.spot, SETTLED)
            return ""
        try:
            head = await head_of(parts.services.store, heard.target)
            if is_over(head, heard.target):
                raise Over("this matter is over")
            human = await parts.people.human(heard.spot.team, heard.spot.user)
            head = await parts.handoffs.claim(heard.target.conversation, human)
        except BotRefused as refused:
            await self._asides.refuse(heard.spot, refused)
            return ""
        files = await self._kept.of(heard.written)
        is_said = await self._sending.say(heard, said.text, files, head)
        return head.channel if is_said else ""

    async def _remember(self, heard: Heard, message_id: str, text: str) -> None:
        said = SaidAs(heard.target.conversation, message_id, text)
        await self._parts.threads.remember(heard.room, heard.ts, said)

    @asynccontextmanager
    async def _turn(self, spot: Spot, rank: float) -> AsyncIterator[None]:
        name = turn_of(spot.team, spot.channel, spot.thread)
        async with self._order.turn(name, rank):
            with self._backlog.trying(name, rank):
                yield


def _rank_of_click(body: Json) -> float:
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    return rank_of({"ts": word_of(action, "action_ts")})
