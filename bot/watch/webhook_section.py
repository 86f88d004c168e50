"""The `webhooks` of a tenant's file: who is told of which events; pure."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import get_args
from urllib.parse import urlsplit

from bot.sms.events import SmsEvent
from bot.voice.events import VoiceSlow
from bot.watch.own_events import OwnEvent
from bot.watch.queue_events import QueueEvent
from routing.policy.text import Problems
from routing.policy.yaml_file import Field, some_texts_of
from routing.watching.events import Event, RoutingEvent

ALL = ("*",)
TOLD: tuple[type[Event], ...] = (
    *get_args(RoutingEvent),
    *get_args(QueueEvent),
    *get_args(OwnEvent),
    *get_args(SmsEvent),
    VoiceSlow,
)
"""Every kind of event that operations are told."""
NAMES = tuple(sorted(kind.NAME for kind in TOLD))
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
URL = "an address such as https://ops.example.com/hook, without a password and a fragment"
PLAIN = "https: plain http only to this machine, such as http://127.0.0.1:9000"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that is told what goes wrong and what is well again."""

    url: str
    secret_env: str
    """Name of the variable with the secret that signs every delivery."""
    events: tuple[str, ...] = ALL
    """Names of events; `*` stands for anything, as in `router.*`."""

    def wants(self, name: str) -> bool:
        """Tell whether an event of this name is sent here."""
        return any(fnmatchcase(name, pattern) for pattern in self.events)


def webhooks_of(webhooks: Field, problems: Problems) -> tuple[Webhook, ...] | None:
    """Return the webhooks of a list; None notes that it is none."""
    fields = webhooks.fields()
    if fields is None:
        return None
    read: list[Webhook] = []
    for entry in fields:
        webhook = webhook_of(entry)
        if webhook is None:
            continue
        if any(webhook.url == other.url for other in read):
            problems.add(entry.place, "the same url twice, expected each url once")
        read.append(webhook)
    return tuple(read)


def webhook_of(entry: Field) -> Webhook | None:
    """Return one webhook; None notes what is wrong with it."""
    section = entry.section()
    if section is None:
        return None
    section.require("url", URL)
    section.require("secret_env", "the name of a variable, such as OPS_WEBHOOK_SECRET")
    webhook = Webhook(
        url=section.read("url", url_of, ""),
        secret_env=section.read("secret_env", variable_of, ""),
        events=section.read("events", events_of, ALL),
    )
    section.close()
    return webhook if webhook.url and webhook.secret_env else None


def url_of(field: Field) -> str | None:
    """Return an address; None notes what is wrong with it, without showing what may be secret."""
    written = field.text()
    if written is None:
        return None
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.fragment:
        field.wrong(URL, is_shown=False)
        return None
    if parts.scheme == "http" and not is_loopback(host):
        field.wrong(PLAIN, is_shown=False)
        return None
    return written


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def variable_of(field: Field) -> str | None:
    """Return the name of a variable; None notes what is wrong, unshown: it may be a secret."""
    written = field.text()
    if written is not None and not VARIABLE.fullmatch(written):
        field.wrong("the name of a variable, such as OPS_WEBHOOK_SECRET", is_shown=False)
        return None
    return written


def events_of(field: Field) -> tuple[str, ...] | None:
    """Return the patterns of a list; one that no event has is noted."""
    patterns = some_texts_of(field)
    fields = field.fields() if patterns else None
    for entry in fields or ():
        pattern = entry.text()
        if pattern is not None and not any(fnmatchcase(name, pattern) for name in NAMES):
            entry.wrong(f"router.* or one of {', '.join(NAMES)}")
    return patterns
