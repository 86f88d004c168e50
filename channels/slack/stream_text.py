"""Where a streamed Markdown text may be cut, and what keeps its code blocks whole."""

import re

from channels.slack.mrkdwn import escaped

MOST_FENCE_CHARS = 80
"""A longer line is no fence; so no more than this is ever held back."""
NOTICE_CHARS = 150
OPENER = re.compile(r" *(?P<run>`{3,}|~{3,})(?P<rest>[^\n]*)")
PERHAPS = re.compile(r" *(?:`{1,2}|~{1,2}|`{3,}[^`]*|~{3,}.*)")


def fence_at(text: str, end: int) -> str:
    """Return the line that opened the code block around this place, or nothing.

    Only whole lines before it count. A fence may be indented at will, as in lists.
    Source: CommonMark 0.31, 4.5 Fenced code blocks.
    """
    opener = run = ""
    for line in text[:end].split("\n")[:-1]:
        found = OPENER.fullmatch(line) if len(line) <= MOST_FENCE_CHARS else None
        if found is None:
            continue
        rest = found["rest"].strip()
        if not opener:
            is_fence = found["run"][0] == "~" or "`" not in rest
            opener, run = (line, found["run"]) if is_fence else ("", "")
        elif not rest and found["run"].startswith(run):
            opener = run = ""
    return opener


def closed(opener: str, is_at_line_start: bool) -> str:
    """Return what closes the code block that this line opened; nothing for none."""
    found = OPENER.fullmatch(opener)
    if found is None:
        return ""
    run = opener[: found.end("run")]
    return run if is_at_line_start else "\n" + run


def reopened(opener: str) -> str:
    """Return what opens the same code block in the next message; nothing for none."""
    return opener and opener + "\n"


def piece_end(text: str, start: int, most: int) -> int:
    """Return up to where text may be shown now, never inside a line that may be a fence."""
    end = min(len(text), start + max(0, most))
    line_start = text.rfind("\n", 0, end) + 1
    line_end = text.find("\n", end)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    is_inside = line_start < end
    if is_inside and len(line) <= MOST_FENCE_CHARS and PERHAPS.fullmatch(line):
        return max(start, line_start)
    return end


def seam(text: str, start: int, most: int) -> int:
    """Return the best place to end a message: after a line, else after a word, else `start`."""
    end = piece_end(text, start, most)
    line = text.rfind("\n", start, end)
    if line >= 0:
        return line + 1
    word = text.rfind(" ", start, end)
    return word + 1 if word >= 0 else start


def notice(text: str) -> str:
    """Return the beginning of a text for a notification, escaped: it pings nobody."""
    return escaped(text.strip()[:NOTICE_CHARS])
