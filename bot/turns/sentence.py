"""Where a sentence ends, for a reply that must stop politely. Pure."""

import re

_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*(?:\s*\[\d+\])*(?=\s+(?!\[(?:\d|$))\S)|\n")
MOST_MORE_CHARS = 300
"""After so many characters without an end the reply stops at a word."""


def end_after(text: str, start: int) -> int | None:
    """Return where the first sentence that goes on at `start` ends, if it does.

    A full stop counts once the next sentence begins, so that `$29.50` is not cut, and citation
    marks go with the sentence before them, wherever the text is cut.
    """
    found = _END.search(text, max(start - 1, 0))
    if found is not None:
        return found.end()
    if len(text) - start > MOST_MORE_CHARS:
        return text.rfind(" ", 0, start + MOST_MORE_CHARS) + 1 or len(text)
    return None
