"""When Slack does not take an alert: others are told, loudly, and Slack once it works again."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.errors import StoreFailed
from bot.stores.cabinet import Entry, MemoryCabinet
from bot.watch.own_events import (
    AlertSpilled,
    SlackAllowed,
    SlackReachable,
    SlackRevoked,
    SlackRoomBack,
    SlackRoomLost,
    SlackUnreachable,
)
from channels.slack.base import TeamId
from routing.watching.events import Event
from routing.watching.repeats import Alert
from tests.bot.slack.block_limits import texts_in
from tests.bot.slack.ops.stage import (
    AURELIS,
    BACK,
    DOWN,
    FELL,
    OPS,
    POST,
    TEAM,
    Process,
    Stage,
    staged,
    text_of,
)
from tests.emulators.slack import Fault, Message

LOST_FOR_GOOD = ["is_archived", "channel_not_found", "not_in_channel", "restricted_action"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


def spilled(process: Process) -> list[tuple[str, str]]:
    """Return of which incidents others were told, and why."""
    events = [alert.event for alert in process.spilled.told]
    return [(event.alert, event.reason) for event in events if isinstance(event, AlertSpilled)]


def name_in(message: Message) -> str:
    """Return the name of the event that an incident's message is about."""
    named = [one for one in texts_in(message.blocks) if one.startswith("`") and one.endswith("`")]
    return named[0].strip("`")


def logged(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


async def test_while_slack_is_down_others_are_told_once_and_slack_when_it_is_back(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    process = await stage.begin()
    stage.server.is_down = True
    process.feed.notice(DOWN)
    process.feed.notice(FELL)
    await stage.passes(50)
    early = spilled(process)
    await stage.passes(550, 5)
    while_down = spilled(process), logged(caplog)
    process.feed.notice(BACK)
    process.feed.notice(FELL)
    stage.server.is_down = False
    await stage.passes(90)

    assert early == []
    told, lines = while_down
    assert sorted(told) == [(DOWN.NAME, "unreachable"), (FELL.NAME, "unreachable")]
    assert lines.count("alerts.spilled") == 2
    assert lines.count("slack.unreachable") == 1
    assert len(stage.shown()) == 3
    by_name = {name_in(message): message for message in stage.shown()}
    assert by_name["provider.down"].text.startswith("Recovered")
    assert "Slack could not be told of this" in text_of(by_name["provider.down"])
    assert "came twice" in text_of(by_name["router.fallback_triggered"])
    assert by_name["slack.unreachable"].text.startswith("Recovered")
    assert len(spilled(process)) == 2


async def test_what_is_noticed_in_a_long_outage_is_told_others_at_once(stage: Stage) -> None:
    process = await stage.begin()
    stage.server.is_down = True
    process.feed.notice(DOWN)
    await stage.passes(120, 5)
    process.feed.notice(FELL)
    await stage.passes(3)

    assert len(spilled(process)) == 2


async def test_slack_is_asked_less_and_less_while_it_does_not_answer(stage: Stage) -> None:
    process = await stage.begin()
    stage.server.is_down = True
    for event in (DOWN, FELL):
        process.feed.notice(event)
    await stage.passes(600, 1)

    assert len(stage.server.calls) < 20


async def test_a_second_outage_is_told_again(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    for _ in range(2):
        stage.server.is_down = True
        process.feed.notice(DOWN)
        await stage.passes(120, 5)
        stage.server.is_down = False
        await stage.passes(70)

    assert spilled(process).count(("provider.down", "unreachable")) == 2
    assert sum("provider.down" in text_of(message) for message in stage.shown()) == 1


async def test_a_short_silence_after_an_outage_spills_nothing(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    stage.server.is_down = True
    await stage.passes(120, 5)
    stage.server.is_down = False
    await stage.passes(70)
    before = len(spilled(process))
    stage.server.is_down = True
    process.feed.notice(FELL)
    await stage.passes(20)
    stage.server.is_down = False
    await stage.passes(60)

    assert len(spilled(process)) == before == 1
    assert any(FELL.NAME in text_of(message) for message in stage.shown())


@pytest.mark.promise("K78")
async def test_a_revoked_token_is_not_tried_again_and_others_are_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    process = await stage.begin()
    stage.server.team(TEAM).token_error = "invalid_auth"
    process.feed.notice(DOWN)
    await stage.passes(3600, 10)

    assert spilled(process) == [("provider.down", "revoked")]
    assert {"alerts.spilled", "slack.revoked"} <= set(logged(caplog))
    assert len(stage.server.calls) == 1
    assert stage.shown() == []


@pytest.mark.promise("K78")
async def test_once_installed_anew_slack_is_told_what_happened_meanwhile(stage: Stage) -> None:
    process = await stage.begin()
    team = stage.server.team(TEAM)
    team.token_error = "token_revoked"
    process.feed.notice(DOWN)
    await stage.passes(600, 10)
    team.token_error = ""
    team.more_tokens["xoxb-anew"] = 0.0
    await stage.install("xoxb-anew")
    await stage.passes(130, 5)

    names = {name_in(message) for message in stage.shown()}
    assert names == {"provider.down", "slack.revoked"}
    assert any("Slack could not be told of this" in text_of(one) for one in stage.shown())


async def test_what_slack_sends_silences_no_log(stage: Stage) -> None:
    """Bolt took the level and the silence of its own logger over to ours."""
    await stage.begin()
    await stage.server.says(TEAM, OPS, "U1", "good morning")

    assert logging.getLogger("copilot.alerts").isEnabledFor(logging.ERROR)
    assert not logging.getLogger("copilot").disabled


@pytest.mark.promise("K78")
async def test_a_workspace_that_uninstalls_us_is_told_elsewhere(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    process = await stage.begin()
    await stage.passes(60)
    await stage.server.uninstalls(TEAM)
    process.feed.notice(DOWN)
    await stage.passes(30)

    assert spilled(process) == [("provider.down", "not_installed")]
    assert "slack.revoked" in logged(caplog)
    assert stage.server.calls == []


async def test_a_member_who_takes_back_tokens_of_his_own_is_no_trouble(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    process = await stage.begin()
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
    await stage.server.event(TEAM, revoked)
    await process.step()

    assert logged(caplog) == []


async def test_what_cannot_be_kept_goes_elsewhere_at_once(stage: Stage) -> None:
    class Full(MemoryCabinet):
        async def put(self, entry: Entry, is_new: bool = False) -> bool:
            raise StoreFailed("the disk is full")

    stage.cabinet = Full()
    process = await stage.begin()
    process.feed.notice(DOWN)
    await process.feed.flush()

    assert spilled(process) == [("provider.down", "not_kept")]


@pytest.mark.promise("K79")
@pytest.mark.parametrize("word", LOST_FOR_GOOD)
async def test_alerts_to_a_lost_channel_go_elsewhere_at_once(
    stage: Stage, caplog: pytest.LogCaptureFixture, word: str
) -> None:
    process = await stage.begin()
    stage.server.faults.add(Fault(POST, "error", error=word, times=0))
    process.feed.notice(DOWN)
    await stage.passes(2)
    at_once = spilled(process), logged(caplog)
    await stage.passes(300, 5)
    stage.server.faults.clear()
    await stage.passes(70)

    assert at_once[0] == [("provider.down", word)]
    assert {"alerts.spilled", "slack.channel_lost"} <= set(at_once[1])
    assert spilled(process) == at_once[0]
    assert len(stage.shown()) == 2
    by_name = {name_in(message): message for message in stage.shown()}
    assert "Slack could not be told of this" in text_of(by_name["provider.down"])
    lost = by_name["slack.channel_lost"].text
    assert lost.startswith(f"Recovered: Alerts cannot go to the channel {OPS}")


@pytest.mark.promise("K79")
async def test_a_bot_that_is_removed_in_an_incident_spills_what_follows(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    await stage.server.removes_bot(TEAM, OPS)
    process.feed.notice(BACK)
    await stage.passes(10)

    assert spilled(process) == [("provider.down", "not_in_channel")]


@pytest.mark.promise("K79")
async def test_an_archived_channel_spills(stage: Stage) -> None:
    process = await stage.begin()
    await stage.server.archives(TEAM, OPS, "U1")
    process.feed.notice(DOWN)
    await stage.passes(2)

    assert spilled(process) == [("provider.down", "is_archived")]


async def test_a_message_that_slack_refuses_holds_up_no_other(stage: Stage) -> None:
    process = await stage.begin()
    stage.server.faults.add(Fault(POST, "error", error="invalid_blocks"))
    process.feed.notice(DOWN)
    process.feed.notice(FELL)
    await stage.passes(5)

    assert [reason for _, reason in spilled(process)] == ["invalid_blocks"]
    assert len(stage.shown()) == 1


async def test_what_is_not_posted_within_a_week_is_forgotten(stage: Stage) -> None:
    process = await stage.begin()
    await stage.server.archives(TEAM, OPS, "U1")
    process.feed.notice(DOWN)
    process.feed.notice(BACK)
    await stage.passes(30)
    stage.time.passed_s += timedelta(days=7, seconds=1).total_seconds()
    await stage.passes(120, 30)

    kept = await stage.cabinet.find("slack.incident")
    assert "provider.down" not in {json.loads(entry.value)["incident"][:13] for entry in kept}


def test_events_about_slack_end_each_other() -> None:
    team = TeamId("T1")
    pairs: list[tuple[Event, Event]] = [
        (SlackUnreachable(AURELIS, 3), SlackReachable(AURELIS, 60.0)),
        (SlackRevoked(AURELIS, team), SlackAllowed(AURELIS, team)),
        (SlackRoomLost(AURELIS, "C1", "is_archived"), SlackRoomBack(AURELIS, "C1")),
    ]

    assert [Alert(began).incident == Alert(ended).incident for began, ended in pairs] == [True] * 3
