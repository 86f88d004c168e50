"""The attempts of one turn: begun, written down when they are over, and settled."""

from bisect import insort
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter

from routing.decision import Attempt
from routing.errors import FailureKind, ModelFailed
from routing.execution.health import Turned
from routing.execution.ladder import Rung
from routing.execution.parts import Parts
from routing.execution.seam_text import ends_sentence
from routing.execution.stage import Sign
from routing.execution.trial import Start, Trial
from routing.execution.watchdog import Watchdog
from routing.models.base import Stopped
from routing.money.fuse import Fuse, most_bytes
from routing.money.meter import others_usd
from routing.money.purse import Earmark, Purse
from routing.request import Request

NUMBER: Callable[[Attempt], int] = attrgetter("number")


class Trials:
    """Begins attempts, and makes a record of each when it is over.

    Only `settle` waits for anything: so what an attempt has cost is known however abruptly a turn
    ends. Attempts are numbered from 1 as they begin, and every one that was begun must be noted.
    """

    def __init__(self, parts: Parts, purse: Purse) -> None:
        self._parts = parts
        self._purse = purse
        self._today = parts.clock.today()
        self._monotonic = parts.clock.monotonic
        self._attempts: list[Attempt] = []
        self._turned: list[Turned] = []
        self._count = 0

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, by number."""
        return tuple(self._attempts)

    @property
    def turned(self) -> tuple[Turned, ...]:
        """Every circuit that has opened or closed by an attempt, in order."""
        return tuple(self._turned)

    @property
    def cost_usd(self) -> Decimal:
        """Sum over `attempts`."""
        return sum((attempt.cost_usd for attempt in self._attempts), Decimal(0))

    @property
    def total_s(self) -> float:
        """How long all attempts took, one after another, in seconds."""
        return sum(attempt.total_s for attempt in self._attempts)

    def spend(self, attempt: Attempt) -> None:
        """Write down a call that was made beside the answer."""
        self._attempts.append(replace(attempt, number=self._number()))
        self._purse.spend(attempt.cost_usd)

    def begin(self, rung: Rung, earmark: Earmark, request: Request, before_s: float) -> Trial:
        """Begin an attempt.

        Args:
            rung: whom to ask, and for how long an answer.
            earmark: the money for it.
            request: what to ask.
            before_s: how long the turn has taken already, in seconds.
        """
        parts, timeouts = self._parts, self._parts.timeouts
        start = Start(
            rung=rung,
            number=self._number(),
            earmark=earmark,
            said=request.said,
            most_bytes=self._most_bytes(rung, earmark),
            before_s=before_s,
        )
        watchdog = Watchdog(timeouts, parts.health.idle_s(rung.model, timeouts.idle_s))
        if rung.advisor is not None:
            request = replace(request, counsel=rung.advisor.vendor_id)
        pieces = parts.models[rung.model].stream(request, rung.max_output_tokens)
        return Trial(start, pieces, watchdog, self._monotonic)

    def begin_rival(self, first: Trial, rung: Rung, earmark: Earmark, request: Request) -> Trial:
        """Begin an attempt beside one that has said nothing yet."""
        # What is set aside for the rival is no longer there for a first one that writes too much.
        first.fuse = Fuse(self._most_bytes(first.rung, first.earmark))
        return self.begin(rung, earmark, request, first.before_s + first.meter.elapsed_s())

    def note(
        self, trial: Trial, outcome: Stopped | ModelFailed, *, is_seam: bool = False
    ) -> Attempt:
        """Write down what came of an attempt, whatever it was; `settle` must follow.

        Args:
            trial: the attempt; it is over.
            outcome: how it ended.
            is_seam: it was whole, but does not go on from what was said.
        """
        now, health = self._monotonic(), self._parts.health
        retry_after_s: float | None = None
        match outcome:
            case Stopped():
                is_whole = ends_sentence(trial.said)
                attempt = trial.meter.stopped(outcome, now, may_be_empty=is_whole)
                beside_usd = others_usd(outcome, self._parts.prices, self._today)
                attempt = replace(attempt, cost_usd=attempt.cost_usd + beside_usd)
            case ModelFailed():
                attempt = trial.meter.broken(outcome, now)
                retry_after_s = outcome.retry_after_s
        kind = attempt.failed
        if is_seam:
            # It is the answer that does not fit: the model is as healthy as before.
            attempt = replace(attempt, failed=FailureKind.MALFORMED)
            kind = FailureKind.CANCELLED
        trial.see(Sign.STOPPED if attempt.failed is None else Sign.BROKE)
        insort(self._attempts, attempt, key=NUMBER)
        turned = health.record(attempt.model, kind, now, retry_after_s, attempt.first_token_s)
        health.learn_gaps(attempt.model, trial.gaps_s)
        if turned is not None:
            self._turned.append(turned)
        return attempt

    async def settle(self, trial: Trial, attempt: Attempt) -> None:
        """Book the money of an attempt that was noted, and close its stream."""
        try:
            await self._purse.settle(trial.earmark, attempt.cost_usd)
        finally:
            await trial.close(self._parts.timeouts)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _most_bytes(self, rung: Rung, earmark: Earmark) -> int:
        affordable = rung.affordable(earmark.amount_usd + self._purse.left_usd)
        return most_bytes(affordable, rung.max_output_tokens)
