"""Socket Mode: what becomes of a line that breaks, falls silent, or is not given."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from channels.slack.socket import LineTerms, SocketClient
from channels.slack.socket_door import SocketTerms
from tests.channels.slack.socket_doors import (
    BOTH,
    LINE,
    TERMS,
    Around,
    Kept,
    all_acknowledged,
    door_of,
    event,
)
from tests.emulators.slack.events import EVENTS
from tests.emulators.slack.sockets import SocketMode, sockets_running

AN_HOUR_S = 3600.0


@BOTH
@pytest.mark.promise("K77")
async def test_after_a_reset_the_door_is_back_and_says_since_when(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client) as door:
        await slack.emit(EVENTS, event("Ev1"))
        await slack.until(all_acknowledged(slack))
        slack.again_s = 60.0
        inbox.is_full = True
        await slack.emit(EVENTS, event("Ev2"))
        await slack.until(lambda: bool(slack.sent[1].on))
        inbox.is_full = False

        slack.reset()
        await slack.until(lambda: not slack.sockets)
        await around.until(lambda: bool(around.since))
        assert door.is_connected
        assert around.at - LINE.unnoticed_s == around.since[0]
        assert slack.attempts == 2


@BOTH
@pytest.mark.promise("K77")
async def test_a_socket_closed_without_a_word_is_replaced(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        await slack.until(lambda: len(slack.sockets) == 1)
        await slack.hang_up()
        await slack.emit(EVENTS, event("Ev1"))
        await slack.until(all_acknowledged(slack))

        assert len(around.since) == 1
        assert await inbox.ids() == ["Ev1"]


@BOTH
@pytest.mark.promise("K77")
async def test_a_line_gone_silent_is_noticed_and_replaced(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    terms = replace(TERMS, line=replace(LINE, ping_s=0.2))
    async with sockets_running() as slack, door_of(slack, inbox, around, client, terms):
        await slack.until(lambda: len(slack.sockets) == 1)

        slack.silence()
        await slack.emit(EVENTS, event("Ev1"))
        await around.until(lambda: bool(around.since))
        await slack.until(all_acknowledged(slack))
        assert await inbox.ids() == ["Ev1"]


@BOTH
@pytest.mark.promise("K77")
@pytest.mark.parametrize("break_it", [SocketMode.reset, SocketMode.silence])
@pytest.mark.slow
async def test_with_the_shipped_terms_it_is_back_within_three_seconds(
    client: SocketClient, break_it: Callable[[SocketMode], None]
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client, SocketTerms()):
        await slack.until(lambda: len(slack.sockets) == 1)
        break_it(slack)

        # A limit, not a measurement: the target itself.
        async with asyncio.timeout(3.0):
            await around.until(lambda: bool(around.since))
        assert slack.attempts == 2


def test_the_shipped_terms_notice_a_dead_line_well_within_three_seconds() -> None:
    assert LineTerms().unnoticed_s <= 2.5


@BOTH
async def test_a_machine_that_slept_takes_a_new_line_and_says_since_when(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        await slack.until(lambda: len(slack.sockets) == 1)
        await slack.emit(EVENTS, event("Ev1"))
        await slack.until(all_acknowledged(slack))
        before = around.at

        around.at += AN_HOUR_S
        await around.until(lambda: bool(around.since))
        assert around.since == [before - LINE.unnoticed_s]
        assert slack.attempts == 2


@BOTH
@pytest.mark.promise("K78")
@pytest.mark.parametrize("error", ["invalid_auth", "link_disabled", "account_inactive"])
async def test_a_door_that_slack_has_shut_is_not_tried_again_and_is_told(
    client: SocketClient, error: str
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack:
        slack.error = error
        async with door_of(slack, inbox, around, client) as door:
            await around.until(lambda: bool(around.reasons))
            assert not door.is_connected
        assert around.reasons == [error]
        assert slack.attempts == 1


@BOTH
@pytest.mark.promise("K78")
async def test_socket_mode_switched_off_while_connected_ends_the_door(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client) as door:
        await slack.until(lambda: len(slack.sockets) == 1)

        await slack.disconnect("link_disabled")
        await around.until(lambda: bool(around.reasons))
        await slack.until(lambda: not slack.sockets)
        assert around.reasons == ["link_disabled"]
        assert not door.is_connected
        assert slack.attempts == 1


@BOTH
@pytest.mark.promise("K78")
async def test_a_token_revoked_while_away_is_told(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        await slack.until(lambda: len(slack.sockets) == 1)

        slack.error = "token_revoked"
        slack.reset()
        await around.until(lambda: bool(around.reasons))
        assert around.reasons == ["token_revoked"]
        assert around.since == []


@BOTH
@pytest.mark.parametrize(
    "trouble", ["is_broken", "error", pytest.param("retry_after_s", marks=pytest.mark.slow)]
)
async def test_other_failures_are_tried_again_after_a_pause(
    client: SocketClient, trouble: str
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack:
        values: dict[str, object] = {"is_broken": True, "error": "internal_error"}
        setattr(slack, trouble, values.get(trouble, 1))
        async with door_of(slack, inbox, around, client) as door:
            await slack.until(lambda: slack.attempts >= 1)
            assert not door.is_connected
            slack.is_broken, slack.error, slack.retry_after_s = False, "", 0
            await slack.emit(EVENTS, event("Ev1"))
            await slack.until(all_acknowledged(slack))
        assert around.reasons == []
        assert await inbox.ids() == ["Ev1"]


@BOTH
async def test_a_socket_that_does_not_greet_is_given_up(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack:
        slack.greets = False
        terms = replace(TERMS, line=replace(LINE, open_s=0.1))
        async with door_of(slack, inbox, around, client, terms) as door:
            await slack.until(lambda: len(slack.all) == 2)
            assert not door.is_connected
            slack.greets = True
            await slack.until(lambda: len(slack.all) == 3)
            await slack.emit(EVENTS, event("Ev1"))
            await slack.until(all_acknowledged(slack))


@BOTH
async def test_one_socket_too_many_is_left_before_the_next_is_opened(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        slack.grace_s = 60.0
        await slack.until(lambda: len(slack.sockets) == 1)
        together: list[int] = []

        await slack.disconnect("too_many_websockets")

        def is_next() -> bool:
            together.append(len(slack.sockets))
            return slack.attempts == 2

        await slack.until(is_next)
        assert max(together) == 1
        await around.until(lambda: bool(around.since))


@BOTH
async def test_where_there_is_no_room_the_door_waits_for_some(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack:
        slack.most = 0
        async with door_of(slack, inbox, around, client) as door:
            # Long before the time for a hello has run out.
            await slack.until(lambda: len(slack.all) == 3, limit_s=LINE.open_s)
            assert not door.is_connected

            slack.most = 1
            await slack.emit(EVENTS, event("Ev1"))
            await slack.until(all_acknowledged(slack))
            assert around.reasons == []


def test_pauses_double_with_jitter_up_to_a_limit() -> None:
    least = SocketTerms(chance=lambda: 0.0)
    most = SocketTerms(chance=lambda: 1.0)

    assert [least.pause_s(n) for n in (1, 2, 3, 99)] == [0.25, 0.5, 1.0, 15.0]
    assert [most.pause_s(n) for n in (1, 2, 3, 99)] == [0.5, 1.0, 2.0, 30.0]
