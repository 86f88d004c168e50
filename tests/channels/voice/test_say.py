import pytest

from channels.voice.say_locale import tongue_of
from channels.voice.say_numbers import cardinal, counted, digits, ordinal, year
from channels.voice.speech import SpeechStream


def said(text: str, locale: str) -> str:
    stream = SpeechStream(locale)
    return stream.feed(text) + stream.flush()


CARDINALS = [
    ("en", 0, "zero"),
    ("en", 21, "twenty-one"),
    ("en", 115, "one hundred fifteen"),
    ("en", 1_250, "one thousand two hundred fifty"),
    ("en", 2_000_001, "two million one"),
    ("es", 16, "dieciséis"),
    ("es", 31, "treinta y uno"),
    ("es", 100, "cien"),
    ("es", 101, "ciento uno"),
    ("es", 21_000, "veintiún mil"),
    ("es", 1_000_000, "un millón"),
    ("fr", 71, "soixante et onze"),
    ("fr", 80, "quatre-vingts"),
    ("fr", 97, "quatre-vingt-dix-sept"),
    ("fr", 200, "deux cents"),
    ("fr", 80_000, "quatre-vingt mille"),
    ("fr", 1_000, "mille"),
    ("de", 21, "einundzwanzig"),
    ("de", 101, "einhunderteins"),
    ("de", 21_001, "einundzwanzigtausendeins"),
    ("de", 1_000_000, "eine Million"),
]
ORDINALS = [
    ("en", 1, "first"),
    ("en", 12, "twelfth"),
    ("en", 20, "twentieth"),
    ("en", 23, "twenty-third"),
    ("es", 3, "tercero"),
    ("fr", 1, "premier"),
    ("fr", 9, "neuvième"),
    ("fr", 24, "vingt-quatrième"),
    ("de", 3, "dritt"),
    ("de", 19, "neunzehnt"),
    ("de", 24, "vierundzwanzigst"),
]
VALUES = [
    ("en-US", "$29.50", "twenty-nine dollars and fifty cents"),
    ("en-US", "$1,250.00", "one thousand two hundred fifty dollars"),
    ("en-US", "$0.50", "fifty cents"),
    ("en-US", "$1.01", "one dollar and one cent"),
    ("en-US", "-$5", "minus five dollars"),
    ("en-US", "£3.20", "three pounds and twenty pence"),
    ("en-US", "20 EUR", "twenty euros"),
    ("en-US", "EUR 20", "twenty euros"),
    ("en-US", "1 250,00 EUR", "one thousand two hundred fifty euros"),
    ("en-US", "CHF 1'250.50", "one thousand two hundred fifty Swiss francs and fifty centimes"),
    ("en-US", "$3 million", "three million dollars"),
    ("en-US", "$1.5M", "one point five million dollars"),
    ("en-US", "$10-$20", "ten dollars to twenty dollars"),
    ("en-US", "10\u201320 EUR", "ten to twenty euros"),
    ("en-US", "$29.50/month", "twenty-nine dollars and fifty cents per month"),
    ("en-US", "3.5%", "three point five percent"),
    ("en-US", "5-10%", "five to ten percent"),
    ("en-US", "2026-11-24", "November twenty-fourth, twenty twenty-six"),
    ("en-US", "05/06/2026", "May sixth, twenty twenty-six"),
    ("en-GB", "05/06/2026", "June fifth, twenty twenty-six"),
    ("en-US", "24/11/2026", "November twenty-fourth, twenty twenty-six"),
    ("en-US", "Nov 24", "November twenty-fourth"),
    ("en-US", "Nov. 24, 2026", "November twenty-fourth, twenty twenty-six"),
    ("en-US", "November 2026", "November twenty twenty-six"),
    ("en-US", "24 November", "the twenty-fourth of November"),
    ("en-US", "in 2026", "in twenty twenty-six"),
    ("en-US", "in the 1990s", "in the nineteen nineties"),
    ("en-US", "2024-2026", "twenty twenty-four to twenty twenty-six"),
    ("en-US", "3 p.m. today", "three PM today"),
    ("en-US", "9am-5pm", "nine AM to five PM"),
    ("en-US", "15:30", "three thirty PM"),
    ("en-US", "9:00", "nine o'clock"),
    ("en-US", "09:05", "nine oh five"),
    ("en-US", "+1 555 010 0123", "plus one, five five five, zero one zero, zero one two three"),
    ("en-US", "(555) 010-0123", "five five five, zero one zero, zero one two three"),
    ("en-US", "code 493021", "code four nine three, zero two one"),
    ("en-US", "12345 points", "twelve thousand three hundred forty-five points"),
    ("en-US", "0123", "zero one two three"),
    ("en-US", "the 3rd", "the third"),
    ("en-US", "1/2 or 24/7", "one half or twenty-four seven"),
    ("en-US", "version 1.2.3", "version one point two point three"),
    ("en-US", "20 °C", "twenty degrees Celsius"),
    ("es-ES", "29,50 €", "veintinueve euros con cincuenta céntimos"),
    ("es-ES", "1.250,00 EUR", "mil doscientos cincuenta euros"),
    ("es-MX", "$1,250.50 MXN", "mil doscientos cincuenta pesos mexicanos con cincuenta centavos"),
    ("es-ES", "21 £", "veintiuna libras"),
    ("es-ES", "3 millones €", "tres millones de euros"),
    ("es-ES", "24/11/2026", "veinticuatro de noviembre de dos mil veintiséis"),
    ("es-ES", "15:30", "quince treinta"),
    ("es-ES", "el 1º", "el primero"),
    ("es-ES", "612 345 678", "seis uno dos, tres cuatro cinco, seis siete ocho"),
    ("fr-FR", "1 250,00 €", "mille deux cent cinquante euros"),
    ("fr-FR", "29,50 €", "vingt-neuf euros et cinquante centimes"),
    ("fr-FR", "01/02/2026", "premier février deux mille vingt-six"),
    ("fr-FR", "15h30", "quinze heures trente"),
    ("fr-FR", "le 1er", "le premier"),
    ("fr-FR", "06 12 34 56 78", "zéro six, un deux, trois quatre, cinq six, sept huit"),
    ("fr-FR", "3,5 %", "trois virgule cinq pour cent"),
    ("de-DE", "29,50 €", "neunundzwanzig Euro und fünfzig Cent"),
    ("de-DE", "1.250", "eintausendzweihundertfünfzig"),
    ("de-DE", "1 Euro", "ein Euro"),
    ("de-DE", "am 24.11.2026", "am vierundzwanzigsten November zweitausendsechsundzwanzig"),
    ("de-DE", "der 1. Dezember", "der erste Dezember"),
    ("de-DE", "15:30 Uhr", "fünfzehn Uhr dreißig"),
    ("de-DE", "5 Mio. Euro", "fünf Millionen Euro"),
    ("de-DE", "1999", "neunzehnhundertneunundneunzig"),
    ("en-US", "2026-11-24T15:30", "November twenty-fourth, twenty twenty-six, three thirty PM"),
    ("en-US", "31/02/2026", "thirty-one two slash two thousand twenty-six"),
    ("en-US", "12345678", "one two three four, five six seven eight"),
    ("en-US", "5/8 and 1h", "five slash eight and one hour"),
    ("en-US", "~5 °F", "about five degrees Fahrenheit"),
    ("en-US", "10 trillion USD", "ten trillion dollars"),
    ("en-US", "5 million", "five million"),
    ("en-US", "USD 1.2.3", "USD one point two point three"),
    ("en-US", "0.125 EUR", "zero point one two five euros"),
    ("en-US", "20 EUR. Then", "twenty euros. Then"),
    ("en-US", "5 - six, 5 - 6", "five, six, five to six"),
    ("en-US", "5 $6", "five six dollars"),
    ("en-US", "012 345", "zero one two three hundred forty-five"),
    ("en-US", "Nov 24, 20266", "November twenty-fourth, twenty thousand two hundred sixty-six"),
    ("en-US", "(555)x", "five hundred fifty-five, x"),
    ("en-US", "a .5 b", "a point five b"),
    ("de-DE", "am 24. Dez. um", "am vierundzwanzigsten Dezember um"),
    ("de-DE", "24. x, 24.x, 24. 5", "vierundzwanzig. x, vierundzwanzig. x, vierundzwanzig. fünf"),
    ("de-DE", "1 Million €", "eine Million Euro"),
    ("fr-FR", "1 million € la 1re fois", "un million de euros la première fois"),
    ("es-ES", "1 millón €", "un millón de euros"),
    ("es-ES", "2 mil €", "dos mil euros"),
    ("es-ES", "11 p.m. hoy", "once de la noche hoy"),
    ("it-IT", "29,50 € il 24/11/2026", "29,50 € il 24/11/2026"),
]


@pytest.mark.parametrize(("language", "number", "words"), CARDINALS)
def test_a_number_is_said_in_words(language: str, number: int, words: str) -> None:
    assert cardinal(number, language) == words


@pytest.mark.parametrize(("language", "number", "words"), ORDINALS)
def test_an_ordinal_is_said_in_words(language: str, number: int, words: str) -> None:
    assert ordinal(number, language) == words


@pytest.mark.promise("V48")
@pytest.mark.parametrize(("locale", "written", "words"), VALUES)
def test_a_value_is_said_as_people_say_it(locale: str, written: str, words: str) -> None:
    assert said(written, locale) == words


def test_a_number_that_is_counted_takes_the_form_of_its_noun() -> None:
    assert [counted(1, "es"), counted(21, "es"), counted(201, "es", is_feminine=True)] == [
        "un",
        "veintiún",
        "doscientas una",
    ]
    assert [counted(1, "de"), counted(1, "fr", is_feminine=True)] == ["ein", "une"]


def test_years_and_digits_have_their_own_way() -> None:
    assert year(1905, "en") == "nineteen oh five"
    assert year(1900, "en") == "nineteen hundred"
    assert year(2005, "en") == "two thousand five"
    assert digits("4-1", "de") == "vier eins"
    assert cardinal(10**12, "en").startswith("one zero zero")


def test_a_region_decides_on_the_decimal_mark_and_the_order_of_a_date() -> None:
    assert tongue_of("es_MX").decimal_mark == "."
    assert tongue_of("de-CH").decimal_mark == "."
    assert tongue_of("de").decimal_mark == ","
    assert tongue_of("en").has_month_first
    assert not tongue_of("en-GB").has_month_first
    assert not tongue_of("it").is_spelled
