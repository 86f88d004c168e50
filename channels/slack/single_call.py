"""One call to Slack that belongs to no installation: unpaced, on a connection of its own.

For opening sockets, installing, and asking whose token one has; the rest goes through `Slack`.
"""

import base64
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from channels.slack.base import Json
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

BASE_URL = "https://slack.com/api/"
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
RATE_LIMITED = 429
RETRY_AFTER_S = 30.0
"""When Slack says 429 and not for how long."""


@dataclass(frozen=True, slots=True)
class SingleCall:
    """What to ask."""

    method: str
    arguments: Json = field(default_factory=dict)
    token: str = field(default="", repr=False)
    client: tuple[str, str] | None = field(default=None, repr=False)
    """The app's id and secret, in place of a token."""
    base_url: str = BASE_URL
    limit_s: float = 5.0


async def answer_to(call: SingleCall) -> Json:
    """Return what Slack answers.

    Raises:
        SlackBusy: 429; says when to try again.
        SlackUnreachable: no answer, or none that can be read.
        SlackRefused: Slack said no; `error` is its word, such as `invalid_auth`.
    """
    from slack_sdk.errors import SlackApiError, SlackClientError
    from slack_sdk.web.async_client import AsyncWebClient

    limit = aiohttp.ClientTimeout(total=call.limit_s)
    async with aiohttp.ClientSession(timeout=limit) as session:
        client = AsyncWebClient(
            token=call.token or None,
            base_url=call.base_url,
            session=session,
            logger=quiet(),
            retry_handlers=[],
        )
        if is_local(call.base_url):
            client.proxy = None
        try:
            answer = await client.api_call(
                call.method, data=dict(call.arguments), headers=_credentials(call)
            )
            body = answer.data
        except SlackApiError as error:
            raise _failure(call.method, error.response) from None
        # The SDK reads fields of answers that have none.
        except (SlackClientError, aiohttp.ClientError, OSError, AttributeError, ValueError):
            raise SlackUnreachable(call.method, is_unknown=True) from None
    if not isinstance(body, dict):
        raise SlackUnreachable(call.method, is_unknown=True)
    return body


def is_local(url: str) -> bool:
    """Return whether Slack is on this machine: the SDK takes a proxy of the environment to it."""
    return urlsplit(url).hostname in LOCAL


def quiet() -> logging.Logger:
    """Return a logger that says nothing: the SDK's words quote bodies."""
    logger = logging.Logger("copilot.slack.sdk", logging.CRITICAL)
    logger.disabled = True
    return logger


def _credentials(call: SingleCall) -> dict[str, str]:
    """Return the header of an app that gives its secret; the SDK's own way of it warns."""
    if call.client is None:
        return {}
    encoded = base64.b64encode(":".join(call.client).encode("utf-8"))
    return {"Authorization": f"Basic {encoded.decode('ascii')}"}


def _failure(
    method: str, response: "AsyncSlackResponse"
) -> SlackBusy | SlackUnreachable | SlackRefused:
    """Return what a refusal means; it may be anything, since proxies answer, too."""
    # Of a body that is no JSON at all the SDK gives the bare response of aiohttp.
    if isinstance(response, aiohttp.ClientResponse):
        return SlackUnreachable(method, is_unknown=True)
    if response.status_code == RATE_LIMITED:
        wait = str(response.headers.get("Retry-After", ""))
        is_number = wait.isascii() and wait.isdigit()
        return SlackBusy(method, float(wait) if is_number else RETRY_AFTER_S)
    body = response.data
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, str) or response.status_code >= 500:
        return SlackUnreachable(method, is_unknown=True)
    return SlackRefused(method, error)
