"""What the application and Twilio's REST interface say to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType, Protocol

Address = NewType("Address", str)
"""`+15550100`, `whatsapp:+15550100`, a short code or a sender's name: personal data."""


@dataclass(frozen=True, slots=True)
class Template:
    """An approved text at Twilio's: what WhatsApp takes outside its window of 24 hours."""

    sid: str
    """`HX…`."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be sent; with a template, the body is not sent."""

    to: Address = field(repr=False)
    sender: Address = field(repr=False)
    """May be empty where a service chooses the sender."""
    service: str
    """`MG…`, or empty."""
    body: str = field(repr=False)
    template: Template | None = None
    media: tuple[str, ...] = field(default=(), repr=False)
    """Addresses that Twilio can fetch, at most ten."""
    status_callback: str = ""
    validity_s: int | None = None
    """1 to 36000; None is Twilio's own, 36000."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as Twilio has it."""

    sid: str
    status: str
    body: str = field(repr=False)
    to: Address = field(repr=False)
    segments: int
    """0 while a service has not yet chosen a sender."""
    error_code: int | None
    at: datetime | None
    """When it was sent, else when it was created; UTC."""
    sender: Address = field(default=Address(""), repr=False)
    """Empty while a service has not yet chosen one."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message."""

    content: bytes = field(repr=False)
    media_type: str
    """Lower case, without parameters; empty when Twilio did not say."""


class Twilio(Protocol):
    """Twilio's messages, each asked once: nothing here tries again by itself.

    All may raise `TwilioRefused`, `TwilioBusy` and `TwilioFailed`; only `send`, which alone leaves
    something behind, raises `TwilioUnclear`.
    """

    async def send(self, message: Outgoing) -> Sent:
        """Create a message.

        Raises:
            TwilioUnclear: it may have been sent: look with `sent_to`, or wait for its status.
        """
        ...

    async def find(self, sid: str) -> Sent | None:
        """Return a message; None when there is none."""
        ...

    async def sent_to(self, to: Address, since: datetime) -> Sequence[Sent]:
        """Return what we sent to an address since an instant, newest first.

        Also what Twilio has not yet sent on. A body may have lost white space at its ends.
        """
        ...

    async def media(self, url: str, most_bytes: int) -> Media:
        """Fetch a file that came in; credentials go to Twilio's own host and nowhere else.

        Raises:
            TwilioRefused: with status 413 when it is larger than `most_bytes`, 403 when it is not
                at Twilio's, 404 when it is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence of a transcript that was made after a call."""

    number: int
    """Orders the sentences of a transcript."""
    channel: int
    """1 is the side that was called, 2 the caller, unless the account has it otherwise."""
    text: str = field(repr=False)


class CallTranscripts(Protocol):
    """Twilio's transcripts of calls that are over, each asked for once.

    Both may raise `TwilioBusy` and `TwilioFailed`, and `TwilioRefused`. That there is no such
    transcript is certain from `call_of` alone: the SDK does not say why a list cannot be had.
    """

    async def call_of(self, transcript: str) -> str:
        """Return the SID of the call that a transcript is of; empty when it does not say.

        Raises:
            TwilioRefused: with status 404 when there is no such transcript.
        """
        ...

    async def sentences(self, transcript: str) -> Sequence[SpokenSentence]:
        """Return what was said, in order, all of it."""
        ...
