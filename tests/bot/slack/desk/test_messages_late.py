"""Messages under a card that come to us late, and marks that come late to them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.log import Attachment, MessageEnded
from bot.privacy.redact import fixed
from bot.slack.desk.marks import Marks
from bot.slack.desk.messages import Messages
from bot.slack.desk.receipts import receipts_of
from channels.slack.base import Json, Slack, TeamId, Upload
from tests.bot.slack.desk.scene import DANA, PNG, claimed, human, listen, scene
from tests.emulators.slack import Fault

DONE = ["white_check_mark"]
FILE = Attachment(f"f-{'a' * 24}", fixed("form.pdf"), "application/pdf", 9)


@pytest.mark.promise("K85")
async def test_what_was_written_before_the_claim_and_comes_after_it_is_a_note(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        hearing, play.server.deliver = play.server.deliver, None
        ts = await play.says(DANA, "This one smells of fraud")
        play.server.deliver = hearing
        play.stage.ahead.by += timedelta(seconds=30)
        await play.claim()
        await play.repeat()

        assert await play.said() == []
        assert await play.notes() == ["This one smells of fraud"]
        assert play.reactions(ts) == []


async def test_a_correction_keeps_the_files_of_its_message(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        handoffs, conversation = play.stage.handoffs, play.stage.conversation
        dana = human(DANA)
        message = await handoffs.reply(conversation, dana, Reply(fixed("Heer it is."), (FILE,)))
        await handoffs.correct(conversation, dana, message, fixed("Here it is."))
        events = [event.body for event in await play.stage.events()]
        ended = [body for body in events if isinstance(body, MessageEnded)][-1]

        assert (ended.text, ended.attachments) == ("Here it is.", (FILE,))


async def test_a_note_that_comes_again_after_a_death_is_kept_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        ts = await play.says(DANA, ";; careful", files=[("a.png", PNG)])
        spot = next(iter(await play.parts.threads.all())).room
        await play.parts.threads.forget(spot, ts)
        await play.repeat()

        assert await play.notes() == ["careful\n[file: a.png]"]


class HeldMarks:
    """Implements `Slack` by another one; a mark waits until two of them do."""

    def __init__(self, inner: Slack) -> None:
        self._inner = inner
        self._both = asyncio.Barrier(2)

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        if method == "reactions.add":
            await self._both.wait()
        return await self._inner.call(team, method, arguments)

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        await self._inner.upload(team, channel, thread, file)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        return await self._inner.download(team, url, most_bytes)


async def test_a_reply_does_not_wait_for_the_mark_of_the_one_before(tmp_path: Path) -> None:
    """Slack takes 50 marks a minute from all of a workspace: the next one may be seconds away."""
    async with scene(tmp_path) as play:
        play.messages = Messages(
            play.parts, receipts_of(replace(play.parts, slack=HeldMarks(play.parts.slack)))
        )
        listen(play)
        await claimed(play)
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            first = group.create_task(play.says(DANA, "First"))
            second = group.create_task(play.says(DANA, "Second"))

        assert await play.said() == ["First", "Second"]
        assert [play.reactions(said.result()) for said in (first, second)] == [DONE, DONE]


async def test_a_mark_that_slack_does_not_take_now_is_put_as_soon_as_it_does(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        marks = Marks(play.parts.slack, play.parts.cabinet, play.stage.services.clock)
        play.server.faults.add(Fault("reactions.add", "rate", retry_after_s=30))
        ts = await play.says(DANA, "It is on its way.")
        before = play.reactions(ts)
        early = await marks.put_due()
        play.stage.ahead.by += timedelta(seconds=31)
        put = await marks.put_due()
        play.stage.ahead.by += timedelta(hours=1)

        assert await play.said() == ["It is on its way."]
        assert (before, early, put, play.reactions(ts)) == ([], 0, 1, DONE)
        assert await marks.put_due() == 0
