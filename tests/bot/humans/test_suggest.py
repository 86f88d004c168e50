"""A draft when models fail, have tools, or are stopped: one text, one bill, nothing done."""

from contextlib import aclosing
from pathlib import Path

import pytest

from bot.humans.draft import Draft, Writing
from bot.humans.human import named
from bot.humans.suggest import Suggest
from bot.privacy.redact import fixed
from bot.stores.base import Record, RecordsOf
from bot.turns.remembered import TURN
from bot.watch.billing import bill
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Model
from routing.models.scripted import Script, ScriptedModel
from routing.request import ModelName
from tests.bot.stage import ANSWER, POLICY, Stage, says, staged, words
from tests.routing.continuing import Continuing

SECOND = ModelName("gpt-5.5-instant")
CUT = ModelFailed(FailureKind.CUT)
BROKEN: Script = (*words(ANSWER[:30]), CUT)
WITHOUT_MARKS = ANSWER.replace(" [1]", "")
WITH_TOOLS = POLICY.replace(
    "card-delivery: {",
    "card-delivery: {agent: {tools: [lookup_ticket], max_steps: 3, total_budget_usd: 0.05}, ",
)


async def drafted(stage: Stage) -> list[Writing | Draft]:
    """Return everything that is shown of a draft."""
    async with aclosing(Suggest(stage.services).pieces(stage.conversation, named("Dana"))) as made:
        return [piece async for piece in made]


async def asked(stage: Stage) -> None:
    await stage.say("When will my card arrive?")
    await stage.until_idle()


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (Continuing(SECOND, ANSWER), WITHOUT_MARKS),
        (ScriptedModel(SECOND, [says("Hello! It comes by post.")]), "Hello! It comes by post."),
    ],
)
async def test_when_a_model_is_cut_off_the_next_one_ends_the_draft_and_both_are_billed(
    tmp_path: Path, second: Model, text: str
) -> None:
    scripts = (says(ANSWER), BROKEN)
    async with staged(tmp_path, scripts, second=second) as stage:
        await asked(stage)
        pieces = await drafted(stage)

        draft = pieces[-1]
        assert isinstance(draft, Draft)
        assert draft.text == text
        newest = (await stage.kept(TURN))[-1]
        assert [one["model"] for one in newest["attempts"]] == ["claude-haiku-4.5", SECOND]
        assert newest["outcome"] == "drafted"
        assert await stage.told() == ["router.fallback_triggered"]


async def test_a_rule_with_tools_drafts_without_them(tmp_path: Path) -> None:
    async with staged(tmp_path, (says(ANSWER), says(ANSWER)), policy=WITH_TOOLS) as stage:
        await asked(stage)
        await drafted(stage)

        assert stage.model.requests[0].tools != ()
        assert stage.model.requests[-1].tools == ()


async def test_stopped_in_the_middle_it_is_booked_as_stopped(tmp_path: Path) -> None:
    async with staged(tmp_path, (says(ANSWER), says(ANSWER))) as stage:
        await asked(stage)
        making = Suggest(stage.services).pieces(stage.conversation, named("Dana"))
        async with aclosing(making) as made:
            assert isinstance(await anext(made), Writing)

        newest = (await stage.kept(TURN))[-1]
        assert newest["outcome"] == "draft_stopped"
        assert len(newest["attempts"]) == 1


async def test_a_draft_changes_nothing_of_the_conversation_and_is_on_its_bill(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, (says(ANSWER), says(ANSWER))) as stage:
        await asked(stage)
        head, events = await stage.head(), await stage.events()
        await drafted(stage)

        assert (await stage.head(), await stage.events()) == (head, events)
        (line,) = bill(await _records(stage), ())
        assert line.turns == 2


async def _records(stage: Stage) -> tuple[Record, ...]:
    return await stage.services.store.find(RecordsOf(TURN, conversation=stage.conversation))


async def test_a_draft_knows_what_humans_have_noted(tmp_path: Path) -> None:
    async with staged(tmp_path, [says(ANSWER), says(ANSWER)]) as stage:
        await asked(stage)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        noted = fixed("She has moved since.")
        await stage.handoffs.note(stage.conversation, named("Dana"), noted)
        await drafted(stage)

        assert f"<notes>\n- {noted}\n</notes>" in stage.model.requests[-1].system
        assert "<notes>" not in stage.model.requests[0].system
