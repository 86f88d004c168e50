"""How what Slack sends gets to the app by HTTP: in three seconds, or it counts as failed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

from channels.slack.signature import sign
from tests.emulators.slack.state import Dict

ACK_WITHIN_S = 3.0
RETRIES = 3
"""Source: reference/channels.md 3.1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app has answered; status 0 when nothing came."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = "http_error"
    """Why it is sent again, in Slack's words."""

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


Deliver = Callable[[bytes, Mapping[str, str], str], Awaitable[int | Answer]]
"""Called with body, headers (signed) and content type."""


@dataclass(slots=True)
class Emission:
    """One thing that was sent, with the answer to each try."""

    kind: str
    payload: Dict
    team: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


class HttpDelivery:
    """Posts to the app."""

    def __init__(self, url: str, ack_within_s: float = ACK_WITHIN_S) -> None:
        self.url = url
        timeout = aiohttp.ClientTimeout(total=ack_within_s)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def __call__(self, body: bytes, headers: Mapping[str, str], content_type: str) -> Answer:
        sent = {**headers, "Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        try:
            async with self._session.post(
                self.url, data=body, headers=sent, allow_redirects=False
            ) as response:
                said = await response.read()
                return Answer(response.status, said, dict(response.headers))
        except TimeoutError:
            return Answer(0, reason="http_timeout")
        except aiohttp.ClientError:
            return Answer(0, reason="connection_failed")

    async def close(self) -> None:
        await self._session.close()


def signed(secret: str, body: bytes, unix: float) -> dict[str, str]:
    """Return the headers by which the app knows that it is Slack."""
    timestamp = str(int(unix))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(secret, body, timestamp),
    }
