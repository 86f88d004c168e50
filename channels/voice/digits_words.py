"""How digits and numbers below a hundred are spoken, and what stands around them. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from channels.voice.say_locale import SPOKEN
from channels.voice.say_numbers import cardinal


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(word.strip()) for word in " ".join(text.split()).split(",") if word)


def folded(text: str) -> str:
    """Return a text as it is compared: lower case, no accents, the same number of letters."""
    if text.isascii():
        return text.lower()
    return "".join(_folded_letter(letter) for letter in text)


def _folded_letter(letter: str) -> str:
    lower = letter.lower()
    return unicodedata.normalize("NFD", lower)[0] if len(lower) == 1 else letter


_MORE = {
    "en": {"oh": 0, "o": 0, "nought": 0, "naught": 0, "fourty": 40, "niner": 9},
    "es": {"un": 1, "una": 1},
    "fr": {"une": 1, "septante": 70, "huitante": 80, "octante": 80, "nonante": 90},
    "de": {"zwo": 2, "fuenf": 5, "zwoelf": 12, "fuenfzehn": 15, "dreissig": 30},
}
_REPEATS = {
    "en": {"double": 2, "triple": 3, "treble": 3},
    "es": {"doble": 2, "triple": 3},
    "fr": {"double": 2, "triple": 3},
    "de": {"doppel": 2, "doppelt": 2, "doppelte": 2, "dreifach": 3, "dreimal": 3, "zweimal": 2},
}
_FILLERS = {
    "en": "uh, um, er, erm, ah, hmm, and, then, dash, hyphen, space, comma, like, okay, ok",
    "es": "eh, este, mmm, y, luego, despues, entonces, guion, espacio, coma, raya",
    "fr": "euh, heu, ben, et, puis, ensuite, tiret, espace, virgule, apres",
    "de": "aeh, ah, ahm, aehm, ehm, hm, und, dann, danach, strich, bindestrich, leerzeichen, komma",
}
_CUES = {
    "en": """card, number, numbers, code, pin, account, phone, mobile, cell, social, security, ssn,
    ending, ends, digits, cvv, cvc, passcode, password, routing, sort, zip, postcode, order,
    reference, ref, iban, member, customer, id, dial, call, last, birthday, tracking, ticket""",
    "es": """tarjeta, numero, codigo, pin, cuenta, telefono, movil, seguridad, termina, terminada,
    digitos, cifras, cvv, clave, contrasena, pedido, referencia, iban, cliente, postal, dni,
    ultimos, ultimas, llamar""",
    "fr": """carte, numero, code, pin, compte, telephone, portable, securite, termine, chiffres,
    cvv, commande, reference, iban, client, postal, derniers, appeler, mobile""",
    "de": """karte, kartennummer, nummer, code, pin, konto, kontonummer, telefon, telefonnummer,
    handynummer, handy, endet, ziffern, cvv, bestellung, bestellnummer, referenz, iban, kunde,
    kundennummer, plz, postleitzahl, letzten, vorwahl, geheimzahl, kreditkarte""",
}
_COUNTED = {
    "en": """dollars, dollar, euros, euro, pounds, cents, pence, percent, days, weeks, months,
    years, hours, minutes, seconds, times, people, cards, accounts, items, hundred, thousand,
    million, billion, point, o'clock, am, pm, a.m, p.m, bucks, francs, percentage""",
    "es": """dolares, dolar, euros, euro, centimos, centavos, libras, pesos, por, dias, semanas,
    meses, anos, horas, minutos, segundos, veces, personas, tarjetas, cuentas, mil, millones,
    cientos, francos""",
    "fr": """euros, euro, centimes, dollars, livres, pour, jours, semaines, mois, ans, heures,
    heure, minutes, secondes, fois, personnes, cartes, comptes, mille, cents, cent, millions,
    francs""",
    "de": """euro, cent, dollar, pfund, prozent, tage, tagen, wochen, monate, monaten, jahre,
    jahren, stunden, minuten, sekunden, mal, personen, karten, konten, hundert, tausend, millionen,
    uhr, franken, komma""",
}
_TIMES = {
    "en": "at, around, about, since, until, till, by, in, before, after, from, to, of, year",
    "es": "las, la, en, desde, hasta, de, sobre",
    "fr": "a, vers, en, depuis, jusqu'a, avant, apres, de",
    "de": "um, gegen, seit, ab, bis, im, vor, nach, jahr",
}
_HUNDRED = {"en": "hundred"}


@dataclass(frozen=True, slots=True)
class Numerals:
    """The number words of one language; all words are folded."""

    values: Mapping[tuple[str, ...], int]
    """The words of a number from 0 to 99, and the number."""
    most_words: int
    firsts: frozenset[str]
    repeats: Mapping[str, int]
    fillers: frozenset[str]
    cues: frozenset[str]
    counted: frozenset[str]
    """Behind a number they make a quantity of it."""
    times: frozenset[str]
    """Before a number they make a time or a year of it."""
    hundred: str


@cache
def numerals_of(language: str) -> Numerals | None:
    """Return the number words of a language; None where there is no table."""
    if language not in SPOKEN:
        return None
    values = dict[tuple[str, ...], int]()
    for number in range(100):
        values[_split(cardinal(number, language))] = number
    more = _MORE[language]
    values.update({_split(word): number for word, number in more.items()})
    if language == "fr":
        for word in ("septante", "huitante", "octante", "nonante"):
            for ones in range(1, 10):
                link = f"{word} et un" if ones == 1 else f"{word} {cardinal(ones, 'fr')}"
                values[_split(link)] = more[word] + ones
        values[("quatre", "vingt")] = 80
    return Numerals(
        values,
        max(map(len, values)),
        frozenset(words[0] for words in values),
        _REPEATS[language],
        _words(_FILLERS[language]),
        _words(_CUES[language]),
        _words(_COUNTED[language]),
        _words(_TIMES[language]),
        _HUNDRED.get(language, ""),
    )


def _split(said: str) -> tuple[str, ...]:
    return tuple(re.split(r"[ -]", folded(said)))
