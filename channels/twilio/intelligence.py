"""The word that a transcript of a call is there, which Twilio sends when the call is over. Pure.

Source: Twilio, Conversational Intelligence, webhooks. Whether the fields come as a form or as JSON
is a setting of the service.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.errors import ChannelRefused
from channels.twilio.form import Form

TRANSCRIPT_SID = "transcript_sid"
READY = "voice_intelligence_transcript_available"
_TRANSCRIPT = re.compile(r"GT[0-9a-fA-F]{32}", re.ASCII)
_CALL = re.compile(r"CA[0-9a-fA-F]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Available:
    """A transcript that can be fetched."""

    transcript: str
    """`GT…`."""
    call: str
    """`CA…` where who had the call transcribed named it so; else empty."""


def is_about_transcript(form: Form, fields: Mapping[str, object]) -> bool:
    """Return whether a webhook, of which one of both is empty, tells of such a transcript."""
    return TRANSCRIPT_SID in form or TRANSCRIPT_SID in fields


def available_of(form: Form, fields: Mapping[str, object], account: str = "") -> Available | None:
    """Return the transcript that a webhook tells of; None when it tells something else of it.

    Raises:
        ChannelRefused: `no_transcript`: it names none; `account`: it is of another account.
    """

    def said(name: str) -> str:
        value = fields.get(name, form.get(name))
        return value.strip() if isinstance(value, str) else ""

    if account and said("account_sid") not in ("", account):
        raise ChannelRefused("account")
    transcript = said(TRANSCRIPT_SID)
    if not _TRANSCRIPT.fullmatch(transcript):
        raise ChannelRefused("no_transcript")
    if said("event_type") not in ("", READY):
        return None
    key = said("customer_key")
    return Available(transcript, key if _CALL.fullmatch(key) else "")
