"""What is answered from the cache, what is kept in it, and what it forgets."""

from dataclasses import replace

import pytest

from routing.cache.answers import MemoryAnswers
from routing.cache.cache import Terms
from routing.cache.entry import Answer, Asked, Source, answer_of
from routing.cache.shadow import RIGHT_TO_RELAX
from routing.decision import Guess
from routing.models.base import Cited
from routing.policy.policy import AgentRule, Cache
from routing.request import Redacted, Tool
from tests.routing.cache.samples import ALIKE, ANSWER, QUESTION, RULE, SURE, Shelf, asked
from tests.routing.samples import CARD_PASSAGE, HAIKU

OTHER = Answer("Ask a colleague. [1]", (Source(1, CARD_PASSAGE, ""),), HAIKU)


async def test_the_same_question_has_the_same_answer_and_one_alike_has_it_too() -> None:
    shelf = Shelf()
    entry = await shelf.cache.learn(asked(), ANSWER)

    exact = await shelf.cache.lookup(asked("How long does it take until my new card ARRIVES"))
    alike = await shelf.cache.lookup(asked(ALIKE))

    assert entry is not None
    assert exact is not None
    assert (exact.entry, exact.is_exact, exact.similarity) == (entry, True, 1.0)
    assert alike is not None
    assert (alike.entry, alike.is_exact) == (entry, False)
    assert 0.9 <= alike.similarity < 1


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take until my second new card arrives?",
        "How long does it take until my new card does not arrive?",
        "Where is my money?",
        "card",
    ],
)
async def test_another_question_is_a_miss(question: str) -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)

    assert await shelf.cache.lookup(asked(question)) is None


async def test_a_rule_that_wants_them_more_alike_gets_a_miss() -> None:
    shelf = Shelf()
    strict = replace(RULE, cache=Cache(enabled=True, similarity=1.0))
    await shelf.cache.learn(asked(), ANSWER)

    assert await shelf.cache.lookup(asked(ALIKE)) is not None
    assert await shelf.cache.lookup(asked(ALIKE, rule=strict)) is None


@pytest.mark.parametrize(
    "guess",
    [
        replace(SURE, intent="card-declined"),
        replace(SURE, confidence=0.3),
        replace(SURE, confidence=0.8, runners_up=(("card-declined", 0.45),)),
        Guess("default", 0.99, "none"),
    ],
    ids=["another intent", "not sure", "torn", "in no intent"],
)
async def test_a_question_alike_is_a_miss_when_the_classifier_does_not_agree(guess: Guess) -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)

    assert await shelf.cache.lookup(asked(ALIKE, guess=guess)) is None


def with_fault(one: Asked) -> Asked:
    return replace(one, request=replace(one.request, metadata=(("fault", "cut"),)))


def with_tool(one: Asked) -> Asked:
    return replace(one, request=replace(one.request, tools=(Tool("balance", "", "{}"),)))


def going_on(one: Asked) -> Asked:
    return replace(one, request=replace(one.request, said=Redacted("A new card ")))


def in_json(one: Asked) -> Asked:
    return replace(one, request=replace(one.request, answer_schema="{}"))


@pytest.mark.parametrize(
    "one",
    [
        asked(rule=replace(RULE, cache=None)),
        asked(rule=replace(RULE, cache=Cache(enabled=False))),
        asked(rule=replace(RULE, handoff=True)),
        asked(rule=replace(RULE, agent=AgentRule((), 1, RULE.max_cost_usd))),
        asked("Is [EMAIL_1] the address for my new card?"),
        asked("Is [ email_1 ] the address for my new card?"),
        asked("  "),
        asked("Where is my card? " * 200),
        with_fault(asked()),
        with_tool(asked()),
        going_on(asked()),
        in_json(asked()),
    ],
)
async def test_what_may_not_be_shared_is_neither_learned_nor_looked_up(one: Asked) -> None:
    shelf = Shelf()

    assert not one.is_cacheable
    assert await shelf.cache.learn(one, ANSWER) is None
    assert await shelf.cache.lookup(one) is None
    assert shelf.cache.hit_rate().lookups == 0


@pytest.mark.parametrize(
    "text",
    [
        "We wrote to [EMAIL_1]. [1]",
        "Your card [CREDIT_CARD ****1111] is on its way. [1]",
        "We wrote to \\[email\\_1\\]. [1]",
        "Dear [PERSON 2], it is on its way. [1]",
    ],
)
async def test_an_answer_to_one_customer_is_not_learned(text: str) -> None:
    shelf = Shelf()

    assert await shelf.cache.learn(asked(), replace(ANSWER, text=text)) is None
    assert len(shelf.answers) == 0


async def test_an_answer_with_personal_data_is_not_learned() -> None:
    shelf = Shelf(is_impersonal=lambda answer: "post" not in answer.text)

    assert await shelf.cache.learn(asked(), ANSWER) is None
    assert await shelf.cache.learn(asked(), OTHER) is not None


def test_an_answer_keeps_its_sources_and_one_without_is_none() -> None:
    cites = (Cited(1, CARD_PASSAGE.id, "five days"),)

    cited = answer_of("Five days. [1]", cites, (CARD_PASSAGE,), HAIKU)
    marked = answer_of("Five days. [1]", (), (CARD_PASSAGE,), HAIKU)

    assert cited is not None
    assert cited.sources == (Source(1, CARD_PASSAGE, "five days"),)
    assert marked is not None
    assert marked.passages == (CARD_PASSAGE,)
    assert answer_of("Five days.", (), (CARD_PASSAGE,), HAIKU) is None
    assert answer_of("Five days. [2]", (), (CARD_PASSAGE,), HAIKU) is None
    assert answer_of("Five days. [1]", (Cited(1, "gone", ""),), (CARD_PASSAGE,), HAIKU) is None


async def test_an_answer_expires() -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)
    shelf.now += 3599.9
    assert await shelf.cache.lookup(asked()) is not None
    assert await shelf.cache.lookup(asked(ALIKE)) is not None

    shelf.now += 0.1

    assert await shelf.cache.lookup(asked(ALIKE)) is None
    assert await shelf.cache.lookup(asked()) is None
    assert len(shelf.answers) == 0


async def test_a_bad_rating_forgets_the_answer_and_keeps_it_from_coming_back() -> None:
    shelf = Shelf()
    entry = await shelf.cache.learn(asked(told_as="c1/b1"), ANSWER)
    assert entry is not None
    shelf.cache.told(asked(told_as="c2/b1"), entry.key)

    assert await shelf.cache.forget_told("c2/b1")

    assert await shelf.cache.lookup(asked()) is None
    assert await shelf.cache.learn(asked(), OTHER) is None
    shelf.now += 86_400
    assert await shelf.cache.learn(asked(), OTHER) is not None


async def test_a_rating_of_an_answer_that_was_never_here_changes_nothing() -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)

    assert not await shelf.cache.forget_told("c9/b9")
    assert await shelf.cache.lookup(asked()) is not None


async def test_a_wrong_reuse_is_forgotten() -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)
    found = await shelf.cache.lookup(asked(ALIKE))
    assert found is not None

    assert not await shelf.cache.compare(found, OTHER)

    assert await shelf.cache.lookup(asked()) is None


async def test_a_partition_with_wrong_reuses_wants_them_more_alike_until_it_is_right_again() -> (
    None
):
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)
    found = await shelf.cache.lookup(asked(ALIKE))
    assert found is not None
    for _ in range(6):
        await shelf.cache.compare(found, OTHER)
    shelf.now += 86_400
    await shelf.cache.learn(asked(), ANSWER)

    assert await shelf.cache.lookup(asked(ALIKE)) is None
    assert await shelf.cache.lookup(asked()) is not None

    for _ in range(RIGHT_TO_RELAX * 6):
        assert await shelf.cache.compare(found, ANSWER)
    assert await shelf.cache.lookup(asked(ALIKE)) is not None


async def test_the_hit_rate_counts_the_last_lookups_only() -> None:
    shelf = Shelf(Terms(window=4))
    await shelf.cache.lookup(asked())
    await shelf.cache.learn(asked(), ANSWER)
    for _ in range(3):
        await shelf.cache.lookup(asked())
    rate = shelf.cache.hit_rate()
    assert (rate.lookups, rate.share) == (4, 0.75)
    assert rate.is_low(0.8, 4)
    assert not rate.is_low(0.8, 5)

    await shelf.cache.lookup(asked())

    assert shelf.cache.hit_rate().share == 1.0


async def test_the_least_recently_used_answer_makes_room() -> None:
    shelf = Shelf(answers=MemoryAnswers(most=3, most_in_place=2))
    questions = [f"{QUESTION} {word}" for word in ("please", "thanks", "hello")]
    for question in questions[:2]:
        await shelf.cache.learn(asked(question), ANSWER)
    await shelf.cache.lookup(asked(questions[0]))

    await shelf.cache.learn(asked(questions[2]), ANSWER)

    kept = [await shelf.answers.use(asked(each).key, shelf.now) is not None for each in questions]
    assert kept == [True, False, True]
    for n in range(20):
        guess = replace(SURE, intent=f"intent-{n}")
        await shelf.cache.learn(asked(f"{QUESTION} {n}", guess=guess), ANSWER)
    assert len(shelf.answers) == 3


async def test_among_many_entries_the_nearest_is_found_after_others_were_removed() -> None:
    shelf = Shelf()
    words = [f"w{n:03}" for n in range(120)]
    entries = {}
    for word in words:
        entries[word] = await shelf.cache.learn(asked(f"renew {word} contract cover"), ANSWER)
    for word in words[::3]:
        entry = entries.pop(word)
        assert entry is not None
        await shelf.cache.forget(entry.key)

    for word, entry in entries.items():
        assert entry is not None
        near = await shelf.answers.near(entry.partition, SURE.intent, entry.vector, shelf.now)
        assert near[0].entry == entry, word
        assert len(near) <= 8
