"""Markdown as plain text with marks: no emphasis, links, tables, code or emoji. Pure."""

import re

from channels.voice.speech_marks import (
    BREAK,
    CELL,
    END,
    ENUMERATED,
    LINK,
    MASKED,
    PLACEHOLDER,
    Plain,
)

MOST_HELD_CHARS = 48
"""So much is looked at to tell what a bracket, a backtick or a tag is."""

_KINDS = (
    "EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "SSN", "IP_ADDRESS", "URL", "DATE_OF_BIRTH",
    "ACCOUNT", "NAME", "ADDRESS", "ID", "NUMBER", "SECRET",
)  # fmt: skip
"""Kinds of placeholders, as the redaction writes them."""
_SQUEEZED = {kind.replace("_", ""): kind for kind in _KINDS}
_SCHEMES = ("https://", "http://", "www.", "mailto:", "tel:", "ftp://")
_SCHEME = re.compile(r"(?<!\w)(?:https?://|www\.|mailto:|tel:|ftp://)(?=\S)", re.IGNORECASE)
_EMOJI = (
    "\u00a9\u00ae\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2122\u2139\u20e3\u2300-\u23ff"
    "\u25a0-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\ue000-\uf8ff\ufe00-\ufe0f\ufeff"
    "\U0001f000-\U0001faff\U000e0000-\U0010ffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
)
_SPECIAL = re.compile(
    rf"[\n*_~`\[\]<>&\\|!\u3010\u2190-\u21ff{_EMOJI}]|(?<!\w)(?:h(?=t|\Z)|w(?=w|\Z)|m(?=a|\Z)|t(?=e|\Z)|f(?=t|\Z))",
    re.IGNORECASE,
)
_UNSEEN = re.compile(rf"[{_EMOJI}]")
_LINE = re.compile(
    r"(?P<fence>`{3,}|~{3,})|(?P<heading>\#{1,6})(?=[ \t\n])|(?P<item>[-*+\u2022\u2023\u25e6])[ \t]"
    r"|(?P<number>\d{1,2})[.)][ \t]|(?P<quote>>)|(?P<rule>-{3,}|={3,}|[*_]{3,}(?=[\s]))"
    r"|(?P<divider>\|[ \t]*:?-{2,})|(?P<row>\|)|(?P<note>\[\^?\d{1,3}\]:)"
)
_LINE_BEGUN = re.compile(
    r"(?:`{1,2}|~{1,2}|\#{1,6}|[-*+\u2022\u2023\u25e6]|\d{1,2}[.)]?|[-=*_]{1,48}"
    r"|\|[ \t]{0,40}:?-?|\[(?:\^?(?:\d{1,3}\]?)?)?)"
)
_CITED = re.compile(r"\[\^?\d{1,3}(?:[ ]?[,;\u2013-][ ]?\d{1,3}){0,8}\]")
_CITED_BEGUN = re.compile(r"\[\^?[\d ,;\u2013-]{0,40}")
_BOX = re.compile(r"\[[ xX]\](?=\s)")
_BOX_BEGUN = re.compile(r"\[(?:[ xX]\]?)?")
_HIDDEN = re.compile(
    r"\[[\s*_`]{0,3}(?P<kind>[A-Za-z][A-Za-z\\_ *-]{1,24}?)"
    r"(?:[\\_ -]{1,3}\d{1,6}|[ ]?(?:\\?\*){4}(?P<last>\d{0,4}))[\s*_`]{0,3}\\?\]"
)
_UNCLEAR = re.compile(r"[\W_]+")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n:]{0,40}>")
_TAG_BEGUN = re.compile(r"<(?:/?(?:[a-zA-Z][^<>\n:]{0,40})?)?")
_BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|tr|h[1-6])\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:(?P<name>[a-z]{2,6})|#(?P<code>\d{2,5}));")
_ENTITY_BEGUN = re.compile(r"&(?:[a-z]{0,6}|#\d{0,5})")
_ENTITIES = {
    "amp": "&", "nbsp": " ", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "euro": "\u20ac",
    "pound": "\u00a3", "mdash": "\u2014", "ndash": "\u2013", "hellip": "\u2026",
}  # fmt: skip
_CODE = re.compile(r"(`{1,3})([^`\n]{1,40})\1")
_CODE_BEGUN = re.compile(r"`{1,3}[^`\n]{0,40}`{0,3}")
_PLAIN_CODE = re.compile(r"(?!.*(?:www\.|--))[\w .,%\u20ac$\u00a3+-]+", re.IGNORECASE)
_ADDRESS_END = re.compile(r"[\s<>\"`\])|*\u201d\u00bb]|[.,;:!?'](?=[\s<>\"`\])|*\u201d\u00bb])")
_STOPS = ".,;:!?'"


class MarkStream:
    """Written text in pieces, in; plain pieces with marks, out; however it is cut the same."""

    def __init__(self) -> None:
        self._text = ""
        """Not yet decided, behind at most one character of what was."""
        self._place = 0
        """In `_text`, from where on nothing is decided."""
        self._taken = 0
        """Characters that were decided."""
        self._mode = self._line_start
        self._lines = 2
        """Line ends since the last text."""
        self._is_own_line = False
        """A heading or a row: its end is a pause."""
        self._in_row = False
        self._item = 0
        """The number of the last item of a list."""
        self._fence = ""
        self._depth = 0
        self._is_final = False
        self._out: list[Plain] = []

    @property
    def held_chars(self) -> int:
        """Return how much of the text is waiting for more."""
        return len(self._text) - self._place

    def feed(self, text: str) -> list[Plain]:
        """Return what is certain now."""
        self._text += text
        return self._run()

    def flush(self) -> list[Plain]:
        """Return the rest."""
        self._is_final = True
        return self._run()

    def _run(self) -> list[Plain]:
        while self._place < len(self._text):
            if not self._mode():
                break
        cut = self._place - 1
        if cut > 0:
            self._text, self._place = self._text[cut:], 1
        out, self._out = self._out, []
        return out

    def _take(self, count: int) -> bool:
        self._place += count
        self._taken += count
        return True

    def _say(self, text: str, count: int) -> bool:
        """Say something else instead of the next characters."""
        self._take(count)
        if text:
            self._out.append(Plain(text, self._taken, is_same=False))
        return True

    def _copy(self, count: int) -> bool:
        start = self._place
        self._take(count)
        self._out.append(Plain(self._text[start : start + count], self._taken, is_same=True))
        return True

    def _ahead(self) -> str:
        return self._text[self._place : self._place + MOST_HELD_CHARS]

    def _may_be(self, begun: re.Pattern[str], ahead: str) -> bool:
        """Return whether more text may make something of what is there."""
        if self._is_final or len(ahead) >= MOST_HELD_CHARS:
            return False
        return begun.fullmatch(ahead) is not None

    # Lines ------------------------------------------------------------------------------------

    def _line_start(self) -> bool:
        text, place = self._text, self._place
        mark = text[place]
        if mark in " \t\r\n":
            self._lines += mark == "\n"
            return self._take(1)
        ahead = self._ahead()
        if self._may_be(_LINE_BEGUN, ahead):
            return False
        found = _LINE.match(ahead)
        kind = found.lastgroup if found else None
        if found and kind == "number":
            number = int(found["number"])
            kind = kind if number in (1, self._item + 1) else None
        if not found or kind is None:
            return self._paragraph()
        return self._begin(kind, found)

    def _paragraph(self) -> bool:
        is_break = self._lines > 1 or self._is_own_line
        self._enter(BREAK if is_break else " ", is_own=False)
        return True

    def _enter(self, mark: str, is_own: bool) -> None:
        """Leave the start of a line."""
        self._out.append(Plain(mark, self._taken, is_same=False))
        self._lines, self._is_own_line, self._in_row = 0, is_own, False
        self._mode = self._inside

    def _begin(self, kind: str, found: re.Match[str]) -> bool:
        size = found.end()
        match kind:
            case "fence":
                self._enter(BREAK, is_own=True)
                self._fence, self._mode = found[0], self._fence_line
            case "number":
                self._item = int(found["number"])
                self._enter(BREAK, is_own=False)
                return self._say(f"{ENUMERATED}{self._item}{END}", size)
            case "quote":
                self._lines = max(self._lines, 1)
            case "rule" | "divider" | "note":
                self._enter(BREAK, is_own=True)
                self._mode = self._rest_of_line if kind == "note" else self._divider
            case _:
                self._enter(BREAK, is_own=kind in ("heading", "row"))
                self._in_row = kind == "row"
        return self._take(size)

    def _divider(self) -> bool:
        if self._text[self._place] in " \t-=:|*_":
            return self._take(1)
        self._mode = self._inside
        return True

    def _rest_of_line(self) -> bool:
        if self._text[self._place] == "\n":
            self._mode = self._inside
            return True
        return self._take(1)

    def _fence_line(self) -> bool:
        """Skip to the end of a line inside of a block of code."""
        if self._take(1) and self._text[self._place - 1] == "\n":
            self._mode = self._fence_start
        return True

    def _fence_start(self) -> bool:
        """Look whether the block of code ends with this line."""
        mark, size = self._fence[0], len(self._fence)
        ahead = self._ahead()
        if ahead[0] in " \t":
            return self._take(1)
        if ahead.startswith(self._fence):
            self._lines, self._is_own_line, self._mode = 1, True, self._rest_of_line
            return self._take(size)
        if not self._is_final and len(ahead) < min(size, MOST_HELD_CHARS) and not ahead.strip(mark):
            return False
        self._mode = self._fence_line
        return True

    # Text -------------------------------------------------------------------------------------

    def _inside(self) -> bool:
        found = _SPECIAL.search(self._text, self._place)
        if not found:
            return self._copy(len(self._text) - self._place)
        if found.start() > self._place:
            return self._copy(found.start() - self._place)
        mark = found[0]
        match mark:
            case "\n":
                self._mode, self._lines = self._line_start, 1
                return self._take(1)
            case "*" | "_" | "~":
                return self._emphasis(mark)
            case "`":
                return self._code()
            case "[":
                return self._bracket()
            case "]":
                self._mode = self._after_bracket
                return self._take(1)
            case "<" | ">" | "&":
                return self._markup(mark)
            case "|":
                return self._say(CELL, 1)
            case "!":
                return self._exclamation()
            case "\u3010":
                self._mode = self._vendor_mark
                return self._take(1)
            case "\\":
                return self._take(1)
        if mark.isalpha():
            return self._address()
        return self._say(" \u2192 " if "\u2190" <= mark <= "\u21ff" else "", 1)

    def _vendor_mark(self) -> bool:
        if self._text[self._place] in "\u3011\n":
            self._mode = self._inside
            return self._take(self._text[self._place] != "\n")
        return self._take(1)

    def _exclamation(self) -> bool:
        following = self._text[self._place + 1 : self._place + 2]
        if not following and not self._is_final:
            return False
        return self._take(1) if following == "[" else self._copy(1)

    def _address(self) -> bool:
        ahead = self._ahead()
        if _SCHEME.match(self._text, self._place):
            self._mode = self._in_address
            return self._say(LINK, 1)
        lower = ahead.lower()
        if not self._is_final and any(scheme.startswith(lower) for scheme in _SCHEMES):
            return False
        return self._copy(1)

    def _in_address(self) -> bool:
        text, place = self._text, self._place
        found = _ADDRESS_END.search(text, place)
        if found:
            self._mode = self._inside
            return self._take(found.start() - place)
        end = len(text)
        if not self._is_final and text[-1] in _STOPS:
            return self._take(end - 1 - place) if end - 1 > place else False
        if self._is_final and text[-1] in _STOPS:
            self._mode = self._inside
            end -= 1
        return self._take(end - place)

    def _emphasis(self, mark: str) -> bool:
        ahead = self._text[self._place : self._place + 9]
        size = min(8, len(ahead) - len(ahead.lstrip(mark)))
        if size == len(ahead) and not self._is_final:
            return False
        before = self._text[self._place - 1 : self._place] if self._place else ""
        after = ahead[size : size + 1]
        is_free = before in (" ", "\t") and after in (" ", "\t")
        if mark == "*" and size == 1 and is_free:
            return self._say("\u00d7", 1)
        if mark == "*" and size > 2 and after.isdecimal():
            return self._say(MASKED, size)
        if mark == "_" and before.isalnum() and after.isalnum():
            return self._copy(1)
        if mark == "~" and size == 1 and after.isdecimal() and not before.isalnum():
            return self._copy(1)
        return self._take(size)

    def _code(self) -> bool:
        ahead = self._ahead()
        found = _CODE.match(ahead)
        is_longer = found is not None and found.end() == len(ahead)
        if (not found or is_longer) and self._may_be(_CODE_BEGUN, ahead):
            return False
        if not found:
            return self._take(len(ahead) - len(ahead.lstrip("`")))
        content = found[2].strip()
        return self._say(content if _PLAIN_CODE.fullmatch(content) else "", found.end())

    def _markup(self, mark: str) -> bool:
        ahead = self._ahead()
        if mark == "<":
            found = _TAG.match(ahead)
            if found:
                is_break = _BREAKING_TAG.match(found[0])
                return self._say(BREAK if is_break else "", found.end())
            if self._may_be(_TAG_BEGUN, ahead):
                return False
        if mark == "&":
            entity = _ENTITY.match(ahead)
            if entity:
                name, code = entity["name"], int(entity["code"] or 32)
                said = _ENTITIES.get(name, "") if name else chr(code)
                return self._say("" if _UNSEEN.match(said) else said, entity.end())
            if self._may_be(_ENTITY_BEGUN, ahead):
                return False
            return self._copy(1)
        return self._take(1)

    # Brackets ---------------------------------------------------------------------------------

    def _bracket(self) -> bool:
        ahead = self._ahead()
        cited = _CITED.match(ahead)
        if cited:
            self._mode = self._after_bracket
            return self._take(cited.end())
        hidden = _HIDDEN.match(ahead)
        kind = _SQUEEZED.get(_UNCLEAR.sub("", hidden["kind"]).upper()) if hidden else None
        if hidden and kind:
            last = hidden["last"] or ""
            return self._say(f"{PLACEHOLDER}{kind} {last}{END}", hidden.end())
        box = _BOX.match(ahead)
        if box:
            return self._take(box.end())
        begun = self._may_be(_CITED_BEGUN, ahead) or self._may_be(_BOX_BEGUN, ahead)
        if begun or self._may_be_hidden(ahead):
            return False
        return self._take(1)

    def _may_be_hidden(self, ahead: str) -> bool:
        if self._is_final or len(ahead) >= MOST_HELD_CHARS or "]" in ahead or "\n" in ahead:
            return False
        inner = _UNCLEAR.sub("", ahead).upper()
        return any(
            word.startswith(inner) or (inner.startswith(word) and inner[len(word) :].isdigit())
            for word in _SQUEEZED
        )

    def _after_bracket(self) -> bool:
        """Skip the target of a link."""
        self._mode = self._inside
        if self._text[self._place] == "(":
            self._depth, self._mode = 0, self._target
        return True

    def _target(self) -> bool:
        mark = self._text[self._place]
        self._depth += (mark == "(") - (mark == ")")
        if mark == "\n" or self._depth == 0:
            self._mode = self._inside
            return self._take(mark != "\n")
        return self._take(1)
