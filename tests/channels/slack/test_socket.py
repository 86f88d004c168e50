"""Socket Mode: the SDK's real clients, real sockets, and a Slack that sends again."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.privacy.vault import VaultKey
from bot.slack.inbox import CabinetInbox
from bot.slack.installations import CabinetInstallations
from bot.stores.cabinet import MemoryCabinet
from bot.stores.cabinet_sqlite import open_cabinet
from channels.slack.base import Json, Listeners, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.oauth import installation_of
from channels.slack.queue import Queue
from channels.slack.single_call import SingleCall, answer_to
from channels.slack.socket import SocketClient
from tests.channels.slack.socket_doors import (
    BOTH,
    Around,
    Kept,
    all_acknowledged,
    door_of,
    event,
)
from tests.emulators.slack.events import COMMANDS, EVENTS, INTERACTIVE
from tests.emulators.slack.sockets import sockets_running


@BOTH
async def test_what_comes_by_socket_is_kept_then_acknowledged(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client) as door:
        await slack.emit(EVENTS, event("Ev1"))
        await slack.emit(INTERACTIVE, {"type": "block_actions", "trigger_id": "1.2", "team": "T1"})
        await slack.emit(COMMANDS, {"command": "/support", "text": "status", "team_id": "T1"})
        await slack.until(all_acknowledged(slack))

        kept = await inbox.lease(60.0, 10)
        assert sorted(envelope.kind.value for envelope in kept) == [
            "command",
            "event",
            "interaction",
        ]
        assert {envelope.team for envelope in kept} == {"T1"}
        assert around.kicks == 3
        assert door.is_connected
    assert not door.is_connected
    assert slack.attempts == 1


@BOTH
@pytest.mark.promise("K57")
async def test_an_envelope_that_comes_again_as_a_first_try_is_kept_once(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        await slack.emit(EVENTS, event("Ev1"))
        await slack.until(all_acknowledged(slack))
        [first] = await inbox.lease(60.0, 10)
        await inbox.done(first)
        await slack.emit(EVENTS, event("Ev1"))
        await slack.until(all_acknowledged(slack))

        assert inbox.asked == 2
        assert around.kicks == 1
        assert await inbox.ids() == []


@BOTH
@pytest.mark.promise("K57")
async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    inbox.is_full = True
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        slack.again_s = 0.05
        sent = await slack.emit(EVENTS, event("Ev1"))
        await slack.until(lambda: len(sent.on) >= 3)
        assert not sent.acknowledged.is_set()
        assert around.kicks == 0

        inbox.is_full = False
        await slack.until(all_acknowledged(slack))
        assert inbox.refused >= 2
        assert await inbox.ids() == ["Ev1"]
        assert around.kicks == 1


@pytest.mark.promise("K57")
async def test_two_processes_that_get_the_same_envelope_keep_it_once(tmp_path: Path) -> None:
    key, clock = VaultKey(bytes(32)), Clock()
    path = tmp_path / "cabinet.db"
    one, other = [await open_cabinet(path, key, clock.now) for _ in range(2)]
    first, second = CabinetInbox(one, clock), CabinetInbox(other, clock)
    here, there = Around(), Around()
    async with (
        sockets_running() as slack,
        door_of(slack, first, here, SocketClient.AIOHTTP),
        door_of(slack, second, there, SocketClient.WEBSOCKETS),
    ):
        await slack.until(lambda: len(slack.sockets) == 2)
        # Slack believes that the first delivery of each was lost.
        for number in range(20):
            await slack.emit(EVENTS, event(f"Ev{number}"))
            await slack.emit(EVENTS, event(f"Ev{number}"))
        await slack.until(all_acknowledged(slack))

        assert len({n for sent in slack.sent for n in sent.on}) == 2
        kept = [*await first.lease(60.0, 100), *await second.lease(60.0, 100)]
        assert sorted(envelope.id for envelope in kept) == sorted(f"Ev{n}" for n in range(20))
        assert here.kicks + there.kicks == 20
    await one.close()
    await other.close()


@BOTH
@pytest.mark.promise("K77")
@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_socket_that_slack_wants_back_is_left_without_loss(
    client: SocketClient, reason: str
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        for number in range(60):
            await slack.emit(EVENTS, event(f"Ev{number}"))
            if number % 20 == 10:
                await slack.until(lambda: any(one.takes for one in slack.sockets))
                await slack.disconnect(reason)
        await slack.until(all_acknowledged(slack))

        assert sorted(await inbox.ids()) == sorted(f"Ev{number}" for number in range(60))
        assert around.kicks == 60
        assert slack.attempts >= 2
        # The next one stood before the old one was left: there was no gap.
        assert around.since == []


@BOTH
@pytest.mark.promise("K77")
async def test_the_next_socket_stands_before_the_old_one_is_left(client: SocketClient) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        slack.grace_s = 60.0
        await slack.until(lambda: len(slack.sockets) == 1)
        [old] = slack.sockets
        together: list[int] = []

        await slack.disconnect("refresh_requested")

        def is_left() -> bool:
            together.append(len(slack.sockets))
            return old not in slack.sockets

        await slack.until(is_left)
        assert 2 in together
        assert together[-1] == 1


@BOTH
async def test_what_is_no_envelope_of_ours_is_acknowledged_and_not_kept(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as slack, door_of(slack, inbox, around, client):
        await slack.emit(EVENTS, {"type": "event_callback", "event": "no object"})
        await slack.emit(EVENTS, {"type": "app_rate_limited", "team_id": "T1"})
        await slack.emit("something_new", {})
        await slack.until(all_acknowledged(slack))

        assert await inbox.ids() == []
        assert inbox.asked == 0


@BOTH
async def test_what_people_do_in_slack_reaches_its_listener_by_socket(
    client: SocketClient,
) -> None:
    inbox, around = Kept(), Around()
    heard: list[str] = []

    async def listen(team: TeamId, body: Json) -> None:
        heard.append(str(body.get("type", body.get("command"))))
        around.kick()

    installations = CabinetInstallations(MemoryCabinet(), Clock())
    listeners = Listeners(
        events={"message": listen}, actions={"claim": listen}, commands={"/support": listen}
    )
    queue = Queue(inbox, BoltHandler(listeners, installations))
    around.also = queue.kick
    async with sockets_running() as sockets, door_of(sockets, inbox, around, client):
        slack = sockets.server
        slack.echoes = False
        team = slack.team("T1")
        url = sockets.base_url
        await installations.save(await installation_of(team.bot_token, url))
        button = {
            "type": "button",
            "action_id": "claim",
            "text": {"type": "plain_text", "text": "C"},
        }
        post = {
            "channel": "C1",
            "text": "card",
            "blocks": [{"type": "actions", "elements": [button]}],
        }
        slack.channel("T1", "C1")
        posted = await answer_to(
            SingleCall(
                "chat.postMessage",
                {**post, "blocks": json.dumps(post["blocks"])},
                team.bot_token,
                base_url=url,
            )
        )
        running = asyncio.get_running_loop().create_task(queue.run())
        await slack.says("T1", "C1", "U1", "hello")
        await slack.clicks("T1", "C1", posted["ts"], "U1", "claim")
        await slack.commands("T1", "C1", "U1", "/support", "status")
        await around.until(lambda: len(heard) == 3)
        await queue.drain(1.0)
        await running

        assert sorted(heard) == ["/support", "block_actions", "event_callback"]
