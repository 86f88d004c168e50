"""The vendors' own SDKs, used as their pages say: events of a stream, no retries.

`python -m benchmarks.rivals.sdk --claude URL --gpt URL` serves the commands of `child`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anthropic
import openai

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


class Sdks:
    """Both clients, with their default transport."""

    def __init__(self, setting: Setting) -> None:
        self.claude = anthropic.AsyncAnthropic(
            api_key="k", base_url=setting.claude_url, max_retries=0, timeout=setting.silence_s
        )
        self.gpt = openai.AsyncOpenAI(
            api_key="k", base_url=f"{setting.gpt_url}/v1", max_retries=0, timeout=setting.silence_s
        )

    async def stream(self, model: str, ended: Ended) -> AsyncGenerator[str, None]:
        """Yield the text as it comes."""
        texts = self._claude(ended) if model == CLAUDE else self._gpt(ended)
        async for text in texts:
            yield text

    async def _claude(self, ended: Ended) -> AsyncIterator[str]:
        events = await self.claude.messages.create(
            model=CLAUDE_ID,
            max_tokens=MOST_TOKENS,
            system=SYSTEM,
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
        )
        async for event in events:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text
            elif event.type == "message_delta":
                ended.finish = event.delta.stop_reason or ""

    async def _gpt(self, ended: Ended) -> AsyncIterator[str]:
        chunks = await self.gpt.chat.completions.create(
            model=GPT_ID,
            max_completion_tokens=MOST_TOKENS,
            messages=[
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": QUESTION},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in chunks:
            for choice in chunk.choices:
                ended.finish = choice.finish_reason or ended.finish
                if choice.delta.content:
                    yield choice.delta.content


@asynccontextmanager
async def sdks(setting: Setting) -> AsyncIterator[Sdks]:
    """Make the clients, and close them."""
    made = Sdks(setting)
    async with made.claude, made.gpt:
        yield made


if __name__ == "__main__":
    main(sdks)
