"""Customers by the hundred: sessions, sockets and questions, from many loopback addresses.

The product limits how much one address may ask for, so that every hundred customers come from an
address of their own, 127.0.0.2 and the following.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")
PER_ADDRESS = 100
"""Fewer than the sessions and sockets that one address may open at once."""
SITE = "pk_demo"
PROTOCOL = "copilot.chat.v1"
MOST_ANSWER_S = 60.0


@dataclass(slots=True)
class Reply:
    """What one question led to."""

    first_s: float = 0.0
    """Seconds to the first text; 0 when none came."""
    end_s: float = 0.0
    """Seconds to the end of the message; 0 when it did not come."""
    text: str = ""
    status: str = ""
    citations: int = 0
    is_offered: bool = False
    """A person was offered."""
    is_handed_over: bool = False
    error: str = ""

    def take(self, frame: dict[str, Any], after_s: float) -> bool:
        """Take a frame into account; True when it is the last of the turn."""
        match frame["type"]:
            case "message.delta":
                self.first_s = self.first_s or after_s
            case "message.end" if frame["author"] != "customer":
                self.first_s = self.first_s or after_s
                self.end_s = after_s
                self.text, self.status = frame["text"], frame["status"]
                self.citations = len(frame.get("citations", ()))
            case "choices":
                self.is_offered = True
            case "escalation":
                self.is_handed_over = True
            case "error":
                self.error = frame["code"]
            case "end":
                self.end_s = after_s
                return True
            case "typing":
                return not frame["on"]
        return bool(self.error)


class Customer:
    """One conversation on one open socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0

    async def ask(self, text: str) -> Reply:
        """Say something and wait for the end of the turn; what goes wrong is in the reply."""
        reply = Reply()
        self._asked += 1
        client_id = f"q{self._asked}"
        try:
            async with asyncio.timeout(MOST_ANSWER_S):
                began = time.perf_counter()
                await self._socket.send_str(_message(client_id, text))
                is_last = False
                while not is_last:
                    frame = json.loads(await self._socket.receive_str())
                    is_last = reply.take(frame, time.perf_counter() - began)
        except TimeoutError:
            reply.error = "timeout"
        except (aiohttp.ClientError, TypeError) as error:
            reply.error = type(error).__name__
        return reply

    async def idle(self) -> None:
        """Read, and so answer pings, until the socket closes or this is cancelled."""
        async for _ in self._socket:
            pass

    async def leave(self) -> None:
        """Hang up."""
        await self._socket.close()


class Crowd:
    """Opens customers of one server; `async with Crowd(url) as crowd`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sessions: list[aiohttp.ClientSession] = []
        self._opened = 0

    async def __aenter__(self) -> "Crowd":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for session in self._sessions:
            await session.close()

    async def invite(self) -> str:
        """Open a session and return its token; nothing but HTTP so far."""
        body = {"site_key": SITE, "locale": "en"}
        async with self._next().post(f"{self._url}/v1/chat/sessions", json=body) as response:
            response.raise_for_status()
            return str((await response.json())["token"])

    async def admit(self, token: str) -> Customer:
        """Open the socket of a session; it has been welcomed."""
        socket = await self._dial(f"{self._url}/v1/chat/ws", (PROTOCOL,))
        await socket.send_str(json.dumps({"type": "hello", "v": 1, "token": token}))
        welcome = json.loads(await socket.receive_str())
        assert welcome["type"] == "welcome", welcome
        return Customer(socket)

    async def open(self) -> Customer:
        """Open a session and its socket."""
        return await self.admit(await self.invite())

    async def open_bare(self) -> Customer:
        """Open a socket of `benchmarks.bare`."""
        return Customer(await self._dial(f"{self._url}/ws", ()))

    async def _dial(self, url: str, protocols: tuple[str, ...]) -> aiohttp.ClientWebSocketResponse:
        return await self._next().ws_connect(url, protocols=protocols, max_msg_size=0)

    def _next(self) -> aiohttp.ClientSession:
        """Return the client of the next address; each is used for a hundred steps at a time."""
        place, self._opened = self._opened // PER_ADDRESS, self._opened + 1
        if place == len(self._sessions):
            address = f"127.0.{place // 250}.{place % 250 + 2}"
            connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=0)
            self._sessions.append(aiohttp.ClientSession(connector=connector))
        return self._sessions[place]


async def each(steps: Sequence[Callable[[], Awaitable[T]]], at_once: int) -> list[T]:
    """Return what every step gives, in their order; at most `at_once` run at the same time."""
    gate = asyncio.Semaphore(at_once)

    async def one(step: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await step()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(step)) for step in steps]
    return [task.result() for task in tasks]


def _message(client_id: str, text: str) -> str:
    return json.dumps({"type": "message", "client_id": client_id, "text": text})
