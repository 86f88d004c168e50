"""Installations and the states of installs, in the double and on the disk."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.privacy.vault import VaultKey
from bot.slack.installations import (
    MOST_BEGUN,
    STATE,
    STATE_LIFE,
    CabinetInstallations,
    CabinetStates,
)
from bot.stores.cabinet import Cabinet, MemoryCabinet
from bot.stores.cabinet_sqlite import open_cabinet
from channels.errors import ChannelBusy
from channels.slack.base import Envelope, Installation, Kind, Listeners, TeamId
from channels.slack.bolt import BoltHandler

T1, T2, E1 = TeamId("T1"), TeamId("T2"), TeamId("E1")
FIRST = Installation(T1, "E1", False, "xoxb-one", "U1", "B1", "A1", "", 0.0, "Aurelis", "U9")
SECOND = Installation(T2, bot_token="xoxb-two", refresh_token="xoxe-1", expires_at=1.5)
WHOLE = Installation(E1, "E1", True, "xoxb-org")


class Hand:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at)


def all_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture(params=["memory", "disk"])
async def cabinet(
    request: pytest.FixtureRequest, hand: Hand, tmp_path: Path
) -> AsyncIterator[Cabinet]:
    if request.param == "memory":
        yield MemoryCabinet()
        return
    found = await open_cabinet(tmp_path / "cabinet.db", VaultKey(bytes(32)), lambda: hand.at)
    yield found
    await found.close()


@pytest.mark.promise("K82")
async def test_every_workspace_finds_its_own_installation_only(
    cabinet: Cabinet, hand: Hand
) -> None:
    installations = CabinetInstallations(cabinet, hand.clock())
    for one in (FIRST, SECOND, WHOLE):
        await installations.save(one)

    assert list(await installations.find(T1)) == [FIRST]
    assert list(await installations.find(T2)) == [SECOND]
    assert list(await installations.find(E1)) == [WHOLE]
    assert list(await installations.find(TeamId("T9"))) == []
    assert list(await installations.find()) == [WHOLE, FIRST, SECOND]


async def test_who_wants_to_know_hears_of_what_comes_and_goes(cabinet: Cabinet, hand: Hand) -> None:
    came, went = list[TeamId](), list[TeamId]()
    installations = CabinetInstallations(cabinet, hand.clock(), came.append, went.append)
    await installations.save(FIRST)
    await installations.delete(T1)

    assert (came, went) == ([T1], [T1])


async def test_a_second_installation_takes_the_place_of_the_first(
    cabinet: Cabinet, hand: Hand
) -> None:
    installations = CabinetInstallations(cabinet, hand.clock())
    newer = Installation(T1, bot_token="xoxb-newer")
    await installations.save(FIRST)
    await installations.save(newer)

    assert list(await installations.find()) == [newer]


@pytest.mark.promise("K81")
async def test_what_was_uninstalled_is_forgotten_and_nothing_else(
    cabinet: Cabinet, hand: Hand
) -> None:
    installations = CabinetInstallations(cabinet, hand.clock())
    await installations.save(FIRST)
    await installations.save(SECOND)
    await installations.delete(T1)

    assert list(await installations.find()) == [SECOND]


@pytest.mark.promise("K81")
async def test_an_old_goodbye_does_not_delete_a_newer_installation(
    cabinet: Cabinet, hand: Hand
) -> None:
    installations = CabinetInstallations(cabinet, hand.clock())
    await installations.save(FIRST)
    goodbye_at = hand.at.timestamp() + 60
    hand.at += timedelta(seconds=120)
    await installations.save(Installation(T1, bot_token="xoxb-newer"))

    await installations.delete(T1, goodbye_at)
    assert [one.bot_token for one in await installations.find(T1)] == ["xoxb-newer"]
    await installations.delete(T1, hand.at.timestamp() + 1)
    assert list(await installations.find(T1)) == []


@pytest.mark.promise("K81")
@pytest.mark.parametrize(("late_s", "is_left"), [(-60, True), (0, False), (60, False)])
async def test_slack_says_that_we_were_uninstalled_and_when(
    cabinet: Cabinet, hand: Hand, late_s: int, is_left: bool
) -> None:
    installations = CabinetInstallations(cabinet, hand.clock())
    # Slack says whole seconds.
    hand.at += timedelta(seconds=0.7)
    await installations.save(FIRST)
    event = {"type": "app_uninstalled"}
    at = int(hand.at.timestamp()) + late_s
    body = {"type": "event_callback", "team_id": "T1", "event_time": at, "event": event}

    await BoltHandler(Listeners(), installations).handle(
        Envelope("Ev1", Kind.EVENT, T1, json.dumps(body))
    )
    assert bool(await installations.find(T1)) is is_left


async def test_no_token_lies_on_the_disk_in_clear(hand: Hand, tmp_path: Path) -> None:
    cabinet = await open_cabinet(tmp_path / "cabinet.db", VaultKey(bytes(32)), lambda: hand.at)
    await CabinetInstallations(cabinet, hand.clock()).save(SECOND)
    state = await CabinetStates(cabinet, hand.clock()).new("a browser")
    await cabinet.close()

    written = all_in(tmp_path)
    for secret in ("xoxb-two", "xoxe-1", state, "a browser"):
        assert secret.encode() not in written


@pytest.mark.promise("K82")
async def test_a_state_works_once(cabinet: Cabinet, hand: Hand) -> None:
    states = CabinetStates(cabinet, hand.clock())
    state = await states.new("browser")

    assert await states.consume(state, "browser")
    assert not await states.consume(state, "browser")
    assert not await states.consume("never given", "browser")
    assert not await states.consume("\udcff", "browser")


@pytest.mark.promise("K82")
async def test_of_many_that_come_with_one_state_at_once_one_gets_in(
    cabinet: Cabinet, hand: Hand
) -> None:
    states = CabinetStates(cabinet, hand.clock())
    state = await states.new("browser")

    outcomes = await asyncio.gather(*(states.consume(state, "browser") for _ in range(20)))
    assert sum(outcomes) == 1


@pytest.mark.promise("K82")
async def test_a_state_of_another_browser_is_refused_and_spent(
    cabinet: Cabinet, hand: Hand
) -> None:
    states = CabinetStates(cabinet, hand.clock())
    state = await states.new("browser")

    assert not await states.consume(state, "another")
    assert not await states.consume(state, "browser")


@pytest.mark.promise("K82")
@pytest.mark.parametrize(("age_s", "is_taken"), [(599, True), (600, False), (10_000, False)])
async def test_a_state_lives_for_ten_minutes(
    cabinet: Cabinet, hand: Hand, age_s: int, is_taken: bool
) -> None:
    states = CabinetStates(cabinet, hand.clock())
    state = await states.new("browser")
    hand.at += timedelta(seconds=age_s)

    assert await states.consume(state, "browser") is is_taken


async def test_states_that_nobody_brings_back_are_forgotten(cabinet: Cabinet, hand: Hand) -> None:
    states = CabinetStates(cabinet, hand.clock())
    for _ in range(5):
        await states.new("browser")
    hand.at += timedelta(seconds=601)
    await states.new("browser")

    assert len(await cabinet.find("slack.install_state")) == 1


async def test_who_opens_the_page_again_and_again_does_not_fill_the_disk(hand: Hand) -> None:
    cabinet = MemoryCabinet()
    states = CabinetStates(cabinet, hand.clock())
    for _ in range(MOST_BEGUN):
        await states.new("browser")
    for _ in range(3):
        with pytest.raises(ChannelBusy):
            await states.new("browser")
    kept = len(await cabinet.find(STATE))
    hand.at += STATE_LIFE + timedelta(seconds=1)
    state = await states.new("browser")

    assert kept == MOST_BEGUN
    assert len(await cabinet.find(STATE)) == 1
    assert await states.consume(state, "browser")


async def test_a_disk_that_fails_is_told_as_busy(hand: Hand, tmp_path: Path) -> None:
    cabinet = await open_cabinet(tmp_path / "cabinet.db", VaultKey(bytes(32)), lambda: hand.at)
    await cabinet.close()
    with pytest.raises(StoreFailed):
        await cabinet.find("any")
    installations = CabinetInstallations(cabinet, hand.clock())
    states = CabinetStates(cabinet, hand.clock())

    for doing in (
        installations.save(FIRST),
        installations.find(),
        installations.delete(T1),
        states.new("browser"),
        states.consume("state", "browser"),
    ):
        with pytest.raises(ChannelBusy):
            await doing
