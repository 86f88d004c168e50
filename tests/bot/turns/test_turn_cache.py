"""Turns with the cache in front of the models: what a second customer is told, and what never."""

from asyncio import Event
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.log import MessageDelta
from channels.base import Rated
from routing.models.base import Text
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, ARTICLE, END, POLICY, Stage, staged

pytestmark = pytest.mark.slow

CACHED = POLICY.replace('arrive?"]}', 'arrive?"], cache: {enabled: true}}')
QUESTION = "When will my card arrive?"
OTHERWISE = "It takes five working days [1]."
RATE_LOW = "cache.hit_rate_low"


def whole(text: str) -> Script:
    """Return a script that says a text in one piece: nothing is waited for between pieces."""
    return (Text(text), END)


@asynccontextmanager
async def cached(
    folder: Path, scripts: Sequence[Script] = (whole(ANSWER), whole(OTHERWISE))
) -> AsyncIterator[Stage]:
    async with staged(folder, scripts, policy=CACHED) as stage:
        yield stage


async def told(stage: Stage, question: str = QUESTION) -> str:
    """Ask something and return what the customer is told."""
    await stage.say(question)
    answer = (await stage.answers())[0]
    await stage.until_idle()
    return answer.text


async def test_a_second_customer_is_told_the_same_with_its_source_and_no_model_is_asked(
    tmp_path: Path,
) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        first = (await stage.answers())[0]
        other = await stage.again()
        await told(other, "when will my card arrive")
        second = (await other.answers())[0]
        events = await other.events()
        deltas = [event.body.text for event in events if isinstance(event.body, MessageDelta)]
        (before,), (after,) = await stage.turns(), await other.turns()

        assert "".join(deltas) == second.text == first.text == ANSWER
        assert second.citations == first.citations
        assert [cited.title for cited in second.citations] == [ARTICLE.title]
        assert len(stage.model.requests) == 1
        assert float(before["cost_usd"]) > 0
        assert (after["outcome"], after["attempts"], after["cost_usd"]) == ("answered", [], "0")
        assert (before["reused"], after["reused"]) == (None, 1.0)


async def test_an_answer_that_somebody_found_bad_is_given_to_nobody_else(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        await stage.act(Rated((await stage.answers())[0].message_id, "down"))

        assert await told(await stage.again()) == OTHERWISE
        assert len(stage.model.requests) == 2


async def test_whoever_was_told_it_again_can_have_it_forgotten(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        other = await stage.again()
        await told(other)
        await other.act(Rated((await other.answers())[0].message_id, "down"))

        assert await told(await stage.again()) == OTHERWISE


async def test_a_good_rating_leaves_the_answer_where_it_is(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        await stage.act(Rated((await stage.answers())[0].message_id, "up"))

        assert await told(await stage.again()) == ANSWER


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("When will my card arrive? I am anna.keller@example.com", ""),
        ("When will card 17 arrive?", "When will card 18 arrive?"),
    ],
)
async def test_what_somebody_asks_about_himself_is_asked_anew(
    tmp_path: Path, question: str, same: str
) -> None:
    async with cached(tmp_path) as stage:
        await told(stage, question)

        assert await told(await stage.again(), same or question) == OTHERWISE


async def test_an_answer_with_somebodys_data_in_it_is_for_nobody_else(tmp_path: Path) -> None:
    personal = "It is on its way [1]. We wrote to anna.keller@example.com."
    async with cached(tmp_path, [whole(personal), whole(OTHERWISE)]) as stage:
        assert "[EMAIL_1]" in await told(stage)

        assert await told(await stage.again()) == OTHERWISE


async def test_another_edition_of_the_articles_knows_no_answers_yet(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        newer = replace(ARTICLE, text="A new card arrives within three working days.")
        await stage.services.knowledge.add(stage.services.tenant.id, [newer])

        assert await told(await stage.again()) == OTHERWISE


async def test_only_a_first_question_is_answered_from_the_cache(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        await told(stage)
        other = await stage.again()
        await told(other, "When will the card be sent to me?")
        await other.say(QUESTION)
        await other.answers(2)

        assert len(stage.model.requests) == 3


async def test_two_who_ask_the_same_at_once_are_one_call(tmp_path: Path) -> None:
    may_speak = Event()
    async with cached(tmp_path, [(Hold(may_speak), *whole(ANSWER))]) as stage:
        other = await stage.again()
        await stage.say(QUESTION)
        await stage.until_asked()
        await other.say(QUESTION)
        may_speak.set()

        assert [a.text for a in (await stage.answers() + await other.answers())] == [ANSWER] * 2
        assert len(stage.model.requests) == 1


async def test_operations_hear_when_the_cache_answers_too_few(tmp_path: Path) -> None:
    async with cached(tmp_path) as stage:
        for n in range(198):
            stage.services.watching.looked_up(n < 19)
        await told(stage)
        await told(await stage.again())

        assert await stage.told() == []

        await told(await stage.again(), "Where is my new card?")

        assert await stage.told() == [RATE_LOW]
