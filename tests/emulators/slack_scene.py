"""A Slack of our own, and the real SDK's client for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.events import decoded

Dict = dict[str, Any]


@dataclass
class Time:
    """Passes only when told."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scene:
    """T1 has channel C1 with the bot in it, and Dana, who is U1."""

    server: SlackServer
    client: AsyncWebClient
    time: Time = field(default_factory=Time)
    heard: list[Dict] = field(default_factory=list)
    """Payloads as the app has got them."""

    @property
    def events(self) -> list[Dict]:
        return [body["event"] for body in self.heard if "event" in body]

    async def post(self, text: str = "hello", **more: object) -> str:
        arguments = {"channel": "C1", "text": text, **more}
        answer = await self.client.api_call("chat.postMessage", json=arguments)
        return str(answer["ts"])

    async def refused(self, method: str, **arguments: object) -> str:
        """Return the word with which a call is refused."""
        with pytest.raises(SlackApiError) as caught:
            await self.client.api_call(method, json=arguments)
        return str(caught.value.response["error"])

    async def refused_form(self, method: str, **arguments: object) -> str:
        with pytest.raises(SlackApiError) as caught:
            await self.client.api_call(method, params=arguments)
        return str(caught.value.response["error"])


def client_of(server: SlackServer, token: str) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=f"{server.url}/api/", retry_handlers=[], timeout=5)


@asynccontextmanager
async def staged() -> AsyncIterator[Scene]:
    """Serve a Slack whose events end in `heard`."""
    async with slack_running() as server:
        team = server.team("T1", "Aurelis")
        server.channel("T1", "C1", "support")
        server.user("T1", "U1", "Dana Reyes")
        scene = Scene(server, client_of(server, team.bot_token))
        server.clock = scene.time

        async def hear(body: bytes, headers: object, content_type: str) -> int:
            scene.heard.append(decoded(body, content_type)[1])
            return 200

        server.deliver = hear
        yield scene
