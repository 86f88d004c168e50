"""`/support`: what it does, what it answers, and to whom."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.humans.escalation import Reason
from bot.humans.terms import DeskTerms, Mode
from bot.slack.desk import commands
from bot.slack.desk.slash import COMMAND
from bot.stores.base import Owner
from tests.bot.slack.desk.floor import CHANNEL, DANA, LEE, TEAM, SlackFloor, human, slack_floor

SHARES = (commands.listeners,)


async def support(floor: SlackFloor, text: str, user: str = DANA) -> str:
    """Type the command and return what is answered, for its user alone."""
    before = len(floor.whispers(user))
    await floor.server.commands(TEAM, CHANNEL, user, COMMAND, text)
    (told,) = floor.whispers(user)[before:]
    return told.text


async def test_status_counts_who_waits_and_is_seen_by_nobody_else(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        told = await support(floor, "status")

        assert "*1* waiting, *0* late, *0* with humans, *0* with you." in told
        assert floor.stage.conversation in told
        assert floor.whispers(LEE) == []
        assert [one.ts for one in floor.server.messages(TEAM, CHANNEL)] == [floor.card]


async def test_status_says_late_once_those_on_call_should_have_come(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        floor.stage.ahead.by += timedelta(seconds=181)

        assert "*1* late" in await support(floor, "status")


async def test_take_claims_who_has_waited_longest_and_a_repeated_command_takes_no_second(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        other = await floor.stage.again()
        await floor.stage.handoffs.request(other.conversation, Reason.BUTTON)
        told = await support(floor, "take")
        await floor.repeat()

        assert floor.stage.conversation in told
        assert (await floor.stage.head()).human == human(DANA).id
        assert (await other.head()).owner.value == "queue"


async def test_take_with_an_id_that_somebody_else_has_says_who(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await support(floor, "take", LEE)

        assert f"<@{LEE}> has this" in await support(floor, f"take {floor.stage.conversation}")
        assert "Nobody waits." in await support(floor, "take")


async def test_a_note_is_kept_once_for_humans_and_without_personal_data(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        assert "you have no conversation" in (await support(floor, "note hello")).lower()
        await support(floor, "take")
        await support(floor, "note Write to ada@example.com")
        await floor.repeat()

        (note,) = await floor.records("note")
        assert json.loads(note.json)["text"] == "Write to [EMAIL_1]"
        assert await floor.to_customer() == []


async def test_done_resolves_the_one_that_he_has_once(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await support(floor, "take")
        told = await support(floor, "done")
        await floor.repeat()

        types = [event.body.TYPE for event in await floor.stage.events()]
        assert types.count("conversation.closed") == 1
        assert "is resolved" in told
        assert "is resolved" in floor.whispers(DANA)[-1].text


async def test_pause_bot_takes_over_from_the_bot(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        other = await floor.stage.again()
        await support(floor, f"pause bot {other.conversation}")

        assert (await other.head()).human == human(DANA).id
        assert f"<@{DANA}>" in await support(floor, "who")


async def test_with_several_conversations_it_is_asked_which(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        other = await floor.stage.again()
        await support(floor, "take")
        await support(floor, f"take {other.conversation}")

        assert "several" in await support(floor, "note hello")
        assert "several" in await support(floor, "done")


async def test_nonsense_gets_help_and_an_unknown_conversation_a_plain_word(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        assert "/support take" in await support(floor, "dance")
        assert "no conversation" in await support(floor, "take nobody")


async def test_the_transcript_is_a_file_under_the_card_once(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await support(floor, f"transcript {floor.stage.conversation}")
        await floor.repeat()

        (shared,) = [file for file in floor.server.state.files.values() if file.is_shared]
        text = (shared.content or b"").decode()
        assert "Customer: Where is my new card?" in text
        assert "Bot: Your card arrives in five working days" in text
        assert "Needed: Where is my new card?" in text


async def test_where_the_bot_is_not_the_answer_comes_by_direct_message(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        floor.server.channel(TEAM, "C9", "random", is_member=False)
        await floor.server.commands(TEAM, "C9", DANA, COMMAND, "who")

        (told,) = floor.server.messages(TEAM, floor.server.direct_of(TEAM, DANA))
        assert told.text == "Nobody has a conversation."


@pytest.mark.promise("K82")
async def test_another_workspace_sees_and_takes_nothing_of_ours(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.join("T2")
        ours = floor.stage.conversation
        for text in ("status", "who", "take", f"take {ours}", f"pause bot {ours}", f"done {ours}"):
            await floor.server.commands("T2", "C2", "U9", COMMAND, text)

        told = [one.text for one in floor.server.ephemerals("T2", "C2", "U9")]
        assert "*0* waiting" in told[0]
        assert told[1:3] == ["Nobody has a conversation.", "Nobody waits."]
        assert all("no conversation" in text for text in told[3:])
        assert not any("Where is my new card" in text for text in told)
        assert (await floor.stage.head()).owner.value == "queue"
        assert "*1* waiting" in await support(floor, "status")


@pytest.mark.promise("K82")
async def test_without_a_card_a_conversation_is_that_workspaces_whose_channel_it_goes_to(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.join("T2")
        other = await floor.stage.again()
        await floor.stage.handoffs.request(other.conversation, Reason.BUTTON)
        await floor.server.commands("T2", "C2", "U9", COMMAND, f"take {other.conversation}")

        assert (await other.head()).owner.value == "queue"
        assert "*2* waiting" in await support(floor, "status")


@pytest.mark.parametrize("text", ["take", "pause bot", "done"])
async def test_where_cards_are_only_alerts_nobody_takes_or_ends_anything(
    tmp_path: Path, text: str
) -> None:
    async with slack_floor(tmp_path, SHARES, terms=DeskTerms(mode=Mode.ALERTS)) as floor:
        told = await support(floor, text)

        assert "only alerts" in told
        assert (await floor.stage.head()).owner is Owner.QUEUE


async def test_no_word_of_the_help_is_markup(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        assert "<" not in await support(floor, "help")
