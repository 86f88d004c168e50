"""How far a message of ours has come, from callbacks that come twice and out of order. Pure.

Source: reference/channels.md 1.4.
"""

from dataclasses import dataclass

from channels.errors import ChannelRefused
from channels.sms.inbound import SID
from channels.twilio.form import Form

RANKS: dict[str, int] = {
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
FAILED = frozenset({"undelivered", "failed", "canceled"})
"""It did not arrive, and will not."""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What one callback says."""

    sid: str
    status: str
    """One of `RANKS`."""
    error_code: int | None


def status_of(form: Form) -> StatusUpdate:
    """Return what a callback says.

    Raises:
        ChannelRefused: `no_message_sid` or `no_status`: it is none, or of a kind that is new.
    """
    sid = form.get("MessageSid") or form.get("SmsSid")
    if not SID.fullmatch(sid):
        raise ChannelRefused("no_message_sid")
    status = (form.get("MessageStatus") or form.get("SmsStatus")).strip().lower()
    if form.get("EventType").strip().upper() == "READ":
        status = "read"
    if status not in RANKS:
        raise ChannelRefused("no_status")
    return StatusUpdate(sid, status, code_of(form.get("ErrorCode")))


def code_of(text: str) -> int | None:
    """Return a code of Twilio's; None for none, which it also writes as 0."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return int(text) or None


def is_later(new: str, old: str) -> bool:
    """Return whether a status tells more than the one we have; never a step back or aside.

    An unknown new status tells nothing; of an unknown or empty old one everything is later.
    """
    return RANKS.get(new, -1) > RANKS.get(old, -1)


def is_with_carrier(status: str) -> bool:
    """Return whether it has left Twilio, or never will. Without receipts `sent` is the last."""
    return RANKS.get(status, -1) >= RANKS["sent"]
