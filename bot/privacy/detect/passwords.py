"""Passwords, keys and tokens that stand in words."""

import re
from collections.abc import Iterator

from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.detect.words import OTHER_CODES, SECRET_NOUNS, SECRETS
from bot.privacy.kinds import Kind, Span

_FILLER = """
for to of on you i we they she he me my the this that your just sent texted got gave received
account login app card online banking email temporary new old current number num no is was it by
text sms
"""
_JOINT = r"(?: (?:is|was|are|es|ist|est|è|é|=|:)|'s|:|=)(?: (?:now|still|set to))?"
NAMED = (
    rf"(?:{'|'.join(sorted(SECRET_NOUNS, key=len, reverse=True))})\b"
    rf"(?: (?:{'|'.join(_FILLER.split())})\b){{0,7}}{_JOINT}"
)
"""What stands before a secret: `the code you texted me is`."""
_SAID = re.compile(
    rf"\b{NAMED}[:\s]{{0,2}}(?<![\w])[\"'`\u201c]?([^\s\"'`\u201d]{{3,128}})", re.IGNORECASE
)
_STRONG = re.compile(r"(?=[^A-Za-z]{0,64}[A-Za-z])(?=[\w.-]{0,64}[\d!@#$%^&*_+=?~-])")
_PASSWORD = re.compile(r"pass|pwd|kennwort|contrase|clave|senha|wachtwoord|пароль", re.IGNORECASE)
_ORDINARY = """
not wrong incorrect correct invalid expired blocked locked working required needed changed right the
a an being still never always now also too very so only just what that this it too reset forgotten
lost missing unknown different same new old secure safe weak strong compromised stolen case there
where how when why because and but for from sent asking showing rejected accepted declined no yes to
my in on at of or if i you your please can could will would should case-sensitive
"""
_PLAIN_WORDS = frozenset(_ORDINARY.split())
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:sk|pk|rk)[_-](?:live|test|ant|proj)?[_-]?[A-Za-z0-9_-]{12,200}"
    r"|gh[pousr]_\w{20,255}|AKIA[A-Z0-9]{12,20}|xox[abprs]-[\w-]{10,200}|AIza[\w-]{30,40}"
    r"|SG\.[\w-]{16,40}\.[\w-]{16,60}|ya29\.[\w-]{20,200}|npm_\w{30,40}|hf_\w{30,40}|pypi-[\w-]{30,200}"
    r"|glpat-[\w-]{16,40}|eyJ[\w-]{5,250}\.[\w-]{4,250}(?:\.[\w-]{2,250})?)"
)
"""Keys that vendors make recognisable; the three parts of a JSON Web Token."""
_TOKEN = re.compile(
    r"(?<![\w/+=.-])(?=[\w+=.-]{0,200}\d)(?=[\w+=.-]{0,200}[a-z])(?=[\w+=.-]{0,200}[A-Z])"
    r"[\w+=-]{32,400}"
)
_BEARER = re.compile(r"\b(?:bearer|basic|token)[: ]{1,2}([\w.~+/-]{16,400}={0,2})", re.IGNORECASE)
_BARE = re.compile(
    r"\b(?:password|passwd|pass|pwd?|pword|passcode|passphrase|passwort|kennwort|contraseña|clave|senha"
    r"|mot de passe|wachtwoord)"
    r" ((?=\S{0,40}[A-Za-z])(?=\S{0,40}[\d!@#$%^&*_])[^\s,;]{5,64})(?=[\s,;.]|$)",
    re.IGNORECASE,
)
"""A password without `is` before it; it has a digit or a sign."""
_LONG = re.compile(r"[\w+=.-]{14}")
_TOKEN_START = re.compile(r"[\w+=/.%-]{40,400}\Z")


def find_secrets(window: Window) -> Iterator[Span]:
    """Yield secrets behind their name, keys, and long tokens."""
    text, offset = window.text, window.offset
    if not SECRETS.isdisjoint(window.words):
        for match in _SAID.finditer(text):
            span = _said(window, match)
            if span:
                yield span
        for match in _BARE.finditer(text):
            if match[1][0] not in "[(<" and not match[1].isdigit():
                yield Span(match.start(1), match.start(1) + len(match[1].rstrip(".")), Kind.SECRET)
    if _LONG.search(text):
        for match in _BEARER.finditer(text):
            if any(letter.isdigit() for letter in match[1]):
                yield Span(match.start(1), match.end(1), Kind.SECRET)
        for pattern in (_KEYS, _TOKEN):
            for match in pattern.finditer(text):
                yield Span(match.start(), match.end(), Kind.SECRET)
    if 0 < offset < len(text) and not text[offset - 1].isspace():
        yield from _rest_of_token(text, offset)


def _said(window: Window, match: re.Match[str]) -> Span | None:
    """Return a secret behind its name; digits alone are judged with the other digits."""
    start, end = match.span(1)
    if not OTHER_CODES.isdisjoint(with_pairs(window.words_before(start))):
        return None
    while end > start and window.text[end - 1] in ".,;:)?":
        end -= 1
    value = window.text[start:end]
    if end - start < 3 or value.lower().strip("!") in _PLAIN_WORDS or value[0] in "[(<":
        return None
    if value.isdigit():
        return None
    is_password = bool(_PASSWORD.search(match[0])) and not value.endswith(("ing", "ed"))
    return Span(start, end, Kind.SECRET) if is_password or _STRONG.match(value) else None


def _rest_of_token(window: str, offset: int) -> Iterator[Span]:
    """Yield what goes on of a word too long for one window, when its beginning was a token."""
    begun = _TOKEN_START.search(window[:offset])
    if begun and re.search(r"\d", begun[0]) and re.search(r"[A-Za-z]", begun[0]):
        rest = re.match(r"\S{1,400}", window[offset:])
        if rest:
            yield Span(offset, offset + rest.end(), Kind.SECRET)
