"""Sockets to Slack, opened with the SDK's Socket Mode clients; theirs never leave this file.

Of the SDK is taken how to connect, receive, ping and send. When to connect again is decided in
`socket_door`: left alone, both clients retry for ever whatever Slack says, and notice a dead peer
only after four intervals, or thirty seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlsplit

from channels.slack.base import Json
from channels.slack.errors import SlackRefused, SlackUnreachable
from channels.slack.single_call import BASE_URL, SingleCall, answer_to, is_local, quiet

if TYPE_CHECKING:
    from slack_sdk.socket_mode.aiohttp import SocketModeClient as AiohttpClient
    from slack_sdk.socket_mode.websockets import SocketModeClient as WebsocketsClient

OPEN = "apps.connections.open"


class SocketClient(Enum):
    """Which of the SDK's clients holds the socket."""

    AIOHTTP = "aiohttp"
    WEBSOCKETS = "websockets"


@dataclass(frozen=True, slots=True)
class LineTerms:
    """How a socket is opened and watched; seconds where it says `_s`."""

    client: SocketClient = SocketClient.AIOHTTP
    base_url: str = BASE_URL
    open_s: float = 5.0
    """For the address, the upgrade and Slack's `hello`, each."""
    ping_s: float = 1.25
    """After so long without a sign Slack is asked for one, which must come within half of it: a
    dead line is noticed in time to be back within three seconds."""
    look_s: float = 0.25
    """How often it is looked whether the line still stands."""
    asleep_s: float = 30.0
    """When the clock has moved so far between two looks, this machine has slept, and Slack has
    long given the socket up."""
    close_s: float = 1.0
    """For what is under way on a line that is being left, and for the closing itself."""

    @property
    def unnoticed_s(self) -> float:
        """How long a line may be dead before it is noticed."""
        return 1.5 * self.ping_s + self.look_s


Heard = Callable[["Line", Json], Awaitable[None]]
"""Takes one frame other than `hello` and `disconnect`; frames are given beside each other."""


class Line:
    """One socket to Slack; `ended` is set once it is dead, or Slack has asked us to leave it."""

    def __init__(self, heard: Heard, now: Callable[[], float], terms: LineTerms) -> None:
        self.ended = asyncio.Event()
        self.asked_to_leave = ""
        """Slack's reason, such as `refresh_requested`; empty until then, and if it broke."""
        self.alive_at = now()
        """When the line was last seen alive, Unix seconds."""
        self.is_open = False
        """Whether envelopes come through: after `hello`, until it breaks or is closed."""
        self._heard = heard
        self._now = now
        self._terms = terms
        self._answered = asyncio.Event()
        self._is_welcome = False
        self._hearing: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None
        # Its methods have no types.
        self._client: Any = self._new_client()

    async def open(self, url: str) -> None:
        """Connect to an address of `addressed`, and wait until Slack has said hello.

        Raises:
            SlackUnreachable: it has not, in time.
            SlackRefused: it has said goodbye instead; `error` is its reason.
        """
        self._client.wss_uri = url
        connecting = asyncio.wait_for(self._client.connect(), self._terms.open_s)
        if await _outcome(connecting) is not None:
            raise SlackUnreachable("Socket Mode", is_unknown=False)
        try:
            async with asyncio.timeout(self._terms.open_s):
                await self._answered.wait()
        except TimeoutError:
            raise SlackUnreachable("Socket Mode", is_unknown=False) from None
        if not self._is_welcome:
            raise SlackRefused("Socket Mode", self.asked_to_leave)
        self.alive_at = self._now()
        self.is_open = True
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def acknowledge(self, envelope_id: str) -> bool:
        """Tell Slack that an envelope is kept; False if the line is gone: it comes again then."""
        answer = {"envelope_id": envelope_id}
        return await _outcome(self._client.send_socket_mode_response(answer)) is None

    async def close(self) -> None:
        """Let what was heard be acknowledged, then let go of the socket; waits a little only."""
        if self._hearing:
            await asyncio.wait(tuple(self._hearing), timeout=self._terms.close_s)
        self.is_open = False
        self.ended.set()
        if self._watching is not None:
            self._watching.cancel()
            await _outcome(self._watching)
        closing = asyncio.wait_for(self._client.close(), self._terms.close_s)
        if await _outcome(closing) is not None:
            # A peer that is gone answers no closing frame.
            await self._abort()

    async def _hear(self, frame: Json) -> None:
        """Take one frame, in the task that the SDK has begun for it."""
        match frame.get("type"):
            case "hello":
                self._is_welcome = True
                self._answered.set()
            case "disconnect":
                reason = frame.get("reason")
                self.asked_to_leave = reason if isinstance(reason, str) and reason else "unknown"
                self.ended.set()
                self._answered.set()
            case _:
                await self._heard_held(frame)

    async def _heard_held(self, frame: Json) -> None:
        # The SDK keeps no reference to the task, and the loop only a weak one.
        task = asyncio.current_task()
        assert task is not None, "a frame is heard in a task"
        self._hearing.add(task)
        try:
            await self._heard(self, frame)
        finally:
            self._hearing.discard(task)

    async def _watch(self) -> None:
        """Note that the line is alive for as long as it is, then that it has ended."""
        pinging = asyncio.get_running_loop().create_task(self._ping())
        try:
            while not pinging.done() and await self._client.is_connected():
                now = self._now()
                if now - self.alive_at > self._terms.asleep_s:
                    break
                self.alive_at = now
                await asyncio.wait({pinging}, timeout=self._terms.look_s)
        finally:
            pinging.cancel()
        self.is_open = False
        self.ended.set()

    async def _ping(self) -> None:
        """Return once a ping was not answered in time."""
        match self._terms.client:
            case SocketClient.AIOHTTP:
                # Its heartbeat does this, and marks the socket as closed.
                await asyncio.Event().wait()
            case SocketClient.WEBSOCKETS:
                await self._ping_websocket()
            case _:
                assert_never(self._terms.client)

    async def _ping_websocket(self) -> None:
        session = self._client.current_session
        while True:
            await asyncio.sleep(self._terms.ping_s)
            pong = await _outcome(session.ping())
            if not isinstance(pong, asyncio.Future):
                return
            latency = await _outcome(asyncio.wait_for(pong, self._terms.ping_s / 2))
            if isinstance(latency, BaseException):
                return

    async def _abort(self) -> None:
        match self._terms.client:
            case SocketClient.AIOHTTP:
                await self._client.close()
            case SocketClient.WEBSOCKETS:
                self._client.current_session.transport.abort()
                await self._client.close()
            case _:
                assert_never(self._terms.client)

    def _new_client(self) -> "AiohttpClient | WebsocketsClient":
        match self._terms.client:
            case SocketClient.AIOHTTP:
                return _aiohttp_client(self._hear, self._terms)
            case SocketClient.WEBSOCKETS:
                return _websockets_client(self._hear, self._terms)
            case _:
                assert_never(self._terms.client)


async def _outcome(waiting: Awaitable[object]) -> object:
    """Return what came of it, raised or not: the two clients raise what has no class in common."""
    [outcome] = await asyncio.gather(waiting, return_exceptions=True)
    return outcome


async def addressed(app_token: str, terms: LineTerms) -> str:
    """Return an address to connect a socket to, good for one time; raises what a call raises."""
    call = SingleCall(OPEN, token=app_token, base_url=terms.base_url, limit_s=terms.open_s)
    url = (await answer_to(call)).get("url")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"ws", "wss"}:
        raise SlackUnreachable(OPEN, is_unknown=False)
    return url


def _aiohttp_client(hear: Callable[[Json], Awaitable[None]], terms: LineTerms) -> "AiohttpClient":
    from slack_sdk.socket_mode.aiohttp import SocketModeClient

    class Client(SocketModeClient):
        async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
            await hear(message)

    client = Client(
        app_token="",
        logger=quiet(),
        auto_reconnect_enabled=False,
        ping_interval=terms.ping_s,
    )
    if is_local(terms.base_url):
        client.proxy = None
    return client


def _websockets_client(
    hear: Callable[[Json], Awaitable[None]], terms: LineTerms
) -> "WebsocketsClient":
    from slack_sdk.socket_mode.websockets import SocketModeClient

    class Client(SocketModeClient):
        async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
            await hear(message)

    return Client(
        app_token="",
        logger=quiet(),
        auto_reconnect_enabled=False,
        ping_interval=terms.ping_s,
    )
