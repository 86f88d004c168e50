"""The page on which a person tries the desk without a workspace, served by the emulator.

    async with slack_running(parts=[page]) as server:     # server.url is the page

There are Dana (U1), Robin (U2) and Mo (U3) in #support (C1) and #ops (C2) of the workspace T1. Who
looks is said by `?as=U2`, so that two tabs are two people; where he looks by the fragment: `#C1`,
`#C1/<ts of a thread>`, `#direct`, `#home`. `GET /page/events?as=U1` is a stream of server-sent
events: `whole`, then `change`, each `{"set": {name: value}, "gone": [names]}`. `POST /page/act`
takes `{"as": "U1", "act": "say", …}`, see page_acts.py, and answers `{"ok", "status", "error"}`.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

from aiohttp import web

from tests.emulators.slack.page_acts import ActRefused, do
from tests.emulators.slack.page_shown import TEAM, MarkedDown, changes, seen_by
from tests.emulators.slack.server import SlackServer
from tests.emulators.slack.state import File

HERE = Path(__file__).parent / "page"
PEOPLE = {"U1": "Dana Reyes", "U2": "Robin Vale", "U3": "Mo Haddad"}
CHANNELS = {"C1": "support", "C2": "ops"}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
LOOK_EVERY_S = 0.06
BEAT_EVERY = 200
"""Looks without news after which a line is sent, so that a dead connection is noticed."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHOWN_IN_PLACE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def page(server: SlackServer) -> Iterable[web.RouteDef]:
    """Return the routes of the page; people and channels are there from then on."""
    server.team(TEAM, "Aurelis Bank")
    for id, name in CHANNELS.items():
        server.channel(TEAM, id, name)
    for id, name in PEOPLE.items():
        server.user(TEAM, id, name)
        for channel in CHANNELS:
            server.state.channel(TEAM, channel).members.add(id)
    shown = Page(server)
    return [
        web.get("/", shown.index),
        web.get("/page/events", shown.events),
        web.post("/page/act", shown.act),
        web.get("/page/files/{file}", shown.file),
        web.get("/page/{name}", shown.static),
        web.get("/archives/{channel}/{ts}", shown.permalink),
    ]


class Page:
    """Serves the page; whoever sits at this machine may be any of the people."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._marked_down = MarkedDown()
        self._static = {
            path.name: path.read_bytes() for path in HERE.iterdir() if path.suffix in TYPES
        }

    async def index(self, request: web.Request) -> web.Response:
        return self._sent(request, "index.html")

    async def static(self, request: web.Request) -> web.Response:
        return self._sent(request, request.match_info["name"])

    def _sent(self, request: web.Request, name: str) -> web.Response:
        _check_host(request)
        if name not in self._static:
            raise web.HTTPNotFound(headers=HEADERS)
        body = self._static[name]
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={**HEADERS, "ETag": etag})
        return web.Response(
            body=body,
            content_type=TYPES[Path(name).suffix],
            charset="utf-8",
            headers={**HEADERS, "ETag": etag},
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell what a person sees, and then what changes, until he leaves."""
        _check_host(request)
        user = self._person(request.query.get("as", ""))
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):
            async with aclosing(self._news(user)) as news:
                async for line in news:
                    await response.write(line.encode())
        return response

    async def _news(self, user: str) -> AsyncGenerator[str, None]:
        known: dict[str, str] = {}
        quiet = 0
        while True:
            now = seen_by(self._server, user, self._marked_down)
            told = changes(known, now)
            quiet = 0 if told else quiet + 1
            if told:
                yield f"event: {'change' if known else 'whole'}\ndata: {told}\n\n"
            elif quiet % BEAT_EVERY == 0:
                yield ": still here\n\n"
            known = now
            await asyncio.sleep(LOOK_EVERY_S)

    async def act(self, request: web.Request) -> web.Response:
        """Do what the page asks for, if it is the page that asks."""
        _check_host(request)
        _check_origin(request)
        try:
            said = await request.json()
        except ValueError:
            raise web.HTTPBadRequest(text="expected JSON") from None
        if not isinstance(said, dict):
            raise web.HTTPBadRequest(text="expected an object")
        user = self._person(str(said.get("as", "")))
        try:
            status = await do(self._server, user, said)
        except ActRefused as refused:
            return web.json_response({"ok": False, "status": 0, "error": str(refused)}, status=409)
        return web.json_response({"ok": True, "status": status, "error": ""})

    async def file(self, request: web.Request) -> web.Response:
        """Give a file: a picture to be shown, anything else to be kept."""
        _check_host(request)
        file = self._server.state.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound(headers=HEADERS)
        is_shown = file.media_type in SHOWN_IN_PLACE
        kind = file.media_type if is_shown else "application/octet-stream"
        headers = {**HEADERS, "Content-Disposition": _disposition(file, is_shown)}
        return web.Response(body=file.content, content_type=kind, headers=headers)

    async def permalink(self, request: web.Request) -> web.Response:
        """Lead to what a permalink names."""
        channel, digits = request.match_info["channel"], request.match_info["ts"].lstrip("p")
        ts = request.query.get("thread_ts", f"{digits[:-6]}.{digits[-6:]}")
        raise web.HTTPFound(f"/#{quote(channel)}/{quote(ts)}")

    def _person(self, user: str) -> str:
        person = self._server.state.users.get((TEAM, user or "U1"))
        if person is None or person.is_bot:
            raise web.HTTPNotFound(text="nobody is called that", headers=HEADERS)
        return person.id


def _check_host(request: web.Request) -> None:
    """Refuse a name that somebody else has pointed to this machine."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="this page is for this machine only")


def _check_origin(request: web.Request) -> None:
    """Refuse what another site's page sends."""
    origin = request.headers.get("Origin", "")
    if origin != f"http://{request.host}" or request.content_type != "application/json":
        raise web.HTTPForbidden(text="only the page itself may do that")


def _disposition(file: File, is_shown: bool) -> str:
    return f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{quote(file.name)}"
