"""What customers send: kept before it is answered, acted on once, in order."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreFailed
from bot.humans.escalation import Reason
from bot.log import (
    Body,
    Choice,
    ChoicesOffered,
    MessageAccepted,
    MessageEnded,
    SurveyAnswered,
    SurveyAsked,
)
from bot.sms.inbox import INBOX
from bot.sms.parts import Keeping
from bot.stores.base import Draft, Write
from bot.stores.cabinet import Entry
from channels.sms.inbound import Inbound, MediaRef
from channels.twilio.base import Address
from channels.upload import MOST_FILE_BYTES
from routing.models.scripted import Hold
from tests.bot.sms.stage import (
    ANNA,
    OURS,
    PUBLIC_URL,
    SAM,
    Fast,
    Kept,
    Scene,
    Shared,
    conversation_of,
    prepared,
    process,
    scene,
)
from tests.bot.stage import ANSWER, END, says, words
from tests.emulators.twilio import Fault, twilio_running

SAID = "Your card arrives in five working days. You can follow it in the app."
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20
PDF = b"%PDF-1.7 a statement"


async def accepted(here: Scene, sender: str = SAM, to: str = OURS) -> list[MessageAccepted]:
    events = await here.events(conversation_of(sender, to))
    return [one.body for one in events if isinstance(one.body, MessageAccepted)]


async def test_a_text_is_answered_by_one_text_without_marks(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        delivery = await here.texts()
        await here.rest()

        assert (delivery.status, delivery.content_type) == (200, "text/xml; charset=utf-8")
        assert here.sam.received == [SAID]
        assert not here.server.debugger


@pytest.mark.promise("S9")
async def test_a_message_that_comes_twice_to_two_workers_is_one_turn(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    async with twilio_running() as server, AsyncExitStack() as stack:
        shared = Shared(Fast())
        prepared(server, shared)
        first, second = [
            await stack.enter_async_context(process(tmp_path / name, server, shared))
            for name in "ab"
        ]
        server.deliver_to(first.url, PUBLIC_URL)
        targets = (first.url, second.url) * 2
        delivery = await server.texts(
            SAM, OURS, "When will my card arrive?", has_new_tokens=True, targets=targets
        )
        await server.redelivers(delivery)
        await first.rest()
        await second.rest()

        assert [one.status for one in (delivery, *delivery.others)] == [200] * 4
        assert len(await accepted(first)) == 1
        assert first.sam.received == [SAID]


@pytest.mark.promise("S10")
async def test_a_webhook_is_answered_before_the_model_has_said_anything(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [(Hold(held), *words(ANSWER), END)]) as here:
        delivery = await here.texts()

        assert (delivery.status, here.sam.received) == (200, [])
        assert "<Response/>" in delivery.body
        held.set()
        await here.rest()
        assert here.sam.received == [SAID]
        assert [call.outcome for call in here.server.called("send")] == ["201"]


class Failing(Kept):
    """A cabinet that takes nothing into the inbox while it is told so."""

    is_failing = True

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        if self.is_failing and entry.kind == INBOX:
            raise StoreFailed("the disk is full")
        return await super().put(entry, is_new)


@pytest.mark.promise("S11")
async def test_what_could_not_be_kept_is_refused_and_comes_again(tmp_path: Path) -> None:
    async with twilio_running() as server, AsyncExitStack() as stack:
        shared = Shared(Fast())
        prepared(server, shared)
        failing = Failing.__new__(Failing)

        def keeping(kept: Keeping) -> Keeping:
            assert isinstance(kept, Kept)
            failing.__init__(kept.cabinet, kept.slots)  # type: ignore[misc]  # made before it
            return failing

        here = await stack.enter_async_context(process(tmp_path, server, shared, keeping=keeping))
        server.deliver_to(here.url, PUBLIC_URL)
        refused = await here.texts()
        await here.rest()
        nothing = list(here.sam.received)
        failing.is_failing = False
        taken = await server.redelivers(refused)
        await here.rest()

        assert (refused.status, nothing) == (503, [])
        assert (taken.status, here.sam.received) == (200, [SAID])


@pytest.mark.promise("S11")
async def test_a_model_that_fails_costs_the_customer_no_answer(tmp_path: Path) -> None:
    async with scene(tmp_path, [()]) as here:
        delivery = await here.texts()
        await here.rest()

        assert delivery.status == 200
        assert here.sam.received


async def test_nothing_of_where_a_number_lives_is_kept(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.side.queue.kick = lambda: None  # type: ignore[method-assign]  # it is looked at first
        await here.texts(ProfileName="Sam Sample", Unheard="of")
        [entry] = await here.shared.cabinet.find(INBOX)

        assert not any(word in entry.value for word in ("SPRINGFIELD", "Sample", "Unheard", "US"))
        assert SAM not in entry.key
        await here.rest()
        [entry] = await here.shared.cabinet.find(INBOX)
        assert entry.value == "{}"


@pytest.mark.parametrize(
    "change", [{"MessageSid": "SM1"}, {"From": ""}, {"To": ""}, {"MessageSid": ""}]
)
async def test_what_is_no_message_is_refused_and_not_kept(
    tmp_path: Path, change: dict[str, str]
) -> None:
    async with scene(tmp_path) as here:
        fields = {"MessageSid": "SM" + "1" * 32, "From": SAM, "To": OURS, "Body": "hello"}
        delivery = await here.server.posts("/channels/sms", fields | change)

        assert delivery.status == 400
        assert await here.shared.cabinet.find(INBOX) == ()


@pytest.mark.promise("S26")
async def test_our_own_numbers_and_other_accounts_are_not_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.texts("hello", to="+15550101")
        await here.rest()
        before = list(here.sam.received)
        await here.texts("hello", sender=OURS, to="+15550101")
        await here.texts("hello", sender="+15550101", to=OURS)
        stranger = await here.texts("hello", sender=ANNA, AccountSid="AC" + "9" * 32)
        await here.rest()

        assert stranger.status == 403
        assert here.sam.received == before
        assert here.server.phone(ANNA).received == []
        assert len(here.server.called("send")) == len(before)


@pytest.mark.promise("S22")
async def test_pictures_without_words_are_one_turn_with_two_files(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.texts("", media=[(PNG, "image/png"), (PDF, "application/pdf")])
        await here.rest()

        [message] = await accepted(here)
        assert [file.media_type for file in message.attachments] == ["image/png", "application/pdf"]
        files = here.stage.services.files
        kept = [await files.get(here.conversation, file.file_id) for file in message.attachments]
        assert kept == [PNG, PDF]
        assert message.text == ""


@pytest.mark.promise("S22")
@pytest.mark.parametrize(
    "picture",
    [
        (b"MZ not a picture", "image/png"),
        (b"PK\x03\x04", "application/zip"),
        (PNG + b"\x00" * MOST_FILE_BYTES, "image/png"),
    ],
    ids=["another type", "no type of ours", "too large"],
)
async def test_a_file_that_is_not_taken_is_said(tmp_path: Path, picture: tuple[bytes, str]) -> None:
    async with scene(tmp_path) as here:
        await here.texts("Here it is", media=[picture])
        await here.rest()

        [message] = await accepted(here)
        assert (message.text, message.attachments) == ("Here it is", ())
        assert any("could not be accepted" in text for text in here.sam.received)


@pytest.mark.promise("S22")
async def test_a_file_that_cannot_be_fetched_now_is_fetched_later(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("media", "server_error", times=2))
        await here.texts("", media=[(PNG, "image/png")])
        await here.texts("And this is why")
        await here.rest()

        first, second = await accepted(here)
        assert (len(first.attachments), second.text) == (1, "And this is why")


@pytest.mark.promise("S24")
async def test_two_texts_in_one_go_are_one_turn(tmp_path: Path) -> None:
    async with scene(tmp_path, quiet_s=0.3) as here:
        await here.texts("When will my card")
        await asyncio.sleep(0.05)
        await here.texts("arrive?")
        await here.rest()

        [request] = here.stage.model.requests
        asked = " ".join(message.text for message in request.messages)
        assert "When will my card" in asked
        assert "arrive?" in asked
        assert here.sam.received == [SAID]


@pytest.mark.parametrize("died_with", [3])
async def test_a_message_is_not_lost_with_the_process(tmp_path: Path, died_with: int) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    async with twilio_running() as server:
        shared = Shared(Fast())
        prepared(server, shared)
        async with process(tmp_path / "a", server, shared) as first:
            server.deliver_to(first.url, PUBLIC_URL)
            for _ in range(died_with):
                await first.texts()
        async with process(tmp_path / "b", server, shared, [says(ANSWER)] * 9) as second:
            await second.stage.manager.recover()
            await second.rest()

            assert len(await accepted(second)) == died_with
            assert second.sam.received


@pytest.mark.promise("S22")
async def test_what_comes_with_a_file_that_cannot_be_fetched_is_taken_without_it(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("media", "server_error", times=0))
        await here.texts("Here it is", media=[(PNG, "image/png")])
        await here.rest()
        here.server.faults.clear()

        [message] = await accepted(here)
        assert (message.text, message.attachments) == ("Here it is", ())
        assert any("could not be accepted" in text for text in here.sam.received)


@pytest.mark.promise("S26")
async def test_our_own_number_on_another_medium_is_not_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.number("+15550101")
        await here.texts("hello", to="+15550101")
        await here.rest()
        await here.texts("hello", sender="whatsapp:+15550101", to=f"whatsapp:{OURS}")
        await here.texts("hello", sender=f"rcs:{OURS}", to="+15550101")
        await here.rest()

        assert len(here.server.called("send")) == 1


@pytest.mark.parametrize(
    ("asked", "type_of_answer"),
    [
        (ChoicesOffered((Choice("wait", "Keep waiting"),)), MessageEnded),
        (SurveyAsked(1), SurveyAnswered),
    ],
)
async def test_an_answer_to_a_question_counts_once_when_a_process_dies_after_it(
    tmp_path: Path, asked: Body, type_of_answer: type[Body]
) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.request(here.conversation, Reason.BUTTON)
        now = here.shared.time.now()
        draft = Draft(asked, "rule")
        await here.stage.services.scribe.write(Write(here.conversation, now, events=(draft,)))
        before = len(await here.events())
        delivery = await here.texts("1")
        await here.rest()
        once = [event.body for event in await here.events()][before:]
        await acted_on_again(here, inbound(delivery.sid, "1"))

        assert any(isinstance(body, type_of_answer) for body in once)
        assert [event.body for event in await here.events()][before:] == once


async def test_a_file_that_is_not_taken_is_said_once_when_a_process_dies_after_it(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        delivery = await here.texts("", media=[(b"PK", "application/zip")])
        await here.rest()
        media = (MediaRef("https://api.twilio.com/file", "application/zip"),)
        await acted_on_again(here, replace(inbound(delivery.sid, ""), media=media))

        assert len(here.sam.received) == 1


async def test_what_a_dead_process_had_taken_is_acted_on_at_the_start(tmp_path: Path) -> None:
    async with twilio_running() as server:
        shared = Shared(Fast())
        prepared(server, shared)
        value = json.dumps(asdict(inbound("SM" + "1" * 32, "When will my card arrive?")))
        now = shared.time.now()
        await shared.cabinet.put(
            Entry(INBOX, "SM" + "1" * 32, value, now, now + timedelta(hours=1))
        )
        async with process(tmp_path, server, shared) as here:
            await here.rest()

            assert here.sam.received == [SAID]


def inbound(sid: str, text: str) -> Inbound:
    return Inbound(sid, "", "", Address(SAM), Address(OURS), text, (), "")


async def acted_on_again(here: Scene, one: Inbound) -> None:
    """Let a message be acted on that was, by a process that died before it could note that."""
    [entry] = await here.shared.cabinet.find(INBOX, one.sid)
    value = json.dumps(asdict(one))
    await here.shared.cabinet.put(replace(entry, value=value, due_at=entry.at))
    here.side.queue.kick()
    await here.rest()
