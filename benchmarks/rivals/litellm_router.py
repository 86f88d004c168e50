"""LiteLLM's Router with each vendor as the other one's fallback; it runs in its own environment.

`.tools/rivals/bin/python -m benchmarks.rivals.litellm_router --claude URL --gpt URL` serves the
commands of `child`. What it books is what it tells its loggers, for answers and for failures.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

from benchmarks.rivals.child import (
    CLAUDE,
    CLAUDE_ID,
    GPT,
    MOST_TOKENS,
    QUESTION,
    SYSTEM,
    Ended,
    Setting,
    main,
)

GPT_ID = "gpt-5.5"
"""Its map of prices does not know `chat-latest`."""
LOGGED_S = 0.3
"""How long its loggers are waited for after an answer."""
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


class LiteLlm:
    """The Router with one retry, like ours, and without memory of the answers before."""

    def __init__(self, litellm: ModuleType, setting: Setting) -> None:
        self._setting = setting
        self._booked: list[float] = []
        self._make = litellm.Router
        self._router: Any = self._make(**self._arguments())

    def _arguments(self) -> dict[str, object]:
        setting = self._setting
        claude = {"model": f"anthropic/{CLAUDE_ID}", "api_base": setting.claude_url}
        gpt = {"model": f"openai/{GPT_ID}", "api_base": f"{setting.gpt_url}/v1"}
        return {
            "model_list": [
                {"model_name": CLAUDE, "litellm_params": claude | {"api_key": "k"}},
                {"model_name": GPT, "litellm_params": gpt | {"api_key": "k"}},
            ],
            "fallbacks": [{CLAUDE: [GPT]}, {GPT: [CLAUDE]}],
            "num_retries": 1,
            "timeout": setting.silence_s,
            "stream_timeout": setting.silence_s,
            "enable_mid_stream_fallback_continuation": setting.is_continuing,
        }

    def logger(self, base: Any) -> object:  # noqa: ANN401 - LiteLLM's class, known at run time only
        """Return what LiteLLM tells of every cost that it books."""
        booked = self._booked

        class Logger(base):  # type: ignore[misc]  # LiteLLM is not installed where types are checked
            async def async_log_success_event(
                self, kwargs: dict[str, Any], *_: object, **__: object
            ) -> None:
                booked.append(kwargs.get("response_cost") or 0.0)

            async def async_log_failure_event(
                self, kwargs: dict[str, Any], *_: object, **__: object
            ) -> None:
                booked.append(kwargs.get("response_cost") or 0.0)

        return Logger()

    async def stream(self, model: str, ended: Ended) -> AsyncGenerator[str, None]:
        """Yield the text as it comes."""
        self._booked.clear()
        try:
            chunks = await self._router.acompletion(
                model=model,
                messages=MESSAGES,
                stream=True,
                max_tokens=MOST_TOKENS,
                stream_options={"include_usage": True},
            )
            async for chunk in chunks:
                for choice in chunk.choices:
                    ended.finish = choice.finish_reason or ended.finish
                    if choice.delta.content:
                        yield choice.delta.content
        finally:
            if self._setting.is_booking:
                await asyncio.sleep(LOGGED_S)
                ended.cost_usd = sum(self._booked)
                self._router = self._make(**self._arguments())


@asynccontextmanager
async def lite_llm(setting: Setting) -> AsyncIterator[LiteLlm]:
    """Import it, which takes seconds."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # noqa: TID251 - else it asks the internet
    litellm = importlib.import_module("litellm")
    made = LiteLlm(litellm, setting)
    if setting.is_booking:
        loggers = importlib.import_module("litellm.integrations.custom_logger")
        litellm.callbacks.append(made.logger(loggers.CustomLogger))
    yield made


if __name__ == "__main__":
    main(lite_llm)
