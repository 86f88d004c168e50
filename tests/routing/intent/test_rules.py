import pytest

from routing.intent.rules import Keywords, keywords_of


def keywords() -> Keywords:
    return keywords_of(
        [
            ("card-lost", ["lost card", "Karte verloren", "tarjeta perdida"]),
            ("human", ["a human", "menschen sprechen"]),
            ("refund", ["退款", "refund", "c++", ""]),
            ("empty", []),
            ("blank", ["  "]),
        ]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have a lost card", "card-lost"),
        ("LOST   CARD!", "card-lost"),
        ("lost\ncard", "card-lost"),
        ("lost cards", None),
        ("flost card", None),
        ("lost-card", None),
        ("(lost card)", "card-lost"),
        ("Ich habe meine KARTE VERLOREN", "card-lost"),
        ("refunding", None),
        ("prerefund", None),
        ("refund_", None),
        ("refund", "refund"),
        ("I like c++", "refund"),
        ("我要退款吗", "refund"),
        ("\uff52\uff45\uff46\uff55\uff4e\uff44", "refund"),
        ("a human about my lost card", None),
        ("refund, refund", "refund"),
        ("", None),
        ("nothing of it", None),
    ],
)
def test_a_keyword_counts_as_a_whole_phrase_of_exactly_one_intent(
    text: str, expected: str | None
) -> None:
    assert keywords().intent_of(text) == expected


def test_an_intent_without_phrases_has_no_pattern() -> None:
    assert [intent for intent, _ in keywords().patterns] == ["card-lost", "human", "refund"]


def test_a_curly_apostrophe_is_a_straight_one() -> None:
    assert keywords_of([("a", ["can't pay"])]).intent_of("I can\u2019t pay") == "a"
    assert keywords_of([("a", ["can\u2019t pay"])]).intent_of("I can't pay") == "a"
