"""Anthropic's Messages API on the wire: pieces out of the stream. Pure.

Source: Anthropic API, "Messages" and "Streaming Messages", version 2026-10-21; "Advisor tool", beta
`advisor-tool-2026-03-01`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Piece, Stopped, StopReason, ToolCalled
from routing.models.pieces import THINKS, Taken, WrittenCall, pieces_of
from routing.models.usage_anthropic import UsageReport
from routing.models.wire_errors import OK, failure_of, object_of, words_of
from routing.sse import ServerEvent, SseSplitter

REASONS: Mapping[str, StopReason] = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "pause_turn": StopReason.LENGTH,
    "tool_use": StopReason.TOOL_USE,
    "refusal": StopReason.REFUSAL,
}
"""`pause_turn` wants its blocks back, the advisor's among them, and those are never kept."""
NO_TEXT = frozenset({b"ping", b"content_block_stop"})
"""Frames that are dropped by their name, unread, while no tool is at work."""


class AnthropicDecoder:
    """Turns the bytes of one answer into pieces and, in the end, `stopped`.

    Law: the pieces, text joined, and `stopped` do not depend on the cuts, for any stream without an
    error. A call of a tool comes once it is whole, after the text before it; one that the limit of
    output cut never happened. What the vendor's own tools do is `Thinking`, and a ping while they
    do it too; other pings and what is unknown give nothing.
    """

    def __init__(self) -> None:
        self._splitter = SseSplitter()
        self._vendor_id = ""
        self._reason: StopReason | None = None
        self._report = UsageReport()
        self._call: WrittenCall | None = None
        self._has_called = False
        self._has_half_a_call = False
        self._is_thinking = False
        """A tool of the vendor's is at work."""
        self.is_over = False
        """Nothing that matters can follow."""

    @property
    def stopped(self) -> Stopped | None:
        """The terminal marker with all that is known of the usage; None before it came."""
        if self._reason is None:
            return None
        usage, others = self._report.counted()
        return Stopped(self._reason, usage, self._vendor_id, others)

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
            return pieces_of([self._take(event) for event in self._splitter.feed(piece)])
        except (KeyError, TypeError, AttributeError):
            raise ModelFailed(FailureKind.MALFORMED) from None

    def _take(self, event: ServerEvent) -> Taken:
        if event.event in NO_TEXT and self._call is None and not self._is_thinking:
            return ""
        body: dict[str, Any] = object_of(event.data)
        match body.get("type"):
            case "content_block_delta":
                delta = body["delta"]
                return str(delta["text"]) if delta["type"] == "text_delta" else self._delta(delta)
            case "content_block_start":
                return self._begin(body["content_block"])
            case "content_block_stop":
                return self._end()
            case "ping":
                return THINKS if self._is_thinking else ""
            case "message_start":
                self._vendor_id = str(body["message"].get("id", ""))
                return self._report.begin(body["message"].get("usage"))
            case "message_delta":
                self._report.end(body.get("usage"))
                self._stop(body["delta"].get("stop_reason"))
            case "message_stop":
                self.is_over = True
            case "error":
                raise failure_of(OK, words_of(body["error"]), {})
        return ""

    def _begin(self, block: Mapping[str, Any]) -> Taken:
        kind = block["type"]
        self._is_thinking = kind == "server_tool_use"
        match kind:
            case "text":
                return str(block["text"])
            case "tool_use":
                self._call = WrittenCall(block["id"], block["name"])
            case "thinking" | "redacted_thinking" | "server_tool_use":
                return THINKS
        return ""

    def _delta(self, delta: Mapping[str, Any]) -> Taken:
        if delta["type"] == "thinking_delta":
            return THINKS
        if delta["type"] == "input_json_delta" and self._call is not None:
            self._call.parts.append(delta["partial_json"])
        return ""

    def _end(self) -> Taken:
        written, self._call = self._call, None
        if written is None:
            return ""
        call = written.whole()
        if call is None:
            self._has_half_a_call = True
            return ""
        self._has_called = True
        return (ToolCalled(call),)

    def _stop(self, reason: str | None) -> None:
        if reason is None:
            return
        ended = REASONS.get(reason, StopReason.END)
        is_for_nothing = ended is StopReason.TOOL_USE and not self._has_called
        is_broken = self._has_half_a_call and ended is not StopReason.LENGTH
        if is_for_nothing or is_broken:
            raise ModelFailed(FailureKind.MALFORMED)
        self._reason = ended
