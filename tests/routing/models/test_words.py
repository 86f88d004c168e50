import pytest

from routing.models import words
from routing.models.words import content_words, folded, rules_version, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("charged", "charges"),
        ("declined", "declining"),
        ("transferred", "transfers"),
        ("cities", "city"),
        ("boxes", "box"),
        ("verify", "verified"),
        ("quickly", "quick"),
        ("automatically", "automatic"),
        ("activation", "activate"),
        ("processes", "process"),
    ],
)
def test_forms_of_a_word_have_the_same_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["pin", "bus", "this", "gas", "ring", "red", "sing", "fee", "pay"])
def test_short_words_are_left_alone(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who won the football match?", ("won", "football", "match")),
        ("I LOST my card!!", ("lost", "card")),
        ("What is the of and", ()),
        ("My café is closed", ("caf", "clos")),
        ("call [PHONE_1] or [EMAIL_12]", ("speak",)),
        ("", ()),
    ],
)
def test_what_matters_is_kept_in_order(question: str, words: tuple[str, ...]) -> None:
    assert content_words(question) == words


@pytest.mark.parametrize(
    ("customer", "article"),
    [
        ("the cash machine kept it", "the ATM kept it"),
        ("top up", "top-ups"),
        ("I can't sign in", "log in"),
        ("I want my money back", "refund"),
        ("my card hasn't arrived", "your card has not come"),
        ("my card hasn\u2019t arrived", "your card has not come"),
        ("there's a payment I didn't make", "a payment that you do not recognise"),
        ("how long does delivery take", "how soon does delivery take"),
        ("it doesnt work", "it is not working"),
        ("get rid of my account", "close your account"),
        ("taking money out", "withdraw"),
        ("stolen by a thief", "theft and stealing"),
        ("my kids", "children"),
    ],
)
def test_customers_and_articles_may_use_different_words(customer: str, article: str) -> None:
    assert set(content_words(article)) <= set(content_words(customer))


def test_folding_takes_accents_case_and_placeholders_away() -> None:
    assert folded("Größe É [CREDIT_CARD ****1111] can\u2019t").split() == [
        "große",
        "e",
        "ca",
        "not",
    ]


def test_the_version_of_the_rules_changes_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rules_version()
    monkeypatch.setattr(words, "GROUPS", ())

    assert rules_version() != before
