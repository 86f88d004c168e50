"""What humans write under a card, and what of it the customer reads."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.humans.human import named
from bot.humans.terms import DeskTerms, Mode
from bot.slack.desk.marks import Marks
from bot.slack.desk.messages import Messages
from bot.slack.desk.receipts import Receipts
from bot.stores.base import Owner
from channels.errors import ChannelBusy
from tests.bot.slack.desk.scene import (
    CHANNEL,
    DANA,
    LEE,
    OTHER,
    PNG,
    TEAM,
    claimed,
    human,
    listen,
    scene,
)
from tests.emulators.slack import Fault

DONE, NOT = ["white_check_mark"], ["x"]


@pytest.mark.promise("K65", "X107")
async def test_a_reply_under_the_card_reaches_the_customer_once_and_is_marked(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "You &amp; I (&lt;<@U2>&gt;): <https://a.example/x|your page>")
        await play.repeat()
        await play.repeat(retry=0)
        [reply] = await play.replies()

        assert reply.text == "You & I (<@Lee>): your page (https://a.example/x)"
        assert reply.message_id == f"hT1:C1:{ts}"
        assert play.reactions(ts) == DONE
        assert await play.notes() == []


@pytest.mark.promise("K65")
async def test_a_reply_carries_its_file(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.says(DANA, "Your label", files=[("card_4111111111111111.png", PNG)])
        await play.repeat()
        [reply] = await play.replies()
        [file] = reply.attachments
        kept = await play.stage.services.files.get(play.stage.conversation, file.file_id)

        assert reply.text == "Your label"
        assert "4111111111111111" not in file.name
        assert file.name.endswith(".png")
        assert (file.media_type, file.size, kept) == ("image/png", len(PNG), PNG)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.exe", b"MZ", "is none of"),
        ("photo.png", b"MZ is no picture", "is not what it is said to be"),
        ("photo.png", PNG + bytes(5 * 1024 * 1024), "is larger than 5 MiB"),
    ],
)
async def test_a_file_that_no_customer_may_have_is_not_sent_and_neither_is_its_text(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "Here it is", files=[(name, content)])

        assert await play.said() == []
        assert play.reactions(ts) == NOT
        assert why in play.whispers()[-1]


async def test_more_files_than_a_message_may_carry_are_not_sent(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "All", files=[(f"{n}.png", PNG) for n in range(6)])
        for turn in range(5):
            await play.says(DANA, "", files=[(f"{turn}{n}.png", PNG) for n in range(4)])
        full = await play.says(DANA, "", files=[("last.png", PNG)])
        sent = await play.replies()

        assert [len(reply.attachments) for reply in sent] == [4] * 5
        assert play.reactions(ts) == NOT
        assert play.reactions(full) == NOT
        assert "5 files at most" in play.whispers()[0]
        assert "as many files as it may" in play.whispers()[-1]


async def test_a_file_without_an_address_is_asked_for_and_one_that_is_gone_is_not_sent(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.server.says(TEAM, OTHER, DANA, "", files=[("a.png", PNG)])
        event = play.last().payload["event"]
        known = {"id": event["files"][0]["id"], "name": "a.png", "mimetype": "image/png"}
        for number, file in enumerate((known, {**known, "id": "F404"})):
            ts = f"{float(event['ts']) + number + 1:.6f}"
            here = {"channel": CHANNEL, "thread_ts": play.card.ts, "ts": ts, "event_ts": ts}
            await play.server.event(TEAM, {**event, **here, "files": [file]})

        assert [len(reply.attachments) for reply in await play.replies()] == [1]
        assert len(play.server.called("files.info")) == 2
        assert "cannot be read" in play.whispers()[-1]


async def test_a_file_that_slack_does_not_give_now_is_fetched_later_and_the_order_is_kept(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "server_error"))
        await play.says(DANA, "First, a picture", files=[("a.png", PNG)])
        first = play.last()
        await play.says(DANA, "Second")
        second = play.last()
        assert await play.said() == []
        assert isinstance(play.failures[-1], ChannelBusy)
        await play.server.redeliver(first)
        await play.server.redeliver(second)

        assert await play.said() == ["First, a picture", "Second"]


async def test_messages_at_once_are_said_in_the_order_of_their_ts(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "slow", delay_s=0.05))
        slow = play.says(DANA, "First, a picture", files=[("a.png", PNG)])
        quick = [play.says(DANA, f"Then {number}") for number in range(3)]
        await asyncio.gather(slow, *quick)

        assert await play.said() == ["First, a picture", "Then 0", "Then 1", "Then 2"]


async def test_what_a_human_types_is_redacted_before_it_is_kept(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.says(DANA, "I wrote to <mailto:eve@example.com|eve@example.com>.")
        vault = await play.stage.services.vaults.of(play.stage.conversation)

        assert "eve@example.com" not in json.dumps(await play.said())
        assert "[EMAIL_1]" in (await play.said())[0]
        assert vault.value_of("[EMAIL_1]") == "eve@example.com"
        assert vault.take_new() == ()


@pytest.mark.promise("K67")
async def test_a_message_elsewhere_does_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        top = await play.server.says(TEAM, CHANNEL, DANA, "Good morning all")
        in_it = await play.server.says(TEAM, CHANNEL, DANA, "and to you", thread=top)
        await play.server.edits(TEAM, CHANNEL, in_it, "and to you, too")
        await play.server.deletes(TEAM, CHANNEL, in_it)
        far = await play.server.says(TEAM, OTHER, DANA, "Good morning, complaints")
        await play.server.says(TEAM, OTHER, DANA, "and to you", thread=far)

        assert await play.said() == []
        assert await play.notes() == []
        assert play.whispers() == []
        assert play.reactions(top) == []
        assert await play.parts.cabinet.find("slack.withdrawn") == ()


@pytest.mark.promise("K85")
async def test_notes_stay_among_humans(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        marked = await play.says(DANA, ";; he is angry")
        await play.says(DANA, "Note: second time", files=[("a.png", PNG)])
        await play.says(LEE, "I know him, mail eve@example.com")
        mixed = await play.says(DANA, "I am on it.\n;; he is not easy")

        assert await play.said() == ["I am on it."]
        assert sorted(await play.notes()) == sorted(
            [
                "he is angry",
                "second time\n[file: a.png]",
                "I know him, mail [EMAIL_1]",
                "he is not easy",
            ]
        )
        assert play.reactions(marked) == []
        assert play.reactions(mixed) == DONE
        assert play.whispers(LEE) == []


@pytest.mark.parametrize("mode", [Mode.EXPLICIT, Mode.ALERTS])
async def test_in_other_modes_nothing_plain_reaches_the_customer(
    tmp_path: Path, mode: Mode
) -> None:
    async with scene(tmp_path, DeskTerms(mode=mode)) as play:
        await claimed(play)
        await play.says(DANA, "Hello")

        assert await play.said() == []
        assert await play.notes() == ["Hello"]


@pytest.mark.promise("K85")
async def test_before_the_claim_a_message_is_a_note_and_its_author_is_asked(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        ts = await play.says(DANA, "Hello, how can I help?")

        assert await play.said() == []
        assert await play.notes() == ["Hello, how can I help?"]
        assert "not* been sent" in play.whispers()[0]
        assert play.reactions(ts) == []
        await play.answers(DANA, "claim_send")
        await play.answers(DANA, "claim_send")
        assert await play.said() == ["Hello, how can I help?"]
        assert (await play.stage.head()).human == human(DANA).id
        assert play.reactions(ts) == DONE
        assert await play.notes() == ["Hello, how can I help?"]


@pytest.mark.promise("K85")
async def test_what_is_kept_as_a_note_cannot_be_sent_afterwards(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.says(DANA, "He has called before")
        prompt = play.server.ephemerals(TEAM, CHANNEL, DANA)[0]
        await play.server.clicks(TEAM, CHANNEL, prompt.ts, DANA, "keep_note")
        await play.server.clicks(TEAM, CHANNEL, prompt.ts, DANA, "claim_send")

        assert await play.said() == []
        assert (await play.stage.head()).owner is Owner.QUEUE


async def test_an_answer_about_another_thread_does_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.says(DANA, "Hello")
        prompt = play.server.ephemerals(TEAM, CHANNEL, DANA)[0]
        ours = next(one["value"] for one in prompt.blocks[-1]["elements"])
        for value in (ours.replace('"episode":1', '"episode":2'), "{}", '{"conversation":"c"}'):
            body = {
                "actions": [{"action_id": "claim_send", "value": value, "action_ts": "1.0"}],
                "user": {"id": DANA},
                "channel": {"id": CHANNEL},
            }
            await play.messages.claimed_and_sent(TEAM, body)
            await play.messages.kept(TEAM, body)

        assert await play.said() == []
        assert (await play.stage.head()).owner is Owner.QUEUE


@pytest.mark.promise("K63")
async def test_two_who_claim_and_send_at_once_are_one_winner_and_one_who_is_told_whom(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.says(DANA, "Dana here")
        await play.says(LEE, "Lee here")
        await asyncio.gather(play.answers(DANA, "claim_send"), play.answers(LEE, "claim_send"))
        winner = (await play.stage.head()).human
        loser, text = (LEE, "Dana here") if winner == human(DANA).id else (DANA, "Lee here")

        assert await play.said() == [text]
        assert f"<@{winner.split(':')[2]}> has this conversation" in play.whispers(loser)[-1]
        assert not [w for w in play.whispers(winner.split(":")[2]) if "has this" in w]


async def test_whoever_claimed_elsewhere_has_the_word_there(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.stage.handoffs.claim(play.stage.conversation, named("Robin"))
        await play.says(DANA, "Can I?")

        assert await play.said() == []
        assert await play.notes() == ["Can I?"]


async def test_a_mark_that_fails_never_fails_the_message(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("reactions.add", "error", error="too_many_reactions"))
        play.server.faults.add(Fault("reactions.add", "lost"))
        await play.says(DANA, "One")
        await play.says(DANA, "Two")

        assert await play.said() == ["One", "Two"]
        assert play.failures == []


async def test_a_medium_that_reports_marks_a_message_when_it_has_arrived(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        parts = play.parts
        marks = Marks(parts.slack, parts.cabinet, parts.services.clock)
        receipts = Receipts(parts.slack, marks, report=("web",))
        play.messages = Messages(play.parts, receipts)
        listen(play)
        await claimed(play)
        ts = await play.says(DANA, "It arrives on Monday.")
        [reply] = await play.replies()
        before = play.reactions(ts)
        await receipts.reached(reply.message_id)
        arrived = play.reactions(ts)
        await receipts.missed(reply.message_id)
        await receipts.missed("h12-3")
        await receipts.reached("h12-3")

        assert (before, arrived, play.reactions(ts)) == ([], DONE, NOT)
