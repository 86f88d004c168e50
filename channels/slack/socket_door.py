"""Where Slack comes in without a public address: Socket Mode, the second door beside `ingress`."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from channels.errors import ChannelBusy, ChannelRefused
from channels.slack.base import Envelope, Inbox, Json
from channels.slack.envelope import (
    Challenge,
    RateLimited,
    Received,
    SslCheck,
    Unknown,
    read_frame,
)
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.socket import Line, LineTerms, addressed

log = logging.getLogger("copilot.slack")
FINAL = frozenset(
    {
        "access_denied",
        "account_inactive",
        "app_uninstalled",
        "forbidden_team",
        "invalid_auth",
        "invalid_token",
        "link_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "socket_mode_not_enabled",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Words after which asking again makes no sense: somebody must change the app or its token."""
TOO_MANY = "too_many_websockets"


@dataclass(frozen=True, slots=True)
class SocketTerms:
    """How the door comes back; seconds where it says `_s`."""

    line: LineTerms = field(default_factory=LineTerms)
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    steady_s: float = 10.0
    """A line that has held so long counts as a success; one that has not is followed by a pause."""
    chance: Callable[[], float] = random.random
    """In [0, 1); the jitter of every pause."""

    def pause_s(self, failures: int) -> float:
        """Return the pause after so many failures in a row, from 1: half of it is jitter."""
        ceiling = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures - 1, 16))
        return ceiling * (0.5 + 0.5 * self.chance())


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whom the door tells what; each returns at once."""

    kick: Callable[[], None]
    """Something new was kept."""
    lost: Callable[[str], None]
    """The door has closed for good, with Slack's word for it, such as `link_disabled`; it is not
    tried again. Slack cannot be used to tell anybody."""
    reconnected: Callable[[float], None]
    """The door is open again. Since this instant, Unix seconds, something may have been missed."""


class SocketDoor:
    """Holds one socket to Slack and keeps what comes through it.

    An envelope is acknowledged once it is kept, or came before; Slack sends the others again, on
    this socket or on another. A socket that Slack wants back is left after the next one stands.
    """

    def __init__(
        self,
        inbox: Inbox,
        app_token: str,
        hearing: Hearing,
        now: Callable[[], float],
        terms: SocketTerms | None = None,
    ) -> None:
        """Keep in `inbox`; `app_token` is an `xapp-…`, `now` is in Unix seconds."""
        self._inbox = inbox
        self._token = app_token
        self._hearing = hearing
        self._now = now
        self._terms = terms or SocketTerms()
        self._line: Line | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def is_connected(self) -> bool:
        """Whether envelopes come through."""
        return self._line is not None and self._line.is_open

    async def run(self) -> None:
        """Stay connected until closed, cancelled, or lost for good."""
        self._ended.clear()
        try:
            await self._stay()
        except SlackRefused as refused:
            log.error("slack.socket_lost", extra={"reason": refused.error})
            self._hearing.lost(refused.error)
        finally:
            await self._leave_all()
            self._ended.set()

    async def close(self) -> None:
        """Leave, once what was heard is acknowledged; returns when `run` has ended."""
        self._closing.set()
        await self._ended.wait()

    async def _stay(self) -> None:
        """Open one line after the other; ends when closing.

        Raises:
            SlackRefused: for good.
        """
        failures = 0
        while not self._closing.is_set():
            pause_s = 0.0
            try:
                line = await self._opened()
            except SlackBusy as busy:
                failures += 1
                pause_s = max(busy.retry_after_s, self._terms.pause_s(failures))
            except SlackUnreachable:
                failures += 1
                pause_s = self._terms.pause_s(failures)
            else:
                opened_at = asyncio.get_running_loop().time()
                self._take_over(line)
                await self._until_over(line)
                held_s = asyncio.get_running_loop().time() - opened_at
                failures = 0 if held_s >= self._terms.steady_s else failures + 1
                pause_s = 0.0 if failures <= 1 else self._terms.pause_s(failures - 1)
            if pause_s:
                log.warning("slack.socket_pause", extra={"pause_s": pause_s, "tries": failures})
                await self._pause(pause_s)

    async def _opened(self) -> Line:
        """Return a line that stands.

        Raises:
            SlackBusy, SlackUnreachable: not now.
            SlackRefused: for good.
        """
        try:
            return await self._connected(await addressed(self._token, self._terms.line))
        except SlackRefused as refused:
            if refused.error in FINAL:
                raise
            log.warning("slack.socket_refused", extra={"reason": refused.error})
            raise SlackUnreachable("Socket Mode", is_unknown=False) from None

    async def _connected(self, url: str) -> Line:
        line = Line(self._take, self._now, self._terms.line)
        try:
            await line.open(url)
        except BaseException:
            await line.close()
            raise
        return line

    def _take_over(self, line: Line) -> None:
        """Make this the line; say so if the one before it had ended earlier."""
        before, self._line = self._line, line
        log.info("slack.socket_open")
        if before is None:
            return
        if not before.is_open:
            self._hearing.reconnected(before.alive_at - self._terms.line.unnoticed_s)
        self._leave(before)

    async def _until_over(self, line: Line) -> None:
        """Wait until the line has ended, or we are closing.

        Raises:
            SlackRefused: Slack has switched Socket Mode off.
        """
        ended = asyncio.get_running_loop().create_task(line.ended.wait())
        closing = asyncio.get_running_loop().create_task(self._closing.wait())
        try:
            await asyncio.wait({ended, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            closing.cancel()
        if self._closing.is_set():
            return
        log.info("slack.socket_ended", extra={"reason": line.asked_to_leave or "broken"})
        if line.asked_to_leave in FINAL:
            raise SlackRefused("Socket Mode", line.asked_to_leave)
        if line.asked_to_leave == TOO_MANY:
            await line.close()

    async def _take(self, line: Line, frame: Json) -> None:
        """Keep what a frame carries, then acknowledge it; else Slack sends it again."""
        try:
            is_settled = await self._settled(read_frame(frame))
        except ChannelRefused as refused:
            # It would be refused again.
            log.warning("slack.malformed", extra={"code": refused.code})
            is_settled = True
        envelope_id = frame.get("envelope_id")
        if not is_settled or not isinstance(envelope_id, str):
            return
        if not await line.acknowledge(envelope_id):
            log.warning("slack.not_acknowledged")

    async def _settled(self, received: Received) -> bool:
        """Return whether Slack need not send this again."""
        match received:
            case Envelope():
                return await self._kept(received)
            case RateLimited(team, minute):
                log.warning("slack.events_dropped", extra={"team": team, "minute": minute})
            case Unknown() | Challenge() | SslCheck():
                log.info("slack.unknown")
            case _:
                assert_never(received)
        return True

    async def _kept(self, envelope: Envelope) -> bool:
        try:
            is_new = await self._inbox.keep(envelope)
        except ChannelBusy:
            log.error("slack.not_kept", extra={"envelope": envelope.id})
            return False
        if is_new:
            self._hearing.kick()
        return True

    def _leave(self, line: Line) -> None:
        task = asyncio.get_running_loop().create_task(line.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave_all(self) -> None:
        if self._line is not None:
            self._leave(self._line)
        if self._leaving:
            await asyncio.wait(tuple(self._leaving))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
