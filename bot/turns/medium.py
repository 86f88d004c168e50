"""What a medium asks of an answer. Pure."""

from collections.abc import Callable

from bot.privacy.redact import fixed
from channels.sms.plain import plain
from channels.sms.segments import segments
from routing.request import NOTHING, Redacted

SMS = fixed(
    "The answer is sent as one text message: plain sentences without Markdown, lists or emoji, at "
    "most 60 words and 400 characters. Write out a link only where the customer needs it."
)
VOICE = fixed(
    "The answer is read aloud on the telephone: at most three short sentences, the answer itself "
    "in the first one. No lists, headings, links, abbreviations or symbols. Say at most three "
    "things; ask whether the customer wants to hear more."
)

MOST_SEGMENTS = 3
"""Of an answer by SMS, as the customer pays and reads it."""


def style_on(channel: str) -> Redacted:
    """Return what a model is told of the medium; empty where nothing is special."""
    match channel:
        case "sms":
            return SMS
        case "voice":
            return VOICE
        case _:
            return NOTHING


def can_retract_on(channel: str) -> bool:
    """Return whether what was shown there can be taken back: what was said aloud cannot."""
    return channel != "voice"


def fits_on(channel: str) -> Callable[[str], bool] | None:
    """Return what tells whether an answer is short enough; None where it may have any length."""
    return _fits_sms if channel == "sms" else None


def _fits_sms(text: str) -> bool:
    return segments(plain(text)).count <= MOST_SEGMENTS
