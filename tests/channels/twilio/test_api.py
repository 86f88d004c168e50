"""The REST interface through the real SDK, over real sockets, against the emulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from channels.twilio.api import TwilioApi
from channels.twilio.base import Address, Outgoing, Template, Twilio
from channels.twilio.errors import (
    TwilioBusy,
    TwilioError,
    TwilioFailed,
    TwilioRefused,
    TwilioUnclear,
)
from tests.channels.twilio.serving import serving
from tests.emulators.twilio import Fault, TwilioServer, twilio_running

OURS, HERS = Address("+15550100"), Address("+15550123")
HELLO = Outgoing(HERS, OURS, "", "hello")
LATELY = timedelta(minutes=1)


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[TwilioServer, TwilioApi]]:
    async with twilio_running() as server:
        server.number(OURS)
        server.reports = "none"
        api = TwilioApi(server.account, server.auth_token, base_url=server.url)
        try:
            yield server, api
        finally:
            await api.close()


async def test_a_message_is_sent_with_everything_it_says() -> None:
    async with asking() as (server, api):
        twilio: Twilio = api
        media = (server.media_of(b"a", "image/png"), server.media_of(b"b", "image/png"))
        callback = "https://bank.example/channels/sms/status?outbox=7"
        sent = await twilio.send(
            Outgoing(HERS, OURS, "", "h\u00e9llo & more +1", None, media, callback, 600)
        )

        (stored,) = server.messages
        assert (stored.sid, stored.to, stored.sender) == (sent.sid, HERS, OURS)
        assert stored.body == sent.body == "h\u00e9llo & more +1"
        assert stored.media == media
        assert (stored.callback, stored.validity_s) == (callback, 600)
        assert (sent.to, sent.status, sent.segments, sent.error_code) == (HERS, "queued", 1, None)
        assert sent.at is not None
        assert sent.at.tzinfo is UTC


async def test_a_service_chooses_the_sender_and_a_template_the_text() -> None:
    async with asking() as (server, api):
        server.service("MG" + "a" * 32, OURS)
        sent = await api.send(Outgoing(HERS, Address(""), "MG" + "a" * 32, "hello"))
        assert (sent.status, sent.segments) == ("accepted", 0)

        ours, hers = Address("whatsapp:+15550100"), Address("whatsapp:+15550123")
        server.number(ours)
        sid = "HX" + "b" * 32
        server.template(sid, "Your code is {{1}}")
        template = Template(sid, {"1": "1234"})
        await api.send(Outgoing(hers, ours, "", "not sent", template))

        assert server.messages[-1].content == sid
        assert server.messages[-1].body == "Your code is 1234"
        assert server.messages[-1].to == hers


async def test_a_message_is_found_by_its_sid() -> None:
    async with asking() as (server, api):
        sent = await api.send(HELLO)

        found = await api.find(sent.sid)
        assert found is not None
        assert (found.sid, found.body) == (sent.sid, "hello")
        assert await api.find("SM" + "0" * 32) is None
        assert await api.find("../../Accounts") is None
        assert len(server.called("find")) == 2


async def test_a_refusal_to_look_is_not_taken_for_nothing_there() -> None:
    async with asking() as (server, api):
        server.faults.add(Fault("find", "refused", code=20003, status=401))

        with pytest.raises(TwilioRefused) as refused:
            await api.find("SM" + "0" * 32)
        assert refused.value.code == 20003


async def test_without_another_address_twilio_itself_is_asked() -> None:
    api = TwilioApi("AC" + "a" * 32, "a-token")
    await api.close()

    with pytest.raises(TwilioFailed):
        await api.find("SM" + "0" * 32)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, "{}", TwilioUnclear),
        (201, '{"sid": 7}', TwilioUnclear),
        (201, "[]", TwilioUnclear),
        (302, "", TwilioUnclear),
        (408, "", TwilioUnclear),
        (400, "not JSON", TwilioRefused),
        (400, '{"code": "x", "message": 7}', TwilioRefused),
        (422, '{"type": "t", "title": "t", "status": "x", "code": 1}', TwilioUnclear),
    ],
)
async def test_odd_answers_are_never_taken_for_a_message(
    status: int, body: str, expected: type[TwilioError]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body)

    async with serving(answer) as url:
        api = TwilioApi("AC" + "a" * 32, "a-token", base_url=url)
        with pytest.raises(expected) as error:
            await api.send(HELLO)
        await api.close()
    if isinstance(error.value, TwilioRefused):
        assert (error.value.code, error.value.status) == (0, status)


async def test_a_list_that_is_none_is_a_failure_and_not_an_empty_list() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="{}")

    async with serving(answer) as url:
        api = TwilioApi("AC" + "a" * 32, "a-token", base_url=url)
        with pytest.raises(TwilioFailed):
            await api.sent_to(HERS, datetime.now(UTC))
        await api.close()


async def test_what_was_sent_to_somebody_is_listed_newest_first() -> None:
    async with asking() as (server, api):
        began = server.state.now()
        for body in ("one", "two", "three"):
            server.state.now = lambda at=began: at  # type: ignore[misc]
            began += timedelta(seconds=10)
            await api.send(Outgoing(HERS, OURS, "", body))
        await api.send(Outgoing(Address("+15550124"), OURS, "", "to another"))

        listed = await api.sent_to(HERS, began - timedelta(seconds=20))

        assert [sent.body for sent in listed] == ["three", "two"]


async def test_what_twilio_has_not_sent_on_yet_is_listed() -> None:
    """Asked by DateSent, Twilio would not have it, and we would send it again."""
    async with asking() as (server, api):
        server.is_stuck = True
        server.faults.add(Fault("send", "lost"))
        with pytest.raises(TwilioUnclear):
            await api.send(HELLO)

        listed = await api.sent_to(HERS, datetime.now(UTC) - LATELY)

        assert [sent.body for sent in listed] == ["hello"]


async def test_messages_of_hers_are_not_listed_as_ours() -> None:
    async with asking() as (server, api):
        server.number(HERS)
        server.deliver_to(server.url)
        await api.send(HELLO)
        await server.texts("+15550199", HERS, "to a number of ours")

        listed = await api.sent_to(HERS, datetime.now(UTC) - LATELY)

        assert [sent.body for sent in listed] == ["hello"]


async def test_more_than_a_page_is_listed() -> None:
    async with asking() as (server, api):
        for at in range(103):
            await api.send(Outgoing(HERS, OURS, "", str(at)))

        listed = await api.sent_to(HERS, datetime.now(UTC) - LATELY)

        assert len(listed) == 103
        assert len(server.called("list")) == 2


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Fault("send", "refused", code=21610), 21610, 400),
        (Fault("send", "refused", code=20003, status=401), 20003, 401),
        (Fault("send", "problem", code=21211), 21211, 400),
        (Fault("send", "problem", code=20404, status=404), 20404, 404),
    ],
)
async def test_a_refusal_keeps_its_code_in_either_form(
    fault: Fault, code: int, status: int
) -> None:
    """RFC 9457 problems are no `TwilioRestException`: only their base is the same."""
    async with asking() as (server, api):
        server.faults.add(fault)

        with pytest.raises(TwilioRefused) as refused:
            await api.send(HELLO)
        assert (refused.value.code, refused.value.status) == (code, status)
        assert not server.messages


def test_the_two_exceptions_of_the_sdk_are_strangers() -> None:
    assert not issubclass(TwilioServiceException, TwilioRestException)


async def test_a_problem_that_says_too_many_is_busy() -> None:
    async with asking() as (server, api):
        server.faults.add(Fault("send", "problem", code=20429, status=400))

        with pytest.raises(TwilioBusy):
            await api.send(HELLO)


async def test_an_answer_that_cannot_be_read_leaves_it_unclear() -> None:
    async with asking() as (server, api):
        server.faults.add(Fault("send", "not_json"))
        with pytest.raises(TwilioUnclear):
            await api.send(HELLO)
        server.faults.add(Fault("list", "not_json"))
        with pytest.raises(TwilioFailed):
            await api.sent_to(HERS, datetime.now(UTC))


async def test_the_environment_does_not_move_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would ask `127.<edge>.<region>.0.1`."""
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "f" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "not ours")
    async with asking() as (server, api):
        await api.send(HELLO)

        (call,) = server.called("send")
        assert (call.user, call.outcome) == (server.account, "201")


async def test_a_key_stands_in_for_the_token() -> None:
    async with twilio_running() as server:
        server.number(OURS)
        server.api_keys["SK" + "a" * 32] = "a-secret"
        api = TwilioApi(
            server.account,
            "a wrong token",
            base_url=server.url,
            api_key="SK" + "a" * 32,
            api_secret="a-secret",
        )
        await api.send(HELLO)
        await api.close()

        assert server.called("send")[0].user == "SK" + "a" * 32


async def test_after_its_end_it_says_that_nothing_was_done() -> None:
    async with asking() as (server, api):
        await api.send(HELLO)
        await api.close()

        with pytest.raises(TwilioFailed):
            await api.send(HELLO)
        assert len(server.messages) == 1


def test_no_secret_number_or_text_is_shown() -> None:
    api = TwilioApi("AC1", "a-token", api_key="SK1", api_secret="a-secret")
    outgoing = Outgoing(HERS, OURS, "", "a text", Template("HX1", {"1": "Ann"}))

    for hidden in ("a-token", "a-secret", "+1555", "a text", "Ann"):
        assert hidden not in repr(api) + repr(outgoing)
