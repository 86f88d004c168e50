"""Watches over those who wait for humans, and does what the ladders say when it is time."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.bus import FloorMoved
from bot.errors import StaleEpoch, StoreFailed
from bot.humans.handoff import Wake
from bot.humans.holidays import calendar_of
from bot.humans.hours import Calendar
from bot.humans.ladder import (
    Claimed,
    Range,
    Rung,
    Waiting,
    claimed_facts,
    due,
    merged,
    ranges,
)
from bot.humans.opening_words import opening_words
from bot.humans.rungs import NO_TICKET, Step, TicketTold, write_for
from bot.humans.tickets import Ticket, Tickets
from bot.log import Escalation, MessageAccepted, MessageEnded
from bot.services import Services
from bot.stores.base import EventsOfType, Head, HeadOf, HeadsOwnedBy, Owner
from bot.watch.queue_events import QueueInSla, QueueOutOfSla
from channels.base import ConversationId

log = logging.getLogger("copilot.sla")
LOOK_EVERY_S = 2.0
OVERLAP = timedelta(seconds=15)
"""A wait may be in the log this much later than it began, or by another clock."""
MOST_HEADS = 5_000
"""Of the queue, in one look; who waits less long comes with the next one."""
MOST_CLAIMED = 2_000
MOST_EVENTS = 200
MOST_DONE = 50_000
AT_ONCE = 64
"""Conversations whose rungs are written at the same time: they share a flush of the disk."""
SPOKEN = (MessageAccepted.TYPE, MessageEnded.TYPE, Escalation.TYPE)
TICKETS = frozenset({Rung.TICKET, Rung.CLOSED})
MOVES = frozenset({Rung.REQUEUE, Rung.RETURN})


@dataclass(frozen=True, slots=True)
class _Known:
    """How a claimed conversation stood when its log ended here."""

    epoch: int
    head_seq: int
    facts: Claimed | None


class SlaWatch:
    """Does every rung once, with any number of processes that watch the same store.

    Of those who wait only the ones are read whose next rung has just come; the first look reads
    all, and does in order what was missed. What cannot be written is tried with the next look.
    """

    def __init__(
        self, services: Services, wake: Wake, tickets: Tickets, most: int = MOST_HEADS
    ) -> None:
        """Take where to ring when the floor has moved, and how many of the queue one look reads."""
        self._services = services
        self._most = most
        self._wake = wake
        self._tickets = tickets
        self._sla = services.tenant.desk.sla
        self._since: dict[Rung, datetime] = {}
        """Whoever waits for longer has had this rung."""
        self._done: dict[tuple[ConversationId, str], None] = {}
        self._known: dict[ConversationId, _Known] = {}
        self._is_late: bool | None = None
        self._has_failed = False

    async def run(self) -> None:
        """Look for ever."""
        await asyncio.to_thread(self._warm)
        while True:
            try:
                await self.look()
            except StoreFailed:
                log.error("sla.look_failed")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Do every rung whose time has come.

        Raises:
            StoreFailed: the store could not be read.
        """
        now = self._services.clock.now()
        calendar = calendar_of(self._services.tenant.desk.hours, now)
        await self._look_at_queue(calendar, now)
        await self._look_at_claimed(calendar, now)
        await self._look_at_lateness(calendar, now)

    def _warm(self) -> None:
        """Load what a first closing would have to wait for: calendars, and words for openings."""
        hours, now = self._services.tenant.desk.hours, self._services.clock.now()
        if not calendar_of(hours, now).is_always_open:
            opening_words(now, self._services.tenant.locale)

    async def _look_at_queue(self, calendar: Calendar, now: datetime) -> None:
        reached = ranges(self._sla, calendar, now)
        since = {rung: until - OVERLAP for rung, until in reached.items()}
        parts = [Range(self._since.get(rung), until) for rung, until in reached.items()]
        heads: list[Head] = []
        for part in merged(parts):
            room = self._most - len(heads)
            query = HeadsOwnedBy(Owner.QUEUE, room, part.since, part.until)
            heads += await self._services.store.find(query)
            last = heads[-1].waiting_since if heads else None
            if len(heads) == self._most and last is not None:
                since = {r: last if reached[r] > last else at for r, at in since.items()}
                break
        steps = [
            [Step(rung, head, now) for rung in due(facts, self._sla, calendar, now).rungs]
            for head in heads
            if (facts := _waiting(head)) is not None
        ]
        self._has_failed = False
        await self._do_all(steps, calendar)
        if not self._has_failed:
            self._since |= since

    async def _look_at_claimed(self, calendar: Calendar, now: datetime) -> None:
        heads = await self._services.store.find(HeadsOwnedBy(Owner.HUMAN, MOST_CLAIMED))
        known = {head.conversation: await self._claimed(head) for head in heads}
        self._known = known
        steps: list[list[Step]] = []
        for head in heads:
            facts = known[head.conversation].facts
            if facts is not None:
                rungs = due(facts, self._sla, calendar, now).rungs
                steps.append([Step(rung, head, now, facts) for rung in rungs])
        await self._do_all(steps, calendar)

    async def _claimed(self, head: Head) -> _Known:
        before = self._known.get(head.conversation)
        if before is not None and (before.epoch, before.head_seq) == (head.epoch, head.head_seq):
            return before
        query = EventsOfType(head.conversation, SPOKEN, MOST_EVENTS)
        events = await self._services.store.find(query)
        return _Known(head.epoch, head.head_seq, claimed_facts(events))

    async def _look_at_lateness(self, calendar: Calendar, now: datetime) -> None:
        """Tell operations when nobody waits any more for whom a ticket had to be opened."""
        until = ranges(self._sla, calendar, now).get(Rung.TICKET)
        query = HeadsOwnedBy(Owner.QUEUE, 1, until=until)
        is_late = until is not None and bool(await self._services.store.find(query))
        if self._is_late and not is_late:
            self._services.alerts.notice(QueueInSla(self._services.tenant.id))
            self._is_late = False
        elif self._is_late is None:
            # It may be late since before this process began.
            self._is_late = is_late

    async def _do_all(self, ladders: Sequence[Sequence[Step]], calendar: Calendar) -> None:
        todo = [steps for all_ in ladders if (steps := self._left(all_))]
        for begin in range(0, len(todo), AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for steps in todo[begin : begin + AT_ONCE]:
                    group.create_task(self._climb(steps, calendar))

    def _left(self, steps: Iterable[Step]) -> list[Step]:
        return [step for step in steps if (step.head.conversation, step.name) not in self._done]

    async def _climb(self, steps: Sequence[Step], calendar: Calendar) -> None:
        """Do the rungs of one conversation in order, as long as the floor is as it was."""
        for step in steps:
            try:
                await self._do(step, calendar)
            except StaleEpoch:
                return
            except StoreFailed:
                self._has_failed = True
                log.error("sla.rung_failed", extra={"rung": step.rung.value})
                return
            self._done[step.head.conversation, step.name] = None
        while len(self._done) > MOST_DONE:
            del self._done[next(iter(self._done))]

    async def _do(self, step: Step, calendar: Calendar) -> None:
        head = step.head
        if step.claimed is not None and await self._has_moved(head):
            raise StaleEpoch("something was said in between")
        ticket = await self._ticket(head) if step.rung in TICKETS else NO_TICKET
        write = write_for(step, self._sla, calendar, ticket)
        committed = await self._services.scribe.write(write)
        if committed.is_repeat:
            return
        log.info("sla.rung", extra={"rung": step.rung.value, "conversation": head.conversation})
        if step.rung is Rung.TICKET:
            self._tell_operations(step, calendar, ticket.ticket)
        if step.rung in MOVES:
            await self._wake(head.conversation, FloorMoved())
        self._services.outbox.kick()

    async def _has_moved(self, head: Head) -> bool:
        """Tell whether anything was written since: a human's word does not change the floor."""
        now = (await self._services.store.find(HeadOf(head.conversation)))[0]
        return (now.epoch, now.head_seq) != (head.epoch, head.head_seq)

    async def _ticket(self, head: Head) -> TicketTold:
        """Return the ticket of the episode, opened if there was none, and whether it is known."""
        opened = await self._tickets.open(Ticket(head.conversation, head.episode, head.reason))
        query = EventsOfType(head.conversation, (MessageEnded.TYPE,), MOST_EVENTS)
        said = await self._services.store.find(query)
        texts = [event.body.text for event in said if isinstance(event.body, MessageEnded)]
        return TicketTold(opened, any(opened in text for text in texts))

    def _tell_operations(self, step: Step, calendar: Calendar, ticket: str) -> None:
        head = step.head
        waited_s = calendar.seconds(head.waiting_since or step.now, step.now)
        event = QueueOutOfSla(head.tenant, head.conversation, head.reason, waited_s, ticket)
        self._services.alerts.notice(event)
        self._is_late = True


def _waiting(head: Head) -> Waiting | None:
    return None if head.waiting_since is None else Waiting(head.waiting_since)
