"""Markdown, as the bot and humans write it, in Slack's own mrkdwn. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels.slack.mrkdwn import ADDRESS, GAP, LOOKALIKES, MARK, escaped, seen, unmarked
from channels.slack.stream_text import OPENER

SAFE = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
LINK = re.compile(r"!?\[(?P<label>[^\[\]\n]*\S[^\[\]\n]*)\]\((?P<url>[^()\s]+(?:\([^()\s]*\))?)\)")
AUTOLINK = re.compile(r"<(?P<url>(?:https?://|mailto:)[^\s<>\"]+)>", re.IGNORECASE)
CODE = re.compile(r"`(?P<code>[^`]+)`")
OPENINGS = re.compile(r"(?P<mark>\*\*|__|~~|\*|_)(?=\S)")
ESCAPE = re.compile(r"\\(?P<character>[\\`*_\[\]()#+\-.!>~|{}])")
ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+•]|(?P<number>\d{1,9})[.)])\s+(?P<text>.*)")
HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*")
RULE = re.compile(r"\s{0,3}([-*_])(?:\s*\1){2,}\s*")
QUOTE = re.compile(r"\s{0,3}(?:>\s?)+(?P<text>.*)")
CLOSINGS = {
    "**": re.compile(r"(?<=\S)\*\*(?!\*)"),
    "__": re.compile(r"(?<=\S)__(?!\w)"),
    "~~": re.compile(r"(?<=\S)~~(?!~)"),
    "*": re.compile(r"(?<=[^\s*])\*(?!\*)"),
    "_": re.compile(r"(?<=[^\s_])_(?!\w)"),
}
MOST_EMPHASIS = 2_000
"""Characters between two marks; further apart they are no pair."""
MARKS = {"**": "*", "__": "*", "~~": "~", "*": "_", "_": "_"}
BULLETS = ("•", "◦", "▪")
DEEPEST = 6


def mrkdwn_of(markdown: str) -> str:
    """Return what the bot or a human wrote in Markdown as Slack writes it.

    The subset is that of the widget, and struck text: bold, italic, code, links, lists, headings,
    quotations. Whatever else it holds is text, and pings nobody.
    """
    lines = seen(markdown).split("\n")
    blocks: list[str] = []
    at = 0
    while at < len(lines):
        at, block = _block(lines, at)
        if block or (blocks and blocks[-1]):
            blocks.append(block)
    return "\n".join(blocks).rstrip("\n")


def _block(lines: Sequence[str], start: int) -> tuple[int, str]:
    """Return where the block that begins here ends, and what it becomes; nothing for a gap."""
    line = lines[start]
    if not line.strip() or RULE.fullmatch(line):
        return start + 1, ""
    fence = _fence(line)
    if fence:
        return _code(lines, start, fence)
    heading = HEADING.fullmatch(line)
    if heading:
        return start + 1, _wrapped("*", _inlines(heading["text"], "*"))
    item = ITEM.fullmatch(line)
    if item:
        return _item(lines, start, item)
    is_quoted = QUOTE.fullmatch(line) is not None
    end = start + 1
    while end < len(lines) and _goes_on(lines[end], is_quoted):
        end += 1
    if is_quoted:
        said = "\n".join(QUOTE.sub(r"\g<text>", line) for line in lines[start:end])
        return end, "\n".join("> " + line for line in _inlines(said).split("\n"))
    return end, _unquoted(_inlines("\n".join(lines[start:end])))


def _goes_on(line: str, is_quoted: bool) -> bool:
    """Return whether a line belongs to the paragraph above it."""
    if not line.strip() or (QUOTE.fullmatch(line) is not None) != is_quoted:
        return False
    return not (_fence(line) or ITEM.fullmatch(line) or HEADING.fullmatch(line))


def _fence(line: str) -> str:
    """Return the fence with which a line opens a code block; nothing if it does not."""
    found = OPENER.fullmatch(line)
    if found is None or (found["run"][0] == "`" and "`" in found["rest"]):
        return ""
    return found["run"]


def _code(lines: Sequence[str], start: int, fence: str) -> tuple[int, str]:
    indent = len(lines[start]) - len(lines[start].lstrip(" "))
    end = start + 1
    while end < len(lines):
        line = lines[end].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            break
        end += 1
    body = "\n".join(_outdented(line, indent) for line in lines[start + 1 : end])
    return end + 1, "```\n" + escaped(body).replace("```", f"`{GAP}`{GAP}`") + "\n```"


def _outdented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _item(lines: Sequence[str], start: int, item: re.Match[str]) -> tuple[int, str]:
    depth = min(2, len(item["indent"].replace("\t", "    ")) // 2)
    sign = f"{item['number']}." if item["number"] else BULLETS[depth]
    end, text = start + 1, item["text"]
    while end < len(lines) and _goes_on(lines[end], is_quoted=False):
        text += " " + lines[end].strip()
        end += 1
    return end, f"{'    ' * depth}{sign} {_inlines(text)}"


def _unquoted(text: str) -> str:
    """Return a paragraph in which no line begins a quotation."""
    return re.sub(r"^([ \t]*)((?:&gt;)+)", _as_angles, text, flags=re.MULTILINE)


def _as_angles(found: re.Match[str]) -> str:
    return found[1] + found[2].replace("&gt;", "\u203a")


@dataclass(frozen=True, slots=True)
class _Inline:
    """Something inside a line that is not plain text."""

    text: str
    """As Slack writes it."""
    end: int
    """Where it ends in the Markdown."""
    is_marked: bool = True
    """Slack wants a mark apart from the letters beside it."""


def _inlines(text: str, active: str = "", depth: int = 0) -> str:
    """Return a line or paragraph; `active` holds the marks it stands in already."""
    return "".join(_parts(text, active, depth))


def _parts(text: str, active: str, depth: int) -> Iterator[str]:
    plain, at = "", 0
    while at < len(text):
        escape = ESCAPE.match(text, at)
        found = None if escape or depth > DEEPEST else _inline_at(text, at, active, depth)
        if found is None:
            plain += escape["character"] if escape else text[at]
            at = escape.end() if escape else at + 1
            continue
        yield _plain(plain, active)
        if found.is_marked and at > 0 and text[at - 1].isalnum():
            yield GAP
        yield found.text
        if found.is_marked and text[found.end : found.end + 1].isalnum():
            yield GAP
        plain, at = "", found.end
    yield _plain(plain, active)


def _plain(text: str, active: str) -> str:
    text = unmarked(text)
    return escaped(text.translate(LOOKALIKES) if active else text)


def _inline_at(text: str, at: int, active: str, depth: int) -> _Inline | None:
    match text[at]:
        case "`":
            code = CODE.match(text, at)
            return code and _Inline(f"`{escaped(code['code'].replace(chr(10), ' '))}`", code.end())
        case "*" | "_" | "~":
            return _emphasis_at(text, at, active, depth)
        case "!" | "[":
            link = LINK.match(text, at)
            return link and _link(link["url"], link["label"], link.end())
        case "<":
            link = AUTOLINK.match(text, at)
            return link and _link(link["url"], "", link.end())
        case "h" | "H":
            return _bare_link_at(text, at)
        case _:
            return None


def _emphasis_at(text: str, at: int, active: str, depth: int) -> _Inline | None:
    opening = OPENINGS.match(text, at)
    if opening is None or (text[at] == "_" and at > 0 and text[at - 1].isalnum()):
        return None
    mark = opening["mark"]
    end = _closing(text, opening.end(), mark)
    if end < 0:
        return None
    sign = MARKS[mark]
    body = _inlines(text[opening.end() : end], active + sign, depth + 1)
    if sign in active:
        return _Inline(body, end + len(mark), is_marked=False)
    return _Inline(_wrapped(sign, body), end + len(mark))


def _closing(text: str, start: int, mark: str) -> int:
    """Return where the mark that ends this begins; -1 for nowhere."""
    found = CLOSINGS[mark].search(text, start + 1, start + MOST_EMPHASIS)
    return found.start() if found else -1


def _wrapped(sign: str, text: str) -> str:
    """Return each line between two marks, which Slack wants right beside the words."""
    return re.sub(r"(?m)^(\s*)(\S(?:.*\S)?)([ \t]*)$", rf"\1{sign}\2{sign}\3", text)


def _link(url: str, label: str, end: int) -> _Inline | None:
    if not SAFE.fullmatch(url):
        return None
    address = escaped(url.replace("|", "%7C"))
    name = escaped(MARK.sub("", label).replace("|", " ")).strip()
    return _Inline(f"<{address}|{name}>" if name else f"<{address}>", end, is_marked=False)


def _bare_link_at(text: str, at: int) -> _Inline | None:
    found = ADDRESS.match(text, at)
    if found is None:
        return None
    url = re.sub(r"[.,;:!?)\]*_~]+$", "", found[0])
    return _link(url, "", at + len(url))
