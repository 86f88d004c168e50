"""What a customer's frames do once a socket has said hello: limits, acts, and the answers."""

from dataclasses import dataclass
from typing import assert_never

from channels.base import (
    Act,
    Chose,
    Frame,
    Interrupted,
    LeftContact,
    Rated,
    ReadUpTo,
    Said,
    Stopped,
    Surveyed,
    Typed,
    Uploaded,
    WantsHuman,
)
from channels.errors import ChannelBusy, ChannelRefused
from channels.limits import Limiter
from channels.token import Session, TokenProblem, read_identity
from channels.web_hub import Hub
from channels.wire.web import (
    MOST_FRAME_BYTES,
    Ack,
    Auth,
    Hello,
    Identify,
    Ping,
    Unknown,
    WireProblem,
    encode_error,
    encode_identified,
    encode_pong,
    parse_client_frame,
)

GONE = frozenset({"gone", "conversation_gone", "unknown_conversation"})
"""Codes of `ChannelRefused` that end a view with 4410."""


@dataclass(frozen=True, slots=True)
class Close:
    """The socket has to be closed."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one frame leads to, for the socket that it came from."""

    texts: tuple[str, ...] = ()
    """Frames of the connection itself, encoded."""
    frames: tuple[Frame, ...] = ()
    """Log events for this view alone: the repeats of `message.accepted`."""
    close: Close | None = None


NOTHING = Answer()


class Intake:
    """Takes the frames of one socket, one after the other."""

    def __init__(self, hub: Hub, session: Session, address: str) -> None:
        self.session = session
        """Replaced by `auth`; conversation and customer stay the same."""
        self._hub = hub
        self._address = address
        self._frames = Limiter(hub.terms.limits.frames)
        self._strikes = 0
        self._refusals = 0

    async def take(self, text: str) -> Answer:
        """Do what a frame says; returns once that is durable."""
        if is_too_big(text):
            return Answer(close=Close(1009, "frame too big"))
        now = self._hub.terms.clock.monotonic()
        if self._frames.wait_s("", now):
            self._hub.counts["flood"] += 1
            return Answer(close=Close(4429, "too many frames"))
        try:
            frame = parse_client_frame(text)
        except WireProblem as problem:
            return self._misunderstood(problem)
        match frame:
            case Ping(t):
                return Answer((encode_pong(t),))
            case Auth(token):
                return self._renew(token)
            case Identify(token):
                return self._identify(token)
            case Ack() | Unknown() | Hello() | Uploaded() | Interrupted():
                # A file has a route of its own, and nothing is read aloud here.
                return NOTHING
            case Said():
                return self._over_rate(frame, now) or await self._act(frame)
            case Stopped() | Typed() | ReadUpTo() | Rated() | WantsHuman():
                return await self._act(frame)
            case Surveyed() | Chose() | LeftContact():
                return await self._act(frame)
            case _:
                assert_never(frame)

    def _misunderstood(self, problem: WireProblem) -> Answer:
        if problem.is_strike:
            self._strikes += 1
        is_last = self._strikes >= self._hub.terms.limits.strikes
        close = Close(1008, "too many bad frames") if is_last else None
        return Answer((encode_error(problem.code, None, problem.client_id),), close=close)

    def _over_rate(self, said: Said, now: float) -> Answer | None:
        hub = self._hub
        wait_s = hub.messages.wait_s(self.session.conversation, now)
        wait_s = wait_s or hub.messages_per_ip.wait_s(self._address, now)
        if not wait_s:
            self._refusals = 0
            return None
        self._refusals += 1
        error = encode_error("rate_limited", wait_s, said.client_id)
        if self._refusals < hub.terms.limits.refusals:
            return Answer((error,))
        hub.counts["flood"] += 1
        return Answer((error,), close=Close(4429, "too many messages"))

    async def _act(self, act: Act) -> Answer:
        client_id = act.client_id if isinstance(act, Said) else ""
        try:
            frames = await self._hub.conversations.accept(self.session.conversation, act)
        except ChannelBusy as busy:
            return Answer((encode_error("busy", busy.retry_after_s, client_id),))
        except ChannelRefused as refused:
            is_gone = refused.code in GONE
            close = Close(4410, "conversation gone") if is_gone else None
            return Answer((encode_error(refused.code, None, client_id),), close=close)
        return Answer(frames=frames)

    def _renew(self, token: str) -> Answer:
        try:
            session = self._hub.tokens.read(token, self._hub.terms.clock.utc())
        except TokenProblem as problem:
            return Answer(close=Close(4401, problem.code))
        is_same = (session.conversation, session.customer, session.site) == (
            self.session.conversation,
            self.session.customer,
            self.session.site,
        )
        if not is_same:
            return Answer(close=Close(4403, "token for another conversation"))
        self.session = session
        return NOTHING

    def _identify(self, token: str) -> Answer:
        site = self._hub.sites.get(self.session.site)
        if site is None:
            return Answer(close=Close(4403, "site is gone"))
        try:
            customer = read_identity(site.secret, token, self._hub.terms.clock.utc())
        except TokenProblem as problem:
            return Answer((encode_error(problem.code.replace("token", "identity")),))
        return Answer((encode_identified(customer == self.session.customer),))


def is_too_big(text: str) -> bool:
    """Return whether a frame is over the limit, in bytes as they were sent."""
    if len(text) * 4 <= MOST_FRAME_BYTES:
        return False
    return len(text.encode("utf-8", "replace")) > MOST_FRAME_BYTES
