"""A turn with the cache in front of the models."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from routing.cache.cache import Terms
from routing.cache.entry import Asked
from routing.cache.run import CachedRun, Hearing, answered, pieces_of
from routing.errors import FailureKind, ModelFailed
from routing.execution.run import Run
from routing.models.base import Cited, Stopped, StopReason, Text, ToolCalled
from routing.models.scripted import Hold, Script
from routing.policy.policy import Cache
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    Progress,
    SeamFailed,
)
from routing.request import Redacted, ToolCall
from tests.routing.cache.samples import ALIKE, ANSWER, RULE, TEXT, Shelf, asked
from tests.routing.house import DONE, USAGE, House
from tests.routing.samples import CARD_PASSAGE, GPT, HAIKU, OFFLINE, decision

CITED = Cited(1, CARD_PASSAGE.id, "five working days")
WHOLE: Script = (Text("A new card arrives within five working days. "),
                 Text("It comes by post. [1]"), CITED, DONE)  # fmt: skip
WRONG: Script = (Text("Nothing of the kind is known. [1]"), DONE)
ALWAYS = Terms(shadow_share=1.0)
NEVER = Terms(shadow_share=0.0)


class Counter:
    """A cache in front of an engine over scripted models."""

    def __init__(self, *scripts: Script, terms: Terms = NEVER, gpt: Sequence[Script] = ()) -> None:
        self.house = House(haiku=scripts, gpt=gpt or (WHOLE,))
        self.shelf = Shelf(terms)

    def reply(self, one: Asked) -> CachedRun:
        reply = answered(self.shelf.cache, one, lambda: self.run(one))
        assert isinstance(reply, CachedRun)
        return reply

    def run(self, one: Asked) -> Run:
        return self.house.engine.run(decision(HAIKU, GPT, OFFLINE), one.request)

    async def ask(self, one: Asked) -> list[Progress]:
        async with asyncio.timeout(5):
            return [step async for step in self.reply(one)]

    @property
    def calls(self) -> int:
        return self.house.asked(HAIKU) + self.house.asked(GPT)


async def begun(leader: CachedRun) -> list[Progress]:
    """Return what comes up to the first text."""
    steps = [await anext(leader)]
    while not isinstance(steps[-1], Delta):
        steps.append(await anext(leader))
    return steps


def text_of(steps: Sequence[Progress]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Delta))


def is_hit(steps: Sequence[Progress]) -> bool:
    return isinstance(steps[0], Hit)


async def test_the_second_one_to_ask_gets_the_same_answer_for_nothing() -> None:
    counter = Counter(WHOLE)
    first = await counter.ask(asked())

    reply = counter.reply(asked(ALIKE))
    second = [step async for step in reply]

    assert not is_hit(first)
    hit, *deltas, cited, end = second
    assert isinstance(hit, Hit)
    assert (hit.similarity < 1, hit.passages) == (True, (CARD_PASSAGE,))
    assert [step.text for step in deltas if isinstance(step, Delta)] == [
        "A new card arrives within five working days. ",
        "It comes by post. [1]",
    ]
    assert cited == CITED
    assert end == Finished(HAIKU, StopReason.END, (), Decimal(0), None)
    assert text_of(first) == text_of(second) == TEXT
    assert counter.calls == 1
    assert not reply.attempts


async def test_a_hit_names_its_sources_though_the_model_only_wrote_their_number() -> None:
    counter = Counter((Text("Five working days. [1]"), DONE))
    await counter.ask(asked())

    steps = await counter.ask(asked())

    assert Cited(1, CARD_PASSAGE.id, CARD_PASSAGE.text) in steps


async def test_a_question_that_may_not_be_shared_goes_straight_to_the_models() -> None:
    counter = Counter(WHOLE)
    one = asked("Is [EMAIL_1] where my new card arrives?")

    assert isinstance(answered(counter.shelf.cache, one, lambda: counter.run(one)), Run)


@pytest.mark.parametrize(
    "scripts",
    [
        ((Text("Five days"), ModelFailed(FailureKind.CUT)),),
        ((Text("Five days. [1]"), Stopped(StopReason.LENGTH, USAGE)),),
        ((Text("No. [1]"), Stopped(StopReason.REFUSAL, USAGE)),),
        ((Text("Five days."), DONE),),
        ((Text("Five days. [7]"), DONE),),
        ((Text("Dear [PERSON_1], five days. [1]"), DONE),),
    ],
    ids=["mended", "too long", "refused", "no source", "unknown source", "personal"],
)
async def test_an_answer_that_is_not_whole_grounded_and_impersonal_is_not_learned(
    scripts: Sequence[Script],
) -> None:
    counter = Counter(*scripts)

    await counter.ask(asked())

    assert len(counter.shelf.answers) == 0
    assert len(counter.shelf.cache.flights) == 0


@pytest.mark.parametrize(
    "spoiling",
    [
        ToolCalled(ToolCall("t1", "balance", Redacted("{}"))),
        SeamFailed(Mend.RETRACT),
        FellBack(HAIKU, GPT, FailureKind.CUT, Mend.CONTINUE, False),
        Exhausted((), Decimal(0), False),
    ],
    ids=["tool", "seam", "continued", "exhausted"],
)
def test_what_was_stitched_together_or_looked_up_is_no_whole_answer(spoiling: Progress) -> None:
    end = Finished(HAIKU, StopReason.END, (), Decimal(0), None)
    whole, spoiled = Hearing(asked()), Hearing(asked())
    for step in (Began(HAIKU, 1), Advised(GPT, None), Delta(TEXT), CITED):
        whole.hear(step)
        spoiled.hear(step)
    spoiled.hear(spoiling)

    assert whole.answer(end) == ANSWER
    assert spoiled.answer(end) is None


async def test_an_answer_after_an_unseen_failure_is_learned() -> None:
    counter = Counter((ModelFailed(FailureKind.OVERLOADED),))

    await counter.ask(asked())

    assert len(counter.shelf.answers) == 1


async def test_identical_questions_at_once_are_one_call() -> None:
    go_on = asyncio.Event()
    counter = Counter((WHOLE[0], Hold(go_on), *WHOLE[1:]))
    async with asyncio.TaskGroup() as group:
        leader = counter.reply(asked())
        first = await begun(leader)
        followers = [group.create_task(counter.ask(asked())) for _ in range(5)]
        for _ in range(5):
            await asyncio.sleep(0)
        go_on.set()
        first += [step async for step in leader]

    assert counter.calls == 1
    assert text_of(first) == TEXT
    assert all(is_hit(task.result()) and text_of(task.result()) == TEXT for task in followers)


async def test_who_waited_asks_himself_when_the_first_one_gives_up() -> None:
    counter = Counter((WHOLE[0], Hold(asyncio.Event())), WHOLE)
    leader = counter.reply(asked())
    await begun(leader)
    async with asyncio.TaskGroup() as group:
        follower = group.create_task(counter.ask(asked()))
        await asyncio.sleep(0)

        await leader.aclose()

    assert counter.calls == 2
    assert text_of(follower.result()) == TEXT
    assert counter.house.models[HAIKU].open_streams == 0
    assert leader.attempts[-1].failed is FailureKind.CANCELLED


async def test_who_waited_asks_himself_when_the_answer_is_for_the_first_one_alone() -> None:
    go_on = asyncio.Event()
    counter = Counter((Text("Dear [PERSON_1]: five days. [1]"), Hold(go_on), DONE), WHOLE)
    leader = counter.reply(asked())
    await begun(leader)
    async with asyncio.TaskGroup() as group:
        follower = group.create_task(counter.ask(asked()))
        await asyncio.sleep(0)
        go_on.set()
        rest = [step async for step in leader]

    assert isinstance(rest[-1], Finished)
    assert text_of(follower.result()) == TEXT


async def test_who_waited_too_long_asks_himself_and_leaves_the_first_one_alone() -> None:
    go_on = asyncio.Event()
    counter = Counter(
        (WHOLE[0], Hold(go_on), *WHOLE[1:]), WHOLE, terms=Terms(wait_s=0.01, shadow_share=0.0)
    )
    leader = counter.reply(asked())
    first = await begun(leader)

    steps = await counter.ask(asked())

    assert (text_of(steps), counter.calls) == (TEXT, 2)
    go_on.set()
    assert text_of([*first, *[step async for step in leader]]) == TEXT


async def test_cancelling_who_waits_does_not_cancel_the_first_one() -> None:
    go_on = asyncio.Event()
    counter = Counter((WHOLE[0], Hold(go_on), *WHOLE[1:]))
    leader = counter.reply(asked())
    first = await begun(leader)
    follower = asyncio.ensure_future(counter.ask(asked()))
    await asyncio.sleep(0)

    follower.cancel()
    await asyncio.wait((follower,))
    go_on.set()
    first += [step async for step in leader]

    assert text_of(first) == TEXT
    assert counter.calls == 1
    assert len(counter.shelf.cache.flights) == 0


async def test_a_sampled_hit_is_answered_by_a_model_and_kept_when_both_agree() -> None:
    counter = Counter(WHOLE, terms=ALWAYS)
    await counter.shelf.cache.learn(asked(), ANSWER)

    alike, same = await counter.ask(asked(ALIKE)), await counter.ask(asked())

    assert (is_hit(alike), is_hit(same), counter.calls) == (False, True, 1)


async def test_a_sampled_hit_that_a_model_would_not_have_given_is_forgotten() -> None:
    counter = Counter(WRONG, terms=ALWAYS)
    await counter.shelf.cache.learn(asked(), ANSWER)

    await counter.ask(asked(ALIKE))

    assert not is_hit(await counter.ask(asked()))


async def test_closing_before_the_first_step_begins_nothing() -> None:
    counter = Counter(WHOLE)
    reply = counter.reply(asked())

    await reply.aclose()

    assert (counter.calls, reply.attempts, len(counter.shelf.cache.flights)) == (0, (), 0)


async def test_a_rule_without_a_cache_never_hits() -> None:
    counter = Counter(WHOLE)
    await counter.ask(asked())
    one = asked(rule=type(RULE)("card-delivery", cache=Cache(enabled=False)))

    assert isinstance(answered(counter.shelf.cache, one, lambda: counter.run(one)), Run)


@given(some.text(alphabet="aB1 .!?\n[]\u2026'\u201d", max_size=60))
def test_cutting_into_sentences_loses_nothing(text: str) -> None:
    pieces = list(pieces_of(text))

    assert "".join(pieces) == text
    assert all(pieces)
