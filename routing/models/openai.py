"""OpenAI's models and their like: SDK for keys and requests, our decoder for the stream."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from routing.errors import ModelFailed
from routing.models.body_openai import OPENAI, Dialect, body_of
from routing.models.sdk import CONNECT_S, SILENCE_S, Answer, Sdk, SdkModel, sdk_of
from routing.models.wire_errors import failure_of, words_of
from routing.models.wire_openai import OpenAIDecoder
from routing.request import ModelName, Request

if TYPE_CHECKING:
    from openai import AsyncOpenAI

NO_KEY = "none"
"""Stands in for the key of a server that wants none: the SDK insists on some text."""


class OpenAIModel(SdkModel["AsyncOpenAI"]):
    """One model of OpenAI, or of any server that is compatible with it; `base_url` includes /v1."""

    def __init__(
        self,
        name: ModelName,
        vendor_id: str,
        api_key: str,
        base_url: str | None = None,
        dialect: Dialect = OPENAI,
    ) -> None:
        super().__init__(name)
        self._vendor_id = vendor_id
        self._api_key = api_key or NO_KEY
        self._base_url = base_url
        self._dialect = dialect

    def _load(self) -> "Sdk[AsyncOpenAI]":
        import openai

        client = openai.AsyncOpenAI(
            api_key=self._api_key,
            base_url=self._base_url,
            default_headers=dict(self._dialect.headers),
            max_retries=0,
            timeout=openai.Timeout(SILENCE_S, connect=CONNECT_S),
            http_client=openai.DefaultAioHttpClient(),
        )
        return sdk_of(client, openai.OpenAIError, openai.APITimeoutError)

    def _asked(
        self, client: "AsyncOpenAI", request: Request, max_output_tokens: int
    ) -> AbstractAsyncContextManager[Answer]:
        body = body_of(request, self._vendor_id, max_output_tokens, self._dialect)
        return client.chat.completions.with_streaming_response.create(stream=True, **body)

    def _decoder(self) -> OpenAIDecoder:
        return OpenAIDecoder()

    def _failure(self, error: Exception) -> ModelFailed | None:
        import openai

        if not isinstance(error, openai.APIStatusError):
            return None
        return failure_of(error.status_code, words_of(error.body), error.response.headers)
