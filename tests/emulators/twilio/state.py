"""What the emulated Twilio knows: numbers, services, phones, messages, calls, media."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

VERSION = "2010-04-01"
RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "partially_delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "read": 5,
}
"""Source: reference/channels.md 1.4."""
WINDOW_S = 24 * 3600.0
Dict = dict[str, object]


@dataclass(slots=True)
class StoredMessage:
    """One message, as the REST resource knows it."""

    sid: str
    to: str
    sender: str
    body: str
    status: str
    created_at: datetime
    at: float
    """When it was made, by the server's monotonic clock."""
    direction: str = "outbound-api"
    service: str = ""
    callback: str = ""
    """Its StatusCallback."""
    segments: int = 1
    media: tuple[str, ...] = ()
    content: str = ""
    """The ContentSid of a template."""
    variables: str = ""
    validity_s: int | None = None
    error_code: int | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    history: list[str] = field(default_factory=list)
    """The statuses it has had."""
    reported: list[str] = field(default_factory=list)
    """The statuses that were sent to its StatusCallback, in that order."""
    fails_with: int | None = None
    """The ErrorCode that its carrier will report; None: it reaches the phone."""
    fails_as: str = "undelivered"
    """`undelivered` or `failed`."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Everything that the create was called with."""

    def become(self, status: str, at: datetime, error_code: int | None = None) -> None:
        """Take a status, unless a later one was taken before."""
        if RANKS.get(status, 0) >= RANKS.get(self.status, 0):
            self.status = status
            self.error_code = error_code if error_code is not None else self.error_code
        if RANKS.get(status, 0) >= RANKS["sent"] and status != "canceled":
            self.sent_at = self.sent_at or at
        self.history.append(status)
        self.updated_at = at


@dataclass(slots=True)
class Phone:
    """A person's phone, and what it shows."""

    address: str
    messages: list[StoredMessage] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """What Twilio itself has said: the confirmations of STOP, START and HELP."""

    @property
    def received(self) -> list[str]:
        """The bodies in the order in which they were delivered."""
        return [message.body for message in self.messages]


@dataclass(slots=True)
class Number:
    """One of our senders."""

    address: str
    kind: str = "long"
    """`long`, `toll_free`, `short` or `whatsapp`."""
    service: str = ""


@dataclass(slots=True)
class Service:
    """A Messaging Service."""

    sid: str
    numbers: list[str] = field(default_factory=list)
    is_advanced: bool = False
    """Whether Advanced Opt-Out is on: then webhooks bear an OptOutType."""
    callback: str = ""
    """The StatusCallback of messages that name none."""


@dataclass(slots=True)
class VoiceCall:
    """A phone call, as the REST resource knows it."""

    sid: str
    sender: str
    to: str
    status: str
    direction: str = "inbound"
    updates: list[dict[str, str]] = field(default_factory=list)
    """What was asked of it by REST: `Status`, `Twiml`, `Url`, …"""


@dataclass(slots=True)
class RestCall:
    """A call of the REST API as it came."""

    method: str
    path: str
    params: dict[str, str]
    """Of the query and the form; the first value of each."""
    at: float
    """By the server's monotonic clock."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """All values of each parameter."""
    target: str = ""
    """What a fault calls it: `send`, `find`, `list`, `media`, `call`, `change`."""
    user: str = ""
    """The user of the basic auth: an account or an API key."""
    outcome: str = ""
    """The HTTP status, or what was done to the connection; empty while it is under way."""


@dataclass(slots=True)
class MediaFile:
    """What stands behind a MediaUrl."""

    sid: str
    message: str
    content: bytes
    media_type: str
    said_type: str
    """What the webhook says that it is."""
    is_chunked: bool = False
    """Without a Content-Length."""
    opened: int = 0
    """How often it was fetched to the end."""


@dataclass(slots=True)
class Problem:
    """A line of Twilio's debugger: what it could not do with our webhooks."""

    code: int
    path: str


class ApiError(Exception):
    """The call is answered with an error of Twilio's."""

    def __init__(self, status: int, code: int, message: str = "", retry_after_s: int = 0) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        super().__init__(f"{status}/{code} {message}")

    def json(self) -> Dict:
        return {
            "code": self.code,
            "message": self.message or "The request was refused",
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class State:
    """Everything that is remembered until the server is closed."""

    def __init__(self) -> None:
        self.account = "AC" + "0123456789abcdef" * 2
        self.auth_token = "an-emulated-auth-token"
        self.api_keys: dict[str, str] = {}
        self.url = ""
        self.media_url = ""
        """Where media are after the redirect: another origin."""
        self.numbers: dict[str, Number] = {}
        self.services: dict[str, Service] = {}
        self.phones: dict[str, Phone] = {}
        self.messages: list[StoredMessage] = []
        """What we sent, in the order in which it was accepted."""
        self.inbound: list[StoredMessage] = []
        self.voice_calls: dict[str, VoiceCall] = {}
        self.media: dict[str, MediaFile] = {}
        self.templates: dict[str, str] = {}
        self.opted_out: set[tuple[str, str]] = set()
        self.heard_at: dict[tuple[str, str], float] = {}
        """When a WhatsApp customer last wrote to one of our senders, by the clock."""
        self.clock: Callable[[], float] = time.monotonic
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._made = 0

    def new_id(self, prefix: str) -> str:
        """Return a SID: two letters and 32 hex digits; new ones, and the same in every run."""
        self._made += 1
        return prefix + sha256(f"{prefix}{self._made}".encode()).hexdigest()[:32]

    def phone(self, address: str) -> Phone:
        return self.phones.setdefault(address, Phone(address))

    def number(self, address: str, kind: str = "") -> Number:
        """Return one of our senders; it is made on first use."""
        usual = "whatsapp" if address.startswith("whatsapp:") else _kind_of(address)
        number = self.numbers.setdefault(address, Number(address, kind or usual))
        number.kind = kind or number.kind
        return number

    def message(self, sid: str) -> StoredMessage:
        """Return a message of either direction.

        Raises:
            ApiError: there is none.
        """
        for message in (*self.messages, *self.inbound):
            if message.sid == sid:
                return message
        raise ApiError(404, 20404, "The requested resource was not found")

    def is_opted_out(self, sender: str, service: str, to: str) -> bool:
        """Return whether the recipient has said STOP to the sender, or to its service."""
        number = self.numbers.get(sender)
        keys = {sender, service, number.service if number else ""} - {""}
        return any((key, to) in self.opted_out for key in keys)

    def is_window_open(self, sender: str, to: str) -> bool:
        """Return whether the customer wrote within the last 24 hours."""
        heard_at = self.heard_at.get((sender, to))
        return heard_at is not None and self.clock() - heard_at < WINDOW_S


def _kind_of(address: str) -> str:
    digits = address.removeprefix("+")
    if len(digits) <= 6:
        return "short"
    is_toll_free = address.startswith("+1") and digits[1:4] in TOLL_FREE
    return "toll_free" if is_toll_free else "long"


TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})


def rfc2822(at: datetime | None) -> str | None:
    """Return an instant as the v2010 API writes it."""
    return format_datetime(at) if at is not None else None


def message_json(state: State, message: StoredMessage) -> Dict:
    """Return the resource, with every field that the SDK reads."""
    base = f"/{VERSION}/Accounts/{state.account}/Messages/{message.sid}"
    is_unassigned = bool(message.service) and message.status in ("accepted", "scheduled")
    return {
        "account_sid": state.account,
        "api_version": VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "date_updated": rfc2822(message.updated_at or message.created_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None if message.error_code is None else "The message was not delivered",
        "from": None if is_unassigned else message.sender,
        "messaging_service_sid": message.service or None,
        "num_media": str(len(message.media)),
        "num_segments": "0" if is_unassigned else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{base}/Media.json", "feedback": f"{base}/Feedback.json"},
        "to": message.to,
        "uri": f"{base}.json",
    }


def call_json(state: State, call: VoiceCall) -> Dict:
    """Return the resource of a phone call, with every field that the SDK reads."""
    at = rfc2822(state.now())
    unknown = (
        "answered_by annotation caller_name duration end_time forwarded_from group_sid "
        "parent_call_sid phone_number_sid price stir_verstat trunk_sid"
    )
    return {
        **dict.fromkeys(unknown.split()),
        "account_sid": state.account,
        "api_version": VERSION,
        "date_created": at,
        "date_updated": at,
        "direction": call.direction,
        "from": call.sender,
        "from_formatted": call.sender,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": at,
        "status": call.status,
        "subresource_uris": {},
        "to": call.to,
        "to_formatted": call.to,
        "uri": f"/{VERSION}/Accounts/{state.account}/Calls/{call.sid}.json",
    }
