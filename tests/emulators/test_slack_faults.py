"""What goes wrong in the emulator of Slack, and what it does about too many calls."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from tests.emulators.slack import Fault, SlackError, SlackServer, slack_running
from tests.emulators.slack.calls import Call
from tests.emulators.slack.state import Dict
from tests.emulators.slack_scene import Scene, client_of, staged

POST = "chat.postMessage"


async def wait_s(scene: Scene, method: str = POST, **arguments: object) -> float:
    """Return what Retry-After says, 0 when the call was taken."""
    try:
        await scene.client.api_call(method, json={"channel": "C1", "text": "x", **arguments})
    except SlackApiError as error:
        if (error.response.status_code, error.response["error"]) != (429, "ratelimited"):
            raise
        return float(error.response.headers["Retry-After"])
    return 0.0


async def test_a_rate_fault_is_a_429_there_and_only_there() -> None:
    async with staged() as scene:
        scene.server.channel("T1", "C2")
        scene.server.faults.add(Fault(POST, "rate", channel="C1", retry_after_s=30))

        assert await wait_s(scene, channel="C2") == 0
        assert await wait_s(scene) == 30
        assert await wait_s(scene) == 0
        assert len(scene.server.messages("T1", "C1")) == 1


async def test_an_error_and_a_broken_server_do_nothing() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault(POST, "error", times=2, error="restricted_action"))
        scene.server.faults.add(Fault("*", "server_error"))
        for _ in range(2):
            assert await scene.refused(POST, channel="C1", text="x") == "restricted_action"
        with pytest.raises(SlackApiError) as caught:
            await scene.post()

        assert caught.value.response.status_code == 500
        assert scene.server.messages("T1", "C1") == []
        await scene.post()


async def test_a_lost_answer_was_done_and_a_refused_call_was_not() -> None:
    async with staged() as scene:
        for kind, count in (("lost", 1), ("refused", 1)):
            scene.server.faults.add(Fault(POST, kind))
            with pytest.raises(aiohttp.ClientError):
                await scene.post(kind)
            assert len(scene.server.messages("T1", "C1")) == count

        assert [call.outcome for call in scene.server.called(POST)] == ["ok", "refused"]


async def test_a_read_that_is_dropped_fails_although_aiohttp_tries_it_twice() -> None:
    async with staged() as scene:
        await scene.post()
        for kind in ("lost", "refused"):
            scene.server.faults.add(Fault("conversations.history", kind))
            with pytest.raises(aiohttp.ClientError):
                await scene.client.conversations_history(channel="C1")
            await scene.client.conversations_history(channel="C1")


async def test_while_it_is_down_nothing_is_answered() -> None:
    async with staged() as scene:
        scene.server.is_down = True
        for call in (scene.client.auth_test(), scene.client.conversations_open(users="U1")):
            with pytest.raises(aiohttp.ClientError):
                await call
        scene.server.is_down = False

        await scene.client.auth_test()


async def test_an_answer_that_is_no_json_does_nothing() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault(POST, "not_json"))
        with pytest.raises(AttributeError):  # the SDK's own, for words in place of an object
            await scene.post()

        assert scene.server.messages("T1", "C1") == []


async def test_a_fault_without_end_lasts_until_it_is_cleared() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault(POST, "rate", times=0))
        assert [await wait_s(scene) for _ in range(3)] == [30, 30, 30]
        scene.server.faults.clear()

        assert await wait_s(scene) == 0
        assert len(scene.server.faults.seen) == 3


async def test_a_slow_call_is_done_late() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault(POST, "slow", delay_s=0.2))
        post = asyncio.get_running_loop().create_task(scene.post())
        await scene.server.until(lambda: scene.server.called(POST))
        assert scene.server.messages("T1", "C1") == []
        await post

        assert len(scene.server.messages("T1", "C1")) == 1


async def test_a_channel_takes_one_message_a_second() -> None:
    async with staged() as scene:
        scene.server.channel("T1", "C2")
        scene.server.limits_on = True
        taken = 0
        for _ in range(40):
            taken += not await wait_s(scene)
            scene.time.now += 0.25
        assert taken == 11  # ten seconds, and the one that a burst may have
        assert await wait_s(scene, channel="C2") == 0
        assert scene.server.limits.refused == 29


async def test_a_workspace_takes_several_hundred_messages_a_minute() -> None:
    async with staged() as scene:
        scene.server.limits_on = True
        scene.server.limits.posts_per_minute = 3
        for n in range(4):
            scene.server.channel("T1", f"C{n}")
        waits = [await wait_s(scene, channel=f"C{n}") for n in range(4)]
        scene.time.now += 60.0

        assert waits == [0, 0, 0, 60]
        assert await wait_s(scene, channel="C3") == 0


async def test_a_method_is_limited_by_its_tier_and_told_when_to_come_back() -> None:
    async with staged() as scene:
        ts = await scene.post()
        scene.server.limits_on = True
        for _ in range(50):
            assert await wait_s(scene, "chat.update", ts=ts) == 0
        scene.time.now += 20.0
        assert await wait_s(scene, "chat.update", ts=ts) == 40
        scene.time.now += 39.0
        assert await wait_s(scene, "chat.update", ts=ts) == 1
        scene.time.now += 1.0

        assert await wait_s(scene, "chat.update", ts=ts) == 0
        assert await wait_s(scene, "auth.test") == 0


async def test_more_routes_and_more_methods_can_be_hung_in() -> None:
    def part(server: SlackServer) -> list[web.RouteDef]:
        async def greet(request: web.Request) -> web.Response:
            return web.Response(text=server.team("T1").name)

        def connect(call: Call) -> Dict:
            if call.token != "xapp-1":
                raise SlackError("invalid_auth")
            return {"url": "ws://127.0.0.1/"}

        server.open_methods["apps.connections.open"] = connect
        return [web.get("/greet", greet)]

    async with slack_running(parts=[part]) as server:
        server.team("T1", "Aurelis")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{server.url}/greet") as response,
        ):
            greeting = await response.text()
        opened = await client_of(server, "xapp-1").apps_connections_open(app_token="xapp-1")
        with pytest.raises(SlackApiError, match="invalid_auth"):
            await client_of(server, "x").apps_connections_open(app_token="x")
        with pytest.raises(SlackApiError, match="unknown_method"):
            await client_of(server, "x").api_call("chat.sing")

        assert (greeting, opened["url"]) == ("Aurelis", "ws://127.0.0.1/")


async def test_a_body_that_is_no_json_is_refused() -> None:
    async with staged() as scene, aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        for body, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
            async with session.post(
                f"{scene.server.url}/api/auth.test", data=body, headers=headers
            ) as response:
                assert (await response.json())["error"] == error


async def test_until_says_what_was_called_when_it_never_comes_true(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.emulators.slack.sender.UNTIL_S", 0.0)
    async with staged() as scene:
        await scene.post()
        await scene.server.until(lambda: scene.server.calls)

        with pytest.raises(AssertionError, match=r"chat\.postMessage"):
            await scene.server.until(lambda: False)
