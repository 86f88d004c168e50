import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.privacy.detect.finder import find
from bot.privacy.detect.plain import visible
from bot.privacy.kinds import Hints, Kind
from channels.voice.digits import with_digits

CARD = "4111 1111 1111 1111"
TYPED = [
    ("en-US", "my card is four one one one, one one one one, one one one one, one one one one",
     f"my card is {CARD}"),
    ("en-US", "Four one one one. One one one one. One one one one. One one one one.", f"{CARD}."),
    ("en-US", "card four one one one one one one one uh one one one one and then one one one one, "
     "expires soon", f"card {CARD}, expires soon"),
    ("en-US", "four triple one double one one one one one one one one one one one", CARD),
    ("en-US", "4111 1111 one one one one one one one one", CARD),
    ("en-US", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", CARD),
    ("en-US", "four one one one dash one one one one dash one one one one dash one one one one",
     CARD),
    ("en-US", "forty-one eleven eleven eleven eleven eleven eleven eleven", CARD),
    ("en-US", "three seven eight two eight two two four six three one zero zero zero five",
     "3782 8224 6310 005"),
    ("en-US", "double five", "55"),
    ("en-US", "double oh seven five", "0075"),
    ("en-US", "call me at five five five oh one double oh one two three",
     "call me at 555 010 0123"),
    ("en-US", "five five five zero one zero zero one two three", "555 010 0123"),
    ("en-US", "one eight hundred five five five zero one nine nine", "1 800 555 0199"),
    ("en-US", "five five five zero one two three", "555 0123"),
    ("en-US", "plus four nine one seven six one two three four five six seven eight",
     "+4917612345678"),
    ("en-US", "my card ends in forty-one eleven", "my card ends in 4111"),
    ("en-US", "my code is twelve thirty four", "my code is 1234"),
    ("en-US", "the pin is one two three four.", "the pin is 1234."),
    ("en-US", "cvv one two three", "cvv 123"),
    ("en-US", "social security one two three four five six seven eight nine",
     "social security 123-45-6789"),
    ("en-US", "twelve thirty four fifty six", "123456"),
    ("en-US", "oh, five five five five five", "oh, 55555"),
    ("en-US", "four one one one no five one one one", "4111 no 5111"),
    ("en-US", "my iban is D E eight nine three seven zero four zero zero four four zero five three "
     "two zero one three zero zero zero", "my iban is DE89 3704 0044 0532 0130 00"),
    ("en-US", "john dot smith at example dot com", "john.smith@example.com"),
    ("en-US", "my email is john dot smith four two at example dot com, thanks",
     "my email is john.smith42@example.com, thanks"),
    ("en-US", "my email is j o h n at g mail dot com", "my email is john@gmail.com"),
    ("en-US", "it's john underscore smith at my dash bank dot example",
     "it's john_smith@my-bank.example"),
    ("en-US", "email john at example dot co dot uk please", "email john@example.co.uk please"),
    ("en-US", "john.smith at example.com", "john.smith@example.com"),
    ("en-US", "john at example dot com", "john@example.com"),
    ("de-DE", "meine Karte ist vier eins eins eins, eins eins eins eins ähm eins eins eins eins "
     "und dann eins eins eins eins", f"meine Karte ist {CARD}"),
    ("de-DE", "Meine PIN ist eins zwei drei vier", "Meine PIN ist 1234"),
    ("de-DE", "null drei null eins zwo drei vier fünf sechs sieben", "03 01 23 45 67"),
    ("de-DE", "einundvierzig elf elf elf", "41111111"),
    ("de-DE", "max punkt muster at example punkt de", "max.muster@example.de"),
    ("de-DE", "doppel fünf vier vier", "5544"),
    ("es-ES", "mi tarjeta es cuatro uno uno uno uno uno uno uno eh uno uno uno uno y luego uno uno "
     "uno uno", f"mi tarjeta es {CARD}"),
    ("es-ES", "mi número es seis uno dos tres cuatro cinco seis siete ocho",
     "mi número es 612345678"),
    ("es-ES", "cuarenta y uno once once once", "41111111"),
    ("es-ES", "dieciséis diecisiete dieciocho", "161718"),
    ("es-ES", "juan punto perez arroba ejemplo punto com", "juan.perez@ejemplo.com"),
    ("es-ES", "doble cinco cuatro cuatro", "5544"),
    ("fr-FR", "ma carte est quatre un un un un un un un euh un un un un et puis un un un un",
     f"ma carte est {CARD}"),
    ("fr-FR", "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "06 12 34 56 78"),
    ("fr-CH", "zéro six douze trente-quatre cinquante-six septante-huit", "06 12 34 56 78"),
    ("fr-FR", "quarante et un onze onze onze", "41111111"),
    ("fr-FR", "jean point dupont arobase exemple point fr", "jean.dupont@exemple.fr"),
]  # fmt: skip
LEFT = [
    ("en-US", ""),
    ("en-US", "I have two cards"),
    ("en-US", "twenty dollars"),
    ("en-US", "two hundred fifty dollars"),
    ("en-US", "I paid three four five dollars"),
    ("en-US", "one two three four times"),
    ("en-US", "twenty twenty four"),
    ("en-US", "in nineteen ninety nine"),
    ("en-US", "it was twelve thirty four"),
    ("en-US", "nine one one"),
    ("en-US", "four one one no, five"),
    ("en-US", "no, five"),
    ("en-US", "one or two, maybe three"),
    ("en-US", "three four five days"),
    ("en-US", "oh, I have one"),
    ("en-US", "no one at home"),
    ("en-US", "a double room"),
    ("en-US", "I bought it at example dot com"),
    ("en-US", "dot the i"),
    ("en-US", "order 48213 for $29.50"),
    ("en-US", "4111 1111 1111 1111"),
    ("en-US", "two thousand five hundred"),
    ("de-DE", "ich habe zwei Karten"),
    ("de-DE", "zwanzig Euro"),
    ("de-DE", "um zwölf dreißig"),
    ("de-DE", "eins, zwei oder drei"),
    ("es-ES", "tengo dos tarjetas"),
    ("es-ES", "veinte euros"),
    ("fr-FR", "j'ai deux cartes"),
    ("fr-FR", "vingt euros"),
    ("fr-FR", "un ou deux"),
    ("it-IT", "quattro uno uno uno"),
    ("it-IT", "four one one one"),
]
WORDS = [
    *("one", "five", "double", "oh", "twenty", "forty", "eleven", "uh", "and", "then", "at", "dot"),
    *("com", "john", "my", "card", "is", "4111", "7", ",", ".", "no", "dollars", "hundred", "plus"),
    *("e", "mail", "d"),
]
FOUND = [
    ("my card is four one one one, one one one one, one one one one, one one one one",
     Kind.CREDIT_CARD),
    ("it's five five five five, five five five five, five five five five, four four four four",
     Kind.CREDIT_CARD),
    ("three seven eight two eight two two four six three one zero zero zero five",
     Kind.CREDIT_CARD),
    ("call me on two one two five five five oh one double oh", Kind.PHONE),
    ("plus four four two zero seven nine four six zero nine five eight", Kind.PHONE),
    ("my social is one two three four five six seven eight nine", Kind.SSN),
    ("the iban is D E eight nine three seven zero four zero zero four four zero five three two "
     "zero one three zero zero zero", Kind.IBAN),
    ("my pin is one two three four", Kind.SECRET),
    ("john dot smith at example dot com", Kind.EMAIL),
    ("my account number is one two three four five six seven eight", Kind.ACCOUNT),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "heard", "typed"), TYPED)
def test_spoken_digits_and_addresses_become_what_one_would_type(
    locale: str, heard: str, typed: str
) -> None:
    assert with_digits(heard, locale) == typed
    assert with_digits(typed, locale) == typed


@pytest.mark.parametrize(("locale", "heard"), LEFT)
def test_quantities_times_years_and_corrections_stay_as_they_were(locale: str, heard: str) -> None:
    assert with_digits(heard, locale) == heard


@pytest.mark.parametrize(("heard", "kind"), FOUND)
def test_what_was_spoken_is_found_by_the_redaction(heard: str, kind: Kind) -> None:
    typed = with_digits(heard, "en-US")
    found = [span.kind for span in find(visible(typed), Hints(locale="en-US"))]

    assert found == [kind]


@pytest.mark.parametrize("cut", range(1, 16))
@pytest.mark.parametrize("is_first_typed", [True, False])
def test_a_number_spoken_in_two_fragments_is_one_when_they_are_joined(
    cut: int, is_first_typed: bool
) -> None:
    words = ["four", *("one" for _ in range(15))]
    first, second = " ".join(words[:cut]), " ".join(words[cut:])
    before = f"my card is {first}"
    joined = f"{with_digits(before, 'en-US') if is_first_typed else before} {second}"
    typed = with_digits(joined, "en-US")

    assert typed == f"my card is {CARD}"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=20,
    ).map(" ".join)
    | st.text(max_size=30),
    st.sampled_from(["en-US", "de-DE", "fr-FR", "es-ES", "it-IT"]),
)
def test_any_text_is_taken_and_typed_only_once(text: str, locale: str) -> None:
    typed = with_digits(text, locale)

    assert with_digits(typed, locale) == typed
    assert sum(map(str.isdecimal, typed)) >= sum(map(str.isdecimal, text))
