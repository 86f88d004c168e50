"""Acts on what the inbox holds, some at a time, and tries again what failed."""

import asyncio
import contextlib
import itertools
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from channels.errors import ChannelBusy
from channels.slack.base import Envelope, Handler, Inbox
from channels.slack.envelope import crowd_of
from channels.slack.errors import SlackBusy, SlackRevoked

log = logging.getLogger("copilot.slack")


@dataclass(frozen=True, slots=True)
class QueueTerms:
    """How many at once, how long and how often."""

    most_at_once: int = 256
    """Most of them wait for Slack: 50 a second, each for three seconds, are 150."""
    most_of_one: int = 16
    """Of one crowd."""
    most_held: int = 4_096
    """Taken from the inbox, those that wait for their crowd included."""
    most_s: float = 90.0
    """How long one try may take; then it counts as failed."""
    lease_s: float = 105.0
    """Longer than a try may take, so that nobody else begins while it runs; what a dead process
    had leased rests so long."""
    look_every_s: float = 1.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 120.0
    most_tries: int = 16
    """With these pauses about twenty minutes: longer than an outage of ten."""

    def pause_s(self, tries: int) -> float:
        """Return the pause after so many tries that failed before this one."""
        doubled: float = self.first_pause_s * 2.0 ** min(tries, 32)
        return min(self.longest_pause_s, doubled)


class Queue:
    """Runs the handler on every envelope until it succeeds, at least once each.

    Envelopes begin in the order in which they are due; they run beside each other. A crowd, which
    is all that is said in one thread or direct conversation, has only so many places: whoever
    floods us holds up nobody else.
    """

    def __init__(
        self,
        inbox: Inbox,
        handler: Handler,
        terms: QueueTerms | None = None,
        gave_up: Callable[[Envelope], None] | None = None,
    ) -> None:
        """Take from `inbox`; `gave_up` is told of what will not be tried again."""
        self._inbox = inbox
        self._handler = handler
        self._gave_up = gave_up
        self._terms = terms or QueueTerms()
        self._kicked = asyncio.Event()
        self._running: dict[asyncio.Task[None], Envelope] = {}
        self._crowds: Counter[str] = Counter()
        self._waiting: dict[str, deque[Envelope]] = {}
        self._held: set[str] = set()
        self._is_draining = False

    @property
    def running(self) -> int:
        """How many envelopes are being acted on."""
        return len(self._running)

    def kick(self) -> None:
        """Say that something may be due."""
        self._kicked.set()

    async def run(self) -> None:
        """Work for ever, or until drained: on every kick, and looking now and then."""
        while not self._is_draining:
            self._kicked.clear()
            await self._begin_due()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._terms.look_every_s):
                    await self._kicked.wait()

    async def drain(self, within_s: float) -> None:
        """Begin nothing more, let what runs end; what does not is put back for another process."""
        self._is_draining = True
        self.kick()
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=within_s)
        late = dict(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        unbegun = itertools.chain.from_iterable(self._waiting.values())
        for envelope in (*(late[task] for task in late if task.cancelled()), *unbegun):
            await self._put_back(envelope, 0.0)
        self._waiting.clear()

    async def _begin_due(self) -> None:
        """Lease as much as there is room for; of a crowd that has its share the rest waits here."""
        terms = self._terms
        while not self._is_draining:
            room = min(terms.most_at_once - len(self._running), terms.most_held - len(self._held))
            if room <= 0:
                return
            try:
                due = await self._inbox.lease(terms.lease_s, room)
            except ChannelBusy:
                log.error("slack.inbox_failed")
                return
            if not due:
                return
            for envelope in due:
                self._take(envelope)

    def _take(self, envelope: Envelope) -> None:
        # What waits here longer than its lease comes again: it is leased anew, and waits on.
        if envelope.id in self._held:
            return
        self._held.add(envelope.id)
        crowd = crowd_of(envelope)
        if crowd and self._crowds[crowd] >= self._terms.most_of_one:
            self._waiting.setdefault(crowd, deque()).append(envelope)
        else:
            self._begin(envelope, crowd)

    def _begin(self, envelope: Envelope, crowd: str) -> None:
        self._crowds[crowd] += 1
        task = asyncio.get_running_loop().create_task(self._act(envelope))
        self._running[task] = envelope
        task.add_done_callback(partial(self._ended, crowd))

    def _ended(self, crowd: str, task: asyncio.Task[None]) -> None:
        is_full = len(self._running) >= self._terms.most_at_once
        self._held.discard(self._running.pop(task).id)
        self._crowds[crowd] -= 1
        if not self._crowds[crowd]:
            del self._crowds[crowd]
        waiting = self._waiting.get(crowd)
        if waiting and not self._is_draining:
            self._begin(waiting.popleft(), crowd)
            if not waiting:
                del self._waiting[crowd]
        if is_full or len(self._held) + 1 >= self._terms.most_held:
            self.kick()

    async def _act(self, envelope: Envelope) -> None:
        """Try once; whatever is raised is an outcome, since one envelope must not end the rest."""
        [outcome] = await asyncio.gather(self._tried(envelope), return_exceptions=True)
        if outcome is None:
            await self._done(envelope)
            return
        fields = {"envelope": envelope.id, "error": type(outcome).__name__}
        is_last = envelope.tries + 1 >= self._terms.most_tries
        if is_last or isinstance(outcome, SlackRevoked):
            log.error("slack.given_up", extra={**fields, "tries": envelope.tries + 1})
            if self._gave_up is not None:
                self._gave_up(envelope)
            await self._done(envelope)
            return
        pause_s = self._terms.pause_s(envelope.tries)
        if isinstance(outcome, SlackBusy):
            pause_s = max(pause_s, outcome.retry_after_s)
        log.warning("slack.put_back", extra={**fields, "pause_s": pause_s})
        await self._put_back(envelope, pause_s)

    async def _tried(self, envelope: Envelope) -> None:
        async with asyncio.timeout(self._terms.most_s):
            await self._handler.handle(envelope)

    async def _done(self, envelope: Envelope) -> None:
        try:
            await self._inbox.done(envelope)
        except ChannelBusy:
            # It is leased again, and acted on again: listeners do nothing twice.
            log.error("slack.inbox_failed", extra={"envelope": envelope.id})

    async def _put_back(self, envelope: Envelope, after_s: float) -> None:
        try:
            await self._inbox.put_back(envelope, after_s)
        except ChannelBusy:
            # It is leased again when its time has run out.
            log.error("slack.inbox_failed", extra={"envelope": envelope.id})
