"""How a call of the emulated ConversationRelay ends, and what the app is told of it."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.emulators.relay_app import PUBLIC, App, Sent, on_the_phone, relay_twiml, words
from tests.emulators.twilio import twilio_running
from tests.emulators.twilio.relay import Account, TwimlError, calling

BAD: Sent = {"type": "text", "token": None}
DIAL = "<Response><Say>One moment.</Say><Dial>+15550199</Dial></Response>"
ENQUEUE = '<Response><Enqueue waitUrl="/channels/voice/wait">support</Enqueue></Response>'


def ending(handoff: str) -> App:
    def answers(frame: Mapping[str, Any]) -> list[Sent]:
        return [{"type": "end", "handoffData": handoff}] if frame["type"] == "prompt" else []

    return App(answers=answers)


async def test_end_closes_with_1000_and_the_action_gets_the_handoff_data() -> None:
    app = ending('{"reference": "h-1"}')
    app.after = [DIAL]
    async with on_the_phone(app) as caller:
        await caller.says("A person please")
        await caller.until(lambda: caller.ended)
        told = app.ended[0]

        assert caller.close_code == 1000
        assert app.codes == [1000]
        assert told["SessionStatus"] == "ended"
        assert told["CallStatus"] == "in-progress"
        assert told["HandoffData"] == '{"reference": "h-1"}'
        assert told["CallSid"] == caller.sid
        assert told["SessionId"].startswith("VX")
        assert caller.transferred_to == "+15550199"
        assert await caller.listens() == "One moment. "


async def test_a_call_can_go_into_a_queue() -> None:
    app = ending("")
    app.after = [ENQUEUE]
    async with on_the_phone(app) as caller:
        await caller.says("A person please")
        await caller.until(lambda: caller.transferred_to == "support")

        assert "HandoffData" not in app.ended[0]
        assert not caller.is_over


async def test_a_new_relay_has_another_session_and_the_same_call() -> None:
    app = ending("again")
    app.after = [relay_twiml()]
    async with on_the_phone(app) as caller:
        await caller.says("A person please")
        await caller.connects_again()
        await caller.until(lambda: len(app.of("setup")) == 2)
        first, second = app.of("setup")

        assert first["callSid"] == second["callSid"]
        assert first["sessionId"] != second["sessionId"]
        assert second["callStatus"] == "IN_PROGRESS"


async def test_a_greeting_that_is_not_left_out_is_played_again() -> None:
    app = App(relay_twiml("Hello."), after=[relay_twiml("Hello.")])
    async with on_the_phone(app) as caller:
        await caller.listens()
        await caller.drops()
        await caller.connects_again()
        await caller.hears("Hello.")

        assert caller.spoken == "Hello. Hello."


async def test_a_socket_that_the_app_lets_go_of_fails_the_action_with_64105() -> None:
    app = App(after=[relay_twiml()])
    async with on_the_phone(app) as caller:
        await caller.until(lambda: app.of("setup"))
        await app.sockets[0].close(code=1011)
        await caller.connects_again()
        await caller.says("Hello?")
        await caller.until(lambda: app.of("prompt"))

        assert app.ended[0]["SessionStatus"] == "failed"
        assert app.ended[0]["ErrorCode"] == "64105"
        assert caller.close_code is None
        assert len(app.ended) == 1


async def test_a_caller_who_drops_says_no_word_to_the_socket() -> None:
    app = App(after=["<Response><Dial>+15550199</Dial></Response>"])
    async with on_the_phone(app) as caller:
        await caller.until(lambda: app.of("setup"))
        await caller.drops()
        await caller.until(lambda: app.codes)

        assert app.codes == [1006]
        assert app.ended[0]["ErrorCode"] == "64105"
        assert caller.transferred_to == "+15550199"


async def test_a_drop_may_be_told_later() -> None:
    async with on_the_phone(App()) as caller:
        await caller.drops(is_told=False)
        assert caller.ended == []
        await caller.call.lost()

        assert [end.session_status for end in caller.ended] == ["failed"]


@pytest.mark.parametrize("closes_first", [False, True])
async def test_a_caller_hangs_up_in_either_order(closes_first: bool) -> None:
    app = App(answers=lambda frame: words("A long answer"))
    async with on_the_phone(app) as caller:
        await caller.hears("A long")
        await caller.hangs_up(closes_first)

        assert app.ended[0]["SessionStatus"] == "completed"
        assert app.ended[0]["CallStatus"] == "completed"
        assert len(app.ended) == 1
        assert caller.is_over
        assert caller.close_code == 1000
        assert caller.twiml == relay_twiml()


async def test_an_invalid_frame_is_answered_and_the_session_lives() -> None:
    app = App()
    async with on_the_phone(app) as caller:
        await caller.until(lambda: app.of("setup"))
        await app.say(*[BAD] * 9, *words("All is well."), *[BAD] * 9)
        await caller.until(lambda: len(app.of("error")) == 18)
        await caller.hears("All is well.")

        assert "code: 64107" in app.of("error")[0]["description"]
        assert caller.close_code is None
        assert len(caller.faults) == 18


async def test_ten_invalid_frames_in_a_row_close_with_1007() -> None:
    app = App(after=[DIAL])
    async with on_the_phone(app) as caller:
        await caller.until(lambda: app.of("setup"))
        await app.say(*[BAD] * 10)
        await caller.until(lambda: caller.ended)
        await caller.until(lambda: app.codes)

        assert caller.close_code == 1007
        assert app.codes == [1007]
        assert app.ended[0]["SessionStatus"] == "failed"
        assert app.ended[0]["ErrorCode"] == "64105"


@pytest.mark.parametrize("signature", ["", "a-wrong-one"])
async def test_an_upgrade_that_is_refused_connects_nobody(signature: str) -> None:
    app = App()
    async with (
        app.running(),
        calling(Account(), app.url, "+15550123", "+15550100", signature=signature) as caller,
    ):
        assert caller.upgrade_status == 403
        assert caller.call.alerts == [64102]
        with pytest.raises(AssertionError, match="403"):
            await caller.says("Hello?")


async def test_a_caller_can_keep_the_setup_back_and_send_anything() -> None:
    app = App()
    async with (
        app.running(),
        calling(Account(), app.url, "+15550123", "+15550100", sends_setup=False) as caller,
    ):
        await caller.sends_raw(json.dumps({"type": "surprise"}))
        await caller.until(lambda: app.heard)

        assert app.heard == [{"type": "surprise"}]


async def test_bad_twiml_is_an_error_of_the_test() -> None:
    app = App(relay_twiml(more='wellcomeGreeting="Hello"'))
    with pytest.raises(TwimlError, match="wellcomeGreeting"):
        async with on_the_phone(app):
            pass


async def test_bad_twiml_for_the_action_is_raised_where_the_caller_waits() -> None:
    app = ending("")
    app.after = ["<Response><Dail>+15550199</Dail></Response>"]
    async with on_the_phone(app) as caller:
        await caller.says("A person please")

        with pytest.raises(AssertionError, match="<Dail> does not belong"):
            await caller.until(lambda: caller.transferred_to)


async def test_addresses_that_are_not_the_apps_are_an_error() -> None:
    app = App(relay_twiml(url="wss://elsewhere.example/channels/voice/relay"))
    with pytest.raises(AssertionError, match="is not the app's"):
        async with on_the_phone(app):
            pass


@pytest.mark.parametrize(
    ("params", "is_over", "to"),
    [({"Status": "completed"}, True, ""), ({"Twiml": DIAL}, False, "+15550199")],
)
async def test_at_a_twilio_the_app_may_end_or_change_the_call_by_rest(
    params: dict[str, str], is_over: bool, to: str
) -> None:
    app = App()
    async with (
        app.running(),
        twilio_running() as server,
        calling(server, app.url, "+15550123", "+15550100") as caller,
        aiohttp.ClientSession() as rest,
    ):
        base = f"{server.url}/2010-04-01/Accounts/{server.account}"
        auth = {"Authorization": aiohttp.encode_basic_auth(server.account, server.auth_token)}
        url = f"{base}/Calls/{caller.sid}.json"
        async with rest.post(url, data=params, headers=auth) as answer:
            assert answer.status == 200
        await caller.until(lambda: app.codes and (caller.is_over or caller.transferred_to))
        await caller.until(lambda: len(app.ended) == is_over)

        assert (caller.is_over, caller.transferred_to) == (is_over, to)
        assert app.codes == [1000]
        assert [end["SessionStatus"] for end in app.ended] == ["completed"] * is_over


async def test_a_proxy_may_have_changed_host_and_path() -> None:
    url = "wss://bank.example/support/channels/voice/relay?n=1"
    app = App(relay_twiml(url=url, root="https://bank.example/support"))
    app.root = "/support"
    account = Account(public_url="https://bank.example/support")
    proxy = {"X-Forwarded-Host": "evil.example"}
    async with (
        app.running(),
        calling(
            account, app.url, "+15550123", "+15550100", headers=proxy, host="internal:8080"
        ) as caller,
    ):
        await caller.until(lambda: app.of("setup"))
        await caller.drops()

        assert app.hosts == ["internal:8080"]
        assert len(app.ended) == 1


async def test_a_redirect_is_followed() -> None:
    app = App(f"<Response><Redirect>{PUBLIC}/channels/voice/ended</Redirect></Response>")
    app.after = [DIAL]
    async with on_the_phone(app) as caller:
        assert caller.transferred_to == "+15550199"
        assert [verb.name for verb in caller.verbs] == ["Redirect", "Say", "Dial"]


async def test_who_hangs_up_after_the_transfer_tells_the_relays_action_nothing() -> None:
    app = ending("")
    app.after = [DIAL]
    async with on_the_phone(app) as caller:
        await caller.says("A person please")
        await caller.until(lambda: caller.transferred_to)
        await caller.hangs_up()

        assert len(app.ended) == 1
        assert caller.is_over
