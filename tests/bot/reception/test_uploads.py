"""Files in whole turns: what the log, the model, the human and the customer see of them."""

import json
from pathlib import Path

import pytest

from bot.fixed.texts import TEXTS, Said
from bot.log import Attachment, ChoicesOffered, MessageAccepted, MessageEnded
from bot.reception.files import FileShelf
from bot.stores.base import EventsOfType, Owner
from channels.base import Chose, ConversationId, Opening, Uploaded, WantsHuman
from channels.base import Said as Spoke
from channels.errors import ChannelBusy, ChannelRefused
from channels.upload import MOST_FILES
from routing.request import Redacted
from tests.bot.reception.test_files import files_in
from tests.bot.stage import ANSWER, KEY, Stage, says, staged

CANARY = b"the canary in the file sings 8675309"
NAME = "kim.canary0001@example.com.pdf"


def file(number: int = 1, name: str = "letter.pdf", content: bytes = b"%PDF-1.7") -> Uploaded:
    return Uploaded(f"f-{number:024x}", name, "application/pdf", content)


async def send(stage: Stage, text: str = "", *files: Uploaded, key: str = "k1") -> None:
    for each in files:
        await stage.act(each)
    await stage.act(Spoke(key, text, tuple(each.file_id for each in files)))


async def accepted(stage: Stage) -> MessageAccepted:
    query = EventsOfType(stage.conversation, (MessageAccepted.TYPE,))
    body = (await stage.services.store.find(query))[-1].body
    assert isinstance(body, MessageAccepted)
    return body


async def test_an_upload_alone_is_not_in_the_log(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(file())

        assert await stage.events() == ()
        assert await stage.services.files.count(stage.conversation) == 1


async def test_a_message_carries_its_file_and_the_model_is_told_its_name(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "When will my card arrive?", file(name="my letter.pdf"))
        answer = (await stage.answers())[0]
        request = stage.model.requests[0]

        assert (await accepted(stage)).attachments == (
            Attachment(file().file_id, Redacted("my letter.pdf"), "application/pdf", 8),
        )
        assert answer.text == ANSWER
        said = request.messages[-1].text
        assert said == "When will my card arrive?\n[file: my letter.pdf]"
        assert "cannot see what is in it" in request.system


async def test_without_files_the_model_hears_nothing_of_them(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()

        assert "file" not in stage.model.requests[0].system


async def test_the_name_of_a_file_is_no_part_of_the_question_without_a_model(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        named = "Screenshot zebra quartz umbrella volcano.pdf"
        await send(stage, "When will my card arrive?", file(name=named))
        answer = (await stage.answers())[0]

        assert "five working days" in answer.text
        assert "zebra" not in answer.text


async def test_a_file_without_a_word_is_thanked_for_and_a_human_is_offered(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "", file())
        answer = (await stage.answers())[0]
        events = await stage.until_idle()
        choices = [each.body for each in events if isinstance(each.body, ChoicesOffered)]

        assert answer.text == TEXTS["en"][Said.GOT_FILE_OFFER]
        assert len(choices) == 1
        assert stage.model.requests == []
        await stage.act(Chose("human"))
        await stage.answers(2)
        assert (await stage.head()).owner is Owner.QUEUE


async def test_a_human_is_offered_once_and_every_further_file_is_thanked_for(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "", file(1), key="k1")
        await stage.answers()
        await stage.until_idle()
        await send(stage, "", file(2), key="k2")
        answers = await stage.answers(2)
        events = await stage.until_idle()

        assert answers[1].text == TEXTS["en"][Said.GOT_FILE]
        assert sum(isinstance(each.body, ChoicesOffered) for each in events) == 1
        assert (await stage.head()).owner is Owner.BOT


async def test_who_waits_for_a_human_is_not_offered_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(WantsHuman())
        await stage.answers()
        await send(stage, "", file())
        answers = await stage.answers(2)
        await stage.until_idle()
        await stage.services.outbox.send_due()

        assert answers[1].text == TEXTS["en"][Said.GOT_FILE]
        lines = [line.text for line in stage.desk.lines]
        assert lines == ["[file: letter.pdf]"]


async def test_a_question_that_follows_a_file_is_answered(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "", file())
        await stage.answers()
        await stage.until_idle()
        await stage.say("When will my card arrive?")
        answers = await stage.answers(2)

        assert answers[1].text == ANSWER
        assert [m.text for m in stage.model.requests[0].messages] == [
            "[file: letter.pdf]",
            TEXTS["en"][Said.GOT_FILE_OFFER],
            "When will my card arrive?",
        ]


async def test_a_request_for_a_human_with_a_file_is_handed_over_with_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "I want to talk to a person please", file())
        await stage.answers()
        await stage.until_idle()
        await stage.services.outbox.send_due()
        card = next(iter(stage.desk.cards.values()))

        assert card.ask == "I want to talk to a person please [file: letter.pdf]"


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (NAME, "[EMAIL_1].pdf"),
        ("statement_kim.canary0001@example.com.pdf", "statement [EMAIL_1].pdf"),
        ("card_4111_1111_1111_1111.pdf", "card [CREDIT_CARD ****1111].pdf"),
        ("call 212-555-0134.pdf", "call [PHONE_1].pdf"),
        ("[EMAIL_1].pdf", "(EMAIL 1).pdf"),
    ],
)
async def test_a_name_is_logged_without_personal_data(tmp_path: Path, name: str, kept: str) -> None:
    async with staged(tmp_path, [says("Yes.")]) as stage:
        await send(stage, "See this", file(name=name))
        await stage.answers()

        assert (await accepted(stage)).attachments[0].name == kept
        assert stage.model.requests[0].messages[0].text == f"See this\n[file: {kept}]"


async def test_the_proven_customer_sees_the_name_as_it_was(tmp_path: Path) -> None:
    async with staged(tmp_path, customer="u-1") as stage:
        await send(stage, "", file(name=NAME))
        await stage.answers()
        his = await stage.reception.history(stage.conversation, 0, None, True)
        theirs = await stage.reception.history(stage.conversation, 99, None, False)
        shown = json.loads(his.frames[0].json)
        snapshot = json.loads(theirs.frames[0].json)

        assert shown["attachments"] == [
            {"file_id": file().file_id, "name": NAME, "media_type": "application/pdf", "size": 8}
        ]
        assert snapshot["messages"][0]["attachments"][0]["name"] == "[EMAIL_1].pdf"


async def test_a_file_of_another_conversation_is_refused_and_nothing_is_said(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        other = await stage.reception.open(Opening("pk_demo", "", None, "en"))
        await stage.reception.accept(other.conversation, file())

        with pytest.raises(ChannelRefused, match="unknown_file"):
            await stage.act(Spoke("k1", "Hi", (file().file_id,)))
        assert await stage.events() == ()


async def test_files_without_a_conversation_and_too_many_of_them_are_refused(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        for number in range(MOST_FILES):
            await stage.act(file(number))

        with pytest.raises(ChannelRefused, match="too_many_files"):
            await stage.act(file(99))
        with pytest.raises(ChannelRefused, match="gone"):
            await stage.reception.accept(ConversationId("c-nobody"), file())


async def test_a_message_with_a_file_that_is_sent_again_is_one_message(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "", file())
        await stage.answers()
        said = Spoke("k1", "", (file().file_id,))
        again = await stage.reception.accept(stage.conversation, said)
        events = await stage.until_idle()

        assert "letter.pdf" in again[0].json
        assert sum(isinstance(each.body, MessageAccepted) for each in events) == 1
        assert sum(isinstance(each.body, MessageEnded) for each in events) == 1


async def test_a_file_that_cannot_be_kept_or_read_may_be_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(file())
        (tmp_path / "files" / stage.conversation / file().file_id).write_bytes(b"broken")

        with pytest.raises(ChannelBusy):
            await stage.act(Spoke("k1", "", (file().file_id,)))
        monkeypatch.setattr("bot.reception.files.LEAST_FREE_BYTES", 1 << 60)
        with pytest.raises(ChannelBusy):
            await stage.act(file(2))


@pytest.mark.promise("P1")
async def test_neither_content_nor_name_is_anywhere_in_clear(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await send(stage, "See", file(name=NAME, content=CANARY))
        await stage.answers()
        events = await stage.until_idle()
        written = [path.read_bytes() for path in files_in(tmp_path)]

        everything = b"".join((*written, repr(events).encode()))
        assert b"canary" not in everything
        shelf = FileShelf(tmp_path / "files", KEY, stage.services.tenant.id)
        assert await shelf.get(stage.conversation, file().file_id) == CANARY
