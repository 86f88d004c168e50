"""Transcripts of calls that are over, through the real SDK, and the word that they are there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.errors import ChannelRefused
from channels.twilio.api import TwilioApi, domain_of
from channels.twilio.base import CallTranscripts
from channels.twilio.errors import TwilioBusy, TwilioFailed, TwilioRefused
from channels.twilio.form import Form
from channels.twilio.intelligence import READY, Available, available_of
from tests.emulators.twilio import Fault, TwilioServer, twilio_running

CALL, SID = "CA" + "1" * 32, "GT" + "2" * 32
SAID = [(1, "Hello, how can I help?"), (2, "Where is my card?"), (1, "On its way.")]


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[TwilioServer, CallTranscripts]]:
    async with twilio_running() as server:
        api = TwilioApi(server.account, server.auth_token, base_url=server.url)
        try:
            yield server, api
        finally:
            await api.close()


async def test_every_page_of_a_transcript_is_read_in_order() -> None:
    async with asking() as (server, api):
        server.sentences_page = 2
        made = server.transcribed(CALL, SAID)
        said = await api.sentences(made.sid)

        assert [(one.channel, one.text) for one in said] == SAID
        assert [one.number for one in said] == [0, 1, 2]
        assert [call.path for call in server.called("transcript")] == [
            f"/v2/Transcripts/{made.sid}/Sentences"
        ] * 2


async def test_a_transcript_says_which_call_it_is_of() -> None:
    async with asking() as (server, api):
        assert await api.call_of(server.transcribed(CALL, SAID).sid) == CALL
        assert await api.call_of(server.transcribed("", SAID, customer_key=CALL).sid) == CALL
        assert await api.call_of(server.transcribed("", SAID).sid) == ""


async def test_what_goes_wrong_is_told_apart() -> None:
    async with asking() as (server, api):
        with pytest.raises(TwilioRefused) as unknown:
            await api.call_of(SID)
        with pytest.raises(TwilioRefused):
            await api.call_of("../Services")
        server.faults.add(Fault("transcript", "busy", retry_after_s=3))
        with pytest.raises(TwilioBusy) as busy:
            await api.sentences(SID)
        server.faults.add(Fault("transcript", "server_error"))
        with pytest.raises(TwilioFailed):
            await api.call_of(SID)

        assert unknown.value.status == 404
        assert busy.value.retry_after_s == 3
        assert len(server.called("transcript")) == 3


def test_a_region_has_another_host_for_transcripts_and_a_stand_in_the_same() -> None:
    region = "https://api.dublin.ie1.twilio.com"

    assert domain_of(region, "intelligence") == "https://intelligence.dublin.ie1.twilio.com"
    assert domain_of("http://127.0.0.1:81", "intelligence") == "http://127.0.0.1:81"


def test_the_word_of_a_transcript_is_read_from_a_form_and_from_json() -> None:
    fields = {"transcript_sid": SID, "customer_key": CALL, "event_type": READY}

    assert available_of(Form(tuple(fields.items())), {}) == Available(SID, CALL)
    assert available_of(Form(), {**fields, "customer_key": None}) == Available(SID, "")
    assert available_of(Form(), {**fields, "event_type": "something_else"}) is None


@pytest.mark.parametrize("fields", [{}, {"transcript_sid": 7}, {"transcript_sid": "GT1"}])
def test_who_names_no_transcript_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ChannelRefused):
        available_of(Form(), fields)


def test_a_transcript_of_another_account_is_refused() -> None:
    fields = {"transcript_sid": SID, "account_sid": "AC" + "3" * 32}

    with pytest.raises(ChannelRefused):
        available_of(Form(), fields, "AC" + "4" * 32)
