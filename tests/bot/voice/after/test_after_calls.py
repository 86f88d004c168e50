"""Transcripts that are made after calls: fetched, however long it takes, and written down once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.log import Author
from bot.services import Services
from bot.stores.base import Owner
from bot.voice.after.after_calls import AFTER, AfterCalls
from bot.voice.after.transcripts import QUARANTINE
from channels.twilio.api import TwilioApi
from tests.bot.stage import WAIT_S
from tests.bot.voice.after.test_transcripts import AGENT, CARD, CUSTOMER, after_transfer, tells
from tests.bot.voice.scene import ACCOUNT, Scene, called, taking_calls, with_a_human
from tests.emulators.twilio import Fault, TwilioServer, twilio_running
from tests.emulators.twilio.relay import Caller

SAID = [
    (1, "Hello, how can I help?"),
    (2, f"My card is {CARD}."),
    (1, "Let me look."),
    (2, "Thank you very much."),
]
WRITTEN = [
    (Author.HUMAN, "Hello, how can I help?"),
    (Author.CUSTOMER, "My card is [CREDIT_CARD ****1111]."),
    (Author.HUMAN, "Let me look."),
    (Author.CUSTOMER, "Thank you very much."),
]


@asynccontextmanager
async def twilio() -> AsyncIterator[tuple[TwilioServer, TwilioApi]]:
    async with twilio_running() as server:
        api = TwilioApi(server.account, server.auth_token, base_url=server.url)
        try:
            yield server, api
        finally:
            await api.close()


async def ends(caller: Caller) -> None:
    fields = {"CallSid": caller.sid, "CallStatus": "completed", "QueueResult": "bridged"}
    url = f"{ACCOUNT.public_url}/channels/voice/end"
    await caller.call.post(url, {"AccountSid": ACCOUNT.account, **fields})


async def fetched(scene: Scene) -> None:
    """Wait until nothing is left to be fetched."""
    async with asyncio.timeout(WAIT_S):
        while await scene.cabinet.find(AFTER):  # noqa: ASYNC110 - another task does it
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("is_json", [False, True])
async def test_what_was_said_to_a_human_is_written_down_after_the_call(
    tmp_path: Path, is_json: bool
) -> None:
    async with twilio() as (server, api), with_a_human(tmp_path, api) as (scene, caller):
        server.deliver_to(scene.url)
        server.sentences_page = 3
        await ends(caller)
        before = await scene.head(caller)
        made = server.transcribed(caller.sid, SAID)
        told = [await server.tells_of(made, is_json=is_json) for _ in range(2)]
        await fetched(scene)
        await server.tells_of(made, is_json=is_json)
        await fetched(scene)
        await scene.stage.until_idle()
        head = await scene.head(caller)

        assert [one.status for one in told] == [200, 200]
        assert await after_transfer(scene, caller) == WRITTEN
        assert (head.owner, head.is_open) == (Owner.BOT, False)
        assert (head.episode, head.asked_seq) == (before.episode, before.asked_seq)
        assert scene.stage.model.requests == []


async def test_what_was_written_down_during_the_call_is_not_written_again(tmp_path: Path) -> None:
    async with twilio() as (server, api), with_a_human(tmp_path, api) as (scene, caller):
        server.deliver_to(scene.url)
        await tells(caller, 1, AGENT, "hello how can i help")
        await tells(caller, 2, CUSTOMER, f"My card is {CARD}")
        await tells(caller, 4, AGENT, "Let me look.")
        await ends(caller)
        await server.tells_of(server.transcribed(caller.sid, SAID))
        await fetched(scene)

        assert await after_transfer(scene, caller) == [
            (Author.HUMAN, "hello how can i help"),
            (Author.CUSTOMER, "My card is [CREDIT_CARD ****1111]"),
            (Author.HUMAN, "Let me look."),
            (Author.CUSTOMER, "Thank you very much."),
        ]


async def test_of_a_call_that_the_bot_has_answered_the_log_has_everything(tmp_path: Path) -> None:
    async with (
        twilio() as (server, api),
        taking_calls(tmp_path, twilio=api) as scene,
        called(scene) as caller,
    ):
        server.deliver_to(scene.url)
        await caller.says("When will my card arrive?")
        await caller.hears_out()
        lines = await scene.lines(caller)
        await server.tells_of(server.transcribed(caller.sid, [(2, "Hm, what?")]))
        await fetched(scene)

        assert await scene.lines(caller) == lines


async def test_a_transcript_of_a_call_that_was_never_ours_is_set_aside_unread(
    tmp_path: Path,
) -> None:
    async with twilio() as (server, api), taking_calls(tmp_path, twilio=api) as scene:
        server.deliver_to(scene.url)
        made = server.transcribed("CA" + "9" * 32, SAID)
        told = await server.tells_of(made)
        await fetched(scene)
        (aside,) = await scene.cabinet.find(QUARANTINE)

        assert told.status == 200
        assert json.loads(aside.value)["kind"] == "unknown_call"
        assert not [call for call in server.calls if call.path.endswith("/Sentences")]


class Later:
    """A clock of the house that can be put forward."""

    def __init__(self, services: Services) -> None:
        self._now = services.clock.now
        self.by = timedelta()
        self.clock = Clock(lambda: self._now() + self.by, services.clock.monotonic)


async def test_what_cannot_be_fetched_is_fetched_later_by_whoever_is_there_then(
    tmp_path: Path,
) -> None:
    async with twilio() as (server, api), with_a_human(tmp_path, api) as (scene, caller):
        server.deliver_to(scene.url)
        server.faults.add(Fault("transcript", "server_error", times=1))
        await server.tells_of(server.transcribed(caller.sid, SAID))
        await server.until(lambda: len(server.called("transcript")) == 1)
        await scene.until(lambda: server.faults.left == [])
        later = Later(scene.stage.services)
        services = replace(scene.stage.services, clock=later.clock)
        parts = scene.side.parts
        other = AfterCalls(services, scene.side.transcripts, scene.cabinet, api, parts.wait)
        await other.look()
        early = await after_transfer(scene, caller)
        later.by = timedelta(minutes=3)
        await other.look()

        assert early == []
        assert await after_transfer(scene, caller) == WRITTEN
        assert await scene.cabinet.find(AFTER) == ()
