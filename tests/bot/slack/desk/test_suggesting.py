"""Suggest reply: a draft that a human watches, edits and sends, paid for like a turn."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.humans.suggest import EDITED
from bot.slack.desk import suggesting
from bot.slack.parts import SlackParts
from bot.stores.base import VaultOf
from bot.stores.cabinet import MemoryCabinet
from bot.turns.remembered import DECISION, TURN
from bot.watch.billing import bill
from channels.slack.base import Listeners
from tests.bot.slack.block_limits import texts_in
from tests.bot.slack.desk.floor import DANA, LEE, TEAM, SlackFloor, human, slack_floor
from tests.bot.stage import ANSWER, says
from tests.emulators.slack import Fault

SHARES = (suggesting.listeners,)
DRAFT = "Your card is on its way [1], ada@example.com gets a mail."
SHOWN = "Your card is on its way, [EMAIL_1] gets a mail."
SCRIPTS = (says(ANSWER), says(DRAFT))


def field(floor: SlackFloor, user: str = DANA) -> str:
    """Return what stands in the text field of the modal."""
    blocks = floor.view(user)["blocks"]
    inputs = [block["element"] for block in blocks if block["type"] == "input"]
    return inputs[0].get("initial_value", "") if inputs else ""


async def test_a_draft_is_shown_with_its_sources_to_the_one_who_asked_and_sent_to_nobody(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        await floor.click(DANA, "suggest")

        assert field(floor) == SHOWN
        assert any("When does my card arrive?" in text for text in texts_in(floor.view(DANA)))
        assert floor.server.view_of(TEAM, LEE) is None
        assert await floor.to_customer() == []
        assert (await floor.stage.head()).owner.value == "queue"
        assert floor.failures == []


async def test_a_draft_is_decided_billed_and_audited_like_a_turn(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        (before,) = bill(await floor.records(TURN), ())
        await floor.click(DANA, "suggest")

        (after,) = bill(await floor.records(TURN), ())
        newest = json.loads((await floor.records(TURN))[0].json)
        assert newest["outcome"] == "drafted"
        assert Decimal(newest["cost_usd"]) > 0
        assert after.cost_usd == before.cost_usd + Decimal(newest["cost_usd"])
        assert len(await floor.records(DECISION)) == 2
        entry = (await floor.audit())[-1]
        assert entry.action == "draft"
        assert json.loads(entry.json)["human"] == human(DANA).id


async def test_sent_it_is_claimed_first_reaches_the_customer_once_and_the_edit_is_measured(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        await floor.click(DANA, "suggest")
        await floor.server.submits(TEAM, DANA, {"field": SHOWN.replace("mail.", "letter.")})
        await floor.repeat()

        assert await floor.to_customer() == [SHOWN.replace("mail.", "letter.")]
        assert (await floor.stage.head()).human == human(DANA).id
        (edited,) = await floor.records(EDITED)
        words = len(SHOWN.split())
        assert float(json.loads(edited.json)["distance"]) == pytest.approx(1 / words, abs=1e-4)
        assert edited.id in {record.id for record in await floor.records(TURN)}


async def test_what_was_typed_into_the_field_is_redacted_and_its_original_is_in_the_vault(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        await floor.click(DANA, "suggest")
        await floor.server.submits(TEAM, DANA, {"field": "Write to bob@example.com, please."})

        assert await floor.to_customer() == ["Write to [EMAIL_2], please."]
        rows = await floor.stage.services.store.find(VaultOf(floor.stage.conversation))
        assert [row.placeholder for row in rows if row.ciphertext] == ["[EMAIL_1]", "[EMAIL_2]"]


async def test_of_two_who_send_the_second_keeps_his_text_and_the_customer_gets_one(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, (*SCRIPTS, says(DRAFT))) as floor:
        for user in (DANA, LEE):
            await floor.click(user, "suggest")
        await floor.server.submits(TEAM, DANA, {"field": "From Dana"})
        await floor.server.submits(TEAM, LEE, {"field": "From Lee"})

        assert await floor.to_customer() == ["From Dana"]
        refused, kept = (one.text for one in floor.whispers(LEE))
        assert f"<@{DANA}> has this" in refused
        assert "From Lee" in kept


@pytest.mark.promise("K84")
async def test_too_late_for_the_modal_no_model_is_asked_and_a_button_tries_again(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        floor.server.faults.add(Fault("views.open", "error", error="expired_trigger_id"))
        await floor.click(DANA, "suggest")
        assert len(floor.stage.model.requests) == 1
        (told,) = floor.whispers(DANA)
        await floor.server.clicks(TEAM, "C1", told.ts, DANA, "suggest")

        assert field(floor) == SHOWN


async def test_the_modal_is_there_while_the_model_writes_and_grows_at_most_once_a_second(
    tmp_path: Path,
) -> None:
    at = [0.0]

    def share(parts: SlackParts) -> Listeners:
        def passing() -> float:
            at[0] += 0.5
            return at[0]

        clock = replace(parts.services.clock, monotonic=passing)
        return suggesting.listeners(replace(parts, services=replace(parts.services, clock=clock)))

    async with slack_floor(tmp_path, (share,), SCRIPTS) as floor:
        await floor.click(DANA, "suggest")

        shown = [call.arguments["view"] for call in floor.server.called("views.open")]
        assert any("Drafting…" in text for text in texts_in(shown[0]))
        updates = len(floor.server.called("views.update"))
        assert 2 <= updates <= len(DRAFT.split())


async def test_closed_while_it_is_written_the_draft_ends_and_what_it_cost_is_booked(
    tmp_path: Path,
) -> None:
    def share(parts: SlackParts) -> Listeners:
        ticks = iter(float(n) for n in range(10_000))
        clock = replace(parts.services.clock, monotonic=lambda: next(ticks))
        return suggesting.listeners(replace(parts, services=replace(parts.services, clock=clock)))

    async with slack_floor(tmp_path, (share,), SCRIPTS) as floor:
        floor.server.faults.add(Fault("views.update", "error", error="not_found"))
        await floor.click(DANA, "suggest")

        assert json.loads((await floor.records(TURN))[0].json)["outcome"] == "draft_stopped"
        assert len(floor.server.called("views.update")) == 1


async def test_without_an_answer_the_field_is_empty_and_says_why(tmp_path: Path) -> None:
    asks = ("Do you sell garden furniture made of teak?",)
    async with slack_floor(tmp_path, SHARES, keyless=True, asks=asks) as floor:
        await floor.click(DANA, "suggest")

        assert field(floor) == ""
        assert any("No draft" in text for text in texts_in(floor.view(DANA)))
        await floor.server.submits(TEAM, DANA, {"field": "We do not."})
        assert await floor.to_customer() == ["We do not."]
        assert await floor.records(EDITED) == ()


async def test_without_any_question_it_is_said(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS, asks=()) as floor:
        await floor.click(DANA, "suggest")

        assert any("has not asked anything" in text for text in texts_in(floor.view(DANA)))
        assert floor.stage.model.requests == []


async def test_a_rule_that_hands_over_drafts_all_the_same(tmp_path: Path) -> None:
    asks = ("I want to file a complaint about my card",)
    async with slack_floor(tmp_path, SHARES, (says(DRAFT),), asks=asks) as floor:
        await floor.click(DANA, "suggest")

        assert field(floor) == SHOWN


async def test_asking_for_a_person_is_not_what_a_draft_answers(tmp_path: Path) -> None:
    asks = ("Where is my new card?", "I want to talk to a human")
    async with slack_floor(tmp_path, SHARES, SCRIPTS, asks=asks) as floor:
        await floor.click(DANA, "suggest")

        assert floor.stage.model.requests[-1].messages[-1].text == "Where is my new card?"


async def test_drafts_that_nobody_sends_are_forgotten(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, SCRIPTS) as floor:
        await floor.click(DANA, "suggest")
        assert isinstance(floor.parts.cabinet, MemoryCabinet)
        assert len(await floor.parts.cabinet.find(suggesting.DRAFTS)) == 1
        floor.stage.ahead.by += 2 * suggesting.REMEMBERED

        assert await suggesting.Suggesting(floor.parts).prune() == 1
