"""OpenAI's Chat Completions on the wire: pieces out of the stream. Pure.

Source: OpenAI API, "Chat Completions" and its streaming events.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.pieces import THINKS, Taken, WrittenCall, pieces_of
from routing.models.wire_errors import OK, failure_of, object_of, words_of
from routing.request import ToolCall, Usage
from routing.sse import SseSplitter

DONE = b"[DONE]"
REASONS: Mapping[str, StopReason] = {
    "stop": StopReason.END,
    "length": StopReason.LENGTH,
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
    "content_filter": StopReason.REFUSAL,
}
CALLS = frozenset({StopReason.END, StopReason.TOOL_USE})
"""Reasons with which calls are whole; some compatible servers end them with `stop`."""


class OpenAIDecoder:
    """Turns the bytes of one answer into pieces and, in the end, `stopped`.

    Law: the pieces, text joined, and `stopped` do not depend on the cuts, for any stream without an
    error. Calls of tools come at the terminal marker, in their order; those that the limit of
    output cut never happened. What a compatible server streams of its reasoning is `Thinking`. Only
    the first choice counts.
    """

    def __init__(self) -> None:
        self._splitter = SseSplitter()
        self._vendor_id = ""
        self._reason: StopReason | None = None
        self._has_refused = False
        self._usage = Usage(estimated=True)
        self._calls: dict[object, WrittenCall] = {}
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

    def feed(self, piece: bytes) -> Sequence[Piece]:
        """Return what this piece of the body brings.

        Raises:
            ModelFailed: the stream holds an error, or what cannot be understood. What came in the
                same piece is lost: nobody has seen it.
        """
        try:
            return pieces_of([self._take(event.data) for event in self._splitter.feed(piece)])
        except (KeyError, TypeError, AttributeError):
            raise ModelFailed(FailureKind.MALFORMED) from None

    def _take(self, data: bytes) -> Taken:
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

    def _choice(self, choice: Mapping[str, Any]) -> Taken:
        delta = choice.get("delta") or {}
        if choice.get("index"):
            return ""
        text = delta.get("content") or ""
        if not isinstance(text, str):
            raise ModelFailed(FailureKind.MALFORMED)
        reason = choice.get("finish_reason")
        if text and reason is None and "tool_calls" not in delta:
            return text
        return self._rest(delta, text, reason)

    def _rest(self, delta: Mapping[str, Any], text: str, reason: str | None) -> Taken:
        """Take whatever a frame may hold besides text."""
        if delta.get("refusal"):
            self._has_refused = True
        for written in delta.get("tool_calls") or ():
            self._write(written)
        if reason is not None and self._reason is None:
            calls = self._stop(reason)
            return (Text(text), *calls) if text and calls else calls or text
        is_reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        return THINKS if is_reasoning and not text else text

    def _write(self, written: Mapping[str, Any]) -> None:
        """Take a fragment of a call; servers that do not number calls send each of them whole."""
        function = written.get("function") or {}
        number = written.get("index")
        key = number if isinstance(number, int) else (len(self._calls), written.get("id"))
        call = self._calls.get(key)
        if call is None:
            id_ = written.get("id") or f"call_{len(self._calls)}"
            call = self._calls[key] = WrittenCall(id_, function.get("name"))
        call.parts.append(function.get("arguments") or "")

    def _stop(self, reason: str) -> tuple[Piece, ...]:
        ended = REASONS.get(reason, StopReason.END)
        calls = self._whole_calls() if ended in CALLS else ()
        if ended is StopReason.TOOL_USE and not calls:
            raise ModelFailed(FailureKind.MALFORMED)
        self._reason = StopReason.TOOL_USE if calls else ended
        return tuple(ToolCalled(call) for call in calls)

    def _whole_calls(self) -> Sequence[ToolCall]:
        calls = [written.whole() for written in self._calls.values()]
        whole = [call for call in calls if call is not None]
        if len(whole) < len(calls):
            raise ModelFailed(FailureKind.MALFORMED)
        self._calls.clear()
        return whole


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
