"""What the desk in Slack shows of each conversation, as it was shown last."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.humans.desk import Card
from bot.privacy.redact import stored
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from routing.request import TenantId

KIND = "slack.shown"
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card in Slack."""

    card: Card
    outcome: str = ""
    """How the handoff ended, one of `cards.OUTCOMES`; empty while it is not over."""

    def is_newer_than(self, card: Card) -> bool:
        """Return whether a card tells what was before."""
        return (self.card.episode, self.card.epoch) > (card.episode, card.epoch)


class Board:
    """Remembers the last card of a conversation; every method raises StoreFailed."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def put(self, shown: Shown) -> None:
        """Remember what is shown now."""
        card = shown.card
        fields = {**asdict(card), "waiting_since": card.waiting_since.isoformat()}
        value = json.dumps({"card": fields, "outcome": shown.outcome})
        await self._cabinet.put(Entry(KIND, card.conversation, value, self._clock.now()))

    async def of(self, conversation: ConversationId) -> Shown | None:
        """Return what is shown of a conversation; None when it never had a card."""
        found = await self._cabinet.find(KIND, conversation)
        if not found:
            return None
        value = json.loads(found[0].value)
        fields = value["card"]
        fields |= {
            "conversation": ConversationId(fields["conversation"]),
            "tenant": TenantId(fields["tenant"]),
            "ask": stored(fields["ask"]),
            "summary": tuple(stored(line) for line in fields["summary"]),
            "tried": tuple(stored(line) for line in fields.get("tried", ())),
            "waiting_since": datetime.fromisoformat(fields["waiting_since"]),
        }
        return Shown(Card(**fields), value["outcome"])

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        return await self._cabinet.remove(KIND, None, self._clock.now() - REMEMBERED)
