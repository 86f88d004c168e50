"""Amounts of money as words. Pure."""

import re
from dataclasses import dataclass

from channels.voice.say_locale import Tongue
from channels.voice.say_numbers import cardinal, counted, decimal


@dataclass(frozen=True, slots=True)
class Money:
    """The names of a currency in one language."""

    one: str
    many: str
    cent: str
    cents: str
    is_feminine: bool = False


def _table(text: str) -> dict[str, dict[str, Money]]:
    found = dict[str, dict[str, Money]]()
    for row in text.strip().splitlines():
        code, *cells = (cell.strip() for cell in row.split("|"))
        for language, cell in zip(("en", "es", "fr", "de"), cells, strict=True):
            names = [name.strip() for name in cell.split(",")]
            found.setdefault(language, {})[code] = Money(
                names[0].removeprefix("*"),
                names[1],
                names[2],
                names[3],
                names[0].startswith("*"),
            )
    return found


MONEY = _table(
    """
USD|dollar,dollars,cent,cents|dólar,dólares,centavo,centavos|dollar,dollars,cent,cents|Dollar,Dollar,Cent,Cent
EUR|euro,euros,cent,cents|euro,euros,céntimo,céntimos|euro,euros,centime,centimes|Euro,Euro,Cent,Cent
GBP|pound,pounds,penny,pence|*libra,libras,penique,peniques|*livre,livres,penny,pence|Pfund,Pfund,Penny,Pence
CHF|Swiss franc,Swiss francs,centime,centimes|franco suizo,francos suizos,céntimo,céntimos|franc suisse,francs suisses,centime,centimes|Schweizer Franken,Schweizer Franken,Rappen,Rappen
JPY|yen,yen,sen,sen|yen,yenes,sen,sen|yen,yens,sen,sen|Yen,Yen,Sen,Sen
CAD|Canadian dollar,Canadian dollars,cent,cents|dólar canadiense,dólares canadienses,centavo,centavos|dollar canadien,dollars canadiens,cent,cents|Kanadischer Dollar,Kanadische Dollar,Cent,Cent
AUD|Australian dollar,Australian dollars,cent,cents|dólar australiano,dólares australianos,centavo,centavos|dollar australien,dollars australiens,cent,cents|Australischer Dollar,Australische Dollar,Cent,Cent
MXN|Mexican peso,Mexican pesos,centavo,centavos|peso mexicano,pesos mexicanos,centavo,centavos|peso mexicain,pesos mexicains,centavo,centavos|Mexikanischer Peso,Mexikanische Peso,Centavo,Centavos
INR|rupee,rupees,paisa,paise|*rupia,rupias,paisa,paisas|*roupie,roupies,paisa,paisas|*Rupie,Rupien,Paisa,Paisa
PLN|zloty,zlotys,grosz,groszy|esloti,eslotis,grosz,groszy|zloty,zlotys,grosz,groszy|Złoty,Złoty,Grosz,Grosz
SEK|Swedish krona,Swedish kronor,öre,öre|*corona sueca,coronas suecas,öre,öre|*couronne suédoise,couronnes suédoises,öre,öre|Schwedische Krone,Schwedische Kronen,Öre,Öre
"""  # noqa: E501 - a table is read by its columns
)
SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "fr.": "CHF", "us$": "USD"}
HOME_DOLLARS = {"MX": "MXN", "CA": "CAD", "AU": "AUD"}
"""What `$` means in a region, where it is not the US dollar."""
CODES = frozenset(MONEY["en"])
WITH_CENTS = {"en": "and", "es": "con", "fr": "et", "de": "und"}
_THOUSAND = {"en": "thousand", "es": "mil", "fr": "mille", "de": "tausend"}
_MAGNITUDES = {
    "en": {"m": "million", "mn": "million", "million": "million", "millions": "million",
           "b": "billion", "bn": "billion", "billion": "billion", "billions": "billion",
           "thousand": "thousand", "trillion": "trillion"},
    "es": {"m": "millones", "millón": "millones", "millones": "millones", "mil": "mil"},
    "fr": {"m": "millions", "million": "millions", "millions": "millions",
           "milliard": "milliards", "milliards": "milliards", "mille": "mille"},
    "de": {"mio.": "Millionen", "mio": "Millionen", "million": "Millionen",
           "millionen": "Millionen", "mrd.": "Milliarden", "mrd": "Milliarden",
           "milliarden": "Milliarden", "milliarde": "Milliarden", "tausend": "tausend"},
}  # fmt: skip
MAGNITUDES = {
    language: {**words, "k": _THOUSAND[language]} for language, words in _MAGNITUDES.items()
}
"""Behind a number, lower case, and how it is said."""
_OF = {"es": "de ", "fr": "de "}
_BLANKS = re.compile(r"[ \u00a0\u202f'\u2019]")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was written."""

    whole: int
    decimals: str
    """Digits behind the decimal mark; may be empty."""
    dotted: str = ""
    """Written with several full stops that group nothing, such as a version; then the rest is 0."""


def amount_of(written: str, tongue: Tongue) -> Amount:
    """Return the number in a text such as `1,250.00`, `1 250,00` or `1'250`."""
    plain = _BLANKS.sub("", written)
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return Amount(int(plain), "")
    kinds = set(marks)
    if len(kinds) == 2:
        last = marks[-1]
        whole, _, decimals = plain.rpartition(last)
        return Amount(int(re.sub(r"\D", "", whole)), re.sub(r"\D", "", decimals))
    mark = marks[0]
    groups = plain.split(mark)
    is_grouped = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3
    if len(marks) > 1:
        return Amount(int("".join(groups)), "") if is_grouped else Amount(0, "", plain)
    if is_grouped and mark != tongue.decimal_mark and groups[0] != "0":
        return Amount(int("".join(groups)), "")
    return Amount(int(groups[0]), groups[1])


def say_money(amount: Amount, code: str, magnitude: str, tongue: Tongue) -> str:
    """Return an amount: `twenty-nine dollars and fifty cents`; magnitude is lower case or empty."""
    language = tongue.language
    money = MONEY[language][code]
    if magnitude:
        said = say_amount(amount, magnitude, tongue)
        of = _OF.get(language, "") if said.rpartition(" ")[2].startswith("mill") else ""
        of = "" if said.endswith(("mil", "mille")) else of
        return f"{said} {of}{money.many}"
    if len(amount.decimals) > 2:
        return f"{decimal(amount.whole, amount.decimals, tongue)} {money.many}"
    cents = int(amount.decimals.ljust(2, "0")) if amount.decimals else 0
    parts = list[str]()
    if amount.whole or not cents:
        names = money.one if amount.whole == 1 else money.many
        count = counted(amount.whole, language, money.is_feminine)
        is_round = amount.whole >= 10**6 and amount.whole % 10**6 == 0
        parts.append(f"{count} {_OF.get(language, '') if is_round else ''}{names}")
    if cents:
        parts.append(f"{counted(cents, language)} {money.cent if cents == 1 else money.cents}")
    return f" {WITH_CENTS[language]} ".join(parts)


def say_amount(amount: Amount, magnitude: str, tongue: Tongue) -> str:
    """Return a number in words, with `million` and the like behind it if there is any."""
    language = tongue.language
    if amount.dotted:
        point = "point" if language in ("en", "fr") else {"es": "punto", "de": "Punkt"}[language]
        groups = re.split(r"[.,]", amount.dotted)
        return f" {point} ".join(cardinal(int(group), language) for group in groups)
    if not magnitude:
        if amount.decimals:
            return decimal(amount.whole, amount.decimals, tongue)
        return cardinal(amount.whole, language)
    name = MAGNITUDES[language][magnitude]
    if amount.whole == 1 and not amount.decimals:
        name = {"millones": "millón", "Millionen": "Million", "Milliarden": "Milliarde"}.get(
            name, name.removesuffix("s") if language == "fr" else name
        )
        is_feminine = name in ("Million", "Milliarde")
        one = "" if name in ("mil", "mille") else counted(1, language, is_feminine) + " "
        return f"{one}{name}"
    if amount.decimals:
        return f"{decimal(amount.whole, amount.decimals, tongue)} {name}"
    return f"{counted(amount.whole, language)} {name}"
