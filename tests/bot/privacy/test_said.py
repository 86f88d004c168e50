import pytest

from bot.privacy.detect import find
from bot.privacy.kinds import NO_HINTS, Kind

SAID = [
    ("it's anna dot marsh at example dot com", Kind.EMAIL, "anna dot marsh at example dot com"),
    ("my email is j o e at mail dot org", Kind.EMAIL, "j o e at mail dot org"),
    ("mark at gmail dot com is my email", Kind.EMAIL, "mark at gmail dot com"),
    ("i was born on the third of may nineteen ninety two", Kind.DATE_OF_BIRTH,
     "the third of may nineteen ninety two"),
    ("date of birth august twelfth two thousand and one", Kind.DATE_OF_BIRTH,
     "august twelfth two thousand and one"),
    ("call me on forty one, fifty five, twelve, thirty three", Kind.PHONE,
     "forty one, fifty five, twelve, thirty three"),
    ("mein handy ist null eins sieben zwei drei vier fünf sechs", Kind.PHONE,
     "null eins sieben zwei drei vier fünf sechs"),
    ("the zip is one two three four five", Kind.ADDRESS, "one two three four five"),
    ("my account number is eight eight one two double four", Kind.ACCOUNT,
     "eight eight one two double four"),
    ("my pin is nine nine one two", Kind.SECRET, "nine nine one two"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value"), SAID)
def test_what_is_read_out_is_found(text: str, kind: Kind, value: str) -> None:
    assert (kind, value) in [(s.kind, text[s.start : s.end]) for s in find(text, NO_HINTS)]


@pytest.mark.parametrize(
    "text",
    [
        "it happened one or two times in twenty twenty four",
        "two hundred and fifty dollars on the third of may",
        "look at amazon dot com for it",
        "meet me at the store at noon dot",
        "i called at nine ten and eleven yesterday",
        "order number four four one nine two zero seven",
    ],
)
def test_ordinary_numbers_and_places_in_words_stay(text: str) -> None:
    assert [text[s.start : s.end] for s in find(text, NO_HINTS)] == []
