"""The menu of a card and the shortcuts: replies and notes on purpose, transcripts, FAQ drafts."""

import json
from pathlib import Path

import pytest

from bot.humans.faq import FAQ_DRAFT
from bot.humans.terms import DeskTerms, Mode
from bot.slack.desk import actions, menu, messages, shortcuts, suggesting
from bot.slack.parts import SlackParts
from channels.slack.base import Listeners
from tests.bot.slack.desk.floor import CHANNEL, DANA, LEE, TEAM, SlackFloor, human, slack_floor
from tests.emulators.slack import Fault


def heard(parts: SlackParts) -> Listeners:
    """Return what the desk's own messages listen to."""
    return messages.Messages(parts).listeners()


SHARES = (actions.listeners, menu.listeners, suggesting.listeners, shortcuts.listeners, heard)
EXPLICIT = DeskTerms(mode=Mode.EXPLICIT)


def under(floor: SlackFloor) -> list[str]:
    return [one.text for one in floor.server.messages(TEAM, CHANNEL, floor.card)[1:]]


@pytest.mark.promise("K85")
async def test_a_note_from_the_form_is_shown_to_humans_once_and_never_to_the_customer(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        before = await floor.stage.events()
        await floor.choose(DANA, "note")
        await floor.server.submits(TEAM, DANA, {"field": "Angry; call ada@example.com <!here>"})
        await floor.repeat()

        (note,) = await floor.records("note")
        assert json.loads(note.json)["text"] == "Angry; call [EMAIL_1] <!here>"
        assert under(floor) == [f":lock: Note by <@{DANA}>: Angry; call [EMAIL_1] &lt;!here&gt;"]
        assert await floor.stage.events() == before
        assert floor.failures == []


async def test_a_note_whose_showing_failed_is_shown_by_the_next_try_and_kept_once(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.choose(DANA, "note")
        floor.server.faults.add(Fault("chat.postMessage", "refused"))
        await floor.server.submits(TEAM, DANA, {"field": "Angry"})
        assert (under(floor), len(floor.failures)) == ([], 1)
        await floor.repeat()

        assert under(floor) == [f":lock: Note by <@{DANA}>: Angry"]
        assert len(await floor.records("note")) == 1


@pytest.mark.promise("K84")
async def test_a_note_form_that_comes_too_late_is_offered_again(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        floor.server.faults.add(Fault("views.open", "error", error="expired_trigger_id"))
        await floor.choose(DANA, "note")
        (told,) = floor.whispers(DANA)
        await floor.server.clicks(TEAM, CHANNEL, told.ts, DANA, "more")

        assert floor.view(DANA)["callback_id"] == "note_view"


async def test_a_reply_from_the_form_claims_and_is_said_once(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, terms=EXPLICIT) as floor:
        await floor.choose(DANA, "reply")
        await floor.server.submits(TEAM, DANA, {"field": "It left today."})
        await floor.repeat()

        assert await floor.to_customer() == ["It left today."]
        assert (await floor.stage.head()).human == human(DANA).id


async def test_the_transcript_is_shared_under_the_card(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.choose(DANA, "transcript")

        (file,) = [one for one in floor.server.state.files.values() if one.is_shared]
        assert b"Customer: Where is my new card?" in (file.content or b"")


async def test_one_click_makes_a_draft_of_an_entry_without_personal_data(tmp_path: Path) -> None:
    asks = ("Where is my card? I am at ada@example.com", "I want to talk to a human")
    async with slack_floor(tmp_path, SHARES, asks=asks) as floor:
        await floor.claim()
        await floor.choose(DANA, "faq")
        assert "no human has answered" in floor.whispers(DANA)[-1].text.lower()
        await floor.server.says(
            TEAM, CHANNEL, DANA, "It comes by post; I wrote to bob@example.com.", floor.card
        )
        for _ in range(2):
            await floor.choose(DANA, "faq")

        (draft,) = await floor.records(FAQ_DRAFT)
        fields = json.loads(draft.json)
        assert fields["question"] == "Where is my card? I am at (…)"
        assert fields["answer"] == "It comes by post; I wrote to (…)."
        assert fields["is_flagged"] is True
        assert "Kept as a draft" in floor.whispers(DANA)[-1].text


async def test_in_explicit_mode_only_what_is_sent_on_purpose_reaches_the_customer_once(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, terms=EXPLICIT) as floor:
        await floor.claim()
        ts = await floor.server.says(TEAM, CHANNEL, DANA, "It left &amp; is near.", floor.card)
        assert await floor.to_customer() == []
        for _ in range(2):
            await floor.server.uses_shortcut(TEAM, DANA, "send_to_customer", CHANNEL, ts)

        assert await floor.to_customer() == ["It left & is near."]
        assert "white_check_mark" in str(floor.server.message(TEAM, CHANNEL, ts).reactions)


@pytest.mark.promise("K85")
async def test_a_marked_note_is_not_sent_even_on_purpose(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.claim()
        ts = await floor.server.says(TEAM, CHANNEL, DANA, ";; he lies", floor.card)
        await floor.server.uses_shortcut(TEAM, DANA, "send_to_customer", CHANNEL, ts)
        await floor.server.uses_shortcut(TEAM, DANA, "send_to_customer", CHANNEL, floor.card)

        assert await floor.to_customer() == []
        assert all("not sent" in one.text for one in floor.whispers(DANA))
        assert len(floor.whispers(DANA)) == 2


async def test_who_has_not_the_conversation_sends_nothing_by_shortcut(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.claim(DANA)
        ts = await floor.server.says(TEAM, CHANNEL, LEE, "Tell him it left.", floor.card)
        await floor.server.uses_shortcut(TEAM, LEE, "send_to_customer", CHANNEL, ts)

        assert await floor.to_customer() == []
        assert f"<@{DANA}> has this" in floor.whispers(LEE)[-1].text


async def test_a_message_outside_of_cards_is_neither_sent_nor_noted(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        ts = await floor.server.says(TEAM, CHANNEL, DANA, "Lunch?")
        for callback in ("send_to_customer", "keep_as_note"):
            await floor.server.uses_shortcut(TEAM, DANA, callback, CHANNEL, ts)

        assert await floor.to_customer() == []
        assert await floor.records("note") == ()
        assert len(floor.whispers(DANA)) == 2


async def test_kept_as_a_note_a_message_that_waited_can_no_longer_be_sent_by_its_button(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        ts = await floor.server.says(TEAM, CHANNEL, DANA, "Maybe he is right", floor.card)
        asked = floor.whispers(DANA)[-1]
        await floor.server.uses_shortcut(TEAM, DANA, "keep_as_note", CHANNEL, ts)
        await floor.server.clicks(TEAM, CHANNEL, asked.ts, DANA, "claim_send")

        assert await floor.to_customer() == []
        assert len(await floor.records("note")) == 1


async def test_the_global_shortcut_takes_the_next_one_and_says_so_by_direct_message(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.server.uses_shortcut(TEAM, DANA, "take_next")
        await floor.repeat()

        assert (await floor.stage.head()).human == human(DANA).id
        told = floor.server.messages(TEAM, floor.server.direct_of(TEAM, DANA))
        assert all(floor.stage.conversation in one.text for one in told)
        await floor.server.uses_shortcut(TEAM, LEE, "take_next")
        (nobody,) = floor.server.messages(TEAM, floor.server.direct_of(TEAM, LEE))
        assert nobody.text == "Nobody waits."


async def test_where_cards_are_only_alerts_the_shortcut_takes_nobody(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, terms=DeskTerms(mode=Mode.ALERTS)) as floor:
        await floor.server.uses_shortcut(TEAM, DANA, "take_next")

        (told,) = floor.server.messages(TEAM, floor.server.direct_of(TEAM, DANA))
        assert "only alerts" in told.text
        assert (await floor.stage.head()).human == ""


async def test_an_older_answer_is_saved_by_the_shortcut_on_its_message(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.claim()
        first = await floor.server.says(TEAM, CHANNEL, DANA, "It left today.", floor.card)
        note = await floor.server.says(TEAM, CHANNEL, DANA, ";; he lies", floor.card)
        await floor.server.says(TEAM, CHANNEL, DANA, "Anything else?", floor.card)
        for ts in (first, note):
            await floor.server.uses_shortcut(TEAM, DANA, "save_as_faq", CHANNEL, ts)

        (draft,) = await floor.records(FAQ_DRAFT)
        assert json.loads(draft.json)["answer"] == "It left today."
        assert "not with that message" in floor.whispers(DANA)[-1].text
