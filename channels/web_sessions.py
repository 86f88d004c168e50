"""`POST /v1/chat/sessions`: who is there, which conversation, and a token for it."""

import asyncio
import re

from aiohttp import web

from channels.base import ConversationId, Opening
from channels.errors import ChannelBusy, ChannelRefused
from channels.token import LIFETIME_S, Session, TokenProblem, is_identity_hash, read_identity
from channels.web_answer import MOST_BODY_BYTES, Refusal
from channels.web_hub import Hub
from channels.web_intake import GONE
from channels.web_route import answered, asked
from channels.web_site import WebSite
from channels.wire.session import SessionAsked, SessionProblem, read_session
from channels.wire.web import clean

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
WS_PATH = "/v1/chat/ws"


class Sessions:
    """Opens sessions."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def open(self, request: web.Request) -> web.Response:
        """Answer one request; every refusal is JSON."""
        return await answered(self._hub, request, self._open)

    async def ask(self, request: web.Request) -> web.Response:
        """Answer a preflight request."""
        return asked(self._hub, request, "POST")

    async def _open(self, request: web.Request) -> web.Response:
        hub = self._hub
        origin = hub.check_origin(request)
        hub.check_open()
        hub.check_rate(hub.sessions_per_ip, hub.address(request))
        body = read_session_body(await read_body(request, hub.terms.timings.body_s))
        site = hub.sites.get(body.site_key)
        if site is None:
            raise Refusal(403, "unknown_site", f"no site has the key {body.site_key!r}")
        if origin and not hub.sites.allow_for(site, origin, request.host):
            raise Refusal(403, "origin_refused", "this origin may not use the chat")
        customer = self._customer_of(site, body)
        opened = await self._conversation_of(site, customer, body, request)
        expires_at = hub.terms.clock.utc().timestamp() + LIFETIME_S
        session = Session(site.key, opened, customer, bool(origin), expires_at)
        return web.json_response(
            {
                "token": hub.tokens.sign(session),
                "conversation_id": opened,
                "ws_url": socket_url(hub.terms.public_url, request),
                "expires_in": LIFETIME_S,
            }
        )

    def _customer_of(self, site: WebSite, body: SessionAsked) -> str:
        """Return the proven identity, or "" for a visitor; a bad proof never makes a visitor."""
        if body.identity is not None:
            try:
                return read_identity(site.secret, body.identity, self._hub.terms.clock.utc())
            except TokenProblem as problem:
                code = problem.code.replace("token", "identity")
                raise Refusal(401, code, "fetch a new identity token and try again") from None
        if body.user is None:
            return ""
        user = clean(body.user.id)
        if not is_identity_hash(site.secret, user, body.user.hash):
            raise Refusal(401, "identity_invalid", "user.hash does not prove user.id")
        return user

    async def _conversation_of(
        self, site: WebSite, customer: str, body: SessionAsked, request: web.Request
    ) -> ConversationId:
        asked = ConversationId(body.conversation_id) if body.conversation_id else None
        opening = Opening(site.key, customer, asked, locale_of(body.locale, request))
        try:
            opened = await self._hub.conversations.open(opening)
        except ChannelRefused as refused:
            status = 410 if refused.code in GONE else 403
            message = "open a session without conversation_id"
            raise Refusal(status, refused.code, message) from None
        except ChannelBusy as busy:
            raise Refusal(503, "busy", "try again later", busy.retry_after_s) from None
        return opened.conversation


async def read_body(
    request: web.Request, body_s: float, most_bytes: int = MOST_BODY_BYTES
) -> bytes:
    """Return the body of a request, holding no more of it than it may have.

    Raises:
        Refusal: 413, it is too large; 408, it does not arrive; 400, it ends too early.
    """
    try:
        async with asyncio.timeout(body_s):
            return await _collected(request, most_bytes)
    except TimeoutError:
        raise Refusal(408, "timeout", "the body did not arrive") from None
    except (ConnectionError, web.RequestPayloadError):
        raise Refusal(400, "invalid_request", "the body was cut short") from None


async def _collected(request: web.Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_any():
        if len(body) + len(piece) > most_bytes:
            raise Refusal(413, "body_too_large", f"expected {most_bytes} bytes at most")
        body += piece
    return bytes(body)


def read_session_body(body: bytes) -> SessionAsked:
    """Return the request that the body holds.

    Raises:
        Refusal: 400, it is not what was expected; names the fields.
    """
    try:
        return read_session(body)
    except SessionProblem as problem:
        raise Refusal(400, "invalid_request", f"expected a session request; {problem}") from None


def locale_of(asked: str | None, request: web.Request) -> str:
    """Return the customer's locale: what the page says, else what the browser prefers, else en."""
    preferred = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    for locale in (asked, preferred):
        if locale and LOCALE.fullmatch(locale):
            return locale
    return "en"


def socket_url(public_url: str, request: web.Request) -> str:
    """Return where the socket of this session is."""
    base = public_url.rstrip("/") or f"{request.scheme}://{request.host}"
    return "ws" + base.removeprefix("http") + WS_PATH
