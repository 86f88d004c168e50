"""Incidents in Slack: one message, one thread, once, whoever notices and whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.privacy.vault import VaultKey
from bot.slack.ops.alerts import LEASE_S
from bot.slack.ops.incident import OpsTerms
from bot.stores.cabinet_sqlite import open_cabinet
from routing.watching.events import PolicyChanged, Severity
from tests.bot.slack.ops.stage import (
    AURELIS,
    BACK,
    DOWN,
    FELL,
    ON_CALL,
    OPS,
    POST,
    TEAM,
    UPDATE,
    Stage,
    staged,
    text_of,
)
from tests.emulators.slack import Fault

KEY = VaultKey(b"a secret of thirty-two characters")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


async def test_an_incident_is_one_message_that_recovers_with_a_line_in_its_thread(
    stage: Stage,
) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(60)
    opened = text_of(stage.shown()[0])
    process.feed.notice(BACK)
    await stage.passes(10)

    (message,) = stage.shown()
    assert "claude-haiku-4.5 failed too often" in opened
    assert "*Open* since" in opened
    assert "I am on it" in opened
    assert "What to do" in opened
    assert message.text.startswith("Recovered: claude-haiku-4.5")
    assert "I am on it" not in text_of(message)
    assert stage.thread() == [":large_green_circle: Recovered: it lasted 1 min and came once."]
    assert await stage.cabinet.find("slack.incident") == ()


@pytest.mark.promise("K80")
async def test_five_hundred_alerts_in_a_minute_are_one_message_with_a_count(stage: Stage) -> None:
    process = await stage.begin()
    stage.server.limits_on = True
    for _ in range(500):
        process.feed.notice(FELL)
        await stage.passes(0.12, 0.12)
    await stage.passes(10)
    stormed = text_of(stage.shown()[0])
    updates = len(stage.called(UPDATE))
    await stage.passes(1300, 5)

    (message,) = stage.shown()
    assert "came 500 times" in stormed
    assert updates <= 14
    assert len([call for call in stage.called(POST) if "thread_ts" not in call]) == 1
    assert stage.server.limits.refused == 0
    assert "came 500 times within 1 min," in text_of(message)
    (line,) = stage.thread()
    assert "Recovered: it came 500 times" in line
    assert {call.outcome for call in stage.server.calls} == {"ok"}


async def test_two_processes_share_one_message_and_their_counts_add_up(stage: Stage) -> None:
    one, other = await stage.begin(), await stage.begin()
    for _ in range(3):
        one.feed.notice(FELL)
    for _ in range(4):
        other.feed.notice(FELL)
    await stage.passes(20)

    (message,) = stage.shown()
    assert "came 7 times" in text_of(message)
    await stage.passes(1300, 5)
    assert len(stage.thread()) == 1


async def test_what_one_process_has_begun_another_one_ends(stage: Stage) -> None:
    one, other = await stage.begin(), await stage.begin()
    one.feed.notice(DOWN)
    await stage.passes(10)
    other.feed.notice(BACK)
    await stage.passes(10)
    one.feed.notice(BACK)
    await stage.passes(10)

    assert stage.shown()[0].text.startswith("Recovered")
    assert len(stage.shown()) == len(stage.thread()) == 1


async def test_after_a_restart_an_incident_goes_on_in_its_thread(stage: Stage) -> None:
    first = await stage.begin()
    first.feed.notice(DOWN)
    await stage.passes(10)
    await stage.end(first)
    second = await stage.begin()
    second.feed.notice(DOWN)
    await stage.passes(10)
    again = text_of(stage.shown()[0])
    second.feed.notice(BACK)
    await stage.passes(10)

    assert "came twice" in again
    assert len(stage.called(POST)) == 2
    assert len(stage.thread()) == 1


async def test_an_incident_that_only_a_dead_process_knew_is_closed_after_a_while(
    stage: Stage,
) -> None:
    first = await stage.begin()
    first.feed.notice(DOWN)
    await stage.passes(200)
    await stage.end(first)
    await stage.begin(OpsTerms(call_after_s=1e6))
    await stage.passes(500, 5)
    before = stage.thread()
    await stage.passes(400, 5)

    assert before == []
    assert "nothing more was heard of it" in stage.thread()[0]


async def test_an_incident_lasts_as_long_as_the_process_that_told_it_says_nothing_else(
    stage: Stage,
) -> None:
    process = await stage.begin(OpsTerms(call_after_s=1e6))
    process.feed.notice(DOWN)
    await stage.passes(4000, 20)

    assert stage.thread() == []
    assert "*Open*" in text_of(stage.shown()[0])


async def test_a_post_without_an_answer_is_looked_up_before_it_is_posted_again(
    stage: Stage,
) -> None:
    process = await stage.begin()
    stage.server.faults.add(Fault(POST, "lost"))
    process.feed.notice(DOWN)
    await stage.passes(30)
    found = len(stage.called("conversations.history"))
    stage.server.faults.add(Fault(POST, "lost"))
    process.feed.notice(BACK)
    await stage.passes(30)

    assert found == 1
    assert len(stage.shown()) == len(stage.thread()) == 1
    assert len(stage.called("conversations.replies")) == 1
    assert stage.shown()[0].text.startswith("Recovered")


async def test_a_process_that_dies_while_it_posts_leaves_one_message(stage: Stage) -> None:
    first = await stage.begin()
    stage.server.faults.add(Fault(POST, "slow", delay_s=0.02))
    first.feed.notice(DOWN)
    await first.feed.flush()
    working = asyncio.get_running_loop().create_task(first.alerts.work())
    await stage.server.until(lambda: bool(stage.called(POST)))
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await stage.end(first)
    await stage.server.until(lambda: bool(stage.shown()))
    second = await stage.begin()
    await stage.passes(LEASE_S + 1, 5)
    second.feed.notice(BACK)
    await stage.passes(5)

    assert len(stage.shown()) == len(stage.thread()) == 1
    assert "Recovered" in stage.thread()[0]


async def test_two_processes_on_one_disk_post_and_call_once(tmp_path: Path) -> None:
    async with staged() as stage:
        opened = [
            await open_cabinet(tmp_path / "cabinet.sqlite3", KEY, stage.time.now) for _ in range(2)
        ]
        for cabinet in opened:
            stage.cabinet = cabinet
            await stage.install()
            await stage.begin()
        for process in stage.processes:
            process.feed.notice(DOWN)
        await stage.passes(1200, 20)
        called = stage.thread()
        for process in stage.processes:
            process.feed.notice(BACK)
        await stage.passes(20)
        for process in list(stage.processes):
            await stage.end(process)
        for cabinet in opened:
            await cabinet.close()

        assert len(stage.called(POST)) == 4
        assert [ON_CALL in line for line in called] == [True, True]
        assert stage.shown()[0].text == (
            "Recovered: claude-haiku-4.5 failed too often and is left alone (twice)"
        )


async def test_a_post_that_was_refused_is_posted_again_without_a_look(stage: Stage) -> None:
    process = await stage.begin()
    stage.server.faults.add(Fault(POST, "rate", retry_after_s=7))
    process.feed.notice(DOWN)
    await stage.passes(5)
    early = stage.shown()
    await stage.passes(5)

    assert early == []
    assert len(stage.shown()) == 1
    assert stage.called("conversations.history") == []


async def test_a_fact_is_a_message_without_a_button_that_calls_nobody(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(PolicyChanged(AURELIS, "3", "4", "d1"))
    await stage.passes(2000, 5)

    (message,) = stage.shown()
    assert message.text == "Note: Another policy is in force: 4"
    assert "ops_ack" not in text_of(message)
    assert stage.thread() == []
    assert stage.called(UPDATE) == []
    assert await stage.cabinet.find("slack.incident") == ()


async def test_what_is_off_or_not_severe_enough_is_not_told(stage: Stage) -> None:
    terms = OpsTerms(least=Severity.WARNING, off=("provider.*",))
    process = await stage.begin(terms)
    for event in (DOWN, FELL, PolicyChanged(AURELIS, "3", "4", "d1"), BACK):
        process.feed.notice(event)
    await stage.passes(10)

    (message,) = stage.shown()
    assert "router.fallback_triggered" in text_of(message)


async def test_the_next_incident_of_its_kind_is_another_message(stage: Stage) -> None:
    process = await stage.begin()
    for event in (DOWN, BACK, DOWN):
        process.feed.notice(event)
        await stage.passes(10)

    first, second = stage.shown()
    assert first.text.startswith("Recovered")
    assert second.text.startswith("Error")


async def test_a_message_that_somebody_deletes_is_shown_anew_while_it_is_open(
    stage: Stage,
) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    await stage.server.deletes(TEAM, OPS, stage.shown()[0].ts)
    process.feed.notice(DOWN)
    await stage.passes(20)

    (message,) = stage.shown()
    assert "came twice" in text_of(message)


async def test_a_message_that_somebody_deletes_is_not_missed_once_it_is_over(
    stage: Stage,
) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    await stage.server.deletes(TEAM, OPS, stage.shown()[0].ts)
    process.feed.notice(BACK)
    await stage.passes(20)

    assert stage.shown() == []
    assert await stage.cabinet.find("slack.incident") == ()


async def test_where_messages_cannot_be_changed_the_thread_still_tells_the_end(
    stage: Stage,
) -> None:
    process = await stage.begin()
    stage.server.faults.add(Fault(UPDATE, "error", error="edit_window_closed", times=0))
    for event in (DOWN, DOWN, BACK):
        process.feed.notice(event)
        await stage.passes(10)

    assert len(stage.thread()) == 1
    assert process.spilled.told == []
    assert await stage.cabinet.find("slack.incident") == ()


async def test_an_open_incident_moves_to_another_channel_when_its_own_is_lost(
    stage: Stage,
) -> None:
    first = await stage.begin()
    first.feed.notice(DOWN)
    await stage.passes(5)
    await stage.end(first)
    await stage.server.archives(TEAM, OPS, "U1")
    stage.server.channel(TEAM, "C10", "new-operations")
    second = await stage.begin(channel="C10")
    second.feed.notice(DOWN)
    await stage.passes(10)

    assert "came twice" in text_of(stage.server.messages(TEAM, "C10")[0])
    assert second.spilled.told == []


async def test_what_is_noticed_is_told_without_being_asked(stage: Stage) -> None:
    process = await stage.begin()
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(run()) for run in (process.feed.run, process.alerts.run)]
        process.feed.notice(DOWN)
        await stage.server.until(lambda: bool(stage.shown()))
        for task in running:
            task.cancel()
