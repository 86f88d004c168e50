"""Announces what was written in one place, so that it is acted on in the order of writing."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from bot.slack.clicks import part_of
from bot.slack.in_order import InOrder
from channels.slack.base import Envelope, Handler, Json, Kind, TeamId


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, and who comes first."""

    name: str
    rank: float


@dataclass(frozen=True, slots=True)
class Row:
    """Those who stand in one order."""

    order: InOrder
    turn: Callable[[TeamId, Json], Turn | None]
    """Which turn an event will take in it; None for what takes none, or must not wait."""


class Announced:
    """Implements `Handler` by another one.

    Of what the queue begins together all is announced before anything goes on, since nothing is
    waited for before: so what is written later waits, however long the earlier is on its way.
    """

    def __init__(self, inner: Handler, *rows: Row) -> None:
        self._inner = inner
        self._rows = rows

    async def handle(self, envelope: Envelope) -> None:
        """Act on an envelope; see `Handler.handle`."""
        is_event = envelope.kind is Kind.EVENT
        event: Json = part_of(json.loads(envelope.body), "event") if is_event else {}
        with ExitStack() as announced:
            for row in self._rows:
                turn = row.turn(envelope.team, event)
                if turn is not None:
                    announced.enter_context(row.order.announced(turn.name, turn.rank))
            await self._inner.handle(envelope)
