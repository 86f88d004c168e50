"""Putting a customer's own values back, at the last step of delivery to him.

A placeholder that this conversation did not make, or whose value was not kept, becomes neutral
words; the last four digits of a card stay as they are.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.privacy.kinds import Kind
from bot.privacy.placeholders import LONGEST, PLACEHOLDER, canonical, kind_of, may_begin
from bot.privacy.vault import Vault
from routing.request import Redacted

MOST_HELD_CHARS = LONGEST + 1
"""The most that a stream keeps back: a placeholder without its last bracket."""
NEUTRAL: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.EMAIL: "your e-mail address",
        Kind.PHONE: "your phone number",
        Kind.CREDIT_CARD: "your card",
        Kind.IBAN: "your IBAN",
        Kind.SSN: "your social security number",
        Kind.IP_ADDRESS: "your IP address",
        Kind.URL: "your link",
        Kind.DATE_OF_BIRTH: "your date of birth",
        Kind.ACCOUNT: "your account number",
        Kind.NAME: "your name",
        Kind.ADDRESS: "your address",
        Kind.ID: "your document number",
        Kind.NUMBER: "your number",
        Kind.SECRET: "your secret",
    }
)
"""What is said instead of a value that is not there."""


def reveal(text: Redacted, vault: Vault) -> str:
    """Return the text with the customer's own values in it."""
    return _revealed(text, vault)


def _revealed(text: str, vault: Vault) -> str:
    return PLACEHOLDER.sub(lambda match: _value(match, vault), text) if "[" in text else text


def _value(match: re.Match[str], vault: Vault) -> str:
    placeholder = canonical(match)
    value = vault.value_of(placeholder)
    if value is not None:
        return value
    if match[4]:
        return placeholder.replace("\\", "")
    if not vault.knows(placeholder) and "_" not in match[2]:
        return match[0]
    return NEUTRAL[kind_of(match)]


class StreamRevealer:
    """`reveal` on a text in pieces; the result does not depend on where they were cut."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what is certain of the text so far and was not returned before."""
        if not self._held and "[" not in piece and piece[-1:] != "\\":
            return piece
        return self._settled(self._held + piece)

    def flush(self) -> str:
        """Return the rest; the stream may be used again."""
        rest, self._held = self._held, ""
        return _revealed(rest, self._vault)

    def _settled(self, text: str) -> str:
        cut = _undecided_from(text)
        self._held = text[cut:]
        return _revealed(text[:cut], self._vault)


def _undecided_from(text: str) -> int:
    """Return where a placeholder may have begun that is not complete yet."""
    opening = text.rfind("[")
    if opening >= 0 and may_begin(text[opening + 1 :]):
        return opening - 1 if text[opening - 1 : opening] == "\\" else opening
    return len(text) - 1 if text.endswith("\\") else len(text)
