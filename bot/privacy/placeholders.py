"""What stands for a value in redacted text, as it was written and as models repeat it."""

import re

from bot.privacy.kinds import Kind

_JOIN = r"[\s\\_*-]{0,4}"
_KINDS = "|".join(
    kind.value.replace("_", _JOIN)
    for kind in sorted(Kind, key=lambda kind: len(kind.value), reverse=True)
)
LONGEST = 48
"""Characters of the longest repetition that is still recognised."""
_NUMBERED = rf"({_JOIN})(\d{{1,6}})"
_LAST_FOUR = r" ((?:\\?\*){4}\d{0,4})"
_EDGE = r"[\s*_`]{0,4}"
PLACEHOLDER = re.compile(
    rf"\\?\[{_EDGE}({_KINDS})(?:{_NUMBERED}|{_LAST_FOUR}){_EDGE}\\?\]", re.IGNORECASE
)
"""`[EMAIL_1]` and `[CREDIT_CARD ****1111]`; case, blanks, escapes, emphasis and backticks vary.

Groups: kind, joint, number, last four.
"""
_BRACKETED = re.compile(r"\[([^\[\]]{1,64})\]")
_UNCLEAR = re.compile(r"[\W_]+")
_SQUEEZED = tuple(kind.value.replace("_", "").lower() for kind in Kind)
_FORGED = re.compile(rf"(?:{'|'.join(_SQUEEZED)})\d{{0,12}}")


def neutralised(text: str, plain: str) -> str:
    """Return a customer's text in which nothing looks like a placeholder any more.

    `[EMAIL_1]` becomes `(EMAIL_1)`, however it is spaced and written. `plain` is the plain form of
    the text.
    """
    if "[" not in plain:
        return text
    letters = list(text)
    for match in _BRACKETED.finditer(plain):
        if _FORGED.fullmatch(_UNCLEAR.sub("", match[1]).lower()):
            letters[match.start()], letters[match.end() - 1] = "(", ")"
    return "".join(letters)


def canonical(match: re.Match[str]) -> str:
    """Return the placeholder as the vault wrote it."""
    kind = kind_of(match).value
    return f"[{kind}_{int(match[3])}]" if match[3] else f"[{kind} {match[4]}]"


def kind_of(match: re.Match[str]) -> Kind:
    """Return the kind that a placeholder names."""
    squeezed = _UNCLEAR.sub("", match[1]).lower()
    return next(kind for kind, word in zip(Kind, _SQUEEZED, strict=True) if word == squeezed)


def may_begin(text: str) -> bool:
    """Return whether a text from a bracket on may still become a placeholder."""
    if len(text) >= LONGEST or "]" in text:
        return False
    inner = _UNCLEAR.sub("", text).lower()
    return any(word.startswith(inner) or _is_numbered(inner, word) for word in _SQUEEZED)


def _is_numbered(inner: str, word: str) -> bool:
    return inner.startswith(word) and (inner[len(word) :] or "0").isdigit()
