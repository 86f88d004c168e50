import pytest

from routing.models.extract import LEAST_EVIDENCE, evidence, extract, query_of, weights_of
from routing.request import Passage, Redacted

PIN = Passage(
    "pin#0",
    "Change or unblock your PIN",
    "https://help.example.org/pin",
    Redacted(
        "You find your PIN in the app.\n\n## Change the PIN\n\nTap **Change PIN** in the app.\n\n"
        "## PIN blocked\n\nAfter three wrong attempts the PIN is blocked. Tap **Unblock PIN**."
    ),
    0.9,
)
TRAVEL = Passage(
    "travel#0",
    "Using your card abroad",
    "",
    Redacted(
        "Your card works abroad. You need not tell us before you travel. Match days are busy."
    ),
    0.8,
)
GERMAN = Passage(
    "pin-de#0",
    "PIN ändern",
    "",
    Redacted("Sie können die PIN in der App ändern. Das ist kostenlos und geht mit dem Handy."),
    0.7,
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How do I change my PIN?", "Tap Change PIN in the app."),
        ("my pin is blocked!!", "After three wrong attempts the PIN is blocked."),
        ("does my card work abroad?", "Your card works abroad."),
    ],
)
def test_the_passage_and_sentence_that_answer_are_found(question: str, answer: str) -> None:
    found = extract(question, "", (TRAVEL, PIN))

    assert found is not None
    assert answer in " ".join(found.excerpt.lines)
    assert LEAST_EVIDENCE <= found.evidence <= 1


@pytest.mark.parametrize(
    "question",
    [
        "who won the football match",
        "asdf qwer",
        "what is the weather in Paris",
        "how do I cook rice?",
        "can you recommend a restaurant",
        "hello",
        "ok thanks",
        "???",
        "",
        "[EMAIL_1]",
    ],
)
def test_what_is_about_something_else_is_not_answered(question: str) -> None:
    assert extract(question, "", (PIN, TRAVEL)) is None


def test_without_passages_there_is_no_answer() -> None:
    assert extract("How do I change my PIN?", "", ()) is None


@pytest.mark.parametrize("question", ["¿Cómo puedo cambiar el PIN de mi card?", "как сменить pin"])
def test_a_question_in_another_language_is_not_answered_in_english(question: str) -> None:
    assert extract(question, "", (PIN, TRAVEL)) is None


def test_a_question_is_answered_in_its_own_language() -> None:
    found = extract("Wie kann ich die PIN ändern?", "", (PIN, GERMAN))

    assert found is not None
    assert found.passage is GERMAN


def test_a_short_question_that_leans_on_the_one_before_is_read_with_it() -> None:
    assert extract("and if it is blocked?", "", (TRAVEL,)) is None
    found = extract("and how do I change it?", "I forgot my PIN", (PIN, TRAVEL))

    assert found is not None
    assert found.passage is PIN


def test_a_question_that_stands_alone_is_not_mixed_with_the_one_before() -> None:
    assert query_of("what is your IBAN?", "I lost my card") == "what is your IBAN?"
    assert (
        query_of("how long does it take?", "order a card") == "order a card\nhow long does it take?"
    )
    assert weights_of("what is your IBAN?", "I lost my card") == weights_of("what is your IBAN?")


def test_more_of_the_question_is_more_evidence() -> None:
    full = evidence(weights_of("change my PIN"), PIN)
    part = evidence(weights_of("change my PIN at the football stadium on the moon"), PIN)

    assert full > part > evidence(weights_of("football"), PIN) == 0
