"""What counts as personal data, and what is done with each kind of it."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """A kind of personal data; the value is the word in its placeholder."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN = "IBAN"
    SSN = "SSN"
    IP_ADDRESS = "IP_ADDRESS"
    URL = "URL"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    ACCOUNT = "ACCOUNT"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    ID = "ID"
    """Passport, driving licence, national insurance and the like."""
    NUMBER = "NUMBER"
    """A run of digits of which nobody can say what it is; safer hidden, and easily put back."""
    SECRET = "SECRET"
    """Password, PIN, security code, one-time code, key."""


class Operator(Enum):
    """What stands in the text instead of the value."""

    PLACEHOLDER = "placeholder"
    """`[EMAIL_1]`; the value goes to the vault."""
    MASK = "mask"
    """The last four characters behind asterisks; the value is lost."""
    HASH = "hash"
    """A keyed hash of the value; equal values stay equal, the value is lost."""
    REDACT = "redact"
    """Nothing at all."""


ONE_WAY = frozenset({Kind.CREDIT_CARD, Kind.SSN, Kind.SECRET})
"""Kinds that no vault keeps. Source: PCI DSS v4.0 requirements 3.3 (codes) and 3.5 (cards)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that is personal data: `text[start:end]`."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known around a text, besides the text."""

    question: str = ""
    """The bot's last message: it decides what a bare answer is."""
    before: str = ""
    """Raw text that the customer sent just before, in the same burst."""
    locale: str = "en"
    public: str = ""
    """What the company has published, or the name that a human goes by: a phone number in it is
    nobody's personal data. Cards, SSN and secrets are never public."""
    found: tuple[Span, ...] = ()
    """What another detector has found in the text, counted in its visible characters."""
    keeps_placeholders: bool = False
    """True for what a model wrote: its `[EMAIL_1]` is meant. False neutralises the look-alike."""


NO_HINTS = Hints()
REPLY = Hints(keeps_placeholders=True)
"""Hints for text that a model wrote."""
