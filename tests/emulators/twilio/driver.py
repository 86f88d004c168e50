"""How what Twilio sends gets to the app: signed for the public URL, sent to the loopback one."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from yarl import URL

Fields = Mapping[str, str] | Iterable[tuple[str, str]]
SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
TOKEN = "I-Twilio-Idempotency-Token"
HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
MOST_RETRIES = 5
DEFAULT_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}


def pairs_of(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Return the fields of a form, in order, repeated names included."""
    return tuple(fields.items() if isinstance(fields, Mapping) else fields)


def sign(secret: str, url: str, fields: Fields = (), algorithm: str = "HMAC_SHA1") -> str:
    """Return the signature of a webhook. Source: reference/channels.md 1.2."""
    values: dict[str, set[str]] = {}
    for name, value in pairs_of(fields):
        values.setdefault(name, set()).add(value)
    signed = url.partition("#")[0] + "".join(
        name + value for name in sorted(values) for value in sorted(values[name])
    )
    made = hmac.new(secret.encode(), signed.encode(), HASHES[algorithm])
    return base64.b64encode(made.digest()).decode()


@dataclass(frozen=True, slots=True)
class Policy:
    """How long Twilio waits for an app, and when it asks again. Source: channels.md 1.3."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    """With all retries."""
    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})
    """Of `ct`, `rt`, `4xx`, `5xx`, `all`."""

    def repeats(self, why: str) -> bool:
        """Return whether what has happened is one more try worth; `""`: it was answered well."""
        return bool(why) and ("all" in self.on or why in self.on)


def policy_of(fragment: str) -> Policy:
    """Return what the fragment of a configured URL asks for: `rc=2&rp=ct,rt,5xx`."""
    said = dict(parse_qsl(fragment))
    policy = Policy()
    return Policy(
        int(said["ct"]) / 1000 if "ct" in said else policy.connect_s,
        int(said["rt"]) / 1000 if "rt" in said else policy.read_s,
        int(said["tt"]) / 1000 if "tt" in said else policy.total_s,
        min(int(said.get("rc", policy.retries)), MOST_RETRIES),
        frozenset(said["rp"].split(",")) if "rp" in said else policy.on,
    )


@dataclass(frozen=True, slots=True)
class Webhook:
    """One thing to be sent to the app."""

    url: str
    """Where it goes, on the loopback."""
    public_url: str
    """What is signed; what stands behind `#` is neither sent nor signed."""
    fields: tuple[tuple[str, str], ...] = ()
    method: str = "POST"
    is_json: bool = False
    """The fields as a JSON object, with `bodySHA256` in the query."""
    document: object = None
    """Any other JSON, instead of the fields."""
    token: str = ""
    """The idempotency token, the same in every try."""
    secret: str = ""
    shared_key: str = ""
    """The id of the shared key that `secret` belongs to; then by HMAC_SHA256."""
    algorithm: str = ""
    """What the settings header says; empty for the usual one."""
    signature: str | None = None
    """Instead of the right one; `""` sends the header empty."""
    is_signed: bool = True
    """False: without the header."""
    has_port: bool = False
    """Whether the default port is in what is signed, as Twilio does at times."""
    body: bytes | None = None
    """Sent instead of what was signed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers, or others."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, and what came of it."""

    status: int
    """0 when nothing came."""
    body: bytes = b""
    content_type: str = ""
    why: str = ""
    """`ct` no connection, or broken before an answer; `rt` too late; `4xx`; `5xx`; or nothing."""
    took_s: float = 0.0
    """From connecting to the end of the answer, or to the end of waiting."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What has become of a webhook."""

    status: int
    """Of the last try; 0 when no answer came."""
    body: str
    content_type: str
    attempts: int
    tries: tuple[Try, ...]
    webhook: Webhook
    sid: str = ""
    """The MessageSid or CallSid that it was about."""
    others: tuple["Delivery", ...] = ()
    """Of the copies that were sent at the same time."""

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def took_s(self) -> float:
        """How long the last try took."""
        return self.tries[-1].took_s if self.tries else 0.0

    @property
    def token(self) -> str:
        return self.webhook.token

    @property
    def fields(self) -> dict[str, str]:
        """What the app was told."""
        return dict(self.webhook.fields)


def wire_of(webhook: Webhook) -> tuple[str, bytes, dict[str, str]]:
    """Return address, body and headers of a webhook, ready for the wire."""
    public, _, _ = webhook.public_url.partition("#")
    address = webhook.url.partition("#")[0]
    signed: Sequence[tuple[str, str]] = webhook.fields
    body, kind = urlencode(webhook.fields).encode(), "application/x-www-form-urlencoded"
    if webhook.is_json or webhook.document is not None:
        said = dict(webhook.fields) if webhook.document is None else webhook.document
        body, kind, signed = json.dumps(said).encode(), "application/json", ()
        extra = urlencode({"bodySHA256": hashlib.sha256(body).hexdigest()})
        public, address = with_query(public, extra), with_query(address, extra)
    elif webhook.method == "GET":
        extra, body, signed = urlencode(webhook.fields), b"", ()
        public, address = with_query(public, extra), with_query(address, extra)
    headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", TOKEN: webhook.token}
    if webhook.method != "GET":
        headers["Content-Type"] = f"{kind}; charset=UTF-8"
    used = "HMAC_SHA256" if webhook.shared_key else "HMAC_SHA1"
    if webhook.shared_key:
        headers[SETTINGS] = f"key={webhook.shared_key},algorithm={webhook.algorithm or used}"
    right = sign(webhook.secret, with_port(public) if webhook.has_port else public, signed, used)
    if webhook.is_signed:
        headers[SIGNATURE] = right if webhook.signature is None else webhook.signature
    body = body if webhook.body is None else webhook.body
    return address, body, {**headers, **webhook.headers}


def with_query(url: str, extra: str) -> str:
    """Return a URL with more in its query."""
    return f"{url}{'&' if '?' in url else '?'}{extra}" if extra else url


def with_port(url: str) -> str:
    """Return a URL with the default port of its scheme written out."""
    parts = urlsplit(url)
    if parts.port is not None:
        return url
    return parts._replace(netloc=f"{parts.netloc}:{DEFAULT_PORTS[parts.scheme]}").geturl()


class Driver:
    """Posts to the app; each try on a connection of its own."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, webhook: Webhook, sid: str = "") -> Delivery:
        """Send it, and send it again where the URL's fragment says so."""
        policy = policy_of(urlsplit(webhook.public_url).fragment)
        address, body, headers = wire_of(webhook)
        ends_at = asyncio.get_running_loop().time() + policy.total_s
        tries: list[Try] = []
        for _ in range(1 + policy.retries):
            left_s = ends_at - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            timeout = aiohttp.ClientTimeout(
                total=left_s, sock_connect=policy.connect_s, sock_read=policy.read_s
            )
            since = asyncio.get_running_loop().time()
            made = await self._try(webhook.method, address, body, (headers, timeout))
            took_s = asyncio.get_running_loop().time() - since
            tries.append(replace(made, took_s=took_s))
            if not policy.repeats(tries[-1].why):
                break
        last = tries[-1]
        said = last.body.decode(errors="replace")
        return Delivery(
            last.status, said, last.content_type, len(tries), tuple(tries), webhook, sid
        )

    async def _try(
        self, method: str, url: str, body: bytes, how: tuple[dict[str, str], aiohttp.ClientTimeout]
    ) -> Try:
        if self._session is None:
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            self._session = aiohttp.ClientSession(connector=connector)
        headers, timeout = how
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=body if method != "GET" else None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                answer = await response.read()
                kind = response.headers.get("Content-Type", "")
                why = f"{response.status // 100}xx" if response.status >= 400 else ""
                return Try(response.status, answer, kind, why)
        except aiohttp.ConnectionTimeoutError:
            return Try(0, why="ct")
        except TimeoutError:
            return Try(0, why="rt")
        except aiohttp.ClientError:
            return Try(0, why="ct")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
