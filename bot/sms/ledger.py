"""How far a conversation has been brought out by SMS, kept in the cabinet."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.outlets.ledger import Form

OUTLET = "sms.outlet"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one commit says, cut into messages: what it says does not change any more."""

    first: int
    """Seq of the first event that it says."""
    through: int
    parts: tuple[str, ...] = field(repr=False)
    """Raw: the customer's own values are in it."""
    out: int = 0
    """How many of them are out, whatever their rows say: those are forgotten after a week."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a conversation stands."""

    seq: int = 0
    """Everything up to here is out."""
    letter: Letter | None = None
    """What is on its way. It is kept before anything of it is sent, so that whoever goes on with it
    sends the same words."""

    @property
    def is_under_way(self) -> bool:
        """Whether something is on its way."""
        return self.letter is not None


def _written(reached: Reached) -> dict[str, object]:
    if reached.letter is None:
        return {"seq": reached.seq}
    return {"seq": reached.seq, "letter": asdict(reached.letter)}


def _read(value: Mapping[str, Any]) -> Reached:
    letter = value.get("letter")
    if letter is None:
        return Reached(value["seq"])
    return Reached(value["seq"], Letter(**{**letter, "parts": tuple(letter["parts"])}))


FORM = Form(OUTLET, Reached, _written, _read)
