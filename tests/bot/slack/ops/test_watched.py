"""What goes wrong with Slack itself is noticed by whoever uses it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from bot.slack.ops.watched import WatchedHandler, WatchedSlack
from bot.watch.own_events import (
    SlackAllowed,
    SlackBehind,
    SlackGivenUp,
    SlackReachable,
    SlackRevoked,
    SlackUnreachable,
)
from channels.slack.base import Envelope, Json, Kind, TeamId, Upload
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
)
from channels.slack.errors import SlackRevoked as Revoked
from channels.slack.errors import (
    SlackUnreachable as Unanswered,
)
from routing.request import TenantId
from routing.watching.events import Event

AURELIS = TenantId("aurelis")
TEAM = TeamId("T1")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SILENCE = Unanswered("chat.postMessage", is_unknown=True)


class Scripted:
    """A Slack that fails as it is told."""

    def __init__(self) -> None:
        self.failure: SlackFailed | None = None

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        await self.upload(team, "", "", Upload("", "", b""))
        return {"ok": True}

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        if self.failure is not None:
            raise self.failure

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        await self.upload(team, "", "", Upload("", "", b""))
        return b"content"

    async def handle(self, envelope: Envelope) -> None:
        await self.upload(envelope.team, "", "", Upload("", "", b""))


class Watch:
    """A Slack that is watched, and what was noticed."""

    def __init__(self) -> None:
        self.now = 0.0
        self.noticed: list[Event] = []
        self.inner = Scripted()
        clock = Clock(lambda: NOON, lambda: self.now)
        self.slack = WatchedSlack(self.inner, AURELIS, self.noticed.append, clock)
        self.handler = WatchedHandler(self.inner, AURELIS, self.noticed.append, clock)

    async def call(self, failure: SlackFailed | None, at: float) -> None:
        self.inner.failure, self.now = failure, at
        if failure is None:
            await self.slack.call(TEAM, "chat.postMessage", {})
            return
        with pytest.raises(type(failure)):
            await self.slack.call(TEAM, "chat.postMessage", {})


async def test_slack_is_down_after_a_while_without_answers_and_told_once() -> None:
    watch = Watch()
    for at in (0.0, 10.0, 29.0):
        await watch.call(SILENCE, at)
    early = list(watch.noticed)
    for at in (30.0, 40.0):
        await watch.call(SILENCE, at)
    await watch.call(None, 100.0)
    await watch.call(None, 101.0)

    assert early == []
    assert watch.noticed == [SlackUnreachable(AURELIS, 4), SlackReachable(AURELIS, 100.0)]


async def test_an_answer_of_any_kind_ends_the_silence_but_being_busy_is_none() -> None:
    watch = Watch()
    await watch.call(SILENCE, 0.0)
    await watch.call(SlackRefused("chat.postMessage", "is_archived"), 10.0)
    await watch.call(SILENCE, 31.0)
    await watch.call(SlackBusy("chat.postMessage", 1.0), 50.0)
    before = list(watch.noticed)
    await watch.call(SILENCE, 61.0)

    assert before == []
    assert watch.noticed == [SlackUnreachable(AURELIS, 2)]


async def test_a_workspace_that_takes_our_access_back_is_told_once_until_it_allows_us() -> None:
    watch = Watch()
    await watch.call(Revoked("not valid any more"), 0.0)
    watch.slack.revoked(TEAM)
    await watch.call(None, 1.0)
    await watch.call(None, 2.0)

    assert watch.noticed == [SlackRevoked(AURELIS, TEAM), SlackAllowed(AURELIS, TEAM)]


async def test_files_are_watched_as_well() -> None:
    watch = Watch()
    watch.inner.failure = Revoked("not valid any more")
    with pytest.raises(Revoked):
        await watch.slack.upload(TEAM, "C1", "", Upload("a", "a", b""))
    with pytest.raises(Revoked):
        await watch.slack.download(TEAM, "https://files.example.com/a", 9)
    watch.inner.failure = None
    await watch.slack.upload(TEAM, "C1", "", Upload("a", "a", b""))

    assert await watch.slack.download(TEAM, "https://files.example.com/a", 9) == b"content"
    assert watch.noticed == [SlackRevoked(AURELIS, TEAM), SlackAllowed(AURELIS, TEAM)]


def event(ago_s: int, tries: int = 0) -> Envelope:
    at = int((NOON - timedelta(seconds=ago_s)).timestamp())
    said = {"event": {"text": '"event_time": 1000000000'}, "event_time": at}
    return Envelope("Ev1", Kind.EVENT, TEAM, json.dumps(said), tries)


async def test_what_is_acted_on_late_for_the_first_time_is_told() -> None:
    watch = Watch()
    for envelope in (event(59), event(75), event(900, tries=1)):
        await watch.handler.handle(envelope)
    watch.handler.gave_up(event(1))

    assert watch.noticed == [
        SlackBehind(AURELIS, 75.0),
        SlackGivenUp(AURELIS, TEAM, "event", "Ev1"),
    ]
