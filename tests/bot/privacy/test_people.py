import pytest

from bot.privacy.detect import find
from bot.privacy.kinds import NO_HINTS, REPLY, Kind

NAMED = [
    ("Hi Zorana, can you check this?", "Zorana"),
    ("Dear Quillon,\nthe limit is wrong", "Quillon"),
    ("all good now, thanks Marlies", "Marlies"),
    ("Cheers, Bexley", "Bexley"),
    ("where is it?\n- Oisin", "Oisin"),
    ("Kind regards\nWendeline Oosterhuis", "Wendeline Oosterhuis"),
    ("my wife Thandiwe has the card", "Thandiwe"),
    ("my brother kevin paid", "kevin"),
    ("it was told by Yevhen in the branch", "Yevhen"),
    ("on behalf of Fitzwilliam Darrow", "Fitzwilliam Darrow"),
    ("I spoke to Ottilie", "Ottilie"),
    ("this is rosa jimenez from the bakery", "rosa jimenez"),
    ("the joint holder is Ferdinand Achebe", "Ferdinand Achebe"),
    ("Lakeisha Thompson sent it", "Lakeisha Thompson"),
    ("please add Emma, Zorblax and Peter", "Zorblax"),
    ("it is mr henderson again", "henderson"),
    ("Perry Kolakowski here, locked out", "Perry Kolakowski"),
    ("please check Ximena's account", "Ximena"),
    ("Zorblax's address has changed", "Zorblax"),
]

NOBODY = [
    "Hi there, thanks for the help",
    "Dear Customer Service",
    "Thanks Visa",
    "I spoke to Support about it",
    "my bank manager is on holiday",
    "Hi Team, my PayPal transfer failed",
    "Wells Fargo and Morgan Stanley charge less",
    "Johnson & Johnson paid a dividend",
    "my friend told me about Revolut",
    "It's Monday, and I'm in Madrid",
    "paid by Visa in Costa Rica",
    "is San Diego or Santa Barbara closer",
]


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_a_person_is_known_by_what_stands_around_the_name(text: str, name: str) -> None:
    assert (Kind.NAME, name) in [(s.kind, text[s.start : s.end]) for s in find(text, NO_HINTS)]


@pytest.mark.parametrize("text", NOBODY)
def test_firms_places_and_days_are_nobody(text: str) -> None:
    assert [text[s.start : s.end] for s in find(text, NO_HINTS)] == []


def test_a_reply_is_judged_unit_by_unit_since_it_comes_in_pieces() -> None:
    assert find("I told your brother quillon so", REPLY) == ()
