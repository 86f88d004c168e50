"""The desk in Slack: what is said under a card."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import DeskFailed
from bot.humans.terms import DeskTerms
from bot.stores.base import Owner
from channels.base import Said, Uploaded
from tests.bot.slack.desk.scene import CHANNEL, PNG, REASON, TEAM, claimed, line, scene, text_of
from tests.emulators.slack import Fault

PAINFUL = '<!channel> @here <@U1> `rm` *bold* </section> & :tada: "}]'


@pytest.mark.promise("K68")
async def test_what_could_not_be_shown_is_shown_in_its_order_afterwards(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await claimed(play)
        play.server.is_down = True
        for number in range(4):
            await play.stage.say(f"Message {number}")
            await play.outbox.send_due()
        play.server.is_down = False
        await play.stage.say("Message 4")
        for _ in range(8):
            play.stage.ahead.by += timedelta(seconds=61)
            await play.outbox.send_due()

        assert [one.text for one in play.thread()] == [f"Message {number}" for number in range(5)]


async def test_slack_down_and_up_again_loses_no_line_and_doubles_none(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        play.server.is_down = True
        for number in (0, 1, 1, 0):
            with pytest.raises(DeskFailed):
                await play.desk.append(line(play, f"Message {number}", id=f"l{number}"))
        play.server.is_down = False
        for number in (0, 1, 2, 1):
            await play.desk.append(line(play, f"Message {number}", id=f"l{number}"))

        assert [one.text for one in play.thread()] == [f"Message {number}" for number in range(3)]
        assert len(play.cards()) == 1
        assert set(play.told) == {"no_answer"}


@pytest.mark.promise("K76")
async def test_customer_text_pings_nobody_in_card_and_thread(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.stage.say(PAINFUL)
        await play.stage.until_idle()
        await play.queue()
        await play.claim()
        await play.stage.say(PAINFUL)
        await play.outbox.send_due()
        [said] = play.thread()
        posted = [play.card.blocks, play.card.text, said.text]

        assert not [one for one in posted if "<!channel>" in text_of(one)]
        assert [block["text"]["type"] for block in said.blocks] == ["plain_text"]
        assert said.blocks[0]["text"]["emoji"] is False
        for mark in ("<", "`", "*bold*", "@here", ":tada:"):
            assert mark not in said.text


async def test_a_line_names_its_author_and_comes_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.desk.append(line(play, "Hello?"))
        await play.desk.append(line(play, "Hello?"))
        await play.desk.append(line(play, "Hello?", id="l2", author="bot"))

        assert [(one.username, one.text) for one in play.thread()] == [
            ("Customer (web)", "Hello?"),
            ("Bot", "Hello?"),
        ]


@pytest.mark.promise("K83")
async def test_without_the_scope_for_names_a_line_still_comes(tmp_path: Path) -> None:
    async with scene(tmp_path, scope=frozenset({"chat:write.customize"})) as play:
        await play.queue()
        await play.desk.append(line(play))

        assert [one.text for one in play.thread()] == ["Hello?"]


async def test_a_line_without_an_answer_is_looked_for_before_it_is_said_again(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        play.server.faults.add(Fault("chat.postMessage", "lost"))
        with pytest.raises(DeskFailed):
            await play.desk.append(line(play))
        await play.desk.append(line(play))

        assert [one.text for one in play.thread()] == ["Hello?"]


@pytest.mark.promise("K75")
async def test_a_long_line_is_split_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    long = " ".join(f"word{number}" for number in range(2_500))
    async with scene(tmp_path) as play:
        await play.queue()
        await play.desk.append(line(play, long))
        pieces = [block["text"]["text"] for one in play.thread() for block in one.blocks]

        assert len(play.thread()) > 1
        assert " ".join(pieces).split() == long.split()


@pytest.mark.parametrize(
    ("calls", "mention"),
    [("claimer", "<@U1>"), ("channel", "<!here>"), ("on_call", "<!subteam^S1>")],
)
async def test_a_line_calls_whom_it_is_for(tmp_path: Path, calls: str, mention: str) -> None:
    async with scene(tmp_path, DeskTerms(on_call="<!subteam^S1>")) as play:
        await play.queue()
        await play.claim()
        await play.desk.append(line(play, "The customer waits.", author="system", calls=calls))
        [said] = play.thread()

        assert said.text == f"{mention} The customer waits."
        assert mention in text_of(said.blocks)


async def test_the_channel_is_not_called_any_more_once_those_on_call_are(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        play.stage.ahead.by += timedelta(minutes=10)
        for calls in ("channel", "on_call"):
            said = line(play, "Nobody has come.", author="system", calls=calls, id=calls)
            await play.desk.append(said)

        assert [one.text for one in play.thread()] == ["<!channel> Nobody has come."]


async def test_nobody_on_call_is_everybody(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.desk.append(line(play, "Still waiting.", author="system", calls="on_call"))

        assert play.thread()[0].text.startswith("<!channel>")


async def test_a_file_of_the_customer_is_shared_once_and_audited_first(tmp_path: Path) -> None:
    file_id = f"f-{'0' * 24}"
    async with scene(tmp_path) as play:
        await play.queue()
        await play.stage.act(Uploaded(file_id, "mail dana@example.com.png", "image/png", PNG))
        await play.stage.act(Said("c1", "See this", (file_id,)))
        said = replace(line(play, "See this"), files=(file_id, f"f-{'1' * 24}"))
        await play.desk.append(said)
        await play.desk.append(said)
        shared = [file for one in play.thread() for file in one.files]

        assert [(file.name, file.content) for file in shared] == [("mail [EMAIL_1].png", PNG)]
        assert len(await play.audited("file.shared")) == 1


async def test_a_line_of_a_handoff_without_a_card_brings_the_card_first(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.desk.append(line(play))
        assert play.server.messages(TEAM, CHANNEL) == []
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        await play.desk.append(line(play))

        assert [one.text for one in play.thread()] == ["Hello?"]
        assert (await play.stage.head()).owner is Owner.QUEUE


async def test_a_file_without_an_answer_is_looked_for_before_it_is_shared_again(
    tmp_path: Path,
) -> None:
    file_id = f"f-{'0' * 24}"
    async with scene(tmp_path) as play:
        await play.queue()
        await play.stage.act(Uploaded(file_id, "a.png", "image/png", PNG))
        await play.stage.act(Said("c1", "See this", (file_id,)))
        play.server.faults.add(Fault("files.completeUploadExternal", "lost"))
        said = replace(line(play, "See this"), files=(file_id,))
        with pytest.raises(DeskFailed):
            await play.desk.append(said)
        await play.desk.append(said)

        assert len([file for one in play.thread() for file in one.files]) == 1


@pytest.mark.parametrize(("calls", "is_shown"), [("channel", True), ("", False)])
async def test_whoever_is_called_sees_it_in_the_channel_since_a_thread_tells_nobody(
    tmp_path: Path, calls: str, is_shown: bool
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.desk.append(line(play, "Nobody has claimed it.", author="system", calls=calls))
        in_channel = [one.text for one in play.server.messages(TEAM, CHANNEL)]

        assert any("Nobody has claimed it." in text for text in in_channel) is is_shown
