"""Anthropic's models: the SDK for keys and requests, raw bytes and our decoder for the stream."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from routing.errors import ModelFailed
from routing.models.advisor_pairs import BETA, NativeAdvisor
from routing.models.body_anthropic import body_of
from routing.models.sdk import CONNECT_S, SILENCE_S, Answer, Sdk, SdkModel, sdk_of
from routing.models.wire_anthropic import AnthropicDecoder
from routing.models.wire_errors import failure_of, words_of
from routing.request import ModelName, Request

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic


class AnthropicModel(SdkModel["AsyncAnthropic"]):
    """One model of Anthropic, or of anything that speaks its Messages API.

    For a request with `counsel` the vendor's beta is asked, and the model may consult the advisor
    in the middle of its answer: `Thinking` says when. Nothing of the advisor's is kept, so nothing
    is ever sent back.
    """

    def __init__(
        self,
        name: ModelName,
        vendor_id: str,
        api_key: str,
        base_url: str | None = None,
    ) -> None:
        super().__init__(name)
        self._vendor_id = vendor_id
        self._api_key = api_key
        self._base_url = base_url

    def _load(self) -> "Sdk[AsyncAnthropic]":
        import anthropic

        client = anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=anthropic.Timeout(SILENCE_S, connect=CONNECT_S),
            http_client=anthropic.DefaultAioHttpClient(),
            open_telemetry=False,
        )
        return sdk_of(client, anthropic.AnthropicError, anthropic.APITimeoutError)

    def _asked(
        self, client: "AsyncAnthropic", request: Request, max_output_tokens: int
    ) -> AbstractAsyncContextManager[Answer]:
        body = body_of(request, self._vendor_id, max_output_tokens)
        if not request.counsel:
            return client.messages.with_streaming_response.create(stream=True, **body)
        body["tools"] = [*body.get("tools", ()), NativeAdvisor(request.counsel).tool()]
        beta = client.beta.messages.with_streaming_response
        return beta.create(stream=True, betas=[BETA], **body)

    def _decoder(self) -> AnthropicDecoder:
        return AnthropicDecoder()

    def _failure(self, error: Exception) -> ModelFailed | None:
        import anthropic

        if not isinstance(error, anthropic.APIStatusError):
            return None
        body = error.body if isinstance(error.body, dict) else {}
        return failure_of(error.status_code, words_of(body.get("error")), error.response.headers)
