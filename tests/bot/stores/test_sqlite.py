import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StaleFence, StoreFailed
from bot.stores.audit_chain import first_break
from bot.stores.base import (
    AuditAfter,
    AuditDraft,
    EventsAfter,
    HeadChange,
    HeadOf,
    RecordsOf,
    Write,
)
from bot.stores.migrate import migrate
from bot.stores.queries import answer
from bot.stores.sqlite import Limits, SqliteStore, open_sqlite
from channels.base import ConversationId
from tests.bot.stores.samples import AURELIS, NOW, ONE, TWO, first_head, opened, piece, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "down" / "copilot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened_store = await open_sqlite(path)
    yield opened_store
    await opened_store.close()


async def test_the_file_is_made_with_its_folder_and_only_its_owner_may_read_it(
    store: SqliteStore, path: Path
) -> None:
    await opened(store)

    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_what_was_written_is_there_after_opening_again(
    store: SqliteStore, path: Path
) -> None:
    await opened(store)
    done = await store.commit(
        Write(ONE, NOW, (said("hi"),), HeadChange(asked=True), key="k", take_fence=True)
    )
    await store.commit(Write(ONE, NOW, audit=(AuditDraft(AURELIS, "a", "{}"),)))
    await store.close()
    assert [file.name for file in path.parent.iterdir()] == ["copilot.db"]
    again = await open_sqlite(path)

    assert await again.find(HeadOf(ONE)) == (done.head,)
    assert await again.find(EventsAfter(ONE, 0)) == done.events
    repeated = await again.commit(Write(ONE, NOW, (said("hi"),), key="k"))
    assert (repeated.is_repeat, repeated.events) == (True, done.events)
    await opened(again, TWO)
    await again.commit(Write(TWO, NOW, audit=(AuditDraft(AURELIS, "b", "{}"),)))
    chain = await again.find(AuditAfter())
    assert [entry.n for entry in chain] == [1, 2]
    assert first_break(chain) is None
    await again.close()


async def test_two_stores_on_one_file_never_write_from_what_they_remember(
    store: SqliteStore, path: Path
) -> None:
    other = await open_sqlite(path)
    await opened(store, ONE)
    await opened(other, TWO)
    audit = (AuditDraft(AURELIS, "a", "{}"),)
    for turn in range(10):
        writer = (store, other)[turn % 2]
        done = await writer.commit(Write(ONE, NOW, (piece(turn),), audit=audit))
        assert done.events[0].seq == turn + 1
    taken = await other.commit(Write(ONE, NOW, take_fence=True))

    assert taken.head.fence == 1
    with pytest.raises(StaleFence):
        await store.commit(Write(ONE, NOW, fence=0))
    chain = await store.find(AuditAfter())
    assert len(chain) == 10
    assert first_break(chain) is None
    assert await store.find(EventsAfter(ONE, 0)) == await other.find(EventsAfter(ONE, 0))
    await other.close()


async def test_two_stores_that_write_at_once_wait_for_each_other(
    store: SqliteStore, path: Path
) -> None:
    other = await open_sqlite(path)
    await opened(store)
    writes = [Write(ONE, NOW, (piece(i),)) for i in range(100)]
    await asyncio.gather(*((store, other)[i % 2].commit(w) for i, w in enumerate(writes)))

    kept = await store.find(EventsAfter(ONE, 0))
    assert [event.seq for event in kept] == list(range(1, 101))
    await other.close()


async def test_a_full_disk_refuses_every_waiting_write_and_keeps_the_rest(path: Path) -> None:
    store = await open_sqlite(path, Limits(most_pages=60))
    await opened(store)
    big = [Write(ONE, NOW, (said("x" * 20_000),)) for _ in range(40)]
    async with asyncio.timeout(20):
        done = await asyncio.gather(*map(store.commit, big[:1]))
        failed = await asyncio.gather(*map(store.commit, big), return_exceptions=True)

    assert all(isinstance(each, StoreFailed) and "full" in str(each) for each in failed)
    assert await store.find(EventsAfter(ONE, 0)) == done[0].events
    assert (await store.commit(Write(ONE, NOW, (piece(0),)))).head.head_seq == 2
    await store.close()


async def test_a_broken_file_refuses_and_nothing_hangs(store: SqliteStore, path: Path) -> None:
    await opened(store)
    breaker = sqlite3.connect(path, isolation_level=None)
    breaker.execute("DROP TABLE events")
    breaker.close()

    async with asyncio.timeout(5):
        writes = [Write(ONE, NOW, (piece(i),)) for i in range(20)]
        done = await asyncio.gather(*map(store.commit, writes), return_exceptions=True)
        assert all(isinstance(each, StoreFailed) for each in done)
        with pytest.raises(StoreFailed, match="the database failed: no such table"):
            await store.find(EventsAfter(ONE, 0))


async def test_a_row_that_cannot_be_read_fails_its_own_question_only(
    store: SqliteStore, path: Path
) -> None:
    await opened(store)
    await store.commit(Write(ONE, NOW, (said("secret words"),), key="k"))
    breaker = sqlite3.connect(path, isolation_level=None)
    breaker.execute("DROP TRIGGER events_are_never_changed")
    breaker.execute("UPDATE events SET type = 'message.sung'")
    breaker.close()

    with pytest.raises(StoreFailed, match=r"'message.sung' is unknown"):
        await store.find(EventsAfter(ONE, 0))
    with pytest.raises(StoreFailed, match=r"'message.sung' is unknown"):
        await store.commit(Write(ONE, NOW, key="k"))
    assert (await store.commit(Write(ONE, NOW, (piece(0),)))).head.head_seq == 2


async def test_a_file_that_another_process_holds_fails_after_the_time_it_may(path: Path) -> None:
    store = await open_sqlite(path, Limits(busy_s=0.01))
    await opened(store)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match="locked"):
        await store.commit(Write(ONE, NOW, (piece(0),)))
    holder.execute("ROLLBACK")
    holder.close()

    assert (await store.commit(Write(ONE, NOW, (piece(0),)))).head.head_seq == 1
    await store.close()


@pytest.mark.parametrize(
    "write",
    [
        Write(ONE, NOW, change=HeadChange(turn=2**80)),
        Write(ONE, NOW, change=HeadChange(locale="\ud800")),
        Write(ONE, NOW, (piece(0),), key="\ud800"),
    ],
    ids=["too large", "half a pair", "half a pair in a key"],
)
async def test_values_that_cannot_be_stored_spoil_only_their_own_write(
    store: SqliteStore, write: Write
) -> None:
    await opened(store)
    good = [Write(ONE, NOW, (piece(i),)) for i in range(20)]
    done = await asyncio.gather(
        *map(store.commit, [*good[:10], write, *good[10:]]), return_exceptions=True
    )

    assert isinstance(done.pop(10), StoreFailed)
    assert not [each for each in done if isinstance(each, BaseException)]
    assert len(await store.find(EventsAfter(ONE, 0))) == 20


async def test_a_write_whose_caller_was_cancelled_is_done(store: SqliteStore) -> None:
    await opened(store)
    task = asyncio.ensure_future(store.commit(Write(ONE, NOW, (piece(0),), key="k")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await store.commit(Write(ONE, NOW, (piece(1),), key="k"))).is_repeat
    assert len(await store.find(EventsAfter(ONE, 0))) == 1


async def test_more_writes_than_may_queue_wait_for_room(path: Path) -> None:
    store = await open_sqlite(path, Limits(most_queued=3))
    await opened(store)
    await asyncio.gather(*(store.commit(Write(ONE, NOW, (piece(i),))) for i in range(50)))

    assert len(await store.find(EventsAfter(ONE, 0))) == 50
    await store.close()


async def test_closing_does_what_is_queued_and_refuses_what_waits_for_room(path: Path) -> None:
    store = await open_sqlite(path, Limits(most_queued=3))
    await opened(store)
    tasks = [asyncio.ensure_future(store.commit(Write(ONE, NOW, (piece(i),)))) for i in range(10)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    done = await asyncio.gather(*tasks, return_exceptions=True)

    assert not [each for each in done[:3] if isinstance(each, BaseException)]
    assert all(isinstance(each, StoreFailed) for each in done[3:])


async def test_a_garbled_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    garbled = tmp_path / "garbled.db"
    garbled.write_bytes(b"no database, only words" * 300)

    with pytest.raises(StoreFailed, match=r"cannot open the database .*garbled.db"):
        await open_sqlite(garbled)
    with pytest.raises(StoreFailed, match="cannot open the database"):
        await open_sqlite(tmp_path)


@pytest.mark.parametrize("table", ["events", "audit"])
async def test_events_and_audit_entries_can_only_be_added(
    store: SqliteStore, path: Path, table: str
) -> None:
    await opened(store)
    await store.commit(Write(ONE, NOW, (piece(0),), audit=(AuditDraft(AURELIS, "a", "{}"),)))
    intruder = sqlite3.connect(path, isolation_level=None)
    for sql in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            intruder.execute(sql)
    with pytest.raises(sqlite3.IntegrityError, match="only grows at its end"):
        intruder.execute("INSERT OR REPLACE INTO audit SELECT * FROM audit")
    intruder.close()


async def test_the_chain_shows_where_the_file_was_tampered_with(
    store: SqliteStore, path: Path
) -> None:
    await opened(store)
    drafts = tuple(AuditDraft(AURELIS, f"a{i}", '{"cost":1}') for i in range(5))
    await store.commit(Write(ONE, NOW, audit=drafts))
    intruder = sqlite3.connect(path, isolation_level=None)
    intruder.execute("DROP TRIGGER audit_is_never_changed")
    intruder.execute("UPDATE audit SET json = '{\"cost\":0}' WHERE n = 3")
    intruder.close()
    found = first_break(await store.find(AuditAfter()))

    assert found is not None
    assert found.n == 3


async def test_questions_use_an_index(store: SqliteStore, path: Path) -> None:
    watcher = sqlite3.connect(path)
    for sql in (
        "SELECT id FROM conversations WHERE owner = 'queue' AND is_open = 1 AND owner <> 'bot'",
        "SELECT id FROM conversations WHERE asked_seq > answered_seq AND owner <> 'human'",
        "SELECT id FROM outbox WHERE state = 'pending' AND due_at <= 5 ORDER BY due_at, id",
    ):
        plan = " ".join(str(row) for row in watcher.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "USING" in plan, plan
        assert "INDEX" in plan, plan
    watcher.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RecordsOf("turn"), "r USING INDEX records_by_time (kind=?)"),
        (RecordsOf("turn", conversation=ONE), "r USING INDEX records_by_conversation"),
        (RecordsOf("turn", "t", ONE), "r USING INDEX records_by_conversation"),
        (RecordsOf("turn", "t"), "records USING COVERING INDEX records_by_conversation"),
    ],
)
def test_records_are_found_without_reading_all_of_them(
    tmp_path: Path, query: RecordsOf, expected: str
) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    migrate(connection)
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    answer(connection, query)
    connection.set_trace_callback(None)
    plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    connection.close()

    assert any(expected in step for step in plan), plan
    assert "SCAN r" not in " ".join(plan).replace("SCAN records", "")


async def test_more_conversations_than_are_remembered_are_read_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.stores.batch.MOST_REMEMBERED", 2)
    names = [ConversationId(f"c{i}") for i in range(5)]
    for name in names:
        await store.commit(Write(name, NOW, (piece(0),), create=first_head(name)))
    for name in names:
        done = await store.commit(Write(name, NOW, (piece(1),)))
        assert done.head.head_seq == 2

    assert await store.find(RecordsOf("decision")) == ()
