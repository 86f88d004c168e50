"""Telephone numbers: by their shape at home, by the numbering plans abroad."""

import re
from functools import cache
from importlib import import_module
from types import ModuleType

_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_LOCAL = re.compile(r"\d{3}[-. ]\d{4}")
_SHAPED = re.compile(r"(?:1[-. ]?)?\(?\d{3}\)?[-. ]{0,2}\d{3}[-. ]\d{4}")
_GROUPED = re.compile(
    r"\(?0?\d{1,4}\)?[ ./-]{1,2}\d{5,8}|\(0?\d{1,4}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"
    r"|0?\d{1,3}(?:[ .-]\d{2}){3,4}|\d{4}[ -]\d{4}|0?\d{1,3}(?:[ .-]\d{3,4}){2,3}"
    r"|\d{3}[ -]\d{2}[ -]\d{3}|\d{5}[ -]\d{5}"
)
"""How numbers of other countries are written."""
_MOBILE = re.compile(r"[6-9]\d{9}")
"""Ten digits of an Indian mobile. Source: Department of Telecommunications, numbering plan 2003."""
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
    if _MOBILE.fullmatch(digits) or (8 <= len(digits) <= 13 and _GROUPED.fullmatch(written)):
        return True
    return any(_is_valid(digits, region) for region in _regions_of(locale))


def is_shaped(written: str) -> bool:
    """Return whether a run is written as telephone numbers are: in groups, or with a plus."""
    return written.startswith("+") or bool(_SHAPED.fullmatch(written))


def _regions_of(locale: str) -> tuple[str, ...]:
    language, _, region = locale.replace("_", "-").partition("-")
    if len(region) == 2:
        return (region.upper(), *_REGIONS.get(language.lower(), ()))
    return _REGIONS.get(language.lower(), ("US",))


def _is_valid(digits: str, region: str) -> bool:
    plans = _plans()
    try:
        number = plans.parse(digits, region)
    except plans.NumberParseException:
        return False
    return bool(plans.is_valid_number(number))


@cache
def _plans() -> ModuleType:
    """Return `phonenumbers`, loaded when a run of digits first needs it: it takes 1.5 MiB."""
    return import_module("phonenumbers")
