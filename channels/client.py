"""A client of web chat that comes back: for the terminal, load generators and tests."""

import asyncio
import json
import math
import random
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from channels.errors import ChannelBusy, ChannelFailed, ChannelRefused
from channels.screen import Screen
from channels.wire.web import SUBPROTOCOL
from channels.wire.web_seen import (
    Accepted,
    Problem,
    Received,
    Snapshot,
    Welcome,
    read_server_frame,
)

FINAL = {4403: "forbidden", 4409: "elsewhere", 4410: "gone"}
"""Close codes after which coming back makes no sense."""
GOING_AWAY = frozenset({1001, 1012})
EXPIRED = 4401
OVER_RATE = 4429
ACK_EVENTS = 32
RENEW_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """How the client behaves; seconds where it says `_s`."""

    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    going_away_s: float = 5.0
    """After a restart of the server, clients come back spread over this."""
    open_s: float = 10.0
    """For a session, and for the upgrade."""
    chance: Callable[[], float] = random.random
    """In [0, 1); the jitter of every delay."""
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    renew_share: float = 0.8
    """Part of a session's life after which it is renewed."""
    identity: str = ""
    """Identity token of the site; empty for a visitor."""
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Lost:
    """The line is down; the next attempt is in `delay_s` seconds."""

    delay_s: float


def backoff_s(attempt: int, terms: ClientTerms) -> float:
    """Return the delay before an attempt, counted from 0: full jitter under a doubling ceiling."""
    ceiling = min(terms.longest_delay_s, terms.first_delay_s * 2.0 ** min(attempt, 16))
    return ceiling * terms.chance()


class ChatClient:
    """One customer in one conversation.

    `frames` keeps the line up while it is read: it resumes after the last event that was seen, so
    each event comes once and in order, and repeats what was not acknowledged with the same id.
    """

    def __init__(self, url: str, site_key: str, terms: ClientTerms | None = None) -> None:
        self._url = url.rstrip("/")
        self._site_key = site_key
        self._terms = terms or ClientTerms()
        self._http: aiohttp.ClientSession | None = None
        self._socket: ClientConnection | None = None
        self._token = ""
        self._socket_url = ""
        self._renew_at = 0.0
        self._repeat_at = math.inf
        self._unacknowledged: dict[str, Mapping[str, object]] = {}
        self._acked = 0
        self._attempt = 0
        self._is_closed = False
        self.conversation = ""
        self.epoch: int | None = None
        self.last_seq = 0
        self.screen = Screen()
        self.ended_because = ""
        """Why `frames` ended by itself: `forbidden`, `elsewhere` or `gone`."""

    async def __aenter__(self) -> "ChatClient":
        """Make ready; nothing is sent before `frames` is read."""
        timeout = aiohttp.ClientTimeout(total=self._terms.open_s)
        self._http = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        await self.close()
        if self._http is not None:
            await self._http.close()

    @property
    def is_online(self) -> bool:
        """True between a welcome and the end of that socket."""
        return self._socket is not None

    @property
    def unacknowledged(self) -> tuple[str, ...]:
        """Client ids of messages that the server has not confirmed."""
        return tuple(self._unacknowledged)

    async def say(self, text: str) -> str:
        """Send a message now, or as soon as the line is up; return its client id."""
        client_id = self._terms.new_id()
        frame = {"type": "message", "client_id": client_id, "text": text}
        self._unacknowledged[client_id] = frame
        await self.send(frame)
        return client_id

    async def send(self, frame: Mapping[str, object]) -> bool:
        """Send any frame if the line is up; return whether it was handed over."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(json.dumps(frame))
        except ConnectionClosed:
            return False
        return True

    async def cut(self) -> None:
        """Drop the line without a word, as a network does; `frames` comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        """Hang up; `frames` ends."""
        self._is_closed = True
        if self._socket is not None:
            await self._socket.close()

    async def frames(self) -> AsyncGenerator[Received | Lost, None]:
        """Yield what the server says, each event once, and when the line is down.

        May be left and read again: the line is down in between, and what happened then comes
        first. Ends after `close`, or when the server does not want us back: see `ended_because`.

        Raises:
            ChannelRefused: no session: unknown site, wrong identity.
        """
        while not self._is_closed and not self.ended_because:
            async with aclosing(self._attempted()) as attempt:
                async for received in attempt:
                    yield received

    async def _attempted(self) -> AsyncGenerator[Received | Lost, None]:
        """Yield the frames of one socket; when it is lost, say so and wait."""
        try:
            async with aclosing(self._view()) as view:
                async for received in view:
                    yield received
            return
        except ConnectionClosed as closed:
            delay_s = self._judge(closed.rcvd.code if closed.rcvd else 1006)
        except ChannelBusy as busy:
            delay_s = max(busy.retry_after_s, self._next_delay())
        except (ChannelFailed, InvalidHandshake, OSError, TimeoutError):
            delay_s = self._next_delay()
        if self._is_closed or self.ended_because:
            return
        yield Lost(delay_s)
        await asyncio.sleep(delay_s)

    async def _view(self) -> AsyncGenerator[Received, None]:
        """Yield the frames of one socket; ends or raises with it."""
        if not self._token or asyncio.get_running_loop().time() >= self._renew_at:
            await self._open_session()
        async with self._dial() as socket:
            await socket.send(json.dumps(self._hello()))
            try:
                while not self._is_closed:
                    yield await self._next_news(socket)
            finally:
                self._socket = None

    async def _next_news(self, socket: ClientConnection) -> Received:
        received = read_server_frame(await self._next_text(socket))
        while not await self._take(received, socket):
            received = read_server_frame(await self._next_text(socket))
        return received

    def _dial(self) -> connect:
        return connect(
            self._socket_url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            open_timeout=self._terms.open_s,
            max_size=None,
            proxy=None,
        )

    def _hello(self) -> Mapping[str, object]:
        hello: dict[str, object] = {"type": "hello", "v": 1, "token": self._token}
        hello["last_seq"] = self.last_seq
        if self.epoch is not None:
            hello["epoch"] = self.epoch
        return hello

    async def _next_text(self, socket: ClientConnection) -> str:
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout_at(min(self._renew_at, self._repeat_at)):
                    text = await socket.recv()
            except TimeoutError:
                if loop.time() >= self._repeat_at:
                    await self._repeat()
                if loop.time() >= self._renew_at:
                    await self._renew()
            else:
                return text if isinstance(text, str) else ""

    async def _renew(self) -> None:
        try:
            await self._open_session()
        except (ChannelFailed, ChannelBusy):
            self._renew_at = asyncio.get_running_loop().time() + RENEW_AGAIN_S
        else:
            await self.send({"type": "auth", "token": self._token})

    async def _repeat(self) -> None:
        self._repeat_at = math.inf
        for frame in tuple(self._unacknowledged.values()):
            await self.send(frame)

    async def _take(self, received: Received, socket: ClientConnection) -> bool:
        """Take a frame into account; return whether it is news."""
        frame = received.frame
        if isinstance(frame, Accepted):
            self._unacknowledged.pop(frame.client_id, None)
        if received.seq is not None:
            if received.seq <= self.last_seq:
                return False
            self.last_seq = received.seq
        if isinstance(frame, Snapshot):
            self.last_seq = frame.head_seq
            for seen in frame.messages:
                self._unacknowledged.pop(seen.client_id, None)
        if isinstance(frame, Welcome):
            self._attempt = 0
            self.epoch = frame.epoch
            self._socket = socket
            await self._repeat()
        if isinstance(frame, Problem) and frame.retry_after_s is not None:
            self._repeat_at = asyncio.get_running_loop().time() + frame.retry_after_s
        elif isinstance(frame, Problem):
            self._unacknowledged.pop(frame.client_id, None)
        self.screen.show(frame)
        if self.last_seq - self._acked >= ACK_EVENTS:
            self._acked = self.last_seq
            await self.send({"type": "ack", "seq": self.last_seq})
        return True

    def _judge(self, code: int) -> float:
        if code in FINAL:
            self.ended_because = FINAL[code]
        if code == EXPIRED:
            self._token = ""
        if code in GOING_AWAY:
            return self._terms.going_away_s * self._terms.chance()
        if code == OVER_RATE:
            self._attempt = max(self._attempt, 3)
        return self._next_delay()

    def _next_delay(self) -> float:
        self._attempt += 1
        return backoff_s(self._attempt - 1, self._terms)

    async def _open_session(self) -> None:
        assert self._http is not None, "used outside of `async with`"
        body: dict[str, object] = {"site_key": self._site_key, "locale": self._terms.locale}
        if self.conversation:
            body["conversation_id"] = self.conversation
        if self._terms.identity:
            body["identity"] = self._terms.identity
        try:
            async with self._http.post(f"{self._url}/v1/chat/sessions", json=body) as response:
                wait = response.headers.get("Retry-After", "1")
                fields = await response.json(content_type=None) if response.ok else {}
        except (aiohttp.ClientError, ValueError) as error:
            raise ChannelFailed(f"no session from {self._url!r}") from error
        if response.status in {429, 503}:
            raise ChannelBusy(float(wait) if wait.isdigit() else 1.0)
        if 400 <= response.status < 500:
            raise ChannelRefused(f"session_{response.status}")
        if not response.ok:
            raise ChannelFailed(f"no session from {self._url!r}: {response.status!r}")
        self._token = str(fields["token"])
        self.conversation = str(fields["conversation_id"])
        self._socket_url = str(fields["ws_url"])
        lives_s = float(fields["expires_in"])
        self._renew_at = asyncio.get_running_loop().time() + self._terms.renew_share * lives_s
