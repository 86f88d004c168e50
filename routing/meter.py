"""What one attempt has used so far, and the record it becomes."""

from collections.abc import Callable
from typing import assert_never

from routing.budget import estimate_tokens
from routing.decision import Attempt
from routing.errors import FailureKind, ModelFailed
from routing.ladder import Rung
from routing.models.base import Stopped, StopReason
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

    A vendor's own count is believed. Without one, a paid attempt that may have been worked on is
    booked with its whole prompt and every character received: too much rather than nothing.
    """

    def __init__(
        self, rung: Rung, number: int, input_tokens: int, monotonic: Callable[[], float]
    ) -> None:
        self.number = number
        self.first_token_s: float | None = None
        """Seconds from the start to the first text."""
        self._rung = rung
        self._input_tokens = input_tokens
        self._monotonic = monotonic
        self._began_at = monotonic()
        self._parts: list[str] = []

    def saw_text(self, text: str) -> None:
        """Count a piece of text."""
        if not self._parts:
            self.first_token_s = self._monotonic() - self._began_at
        self._parts.append(text)

    def stopped(self, stopped: Stopped, now: float) -> Attempt:
        """Return the record of an attempt that came to its terminal marker.

        A refusal, and an answer without any text, are failures: the customer has nothing.
        """
        usage = stopped.usage
        is_reported = not usage.estimated and usage != Usage()
        match stopped.reason:
            case StopReason.REFUSAL:
                failed: FailureKind | None = FailureKind.REFUSED
            case StopReason.END | StopReason.LENGTH:
                failed = None if self._parts else FailureKind.MALFORMED
            case StopReason.TOOL_USE | StopReason.BUDGET:
                failed = None
            case _ as never:
                assert_never(never)
        booked = usage if is_reported else self._estimate()
        return self._attempt(booked, failed, now, stopped.vendor_id)

    def broken(self, failure: ModelFailed, now: float) -> Attempt:
        """Return the record of an attempt that failed, or that the caller gave up."""
        was_refused = failure.kind in UNBILLED or (failure.status or 0) >= HTTP_ERROR
        is_free = was_refused and not self._parts
        usage = Usage(estimated=True) if is_free else self._estimate()
        return self._attempt(usage, failure.kind, now, "")

    def _estimate(self) -> Usage:
        price = self._rung.price
        output = price.prompt_tokens(estimate_tokens("".join(self._parts))) if self._parts else 0
        return Usage(
            input_tokens=price.prompt_tokens(self._input_tokens),
            output_tokens=min(output, self._rung.max_output_tokens),
            estimated=True,
        )

    def _attempt(
        self, usage: Usage, failed: FailureKind | None, now: float, vendor_id: str
    ) -> Attempt:
        return Attempt(
            model=self._rung.model,
            number=self.number,
            usage=usage,
            cost_usd=self._rung.price.cost(usage),
            failed=failed,
            first_token_s=self.first_token_s,
            total_s=now - self._began_at,
            chars=sum(map(len, self._parts)),
            vendor_id=vendor_id,
        )
