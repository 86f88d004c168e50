"""The door of Twilio's webhooks: who is let in, and what is read of him.

Refusals, each counted under a word: 403 `signature` or `account`, 400 `not_a_form`, `not_json` or
`cut_short`, 413 `too_large`, 408 `too_slow`, 415 `packed`. Nothing that is sent makes a 500.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from channels.errors import ChannelRefused
from channels.twilio.form import MOST_BYTES, Form, read_form
from channels.twilio.signature import Keys, is_address_signed, is_signed

TOKEN_HEADER = "I-Twilio-Idempotency-Token"
FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
TWIML_START = '<?xml version="1.0" encoding="UTF-8"?>'


def uncounted(_: str) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class DoorTerms:
    """How much is read of a request, and who is told of a refusal."""

    most_bytes: int = MOST_BYTES
    read_s: float = 5.0
    account: str = ""
    """`AC…`: a form that names another one is refused; empty lets any in that is signed."""
    refused: Callable[[str], None] = uncounted
    """Told of each refusal by its word; never of what was sent."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request of Twilio's, proven."""

    form: Form
    """Empty where it is JSON."""
    json: Mapping[str, object] = field(repr=False)
    """Empty where it is a form."""
    is_json: bool
    path_qs: str = field(repr=False)
    """The path and the query as they came: both are signed."""
    token: str
    """The same on a repeated delivery; empty when there is none."""


class Door:
    """Lets in what Twilio has signed for our public address, whatever Host and proxies say."""

    def __init__(self, keys: Keys, public_url: str, terms: DoorTerms | None = None) -> None:
        self._keys = keys
        self._public_url = public_url.partition("#")[0].rstrip("/")
        self._terms = terms or DoorTerms()

    async def take(self, request: web.Request) -> Webhook:
        """Return a request that Twilio has signed.

        Raises:
            web.HTTPException: it is refused; see the words above.
        """
        path_qs = request.path_qs
        body = await self._read(request)
        form, fields = self._contents(request.content_type, body)
        url = self._public_url + path_qs
        if not is_signed(url, form, body, request.headers, self._keys):
            self._refuse("signature", web.HTTPForbidden())
        account = self._terms.account
        if form is not None and account and form.get("AccountSid", account) != account:
            self._refuse("account", web.HTTPForbidden())
        return Webhook(
            form=form or Form(),
            json=fields,
            is_json=form is None,
            path_qs=path_qs,
            token=request.headers.get(TOKEN_HEADER, ""),
        )

    def is_upgrade_signed(self, request: web.Request, url: str) -> bool:
        """Return whether Twilio has signed the upgrade to a WebSocket at `url`.

        `url` is the `wss://` address exactly as it was written in TwiML; what the request says
        of itself does not matter, since proxies rewrite it.
        """
        is_ours = is_address_signed(url, request.headers, self._keys)
        if not is_ours:
            self._terms.refused("upgrade")
        return is_ours

    async def _read(self, request: web.Request) -> bytes:
        """Return the body; never reads much more than allowed, nor longer."""
        most = self._terms.most_bytes
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            await self._hang_up(request)
        if (request.content_length or 0) > most:
            self._refuse("too_large", too_large(most))
        try:
            async with asyncio.timeout(self._terms.read_s):
                body = await _body(request, most)
        except TimeoutError:
            self._refuse("too_slow", web.HTTPRequestTimeout())
        except (aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError):
            self._refuse("cut_short", web.HTTPBadRequest())
        if len(body) > most:
            self._refuse("too_large", too_large(most))
        return body

    def _contents(self, content_type: str, body: bytes) -> tuple[Form | None, Mapping[str, object]]:
        """Return the fields of a form; or None, and those of a JSON object."""
        if content_type.lower() != JSON_TYPE:
            try:
                return read_form(body), {}
            except ChannelRefused as refused:
                self._refuse(refused.code, web.HTTPBadRequest())
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self._refuse("not_json", web.HTTPBadRequest())
        return None, value

    async def _hang_up(self, request: web.Request) -> NoReturn:
        """Refuse a body that is packed: Twilio packs none, and a little may unpack to a lot."""
        refusal = web.HTTPUnsupportedMediaType()
        refusal.force_close()
        await refusal.prepare(request)
        await refusal.write_eof()
        # What is left unread would be unpacked while the connection lingers.
        if request.transport is not None:
            request.protocol.force_close()
        self._refuse("packed", refusal)

    def _refuse(self, word: str, refusal: web.HTTPException) -> NoReturn:
        self._terms.refused(word)
        raise refusal


async def _body(request: web.Request, most: int) -> bytes:
    """Return the body, or a little more than `most` of it."""
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > most:
            break
    return bytes(body)


def too_large(most: int) -> web.HTTPRequestEntityTooLarge:
    """Return the refusal of a body over so many bytes."""
    return web.HTTPRequestEntityTooLarge(max_size=most, actual_size=most + 1)


def relay_url(public_url: str, path: str) -> str:
    """Return the `wss://` address of a path under our public one, as it is written in TwiML."""
    parts = urlsplit(public_url.partition("#")[0])
    scheme = "ws" if parts.scheme == "http" else "wss"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}"


def empty_twiml() -> web.Response:
    """Return the answer that sends nothing: Twilio takes any other text for a message."""
    return twiml(f"{TWIML_START}<Response/>")


def twiml(text: str) -> web.Response:
    """Return TwiML as an answer."""
    return web.Response(text=text, content_type="text/xml", charset="utf-8")
