"""A live view: the order of the log, whatever order things were published in."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from bot.bus import Status, StatusShown
from bot.bus_memory import MemoryBus
from bot.log import Event, Notice
from bot.privacy.redact import fixed
from bot.reception.frames import as_stored
from bot.reception.view import Standing, Viewing
from bot.stores.base import Draft, Head, Write
from bot.stores.memory import MemoryStore
from channels.base import ConversationId
from routing.request import TenantId

HERE = ConversationId("c")
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest_asyncio.fixture
async def store() -> AsyncIterator[MemoryStore]:
    store = MemoryStore()
    await store.commit(Write(HERE, AT, create=Head(HERE, TenantId("t"), "web", "", "en")))
    yield store
    await store.close()


async def said(store: MemoryStore, count: int) -> list[Event]:
    """Commit so many events, each by itself, without showing them."""
    draft = Draft(Notice("x", fixed("Hello")), "bot")
    return [(await store.commit(Write(HERE, AT, events=(draft,)))).events[0] for _ in range(count)]


async def from_now() -> Standing:
    return Standing(as_stored, 0)


async def seen(store: MemoryStore, *published: Event | StatusShown) -> list[int | None]:
    """Publish in this order, and return the seqs that a view shows."""
    bus = MemoryBus()
    async with asyncio.timeout(5), Viewing(store, bus, HERE, from_now) as view:
        for one in published:
            await bus.publish((one,))
        await bus.close()
        return [frame.seq async for batch in view for frame in batch]


async def test_what_is_published_in_order_is_shown_in_order(store: MemoryStore) -> None:
    assert await seen(store, *await said(store, 3)) == [1, 2, 3]


async def test_what_is_published_too_early_waits_for_nobody_and_nothing_is_lost(
    store: MemoryStore,
) -> None:
    first, second, third = await said(store, 3)

    assert await seen(store, second, first, third) == [1, 2, 3]


async def test_what_was_never_published_is_filled_in_and_repeats_are_dropped(
    store: MemoryStore,
) -> None:
    first, _, third = await said(store, 3)

    assert await seen(store, first, third, first, third) == [1, 2, 3]


async def test_a_status_passes_through_without_a_seq(store: MemoryStore) -> None:
    bus = MemoryBus()
    async with asyncio.timeout(5), Viewing(store, bus, HERE, from_now) as view:
        await bus.publish((StatusShown(HERE, Status.TYPING),))
        batch = await anext(aiter(view))

    assert [(frame.seq, json.loads(frame.json)["type"]) for frame in batch] == [(None, "typing")]
    assert not view.lagged
