"""Whatever goes wrong, the phone shows what was said: each message once, in order."""

import asyncio
import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from bot.log import MessageAccepted, MessageEnded
from bot.sms.parts import Keeping
from bot.stores.cabinet import Entry
from channels.slots import Turns
from channels.sms.pack import pack
from channels.sms.plain import plain
from channels.twilio.base import Address, Media, Outgoing, Sent, Twilio
from tests.bot.sms.stage import (
    OURS,
    PUBLIC_URL,
    SAM,
    Fast,
    Scene,
    Shared,
    prepared,
    process,
)
from tests.bot.stage import ANSWER, says
from tests.emulators.twilio import Delivery, Fault, TwilioServer, twilio_running

LONG = "A long one. " + " ".join(f"It says {n} things that matter to you." for n in range(60))
WHOLE = list(pack(LONG))
TEXTS = (
    "All right.",
    "All right.",
    "Your card is on its way.",
    LONG,
    "Grüße aus Köln, “bald” mehr…",
    "👩‍👩‍👧 " * 30 + "done",
)
SENDS = (
    "lost", "lost", "dropped", "server_error", "server_error_after", "busy", "slow", "slow_after",
    "hang", "problem_after", "not_json",
)  # fmt: skip
LISTS = ("dropped", "server_error", "busy", "slow_after")
SEEDS = int(os.environ.get("COPILOT_SMS_SEEDS", "30"))  # noqa: TID251 - of tests alone
"""How many schedules of faults are tried; 1000 for a long run, which dies in both ways, too."""
DEATHS = (True,) if SEEDS <= 30 else (True, False)
"""Whether a process dies after a step; before the next one is nearly the same."""
STEPS = 56
"""A few more than there are when nothing goes wrong."""
REPORTS = ("all", "none", "reversed", "doubled", "shuffled")


class Death:
    """Ends a process at its n-th step, before or after the step was done."""

    def __init__(self, at: int, is_after: bool, of: str = "") -> None:
        """Count only steps of one kind, if it is named."""
        self.left = at
        self.of = of
        self.is_after = is_after
        self.came = asyncio.Event()
        self._never = asyncio.Event()

    async def before(self, what: str) -> None:
        if self.came.is_set():
            await self._never.wait()
        self.left -= self.of in ("", what)
        if self.left == 0 and not self.is_after:
            self.came.set()
            await self._never.wait()

    async def after(self) -> None:
        if self.left == 0:
            self.came.set()
        if self.came.is_set():
            await self._never.wait()


class MortalCabinet:
    """A cabinet of a process that may die with any step."""

    def __init__(self, cabinet: Keeping, death: Death) -> None:
        self._cabinet = cabinet
        self._death = death

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        await self._death.before("put")
        done = await self._cabinet.put(entry, is_new)
        await self._death.after()
        return done

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        await self._death.before("find")
        found = await self._cabinet.find(kind, key)
        await self._death.after()
        return found

    async def lease(self, kind: str, now: datetime, for_s: float, limit: int) -> Sequence[Entry]:
        # Looking for what is due happens all the time, and is no step of anything.
        found = await self._cabinet.lease(kind, now, for_s, limit)
        if found:
            await self._death.before("lease")
            await self._death.after()
        return found

    async def remove(self, kind: str, key: str | None, before: datetime | None = None) -> int:
        return await self._cabinet.remove(kind, key, before)

    async def book(self, key: str, rate: Turns) -> float:
        await self._death.before("book")
        return await self._cabinet.book(key, rate)

    async def block(self, key: str, for_s: float) -> None:
        await self._cabinet.block(key, for_s)


class MortalTwilio:
    """Twilio, as a process sees it that may die with any call."""

    def __init__(self, twilio: Twilio, death: Death) -> None:
        self._twilio = twilio
        self._death = death

    async def send(self, message: Outgoing) -> Sent:
        await self._death.before("send")
        sent = await self._twilio.send(message)
        await self._death.after()
        return sent

    async def find(self, sid: str) -> Sent | None:
        return await self._twilio.find(sid)

    async def sent_to(self, to: Address, since: datetime) -> Sequence[Sent]:
        await self._death.before("sent_to")
        found = await self._twilio.sent_to(to, since)
        await self._death.after()
        return found

    async def media(self, url: str, most_bytes: int) -> Media:
        return await self._twilio.media(url, most_bytes)


@dataclass
class Life:
    """What outlives all processes of one story."""

    server: TwilioServer
    shared: Shared
    chance: random.Random
    asked: set[str] = field(default_factory=set)
    """SIDs of what the customer has sent."""
    refused: list[Delivery] = field(default_factory=list)
    """Webhooks that nobody has taken yet: they come again."""

    async def ask(self) -> None:
        delivery = await self.server.texts(SAM, OURS, "When will my card arrive?")
        self.asked.add(delivery.sid)
        self.note(delivery)

    async def ask_again(self) -> None:
        refused, self.refused = self.refused, []
        for one in refused:
            self.note(await self.server.redelivers(one))

    def note(self, delivery: Delivery) -> None:
        if not delivery.is_ok:
            self.refused.append(delivery)


def everything_fails(chance: random.Random, server: TwilioServer) -> None:
    """Let what comes next go wrong in some ways."""
    server.reports = chance.choice(REPORTS)
    server.reports_first = chance.random() < 0.3
    server.report_lag_s = chance.choice((0.0, 0.0, 0.02))
    for _ in range(chance.randrange(3)):
        kind, pause_s = chance.choice(SENDS), chance.randrange(3)
        status = 503 if kind == "problem_after" else 0
        fault = Fault("send", kind, status=status, delay_s=0.35, retry_after_s=pause_s)
        server.faults.add(fault)
    for _ in range(chance.randrange(2)):
        server.faults.add(Fault("list", chance.choice(LISTS), delay_s=0.35))


async def one_life(folder: Path, life: Life) -> None:
    """Run a process until it dies, or for a while."""
    chance = life.chance
    death = Death(chance.randrange(1, 120), is_after=chance.random() < 0.5)
    loop, asking = asyncio.get_running_loop(), list[asyncio.Task[None]]()
    async with process(
        folder,
        life.server,
        life.shared,
        [says(f"{ANSWER} That is all that I can say, for the time being.")] * 9,
        keeping=lambda kept: MortalCabinet(kept, death),
        twilio=lambda api: MortalTwilio(api, death),
        starts=False,
    ) as here:
        life.server.deliver_to(here.url, PUBLIC_URL)
        everything_fails(chance, life.server)
        starting = loop.create_task(start(here))
        asking.append(loop.create_task(life.ask_again()))
        for _ in range(chance.randrange(1, 3)):
            if chance.random() < 0.3:
                asking.append(loop.create_task(life.ask()))
            else:
                await here.says(chance.choice(TEXTS))
        with suppress(TimeoutError):
            async with asyncio.timeout(chance.choice((0.0, 0.05, 0.3))):
                await death.came.wait()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    await asyncio.gather(*asking)


async def start(here: Scene) -> None:
    await here.side.start()
    await here.stage.manager.recover()


async def last_life(folder: Path, life: Life) -> tuple[list[str], list[str]]:
    """Run the process that brings everything to its end; return what was said, and to whom."""
    scripts = [says(ANSWER)] * 9
    async with process(folder, life.server, life.shared, scripts) as here:
        life.server.deliver_to(here.url, PUBLIC_URL)
        await here.stage.manager.recover()
        await life.ask_again()
        await here.rest(20.0)
        bodies = [event.body for event in await here.events()]
        said = [one.text for one in bodies if isinstance(one, MessageEnded) and one.text]
        asked = [one.client_id for one in bodies if isinstance(one, MessageAccepted)]
        return [part.strip() for text in said for part in pack(plain(text))], asked


@dataclass
class Outcome:
    said: list[str]
    shown: list[str]
    asked: list[str]
    accepted: list[str]


async def lived(folder: Path, seed: int) -> Outcome:
    """Return what was said in a life full of accidents, and what the phone shows."""
    async with twilio_running() as server:
        life = Life(server, Shared(Fast()), random.Random(seed))
        prepared(server, life.shared)
        async with process(folder / "first", server, life.shared) as here:
            await here.meets()
        for number in range(life.chance.randrange(1, 4)):
            await one_life(folder / str(number), life)
        if life.chance.random() < 0.5:
            server.faults.clear()
        said, accepted = await last_life(folder / "last", life)
        shown = [text.strip() for text in server.phone(SAM).received]
        return Outcome(said, shown, sorted(life.asked), sorted(accepted))


async def shown_after(folder: Path, death: Death) -> tuple[list[str], int]:
    """Return what the phone shows when a process dies once; and how often it was sent to it."""
    async with twilio_running() as server:
        shared = Shared(Fast())
        prepared(server, shared)
        server.reports = "none"
        async with process(folder / "none", server, shared) as here:
            await here.meets()
        async with process(
            folder / "first",
            server,
            shared,
            keeping=lambda kept: MortalCabinet(kept, death),
            twilio=lambda api: MortalTwilio(api, death),
            starts=False,
        ) as here:
            starting = asyncio.get_running_loop().create_task(start(here))
            await here.says(LONG)
            await server.until(
                lambda: death.came.is_set() or len(server.phone(SAM).received) == len(WHOLE)
            )
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        async with process(folder / "second", server, shared) as here:
            await here.rest()
            return list(server.phone(SAM).received), len(server.called("send"))


@pytest.mark.promise("S16")
@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_a_process_that_dies_while_it_sends_has_sent(tmp_path: Path, number: int) -> None:
    shown, sends = await shown_after(tmp_path, Death(number, is_after=True, of="send"))

    assert (shown, sends) == (WHOLE, 2)


@pytest.mark.slow
@pytest.mark.promise("S16")
@pytest.mark.parametrize("is_after", DEATHS)
@pytest.mark.parametrize("step", range(1, STEPS))
async def test_whenever_a_process_dies_everything_is_sent_once(
    tmp_path: Path, step: int, is_after: bool
) -> None:
    shown, _ = await shown_after(tmp_path, Death(step, is_after))

    assert shown == WHOLE


@pytest.mark.promise("S16")
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_under_any_schedule_of_faults_the_phone_shows_what_was_said(
    tmp_path: Path, seed: int
) -> None:
    outcome = await lived(tmp_path, seed)

    assert outcome.shown == outcome.said
    assert outcome.accepted == outcome.asked


@pytest.mark.slow
@pytest.mark.promise("S16")
@pytest.mark.parametrize("seed", range(100, 100 + SEEDS))
async def test_under_any_of_many_schedules_the_phone_shows_what_was_said(
    tmp_path: Path, seed: int
) -> None:
    outcome = await lived(tmp_path, seed)

    assert outcome.shown == outcome.said
    assert outcome.accepted == outcome.asked
