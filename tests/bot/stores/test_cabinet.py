"""Every test runs on each cabinet: a new one is one line here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.vault import VaultKey, VaultTampered
from bot.stores.cabinet import UNUSED, Cabinet, Entry, MemoryCabinet, MemorySlots, turn_after
from bot.stores.cabinet_sqlite import SqliteCabinet, open_cabinet
from channels.slots import Slots, Turns

KEY = VaultKey(b"a secret of thirty-two characters")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LETTER = Entry("inbox", "Ev1", '{"text":"my card is 4242"}', AT, due_at=AT)


def now() -> datetime:
    return AT


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.fixture(params=["memory", "sqlite"])
async def cabinet(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cabinet]:
    if request.param == "memory":
        yield MemoryCabinet()
        return
    opened = await open_cabinet(tmp_path / "cabinet.db", KEY, now)
    yield opened
    await opened.close()


@pytest.fixture(params=["memory", "sqlite"])
async def slots(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Slots]:
    if request.param == "memory":
        yield MemorySlots(now)
        return
    opened = await open_cabinet(tmp_path / "cabinet.db", KEY, now)
    yield opened
    await opened.close()


async def test_what_was_put_is_found(cabinet: Cabinet) -> None:
    await cabinet.put(LETTER)

    assert tuple(await cabinet.find("inbox", "Ev1")) == (LETTER,)
    assert tuple(await cabinet.find("inbox")) == (LETTER,)
    assert tuple(await cabinet.find("inbox", "Ev2")) == ()
    assert tuple(await cabinet.find("threads")) == ()


async def test_of_many_that_add_the_same_at_once_one_does(cabinet: Cabinet) -> None:
    adding = [cabinet.put(replace(LETTER, value=str(n)), is_new=True) for n in range(20)]

    assert sum(await asyncio.gather(*adding)) == 1


async def test_put_replaces_and_remembers_that_it_came(cabinet: Cabinet) -> None:
    await cabinet.put(LETTER)
    await cabinet.put(replace(LETTER, value="{}", due_at=None))

    assert await cabinet.put(LETTER, is_new=True) is False
    assert (await cabinet.find("inbox", "Ev1"))[0].value == "{}"


async def test_what_is_leased_is_due_again_when_its_time_has_run_out(cabinet: Cabinet) -> None:
    later = replace(LETTER, key="Ev2", due_at=AT + timedelta(seconds=1))
    await cabinet.put(LETTER)
    await cabinet.put(later)

    assert [one.key for one in await cabinet.lease("inbox", AT, 30, 10)] == ["Ev1"]
    assert [one.key for one in await cabinet.lease("inbox", AT, 30, 10)] == []
    after = AT + timedelta(seconds=31)
    assert [one.key for one in await cabinet.lease("inbox", after, 30, 10)] == ["Ev2", "Ev1"]


async def test_two_that_lease_at_once_never_get_the_same(cabinet: Cabinet) -> None:
    for n in range(10):
        await cabinet.put(replace(LETTER, key=f"Ev{n}"))

    leased = await asyncio.gather(*(cabinet.lease("inbox", AT, 30, 4) for _ in range(5)))

    keys = [entry.key for batch in leased for entry in batch]
    assert sorted(keys) == sorted(f"Ev{n}" for n in range(10))


async def test_what_is_removed_is_gone_and_only_the_old_go_by_age(cabinet: Cabinet) -> None:
    done = replace(LETTER, key="Ev2", due_at=None)
    await cabinet.put(LETTER)
    await cabinet.put(done)
    await cabinet.put(replace(done, key="Ev3", at=AT + timedelta(days=1)))

    assert await cabinet.remove("inbox", None, before=AT + timedelta(hours=1)) == 1
    assert [one.key for one in await cabinet.find("inbox")] == ["Ev1", "Ev3"]
    assert await cabinet.remove("inbox", "Ev1") == 1
    assert [one.key for one in await cabinet.find("inbox")] == ["Ev3"]


async def test_another_process_sees_what_was_kept_and_the_file_does_not_tell(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cabinet.db"
    first, second = await open_cabinet(path, KEY, now), await open_cabinet(path, KEY, now)
    await first.put(LETTER)

    assert await second.put(LETTER, is_new=True) is False
    assert tuple(await second.find("inbox")) == (LETTER,)
    await first.close()
    await second.close()
    assert b"4242" not in bytes_in(tmp_path)


async def test_a_value_sealed_under_another_secret_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "cabinet.db"
    first = await open_cabinet(path, KEY, now)
    await first.put(LETTER)
    await first.close()
    other: SqliteCabinet = await open_cabinet(path, VaultKey(b"x" * 32), now)

    with pytest.raises(VaultTampered):
        await other.find("inbox")
    await other.close()


async def test_turns_are_apart_and_a_burst_is_let_through(slots: Slots) -> None:
    assert [await slots.book("post|C1", Turns(1.0, 2)) for _ in range(4)] == [0.0, 0.0, 1.0, 2.0]
    assert await slots.book("post|C2", Turns(1.0, 2)) == 0.0


async def test_nobody_has_a_turn_before_a_block_is_over(slots: Slots) -> None:
    await slots.block("post|C1", 30)

    assert await slots.book("post|C1", Turns(1.0)) == 30.0
    assert await slots.book("post|C1", Turns(1.0)) == 31.0


async def test_a_burst_does_not_open_a_block_early(slots: Slots) -> None:
    await slots.block("post|C1", 30)

    assert await slots.book("post|C1", Turns(1.0, burst=3)) == 30.0


async def test_a_turn_that_is_too_far_away_is_not_taken_from_anybody(slots: Slots) -> None:
    await slots.book("post|C1", Turns(5.0))
    refused = [await slots.book("post|C1", Turns(5.0, most_wait_s=1.0)) for _ in range(3)]

    assert refused == [5.0, 5.0, 5.0]
    assert await slots.book("post|C1", Turns(5.0)) == 5.0


async def test_two_processes_share_the_turns(tmp_path: Path) -> None:
    path = tmp_path / "cabinet.db"
    first, second = await open_cabinet(path, KEY, now), await open_cabinet(path, KEY, now)

    waits = [await one.book("post|C1", Turns(1.0)) for one in (first, second, first, second)]

    assert waits == [0.0, 1.0, 2.0, 3.0]
    await first.close()
    await second.close()


@given(st.lists(st.floats(0, 5), max_size=30), st.integers(1, 4))
def test_no_window_sees_more_turns_than_the_rate_and_the_burst(
    pauses: list[float], burst: int
) -> None:
    now_s, standing, turns = 1000.0, UNUSED, list[float]()
    for pause in pauses:
        now_s += pause
        standing, wait_s = turn_after(standing, now_s, Turns(1.0, burst))
        turns.append(now_s + wait_s)

    assert all(turns[i + burst] - turns[i] >= 1.0 - 1e-6 for i in range(len(turns) - burst)), turns
