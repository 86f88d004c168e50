"""National identity and tax numbers that are known by their shape or check digit."""

import re
from collections.abc import Callable, Iterator

from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.detect.words import ID_CUES, ORDERS
from bot.privacy.kinds import Kind, Span

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PPS_LETTERS = "WABCDEFGHIJKLMNOPQRSTUV"
_HETU_SIGNS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def _digits(text: str) -> list[int]:
    return [int(letter) for letter in text if letter.isdigit()]


def _always(_: str) -> bool:
    return True


def _is_dni(text: str) -> bool:
    """Spain. Source: Real Decreto 1553/2005; NIE: Orden INT/2058/2008."""
    body = re.sub(r"[ .-]", "", text).upper()
    number = body[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return number.isdigit() and body[-1] == _DNI_LETTERS[int(number) % 23]


def _is_nir(text: str) -> bool:
    """France: 97 minus the number modulo 97 is its key. Source: INSEE."""
    body = re.sub(r"[ .-]", "", text).upper().replace("2A", "19").replace("2B", "18")
    return len(body) != 15 or 97 - int(body[:13]) % 97 == int(body[13:])


def _is_pps(text: str) -> bool:
    """Ireland. Source: Department of Social Protection, PPS number format."""
    body = text.upper()
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), body, strict=False))
    if len(body) == 9 and body[8] != "W":
        total += 9 * (ord(body[8]) - 64)
    return body[7] == _PPS_LETTERS[total % 23]


def _is_hetu(text: str) -> bool:
    """Finland. Source: Digital and Population Data Services Agency."""
    return text[-1].upper() == _HETU_SIGNS[int(text[:6] + text[7:10]) % 31]


def _is_personnummer(text: str) -> bool:
    """Sweden: a date and a check digit by Luhn's rule. Source: SKV 704."""
    digits = _digits(text)[-10:]
    month, day = digits[2] * 10 + digits[3], digits[4] * 10 + digits[5]
    sums = (sum(divmod(digit * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return 1 <= month <= 12 and 1 <= (day - 60 if day > 60 else day) <= 31 and sum(sums) % 10 == 0


def _is_pesel(text: str) -> bool:
    """Poland: a date and a weighted sum. Source: Ustawa o ewidencji ludności, art. 15."""
    digits = _digits(text)
    month, day = (digits[2] * 10 + digits[3]) % 20, digits[4] * 10 + digits[5]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    total = sum(weight * digit for weight, digit in zip(weights, digits, strict=True))
    return 1 <= month <= 12 and 1 <= day <= 31 and total % 10 == 0


def _is_pan(text: str) -> bool:
    return text.isupper()


_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    # United Kingdom, national insurance. Source: HMRC, NIM39110; QQ is what examples use.
    (
        r"(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]|QQ)(?:[ -]?\d\d){3}[ -]?[A-D](?!\w)",
        _always,
    ),
    # Spain, DNI and NIE.
    (r"(?:\d{2}\.?\d{3}\.?\d{3}|[XYZ][ -]?\d{7})[ -]?[A-Z](?!\w)", _is_dni),
    # Italy, codice fiscale. Source: Decreto MEF 23.12.1976; letters stand for digits in omocodia.
    (
        r"[A-Z]{3} ?[A-Z]{3} ?[\dL-V]{2}[A-EHLMPRST][\dL-V]{2} ?[A-Z][\dL-V]{3}[A-Z](?!\w)",
        _always,
    ),
    # France, sécurité sociale.
    (
        r"[12][ .-]?\d\d[ .-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .-]?(?:\d\d|2[AB])[ .-]?\d{3}[ .-]?\d{3}"
        r"[ .-]?\d\d(?![\w-])",
        _is_nir,
    ),
    # India, PAN. Source: Income Tax Department; the fourth letter is the kind of holder.
    (r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?!\w)", _is_pan),
    # Ireland.
    (r"\d{7}[A-W][A-IW]?(?!\w)", _is_pps),
    # Finland.
    (r"(?:[0-2]\d|3[01])(?:0\d|1[0-2])\d\d[-+A]\d{3}[0-9A-Y](?!\w)", _is_hetu),
    # Sweden.
    (r"(?:19|20)?\d{6}[-+]\d{4}(?![\w-])", _is_personnummer),
    # Belgium, Switzerland, Brazil (CPF, CNPJ): they are written with these marks only.
    (
        r"(?:\d\d\.\d\d\.\d\d-\d{3}\.\d\d|756\.\d{4}\.\d{4}\.\d\d|\d{3}\.\d{3}\.\d{3}-\d\d"
        r"|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d)(?![\w.]\d)",
        _always,
    ),
    # United States, ITIN. Source: IRS, Pub. 1915.
    (r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}(?![\w-])", _always),
    # Poland.
    (r"\d{11}(?![\w-])", _is_pesel),
)
_SHAPE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(f'({shape})' for shape, _ in _SHAPES)})", re.IGNORECASE
)
"""All of them at once; the number of the group says which it is."""
_CODE = re.compile(
    r"(?<![\w-])(?=[A-Za-z -]{0,12}\d[\w-]{0,12}\d)(?:[A-Z]{1,4} |[A-Za-z]{1,4}-?)?"
    r"\d[A-Za-z0-9]{1,14}(?:-[A-Za-z0-9]{1,8}){0,4}(?![\w-])"
    r"|(?<![\w-])(?=[A-Z0-9]{0,8}\d[A-Z0-9]{0,8}\d)[A-Z0-9]{6,14}(?!\w)"
)
_CUE_WORDS = frozenset(word for cue in ID_CUES for word in cue.split()) - {"number", "card", "de"}
_SHORTEST, _NEAR = 6, 7


def find_ids(window: Window) -> Iterator[Span]:
    """Yield numbers that check, and codes of letters and digits behind a word like `passport`."""
    text = window.text
    for match in _SHAPE.finditer(text):
        assert match.lastindex, "every shape is a group"
        checks = _SHAPES[match.lastindex - 1][1]
        if checks(match[0]) and ORDERS.isdisjoint(window.words_before(match.start())[-2:]):
            yield Span(match.start(), match.end(), Kind.ID)
    if _CUE_WORDS.isdisjoint(window.words):
        return
    for match in _CODE.finditer(text):
        near = window.words_before(match.start())[-_NEAR:]
        is_long = sum(letter.isalnum() for letter in match[0]) >= _SHORTEST
        if is_long and not ID_CUES.isdisjoint(with_pairs(near)) and ORDERS.isdisjoint(near[-2:]):
            yield Span(match.start(), match.end(), Kind.ID)
