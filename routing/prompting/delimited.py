"""Text between tags that it cannot close, so that a model takes it for data: pure."""

import re

TAG = re.compile(r"<(?=\s*/?\s*(?:passage|advice|tool_result|notes))", re.IGNORECASE)


def closed(text: str) -> str:
    """Return the text with our own tags made harmless."""
    return TAG.sub("&lt;", text)


def between(tag: str, text: str) -> str:
    """Return the text between tags on lines of their own; `tag` is one of those that `TAG` knows.

    What looks like one of our tags is made harmless, so the text may differ in that.
    """
    return f"<{tag}>\n{closed(text)}\n</{tag}>"


def tag_for(*texts: str, name: str) -> str:
    """Return a name for tags that stands in none of the texts: they can be kept as they are."""
    known = "\n".join(texts).lower()
    tag, n = name, 1
    while tag in known:
        n += 1
        tag = f"{name}_{n}"
    return tag
