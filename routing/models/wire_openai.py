"""OpenAI's Chat Completions on the wire: pieces out of the stream. Pure.

Source: OpenAI API, "Chat Completions" and its streaming events.
"""

from collections.abc import Mapping
from typing import Any

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text
from routing.models.wire_errors import OK, failure_of, object_of, words_of
from routing.request import Usage
from routing.sse import SseSplitter

DONE = b"[DONE]"
REASONS: Mapping[str, StopReason] = {
    "stop": StopReason.END,
    "length": StopReason.LENGTH,
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
    "content_filter": StopReason.REFUSAL,
}


class OpenAIDecoder:
    """Turns the bytes of one answer into text and, in the end, `stopped`.

    Law: the joined text and `stopped` do not depend on the cuts, for any stream without an error.
    The text of one `feed` comes as one piece. Only the first choice counts; tool calls give none.
    """

    def __init__(self) -> None:
        self._splitter = SseSplitter()
        self._vendor_id = ""
        self._reason: StopReason | None = None
        self._has_refused = False
        self._usage = Usage(estimated=True)
        self.is_over = False
        """Nothing that matters can follow."""

    @property
    def stopped(self) -> Stopped | None:
        """The terminal marker with all that is known of the usage; None before it came."""
        if self._reason is None:
            return None
        reason = StopReason.REFUSAL if self._has_refused else self._reason
        return Stopped(reason, self._usage, self._vendor_id)

    @property
    def has_stopped(self) -> bool:
        """Tell whether the terminal marker has come."""
        return self._reason is not None

    def feed(self, piece: bytes) -> Text | None:
        """Return the text that this piece of the body brings.

        Raises:
            ModelFailed: the stream holds an error, or what cannot be understood. Text that came
                in the same piece is lost: nobody has seen it.
        """
        try:
            text = "".join([self._take(event.data) for event in self._splitter.feed(piece)])
        except (KeyError, TypeError, AttributeError):
            raise ModelFailed(FailureKind.MALFORMED) from None
        return Text(text) if text else None

    def _take(self, data: bytes) -> str:
        if data.strip() == DONE:
            self.is_over = True
            return ""
        body: dict[str, Any] = object_of(data)
        if body.get("error"):
            raise failure_of(OK, words_of(body["error"]), {})
        if isinstance(body.get("usage"), Mapping):
            self._usage = usage_of(body["usage"])
        if not self._vendor_id:
            self._vendor_id = str(body.get("id") or "")
        choices = body.get("choices")
        return self._choice(choices[0]) if choices else ""

    def _choice(self, choice: Mapping[str, Any]) -> str:
        delta = choice.get("delta") or {}
        if choice.get("index"):
            return ""
        if delta.get("refusal"):
            self._has_refused = True
        reason = choice.get("finish_reason")
        if reason is not None:
            self._reason = REASONS.get(reason, StopReason.END)
        return delta.get("content") or ""


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Return the usage in disjoint counts; the vendor's prompt count includes what was cached.

    What is not a count is as good as missing: an answer is not thrown away for its bill.
    """
    details = usage.get("prompt_tokens_details") or {}
    read, written = details.get("cached_tokens") or 0, details.get("cache_write_tokens") or 0
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"), read, written)
    if not all(isinstance(count, int) for count in counts):
        return Usage(estimated=True)
    return Usage(
        input_tokens=max(usage["prompt_tokens"] - read - written, 0),
        output_tokens=usage["completion_tokens"],
        cache_read_tokens=read,
        cache_write_tokens=written,
    )
