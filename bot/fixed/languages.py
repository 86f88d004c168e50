"""Which language a conversation goes on in. Pure."""

from bot.fixed.texts import TEXTS
from routing.models.language import language_of

LEAST_WORDS = 3
"""A word or two say nothing: "ok", a name, a code."""


def locale_after(text: str, locale: str) -> str | None:
    """Return the language of a message if our texts are to follow it; None if they stay.

    Args:
        text: redacted, so that names and codes do not vote.
        locale: of the conversation so far, such as `en` or `pt-BR`.
    """
    if len(text.split()) < LEAST_WORDS:
        return None
    spoken = language_of(text)
    is_ours = spoken is not None and spoken in TEXTS
    return spoken if is_ours and not locale.lower().startswith(str(spoken)) else None
