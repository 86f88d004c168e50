"""What parts two questions, however alike they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing.cache.gates import Veto, traits_of, veto

PARTED = [
    ("Can I drive with a licence?", "Can I drive without a licence?", Veto.NEGATION),
    ("Can I pay abroad?", "Why can't I pay abroad?", Veto.NEGATION),
    ("Why cant I pay", "Why can I pay", Veto.NEGATION),
    ("I can pay but not withdraw", "I can withdraw but not pay", Veto.NEGATION),
    ("Kann ich die Karte sperren?", "Kann ich die Karte nicht sperren?", Veto.NEGATION),
    ("Kann ich ohne Gebühr zahlen?", "Kann ich mit Gebühr zahlen?", Veto.NEGATION),
    ("Je peux payer avec ma carte", "Je ne peux pas payer avec ma carte", Veto.NEGATION),
    ("Je n'ai jamais reçu ma carte", "J'ai reçu ma carte", Veto.NEGATION),
    ("Puedo pagar con tarjeta", "Puedo pagar sin tarjeta", Veto.NEGATION),
    ("Nunca recibí mi tarjeta", "Recibí mi tarjeta", Veto.NEGATION),
    ("How do I turn on contactless?", "How do I turn off contactless?", Veto.ANTONYMS),
    ("How do I activate my card?", "How do I deactivate my card?", Veto.ANTONYMS),
    ("How do I subscribe to alerts?", "How do I unsubscribe to alerts?", Veto.ANTONYMS),
    ("Wie kann ich ein Konto eröffnen?", "Wie kann ich ein Konto schliessen?", Veto.ANTONYMS),
    ("Comment ouvrir un compte ?", "Comment fermer un compte ?", Veto.ANTONYMS),
    ("¿Puedo abrir una cuenta?", "¿Puedo cerrar una cuenta?", Veto.ANTONYMS),
    ("Move money from savings to checking", "Move money from checking to savings", Veto.DIRECTION),
    ("Can I get it back from the seller?", "Can the seller get it back from me?", Veto.DIRECTION),
    ("Should I block my card?", "How do I block my card?", Veto.ASKED),
    ("Do you charge for withdrawals?", "Why did you charge for withdrawals?", Veto.ASKED),
    ("Can I send 100 euros?", "Can I send 1000 euros?", Veto.NUMBERS),
    ("Can I have two cards?", "Can I have three cards?", Veto.NUMBERS),
    ("What is the fee for $50?", "What is the fee for £50?", Veto.NAMES),
    ("Does Apple Pay work?", "Does Google Pay work?", Veto.NAMES),
    ("can i pay in france", "can i pay in spain", Veto.NAMES),
    ("What is the limit per day?", "What is the limit per month?", Veto.NAMES),
    ("Is the Alder account free?", "Is the Birch account free?", Veto.NAMES),
    ("Is [EMAIL_1] right?", "Is [PHONE_NUMBER_1] right?", Veto.PLACEHOLDERS),
    ("When will my card arrive?", "Where will my card arrive?", Veto.ASKED),
    ("How much can I send?", "How often can I send?", Veto.ASKED),
    ("How do I change my address?", "How do I change my surname?", Veto.CONTENT),
]
SAME = [
    ("How do I activate my card?", "how can i activate my card"),
    ("Can I send 1,000 euros?", "can i send 1000 euros"),
    ("Can I have two cards?", "can I have 2 cards"),
    ("My card hasn't arrived yet", "my card hasnt arrived"),
    ("Does Apple Pay work?", "does apple pay work?"),
    ("WHERE IS MY CARD", "Where is my card?"),
    ("What does a transfer cost?", "How much is the fee for a transfer?"),
]
WORDS = (
    "how do I my card can not without send from to account savings 2 3 two Visa visa open close "
    "[EMAIL_1] US us $ when where lost found nicht pas sin"
)
NEGATING = "not never without nicht ohne pas jamais nunca sin"
PIECES = some.sampled_from(WORDS.split())
TEXTS = some.lists(PIECES, max_size=8).map(" ".join) | some.text(max_size=40)


@pytest.mark.parametrize(("one", "other", "why"), PARTED)
def test_questions_that_differ_in_one_telling_thing_are_parted(
    one: str, other: str, why: Veto
) -> None:
    assert veto(traits_of(one), traits_of(other)) is why


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words_is_not_parted(one: str, other: str) -> None:
    assert veto(traits_of(one), traits_of(other)) is None


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_a_veto_does_not_depend_on_who_asked_first(one: str, other: str) -> None:
    first, second = traits_of(one), traits_of(other)

    assert (veto(first, second) is None) == (veto(second, first) is None)
    assert veto(first, second) is veto(second, first)


@given(TEXTS)
@settings(max_examples=25, deadline=None)
def test_nothing_parts_a_question_from_itself(text: str) -> None:
    assert veto(traits_of(text), traits_of(text)) is None


@given(TEXTS, some.integers(2, 10**6), some.integers(2, 10**6))
@settings(max_examples=25, deadline=None)
def test_another_number_always_parts(text: str, one: int, other: int) -> None:
    first, second = traits_of(f"{text} {one}"), traits_of(f"{text} {other}")

    assert (veto(first, second) is None) == (one == other)


@given(TEXTS, some.sampled_from(NEGATING.split()))
@settings(max_examples=25, deadline=None)
def test_a_negation_more_always_parts(text: str, negation: str) -> None:
    assert veto(traits_of(text), traits_of(f"{text} {negation} paid")) is not None
