"""The floor: aiohttp, frames split at the empty line, JSON; no check, no cost, no fallback.

`python -m benchmarks.rivals.plain --claude URL --gpt URL` serves the commands of `child`.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.rivals.child import (
    CLAUDE,
    CLAUDE_ID,
    GPT_ID,
    MOST_TOKENS,
    QUESTION,
    SYSTEM,
    Ended,
    Setting,
    main,
)

DATA = b"data: "


class Plain:
    """One session, as many connections as streams."""

    def __init__(self, session: aiohttp.ClientSession, setting: Setting) -> None:
        self._session = session
        self._setting = setting

    async def stream(self, model: str, ended: Ended) -> AsyncGenerator[str, None]:
        """Yield the text as it comes."""
        texts = self._claude() if model == CLAUDE else self._gpt()
        async for text in texts:
            yield text

    async def _claude(self) -> AsyncIterator[str]:
        url = f"{self._setting.claude_url}/v1/messages"
        messages = [{"role": "user", "content": QUESTION}]
        body = {"model": CLAUDE_ID, "max_tokens": MOST_TOKENS, "stream": True, "system": SYSTEM}
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
        async with self._session.post(
            url, json=body | {"messages": messages}, headers=headers
        ) as r:
            async for data in _frames(r):
                event = json.loads(data)
                if event["type"] == "content_block_delta":
                    yield event["delta"]["text"]

    async def _gpt(self) -> AsyncIterator[str]:
        url = f"{self._setting.gpt_url}/v1/chat/completions"
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
        body = {"model": GPT_ID, "max_completion_tokens": MOST_TOKENS, "stream": True}
        body |= {"messages": messages, "stream_options": {"include_usage": True}}
        headers = {"authorization": "Bearer k"}
        async with self._session.post(url, json=body, headers=headers) as response:
            async for data in _frames(response):
                if data == b"[DONE]":
                    continue
                choices = json.loads(data)["choices"]
                text = choices and choices[0]["delta"].get("content")
                if text:
                    yield text


async def _frames(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in response.content.iter_any():
        *frames, rest = (rest + chunk).split(b"\n\n")
        for frame in frames:
            yield frame[frame.index(DATA) + len(DATA) :]


@asynccontextmanager
async def plain(setting: Setting) -> AsyncIterator[Plain]:
    """Open the session."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Plain(session, setting)


if __name__ == "__main__":
    main(plain)
