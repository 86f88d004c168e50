"""The emulated Twilio's REST API, as the real SDK sees it."""

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from tests.emulators.twilio import Fault
from tests.emulators.twilio_scene import CALLBACK, OLD_AUTH, OURS, THEIRS, refusal_of, staged

pytestmark = OLD_AUTH
SERVICE = "MG" + "5" * 32
TEMPLATE = "HX" + "a" * 32
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


async def test_a_message_is_created_reaches_the_phone_and_is_found_again() -> None:
    async with staged() as scene:
        sent = await scene.send("Grüße aus der Bank")
        found = await scene.client.messages(str(sent.sid)).fetch_async()

        assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
        assert (sent.from_, sent.to, sent.account_sid) == (OURS, THEIRS, scene.server.account)
        assert (sent.error_code, sent.date_sent) == (None, None)
        assert sent.date_created is not None
        assert str(sent.sid).startswith("SM")
        assert len(str(sent.sid)) == 34
        assert (found.status, found.body) == ("delivered", "Grüße aus der Bank")
        assert found.date_sent is not None
        assert scene.server.phone(THEIRS).received == ["Grüße aus der Bank"]
        assert [call.path for call in scene.server.called("send")] == [
            f"/2010-04-01/Accounts/{scene.server.account}/Messages.json"
        ]
        assert scene.server.called("send")[0].params["Body"] == "Grüße aus der Bank"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        (21211, {"to": "5550123"}),
        (21211, {"to": "+1555O123"}),
        (21266, {"to": OURS}),
        (21606, {"from_": "+15550999"}),
        (21910, {"to": f"whatsapp:{THEIRS}"}),
        (21602, {"body": ""}),
        (21617, {"body": "a" * 1601}),
        (21623, {"media_url": [f"https://bank.example/{n}.png" for n in range(11)]}),
        (21620, {"media_url": ["file:///etc/hosts"]}),
        (21609, {"status_callback": "https://our_bank.example/status"}),
        (21609, {"status_callback": "/channels/sms/status"}),
        (21424, {"validity_period": 0}),
        (21424, {"validity_period": 36001}),
        (21655, {"content_sid": "HX12"}),
        (21655, {"content_sid": "HX" + "b" * 32}),
        (21656, {"content_sid": TEMPLATE, "content_variables": '{"1": 2}'}),
        (21656, {"content_sid": TEMPLATE, "content_variables": "{}"}),
        (21703, {"messaging_service_sid": "MG" + "6" * 32}),
    ],
)
async def test_what_twilio_would_refuse_is_refused(code: int, more: dict[str, object]) -> None:
    async with staged() as scene:
        scene.server.template(TEMPLATE, "Your code is {{1}}")
        scene.server.service("MG" + "6" * 32)

        assert await refusal_of(scene.send(**more)) == (400, code)  # type: ignore[arg-type]
        assert scene.server.messages == []
        assert scene.server.phone(THEIRS).received == []


async def test_1600_characters_and_ten_media_and_the_longest_validity_are_taken() -> None:
    async with staged() as scene:
        media = [f"https://bank.example/{n}.png" for n in range(10)]
        sent = await scene.send("ü" * 1600, media_url=media, validity_period=36000)

        assert (sent.num_segments, sent.num_media) == ("11", "10")
        assert str(sent.sid).startswith("MM")
        assert scene.server.messages[0].media == tuple(media)


async def test_only_the_account_or_one_of_its_keys_gets_in() -> None:
    async with staged() as scene:
        server = scene.server
        server.api_keys["SK1"] = "a-secret"
        async with AsyncTwilioHttpClient() as http:
            for user, password in (("SK1", "a-secret"), ("SK1", "wrong"), (server.account, "x")):
                client = Client(user, password, server.account, http_client=http)
                client.api.base_url = server.url
                creating = client.messages.create_async(to=THEIRS, from_=OURS, body=user)
                if password == "a-secret":
                    await creating
                else:
                    assert await refusal_of(creating) == (401, 20003)
            other = Client(server.account, server.auth_token, "AC" + "9" * 32, http_client=http)
            other.api.base_url = server.url
            assert await refusal_of(other.messages("SM1").fetch_async()) == (404, 20404)

        assert [call.user for call in server.called("send")] == ["SK1", "SK1", server.account]
        assert server.phone(THEIRS).received == ["SK1"]


async def test_a_service_accepts_first_and_names_the_sender_later() -> None:
    async with staged() as scene:
        scene.server.service(SERVICE, OURS)
        sent = await scene.send(messaging_service_sid=SERVICE)
        found = await scene.client.messages(str(sent.sid)).fetch_async()

        assert (sent.status, sent.from_, sent.num_segments) == ("accepted", None, "0")
        assert (found.status, found.from_, found.num_segments) == ("delivered", OURS, "1")
        assert found.messaging_service_sid == SERVICE
        unknown = scene.send(messaging_service_sid="MG" + "7" * 32)
        assert await refusal_of(unknown) == (404, 21701)


async def test_the_list_is_filtered_and_paged_newest_first() -> None:
    async with staged() as scene:
        start = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
        for n in range(7):
            scene.server.state.now = lambda n=n: start + timedelta(seconds=n)  # type: ignore[misc]
            await scene.send(f"message {n}")
        await scene.send("to another", to="+15550124")
        await scene.server.texts(THEIRS, OURS, "an answer")

        async def bodies(**more: object) -> list[str | None]:
            found = await scene.client.messages.list_async(**more)
            return [message.body for message in found]

        ours = [f"message {n}" for n in reversed(range(7))]
        assert await bodies(to=THEIRS) == ours
        assert await bodies(to=THEIRS, page_size=3) == ours
        assert [call.params.get("Page") for call in scene.server.called("list")[-3:]] == [
            None,
            "1",
            "2",
        ]
        assert await bodies(to=THEIRS, limit=2) == ours[:2]
        assert await bodies(to=THEIRS, date_sent_after=start + timedelta(seconds=5)) == ours[:2]
        assert await bodies(to=THEIRS, date_sent_before=start) == ours[-1:]
        assert await bodies(to=THEIRS, date_sent=start + timedelta(seconds=3)) == ["message 3"]
        assert await bodies(from_=THEIRS) == ["an answer"]
        assert len(await bodies(page_size=2)) == 9


async def test_a_message_that_comes_between_two_pages_moves_none_of_them() -> None:
    async with staged() as scene:
        for n in range(4):
            await scene.send(f"message {n}")
        page = await scene.client.messages.page_async(to=THEIRS, page_size=2)
        seen = [message.body for message in page]
        await scene.send("a new one")
        following = await page.next_page_async()

        assert following is not None
        assert seen + [message.body for message in following] == [
            f"message {n}" for n in (3, 2, 1, 0)
        ]
        assert await following.next_page_async() is None


async def test_a_new_message_may_take_its_time_to_be_listed() -> None:
    async with staged() as scene:
        time = [100.0]
        scene.server.state.clock = lambda: time[0]
        scene.server.list_lag_s = 3.0
        sent = await scene.send()

        assert await scene.client.messages.list_async(to=THEIRS) == []
        time[0] += 3.0
        listed = await scene.client.messages.list_async(to=THEIRS)
        assert [message.sid for message in listed] == [sent.sid]


async def test_what_is_stuck_has_no_date_and_may_expire() -> None:
    async with staged() as scene:
        time = [100.0]
        scene.server.state.clock = lambda: time[0]
        scene.server.is_stuck = True
        long = datetime(2020, 1, 1, tzinfo=UTC)
        first = await scene.send("first", validity_period=60, status_callback=CALLBACK)

        assert await scene.client.messages.list_async(to=THEIRS, date_sent_after=long) == []
        assert len(await scene.client.messages.list_async(to=THEIRS)) == 1
        time[0] += 61
        second = await scene.send("second")
        scene.server.carry()
        await scene.server.settled()
        assert scene.server.phone(THEIRS).received == ["second"]
        assert (await second.fetch_async()).status == "delivered"
        late = await first.fetch_async()
        assert (late.status, late.error_code) == ("failed", 30036)
        assert scene.app.statuses == ["queued", "failed"]


async def test_a_message_is_canceled_redacted_and_deleted_by_the_sdk() -> None:
    async with staged() as scene:
        scene.server.service(SERVICE, OURS)
        later = datetime.now(UTC) + timedelta(hours=1)
        planned = await scene.send(
            messaging_service_sid=SERVICE, schedule_type="fixed", send_at=later
        )
        assert planned.status == "scheduled"
        assert (await planned.update_async(status="canceled")).status == "canceled"
        assert scene.server.phone(THEIRS).received == []

        sent = await scene.send("private")
        assert (await sent.update_async(body="")).body == ""
        assert await sent.delete_async()
        assert await refusal_of(sent.fetch_async()) == (404, 20404)


async def test_who_said_stop_gets_nothing_until_start() -> None:
    async with staged() as scene:
        scene.server.opted_out.add((OURS, THEIRS))
        assert await refusal_of(scene.send()) == (400, 21610)
        await scene.server.texts(THEIRS, OURS, " Start ")
        await scene.send("welcome back")
        await scene.server.texts(THEIRS, OURS, "stop")
        assert await refusal_of(scene.send()) == (400, 21610)
        await scene.server.texts(THEIRS, OURS, "start please")
        assert await refusal_of(scene.send()) == (400, 21610)

        assert scene.server.phone(THEIRS).received == ["welcome back"]
        assert len(scene.server.phone(THEIRS).notices) == 2


async def test_an_opt_out_of_a_service_counts_for_all_its_numbers() -> None:
    async with staged() as scene:
        scene.server.service(SERVICE, OURS, "+15550101", is_advanced=True)
        await scene.server.texts(THEIRS, "+15550101", "QUIT")

        assert scene.app.got[0].form["OptOutType"] == "STOP"
        assert scene.app.got[0].form["MessagingServiceSid"] == SERVICE
        assert scene.server.opted_out == {(SERVICE, THEIRS)}
        assert await refusal_of(scene.send()) == (400, 21610)
        assert await refusal_of(scene.send(messaging_service_sid=SERVICE)) == (400, 21610)


async def test_outside_of_24_hours_whatsapp_takes_templates_only() -> None:
    async with staged() as scene:
        server, time = scene.server, [100.0]
        ours, theirs = f"whatsapp:{OURS}", f"whatsapp:{THEIRS}"
        server.state.clock = lambda: time[0]
        server.number(ours)
        server.template(TEMPLATE, "Your case {{1}} is solved, {{name}}")

        def send(**more: object) -> object:
            return scene.client.messages.create_async(to=theirs, from_=ours, **more)

        too_early = await send(body="hello", status_callback=CALLBACK)  # type: ignore[misc]
        await server.settled()
        assert too_early.status == "queued"
        assert (server.messages[0].status, server.messages[0].error_code) == ("failed", 63016)
        assert scene.app.got[-1].form["ErrorCode"] == "63016"
        await server.texts(theirs, ours, "hi")
        await send(body="hello again")  # type: ignore[misc]
        time[0] += 24 * 3600
        server.window_refusal = "create"
        assert await refusal_of(send(body="too late")) == (400, 63016)  # type: ignore[arg-type]
        variables = '{"1": "42", "name": "Sam"}'
        await send(content_sid=TEMPLATE, content_variables=variables)  # type: ignore[misc]

        said = ["hello again", "Your case 42 is solved, Sam"]
        assert server.phone(theirs).received == said


async def test_media_stand_behind_basic_auth_and_a_redirect_to_another_origin() -> None:
    async with staged() as scene:
        server = scene.server
        url = server.media_of(PNG, "image/png", said_type="image/jpeg")
        await server.texts(THEIRS, OURS, "", media=[url, (b"%PDF-", "application/pdf")])
        form = scene.app.got[0].form
        secret = aiohttp.encode_basic_auth(server.account, server.auth_token)
        auth = {"Authorization": secret}
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as refused:
                assert refused.status == 401
            async with session.get(url, headers=auth, allow_redirects=False) as sent_on:
                assert sent_on.status == 307
                where = sent_on.headers["Location"]
                assert not where.startswith(server.url)
            async with session.get(where, headers=auth) as doubly:
                assert doubly.status == 400
            async with session.get(url, headers=auth) as whole:
                assert (await whole.read(), whole.content_type) == (PNG, "image/png")
            server.faults.add(Fault("store", "cut"))
            with pytest.raises(aiohttp.ClientPayloadError):
                async with session.get(url, headers=auth) as half:
                    await half.read()

        assert (form["NumMedia"], form["Body"], form["MessageSid"][:2]) == ("2", "", "MM")
        assert form["MediaUrl0"] == url
        assert (form["MediaContentType0"], form["MediaContentType1"]) == (
            "image/jpeg",
            "application/pdf",
        )
        listed = await scene.client.messages(form["MessageSid"]).media.list_async()
        assert [entry.content_type for entry in listed] == ["image/png", "application/pdf"]


async def test_a_phone_call_is_known_from_its_webhook_and_changed_by_rest() -> None:
    async with staged() as scene:
        server, sid, heard = scene.server, "CA" + "1" * 32, list[dict[str, str]]()
        server.call_listeners.append(lambda call, said: heard.append({"sid": call.sid, **said}))
        assert await refusal_of(scene.client.calls(sid).fetch_async()) == (404, 20404)
        fields = {"CallSid": sid, "From": THEIRS, "To": OURS, "CallStatus": "ringing"}
        await server.posts("/channels/voice", fields)
        await scene.client.calls(sid).update_async(twiml="<Response/>")
        await scene.client.calls(sid).update_async(status="completed")

        assert heard == [{"sid": sid, "Twiml": "<Response/>"}, {"sid": sid, "Status": "completed"}]
        assert server.voice_calls[sid].updates == [
            {"Twiml": "<Response/>"},
            {"Status": "completed"},
        ]
        await server.posts("/channels/voice/transcript", {"CallSid": sid, "SequenceId": "1"})
        again = scene.client.calls(sid).update_async(status="completed")
        assert await refusal_of(again) == (400, 21220)
        made = await scene.client.calls.create_async(
            to=THEIRS, from_=OURS, url="https://bank.example/channels/voice"
        )
        assert (made.status, made.direction) == ("queued", "outbound-api")
