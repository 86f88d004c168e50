"""The words by which a customer wants no more messages, wants them again, or asks for help. Pure.

Source: reference/channels.md 1.5; Twilio, Support for opt-out keywords.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from channels.sms.inbound import Inbound

MOST_WORD_CHARS = 64
"""A longer message is none of these words."""


class Wish(Enum):
    """What he wants of us as a sender."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()


def words_of(words: Iterable[str]) -> frozenset[str]:
    """Return words as they are compared: whatever their case and the spaces around them."""
    return frozenset(_bare(word) for word in words)


@dataclass(frozen=True, slots=True)
class OptOutWords:
    """The words of one sender, as `words_of` makes them; the defaults are Twilio's."""

    stop: frozenset[str] = words_of(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE")
    )
    start: frozenset[str] = words_of(("START", "YES", "UNSTOP"))
    help: frozenset[str] = words_of(("HELP", "INFO"))


def wish_of(inbound: Inbound, words: OptOutWords) -> Wish | None:
    """Return what a message means for our consent; None for an ordinary message.

    What Twilio says it is, it is, whatever its text; else the whole message must be the word.
    """
    if inbound.opt_out:
        return Wish(inbound.opt_out)
    if len(inbound.text) > MOST_WORD_CHARS:
        return None
    text = _bare(inbound.text)
    for wish, own in ((Wish.STOP, words.stop), (Wish.START, words.start), (Wish.HELP, words.help)):
        if text and text in own:
            return wish
    return None
