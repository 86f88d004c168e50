import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreFailed
from bot.knowledge import shelf
from bot.knowledge.article import Added, Article
from bot.knowledge.knowledge import Knowledge, open_knowledge
from bot.stores.sqlite import open_sqlite
from routing.request import TenantId

AURELIS = TenantId("aurelis")
OTHER = TenantId("other")
PIN = Article("pin", "Change your PIN", "https://help.example.org/pin", "Tap **Change PIN**.")
FEES = Article("fees", "Fees", "", "A transfer is free. A replacement card costs €10.")
HOURS = Article("hours", "Opening hours", "", "Branches open at nine.")


@pytest.fixture
async def knowledge(tmp_path: Path) -> AsyncIterator[Knowledge]:
    opened = await open_knowledge(tmp_path / "copilot.db")
    yield opened
    await opened.close()


async def ids(knowledge: Knowledge, tenant: TenantId, query: str) -> list[str]:
    return [passage.id.split("#")[0] for passage in await knowledge.search(tenant, query)]


async def test_what_was_added_is_found_with_its_title_address_and_text(
    knowledge: Knowledge,
) -> None:
    await knowledge.add(AURELIS, [PIN, FEES, HOURS])
    best, *_ = await knowledge.search(AURELIS, "How do I change my PIN?")

    assert (best.id, best.title, best.url, best.text) == (
        "pin#0",
        "Change your PIN",
        "https://help.example.org/pin",
        "Tap **Change PIN**.",
    )
    assert 0 < best.score <= 1


async def test_articles_of_one_tenant_are_not_seen_by_another(knowledge: Knowledge) -> None:
    await knowledge.add(AURELIS, [PIN])
    await knowledge.add(OTHER, [FEES])

    assert await ids(knowledge, OTHER, "change pin") == []
    assert [article.id for article in await knowledge.list(OTHER)] == ["fees"]
    assert await knowledge.remove(OTHER, ["pin"]) == 0
    assert await ids(knowledge, AURELIS, "change pin") == ["pin"]


async def test_adding_again_skips_what_has_not_changed_and_updates_what_has(
    knowledge: Knowledge,
) -> None:
    await knowledge.add(AURELIS, [PIN, FEES])
    changed = Article("fees", "Fees", "", "A statement on paper costs €1.50.")

    assert await knowledge.add(AURELIS, [PIN, changed, HOURS]) == Added(1, 1, 1)
    assert await ids(knowledge, AURELIS, "paper statement") == ["fees"]
    assert await ids(knowledge, AURELIS, "replacement card") == []


async def test_a_new_address_alone_is_a_change(knowledge: Knowledge) -> None:
    await knowledge.add(AURELIS, [HOURS])
    moved = Article("hours", "Opening hours", "https://help.example.org/hours", HOURS.text)

    assert await knowledge.add(AURELIS, [moved]) == Added(updated=1)


async def test_what_was_removed_is_found_no_more(knowledge: Knowledge) -> None:
    await knowledge.add(AURELIS, [PIN, FEES])

    assert await knowledge.remove(AURELIS, ["pin", "unknown"]) == 1
    assert await ids(knowledge, AURELIS, "change pin") == []


@pytest.mark.parametrize(
    "query",
    [
        '"', "'", "*", "pin*", "NEAR(pin change)", "title_words:pin", "pin AND", "(pin", "^pin",
        "-pin", "pin\0change", "%", "{pin}",
        '" OR tenant:other OR "', "[EMAIL_1]", "", "the of and",
        "😀 🏦", "пин код", "pin " * 5000,
    ],
)  # fmt: skip
async def test_any_text_is_a_fit_query(knowledge: Knowledge, query: str) -> None:
    await knowledge.add(AURELIS, [PIN])

    assert set(await ids(knowledge, AURELIS, query)) <= {"pin"}


async def test_synonyms_endings_accents_and_case_find_the_same(knowledge: Knowledge) -> None:
    await knowledge.add(AURELIS, [FEES, HOURS, Article("cafe", "Café", "", "The café is closed.")])

    assert await ids(knowledge, AURELIS, "REPLACEMENTS charges") == ["fees"]
    assert await ids(knowledge, AURELIS, "cafe") == ["cafe"]


async def test_placeholders_of_personal_data_are_not_searched_for(knowledge: Knowledge) -> None:
    await knowledge.add(AURELIS, [Article("mail", "E-mail", "", "Write an email to us.")])

    assert await ids(knowledge, AURELIS, "[EMAIL_1] [CREDIT_CARD ****1111]") == []


async def test_the_edition_changes_with_the_articles_of_the_tenant_and_only_then(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    async def edition() -> str:
        return (await knowledge.look_up(AURELIS, "fees")).edition

    editions = [await edition()]
    await knowledge.add(AURELIS, [PIN, FEES])
    editions.append(await edition())
    await knowledge.add(AURELIS, [PIN])
    await knowledge.add(OTHER, [HOURS])
    same = await edition()
    other = await open_knowledge(tmp_path / "copilot.db")
    await other.remove(AURELIS, ["pin"])
    await other.close()
    editions.append(await edition())
    await knowledge.add(AURELIS, [PIN])
    editions.append(await edition())

    assert same == editions[1]
    assert len(set(editions)) == len(editions)


async def test_one_process_adds_while_another_searches(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    other = await open_knowledge(tmp_path / "copilot.db")
    many = [Article(f"a{n}", f"Article {n}", "", f"About topic{n} only.") for n in range(100)]
    async with asyncio.timeout(10):
        _, found = await asyncio.gather(
            other.add(AURELIS, many), knowledge.search(AURELIS, "nothing yet")
        )
    await other.close()

    assert found == ()
    assert await ids(knowledge, AURELIS, "topic77") == ["a77"]


async def test_store_and_knowledge_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    store = await open_sqlite(path)
    knowledge = await open_knowledge(path)
    await knowledge.add(AURELIS, [PIN])
    await knowledge.close()
    await store.close()

    again = await open_knowledge(path)
    assert await ids(again, AURELIS, "change pin") == ["pin"]
    await again.close()


async def test_words_are_made_anew_when_the_rules_for_them_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copilot.db"
    monkeypatch.setattr(shelf, "content_words", lambda text: ("old",))
    before = await open_knowledge(path)
    await before.add(AURELIS, [PIN])
    await before.close()
    monkeypatch.undo()
    monkeypatch.setattr(shelf, "rules_version", lambda: 1)
    after = await open_knowledge(path)

    assert await ids(after, AURELIS, "change pin") == ["pin"]
    assert await ids(after, AURELIS, "old") == []
    await after.close()


async def test_a_batch_that_fails_leaves_nothing_behind(knowledge: Knowledge) -> None:
    broken = Article("broken", "Broken", "", "Lone surrogate \ud800 here.")
    with pytest.raises(UnicodeEncodeError):
        await knowledge.add(AURELIS, [PIN, broken])

    assert await knowledge.list(AURELIS) == ()
    assert await knowledge.add(AURELIS, [PIN]) == Added(added=1)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    path.write_bytes(b"this is not a database, but long enough to be looked at" * 40)

    with pytest.raises(StoreFailed, match="cannot be used"):
        await open_knowledge(path)


async def test_a_broken_table_is_a_failure_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    knowledge = await open_knowledge(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE knowledge_article")
    connection.close()

    with pytest.raises(StoreFailed, match="the knowledge base"):
        await knowledge.list(AURELIS)
    await knowledge.close()


async def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    knowledge = await open_knowledge(tmp_path / "copilot.db")
    await knowledge.close()
    await knowledge.close()
