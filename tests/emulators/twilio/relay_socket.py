"""One session of ConversationRelay: the socket that Twilio opens to the app, and its rules.

The address in TwiML is what is signed; the connection goes to the app on the loopback.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from tests.emulators.twilio.relay_rules import (
    CLOSE_OF_FAULTS,
    MOST_FAULTS_IN_A_ROW,
    Read,
    error_frame,
    read,
)

SWITCHING = 101
CLOSING_WORDS = "Closing websocket session"
CLOSE_TIMEOUT_S = 2.0
LOST = 1006
OnFrame = Callable[[str | bytes, Read], None]
OnEnd = Callable[["RelaySocket"], None]


class RelaySocket:
    """A session, from the upgrade to its end."""

    def __init__(self, url: str, on_frame: OnFrame, on_end: OnEnd) -> None:
        self.session = "VX" + secrets.token_hex(16)
        self.url = url
        """As written in the TwiML."""
        self.status = 0
        """Of the upgrade; 101 for an open socket, 0 for no answer."""
        self.close_code: int | None = None
        """With which it ended; 1006 for without a word."""
        self.closed_by_us = False
        """By Twilio, that is."""
        self.faults: list[str] = []
        """What was wrong with the app's frames."""
        self._faults_in_a_row = 0
        self._closes_with: int | None = None
        self._on_frame = on_frame
        self._on_end = on_end
        self._web_socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._web_socket is not None and self.close_code is None

    async def open(self, local_url: str, headers: Mapping[str, str], host: str = "") -> int:
        """Ask for the upgrade there; returns the status of the answer."""
        app = urlsplit(local_url)
        name = host or urlsplit(self.url).hostname or ""
        address = app._replace(scheme="ws", netloc=name, fragment="")
        try:
            self._web_socket = await connect(
                address.geturl(),
                host=app.hostname,
                port=app.port,
                additional_headers=dict(headers),
                user_agent_header="TwilioConversationRelay/1.0",
                proxy=None,
                compression=None,
                ping_interval=None,
                close_timeout=CLOSE_TIMEOUT_S,
                max_queue=None,
            )
        except InvalidStatus as error:
            self.status = error.response.status_code
            return self.status
        except (OSError, InvalidHandshake, TimeoutError):
            return self.status
        self.status = SWITCHING
        self._reader = asyncio.get_running_loop().create_task(self._read())
        return self.status

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame; to a socket that is gone it is lost."""
        await self.send_raw(json.dumps(frame, ensure_ascii=False))

    async def send_raw(self, raw: str | bytes) -> None:
        """Send whatever this is."""
        assert self._web_socket is not None, f"no socket: the upgrade was answered {self.status}"
        with contextlib.suppress(ConnectionClosed):
            await self._web_socket.send(raw)

    async def close(self, code: int = 1000, reason: str = CLOSING_WORDS) -> None:
        """Close it as Twilio does, and wait until it is closed."""
        if self._web_socket is None or self._reader is None:
            return
        self.closed_by_us = True
        if self.close_code is None and self._web_socket.close_code is None:
            self._closes_with = code
        await self._web_socket.close(code, reason)
        if asyncio.current_task() is not self._reader:
            await asyncio.wait([self._reader])

    async def abort(self) -> None:
        """Let the connection break, without a word."""
        if self._web_socket is None or self._reader is None:
            return
        self.closed_by_us = True
        self._web_socket.transport.abort()
        await asyncio.wait([self._reader])

    async def _read(self) -> None:
        web_socket = self._web_socket
        assert web_socket is not None
        try:
            async for raw in web_socket:
                await self._take(raw)
        except ConnectionClosed:
            pass
        finally:
            # An app may answer our closing frame with another code than ours.
            self.close_code = self._closes_with or web_socket.close_code or LOST
            self._on_end(self)

    async def _take(self, raw: str | bytes) -> None:
        frame = read(raw)
        self._on_frame(raw, frame)
        if not frame.fault:
            self._faults_in_a_row = 0
            if frame.type == "end":
                await self.close()
            return
        self.faults.append(frame.fault)
        self._faults_in_a_row += 1
        await self.send_raw(error_frame(frame.fault))
        if self._faults_in_a_row >= MOST_FAULTS_IN_A_ROW:
            await self.close(CLOSE_OF_FAULTS, "Too many invalid messages")
