"""Reveal: one value, one human, one modal, after an audit entry; nowhere else, ever."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.errors import BotRefused
from bot.humans.reveal_to_human import REVEALED, RevealToHuman
from bot.privacy.redact import stored
from bot.slack.desk import actions, revealing
from channels.slack.mrkdwn import harmless
from tests.bot.slack.block_limits import texts_in
from tests.bot.slack.desk.floor import DANA, LEE, TEAM, Meeting, human, slack_floor
from tests.emulators.slack import Fault

SHARES = (actions.listeners, revealing.listeners)
EMAIL = "ada.lovelace@example.com"
ASKS = (f"Where is my new card? Write to {EMAIL}. I paid with 4111 1111 1111 1111.",)
WHY = {"field": "[EMAIL_1]", "why": f"To write back to {EMAIL} today"}


async def test_the_claimer_sees_one_value_and_it_is_nowhere_but_in_his_view(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim()
        before = len(floor.server.calls)
        await floor.click(DANA, "reveal")
        asking = floor.view(DANA)
        await floor.server.submits(TEAM, DANA, WHY)

        assert any(EMAIL in text for text in texts_in(floor.view(DANA)))
        assert harmless("[CREDIT_CARD ****1111]") in "\n".join(texts_in(asking))
        told = [call for call in floor.server.calls[before:] if EMAIL in json.dumps(call.arguments)]
        assert [call.method for call in told] == ["views.update"]
        assert EMAIL not in json.dumps(asking)
        assert EMAIL not in floor.view(DANA)["private_metadata"]
        assert floor.server.view_of(TEAM, LEE) is None
        entries = "\n".join(f"{asdict(entry)}" for entry in await floor.audit())
        assert EMAIL not in entries
        assert EMAIL not in "\n".join(str(vars(record)) for record in caplog.records)
        assert floor.failures == []


async def test_who_looked_at_what_and_why_is_written_before_the_value_is_shown(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim()
        await floor.click(DANA, "reveal")
        floor.server.faults.add(Fault("views.update", "error", error="not_found"))
        await floor.server.submits(TEAM, DANA, WHY)

        entry = (await floor.audit())[-1]
        fields = json.loads(entry.json)
        assert entry.action == REVEALED
        assert fields["human"] == "slack:T1:U1"
        assert fields["placeholder"] == "[EMAIL_1]"
        assert fields["why"] == "To write back to [EMAIL_1] today"


async def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path) -> None:
    store = Meeting()
    async with slack_floor(tmp_path, SHARES, asks=ASKS, store=store) as floor:
        await floor.claim()
        await floor.click(DANA, "reveal")
        store.refused_audit = REVEALED
        await floor.server.submits(TEAM, DANA, WHY)

        assert len(floor.failures) == 1
        assert EMAIL not in json.dumps(floor.view(DANA))
        assert all(EMAIL not in json.dumps(call.arguments) for call in floor.server.calls)


@pytest.mark.parametrize("claimer", [None, LEE])
async def test_who_has_not_claimed_sees_nothing_and_nothing_is_written(
    tmp_path: Path, claimer: str | None
) -> None:
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim(DANA)
        await floor.click(DANA, "reveal")
        await floor.stage.handoffs.release(floor.stage.conversation, human(DANA))
        if claimer:
            await floor.stage.handoffs.claim(floor.stage.conversation, human(claimer))
        await floor.server.submits(TEAM, DANA, WHY)

        shown = "\n".join(texts_in(floor.view(DANA)))
        assert EMAIL not in shown
        assert "claim" in shown or "only who has" in shown
        assert REVEALED not in {entry.action for entry in await floor.audit()}


async def test_another_human_cannot_even_ask(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim(DANA)
        await floor.click(LEE, "reveal")

        assert floor.server.view_of(TEAM, LEE) is None
        assert f"<@{DANA}> has this" in floor.whispers(LEE)[0].text


async def test_what_was_never_kept_cannot_be_revealed_by_a_forged_form_either(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim()
        reveal = RevealToHuman(floor.stage.services)
        conversation = floor.stage.conversation

        for name, words in (
            ("[CREDIT_CARD ****1111]", "never kept"),
            ("[EMAIL_9]", "no such value"),
        ):
            with pytest.raises(BotRefused, match=words):
                await reveal.value(conversation, human(DANA), name, stored("why"))
        assert REVEALED not in {entry.action for entry in await floor.audit()}


@pytest.mark.promise("K84")
async def test_too_late_for_the_second_form_nothing_is_looked_at(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES, asks=ASKS) as floor:
        await floor.claim()
        await floor.click(DANA, "reveal")
        floor.server.faults.add(Fault("views.open", "error", error="expired_trigger_id"))
        await floor.server.submits(TEAM, DANA, WHY)

        assert REVEALED not in {entry.action for entry in await floor.audit()}
        (told,) = floor.whispers(DANA)
        await floor.server.clicks(TEAM, "C1", told.ts, DANA, "reveal")
        assert floor.view(DANA)["callback_id"] == "reveal_view"
