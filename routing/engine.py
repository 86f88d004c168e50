"""Carries out a decision: one attempt after another until a reply is complete."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from decimal import Decimal

from routing.clock import Clock
from routing.decision import Attempt, Decision
from routing.errors import FailureKind, ModelFailed
from routing.health import Health
from routing.ladder import Failure, Ladder, Rung, Terms
from routing.meter import Meter
from routing.models.base import Cited, Model, Piece, Stopped, StopReason, Text, ToolCalled
from routing.prices import PriceBook
from routing.progress import Began, Delta, Exhausted, FellBack, Finished, Mend, Progress, Skipped
from routing.request import ModelName, Request
from routing.watchdog import Timeouts, Watchdog

REAL_CLOCK = Clock()
DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every run of an engine uses."""

    models: Mapping[ModelName, Model]
    prices: PriceBook
    health: Health
    clock: Clock = REAL_CLOCK
    timeouts: Timeouts = DEFAULT_TIMEOUTS


class Run(AsyncIterator[Progress]):
    """One decision being carried out: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`; a `Delta` belongs to the last
    `Began`; `FellBack` comes before the `Began` of the next attempt. `aclose` (or cancelling the
    task that waits for the next step) closes the model's connection and books the attempt under
    way. Never sleeps between attempts. Read `attempts` and `cost_usd` at any time: every attempt
    that is over is in them.
    """

    def __init__(self, parts: Parts, decision: Decision, request: Request) -> None:
        self._parts = parts
        self._request = request
        today = parts.clock.today()
        self._input_tokens = decision.input_tokens
        terms = Terms(
            decision=decision,
            prices={name: parts.prices.price(name, today) for name in decision.order},
            configured=frozenset(parts.models),
            input_tokens=self._input_tokens,
            max_output_tokens=request.max_output_tokens,
        )
        self._ladder = Ladder(terms)
        self._monotonic = parts.clock.monotonic
        self._attempts: list[Attempt] = []
        self._claimed: ModelName | None = None
        self._reason = StopReason.END
        self._steps = self._climb()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, in order; one that was closed early has CANCELLED."""
        return tuple(self._attempts)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every model that was passed over, with the reason, in order."""
        return self._ladder.skipped

    @property
    def cost_usd(self) -> Decimal:
        """Sum over `attempts`."""
        return sum((attempt.cost_usd for attempt in self._attempts), Decimal(0))

    def __aiter__(self) -> "Run":
        return self

    def __anext__(self) -> Awaitable[Progress]:
        return self._steps.__anext__()

    async def aclose(self) -> None:
        """Stop: close the model's stream and book its attempt; harmless when it is over."""
        await self._steps.aclose()
        self._give_claim_back()

    async def _climb(self) -> AsyncGenerator[Progress, None]:
        rung = self._next(None)
        had_text = False
        while rung is not None:
            async with aclosing(self._attempt(rung)) as steps:
                async for step in steps:
                    yield step
            attempt = self._attempts[-1]
            if attempt.failed is None:
                yield self._finished(attempt)
                return
            had_text = attempt.chars > 0
            tried, rung = rung.model, self._next(Failure(attempt.failed, had_text))
            if rung is not None:
                mend = Mend.RETRACT if had_text else Mend.UNSEEN
                yield FellBack(tried, rung.model, attempt.failed, mend, rung.is_retry)
        yield Exhausted(self.attempts, self.cost_usd, had_text, self.skipped)

    async def _attempt(self, rung: Rung) -> AsyncGenerator[Progress, None]:
        """Yield what one attempt brings; it is booked however it ends."""
        meter = Meter(rung, len(self._attempts) + 1, self._input_tokens, self._monotonic)
        watchdog = Watchdog(self._parts.timeouts)
        outcome: Stopped | ModelFailed = ModelFailed(FailureKind.CANCELLED)
        pieces = self._parts.models[rung.model].stream(self._request, rung.max_output_tokens)
        try:
            yield Began(rung.model, meter.number)
            while not isinstance(outcome, Stopped):
                with watchdog:
                    piece = await anext(pieces)
                match piece:
                    case Text(text=text):
                        meter.saw_text(text)
                        watchdog.saw_text()
                        yield Delta(text)
                    case Cited() | ToolCalled():
                        yield piece
                    case Stopped():
                        outcome = piece
        except StopAsyncIteration:
            outcome = ModelFailed(FailureKind.CUT)
        except ModelFailed as failure:
            outcome = failure
        finally:
            watchdog.stop()
            self._book(meter, outcome)
            await _close(pieces, self._parts.timeouts.closing_s)

    def _next(self, failure: Failure | None) -> Rung | None:
        rung = self._ladder.climb(failure, self.cost_usd, self._admits)
        self._claimed = rung.model if rung is not None and rung.price.is_paid else None
        return rung

    def _admits(self, model: ModelName) -> bool:
        return self._parts.health.admits(model, self._monotonic())

    def _book(self, meter: Meter, outcome: Stopped | ModelFailed) -> None:
        now = self._monotonic()
        match outcome:
            case Stopped():
                attempt = meter.stopped(outcome, now)
                self._reason = outcome.reason
                retry_after_s = None
            case ModelFailed():
                attempt = meter.broken(outcome, now)
                retry_after_s = outcome.retry_after_s
        self._attempts.append(attempt)
        self._claimed = None
        self._parts.health.record(
            attempt.model, attempt.failed, now, retry_after_s, attempt.first_token_s
        )

    def _give_claim_back(self) -> None:
        """Let go of a probe that was granted for an attempt that never began."""
        if self._claimed is not None:
            now = self._monotonic()
            self._parts.health.record(self._claimed, FailureKind.CANCELLED, now)
            self._claimed = None

    def _finished(self, attempt: Attempt) -> Finished:
        before_s = sum(each.total_s for each in self._attempts[:-1])
        first_s = attempt.first_token_s
        return Finished(
            model=attempt.model,
            reason=self._reason,
            attempts=self.attempts,
            cost_usd=self.cost_usd,
            first_token_s=None if first_s is None else before_s + first_s,
            skipped=self.skipped,
        )


class Engine:
    """Runs decisions; holds no state of its own but the models' health, so turns may overlap."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, decision: Decision, request: Request) -> Run:
        """Begin to carry out a decision; nothing is asked of a model before the first step.

        Raises:
            UnknownModel: the decision names a model without a price.
        """
        return Run(self._parts, decision, request)

    async def close(self) -> None:
        """Close every model; the engine is not used afterwards."""
        for model in self._parts.models.values():
            await model.close()


async def _close(pieces: AsyncIterator[Piece], most_s: float) -> None:
    """Close a model's stream; one that cannot let go in time is left to itself."""
    if not isinstance(pieces, AsyncGenerator):
        return
    with suppress(TimeoutError, ModelFailed):
        async with asyncio.timeout(most_s):
            await pieces.aclose()
