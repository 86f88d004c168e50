"""What the emulator of Slack sends: signed, in the shapes that Bolt reads, and again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from tests.emulators.slack import Answer
from tests.emulators.slack_scene import Dict, Scene, client_of, staged

SECRET = "a-secret-of-the-app"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def app_running(handler: Handler) -> AsyncIterator[str]:
    """Serve an app; returns where events go."""
    app = web.Application()
    app.router.add_post("/slack/events", handler)
    async with serving(app) as url:
        yield url


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def types_of(scene: Scene) -> list[str]:
    return [f"{event['type']}/{event.get('subtype', '')}".strip("/") for event in scene.events]


async def test_whatever_is_sent_is_signed() -> None:
    verifier = SignatureVerifier(SECRET)
    verdicts: list[bool] = []

    async def take(request: web.Request) -> web.Response:
        verdicts.append(verifier.is_valid_request(await request.read(), dict(request.headers)))
        return web.Response()

    async with staged() as scene, app_running(take) as url:
        scene.server.deliver_to(url, SECRET)
        await scene.server.says("T1", "C1", "U1", "hello")
        await scene.server.commands("T1", "C1", "U1", "/support", "status")
        await scene.server.uses_shortcut("T1", "U1", "say")

    assert verdicts == [True, True, True]


async def test_an_event_without_a_good_answer_is_sent_three_times_more() -> None:
    headers: list[tuple[str, str]] = []
    ids: set[str] = set()

    async def fail(request: web.Request) -> web.Response:
        name = "X-Slack-Retry-"
        headers.append(
            (request.headers.get(f"{name}Num", ""), request.headers.get(f"{name}Reason", ""))
        )
        ids.add((await request.json())["event_id"])
        return web.Response(status=503)

    async with staged() as scene, app_running(fail) as url:
        scene.server.deliver_to(url, SECRET)
        await scene.server.says("T1", "C1", "U1", "hello")
        await scene.server.settled()

        again = [(str(n), "http_error") for n in (1, 2, 3)]
        assert headers == [("", ""), *again]
        assert len(ids) == 1
        assert scene.server.emitted[-1].statuses == [503] * 4


async def test_no_retry_is_respected_and_so_is_a_good_answer() -> None:
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        text = (await request.json())["event"]["text"]
        calls.append(text)
        if text == "never again":
            return web.Response(status=400, headers={"X-Slack-No-Retry": "1"})
        return web.Response(status=200 if calls.count(text) > 1 else 500)

    async with staged() as scene, app_running(answer) as url:
        scene.server.deliver_to(url, SECRET)
        await scene.server.says("T1", "C1", "U1", "never again")
        await scene.server.says("T1", "C1", "U1", "once more")
        await scene.server.settled()

    assert calls == ["never again", "once more", "once more"]


async def test_an_app_that_does_not_answer_or_is_not_there_is_tried_again() -> None:
    gate = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        if "X-Slack-Retry-Num" not in request.headers:
            await gate.wait()
        return web.Response()

    async with staged() as scene:
        async with app_running(hang) as url:
            scene.server.deliver_to(url, SECRET, ack_within_s=0.05)
            await scene.server.says("T1", "C1", "U1", "hello")
            await scene.server.settled()
            gate.set()
        first, second = scene.server.emitted[-1].answers
        await scene.server.says("T1", "C1", "U1", "hello")
        await scene.server.settled()

        assert (first.reason, second.status) == ("http_timeout", 200)
        assert [a.reason for a in scene.server.emitted[-1].answers] == ["connection_failed"] * 4


async def test_a_click_and_a_command_are_never_sent_again() -> None:
    async with staged() as scene:
        tries: list[str] = []

        async def refuse(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
            tries.append(content_type)
            return 500

        scene.server.deliver = refuse
        assert await scene.server.commands("T1", "C1", "U1", "/support", "status") == 500
        assert await scene.server.uses_shortcut("T1", "U1", "say") == 500
        await scene.server.settled()

    assert tries == ["application/x-www-form-urlencoded"] * 2


async def test_an_event_can_come_twice_as_a_retry_or_as_if_it_were_new() -> None:
    async with staged() as scene:
        seen: list[tuple[str, str]] = []

        async def take(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
            seen.append((scene.server.emitted[-1].payload["event_id"], str(dict(headers))))
            return 200

        scene.server.deliver = take
        await scene.server.says("T1", "C1", "U1", "hello")
        await scene.server.redeliver()
        await scene.server.redeliver(retry=0)

    assert len({id for id, _ in seen}) == 1
    assert ["X-Slack-Retry-Num" in headers for _, headers in seen] == [False, True, False]


async def test_the_address_is_verified_by_its_challenge() -> None:
    async with staged() as scene:
        assert not await scene.server.verifies_url()

        async def echo(body: bytes, headers: object, content_type: str) -> Answer:
            return Answer(200, body)

        scene.server.deliver = echo
        assert await scene.server.verifies_url()


async def test_what_people_do_is_heard_in_the_words_of_slack() -> None:
    async with staged() as scene:
        server = scene.server
        bot = server.team("T1").bot_user
        ts = await server.says("T1", "C1", "U1", f"<@{bot}> hello")
        await server.edits("T1", "C1", ts, "hello!")
        await server.unfurls("T1", "C1", ts)
        await server.says("T1", "C1", "U1", "both", thread=ts, is_broadcast=True)
        await server.says("T1", "C1", "U1", "look", thread=ts, files=[("a.png", b"123")])
        await server.bot_says("T1", "C1", "deployed")
        await server.joins("T1", "C1", "U2")
        await server.deletes("T1", "C1", ts)

        assert types_of(scene) == [
            "message",
            "app_mention",
            "message/message_changed",
            "message/message_changed",
            "message/thread_broadcast",
            "message/file_share",
            "message/bot_message",
            "message/channel_join",
            "member_joined_channel",
            "message/message_deleted",
        ]
        edit, unfurl = scene.events[2:4]
        assert edit["message"]["edited"]["user"] == "U1"
        assert edit["previous_message"]["text"] == f"<@{bot}> hello"
        assert unfurl["message"]["text"] == unfurl["previous_message"]["text"]
        assert "attachments" not in unfurl["previous_message"]
        assert (scene.events[5]["files"][0]["size"], scene.events[6]["bot_id"]) == (3, "BT1OTHER")
        shown = [message.text for message in server.messages("T1", "C1")]
        assert shown[1:3] == ["both", "deployed"]


async def test_the_app_hears_of_itself_unless_that_is_switched_off() -> None:
    async with staged() as scene:
        ts = await scene.post("mine")
        await scene.client.chat_update(channel="C1", ts=ts, text="changed")
        await scene.server.settled()
        scene.server.echoes = False
        await scene.post("unheard")
        await scene.server.settled()

        assert types_of(scene) == ["message", "message/message_changed"]
        assert scene.events[0]["bot_id"] == scene.server.team("T1").bot_id


async def test_where_the_bot_is_not_it_hears_nothing() -> None:
    async with staged() as scene:
        scene.server.channel("T1", "C2", is_member=False)
        await scene.server.says("T1", "C2", "U1", "among us")
        assert scene.heard == []
        await scene.client.conversations_join(channel="C2")
        await scene.server.says("T1", "C2", "U1", "hello all")
        assert types_of(scene) == ["message"]
        await scene.server.removes_bot("T1", "C2")

        assert await scene.refused("chat.postMessage", channel="C2", text="x") == "not_in_channel"


async def test_bolt_reads_everything_that_is_sent() -> None:
    heard: list[str] = []
    async with staged() as scene:
        server, team = scene.server, scene.server.team("T1")
        app = AsyncApp(client=client_of(server, team.bot_token), signing_secret=SECRET)
        listen(app, heard)
        async with serving(app.web_app("/slack/events")) as url:
            server.deliver_to(url, SECRET)
            assert await server.verifies_url()
            await server.says("T1", "C1", "U1", f"<@{team.bot_user}> hello")
            await server.direct("T1", "U1", "hello")
            await server.opens_home("T1", "U1")
            ts = await scene.post(blocks=[{"type": "actions", "elements": [CLAIM]}])
            assert await server.clicks("T1", "C1", ts, "U1", "claim") == 200
            assert await server.uses_shortcut("T1", "U1", "say") == 200
            assert await server.uses_shortcut("T1", "U1", "take", "C1", ts) == 200
            assert await server.commands("T1", "C1", "U1", "/support", "who") == 200
            assert server.view_of("T1", "U1") is not None
            assert await server.submits("T1", "U1", {"field": "words"}) == 200
            await server.until(lambda: len(heard) == 9)

        told = [whisper.text for whisper in server.ephemerals("T1", "C1", "U1")]

    assert sorted(heard) == [
        "action claim:3 Dana",
        "command who",
        "home U1",
        "mention hello",
        "message channel",
        "message im",
        "message_action take",
        "shortcut say",
        "view words",
    ]
    assert told == ["nobody"]


CLAIM = {
    "type": "button",
    "action_id": "claim:3",
    "text": {"type": "plain_text", "text": "Claim"},
    "value": "3",
}
ENTRY = {
    "type": "input",
    "block_id": "field",
    "label": {"type": "plain_text", "text": "Say"},
    "element": {"type": "plain_text_input", "action_id": "field"},
}
MODAL = {
    "type": "modal",
    "callback_id": "say_view",
    "title": {"type": "plain_text", "text": "Say"},
    "submit": {"type": "plain_text", "text": "Say"},
    "blocks": [ENTRY],
}


def listen(app: AsyncApp, heard: list[str]) -> None:
    """Let an app of Bolt write down what it hears."""

    @app.event("message")
    async def on_message(event: Dict) -> None:
        if "bot_id" not in event:
            heard.append(f"message {event['channel_type']}")

    @app.event("app_mention")
    async def on_mention(event: Dict) -> None:
        heard.append(f"mention {event['text'].split()[-1]}")

    @app.event("app_home_opened")
    async def on_home(event: Dict) -> None:
        heard.append(f"home {event['user']}")

    @app.action("claim:3")
    async def on_claim(ack: Any, action: Dict, body: Dict) -> None:  # noqa: ANN401 - Bolt's
        await ack()
        heard.append(f"action {action['action_id']} {body['user']['name'].title()}")

    @app.shortcut("say")
    async def on_say(ack: Any, shortcut: Dict, client: Any) -> None:  # noqa: ANN401 - Bolt's
        await client.views_open(trigger_id=shortcut["trigger_id"], view=MODAL)
        await ack()
        heard.append(f"shortcut {shortcut['callback_id']}")

    @app.message_shortcut("take")
    async def on_take(ack: Any, shortcut: Dict) -> None:  # noqa: ANN401 - Bolt's
        await ack()
        heard.append(f"{shortcut['type']} {shortcut['callback_id']}")

    @app.command("/support")
    async def on_command(ack: Any, command: Dict) -> None:  # noqa: ANN401 - Bolt's
        await ack("nobody")
        heard.append(f"command {command['text']}")

    @app.view("say_view")
    async def on_view(ack: Any, view: Dict) -> None:  # noqa: ANN401 - Bolt's
        await ack()
        heard.append(f"view {view['state']['values']['field']['field']['value']}")
