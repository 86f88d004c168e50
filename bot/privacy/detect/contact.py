"""E-mail addresses, network addresses, and links that carry something personal."""

import ipaddress
import re
from collections.abc import Iterator

from bot.privacy.detect.window import Window
from bot.privacy.detect.words import VERSIONS
from bot.privacy.kinds import Kind, Span

_AT = re.compile(r"@|%40")
_DOMAIN = re.compile(
    r"[^\W_](?:[\w-]{0,62}[^\W_])?(?:[.\u3002][^\W_](?:[\w-]{0,62}[^\W_])?){0,8}", re.UNICODE
)
_STOP = re.compile("[.\u3002]")
_LOCAL = frozenset("!#$%&'*+/=?^_`{|}~.-")
_LOCAL_ENCODED = frozenset("_.+-")
_LONGEST_LOCAL = 64
_VEILED = re.compile(
    r"[\w.+-]{1,64} ?(?:[(\[{<] ?(?:at|@) ?[)\]}>]|@) ?[\w-]{1,63}"
    r"(?: ?(?:[(\[{<] ?(?:dot|\.) ?[)\]}>]|\.) ?[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"(?<!\S)(?:[\w.+@-] ){5,80}[\w]{1,3}(?!\w)")
_WHOLE = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,12}://[^\s<>\"]{1,300}")
_LOGIN_BEFORE = re.compile(r"//[^/\s@]{1,128}:$")
_LOGIN = re.compile(r"//([^/\s@]{1,128}:[^/\s@]{1,128})@")
_SECRET_KEYS = "token|secret|password|passwd|pwd|apikey|api_key|api-key|signature|session|auth|otp"
_SECRET_PAIR = re.compile(
    rf"[?&#;](?:[\w-]{{0,20}}(?:{_SECRET_KEYS})[\w-]{{0,10}}|sig|key|code|jwt|sid|hash|pin)"
    r"=([^&#\s]{1,256})",
    re.IGNORECASE,
)
_TOKEN_IN_PATH = re.compile(r"/(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])[\w-]{20,256}")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,46}(?:\.\d{1,3}){0,3}")
_VEIL = re.compile(r"[(\[{<] ?(?:at|@)| @|@ ", re.IGNORECASE)


def find_emails(window: str) -> Iterator[Span]:
    """Yield addresses, plain, percent-encoded, veiled as `(at)`, or spaced letter by letter."""
    for at in _AT.finditer(window):
        allowed = _LOCAL if at[0] == "@" else _LOCAL_ENCODED
        start = at.start()
        floor = max(0, start - _LONGEST_LOCAL)
        while start > floor and (window[start - 1].isalnum() or window[start - 1] in allowed):
            start -= 1
        while start < at.start() and window[start] in "./?&='*":
            start += 1
        domain = _DOMAIN.match(window, at.end())
        is_login = _LOGIN_BEFORE.search(window, max(0, start - 130), start)
        if (
            domain
            and start < at.start()
            and not domain[0].isalnum()
            and _STOP.search(domain[0])
            and not is_login
        ):
            start = _after_pair(window, start, at.start())
            yield Span(start, domain.end(), Kind.EMAIL)
    if _VEIL.search(window):
        for match in _VEILED.finditer(window):
            if _VEIL.search(match[0]):
                yield Span(match.start(), match.end(), Kind.EMAIL)
    if " @ " in window:
        for match in _LETTERS.finditer(window):
            if _WHOLE.fullmatch(match[0].replace(" ", "")):
                yield Span(match.start(), match.end(), Kind.EMAIL)


def _after_pair(window: str, start: int, end: int) -> int:
    """Return the start of the value in `key=value@...` of a link's query."""
    equals = window.rfind("=", start, end)
    return equals + 1 if 0 <= equals < end - 1 else start


def find_links(window: str) -> Iterator[Span]:
    """Yield logins and secrets in links, and links that open something by themselves."""
    for url in _URL.finditer(window):
        login = _LOGIN.search(window, url.start(), url.end())
        if login:
            yield Span(login.start(1), login.end(1), Kind.SECRET)
        for pair in _SECRET_PAIR.finditer(window, url.start(), url.end()):
            yield Span(pair.start(1), pair.end(1), Kind.SECRET)
        if _TOKEN_IN_PATH.search(window, url.start(), _path_end(window, url)):
            yield Span(url.start(), url.end(), Kind.URL)


def _path_end(window: str, url: re.Match[str]) -> int:
    query = window.find("?", url.start(), url.end())
    return query if query >= 0 else url.end()


def find_hosts(window: Window) -> Iterator[Span]:
    """Yield network addresses; four numbers behind a word like `version` are none."""
    text = window.text
    if text.count(".") >= 3:
        for match in _V4.finditer(text):
            before = window.words_before(match.start())[-1:]
            if _is_address(match[0]) and VERSIONS.isdisjoint(before):
                yield Span(match.start(), match.end(), Kind.IP_ADDRESS)
    if text.count(":") >= 2:
        for match in _V6.finditer(text):
            written = match[0] if match[0].endswith("::") else match[0].rstrip(":")
            if written.count(":") >= 2 and any(c.isdigit() for c in written):
                yield from _host(text, match.start(), written)


def _host(text: str, start: int, written: str) -> Iterator[Span]:
    end = start + len(written)
    if not text[end : end + 1].isalnum() and _is_address(written):
        yield Span(start, end, Kind.IP_ADDRESS)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
