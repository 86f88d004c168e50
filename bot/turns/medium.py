"""What a medium asks of an answer. Pure."""

from bot.privacy.redact import fixed
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
