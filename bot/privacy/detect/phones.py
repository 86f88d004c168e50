"""Telephone numbers: by their shape at home, by the numbering plans abroad."""

import re

import phonenumbers

_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_LOCAL = re.compile(r"\d{3}[-. ]\d{4}")
_SHAPED = re.compile(r"(?:1[-. ]?)?\(?\d{3}\)?[-. ]{0,2}\d{3}[-. ]\d{4}")
_REGIONS = {
    "en": ("US", "GB"), "fr": ("FR",), "de": ("DE",), "es": ("ES", "MX"), "it": ("IT",),
    "pt": ("BR", "PT"), "nl": ("NL",), "ja": ("JP",), "ru": ("RU",), "pl": ("PL",), "sv": ("SE",),
    "zh": ("CN",),
}  # fmt: skip
"""Language to the countries whose national numbers are worth a look."""


def is_phone(written: str, digits: str, has_cue: bool, locale: str) -> bool:
    """Return whether a run of at least seven digits is a telephone number.

    Args:
        written: the run as it stands, with its separators.
        digits: its digits only.
        has_cue: a word like "call" stands before it.
        locale: of the customer, such as `en-GB`.
    """
    if len(digits) > 15:
        return False
    if has_cue or written.startswith("+"):
        return True
    if written.startswith("00") and len(digits) >= 11:
        return True
    if _NANP.fullmatch(digits) or _SHAPED.fullmatch(written) or _LOCAL.fullmatch(written):
        return True
    if written[0] in "0(" and 9 <= len(digits) <= 12 and written != digits:
        return True
    return any(_is_valid(digits, region) for region in _regions_of(locale))


def _regions_of(locale: str) -> tuple[str, ...]:
    language, _, region = locale.replace("_", "-").partition("-")
    if len(region) == 2:
        return (region.upper(), *_REGIONS.get(language.lower(), ()))
    return _REGIONS.get(language.lower(), ("US",))


def _is_valid(digits: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))
