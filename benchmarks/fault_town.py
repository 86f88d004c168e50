"""Two vendors that break on demand, our router between them, and what it did about each fault."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from benchmarks.fault_cases import ANSWER, BEGUN, TOKENS, Breaker, Case, Next
from benchmarks.rivals.child import CLAUDE, GPT
from benchmarks.rivals.own import BANK, NAMES, models_at, router_for, run_of
from routing.decision import Attempt
from routing.execution.health import Circuit, Health
from routing.execution.watchdog import Timeouts
from routing.models.base import Model
from routing.money.prices import load_prices
from routing.progress import Delta, Exhausted, FellBack, Finished, Mend, Progress, SeamFailed
from routing.request import ModelName
from routing.watching.events import fallbacks_of
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Habit, Manner
from tests.emulators.server import Emulator

SILENCE_S = 0.6
TIMEOUTS = Timeouts(first_token_s=SILENCE_S, idle_s=SILENCE_S / 2)
"""A model whose gaps are not known yet is given twice the second one."""
GATE_S = 1.0
"""The fault comes when the tokens before it have been seen, or after so long."""
TURNS = 4
LIMITED_S = 599.0
"""The breaker obeys a vendor's rate limit for ten minutes at most."""
TODAY = date(2026, 11, 24)
HEAD_ENDS = b"\r\n\r\n"
ENDS = (Finished, Exhausted)
CACHED_TOKENS = 4
"""Of every prompt, as OpenAI's emulator says."""


class PrefilledClaude(AnthropicEmulator):
    """Goes on from an assistant message at the end, as the vendor's older models do."""

    def asked(self, body: dict[str, Any]) -> str:
        """Return the last message, marked as what was delivered when it is the model's own."""
        text = super().asked(body)
        is_own = body["messages"][-1]["role"] == "assistant"
        return f"<delivered_answer>{text}</delivered_answer>" if is_own else text


@dataclass(frozen=True, slots=True)
class Town:
    """Both vendors and our models of them."""

    vendors: Mapping[str, Emulator]
    models: Mapping[ModelName, Model]

    async def with_fault(
        self, case: Case, first: str, ask: Callable[[Callable[[str], None]], Awaitable[None]]
    ) -> None:
        """Let somebody ask while the first request to a vendor goes wrong.

        Args:
            case: how.
            first: the vendor.
            ask: gets a function that is to be told every piece of text.
        """
        for vendor in self.vendors.values():
            vendor.received.clear()
            vendor.plans.queue.clear()
        gate, seen = asyncio.Event(), 0
        plan = case.plan()
        if case.after:
            plan = Plan(plan.fault, plan.after, plan.seconds, gate)
        self.vendors[first].plans.queue.append(plan)

        def heard(text: str) -> None:
            nonlocal seen
            seen += len(text)
            if seen >= len(BEGUN):
                gate.set()

        timer = asyncio.get_running_loop().call_later(GATE_S, gate.set)
        try:
            await ask(heard)
        finally:
            timer.cancel()
            gate.set()


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    """Open both vendors; whoever goes on from a broken answer goes on exactly."""
    async with PrefilledClaude(ANSWER) as claude, OpenAIEmulator(ANSWER) as gpt:
        for vendor in (claude, gpt):
            vendor.habit = Habit(Manner.CONTINUE)
        async with models_at(claude.url, gpt.url) as models:
            yield Town({CLAUDE: claude, GPT: gpt}, models)


@dataclass(frozen=True, slots=True)
class Ours:
    """What our router made of one fault."""

    text: str
    is_finished: bool
    attempts: tuple[Attempt, ...]
    events: tuple[str, ...]
    breaker: Breaker
    dues_usd: tuple[Decimal, ...]
    """What the vendors would bill for each attempt, by the emulators' tokens and the price list."""

    @property
    def booked_usd(self) -> Decimal:
        """All attempts together."""
        return sum((each.cost_usd for each in self.attempts), Decimal(0))

    def problems(self, case: Case, first: str) -> list[str]:
        """Return in which points it is not what was expected."""
        other = GPT if first == CLAUDE else CLAUDE
        second = {Next.OTHER: [other], Next.SAME: [first], Next.NOBODY: []}[case.next]
        event = ["router.fallback_triggered"] if case.next is Next.OTHER else []
        wrong = {
            "text": self.text != ANSWER or not self.is_finished,
            "attempts": [each.model for each in self.attempts]
            != [NAMES[name] for name in (first, *second)],
            "event": [name.split()[0] for name in self.events] != event,
            "breaker": self.breaker is not case.breaker,
            "cost": not all(map(is_right, self.attempts, self.dues_usd)),
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]


def is_right(attempt: Attempt, due_usd: Decimal) -> bool:
    """Tell whether an attempt is booked right: exactly, or for want of a bill not below it."""
    if attempt.usage.estimated and due_usd:
        return due_usd <= attempt.cost_usd
    return attempt.cost_usd == due_usd


async def ours_of(place: Town, case: Case, first: str) -> Ours:
    """Let our router meet a fault once, then three more times for the breaker's sake."""
    health = Health()
    router = router_for(first, place.models, TIMEOUTS, health)
    run, steps = run_of(router), list[Progress]()

    async def ask(heard: Callable[[str], None]) -> None:
        async with aclosing(run):
            async for step in run:
                steps.append(step)
                if isinstance(step, Delta):
                    heard(step.text)

    await place.with_fault(case, first, ask)
    dues_usd = tuple(dues(place, case, run.attempts))
    for _ in range(TURNS - 1):
        run = run_of(router)
        await place.with_fault(case, first, ask)
    seen = steps[: next(n for n, each in enumerate(steps, 1) if isinstance(each, ENDS))]
    end = seen[-1]
    assert isinstance(end, ENDS)
    return Ours(
        text=shown(seen),
        is_finished=isinstance(end, Finished),
        attempts=end.attempts,
        events=tuple(
            f"{event.NAME} {event.kind.value}"
            for event in fallbacks_of(BANK, "trace-1", end.attempts)
        ),
        breaker=breaker_of(health, NAMES[first]),
        dues_usd=dues_usd,
    )


def breaker_of(health: Health, model: ModelName) -> Breaker:
    """Return what has become of a model."""
    if health.circuit(model) is Circuit.OPEN:
        return Breaker.OPEN
    is_down = model in health.down(asyncio.get_running_loop().time() + LIMITED_S)
    return Breaker.LIMITED if is_down else Breaker.CLOSED


def shown(steps: Sequence[Progress]) -> str:
    """Return what the customer sees in the end."""
    text = ""
    for step in steps:
        match step:
            case FellBack(mend=Mend.RETRACT) | SeamFailed(mend=Mend.RETRACT):
                text = ""
            case Delta(text=piece):
                text += piece
            case _:
                pass
    return text


def dues(place: Town, case: Case, attempts: Sequence[Attempt]) -> Iterator[Decimal]:
    """Yield what the vendors would bill for each attempt of the first turn."""
    requests = {name: iter(vendor.received) for name, vendor in place.vendors.items()}
    named = {model: name for name, model in NAMES.items()}
    for number, attempt in enumerate(attempts):
        name = named[attempt.model]
        is_broken = number < len(attempts) - 1
        request = next(requests[name])
        _, _, body = request.partition(HEAD_ENDS)
        # Of a broken stream only Anthropic's tells the prompt, as the emulator counts it: with its
        # head. What nobody told is counted as a vendor would.
        prompt = len(body if is_broken and name == GPT else request) // 4
        written = case.after if is_broken else TOKENS - case.after * (number > 0)
        is_unbilled = is_broken and case.is_free
        yield Decimal(0) if is_unbilled else due(name, prompt, written)


def due(vendor: str, prompt_tokens: int, written_tokens: int) -> Decimal:
    """Return the bill of one request in US dollars, by hand."""
    rates = load_prices().price(NAMES[vendor], TODAY).tiers[0].rates
    cached = CACHED_TOKENS if vendor == GPT else 0
    dear = (prompt_tokens - cached) * rates.input + cached * rates.cache_read
    return (dear + written_tokens * rates.output) / 1_000_000
