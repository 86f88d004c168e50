"""The body of `POST /v1/chat/sessions`: who is there, and which conversation goes on. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

MOST_CHARS = {
    "site_key": 128,
    "identity": 4096,
    "conversation_id": 128,
    "locale": 64,
    "user.id": 256,
    "user.hash": 128,
}


class SessionProblem(Exception):
    """The body is not a session request; names what is wrong or missing."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(f"wrong or missing: {', '.join(fields)}")


@dataclass(frozen=True, slots=True)
class SessionUser:
    """Who the site says its customer is."""

    id: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class SessionAsked:
    """What was asked; unknown fields are ignored."""

    site_key: str
    user: SessionUser | None = None
    identity: str | None = None
    """An identity token instead of `user`."""
    conversation_id: str | None = None
    locale: str | None = None


def read_session(body: bytes) -> SessionAsked:
    """Return the request that a body holds.

    Raises:
        SessionProblem: it is not what was expected, with every field that is wrong.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise SessionProblem(("body",)) from None
    if not isinstance(fields, dict):
        raise SessionProblem(("body",))
    user = fields.get("user")
    wrong = [name for name in ("identity", "conversation_id", "locale") if not _fits(fields, name)]
    if not isinstance(fields.get("site_key"), str) or not _fits(fields, "site_key"):
        wrong.append("site_key")
    wrong += _wrong_in(user)
    if wrong:
        raise SessionProblem(tuple(sorted(wrong)))
    return SessionAsked(
        site_key=fields["site_key"],
        user=None if user is None else SessionUser(user["id"], user.get("hash") or ""),
        identity=fields.get("identity"),
        conversation_id=fields.get("conversation_id"),
        locale=fields.get("locale"),
    )


def _wrong_in(user: object) -> list[str]:
    if user is None:
        return []
    if not isinstance(user, dict):
        return ["user"]
    is_named = isinstance(user.get("id"), str) and bool(user["id"])
    wrong = [] if is_named and _fits(user, "id", "user.") else ["user.id"]
    return wrong if _fits(user, "hash", "user.") else [*wrong, "user.hash"]


def _fits(fields: Mapping[str, object], name: str, inside: str = "") -> bool:
    """Return whether a field is absent, null, or a text that is not too long."""
    value = fields.get(name)
    return value is None or (isinstance(value, str) and len(value) <= MOST_CHARS[inside + name])
