"""The desk in the terminal, as its wire has it: what humans work with while Slack is down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.secret import desk_token
from tests.e2e.visitor import SECRET


@dataclass(frozen=True, slots=True)
class TerminalDesk:
    """One human at it."""

    url: str
    http: aiohttp.ClientSession

    async def queue(self) -> list[str]:
        """Return the conversations that wait, or are with somebody."""
        async with self.http.get(f"{self.url}/v1/desk/queue") as answer:
            found = await answer.json()
        return [one["conversation"] for one in found["items"]]

    async def act(self, conversation: str, act: str, text: str = "") -> int:
        """Do something; returns the status."""
        body = {"name": "Kim", "text": text}
        url = f"{self.url}/v1/desk/{conversation}/{act}"
        async with self.http.post(url, json=body) as answer:
            return answer.status

    async def is_ready(self) -> bool:
        """Return whether the product says that it can work."""
        async with self.http.get(f"{self.url}/readyz") as answer:
            return answer.status == 200


@asynccontextmanager
async def at_terminal(url: str) -> AsyncIterator[TerminalDesk]:
    """Sit down at the terminal."""
    headers = {"Authorization": f"Bearer {desk_token(SECRET.encode())}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        yield TerminalDesk(url, http)
