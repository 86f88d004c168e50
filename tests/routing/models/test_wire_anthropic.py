"""Anthropic's stream, decoded from bytes as documented."""

import json
from typing import Any

import pytest

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.models.base import Stopped, StopReason
from routing.models.wire_anthropic import AnthropicDecoder
from routing.request import Usage


def event(name: str, **body: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n".encode()


def started(**usage: object) -> bytes:
    return event("message_start", message={"id": "msg_1", "content": [], "usage": usage})


def text(words: str) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": words})


def stopped(reason: str = "end_turn", **usage: object) -> bytes:
    return event("message_delta", delta={"stop_reason": reason}, usage=usage)


WHOLE = b"".join(
    (
        started(input_tokens=12, cache_read_input_tokens=4000, output_tokens=1),
        event("ping"),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        text("Für 5 €"),
        event("ping"),
        text(" 🎉"),
        event("content_block_stop", index=0),
        stopped(output_tokens=9),
        event("message_stop"),
    )
)
ANSWER = ("Für 5 € 🎉", Stopped(StopReason.END, Usage(12, 9, 4000), "msg_1"))


def decode(*pieces: bytes) -> tuple[str, Stopped | None]:
    decoder = AnthropicDecoder()
    texts = [decoder.feed(piece) for piece in pieces]
    return "".join(each.text for each in texts if each is not None), decoder.stopped


def test_an_answer_is_its_text_its_reason_and_its_usage() -> None:
    assert decode(WHOLE) == ANSWER


def test_an_answer_does_not_depend_on_where_it_is_cut() -> None:
    for cut in range(len(WHOLE) + 1):
        assert decode(WHOLE[:cut], WHOLE[cut:]) == ANSWER


def test_an_answer_comes_out_of_single_bytes() -> None:
    assert decode(*(bytes([byte]) for byte in WHOLE)) == ANSWER


def test_an_answer_is_complete_only_when_the_reason_has_come_whole() -> None:
    begin = WHOLE.index(b"event: message_delta")
    end = begin + len(stopped(output_tokens=9))

    assert all(decode(WHOLE[:cut])[1] is None for cut in range(end))
    assert decode(WHOLE[:end])[1] == ANSWER[1]


def test_the_reason_is_enough_although_the_last_event_is_missing() -> None:
    decoder = AnthropicDecoder()
    decoder.feed(WHOLE.removesuffix(event("message_stop")))

    assert decoder.has_stopped
    assert not decoder.is_over
    assert decoder.stopped == ANSWER[1]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", StopReason.END),
        ("stop_sequence", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("tool_use", StopReason.TOOL_USE),
        ("pause_turn", StopReason.TOOL_USE),
        ("refusal", StopReason.REFUSAL),
        ("a_reason_from_the_future", StopReason.END),
    ],
)
def test_every_reason_is_known(reason: str, expected: StopReason) -> None:
    _, ended = decode(started(input_tokens=1, output_tokens=1), stopped(reason, output_tokens=1))

    assert ended is not None
    assert ended.reason is expected


USAGES: list[tuple[str, dict[str, Any], dict[str, Any], Usage]] = [
    ("plain", {"input_tokens": 7, "output_tokens": 1}, {"output_tokens": 3}, Usage(7, 3)),
    ("cumulative", {"input_tokens": 7, "output_tokens": 1},
     {"input_tokens": 8, "output_tokens": 3}, Usage(8, 3)),
    ("cache written", {"input_tokens": 7, "cache_creation_input_tokens": 50}, {"output_tokens": 3},
     Usage(7, 3, 0, 50, 0)),
    ("cache written for an hour",
     {"input_tokens": 7, "cache_creation_input_tokens": 50,
      "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}},
     {"output_tokens": 3}, Usage(7, 3, 0, 20, 30)),
    ("nulls", {"input_tokens": 7, "cache_creation": None, "cache_read_input_tokens": None},
     {"output_tokens": 3, "input_tokens": None}, Usage(7, 3)),
    ("no output", {"input_tokens": 7, "output_tokens": 1}, {}, Usage(estimated=True)),
    ("no input", {}, {"output_tokens": 3}, Usage(estimated=True)),
    ("no number", {"input_tokens": "7"}, {"output_tokens": 3}, Usage(estimated=True)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"), USAGES, ids=[name for name, *_ in USAGES]
)
def test_usage_is_taken_in_disjoint_counts(
    name: str, first: dict[str, Any], last: dict[str, Any], expected: Usage
) -> None:
    _, ended = decode(started(**first), text("x"), stopped(**last))

    assert ended is not None
    assert ended.usage == expected


def test_usage_may_be_missing_altogether() -> None:
    _, ended = decode(
        event("message_start", message={"id": "msg_1"}),
        event("message_delta", delta={"stop_reason": "end_turn"}),
    )

    assert ended == Stopped(StopReason.END, Usage(estimated=True), "msg_1")


def test_thinking_tools_and_what_is_unknown_give_no_text() -> None:
    words, ended = decode(
        started(input_tokens=1, output_tokens=1),
        event("content_block_start", index=0, content_block={"type": "thinking", "thinking": "hm"}),
        event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "so"}),
        event("content_block_delta", index=0, delta={"type": "signature_delta", "signature": "x"}),
        event("content_block_start", index=1, content_block={"type": "hologram"}),
        event("content_block_delta", index=1, delta={"type": "hologram_delta", "x": 1}),
        event("hologram_start", hologram={}),
        event("content_block_start", index=2, content_block={"type": "tool_use", "input": {}}),
        event(
            "content_block_delta", index=2, delta={"type": "input_json_delta", "partial_json": ""}
        ),
        event("content_block_start", index=3, content_block={"type": "text", "text": "At "}),
        text("last."),
        stopped("tool_use", output_tokens=2),
    )

    assert words == "At last."
    assert ended is not None
    assert ended.reason is StopReason.TOOL_USE


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("overloaded_error", K.OVERLOADED),
        ("api_error", K.SERVER),
        ("rate_limit_error", K.RATE_LIMITED),
        ("timeout_error", K.SERVER),
        ("an_error_from_the_future", K.SERVER),
    ],
)
def test_an_error_inside_the_stream_is_a_failure_of_its_kind(type_: str, kind: K) -> None:
    with pytest.raises(ModelFailed) as failed:
        decode(started(), text("x"), event("error", error={"type": type_, "message": "secret"}))

    assert failed.value.kind is kind
    assert failed.value.status == 200
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "frame",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: null\n\n",
        b"data: \xff\xfe\n\n",
        event("content_block_delta", delta=None),
        event("content_block_delta", delta={"type": "text_delta"}),
        event("content_block_delta", delta=[]),
        event("message_start", message=None),
        event("message_delta"),
        event("content_block_start"),
        event("error"),
    ],
)
def test_what_cannot_be_understood_is_a_failure(frame: bytes) -> None:
    with pytest.raises(ModelFailed) as failed:
        decode(frame)

    assert failed.value.kind is K.MALFORMED
