"""Anthropic's Messages API on the wire: pieces out of the stream. Pure.

Source: Anthropic API, "Messages" and "Streaming Messages", version 2026-10-21.
"""

from collections.abc import Mapping
from typing import Any

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text
from routing.models.wire_errors import OK, failure_of, object_of, words_of
from routing.request import Usage
from routing.sse import ServerEvent, SseSplitter

REASONS: Mapping[str, StopReason] = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "pause_turn": StopReason.TOOL_USE,
    "tool_use": StopReason.TOOL_USE,
    "refusal": StopReason.REFUSAL,
}
NO_TEXT = frozenset({b"ping", b"content_block_stop"})
"""Frames that are dropped by their name, unread."""


class AnthropicDecoder:
    """Turns the bytes of one answer into text and, in the end, `stopped`.

    Law: the joined text and `stopped` do not depend on the cuts, for any stream without an error.
    The text of one `feed` comes as one piece. Thinking, tools, pings and what is unknown give none.
    """

    def __init__(self) -> None:
        self._splitter = SseSplitter()
        self._vendor_id = ""
        self._reason: StopReason | None = None
        self._counts: dict[str, int] = {}
        self._has_final_usage = False
        self.is_over = False
        """Nothing that matters can follow."""

    @property
    def stopped(self) -> Stopped | None:
        """The terminal marker with all that is known of the usage; None before it came."""
        if self._reason is None:
            return None
        return Stopped(self._reason, self._usage(), self._vendor_id)

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
            text = "".join([self._take(event) for event in self._splitter.feed(piece)])
        except (KeyError, TypeError, AttributeError):
            raise ModelFailed(FailureKind.MALFORMED) from None
        return Text(text) if text else None

    def _take(self, event: ServerEvent) -> str:
        if event.event in NO_TEXT:
            return ""
        body: dict[str, Any] = object_of(event.data)
        match body.get("type"):
            case "content_block_delta":
                delta = body["delta"]
                return str(delta["text"]) if delta["type"] == "text_delta" else ""
            case "content_block_start":
                block = body["content_block"]
                return str(block["text"]) if block["type"] == "text" else ""
            case "message_start":
                self._vendor_id = str(body["message"].get("id", ""))
                self._count(body["message"].get("usage"))
            case "message_delta":
                self._has_final_usage = self._count(body.get("usage")) or self._has_final_usage
                self._stop(body["delta"].get("stop_reason"))
            case "message_stop":
                self.is_over = True
            case "error":
                raise failure_of(OK, words_of(body["error"]), {})
        return ""

    def _stop(self, reason: str | None) -> None:
        if reason is not None:
            self._reason = REASONS.get(reason, StopReason.END)

    def _count(self, usage: object) -> bool:
        """Take over what is said; True when the output is in it."""
        if not isinstance(usage, Mapping):
            return False
        flat = {**usage, **(usage.get("cache_creation") or {})}
        self._counts.update((key, each) for key, each in flat.items() if isinstance(each, int))
        return isinstance(usage.get("output_tokens"), int)

    def _usage(self) -> Usage:
        counts = self._counts
        if not self._has_final_usage or "input_tokens" not in counts:
            return Usage(estimated=True)
        written = counts.get("cache_creation_input_tokens", 0)
        written_1h = min(counts.get("ephemeral_1h_input_tokens", 0), written)
        return Usage(
            input_tokens=counts["input_tokens"],
            output_tokens=counts["output_tokens"],
            cache_read_tokens=counts.get("cache_read_input_tokens", 0),
            cache_write_tokens=written - written_1h,
            cache_write_1h_tokens=written_1h,
        )
