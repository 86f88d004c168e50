"""What becomes of a message under a card that is edited, deleted, or overtaken."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.humans.terms import DeskTerms
from bot.stores.base import Owner
from tests.bot.slack.desk.scene import CHANNEL, DANA, LEE, PNG, TEAM, claimed, human, scene
from tests.emulators.slack import Fault

DONE, NOT = ["white_check_mark"], ["x"]


@pytest.mark.promise("K64")
async def test_bots_edits_joins_and_what_we_say_ourselves_are_no_replies(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.stage.say("Are you there?")
        await play.outbox.send_due()
        await play.server.bot_says(TEAM, CHANNEL, "Deployed.", thread=play.card.ts)
        await play.server.joins(TEAM, CHANNEL, LEE)
        ts = await play.says(DANA, "Yes.")
        await play.server.unfurls(TEAM, CHANNEL, ts)
        await play.server.reacts(TEAM, CHANNEL, ts, LEE, "tada")
        await play.server.settled()

        assert await play.said() == ["Yes."]
        assert await play.notes() == []
        assert play.failures == []


async def test_what_is_claimed_and_sent_brings_its_file_and_its_latest_wording(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        ts = await play.says(DANA, "Yuor label", files=[("a.png", PNG)])
        await play.server.edits(TEAM, CHANNEL, ts, "Your label")
        await play.answers(DANA, "claim_send")
        [reply] = await play.replies()

        assert reply.text == "Your label"
        assert [file.name for file in reply.attachments] == ["a.png"]


@pytest.mark.promise("K66")
async def test_an_edit_in_time_corrects_the_one_message(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "It arives on Monday.")
        await play.server.edits(TEAM, CHANNEL, ts, "It arrives on Monday.")
        await play.repeat()
        replies = await play.replies()
        shown = (await play.stage.history()).frames

        assert {reply.message_id for reply in replies} == {f"hT1:C1:{ts}"}
        assert replies[-1].text == "It arrives on Monday."
        assert len([frame for frame in shown if frame.type == "message.start"]) == 2


@pytest.mark.promise("K66")
async def test_an_edit_too_late_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async with scene(tmp_path, DeskTerms(edit_s=0.0)) as play:
        await claimed(play)
        ts = await play.says(DANA, "It arives on Monday.")
        await play.server.edits(TEAM, CHANNEL, ts, "It arrives on Monday.")

        assert await play.said() == ["It arives on Monday."]
        assert "still reads it" in play.whispers()[-1]


@pytest.mark.promise("K66")
async def test_a_note_that_is_edited_stays_a_note(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        marked = await play.says(DANA, ";; he is angry")
        await play.server.edits(TEAM, CHANNEL, marked, "he is angry")
        theirs = await play.says(LEE, "Shall I?")
        await play.server.edits(TEAM, CHANNEL, theirs, "Shall I help?")

        assert await play.said() == []
        assert play.whispers() == []


@pytest.mark.promise("K66")
async def test_what_was_deleted_before_it_was_sent_is_not_sent(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        ts = await play.says(DANA, "Sorry, wrong thread")
        await play.server.deletes(TEAM, CHANNEL, ts)
        await play.answers(DANA, "claim_send")

        assert await play.said() == []
        assert (await play.stage.head()).owner is Owner.QUEUE
        assert "deleted" in play.whispers()[-1]


@pytest.mark.promise("K66")
async def test_a_deletion_overtakes_a_message_that_is_on_its_way(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "server_error"))
        ts = await play.says(DANA, "Sorry, wrong thread", files=[("a.png", PNG)])
        late = play.last()
        await play.server.deletes(TEAM, CHANNEL, ts)
        await play.server.redeliver(late)

        assert await play.said() == []


@pytest.mark.promise("K66")
async def test_a_deletion_is_seen_while_a_file_of_the_message_is_fetched(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "slow", delay_s=0.2))
        writing = asyncio.ensure_future(play.says(DANA, "Oh no", files=[("a.png", PNG)]))
        await play.server.until(lambda: play.server.called("download"))
        deleting = asyncio.ensure_future(play.server.deletes(TEAM, CHANNEL, play.thread()[-1].ts))
        await asyncio.gather(writing, deleting)

        assert await play.said() == []
        assert play.whispers() == []


@pytest.mark.promise("K66")
async def test_who_deletes_what_was_sent_is_told_that_it_was(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "It arrives on Monday.")
        await play.server.deletes(TEAM, CHANNEL, ts)

        assert await play.said() == ["It arrives on Monday."]
        assert "still reads it" in play.whispers()[-1]


@pytest.mark.promise("B14")
async def test_a_floor_that_moves_while_a_file_is_fetched_leaves_the_text_unsent(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "slow", delay_s=0.1))
        writing = asyncio.ensure_future(play.says(DANA, "My answer", files=[("a.png", PNG)]))
        await play.server.until(lambda: play.server.called("download"))
        await play.stage.handoffs.assign(play.stage.conversation, human(DANA), human(LEE))
        ts = await writing

        assert await play.said() == []
        assert play.reactions(ts) == NOT
        assert "<@U2> has this conversation" in play.whispers()[-1]
        assert '"reason":"NotYours"' in (await play.audited("reply.refused"))[0]
        await play.repeat()
        await play.stage.handoffs.assign(play.stage.conversation, human(LEE), human(DANA))
        await play.repeat()
        assert await play.said() == []


@pytest.mark.promise("B14")
async def test_a_floor_that_went_and_came_back_meanwhile_has_moved_too(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "slow", delay_s=0.1))
        writing = asyncio.ensure_future(play.says(DANA, "My answer", files=[("a.png", PNG)]))
        await play.server.until(lambda: play.server.called("download"))
        await play.stage.handoffs.assign(play.stage.conversation, human(DANA), human(LEE))
        await play.stage.handoffs.assign(play.stage.conversation, human(LEE), human(DANA))
        ts = await writing

        assert await play.said() == []
        assert play.reactions(ts) == NOT
        assert "moved on meanwhile" in play.whispers()[-1]


@pytest.mark.parametrize("is_released", [False, True])
async def test_a_message_that_comes_again_after_a_crash_is_recognised_by_the_log(
    tmp_path: Path, is_released: bool
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "It arrives on Monday.")
        entry = (await play.parts.cabinet.find("slack.said"))[0]
        value = json.dumps({**json.loads(entry.value), "message_id": "-sending"})
        await play.parts.cabinet.put(replace(entry, value=value))
        if is_released:
            await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.repeat()

        assert await play.said() == ["It arrives on Monday."]
        assert play.reactions(ts) == DONE
        assert await play.notes() == []


async def test_a_message_whose_author_lost_the_floor_between_two_tries_is_refused(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.faults.add(Fault("download", "server_error"))
        ts = await play.says(DANA, "My answer", files=[("a.png", PNG)])
        late = play.last()
        await play.stage.handoffs.assign(play.stage.conversation, human(DANA), human(LEE))
        await play.server.redeliver(late)

        assert await play.said() == []
        assert play.reactions(ts) == NOT


async def test_when_the_matter_is_over_its_thread_reaches_nobody_and_says_so(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.stage.handoffs.resolve(play.stage.conversation, human(DANA))
        await play.says(DANA, "One more thing")
        await play.says(DANA, ";; and a note")
        whispered = play.whispers()
        await play.stage.say("I have another question")
        await play.stage.until_idle()
        await play.stage.handoffs.claim(play.stage.conversation, human(DANA))
        await play.says(DANA, "In the old thread")

        assert await play.said() == []
        assert len(whispered) == 1
        assert "over" in whispered[0]


async def test_after_the_return_to_the_bot_a_message_can_be_claimed_and_sent_until_it_is_resolved(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.says(DANA, "One more thing")
        await play.answers(DANA, "claim_send")
        assert await play.said() == ["One more thing"]
        await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.says(DANA, "And another")
        await play.stage.handoffs.claim(play.stage.conversation, human(LEE))
        await play.stage.handoffs.resolve(play.stage.conversation, human(LEE))
        await play.answers(DANA, "claim_send")

        assert await play.said() == ["One more thing"]
        assert "over" in play.whispers()[-1]


async def test_an_edit_that_cannot_be_made_any_more_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, "It arives on Monday.")
        gone = play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.server.edits(TEAM, CHANNEL, ts, "It arrives on Monday.")
        await gone
        await play.server.edits(TEAM, CHANNEL, ts, "It arrives on Tuesday.")

        assert await play.said() == ["It arives on Monday.", "It arrives on Monday."]
        assert "still reads it" in play.whispers()[-1]


async def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        ts = await play.says(DANA, "A file", files=[("a.png", PNG)])
        await play.server.deletes(TEAM, CHANNEL, ts)
        early = (await play.messages.prune(), await play.desk.prune())
        play.stage.ahead.by += timedelta(days=91)

        assert early == (0, 0)
        assert (await play.messages.prune(), await play.desk.prune()) == (2, 2)
