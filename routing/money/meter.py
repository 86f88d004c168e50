"""What one attempt has used so far, and the record it becomes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from routing.decision import Attempt, Purpose
from routing.errors import FailureKind, ModelFailed
from routing.execution.ladder import Rung
from routing.models.base import Counted, Piece, Stopped, StopReason, Thinking, ToolCalled
from routing.money.budget import estimate_tokens
from routing.money.prices import PriceBook
from routing.request import Usage

UNBILLED = frozenset(
    {
        FailureKind.AUTH,
        FailureKind.BAD_REQUEST,
        FailureKind.CONNECTION,
        FailureKind.QUOTA,
        FailureKind.RATE_LIMITED,
        FailureKind.TOO_LARGE,
    }
)
"""The vendor did not begin to work, so an attempt without text is free."""
HTTP_ERROR = 400


class Meter:
    """Counts one attempt, and makes its record once it is over.

    A vendor's own count is believed, that of the prompt alone too. Without one, a paid attempt that
    may have been worked on is booked with its whole prompt and every character received, and with
    the most that its vendor's advisor may cost if that was at work: too much rather than nothing.
    """

    def __init__(
        self,
        rung: Rung,
        number: int,
        monotonic: Callable[[], float],
        purpose: Purpose = Purpose.ANSWER,
    ) -> None:
        self.number = number
        self.first_token_s: float | None = None
        """Seconds from the start to the first text."""
        self._rung = rung
        self._purpose = purpose
        self._monotonic = monotonic
        self._began_at = monotonic()
        self.parts: list[str] = []
        """Every text that came, as it came."""
        self._calls: list[str] = []
        self._has_thought = False
        self._prompt: Usage | None = None
        """As its vendor has counted it, once that was said."""

    def saw(self, piece: Piece) -> None:
        """Note a piece that is no text."""
        match piece:
            case ToolCalled(call=call):
                self._calls.append(f"{call.name} {call.arguments}")
            case Thinking():
                self._has_thought = True
            case Counted(prompt=prompt):
                self._prompt = prompt
            case _:
                pass

    def elapsed_s(self) -> float:
        """Return the seconds since the start."""
        return self._monotonic() - self._began_at

    def saw_first_text(self) -> None:
        """Note when the first text came; later calls change nothing."""
        if self.first_token_s is None:
            self.first_token_s = self._monotonic() - self._began_at

    def stopped(self, stopped: Stopped, now: float, *, may_be_empty: bool = False) -> Attempt:
        """Return the record of an attempt that came to its terminal marker.

        A refusal, and an answer without any text, are failures: the customer has nothing. But a
        model that was asked to go on may find (`may_be_empty`) that nothing is missing.
        """
        usage = stopped.usage
        is_reported = not usage.estimated and usage != Usage()
        match stopped.reason:
            case StopReason.REFUSAL:
                failed: FailureKind | None = FailureKind.REFUSED
            case StopReason.END | StopReason.LENGTH:
                failed = None if self.parts or may_be_empty else FailureKind.MALFORMED
            case StopReason.TOOL_USE | StopReason.BUDGET:
                failed = None
            case _ as never:
                assert_never(never)
        booked = usage if is_reported else self._estimate()
        return self._attempt(booked, failed, now, stopped.vendor_id)

    def broken(self, failure: ModelFailed, now: float) -> Attempt:
        """Return the record of an attempt that failed, or that the caller gave up."""
        was_refused = failure.kind in UNBILLED or (failure.status or 0) >= HTTP_ERROR
        is_free = was_refused and not (self.parts or self._calls or self._has_thought)
        usage = Usage(estimated=True) if is_free else self._estimate()
        return self._attempt(usage, failure.kind, now, "")

    def _estimate(self) -> Usage:
        price = self._rung.price
        written = estimate_tokens("".join(self.parts)) + estimate_tokens(" ".join(self._calls))
        output = min(price.prompt_tokens(written), self._rung.max_output_tokens)
        if self._prompt is not None:
            return replace(self._prompt, output_tokens=output, estimated=True)
        return Usage(
            input_tokens=price.prompt_tokens(self._rung.input_tokens),
            output_tokens=output,
            estimated=True,
        )

    def _attempt(
        self, usage: Usage, failed: FailureKind | None, now: float, vendor_id: str
    ) -> Attempt:
        cost_usd = self._rung.price.cost(usage)
        if usage.estimated and self._has_thought:
            cost_usd += self._rung.advisor_usd
        return Attempt(
            model=self._rung.model,
            number=self.number,
            usage=usage,
            cost_usd=cost_usd,
            failed=failed,
            first_token_s=self.first_token_s,
            total_s=now - self._began_at,
            chars=sum(map(len, self.parts)),
            vendor_id=vendor_id,
            purpose=self._purpose,
        )


def others_usd(stopped: Stopped, prices: PriceBook, today: date) -> Decimal:
    """Return what other models have cost within an answer, such as the vendor's own advisor.

    Each is billed at its own price; one that the book does not know, at the highest that it knows:
    too much rather than nothing.
    """
    if not stopped.others:
        return Decimal(0)
    known = [prices.price(name, today) for name in prices.names()]
    total_usd = Decimal(0)
    for vendor_id, usage in stopped.others:
        named = [price.cost(usage) for price in known if price.vendor_id == vendor_id]
        total_usd += max(named or [price.cost(usage) for price in known], default=Decimal(0))
    return total_usd
