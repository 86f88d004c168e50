"""HTTP to Twilio on a session of our own, and the SDK's way to it.

The SDK's asynchronous client has no time limit, takes an answer of 5xx for a reason to send a POST
again, cannot write a repeated field, and logs addresses. Here each request is made once, within a
limit, past any proxy that was not asked for, and nothing is logged.
"""

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp

from channels.twilio.base import Media
from channels.twilio.errors import (
    TwilioBusy,
    TwilioError,
    TwilioFailed,
    TwilioRefused,
    TwilioUnclear,
)

if TYPE_CHECKING:
    from twilio.http import AsyncHttpClient

MOST_ANSWER_BYTES = 4_194_304
PIECE_BYTES = 65_536
MOST_AT_ONCE = 200
MOST_REDIRECTS = 4
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RETRY_AFTER_S = 1.0
"""When Twilio says 429 and not for how long."""
LONGEST_RETRY_AFTER_S = 3600.0
TOO_LARGE = 413
NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
"""No connection was made, so nobody has seen the request."""


@dataclass(frozen=True, slots=True)
class WireTerms:
    """How long is waited, and whom is told who we are."""

    base_url: str = ""
    """A stand-in for Twilio, or a region of it; empty for its usual address."""
    timeout_s: float = 10.0
    """For one request and its whole answer."""
    connect_s: float = 5.0
    file_s: float = 30.0
    takes_proxy: bool = False
    """Whether a proxy that the environment names is used."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the SDK's."""

    method: str
    url: str = field(repr=False)
    query: Mapping[str, object] = field(default_factory=dict, repr=False)
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def is_read(self) -> bool:
        """True where asking changes nothing, so that no outcome is unclear."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: any status but 429 and 5xx."""

    status: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Wire:
    """The connections to Twilio; made at the first request, in the loop that makes it."""

    def __init__(self, terms: WireTerms | None = None) -> None:
        self._terms = terms or WireTerms()
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def ask(self, asked: Asked) -> Answered:
        """Make one request, once.

        Raises:
            TwilioFailed: it never left, or it only reads and there is no answer.
            TwilioUnclear: it left, and what became of it is unknown.
            TwilioBusy: 429.
        """
        try:
            async with self._connected().request(
                asked.method,
                asked.url,
                params=[(name, str(value)) for name, value in asked.query.items()] or None,
                data=urlencode(asked.fields, doseq=True) if asked.fields else None,
                headers={**asked.headers, **credentials(asked.auth)},
                allow_redirects=False,
                timeout=self._limit(self._terms.timeout_s),
            ) as response:
                content = await _read(response, MOST_ANSWER_BYTES)
        except NEVER_LEFT:
            raise TwilioFailed from None
        except (aiohttp.ClientError, OSError, TwilioRefused):
            raise lost(asked.is_read) from None
        if response.status == 429:
            raise TwilioBusy(retry_after_s(response.headers.get("Retry-After", "")))
        if response.status >= 500:
            raise lost(asked.is_read)
        return Answered(response.status, content.decode("utf-8", "replace"), response.headers)

    async def fetch(self, url: str, auth: tuple[str, str], most_bytes: int) -> Media:
        """Return a file of Twilio's, wherever Twilio keeps it.

        Raises:
            TwilioRefused: not there (Twilio's status), not at Twilio's (403), too large (413).
            TwilioBusy: 429.
            TwilioFailed: it cannot be had now.
        """
        if not is_twilios(url, self._terms.base_url):
            raise TwilioRefused(0, 403)
        headers = credentials(auth)
        for _ in range(MOST_REDIRECTS):
            found = await self._hop(url, headers, most_bytes)
            if isinstance(found, Media):
                return found
            # Where it goes from here is not Twilio, and is not told who we are.
            url, headers = found, {}
        raise TwilioFailed

    async def close(self) -> None:
        """Let go of the connections; everything fails from now on. Idempotent."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def _hop(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Media | str:
        """Return the file, or where to look for it."""
        limit = self._limit(self._terms.file_s)
        try:
            async with self._connected().get(
                url, headers=headers, allow_redirects=False, timeout=limit
            ) as response:
                if response.status in REDIRECTS:
                    return self._next(url, response.headers.get("Location", ""))
                return await _file(response, most_bytes)
        except (aiohttp.ClientError, OSError):
            raise TwilioFailed from None

    def _next(self, url: str, location: str) -> str:
        """Return where a redirect leads; never from a safe connection to an open one."""
        try:
            found = urljoin(url, location)
            scheme = urlsplit(found).scheme
        except ValueError:
            raise TwilioFailed from None
        is_plain = urlsplit(self._terms.base_url).scheme == "http"
        if not location or (scheme != "https" and not (scheme == "http" and is_plain)):
            raise TwilioFailed
        return found

    def _limit(self, total_s: float) -> aiohttp.ClientTimeout:
        connect_s = min(self._terms.connect_s, total_s)
        return aiohttp.ClientTimeout(total=total_s, connect=connect_s, sock_connect=connect_s)

    def _connected(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise TwilioFailed
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MOST_AT_ONCE),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._terms.takes_proxy,
            )
        return self._session


def sdk_client(wire: Wire, timeout_s: float) -> "AsyncHttpClient":
    """Return what the SDK asks through."""
    from twilio.http import AsyncHttpClient
    from twilio.http.response import Response

    class OurClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK has no types
        """Hands every request to the wire; keeps no last request or answer, as the SDK's do."""

        async def request(  # noqa: PLR0913 - the SDK's signature
            self,
            method: str,
            url: str,
            params: Mapping[str, object] | None = None,
            data: Mapping[str, object] | None = None,
            headers: Mapping[str, str] | None = None,
            auth: tuple[str, str] | None = None,
            timeout: float | None = None,  # noqa: ASYNC109 - the SDK's; the wire has a limit
            allow_redirects: bool = False,
        ) -> Response:
            asked = Asked(method.upper(), url, params or {}, data or {}, headers or {}, auth)
            answered = await wire.ask(asked)
            return Response(answered.status, answered.text, answered.headers)

    return OurClient(quiet(), True, timeout_s)


def quiet() -> logging.Logger:
    """Return a logger that says nothing: the SDK's words quote numbers and texts."""
    logger = logging.Logger("copilot.twilio.sdk", logging.CRITICAL)
    logger.disabled = True
    return logger


def credentials(auth: tuple[str, str] | None) -> dict[str, str]:
    """Return the header that says who we are."""
    if auth is None:
        return {}
    encoded = base64.b64encode(":".join(auth).encode("utf-8"))
    return {"Authorization": f"Basic {encoded.decode('ascii')}"}


def is_twilios(url: str, base_url: str = "") -> bool:
    """Return whether an address is at Twilio's, or at the stand-in for it."""
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if base_url and (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
        return True
    is_host = host == "twilio.com" or host.endswith(".twilio.com")
    return parts.scheme == "https" and is_host and port in (None, 443) and "@" not in parts.netloc


def retry_after_s(header: str) -> float:
    """Return the seconds that a `Retry-After` says; of a date or nothing, a second."""
    header = header.strip()
    if not (header.isascii() and header.isdigit()) or len(header) > 9:
        return RETRY_AFTER_S
    return min(float(header), LONGEST_RETRY_AFTER_S)


def lost(is_read: bool) -> TwilioError:
    """Return what an answer means that never came, or said nothing."""
    return TwilioFailed() if is_read else TwilioUnclear()


async def _file(response: aiohttp.ClientResponse, most_bytes: int) -> Media:
    if response.status == 429:
        raise TwilioBusy(retry_after_s(response.headers.get("Retry-After", "")))
    if response.status >= 500:
        raise TwilioFailed
    if response.status != 200:
        raise TwilioRefused(0, response.status)
    content = await _read(response, most_bytes)
    # Twilio's own word, not aiohttp's default for none.
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Media(content, media_type)


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Return a body; stops reading as soon as it is too large."""
    if (response.content_length or 0) > most_bytes:
        raise TwilioRefused(0, TOO_LARGE)
    content = bytearray()
    async for piece in response.content.iter_chunked(PIECE_BYTES):
        content += piece
        if len(content) > most_bytes:
            raise TwilioRefused(0, TOO_LARGE)
    return bytes(content)
