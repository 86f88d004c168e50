"""The port to a model: one call in, a stream of pieces out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from routing.request import ModelName, Request, ToolCall, Usage


class StopReason(Enum):
    """Why a model stopped by itself; any of these is a terminal marker."""

    END = "end"
    LENGTH = "length"
    """`max_tokens` was reached: the text is cut and must be finished at a sentence."""
    REFUSAL = "refusal"
    TOOL_USE = "tool_use"
    BUDGET = "budget"
    """The engine stopped it, at a sentence, since the cap was reached; no model says this."""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer as it came, spaces kept; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """The answer rests on this passage; `n` is the number used in the text, from 1."""

    n: int
    passage_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model asks for a tool; only whole calls, so one that was cut never happened."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Thinking:
    """The vendor works on what gives no text yet: its advisor was asked, or it reasons.

    From here to the next text, silence is not a stall: whoever watches the stream grants a longer
    limit, counted from the last of these. They come again with every sign of such work.
    """


@dataclass(frozen=True, slots=True)
class Counted:
    """What the vendor says, before it answers, that it has counted of the prompt: for a bill.

    An attempt that is cut later is booked with this, and with the output that was seen.
    """

    prompt: Usage
    """Without output."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The vendor's terminal marker; always the last piece, exactly once."""

    reason: StopReason
    usage: Usage
    vendor_id: str = ""
    """The vendor's request or response id, for their support."""
    others: tuple[tuple[str, Usage], ...] = ()
    """What other models have used for this answer, such as the vendor's own advisor: the vendor's
    id of the model and its usage, one for each call. Not in `usage`; each is billed at its price.
    """


Piece = Text | Cited | ToolCalled | Thinking | Counted | Stopped


class Model(Protocol):
    """Something that answers a request in a stream.

    Guarantees: pieces come in order; a stream that ends without `Stopped` was cut (the engine, not
    the model, says so); closing the generator early closes the connection. There is no retry
    inside. Pings and unknown events yield nothing, unless they come while the vendor thinks.
    """

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        ...

    def stream(self, request: Request, max_output_tokens: int) -> AsyncIterator[Piece]:
        """Start one attempt.

        Raises:
            ModelFailed: the vendor refused, failed, or sent what cannot be understood.
        """
        ...

    async def close(self) -> None:
        """Give connections back; the model is not used afterwards."""
        ...
