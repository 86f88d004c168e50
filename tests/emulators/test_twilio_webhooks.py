"""What the emulated Twilio sends: its signature, its retries, its order, as the SDK judges it."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from tests.emulators.twilio import Delivery, StoredMessage, TwilioServer
from tests.emulators.twilio.driver import policy_of
from tests.emulators.twilio.segments import count
from tests.emulators.twilio_scene import (
    CALLBACK,
    DROP,
    OLD_AUTH,
    OURS,
    PUBLIC,
    THEIRS,
    app_running,
    staged,
)

pytestmark = OLD_AUTH
SERVER_ERROR = (503, "", "text/plain")
DROPPED = (DROP, "", "")
TOKEN = "I-Twilio-Idempotency-Token"


def message_of(server: TwilioServer) -> StoredMessage:
    state = server.state
    return StoredMessage("SM1", THEIRS, OURS, "hello", "sent", state.now(), state.clock())


async def test_an_inbound_message_is_signed_for_the_public_url() -> None:
    async with staged() as scene:
        delivery = await scene.server.texts(THEIRS, OURS, "Grüße & 100 % + 😀")
        got = scene.app.got[0]

        assert got.is_signed(scene.server.auth_token)
        assert not got.is_signed("another token")
        assert (got.path, got.form["Body"]) == ("/channels/sms", "Grüße & 100 % + 😀")
        assert got.form["MessageSid"] == got.form["SmsSid"] == delivery.sid
        assert (got.form["SmsStatus"], got.form["NumMedia"]) == ("received", "0")
        assert got.form["AccountSid"] == scene.server.account
        assert got.form["ToCity"] == ""
        assert "bank.example" not in got.headers["Host"]
        assert (delivery.status, delivery.attempts) == (200, 1)
        assert delivery.content_type.startswith("text/xml")


async def test_the_query_is_signed_and_the_fragment_neither_sent_nor_signed() -> None:
    async with staged() as scene:
        path = "/channels/sms?tenant=a%20b&x=%C3%BC#rc=2&rp=5xx"
        scene.server.deliver_to(scene.app.url, PUBLIC, path=path)
        await scene.server.texts(THEIRS, OURS, "hello")
        got = scene.app.got[0]

        assert got.path == "/channels/sms?tenant=a%20b&x=%C3%BC"
        assert got.is_signed(scene.server.auth_token)


async def test_repeated_and_blank_and_unknown_fields_are_signed() -> None:
    async with staged() as scene:
        fields = [("To", "b"), ("To", "a"), ("To", "b"), ("Blank", ""), ("New", "x")]
        await scene.server.posts("/channels/voice/transcript", fields)
        got = scene.app.got[0]

        assert got.body == "To=b&To=a&To=b&Blank=&New=x"
        assert scene.server.signature(got.url, fields) == got.headers["X-Twilio-Signature"]
        assert scene.server.signature(got.url, fields[1:]) == got.headers["X-Twilio-Signature"]
        assert scene.server.signature(got.url, fields[:-2]) != got.headers["X-Twilio-Signature"]


async def test_json_bears_the_hash_of_its_body_and_the_url_is_signed() -> None:
    async with staged() as scene:
        server = scene.server
        await server.posts("/channels/voice/end?x=1", {"CallSid": "CA1"}, is_json=True)
        await server.posts("/channels/voice/end", document={"sentences": [{"n": 1}]})
        await server.posts("/channels/voice/end", {"a": "b"}, is_json=True, body=b'{"a": "c"}')
        whole, nested, tampered = scene.app.got

        assert whole.path.startswith("/channels/voice/end?x=1&bodySHA256=")
        assert json.loads(nested.body) == {"sentences": [{"n": 1}]}
        assert whole.is_signed(server.auth_token)
        assert nested.is_signed(server.auth_token)
        assert not tampered.is_signed(server.auth_token)


async def test_a_shared_key_signs_by_sha256_and_says_so() -> None:
    async with staged() as scene:
        server = scene.server
        server.shared_key, server.shared_secret = "key_1", "a-shared-secret"
        await server.texts(THEIRS, OURS, "hello")
        await server.posts("/x", {"A": "b"}, shared_key="")
        await server.posts("/x", {"A": "b"}, algorithm="HMAC_MD5")
        shared, usual, odd = scene.app.got
        settings = "X-Twilio-Webhooks-Signature-Settings"

        assert shared.headers[settings] == "key=key_1,algorithm=HMAC_SHA256"
        assert shared.is_signed("a-shared-secret", "HMAC_SHA256")
        assert not shared.is_signed("a-shared-secret")
        assert settings not in usual.headers
        assert usual.is_signed(server.auth_token)
        assert odd.headers[settings] == "key=key_1,algorithm=HMAC_MD5"


async def test_a_webhook_may_be_signed_badly_or_not_at_all() -> None:
    async with staged() as scene:
        server = scene.server
        await server.posts("/x", {"A": "b"}, signature="wrong")
        await server.posts("/x", {"A": "b"}, signature="")
        await server.posts("/x", {"A": "b"}, is_signed=False)
        await server.posts("/x", {"A": "b"}, has_port=True)
        await server.posts("/x", {"A": "b"}, headers={"X-Forwarded-Host": "evil.example"})
        await server.posts("/x", {"A": "b"}, method="GET")
        said = [got.headers.get("X-Twilio-Signature") for got in scene.app.got]

        assert (said[:3], said[3] != said[4]) == (["wrong", "", None], True)
        assert scene.app.got[3].is_signed(server.auth_token)
        assert scene.app.got[4].headers["X-Forwarded-Host"] == "evil.example"
        assert scene.app.got[5].path == "/x?A=b"
        assert scene.app.got[5].is_signed(server.auth_token)


async def test_a_public_url_from_twiml_is_posted_to_the_app_and_to_nobody_else() -> None:
    async with staged() as scene:
        await scene.server.posts(f"{PUBLIC}/channels/voice/end?a=1", {"SessionId": "VX1"})

        assert scene.app.got[0].path == "/channels/voice/end?a=1"
        assert scene.app.got[0].is_signed(scene.server.auth_token)
        for url in ("https://evil.example/x", f"{PUBLIC}.evil.example/x"):
            with pytest.raises(AssertionError):
                await scene.server.posts(url)


@pytest.mark.parametrize(
    ("fragment", "answers", "attempts", "status"),
    [
        ("", [DROPPED], 2, 200),
        ("", [DROPPED] * 3, 2, 0),
        ("", [SERVER_ERROR], 1, 503),
        ("#rc=0", [DROPPED], 1, 0),
        ("#rc=2&rp=ct,5xx", [DROPPED, SERVER_ERROR], 3, 200),
        ("#rc=2&rp=5xx", [SERVER_ERROR] * 4, 3, 503),
        ("#rc=2&rp=5xx", [(404, "", "text/plain")], 1, 404),
        ("#rc=9&rp=all", [(404, "", "text/plain")] * 9, 6, 404),
    ],
)
async def test_a_failed_delivery_is_repeated_as_the_fragment_says_with_the_same_token(
    fragment: str, answers: Sequence[tuple[int, str, str]], attempts: int, status: int
) -> None:
    async with staged() as scene:
        scene.server.deliver_to(scene.app.url, PUBLIC, path=f"/channels/sms{fragment}")
        scene.app.answers.extend(answers)
        delivery = await scene.server.texts(THEIRS, OURS, "hello")
        tokens = {got.headers[TOKEN] for got in scene.app.got}

        assert (delivery.attempts, delivery.status) == (attempts, status)
        assert tokens == {delivery.token}
        assert len({got.body for got in scene.app.got}) == 1
        assert bool(scene.server.debugger) == (status != 200)


async def test_an_app_that_takes_too_long_is_not_waited_for() -> None:
    async with staged() as scene:
        scene.app.gate = asyncio.Event()
        delivery = await scene.server.posts("/x#rt=50&rc=1&rp=rt")
        scene.app.gate.set()

        assert (delivery.status, [one.why for one in delivery.tries]) == (0, ["rt", "rt"])


def test_a_fragment_says_how_long_is_waited_and_what_is_repeated() -> None:
    usual, given = policy_of(""), policy_of("ct=1000&rt=2000&tt=9000&rc=5&rp=all")

    assert (usual.connect_s, usual.read_s, usual.total_s, usual.retries) == (5.0, 15.0, 15.0, 1)
    assert [usual.repeats(why) for why in ("ct", "rt", "5xx", "")] == [True, False, False, False]
    assert (given.connect_s, given.read_s, given.total_s, given.retries) == (1.0, 2.0, 9.0, 5)
    assert [given.repeats(why) for why in ("ct", "4xx", "")] == [True, True, False]


async def test_the_fallback_is_asked_when_the_app_has_failed() -> None:
    async with staged() as scene:
        scene.server.deliver_to(scene.app.url, PUBLIC, fallback="/fallback")
        scene.app.answers.append(SERVER_ERROR)
        delivery = await scene.server.texts(THEIRS, OURS, "hello")

        assert [got.path for got in scene.app.got] == ["/channels/sms", "/fallback"]
        assert scene.app.got[1].form["ErrorCode"] == "11200"
        assert delivery.status == 200


async def test_copies_are_sent_at_the_same_time_with_one_token_or_several() -> None:
    async with staged() as scene, app_running() as second:
        server, app = scene.server, scene.app
        app.gate = asyncio.Event()
        sending = asyncio.ensure_future(server.texts(THEIRS, OURS, "twice", copies=2))
        await server.until(lambda: app.open == 2)
        app.gate.set()
        both = await sending
        apart = await server.texts(
            THEIRS, OURS, "apart", targets=(app.url, second.url), has_new_tokens=True
        )
        again = await server.redelivers(both, token="new", target=second.url)

        assert app.most_open == 2
        assert both.others[0].token == both.token
        assert both.others[0].fields == both.fields
        assert [got.form["Body"] for got in second.got] == ["apart", "twice"]
        assert apart.others[0].token != apart.token
        assert (again.token, again.sid) == ("new", both.sid)
        assert second.got[1].is_signed(server.auth_token)
        assert len(server.inbound) == 2


async def test_what_an_app_answers_to_a_text_reaches_the_customer() -> None:
    async with staged() as scene:
        server, phone = scene.server, scene.server.phone(THEIRS)
        answers = [
            (
                "<Response><Message>one</Message><Message><Body>two</Body></Message></Response>",
                "xml",
            ),
            ("OK", "plain"),
            ("", "plain"),
            ("<Response>", "xml"),
            ("<Reply/>", "xml"),
        ]
        scene.app.answers.extend((200, said, f"text/{kind}") for said, kind in answers)
        scene.app.answers.append((200, "{}", "application/json"))
        for _ in range(len(scene.app.answers)):
            await server.texts(THEIRS, OURS, "hello")

        assert phone.received == ["one", "two", "OK"]
        assert [problem.code for problem in server.debugger] == [12100, 12100, 12300]
        assert {message.direction for message in server.messages} == {"outbound-reply"}


async def test_a_reply_to_stop_by_twiml_does_not_reach_the_customer() -> None:
    async with staged() as scene:
        said = "<Response><Message>Bye</Message></Response>"
        scene.app.answers.append((200, said, "text/xml"))
        await scene.server.texts(THEIRS, OURS, "Stop")

        assert scene.server.phone(THEIRS).received == []
        assert [problem.code for problem in scene.server.debugger] == [21610]


@pytest.mark.parametrize(
    ("reports", "statuses"),
    [
        ("all", ["queued", "sent", "delivered"]),
        ("none", []),
        ("reversed", ["delivered", "sent", "queued"]),
        ("doubled", ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
    ],
)
async def test_reports_come_in_every_order(reports: str, statuses: list[str]) -> None:
    async with staged() as scene:
        scene.server.reports = reports
        sent = await scene.send(status_callback=f"{CALLBACK}#rc=2&rp=5xx")
        await scene.server.settled()
        found = await sent.fetch_async()

        assert scene.app.statuses == statuses
        assert found.status == ("sent" if reports == "none" else "delivered")
        assert all(got.is_signed(scene.server.auth_token) for got in scene.app.got)
        assert {got.path for got in scene.app.got} <= {"/channels/sms/status?outbox=7"}
        assert scene.server.messages[0].reported == statuses


async def test_reports_may_come_before_the_answer_to_the_create() -> None:
    async with staged() as scene:
        scene.server.reports_first = True
        scene.app.gate = asyncio.Event()
        sending = asyncio.ensure_future(scene.send(status_callback=CALLBACK))
        await scene.server.until(lambda: scene.app.open)

        assert not sending.done()
        scene.app.gate.set()
        sent = await sending
        assert scene.app.got[0].form["MessageSid"] == sent.sid
        assert scene.app.statuses == ["queued", "sent", "delivered"]


async def test_reports_in_a_shuffled_order_are_the_same_in_every_run() -> None:
    orders = []
    for _ in range(2):
        async with staged() as scene:
            scene.server.reports = "shuffled"
            for _ in range(4):
                await scene.send(status_callback=CALLBACK)
                await scene.server.settled()
            orders.append(scene.app.statuses)

    assert orders[0] == orders[1]
    assert orders[0] != ["queued", "sent", "delivered"] * 4
    assert sorted(orders[0]) == ["delivered"] * 4 + ["queued"] * 4 + ["sent"] * 4


async def test_what_breaks_behind_a_test_breaks_the_test() -> None:
    server = TwilioServer()
    await server.start()
    server.reports = "most"
    server.spawn(server.report_all(message_of(server)))
    await server.settled()

    with pytest.raises(AssertionError, match="is none of"):
        await server.close()


async def test_a_report_by_hand_moves_a_message_up_and_never_down() -> None:
    async with staged() as scene:
        scene.server.reports = "none"
        sent = await scene.send(status_callback=CALLBACK)
        await scene.server.report(str(sent.sid), "undelivered", 30005)
        await scene.server.report(str(sent.sid), "queued", RawDlrDoneDate="2603021200")
        found = await sent.fetch_async()

        assert (found.status, found.error_code) == ("undelivered", 30005)
        assert scene.app.statuses == ["undelivered", "queued"]
        assert scene.app.got[0].form["ErrorCode"] == "30005"
        assert scene.app.got[1].form["RawDlrDoneDate"] == "2603021200"
        assert scene.server.messages[0].history == ["queued", "sent", "undelivered", "queued"]


async def test_a_callback_to_a_stranger_is_sent_to_nobody() -> None:
    async with staged() as scene:
        await scene.send(status_callback="https://stranger.example/status")
        await scene.server.settled()

        assert scene.app.got == []
        assert [problem.code for problem in scene.server.debugger] == [11210]


async def test_whatsapp_messages_bear_their_own_fields() -> None:
    async with staged() as scene:
        ours, theirs = f"whatsapp:{OURS}", f"whatsapp:{THEIRS}"
        scene.server.statuses = ("sent", "delivered", "read")
        await scene.server.texts(theirs, ours, "STOP", ButtonPayload="yes")
        await scene.client.messages.create_async(
            to=theirs, from_=ours, body="hello", status_callback=CALLBACK
        )
        await scene.server.settled()
        form, read = scene.app.got[0].form, scene.app.got[-1].form

        assert (form["From"], form["WaId"]) == (theirs, THEIRS.removeprefix("+"))
        assert (form["ButtonPayload"], "FromCity" in form) == ("yes", False)
        assert scene.server.opted_out == set()
        assert (read["EventType"], read["ChannelPrefix"]) == ("READ", "whatsapp")


async def test_without_an_app_nothing_is_sent_and_what_people_do_counts() -> None:
    async with staged() as scene:
        scene.server.target = ""
        delivery = await scene.server.texts(THEIRS, OURS, "Stop")

        assert (delivery.status, delivery.attempts, delivery.took_s) == (0, 0, 0.0)
        assert scene.server.opted_out == {(OURS, THEIRS)}
        assert [message.body for message in scene.server.inbound] == ["Stop"]
        assert scene.app.got == []


async def test_an_app_that_is_not_there_is_tried_twice() -> None:
    async with staged() as scene:
        async with app_running() as gone:
            scene.server.deliver_to(gone.url, PUBLIC)
        delivery: Delivery = await scene.server.texts(THEIRS, OURS, "hello")

        assert (delivery.status, delivery.attempts, delivery.is_ok) == (0, 2, False)
        assert [one.why for one in delivery.tries] == ["ct", "ct"]


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("\u2019" * 70, 1),
        ("\u2019" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 1600, 11),
        ("\u2019" * 1600, 24),
    ],
)
def test_segments_are_counted_as_the_vectors_say(text: str, segments: int) -> None:
    assert count(text) == segments
