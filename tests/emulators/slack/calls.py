"""A call as it came."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.emulators.slack.state import Dict

STRUCTURED = frozenset(
    {"attachments", "blocks", "chunks", "files", "loading_messages", "metadata", "prompts", "view"}
)
"""Arguments that a form carries as JSON."""


@dataclass(slots=True)
class Call:
    """One call of the app."""

    method: str
    """`upload`, `download` and `response_url` for what is not a method."""
    arguments: Dict
    token: str
    team: str
    """Whose token it is; empty for nobody's."""
    at: float
    """By the server's clock."""
    malformed: str = ""
    """What is wrong with the body; empty for nothing."""
    outcome: str = ""
    """`ok`, the error, `rate`, `server_error`, `refused`; empty while it is under way."""


def is_json(request: web.Request) -> bool:
    return request.content_type == "application/json"


async def read_call(request: web.Request, at: float) -> Call:
    """Return a call, from a JSON body, a form, or the query."""
    said: Dict = dict(request.query)
    malformed = ""
    if is_json(request):
        found, malformed = _object(await request.read())
        said |= found
    elif request.method == "POST":
        said |= dict(await request.post())
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = secret.strip() if scheme.lower() == "bearer" else str(said.pop("token", ""))
    said.pop("token", None)
    if scheme.lower() == "basic":
        said["client_id"], _, said["client_secret"] = b64decode(secret).decode().partition(":")
    return Call(request.match_info["method"], decoded(said), token, "", at, malformed)


def _object(body: bytes) -> tuple[Dict, str]:
    """Return a JSON body, and what is wrong with it."""
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}, "invalid_json"
    return (found, "") if isinstance(found, dict) else ({}, "json_not_object")


def decoded(said: Mapping[str, Any]) -> Dict:
    """Return arguments with those read that a form carries as JSON, where they are JSON."""
    result: Dict = {}
    for name, value in said.items():
        result[name] = value
        if name in STRUCTURED and isinstance(value, str):
            try:
                result[name] = json.loads(value)
            except ValueError:
                continue
    return result
