"""A call without a socket: the real application, a line that remembers, a clock that is turned."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.log import Event, MessageEnded, Notice
from bot.stores.base import EventsAfter, Head, HeadOf
from bot.stores.cabinet import Cabinet, Entry, MemoryCabinet
from bot.tools.source import Source
from bot.voice.call import CustomerCall
from bot.voice.calls import CHANNEL, Calls
from bot.voice.events import VoiceSlow
from bot.voice.live import Live
from bot.voice.parts import VoiceParts
from bot.voice.terms import VoiceTerms
from channels.base import ConversationId
from channels.voice.base import (
    Dtmf,
    Info,
    Interrupted,
    Language,
    Play,
    Prompt,
    Said,
    SendDigits,
    Setup,
    Text,
)
from channels.voice.speech import Span
from routing.models.scripted import Script
from tests.bot.stage import ANSWER, KEY, POLICY, WAIT_S, Stage, says, staged

SECRET = b"a secret of thirty-two characters"
CALL, SESSION = "CA" + "1" * 32, "VX" + "2" * 32
CALLER, OURS = "+15550123", "+15550100"
STEP_S = 0.05


class FailingCabinet(MemoryCabinet):
    """A disk that is full after so many entries; None for never."""

    puts_left: int | None = None

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        if self.puts_left == 0:
            raise StoreFailed("full")
        if self.puts_left is not None:
            self.puts_left -= 1
        return await super().put(entry, is_new)


class TurnedClock:
    """Time that passes only when a test says so, in steps in which everybody who is due acts."""

    def __init__(self) -> None:
        self.at = 1000.0
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return self.at

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        until = self.at + seconds
        while not event.is_set() and self.at < until:
            waits = [asyncio.ensure_future(one.wait()) for one in (event, self._moved)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
        return event.is_set()

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        end = self.at + seconds
        while self.at < end:
            self.at = min(self.at + STEP_S, end)
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
            for _ in range(30):
                await asyncio.sleep(0)


class RecordingLine:
    """A line that keeps what would have been sent, as a socket would have sent it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._oldest = 0
        self.frames: list[Said] = []
        self.at: list[float] = []
        self.handoff: str | None = None
        self.closed: int | None = None
        self.changed = asyncio.Event()

    def say(self, frame: Said, generation: int) -> None:
        if generation >= self._oldest and self.handoff is None:
            self.frames.append(frame)
            self.at.append(self._clock())
            self.changed.set()

    def cut(self, generation: int) -> None:
        self._oldest = max(self._oldest, generation)

    async def end(self, handoff: str = "") -> None:
        self.handoff = handoff
        self.changed.set()

    async def close(self, code: int) -> None:
        self.closed = code
        self.changed.set()

    @property
    def texts(self) -> list[Text]:
        return [frame for frame in self.frames if isinstance(frame, Text)]

    @property
    def spoken(self) -> str:
        """Everything but fillers."""
        return "".join(one.token for one in self.texts if not one.is_preemptible)

    @property
    def fillers(self) -> list[str]:
        return [one.token for one in self.texts if one.is_preemptible]

    @property
    def lasts(self) -> int:
        return sum(one.is_last for one in self.texts)

    @property
    def others(self) -> list[Language | Play | SendDigits]:
        others = (Language, Play, SendDigits)
        return [frame for frame in self.frames if isinstance(frame, others)]


class Plain:
    """Speech that is said as it is written."""

    def __init__(self, _: str) -> None:
        self.spans: list[Span] = []

    def feed(self, text: str) -> str:
        return text

    def flush(self) -> str:
        return ""


def bare(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def aligned(_: str, written: str, utterance: str, __: Sequence[Span], ___: str) -> str:
    """Return the beginning of what was written that holds the letters of what was heard."""
    wanted = len(bare(utterance))
    if not bare(written).startswith(bare(utterance)):
        return utterance
    for end in range(len(written) + 1):
        if len(bare(written[:end])) == wanted:
            return written[:end]
    return written


@dataclass
class OnTheLine:
    """One caller on the phone."""

    stage: Stage
    parts: VoiceParts
    clock: TurnedClock
    cabinet: Cabinet
    slow: list[VoiceSlow] = field(default_factory=list)
    live: Live = field(default_factory=Live)
    failures: list[str] = field(default_factory=list)
    line: RecordingLine = field(init=False)
    callee: CustomerCall = field(init=False)

    @property
    def conversation(self) -> ConversationId:
        return self.parts.calls.conversation_of(CALL)

    async def rings(self) -> None:
        """Do what the webhook does before the socket is there."""
        services = self.stage.services
        known = await self.parts.calls.begin(CALL, "en-US")
        head = Head(known.conversation, services.tenant.id, CHANNEL, "", "en-US")
        await self.stage.reception.meet(head)
        self.stage.conversation = known.conversation

    async def picks_up(self, session: str = SESSION, *, is_second: bool = False) -> None:
        self.callee = CustomerCall(self.parts, self.live)
        await self.takes_over(session, is_second=is_second)

    async def takes_over(self, session: str, *, is_second: bool = True) -> None:
        """Connect the call with the callee that there is."""
        self.line = RecordingLine(self.clock.monotonic)
        setup = Setup(session, CALL, "AC1", CALLER, OURS, "inbound", {}, is_second)
        await self.callee.answered(setup, self.line)
        await self.settle()

    async def says(self, text: str, lang: str = "en-US", *, partials: Sequence[str] = ()) -> None:
        for partial in partials:
            await self.callee.heard(Prompt(partial, lang, is_last=False))
        await self.callee.heard(Prompt(text, lang, is_last=True))
        await self.settle()

    async def cuts_in(self, heard: str) -> None:
        await self.callee.heard(Interrupted(heard, 500))
        await self.settle()

    async def presses(self, keys: str) -> None:
        for key in keys:
            await self.callee.heard(Dtmf(key))
        await self.settle()

    async def told(self, name: str, value: str) -> None:
        await self.callee.heard(Info(name, value))

    async def settle(self) -> None:
        await self.stage.settle()

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something is so; the time of the call does not pass."""
        async with asyncio.timeout(WAIT_S):
            while not wanted():  # noqa: ASYNC110 - any of several things may make it so
                await asyncio.sleep(0.001)
        await self.settle()

    async def answered(self, count: int = 1) -> None:
        """Wait until so many talk cycles are whole."""
        await self.until(lambda: self.line.lasts >= count)

    async def events(self) -> Sequence[Event]:
        return await self.stage.services.store.find(EventsAfter(self.conversation, 0))

    async def ended(self) -> list[MessageEnded]:
        return [e.body for e in await self.events() if isinstance(e.body, MessageEnded)]

    async def notices(self) -> list[str]:
        return [e.body.code for e in await self.events() if isinstance(e.body, Notice)]

    async def head(self) -> Head:
        return (await self.stage.services.store.find(HeadOf(self.conversation)))[0]

    async def kept(self, kind: str) -> list[dict[str, Any]]:
        return await self.stage.kept(kind)


@asynccontextmanager
async def on_the_line(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    terms: VoiceTerms | None = None,
    cabinet: Cabinet | None = None,
    *,
    policy: str = POLICY,
    tools: Sequence[Source] = (),
    keyless: bool = False,
) -> AsyncIterator[OnTheLine]:
    """Call a company whose model answers from a script."""
    staging = staged(folder, scripts, channel=CHANNEL, policy=policy, tools=tools, keyless=keyless)
    async with staging as stage:
        clock, kept = TurnedClock(), cabinet or MemoryCabinet()
        services = replace(stage.services, clock=Clock(stage.services.clock.now, clock.monotonic))
        slow: list[VoiceSlow] = []
        parts = VoiceParts(
            services=services,
            accept=stage.reception.accept,
            calls=Calls(kept, services.clock, SECRET),
            terms=terms or VoiceTerms(),
            stream=Plain,
            align=aligned,
            with_digits=lambda text, _: text,
            scratch_key=KEY,
            slow=slow.append,
            wait=clock.wait,
        )
        call = OnTheLine(stage, parts, clock, kept, slow)
        await call.rings()
        await call.picks_up()
        try:
            yield call
        finally:
            await call.callee.gone(1000)
