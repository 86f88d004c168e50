"""OpenAI's models and their like: SDK for keys and requests, our decoder for the stream."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from routing.errors import ModelFailed
from routing.models.base import Piece
from routing.models.relay import relay
from routing.models.sdk import CONNECT_S, SILENCE_S, Loader, Sdk, sdk_of
from routing.models.wire_errors import failure_of, words_of
from routing.models.wire_openai import OpenAIDecoder
from routing.prompt import Prompt, prompt_of
from routing.request import ModelName, Request, Role

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam


class OpenAIModel:
    """One model of OpenAI, or of any server that is compatible with it; `base_url` includes /v1.

    The SDK is imported at the first use, in a thread, since it takes seconds; `warm` does it ahead.
    """

    def __init__(
        self, name: ModelName, vendor_id: str, api_key: str, base_url: str | None = None
    ) -> None:
        self._name = name
        self._vendor_id = vendor_id
        self._api_key = api_key
        self._base_url = base_url
        self._sdk: Loader[AsyncOpenAI] = Loader(self._load)

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        return self._name

    async def warm(self) -> None:
        """Load the SDK and make the client, so that the first customer need not wait for it."""
        await self._sdk.get()

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        """Start one attempt; see `Model.stream`."""
        sdk = await self._sdk.get()
        opening = sdk.client.chat.completions.with_streaming_response.create(
            model=self._vendor_id,
            max_completion_tokens=max_output_tokens,
            messages=list(_messages(prompt_of(request))),
            stream=True,
            stream_options={"include_usage": True},
        )
        async with (
            sdk.body(opening, _failure) as chunks,
            aclosing(relay(chunks, OpenAIDecoder(), sdk.broken)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """Give the connections back."""
        if self._sdk.has_begun:
            sdk = await self._sdk.get()
            await sdk.client.close()

    def _load(self) -> "Sdk[AsyncOpenAI]":
        import openai

        client = openai.AsyncOpenAI(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=openai.Timeout(SILENCE_S, connect=CONNECT_S),
            http_client=openai.DefaultAioHttpClient(),
        )
        return sdk_of(client, openai.OpenAIError, openai.APITimeoutError)


def _messages(prompt: Prompt) -> "Iterator[ChatCompletionMessageParam]":
    yield {"role": "system", "content": prompt.system}
    for line in prompt.lines:
        if line.role is Role.CUSTOMER:
            yield {"role": "user", "content": line.text}
        else:
            yield {"role": "assistant", "content": line.text}


def _failure(error: Exception) -> ModelFailed | None:
    """Return the failure that an answer of the vendor means; None when there was no answer."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    return failure_of(error.status_code, words_of(error.body), error.response.headers)
