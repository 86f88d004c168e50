"""One step of a run: what a model said and asked for, and what came of it; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from routing.agent.words import Words
from routing.decision import Attempt
from routing.models.base import StopReason
from routing.request import Message, ModelName, Redacted, Role, ToolCall, ToolResult

NO_MORE_TOOLS = (
    "No more tools can be used. Answer now with what is known; say plainly what could not be done."
)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened between two questions to a model; the trace of a run is made of these."""

    number: int
    """From 1."""
    text: Redacted
    """What the model said before, or instead of, asking for tools."""
    calls: tuple[ToolCall, ...]
    """Of the attempt that came to its end; what a broken one asked for never happened."""
    results: tuple[ToolResult, ...]
    """One for each call that has one, in the order of the calls."""
    attempts: tuple[Attempt, ...]
    stop: StopReason | None
    """None: no model came to an end."""

    @property
    def model(self) -> ModelName | None:
        """The model that came to its end; None when none did."""
        done = [attempt.model for attempt in self.attempts if attempt.failed is None]
        return done[-1] if done and self.stop is not None else None

    @property
    def missing(self) -> tuple[ToolCall, ...]:
        """The calls without a result, in order."""
        known = {result.call_id for result in self.results}
        return tuple(call for call in self.calls if call.id not in known)

    @property
    def has_mistake(self) -> bool:
        """Tell whether a call was refused or failed."""
        return any(result.is_error for result in self.results)

    @property
    def cost_usd(self) -> Decimal:
        """Sum over the attempts."""
        return sum((attempt.cost_usd for attempt in self.attempts), Decimal(0))


def ordered(calls: Iterable[ToolCall], results: Iterable[ToolResult]) -> tuple[ToolResult, ...]:
    """Return results in the order of their calls; of two for one call the first counts."""
    by_id: dict[str, ToolResult] = {}
    for result in results:
        by_id.setdefault(result.call_id, result)
    return tuple(by_id[call.id] for call in calls if call.id in by_id)


def as_messages(steps: Iterable[Step], words: Words, *, is_last: bool) -> tuple[Message, ...]:
    """Return steps as a model sees them: its own words and calls, then the results.

    `is_last` adds that an answer is wanted now.
    """
    messages: list[Message] = []
    for step in steps:
        messages.append(Message(Role.BOT, step.text, calls=step.calls))
        messages.append(Message(Role.CUSTOMER, words.redact(""), results=step.results))
    if is_last and messages:
        messages.append(Message(Role.CUSTOMER, words.redact(NO_MORE_TOOLS)))
    return tuple(messages)
