"""What a run with tools may do: the part of the policy that code holds it to."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a number in a tool's arguments may be, such as an amount to pay back."""

    tool: str
    field: str
    """A field of the arguments, at the top level; a call without it as a number is refused."""
    most: Decimal
    """In one call."""
    most_together: Decimal
    """In all calls of the run, so that two halves are not more than one whole."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The bounds of one run."""

    tools: tuple[str, ...]
    """Names of the tools that may be used; no other is shown to a model."""
    max_steps: int
    """How often a model is asked; at least 1. The last time it is offered no tools."""
    total_budget_usd: Decimal
    """Most that all steps together may cost, in US dollars."""
    limits: tuple[Limit, ...] = ()
    needs_confirmation: bool = True
    """Side effects wait until somebody has agreed to them."""
    most_mistakes: int = 2
    """Steps with a wrong or failed call that a model may see; one more ends the run."""
