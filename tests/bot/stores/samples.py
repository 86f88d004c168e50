"""Sample writes; every one is complete, so that a test says only what it is about."""

from datetime import UTC, datetime, timedelta

from bot.log import MessageAccepted, MessageDelta
from bot.stores.base import Committed, Draft, Head, Store, Write
from channels.base import ConversationId
from routing.request import Redacted, TenantId

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
ONE = ConversationId("c-one")
TWO = ConversationId("c-two")
AURELIS = TenantId("aurelis")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def first_head(conversation: ConversationId = ONE) -> Head:
    return Head(conversation, AURELIS, "web", "", "en")


def said(text: str, client_id: str = "k") -> Draft:
    return Draft(MessageAccepted(client_id, f"m-{client_id}", Redacted(text)), "customer", "t-1")


def piece(i: int, text: str = "word ") -> Draft:
    return Draft(MessageDelta("m-1", i, Redacted(text)), "bot", "t-1")


async def opened(store: Store, conversation: ConversationId = ONE) -> Committed:
    return await store.commit(Write(conversation, NOW, create=first_head(conversation)))
