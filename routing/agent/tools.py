"""Tools as their owners offer them, and the port to whoever carries calls out."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from routing.agent.schema import Schema, read_schema, shown_schema
from routing.request import Tool, ToolCall, ToolResult


class Effect(Enum):
    """What carrying out a call changes."""

    READ = "read"
    """Nothing: it may be done again, and given up half-way."""
    WRITE = "write"
    """Something in the world: at most once, and never given up half-way."""
    CALLER = "caller"
    """Not ours to know: whoever started the run carries it out and brings the result."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool with what has to be known about it before it is used."""

    tool: Tool
    """As a model sees it."""
    schema: Schema | None
    """What arguments are checked against; None: whoever carries it out checks them."""
    effect: Effect = Effect.READ
    timeout_s: float = 10.0
    """How long the run waits for a result; a side effect goes on after that."""


def offer_of(tool: Tool, effect: Effect = Effect.READ, timeout_s: float = 10.0) -> Offer:
    """Return the offer of a tool whose schema may hold our own keywords.

    The arguments of the caller's own tools are for him to check: his patterns never run here.

    Raises:
        SchemaRefused: the schema cannot be checked in full.
    """
    if effect is Effect.CALLER:
        return Offer(tool, None, effect, timeout_s)
    shown = Tool(tool.name, tool.description, shown_schema(tool.schema))
    return Offer(shown, read_schema(tool.schema), effect, timeout_s)


class Tools(Protocol):
    """Whoever carries calls out, for one conversation.

    Guarantees: raises nothing but what is said below; a result holds no personal data in clear. A
    call was checked against its offer before; the same key means the same call, so that the far
    end can recognise one that it has done.
    """

    def offers(self) -> tuple[Offer, ...]:
        """Return every tool that there is, each name once."""
        ...

    async def call(self, call: ToolCall, key: str) -> ToolResult:
        """Carry one call out.

        Raises:
            ToolFailed: it was not done, or it is not known whether it was.
            RunOver: the run is not current any more; nothing was done.
        """
        ...
