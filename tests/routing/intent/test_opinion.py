import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decision import Guess
from routing.intent.opinion import (
    NONE,
    RELIABILITY,
    Opinion,
    combined,
    is_uncertain,
    opinion_of,
    priors_of,
    questions_of,
    schema_of,
)
from routing.intent.train import OUT_OF_SCOPE
from routing.policy.policy import Rule
from routing.request import Redacted
from tests.routing.intent.bank import SAID
from tests.routing.samples import CARD_PASSAGE, request

NAMES = tuple(SAID)
RULES = tuple(Rule(intent, examples) for intent, examples in SAID.items())
UNSURE = Guess(
    "card-lost", 0.4, "linear", (("statement", 0.3), ("charged-twice", 0.2), ("transfer-late", 0.1))
)
STRANGE = Guess(OUT_OF_SCOPE, 0.1, "none", (("card-lost", 0.3), ("statement", 0.2)))
SHARES = st.floats(0, 1)
GUESSES = st.builds(
    lambda order, confidence, shares, layer: Guess(
        order[0] if layer == "linear" else OUT_OF_SCOPE,
        confidence,
        layer,
        tuple(zip(order[layer == "linear" :], shares, strict=False)),
    ),
    st.permutations(NAMES),
    SHARES,
    st.lists(SHARES, max_size=3),
    st.sampled_from(("linear", "none")),
)


@pytest.mark.parametrize("chosen", [*NAMES, NONE])
def test_an_answer_that_follows_the_schema_is_an_opinion(chosen: str) -> None:
    answer = json.dumps({"intent": chosen, "confidence": 0.9})

    assert opinion_of(answer, NAMES) == Opinion(OUT_OF_SCOPE if chosen == NONE else chosen, 0.9)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "card-lost",
        '"card-lost"',
        "[]",
        "null",
        '{"intent": "card-lost"}',
        '{"confidence": 1}',
        '{"intent": "card-lost", "confidence": 0.9',
        '{"intent": "card-lost", "confidence": 0.9} and more',
        '```json\n{"intent": "card-lost", "confidence": 0.9}\n```',
        '{"intent": "card-lost", "confidence": 0.9, "why": "it is gone"}',
        '{"intent": "card-lost", "confidence": "0.9"}',
        '{"intent": "card-lost", "confidence": true}',
        '{"intent": "card-lost", "confidence": null}',
        '{"intent": "card-lost", "confidence": 1.01}',
        '{"intent": "card-lost", "confidence": -0.1}',
        '{"intent": "card-lost", "confidence": NaN}',
        '{"intent": "card-lost", "confidence": Infinity}',
        '{"intent": "Card-Lost", "confidence": 0.9}',
        '{"intent": "default", "confidence": 0.9}',
        '{"intent": ["card-lost"], "confidence": 0.9}',
        '[{"intent": "card-lost", "confidence": 0.9}]',
        "[" * 5000,
    ],
)
def test_anything_odd_is_no_opinion(answer: str) -> None:
    assert opinion_of(answer, NAMES) is None


@given(st.text(max_size=60))
def test_whatever_a_model_writes_is_read_without_an_error(answer: str) -> None:
    assert opinion_of(answer, NAMES) is None


def test_the_schema_names_every_intent_and_is_the_same_for_all_messages() -> None:
    schemas = {
        question.answer_schema
        for text in ("my card", "something else")
        for question in questions_of(request(), Redacted(text), RULES)
    }

    assert schemas == {schema_of(NAMES)}
    content = json.loads(schema_of(NAMES))
    assert content["properties"]["intent"]["enum"] == [NONE, *NAMES]
    assert content["required"] == ["intent", "confidence"]
    assert content["additionalProperties"] is False


def test_questions_become_shorter_and_hold_the_message_and_every_name() -> None:
    turn = request("Hello", "Hi!", "and my card?", passages=[CARD_PASSAGE])
    questions = list(questions_of(turn, Redacted("it is gone"), RULES))

    lengths = [len(question.system) for question in questions]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == 3
    for question in questions:
        assert [message.text for message in question.messages] == ["it is gone"]
        assert question.passages == ()
        assert all(name in question.system for name in NAMES)
    assert SAID["card-lost"][2] in questions[0].system
    assert SAID["card-lost"][0] not in questions[2].system


@pytest.mark.parametrize(
    ("guess", "text", "expected"),
    [
        (UNSURE, "something about my card", True),
        (STRANGE, "something about my card", True),
        (Guess("card-lost", 0.56, "linear"), "something about my card", False),
        (Guess("card-lost", 1.0, "rules"), "I lost my card", False),
        (Guess(OUT_OF_SCOPE, 0.9, "none", (("card-lost", 0.9),)), "who painted that", True),
        (Guess(OUT_OF_SCOPE, 0.0, "none"), "4711", False),
        (Guess(OUT_OF_SCOPE, 0.0, "none"), "[EMAIL_1]", False),
        (Guess(OUT_OF_SCOPE, 0.0, "none"), "", False),
        (Guess(OUT_OF_SCOPE, 0.0, "none"), "meine karte ist weg", True),
    ],
)
def test_only_the_uncertain_rest_is_asked_about(guess: Guess, text: str, expected: bool) -> None:
    assert is_uncertain(guess, Redacted(text), 0.55) is expected
    assert not is_uncertain(guess, Redacted(text), 0.0)


def test_a_model_that_agrees_makes_the_guess_surer() -> None:
    guess = combined(UNSURE, Opinion("card-lost", 0.8))

    assert (guess.intent, guess.layer) == ("card-lost", "model")
    assert RELIABILITY < guess.confidence < 0.95
    assert [name for name, _ in guess.runners_up] == ["statement", "charged-twice", "transfer-late"]


def test_a_model_that_names_a_runner_up_wins_over_an_uncertain_classifier() -> None:
    guess = combined(UNSURE, Opinion("statement", 0.8))

    assert guess.intent == "statement"
    assert guess.confidence <= RELIABILITY
    assert guess.runners_up[0][0] == "card-lost"


def test_a_model_that_names_an_intent_nobody_thought_of_is_not_believed_beyond_itself() -> None:
    guess = combined(UNSURE, Opinion("change-address", 1.0))

    assert guess.intent == "change-address"
    assert guess.confidence <= RELIABILITY


def test_a_model_that_finds_nothing_that_fits_sends_the_turn_to_the_default_rule() -> None:
    doubted, agreed = (combined(guess, Opinion(OUT_OF_SCOPE, 0.9)) for guess in (UNSURE, STRANGE))

    assert (doubted.intent, doubted.layer) == (OUT_OF_SCOPE, "model")
    assert agreed.intent == OUT_OF_SCOPE
    assert agreed.confidence > RELIABILITY >= doubted.confidence
    assert agreed.runners_up[0][0] == "card-lost"


def test_a_model_brings_back_what_the_classifier_had_refused() -> None:
    unknown_words = Guess(OUT_OF_SCOPE, 0.0, "none")

    assert combined(unknown_words, Opinion("card-lost", 0.9)) == Guess(
        "card-lost", RELIABILITY, "model"
    )


def test_an_unlikely_opinion_does_not_beat_a_classifier_that_is_rather_sure() -> None:
    linear = Guess("card-lost", 0.8, "linear", (("statement", 0.15), ("pin", 0.005)))

    assert combined(linear, Opinion("pin", 1.0)).intent == "card-lost"


@given(GUESSES, st.sampled_from([*NAMES, OUT_OF_SCOPE]), st.floats(0.5, 1))
def test_the_number_that_a_model_gives_itself_does_not_matter(
    linear: Guess, chosen: str, sure: float
) -> None:
    assert combined(linear, Opinion(chosen, sure)) == combined(linear, Opinion(chosen, 1.0))
    assert combined(linear, Opinion(chosen, 0.49)) == linear


@given(GUESSES, st.sampled_from([*NAMES, OUT_OF_SCOPE]))
def test_what_they_come_to_together_is_a_guess_like_any_other(linear: Guess, chosen: str) -> None:
    guess = combined(linear, Opinion(chosen, 1.0))

    assert 0 <= guess.confidence <= 1
    assert all(0 <= share <= 1 for _, share in guess.runners_up)
    assert guess.intent not in dict(guess.runners_up)
    assert sum(priors_of(linear).values()) <= 1 + 1e-9
    if not guess.intent == linear.intent == chosen and guess.layer == "model":
        assert guess.confidence <= RELIABILITY


@given(SHARES, st.sampled_from(NAMES))
def test_below_the_usual_border_the_model_decides(confidence: float, chosen: str) -> None:
    linear = Guess(NAMES[0], min(confidence, 0.55), "linear", ((NAMES[1], 0.2), (NAMES[2], 0.1)))

    assert combined(linear, Opinion(chosen, 1.0)).intent == chosen


@given(GUESSES)
def test_agreement_never_makes_a_guess_less_sure(linear: Guess) -> None:
    guess = combined(linear, Opinion(linear.intent, 1.0))

    if linear.layer == "linear":
        assert guess.confidence >= linear.confidence - 1e-9
