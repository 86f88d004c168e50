"""What was recorded, a page at a time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.api.errors import BadCall
from bot.api.keys import made_key
from bot.api.lookups import Lookups, Wanted
from bot.stores.base import Head, Record, Write
from bot.stores.memory import MemoryStore
from bot.turns.remembered import DECISION
from channels.base import ConversationId
from routing.request import TenantId
from tests.bot.api.front import fronted

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TALK = ConversationId("c1")
TENANT = TenantId("aurelis")
_, KEY = made_key(TENANT, False, "", NOW)


async def shelved(count: int) -> MemoryStore:
    """Return a store with so many decisions, two in each minute."""
    store = MemoryStore()
    records = tuple(
        Record(DECISION, f"t{n}", TALK, NOW + timedelta(minutes=n // 2), '{"rule": "default"}')
        for n in range(count)
    )
    head = Head(TALK, TENANT, "api", "", "en")
    await store.commit(Write(TALK, NOW, create=head, records=records))
    return store


async def test_pages_hold_every_decision_once_newest_first() -> None:
    lookups = Lookups(await shelved(9))
    found, cursor = [], ""
    for _ in range(4):
        page = await lookups.decisions(KEY, Wanted(limit=4, cursor=cursor))
        items = page["items"]
        assert isinstance(items, list)
        found += [item["trace_id"] for item in items]
        cursor = str(page["next_cursor"] or "")
        if not cursor:
            break

    assert found == [f"t{n}" for n in reversed(range(9))]


async def test_a_page_keeps_to_its_time() -> None:
    wanted = Wanted(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=3))
    page = await Lookups(await shelved(9)).decisions(KEY, wanted)
    items = page["items"]
    assert isinstance(items, list)

    assert [item["trace_id"] for item in items] == ["t5", "t4", "t3", "t2"]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ==", "\udcff", "é"])
async def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCall, match="next_cursor"):
        await Lookups(await shelved(1)).decisions(KEY, Wanted(cursor=cursor))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/traces/nothing", 404),
        ("/v1/conversations/nothing", 404),
        ("/v1/models/nothing", 404),
        ("/v1/decisions?limit=0", 400),
        ("/v1/decisions?limit=many", 400),
        ("/v1/decisions?since=yesterday", 400),
        ("/v1/billing?by=shoe", 400),
        ("/v1/billing?by=model,day&since=2026-11-24&until=2026-11-25T00:00:00Z", 200),
        ("/v1/nothing", 404),
    ],
)
async def test_what_is_not_there_or_not_understood_is_said_in_json(
    tmp_path: Path, path: str, status: int
) -> None:
    async with fronted(tmp_path) as front:
        got, answer = await front.get(path)

        assert got == status
        assert ("error" in answer) == (status != 200)


async def test_a_bill_is_split_as_asked(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        await front.ask()
        _, bill = await front.get("/v1/billing?by=intent")

        assert [(line["intent"], line["cost_usd"]) for line in bill["lines"]] == [
            ("card-delivery", "0.0002")
        ]
