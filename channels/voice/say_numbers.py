"""Numbers as words, in English, Spanish, French and German. Pure."""

from channels.voice.say_locale import Tongue

MOST = 10**12
"""From here on a number is said digit by digit."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DIGITS = {
    "en": _words("zero one two three four five six seven eight nine"),
    "es": _words("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "fr": _words("zéro un deux trois quatre cinq six sept huit neuf"),
    "de": _words("null eins zwei drei vier fünf sechs sieben acht neun"),
}
SMALL = {
    "en": DIGITS["en"]
    + _words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"),
    "es": DIGITS["es"]
    + _words(
        """diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte
        veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho
        veintinueve"""
    ),
    "fr": DIGITS["fr"] + _words("dix onze douze treize quatorze quinze seize"),
    "de": DIGITS["de"]
    + _words("""zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"""),
}
TENS = {
    "en": _words("- - twenty thirty forty fifty sixty seventy eighty ninety"),
    "es": _words("- - veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"),
    "fr": _words("- dix vingt trente quarante cinquante soixante"),
    "de": _words("- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"),
}
ES_HUNDREDS = _words(
    """- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos
    ochocientos novecientos"""
)
SCALES = {
    "en": (("billion", "billion"), ("million", "million")),
    "es": (("mil millones", "mil millones"), ("millón", "millones")),
    "fr": (("milliard", "milliards"), ("million", "millions")),
    "de": (("Milliarde", "Milliarden"), ("Million", "Millionen")),
}
EN_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
ES_ORDINALS = _words("- primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo")
FR_ORDINALS = {"cinq": "cinqu", "neuf": "neuv"}
DE_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
POINT = {"en": "point", "es": "coma", "fr": "virgule", "de": "Komma"}


def digits(text: str, language: str) -> str:
    """Return the digits of a text, one by one: `four one one one`."""
    names = DIGITS[language]
    return " ".join(names[int(letter)] for letter in text if letter.isdecimal())


def cardinal(number: int, language: str) -> str:
    """Return a number from 0 on in words: `twenty-nine`."""
    if number >= MOST:
        return digits(str(number), language)
    parts = list[str]()
    for (one, many), size in zip(SCALES[language], (10**9, 10**6), strict=True):
        count, number = divmod(number, size)
        if count:
            parts.append(_scaled(count, one, many, language))
    thousands, rest = divmod(number, 1000)
    if language == "de" and not parts:
        return _de_thousands(thousands, rest) if thousands else _hundreds(rest, language)
    if thousands:
        parts.append(_thousands(thousands, language))
    if rest or not parts:
        parts.append(_hundreds(rest, language))
    return " ".join(parts)


def _scaled(count: int, one: str, many: str, language: str) -> str:
    if language == "de" and count == 1:
        return f"eine {one}"
    if language == "es" and count == 1:
        return one if one.startswith("mil ") else f"un {one}"
    return f"{counted(count, language)} {one if count == 1 else many}"


def _thousands(count: int, language: str) -> str:
    if language == "en":
        return f"{_hundreds(count, language)} thousand"
    if language == "de":
        return f"{_de_stem(count)}tausend"
    if count == 1:
        return "mil" if language == "es" else "mille"
    if language == "es":
        return f"{counted(count, language)} mil"
    said = _hundreds(count, language)
    return f"{said.removesuffix('s') if _is_fr_plural(count) else said} mille"


def _is_fr_plural(number: int) -> bool:
    """Return whether `cents` or `quatre-vingts` loses its s before `mille`."""
    return number % 100 == 80 or (number % 100 == 0 and number > 100)


def _de_thousands(thousands: int, rest: int) -> str:
    return f"{_de_stem(thousands)}tausend{_hundreds(rest, 'de') if rest else ''}"


def _de_stem(count: int) -> str:
    said = _hundreds(count, "de")
    return said.removesuffix("s") if count % 100 == 1 else said


def _hundreds(number: int, language: str) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _tens(rest, language)
    match language:
        case "en":
            head = f"{SMALL['en'][hundreds]} hundred"
        case "es":
            head = ES_HUNDREDS[hundreds] if rest or hundreds > 1 else "cien"
        case "fr":
            plural = "" if rest or hundreds == 1 else "s"
            head = f"{'' if hundreds == 1 else SMALL['fr'][hundreds] + ' '}cent{plural}"
        case _:
            return f"{_de_stem(hundreds)}hundert{_tens(rest, 'de') if rest else ''}"
    return f"{head} {_tens(rest, language)}" if rest else head


def _tens(number: int, language: str) -> str:
    if number < len(SMALL[language]):
        return SMALL[language][number]
    if language == "fr":
        return _fr_tens(number)
    tens, ones = divmod(number, 10)
    head = TENS[language][tens]
    if not ones:
        return head
    if language == "en":
        return f"{head}-{SMALL['en'][ones]}"
    if language == "es":
        return f"{head} y {SMALL['es'][ones]}"
    return f"{_de_stem(ones)}und{head}"


def _fr_tens(number: int) -> str:
    if number < 20:
        return f"dix-{SMALL['fr'][number - 10]}"
    base = min(number // 10, 6) * 10 if number < 80 else 80
    head = "quatre-vingt" if base == 80 else TENS["fr"][base // 10]
    rest = number - base
    if not rest:
        return "quatre-vingts" if base == 80 else head
    if rest in (1, 11) and base < 80:
        return f"{head} et {SMALL['fr'][rest]}"
    return f"{head}-{_tens(rest, 'fr')}"


def counted(number: int, language: str, is_feminine: bool = False) -> str:
    """Return a number as it stands before what is counted: `un`, `veintiún`, `ein`."""
    said = cardinal(number, language)
    if language == "es":
        if is_feminine:
            said = said.replace("cientos", "cientas").replace("quinientos", "quinientas")
            return said.removesuffix("o") + "a" if said.endswith("uno") else said
        if said.endswith("veintiuno"):
            return said.removesuffix("uno") + "ún"
        return said.removesuffix("o") if said.endswith("uno") else said
    if language == "fr" and is_feminine and said.endswith("un"):
        return said + "e"
    if language == "de" and said.endswith("eins"):
        return said.removesuffix("s") + ("e" if is_feminine else "")
    return said


def ordinal(number: int, language: str) -> str:
    """Return the ordinal: `twenty-fourth`; German without its ending: `vierundzwanzigst`."""
    said = cardinal(number, language)
    match language:
        case "en":
            stem = max(said.rfind("-"), said.rfind(" ")) + 1
            last = said[stem:]
            if last.endswith("y"):
                return said[:-1] + "ieth"
            return said[:stem] + EN_ORDINALS.get(last, last + "th")
        case "es":
            return ES_ORDINALS[number] if 0 < number < len(ES_ORDINALS) else said
        case "fr":
            if number == 1:
                return "premier"
            stem = said.rfind("-") + 1
            last = FR_ORDINALS.get(said[stem:], said[stem:].removesuffix("e"))
            return said[:stem] + last + "ième"
        case _:
            if number in DE_ORDINALS:
                return DE_ORDINALS[number]
            return said + ("t" if number % 100 < 20 and number % 100 else "st")


def year(number: int, language: str) -> str:
    """Return a year as it is said: `twenty twenty-six`."""
    century, rest = divmod(number, 100)
    if language == "de" and 1100 <= number < 2000:
        return f"{_tens(century, 'de')}hundert{_tens(rest, 'de') if rest else ''}"
    if language != "en" or not 1100 <= number < 2100 or 2000 <= number < 2010:
        return cardinal(number, language)
    if not rest:
        return f"{_tens(century, 'en')} hundred"
    return f"{_tens(century, 'en')} {'oh ' if rest < 10 else ''}{_tens(rest, 'en')}"


def decimal(whole: int, decimals: str, tongue: Tongue) -> str:
    """Return a number with decimals: `one point five`."""
    language = tongue.language
    point = "punto" if language == "es" and tongue.decimal_mark == "." else POINT[language]
    is_pair = language in ("es", "fr") and len(decimals) <= 2 and decimals[0] != "0"
    tail = cardinal(int(decimals), language) if is_pair else digits(decimals, language)
    return f"{cardinal(whole, language)} {point} {tail}"
