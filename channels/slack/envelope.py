"""What Slack has sent, told apart: bodies of requests and frames of sockets become envelopes."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from channels.errors import ChannelRefused
from channels.slack.base import Envelope, Json, Kind, TeamId

MOST_FIELDS = 100
"""Of a form; a slash command has about fifteen."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Slack asks whether this address is ours: `url_verification`."""

    text: str
    """To be sent back."""


@dataclass(frozen=True, slots=True)
class SslCheck:
    """Slack looks at our certificate; nothing is to be done."""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Slack has dropped events of a workspace for a minute: `app_rate_limited`."""

    team: TeamId
    minute: int
    """Unix seconds of the minute; 0 if Slack did not say."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that Slack may add one day: acknowledged, not kept."""


Received = Envelope | Challenge | SslCheck | RateLimited | Unknown


def read_request(content_type: str, body: bytes) -> Received:
    """Return what a request says; its signature was verified before.

    Raises:
        ChannelRefused: `bad_body`; nothing else, whatever was sent.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ChannelRefused("bad_body") from None
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return _of_events(_object(text), text)
        case "application/x-www-form-urlencoded":
            return _of_form(_fields(text))
        case _:
            raise ChannelRefused("bad_body")


def read_frame(frame: Json) -> Received:
    """Return what a frame of Socket Mode carries; `hello` and `disconnect` carry nothing.

    Raises:
        ChannelRefused: `bad_body`: a frame without a payload.
    """
    kind = frame.get("type")
    if kind not in {"events_api", "interactive", "slash_commands"}:
        return Unknown()
    payload = frame.get("payload")
    if not isinstance(payload, Mapping):
        raise ChannelRefused("bad_body")
    body = json.dumps(payload)
    if kind == "events_api":
        return _of_events(payload, body)
    of = Kind.INTERACTION if kind == "interactive" else Kind.COMMAND
    return _not_event(of, payload, body)


def team_of(body: Json) -> TeamId:
    """Return whose installation this is for; empty if Slack did not say.

    In a channel that workspaces share, `team_id` is where something happened, and the first of
    `authorizations` is who has installed us. The organisation stands for its workspaces when it
    has installed us as a whole.
    """
    allowed = body.get("authorizations")
    first = allowed[0] if isinstance(allowed, list) and allowed else None
    source: Json = {**body, **first} if isinstance(first, Mapping) else body
    view, enterprise = body.get("view"), _id_in(body, "enterprise", "id")
    if source.get("is_enterprise_install") in (True, "true"):
        organisation = enterprise or _named(source, "enterprise_id")
        if organisation:
            return TeamId(organisation)
    installed = _named(view, "app_installed_team_id") if isinstance(view, Mapping) else ""
    return TeamId(
        installed
        or _id_in(body, "team", "id")
        or _named(source, "team_id")
        or _id_in(body, "user", "team_id")
        or _id_in(body, "view", "team_id")
    )


def crowd_of(envelope: Envelope) -> str:
    """Return which thread or direct conversation an event is from; empty for everything else."""
    if envelope.kind is not Kind.EVENT:
        return ""
    event = json.loads(envelope.body).get("event")
    if not isinstance(event, Mapping):
        return ""
    channel, thread = event.get("channel"), event.get("thread_ts")
    if not isinstance(channel, str):
        return ""
    return f"{envelope.team}:{channel}:{thread if isinstance(thread, str) else ''}"


def _of_events(body: Json, text: str) -> Received:
    match body.get("type"):
        case "url_verification":
            challenge = body.get("challenge")
            if not isinstance(challenge, str):
                raise ChannelRefused("bad_body")
            return Challenge(challenge)
        case "app_rate_limited":
            minute = body.get("minute_rate_limited")
            return RateLimited(team_of(body), minute if isinstance(minute, int) else 0)
        case "event_callback":
            event = body.get("event")
            if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
                raise ChannelRefused("bad_body")
            id = _named(body, "event_id") or _digest("event", text)
            return Envelope(id, Kind.EVENT, team_of(body), text)
        case str():
            return Unknown()
        case _:
            raise ChannelRefused("bad_body")


def _of_form(fields: Mapping[str, str]) -> Received:
    if fields.get("ssl_check") == "1":
        return SslCheck()
    if "payload" in fields:
        text = fields["payload"]
        return _not_event(Kind.INTERACTION, _object(text), text)
    return _not_event(Kind.COMMAND, fields, json.dumps(fields))


def _not_event(kind: Kind, body: Json, text: str) -> Envelope:
    named = "type" if kind is Kind.INTERACTION else "command"
    if not isinstance(body.get(named), str):
        raise ChannelRefused("bad_body")
    # Each click has a trigger of its own, even when all the rest is equal.
    trigger = body.get("trigger_id")
    id = _digest(kind.value, trigger if isinstance(trigger, str) and trigger else text)
    return Envelope(id, kind, team_of(body), text)


def _object(text: str) -> Json:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ChannelRefused("bad_body") from None
    if not isinstance(found, dict):
        raise ChannelRefused("bad_body")
    return found


def _fields(text: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ChannelRefused("bad_body") from None
    return dict(pairs)


def _named(body: Json, name: str) -> str:
    """Return a plain id; anything else is none, since ids become keys."""
    found = body.get(name)
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def _id_in(body: Json, name: str, inner: str) -> str:
    """Return an id that Slack writes either itself or inside of an object."""
    found = body.get(name)
    if isinstance(found, Mapping):
        return _named(found, inner)
    return "" if name in {"user", "view"} else _named(body, name)


def _digest(kind: str, text: str) -> str:
    whole = f"{kind}:{text}".encode("utf-8", "surrogatepass")
    return f"{kind}.{hashlib.sha256(whole).hexdigest()}"
