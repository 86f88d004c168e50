"""A message that came in, from the form of its webhook. Pure."""

import re
from dataclasses import dataclass, field

from channels.errors import ChannelRefused
from channels.twilio.base import Address
from channels.twilio.form import Form

MOST_MEDIA = 10
MOST_ADDRESS_CHARS = 200
SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}", re.ASCII)
OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file at Twilio's, to be fetched by us: its address never goes to a browser."""

    url: str = field(repr=False)
    media_type: str
    """As Twilio says, lower case, without parameters; empty when it does not say."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer sent. The fields about where a number lives are not taken over."""

    sid: str
    """The key that makes a repeat harmless."""
    account: str
    service: str
    """`MG…`; empty when our number is in no service."""
    sender: Address = field(repr=False)
    to: Address = field(repr=False)
    text: str = field(repr=False)
    """Raw; may be empty where there is media, a place or nothing at all."""
    media: tuple[MediaRef, ...]
    opt_out: str
    """`STOP`, `START` or `HELP` where Twilio itself has understood it so; else empty."""


def inbound_of(form: Form) -> Inbound:
    """Return what a form says; unknown fields are ignored.

    Raises:
        ChannelRefused: `no_message_sid` or `no_address`: it is no message.
    """
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid")
    if not SID.fullmatch(sid):
        raise ChannelRefused("no_message_sid")
    opt_out = form.get("OptOutType").strip().upper()
    return Inbound(
        sid=sid,
        account=form.get("AccountSid"),
        service=form.get("MessagingServiceSid"),
        sender=address_of(form.get("From")),
        to=address_of(form.get("To")),
        text=form.get("Body"),
        media=_media(form),
        opt_out=opt_out if opt_out in OPT_OUT_TYPES else "",
    )


def address_of(value: str) -> Address:
    """Return an address as it was sent, prefix included.

    Raises:
        ChannelRefused: `no_address`: nothing, or nothing that anybody could be reached at.
    """
    value = value.strip()
    if not value or len(value) > MOST_ADDRESS_CHARS or not value.isprintable():
        raise ChannelRefused("no_address")
    return Address(value)


def _media(form: Form) -> tuple[MediaRef, ...]:
    """Return the files; `NumMedia` says no more than the addresses themselves."""
    found = []
    for index in range(MOST_MEDIA):
        url = form.get(f"MediaUrl{index}").strip()
        if url:
            found.append(MediaRef(url, media_type_of(form.get(f"MediaContentType{index}"))))
    return tuple(found)


def media_type_of(value: str) -> str:
    """Return a media type without parameters, lower case; empty for what is none."""
    bare = value.partition(";")[0].strip().lower()
    return bare if MEDIA_TYPE.fullmatch(bare) else ""
