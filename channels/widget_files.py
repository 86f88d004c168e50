"""The files of the customer's widget: the loader, the frame, the demo page, and their headers.

Everything is read once, when the routes are made, and served from memory. An address that carries
the version (`/widget/v-<digest>/app.js`) may be cached for ever; every other one is asked for again
with its ETag. No page that leaves here allows inline script or style.
"""

import gzip
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiohttp import ETag, hdrs, web

HOME = Path(__file__).parent / "widget"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
VERSIONED = re.compile(r"v-[0-9a-f]{12}/")
ORIGIN = re.compile(
    r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?"
)
LEAST_GZIPPED_BYTES = 512
LOADED_ELSEWHERE = frozenset({"widget.js"})
"""Scripts of the embedding page, not of the frame."""
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
LOADER_CACHE = "public, max-age=300"
"""A new loader reaches every page within five minutes."""

Origins = Mapping[str, Sequence[str]] | Callable[[str], Sequence[str] | None]
"""Which origins may embed the widget, by site key; None or absent: no such site."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a tenant's customers see before anyone has said anything."""

    brand: str = "Support"
    """Name in the header of the widget."""
    greeting: str = ""
    """First line of the empty conversation; empty: the widget's own, in the page's language."""
    starters: tuple[str, ...] = ()
    """Questions offered as buttons while the conversation is empty, at most four."""


NO_LOOK = Look()


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, ready to be sent."""

    content_type: str
    body: bytes
    zipped: bytes | None
    """The same in gzip; None where that saves nothing."""
    digest: str


@dataclass(frozen=True, slots=True)
class Widget:
    """All files of the widget under one version."""

    version: str
    """`v-` and twelve hex digits of the digest of every file."""
    files: Mapping[str, StaticFile] = field(repr=False)
    """By path below `widget/`."""


def read_widget(folder: Path = HOME) -> Widget:
    """Return every file below a folder, with `{{version}}` and `{{modules}}` in pages filled in.

    Raises:
        OSError: the folder cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    raw = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, body in raw.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
    version = f"v-{digest.hexdigest()[:12]}"
    filled = {"{{version}}": version, "{{modules}}": preloads(raw, version)}
    return Widget(version, {name: file_of(name, fill(body, filled)) for name, body in raw.items()})


def preloads(names: Iterable[str], version: str) -> str:
    """Return the links that let a browser fetch the frame's modules at once, not in a chain."""
    modules = (n for n in names if n.endswith(".js") and "/" not in n and n not in LOADED_ELSEWHERE)
    return "\n    ".join(
        f'<link rel="modulepreload" href="/widget/{version}/{name}">' for name in modules
    )


def fill(body: bytes, values: Mapping[str, str]) -> bytes:
    """Return a page with its marks replaced."""
    for mark, value in values.items():
        body = body.replace(mark.encode(), value.encode())
    return body


def file_of(name: str, body: bytes) -> StaticFile:
    """Return one file with its type, its gzip form and its digest."""
    zipped = gzip.compress(body, 9, mtime=0) if len(body) >= LEAST_GZIPPED_BYTES else None
    digest = hashlib.sha256(body).hexdigest()[:24]
    return StaticFile(TYPES[Path(name).suffix], body, zipped, digest)


def frame_policy(origins: Sequence[str]) -> str:
    """Return the Content-Security-Policy of the frame.

    Our own origin may always embed it (the demo page); of the others only what reads as an origin
    is let in, so that a value from a file cannot add a directive.

    Source: W3C Content Security Policy Level 3; `'self'` in connect-src covers `ws` and `wss`.
    """
    ancestors = " ".join(["'self'", *(o for o in origins if ORIGIN.fullmatch(o))])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {ancestors}"
    )


PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def respond(request: web.Request, file: StaticFile, headers: Mapping[str, str]) -> web.Response:
    """Return a file, or 304 when the asker already has it."""
    etag = ETag(value=file.digest, is_weak=True)
    known = request.if_none_match or ()
    every = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        hdrs.VARY: "Accept-Encoding",
        **headers,
    }
    if any(tag.value in (file.digest, "*") for tag in known):
        answer = web.Response(status=304, headers=every)
        answer.etag = etag
        return answer
    takes_gzip = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
    body = file.body
    if file.zipped is not None and takes_gzip:
        body = file.zipped
        every[hdrs.CONTENT_ENCODING] = "gzip"
    answer = web.Response(body=body, content_type=file.content_type, charset="utf-8", headers=every)
    answer.etag = etag
    return answer


def widget_routes(
    sites: Origins, look_of: Callable[[str], Look] | None = None, widget: Widget | None = None
) -> list[web.RouteDef]:
    """Return the routes of the demo page, the loader and the frame.

    Args:
        sites: origins that may embed the widget, by site key.
        look_of: what the widget of a site key says before anyone spoke; None: the plain look.
        widget: its files; None: those that are shipped.
    """
    shelf = WidgetFiles(sites, look_of, widget or read_widget())
    return [
        web.get("/", shelf.page),
        web.get("/widget.js", shelf.loader),
        web.get("/widget/frame.html", shelf.frame),
        web.get("/widget/{path:.+}", shelf.static),
    ]


class WidgetFiles:
    """Answers for the widget's addresses."""

    def __init__(
        self, sites: Origins, look_of: Callable[[str], Look] | None, widget: Widget
    ) -> None:
        self._origins_of = sites if callable(sites) else sites.get
        self._look_of = look_of
        self._widget = widget

    async def page(self, request: web.Request) -> web.Response:
        """Return the demo page."""
        headers = {hdrs.CACHE_CONTROL: ASK_AGAIN, "Content-Security-Policy": PAGE_POLICY}
        return respond(request, self._widget.files["page.html"], headers)

    async def loader(self, request: web.Request) -> web.Response:
        """Return `widget.js`, the one script of the embedding page."""
        headers = {
            hdrs.CACHE_CONTROL: LOADER_CACHE,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return respond(request, self._widget.files["widget.js"], headers)

    async def frame(self, request: web.Request) -> web.Response:
        """Return the page inside the iframe, for one site key."""
        key = request.query.get("key", "")
        origins = self._origins_of(key)
        if origins is None:
            raise web.HTTPNotFound(text="There is no such site key.")
        look = self._look_of(key) if self._look_of else NO_LOOK
        seen = html.escape(json.dumps(asdict(look), ensure_ascii=False), quote=True)
        page = fill(self._widget.files["frame.html"].body, {"{{look}}": seen})
        file = file_of("frame.html", page)
        headers = {
            hdrs.CACHE_CONTROL: ASK_AGAIN,
            "Content-Security-Policy": frame_policy(origins),
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        return respond(request, file, headers)

    async def static(self, request: web.Request) -> web.Response:
        """Return one file; cached for ever only under its own version."""
        path = request.match_info["path"]
        name = VERSIONED.sub("", path, count=1) if VERSIONED.match(path) else path
        file = self._widget.files.get(name)
        if file is None or name.endswith(".html"):
            raise web.HTTPNotFound(text="There is no such file.")
        is_current = path.startswith(self._widget.version + "/")
        headers = {
            hdrs.CACHE_CONTROL: FOR_EVER if is_current else ASK_AGAIN,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return respond(request, file, headers)
