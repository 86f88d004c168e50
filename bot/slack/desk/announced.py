"""Announces what was written under cards, so that it is acted on in the order of writing."""

import json

from bot.slack.clicks import part_of, word_of
from bot.slack.desk.heard import rank_of, thread_in, turn_of
from bot.slack.in_order import InOrder
from channels.slack.base import Envelope, Handler, Json, Kind


class Announced:
    """Implements `Handler` by another one.

    Of what the queue begins together all is announced before anything goes on, since nothing is
    waited for before: so what is written later waits, however long the earlier is on its way.
    """

    def __init__(self, inner: Handler, order: InOrder) -> None:
        self._inner = inner
        self._order = order

    async def handle(self, envelope: Envelope) -> None:
        """Act on an envelope; see `Handler.handle`."""
        is_event = envelope.kind is Kind.EVENT
        event: Json = part_of(json.loads(envelope.body), "event") if is_event else {}
        thread = thread_in(event) if word_of(event, "type") == "message" else ""
        # A deletion must not wait for what it takes back.
        if not thread or word_of(event, "subtype") == "message_deleted":
            await self._inner.handle(envelope)
            return
        name = turn_of(envelope.team, word_of(event, "channel"), thread)
        with self._order.announced(name, rank_of(event)):
            await self._inner.handle(envelope)
