"""Text as Slack reads it. Pure."""

import re

GAP = "\u200b"
"""Has no width; between two characters it keeps Slack from reading them as one mark."""
LOOKALIKES = str.maketrans({"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"})
"""What looks like a mark and is none."""
AS_ADDRESS = str.maketrans({"*": "%2A", "_": "%5F", "~": "%7E", "`": "%60"})
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of everything after them."""
ADDRESS = re.compile(r"(?<!\w)https?://[^\s<>\"'`]+", re.IGNORECASE)
MARK = re.compile(r"(?<!\w)[*_~]|[*_~](?!\w)|`")
"""A mark between two letters or digits is none to Slack: `[EMAIL_1]` stays as it is."""
MENTION = re.compile(r"(?<![0-9A-Za-z])[@#](?=\S)|:(?=[\w+'-]*[a-z][\w+'-]*:|[+-]1:|100:|1234:)")
QUOTATION = re.compile(r"^[ \t]*>+", re.MULTILINE)


def escaped(text: str) -> str:
    """Return a text in which nothing is a mention, a link or an entity.

    Source: Slack, Formatting text, "Escaping text".
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(text: str) -> str:
    """Return a customer's text for people to read: it pings nobody and formats nothing.

    Beyond what `escaped` does, no character begins bold, italic, struck or code, a quotation, an
    emoji, or a mention that Slack would make of bare words such as `@here`. It looks the same.
    """
    text = QUOTATION.sub(lambda found: found[0].replace(">", "\u203a"), seen(text))
    out, at = "", 0
    for found in ADDRESS.finditer(text):
        out += unmarked(text[at : found.start()])
        out += MARK.sub(lambda mark: mark[0].translate(AS_ADDRESS), found[0])
        at = found.end()
    return escaped(out + unmarked(text[at:]))


def seen(text: str) -> str:
    """Return a text without what nobody sees but Slack."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def unmarked(text: str) -> str:
    """Return a text in which nothing formats, and no bare word is a mention or an emoji."""
    text = MENTION.sub(lambda found: found[0] + GAP, text)
    return MARK.sub(lambda found: found[0].translate(LOOKALIKES), text)
