"""What comes of a call, piece by piece; each of the API's languages writes it in its own way."""

from dataclasses import dataclass
from decimal import Decimal

from bot.log import Citation
from routing.decision import Attempt, Decision
from routing.models.base import StopReason
from routing.progress import Mend, Skipped
from routing.request import ModelName, ToolCall, Usage


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the answer, with the caller's own values in it; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model asks for a tool of the caller's; after all text, since it stands for good."""

    call: ToolCall
    """Its arguments as the model wrote them: redacted."""
    arguments: str
    """The same with the caller's own values in it, a JSON object."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A model failed and another goes on, or the same one again."""

    failed: ModelName
    next: ModelName
    kind: str
    mend: Mend


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was said so far is void: the answer begins anew. Only where that can be said."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer; always the last piece."""

    trace_id: str
    text: str
    calls: tuple[Called, ...]
    citations: tuple[Citation, ...]
    reason: StopReason
    model: ModelName
    decision: Decision
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...]
    """What of the prompt did not fit, in words."""
    is_cached: bool
    first_token_s: float | None

    @property
    def cost_usd(self) -> Decimal:
        """Sum over all attempts."""
        return sum((attempt.cost_usd for attempt in self.attempts), Decimal(0))

    @property
    def usage(self) -> Usage:
        """Sum over all attempts: what is billed."""
        each = [attempt.usage for attempt in self.attempts]
        return Usage(
            input_tokens=sum(one.input_tokens for one in each),
            output_tokens=sum(one.output_tokens for one in each),
            cache_read_tokens=sum(one.cache_read_tokens for one in each),
            cache_write_tokens=sum(one.cache_write_tokens for one in each),
            cache_write_1h_tokens=sum(one.cache_write_1h_tokens for one in each),
            estimated=any(one.estimated for one in each),
        )

    @property
    def prompt_tokens(self) -> int:
        """Every token that was read, cached or not."""
        usage = self.usage
        cached = usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_1h_tokens
        return usage.input_tokens + cached


Piece = Said | Called | Changed | TakenBack | Answer
