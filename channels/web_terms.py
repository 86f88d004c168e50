"""The numbers of web chat: how long, how much, and whose clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.limits import Rate


@dataclass(frozen=True, slots=True)
class WebTimings:
    """Seconds, all of them; small ones make tests fast."""

    hello_s: float = 5.0
    """A socket says hello within this, or is closed with 4408."""
    ping_s: float = 20.0
    """Between protocol pings; proxies cut what is idle for 60."""
    silence_s: float = 25.0
    """A peer that sends nothing for so long, not even a pong, is gone."""
    send_s: float = 10.0
    """One write that takes longer belongs to a reader that has stopped reading."""
    close_s: float = 2.0
    """Wait for the other side's close frame."""
    comment_s: float = 15.0
    """Between comment lines of an event stream."""
    body_s: float = 10.0
    """For the body of a request to arrive."""
    upload_s: float = 60.0
    """For a file to arrive, the whole of it."""
    tick_s: float = 1.0
    """How often connections are looked at: the precision of all of the above."""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How much one customer may ask for."""

    views: int = 10
    """Tabs on one conversation; one more closes the oldest with 4409."""
    strikes: int = 3
    """Frames that make no sense; the last of them ends the socket."""
    refusals: int = 5
    """Messages over the rate, one after the other; the last of them ends the socket."""
    messages: Rate = field(default=Rate(5, 1.0))
    """Messages in one conversation."""
    frames: Rate = field(default=Rate(200, 50.0))
    """Frames of any kind on one socket."""
    sessions_per_ip: Rate = field(default=Rate(120, 2.0))
    """New sessions from one address; offices share one."""
    sockets_per_ip: Rate = field(default=Rate(240, 10.0))
    """New sockets and streams from one address."""
    messages_per_ip: Rate = field(default=Rate(200, 40.0))
    """Messages from one address."""
    uploads: int = 16
    """Files on their way in, over all conversations: what they may take of the memory."""
    files: Rate = field(default=Rate(10, 0.5))
    """Files in one conversation, refused ones included."""
    files_per_ip: Rate = field(default=Rate(60, 0.5))
    """Files from one address."""


@dataclass(frozen=True, slots=True)
class WebClock:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never run backwards."""
    utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Aware."""


@dataclass(frozen=True, slots=True)
class WebTerms:
    """Everything about web chat that can be set."""

    timings: WebTimings = WebTimings()
    limits: WebLimits = WebLimits()
    clock: WebClock = WebClock()
    public_url: str = ""
    """How customers reach us, such as `https://chat.example.com`; empty: as the request says."""
    trusts_proxy: bool = False
    """The last address in X-Forwarded-For is the customer's: only behind a proxy that sets it."""
