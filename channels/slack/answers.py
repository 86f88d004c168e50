"""What an answer of the Web API means, and what a call looks like on the wire. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.slack.base import Json
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
    SlackRevoked,
    SlackUnreachable,
)

RATE_LIMITED = 429
RETRY_AFTER_S = 30.0
"""When Slack does not say for how long."""
MOST_RETRY_AFTER_S = 3_600.0
EXPIRED = "token_expired"
REVOKED = frozenset({"invalid_auth", "token_revoked", "account_inactive", "not_authed", EXPIRED})
BUSY = frozenset({"ratelimited", "rate_limited"})
BROKEN = frozenset({"fatal_error", "internal_error", "service_unavailable"})
"""Slack, of these: "It's possible some aspect of the operation succeeded"."""
READS = re.compile(
    r"auth\..*|bots\.info|chat\.getPermalink|conversations\.(history|info|list|members|replies)"
    r"|files\.(?!completeUploadExternal).*|reactions\.(get|list)|team\..*"
    r"|usergroups\.(list|users\.list)|users\.(?!profile\.set).*"
)
"""Methods that do not look into a JSON body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Json
    """Empty when it was no JSON object."""
    retry_after: str = ""
    """The header, as it was."""

    @property
    def error(self) -> str:
        """Slack's word when it said no; empty when it said yes, or nothing we understand."""
        error = self.body.get("error")
        return error if isinstance(error, str) and not self.body.get("ok") else ""


def failure_of(method: str, answer: Answer) -> SlackFailed | None:
    """Return what went wrong; None when it was done."""
    if answer.status == RATE_LIMITED or answer.error in BUSY:
        return SlackBusy(method, retry_after_s(answer.retry_after))
    if answer.status >= 500 or answer.error in BROKEN:
        return SlackUnreachable(method, is_unknown=True)
    if answer.status == 200 and answer.body.get("ok") is True:
        return None
    if answer.error in REVOKED:
        return SlackRevoked(f"{method}: {answer.error}")
    if answer.error:
        return SlackRefused(method, answer.error)
    # Whoever answered is not Slack, or not well. A refusal by status was surely not done.
    return SlackUnreachable(method, is_unknown=not 400 <= answer.status < 500)


def retry_after_s(header: str) -> float:
    """Return how long a 429 asks us to wait, within reason."""
    is_number = header.isascii() and header.strip().isdigit()
    wait_s = float(header) if is_number else RETRY_AFTER_S
    return min(max(wait_s, 1.0), MOST_RETRY_AFTER_S)


def takes_json(method: str) -> bool:
    """Return whether a method reads a JSON body; the others take a form."""
    return READS.fullmatch(method) is None


def form_of(arguments: Json) -> Mapping[str, str]:
    """Return arguments as the fields of a form."""
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def is_slacks(url: str, base_url: str) -> bool:
    """Return whether an address belongs to the Slack that we call: it may see our token."""
    if any(ord(character) <= 32 or character in "\\\x7f" for character in url):
        return False
    try:
        asked, base = urlsplit(url), urlsplit(base_url)
        if "@" in asked.netloc or not asked.hostname or not base.hostname:
            return False
        if (asked.scheme, asked.hostname, asked.port) == (base.scheme, base.hostname, base.port):
            return True
        is_below = asked.hostname.endswith("." + base.hostname)
        return asked.scheme == "https" and asked.port in (None, 443) and is_below
    except ValueError:
        return False
