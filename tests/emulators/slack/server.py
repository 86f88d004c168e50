"""Slack on 127.0.0.1: takes calls, gives files, and sends what happens to the app."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from tests.emulators.server import drop
from tests.emulators.slack import files, streams
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.calls import Call, is_json, read_call
from tests.emulators.slack.faults import Fault, Faults, Limits
from tests.emulators.slack.responses import respond
from tests.emulators.slack.sender import Sender
from tests.emulators.slack.state import (
    Channel,
    Dict,
    Message,
    SlackError,
    Team,
    User,
    Whisper,
)
from tests.emulators.slack.web_api import METHODS, Method

MOST_BODY_BYTES = 32 * 1024 * 1024
IN_PLACE = ("rate", "error", "server_error", "not_json")
"""Faults that are answered instead of what was asked for."""
BROKEN = "<!DOCTYPE html><html><body>Server Error</body></html>"
Routes = Callable[["SlackServer"], Iterable[web.RouteDef]]
"""A provider of more routes; called before the server starts."""
Doing = Callable[[], Awaitable[web.StreamResponse]]


class SlackServer(Sender):
    """See the package's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = Faults()
        self.limits = Limits()
        self.limits_on = False
        self.is_down = False
        self.methods: dict[str, Method] = dict(METHODS)
        self.open_methods: dict[str, Callable[[Call], Dict]] = {}
        """Methods that look at the token, or at something else, themselves."""
        self._routes: list[web.RouteDef] = []
        self._runner: web.AppRunner | None = None
        self._to_be_repeated: set[str] = set()
        """GETs that were dropped. Clients of aiohttp repeat them once, unseen: the repetition is
        dropped, too, or no fault would ever be noticed."""

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def clock(self) -> Callable[[], float]:
        """Monotonic seconds: rate limits, streams, triggers, status lines."""
        return self.state.clock

    @clock.setter
    def clock(self, clock: Callable[[], float]) -> None:
        self.state.clock = clock

    @property
    def unix(self) -> Callable[[], float]:
        """Unix seconds: ts, event_time, signatures, tokens that expire."""
        return self.state.unix

    @unix.setter
    def unix(self, unix: Callable[[], float]) -> None:
        self.state.unix = unix

    def team(self, id: str, name: str = "") -> Team:
        return self.state.team(id, name)

    def user(self, team: str, id: str, name: str = "", locale: str = "", tz: str = "") -> User:
        user = self.state.user(team, id, name)
        user.locale, user.tz = locale or user.locale, tz or user.tz
        return user

    def channel(
        self, team: str, id: str, name: str = "", is_member: bool = True, kind: str = ""
    ) -> Channel:
        channel = self.state.channel(team, id, name)
        channel.kind = kind or channel.kind
        if not is_member:
            channel.members.discard(self.state.team(team).bot_user)
        return channel

    def messages(self, team: str, channel: str, thread: str = "") -> list[Message]:
        """Return what the channel shows, oldest first; of a thread, the parent comes first."""
        streams.expire(self.state)
        place = self._place(team, channel)
        if thread:
            return self.state.thread(place, thread)
        return [m for m in place.messages.values() if not m.thread or m.is_broadcast]

    def message(self, team: str, channel: str, ts: str) -> Message:
        """Return one message, wherever it stands."""
        streams.expire(self.state)
        return self.state.message(self._place(team, channel), ts)

    def ephemerals(self, team: str, channel: str, user: str) -> list[Whisper]:
        place = self._place(team, channel)
        return [whisper for whisper in place.whispers if whisper.user == user]

    def _place(self, team: str, channel: str) -> Channel:
        """Return a channel; for a person, the direct messages."""
        if (team, channel) in self.state.users:
            return self.state.direct(team, channel)
        return self.state.channel(team, channel)

    def view_of(self, team: str, user: str) -> Dict | None:
        """Return the modal that is open for a user, the top one."""
        stack = self.state.stacks.get((team, user))
        return self.state.views[stack[-1]] if stack else None

    def home_of(self, team: str, user: str) -> Dict | None:
        return self.state.homes.get((team, user))

    def status_of(self, channel: str, thread: str) -> str:
        return self.state.status_of(channel, thread)

    def session_of(self, channel: str, thread: str) -> str:
        return self.state.sessions.get((channel, thread), "")

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method."""
        return [call for call in self.calls if call.method == method]

    # Being a server

    def add_routes(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve more; before `start`. They come before `/api/{method}`."""
        assert self._runner is None, "routes are added before the server starts"
        self._routes += routes

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.add_routes(
            [
                *self._routes,
                web.route("*", "/api/{method}", self._call),
                web.post("/upload/v1/{file}", self._upload),
                web.get("/files-pri/{file}/{name}", self._download),
                web.get("/files-pri/{file}/download/{name}", self._download),
                web.get("/signin", files.sign_in),
                web.post("/response/{response}", self._respond),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, found = self._runner.addresses[0][:2]
        self.state.url = f"http://{host}:{found}"

    async def close(self) -> None:
        await self.stop_sending()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        call = await read_call(request, self.state.clock())
        self.calls.append(call)
        call.team = self._team_of(call.token)
        self.wake()

        async def do() -> web.StreamResponse:
            answer = self._answer(call, is_json(request))
            call.outcome = str(answer.get("error", "ok"))
            return web.json_response(answer, headers=self._granted(call))

        limited_s = 0
        if self.limits_on and not self.is_down:
            channel = str(call.arguments.get("channel", ""))
            limited_s = self.limits.wait_s(call.method, call.team, channel, self.state.clock())
        return await self._with_faults(request, call, do, limited_s)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        call = Call("upload", {"file": request.match_info["file"]}, "", "", self.state.clock())
        self.calls.append(call)
        return await self._with_faults(request, call, lambda: files.receive(self.state, request))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        at = self.state.clock()
        call = Call("download", dict(request.match_info), token, self._team_of(token), at)
        self.calls.append(call)

        async def do() -> web.StreamResponse:
            return files.send(self.state, request)

        return await self._with_faults(request, call, do)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        said = await request.json()
        call = Call("response_url", said, "", "", self.state.clock())
        self.calls.append(call)

        async def do() -> web.StreamResponse:
            return respond(self.state, request.match_info["response"], said)

        return await self._with_faults(request, call, do)

    async def _with_faults(
        self, request: web.Request, call: Call, do: Doing, limited_s: int = 0
    ) -> web.StreamResponse:
        """Do it, or let it go wrong."""
        if request.path_qs in self._to_be_repeated:
            self._to_be_repeated.discard(request.path_qs)
            call.outcome = "refused"
            return dropped(request)
        channel = str(call.arguments.get("channel", call.arguments.get("channel_id", "")))
        fault = self.faults.take(call.method, channel)
        try:
            if self.is_down or (fault is not None and fault.kind == "refused"):
                call.outcome = "refused"
                return self._drop(request)
            if fault is not None and fault.kind in IN_PLACE:
                call.outcome = (
                    (fault.error or "internal_error") if fault.kind == "error" else fault.kind
                )
                return wrong(fault)
            if limited_s:
                call.outcome = "ratelimited"
                return too_often(limited_s)
            if fault is not None and fault.kind == "slow":
                await asyncio.sleep(fault.delay_s)
            response = await do()
            return self._drop(request) if fault is not None and fault.kind == "lost" else response
        finally:
            self.wake()

    def _drop(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            self._to_be_repeated.add(request.path_qs)
        return dropped(request)

    def _answer(self, call: Call, was_json: bool) -> Dict:
        streams.expire(self.state)
        try:
            if call.malformed:
                raise SlackError(call.malformed)
            if call.method in self.open_methods:
                return {"ok": True, **self.open_methods[call.method](call)}
            if call.method not in self.methods:
                raise SlackError("unknown_method", call.method)
            method = self.methods[call.method]
            team = self.state.of_token(call.token)
            if method.scopes and not team.scopes & set(method.scopes):
                provided = ",".join(sorted(team.scopes))
                raise SlackError("missing_scope", needed=method.scopes[0], provided=provided)
            readable = method.takes_json or not was_json
            said = Arguments(call.arguments if readable else {})
            return {"ok": True, **method.act(self.state, team, said)}
        except SlackError as error:
            return {"ok": False, "error": error.error, **error.more}

    def _granted(self, call: Call) -> dict[str, str]:
        """Return the header that says what a token may do."""
        if not call.team:
            return {}
        return {"X-OAuth-Scopes": ",".join(sorted(self.state.teams[call.team].scopes))}

    def _team_of(self, token: str) -> str:
        owners = [
            team.id
            for team in self.state.teams.values()
            if token and (token == team.bot_token or token in team.more_tokens)
        ]
        return owners[0] if owners else ""


def dropped(request: web.Request) -> web.StreamResponse:
    """Reset the connection instead of answering."""
    drop(request, is_reset=True)
    raise asyncio.CancelledError


def too_often(wait_s: float) -> web.Response:
    headers = {"Retry-After": f"{wait_s:g}"}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def wrong(fault: Fault) -> web.Response:
    if fault.kind == "rate":
        return too_often(fault.retry_after_s)
    if fault.kind == "error":
        return web.json_response({"ok": False, "error": fault.error or "internal_error"})
    if fault.kind == "not_json":
        return web.Response(text="upstream connect error")
    return web.Response(status=500, text=BROKEN, content_type="text/html")


@asynccontextmanager
async def slack_running(parts: Sequence[Routes] = (), port: int = 0) -> AsyncIterator[SlackServer]:
    """Serve a Slack; `parts` are asked for more routes first."""
    server = SlackServer()
    for part in parts:
        server.add_routes(part(server))
    await server.start(port)
    try:
        yield server
    finally:
        await server.close()
