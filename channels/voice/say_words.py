"""How a word is said that is more than letters: addresses, codes, acronyms. Pure."""

import re
from functools import cache

from channels.voice import say_phrases as phrases
from channels.voice.say_locale import Tongue
from channels.voice.say_numbers import DIGITS, cardinal, digits, ordinal

_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ENDINGS = (
    "com|org|net|info|io|app|dev|eu|bank|shop|example|test|invalid|gov|edu|biz|me|ai|co|uk|us|ca|"
    "au|de|at|ch|fr|be|es|mx|ar|cl|it|nl|pt|br|pl|se|ie|lu|online|help|support|page|link|ly|cloud"
)
_SITE = re.compile(rf"(?:[^\W_][\w-]*\.)+(?:{_ENDINGS})(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_PART = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+|[\W_]")
_CODE = re.compile(r"(?=(?:[^\d]*\d){2})[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?")
_SHORTEST_CODE = 4
_POINT = {"en": "dot", "es": "punto", "fr": "point", "de": "Punkt"}
_AS_BLANK = "/\\_:|-\u2010\u2011"


def is_site(word: str) -> bool:
    """Return whether a word is the address of a page."""
    return _SITE.fullmatch(word) is not None


def say_word(word: str, tongue: Tongue) -> str:
    """Return how a word is said that begins with a letter and ends with a letter or a digit."""
    if _LETTERS.fullmatch(word):
        return spelled(word) if word in phrases.SPELLED_OUT else word
    language = tongue.language
    if not tongue.is_spelled:
        return _unspelled(word)
    if _MAIL.fullmatch(word):
        return say_mail(word, language)
    if _INITIALS.fullmatch(word):
        return spelled(word.replace(".", ""))
    if len(word) >= _SHORTEST_CODE and _CODE.fullmatch(word) and not word.isalpha():
        return say_code(word, language)
    return _in_parts(word, language)


def _unspelled(word: str) -> str:
    return word if _MAIL.fullmatch(word) else re.sub(r"[/\\_|]+", " ", word).strip()


def spelled(word: str) -> str:
    """Return a word letter by letter."""
    return " ".join(word)


def say_mail(address: str, language: str) -> str:
    """Return an e-mail address in words: `john dot smith at example dot com`."""
    names = phrases.MAIL[language]
    said = list[str]()
    for part in re.findall(r"[^\W\d_]+|\d+|[\W_]", address):
        if part.isdecimal():
            said.append(digits(part, language))
        else:
            said.append(part if part.isalpha() else names.get(part, ""))
    return " ".join(part for part in said if part)


def say_code(code: str, language: str) -> str:
    """Return letters and digits one by one, a pause at each dash."""
    names = DIGITS[language]
    return ", ".join(
        " ".join(names[int(mark)] if mark.isdecimal() else mark for mark in part)
        for part in code.split("-")
        if part
    )


def _in_parts(word: str, language: str) -> str:
    """Return a word of letters, digits and marks, part by part."""
    parts = _PART.findall(word)
    said = list[str]()
    for place, part in enumerate(parts):
        if part.isdecimal():
            is_short = len(part) < 4 and (part[0] != "0" or part == "0")
            said.append(cardinal(int(part), language) if is_short else digits(part, language))
        elif part[0].isalpha():
            said.append(spelled(part) if part in phrases.SPELLED_OUT else part)
        elif part == ".":
            is_end = place + 1 < len(parts) and parts[place + 1][0].isupper()
            is_end = is_end and parts[place - 1][-1].islower()
            said.append("\b." if is_end else _POINT[language])
        elif part not in _AS_BLANK:
            said.append(phrases.SYMBOLS[language].get(part, ""))
    return " ".join(part for part in said if part).replace(" \b", "")


def say_placeholder(kind: str, last: str, before: tuple[str, ...], tongue: Tongue) -> str:
    """Return what is said for a placeholder that nobody has replaced: `your e-mail address`.

    Args:
        kind: of the placeholder, such as `EMAIL`.
        last: the digits that it shows; may be empty.
        before: the words before it, lower case: `your card` is not said twice.
        tongue: to say it in; English for a language without a table.
    """
    language = tongue.language if tongue.is_spelled else "en"
    words = phrases.PLACEHOLDERS[language][kind].split()
    ending = f"{phrases.ENDING[language]} {digits(last, language)}" if last else ""
    for size in range(len(words), 0, -1):
        is_there = tuple(word.lower() for word in words[:size]) == before[-size:]
        if is_there and (size < len(words) or ending):
            words = words[size:]
            break
    return " ".join((*words, ending)).strip()


def say_link(before: str, tongue: Tongue) -> str:
    """Return what is said for an address of the web; nothing where the sentence needs none."""
    language = tongue.language
    if not tongue.is_spelled or before not in phrases.BEFORE_WEBSITE[language]:
        return ""
    is_dative = language == "de" and before in phrases.DATIVE_BEFORE
    return phrases.DATIVE_WEBSITE if is_dative else phrases.WEBSITE[language]


@cache
def say_enumerated(number: int, language: str) -> str:
    """Return how the item of a list is announced: `First`, `Erstens`."""
    match language:
        case "en" | "es":
            said = ordinal(number, language)
        case "fr":
            said = "premièrement" if number == 1 else ordinal(number, "fr") + "ment"
        case "de":
            said = ordinal(number, "de") + "ens"
        case _:
            return str(number)
    return said[0].upper() + said[1:]
