"""Anthropic's stream, decoded from bytes as documented."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.models.base import Counted, Piece, Stopped, StopReason, Text, Thinking, ToolCalled
from routing.models.wire_anthropic import AnthropicDecoder
from routing.request import Redacted, ToolCall, Usage


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
    taken, ended = read(*pieces)
    return "".join(each.text for each in taken if isinstance(each, Text)), ended


def read(*pieces: bytes) -> tuple[list[Piece], Stopped | None]:
    """Return all pieces but the prompt's count, text that follows text joined, and how it ended."""
    decoder = AnthropicDecoder()
    taken: list[Piece] = []
    for each in (each for piece in pieces for each in decoder.feed(piece)):
        match taken, each:
            case [*_, Text(text=before)], Text(text=after):
                taken[-1] = Text(before + after)
            case _:
                taken.append(each)
    return [each for each in taken if not isinstance(each, Counted)], decoder.stopped


def begun(index: int, **block: object) -> bytes:
    return event("content_block_start", index=index, content_block=block)


def wrote(index: int, part: str) -> bytes:
    delta = {"type": "input_json_delta", "partial_json": part}
    return event("content_block_delta", index=index, delta=delta)


def ended(index: int) -> bytes:
    return event("content_block_stop", index=index)


def called(index: int, id_: str, *parts: str) -> bytes:
    written = (wrote(index, part) for part in parts)
    return b"".join(
        (begun(index, type="tool_use", id=id_, name="look", input={}), *written, ended(index))
    )


def call(id_: str, arguments: str) -> ToolCalled:
    return ToolCalled(ToolCall(id_, "look", Redacted(arguments)))


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
        ("pause_turn", StopReason.LENGTH),
        ("refusal", StopReason.REFUSAL),
        ("a_reason_from_the_future", StopReason.END),
    ],
)
def test_every_reason_is_known(reason: str, expected: StopReason) -> None:
    _, ended_ = decode(started(input_tokens=1, output_tokens=1), stopped(reason, output_tokens=1))

    assert ended_ is not None
    assert ended_.reason is expected


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
    _, ended_ = decode(started(**first), text("x"), stopped(**last))

    assert ended_ is not None
    assert ended_.usage == expected


def test_usage_may_be_missing_altogether() -> None:
    _, ended_ = decode(
        event("message_start", message={"id": "msg_1"}),
        event("message_delta", delta={"stop_reason": "end_turn"}),
    )

    assert ended_ == Stopped(StopReason.END, Usage(estimated=True), "msg_1")


def test_thinking_is_told_and_what_is_unknown_gives_nothing() -> None:
    taken, ended_ = read(
        started(input_tokens=1, output_tokens=1),
        begun(0, type="thinking", thinking="hm"),
        event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "so"}),
        event("content_block_delta", index=0, delta={"type": "signature_delta", "signature": "x"}),
        ended(0),
        begun(1, type="hologram"),
        event("content_block_delta", index=1, delta={"type": "hologram_delta", "x": 1}),
        wrote(1, "{"),
        ended(1),
        event("hologram_start", hologram={}),
        event("ping"),
        begun(2, type="text", text="At "),
        text("last."),
        ended(2),
        stopped(output_tokens=2),
    )

    assert taken == [Thinking(), Thinking(), Text("At last.")]
    assert ended_ is not None
    assert ended_.reason is StopReason.END


CALLING = b"".join(
    (
        started(input_tokens=5, output_tokens=1),
        begun(0, type="text", text=""),
        text("One moment"),
        text(" 🎉."),
        ended(0),
        called(1, "toolu_1", "", '{"order": "[ACC', 'OUNT_1]", "n": {"a": [1]}}'),
        event("ping"),
        called(2, "toolu_2"),
        stopped("tool_use", output_tokens=30),
        event("message_stop"),
    )
)
CALLED = (
    [
        Text("One moment 🎉."),
        call("toolu_1", '{"order": "[ACCOUNT_1]", "n": {"a": [1]}}'),
        call("toolu_2", "{}"),
    ],
    Stopped(StopReason.TOOL_USE, Usage(5, 30), "msg_1"),
)


def test_calls_of_tools_come_whole_and_after_the_text_before_them() -> None:
    assert read(CALLING) == CALLED


@given(st.lists(st.integers(0, len(CALLING)), max_size=8))
def test_calls_do_not_depend_on_where_the_stream_is_cut(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(CALLING)]

    assert read(*(CALLING[a:b] for a, b in pairwise(at))) == CALLED


def test_a_call_that_is_cut_never_happened() -> None:
    begin = CALLING.index(begun(1, type="tool_use", id="toolu_1", name="look", input={}))
    whole = CALLING.index(event("ping"))

    for cut in range(begin, whole):
        assert not any(isinstance(each, ToolCalled) for each in read(CALLING[:cut])[0])
    assert read(CALLING[:whole])[0] == CALLED[0][:2]


def test_a_call_that_the_limit_of_output_cut_never_happened() -> None:
    half = (started(input_tokens=5, output_tokens=1), called(0, "toolu_1", '{"order": "[AC'))

    assert read(*half, stopped("max_tokens", output_tokens=9)) == (
        [],
        Stopped(StopReason.LENGTH, Usage(5, 9), "msg_1"),
    )


@pytest.mark.parametrize(
    "frames",
    [
        called(0, "toolu_1", "{"),
        called(0, "toolu_1", "[]"),
        called(0, "toolu_1", '"x"'),
        called(0, ""),
        begun(0, type="tool_use", id="toolu_1") + ended(0),
        begun(0, type="tool_use", id="toolu_1", name=None) + ended(0),
        b"",
    ],
    ids=["half", "list", "text", "no id", "no name", "null", "none at all"],
)
def test_what_is_no_call_is_a_failure(frames: bytes) -> None:
    with pytest.raises(ModelFailed) as failed:
        read(frames, stopped("tool_use", output_tokens=9))

    assert failed.value.kind is K.MALFORMED


ADVICE = {"type": "advisor_result", "text": "Tell them no.", "stop_reason": "end_turn"}
ITERATIONS = [
    {"type": "message", "input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 100},
    {"type": "advisor_message", "model": "claude-opus-4-7", "input_tokens": 120,
     "output_tokens": 1500, "cache_creation_input_tokens": 7},
    {"type": "message", "input_tokens": 300, "output_tokens": 20},
]  # fmt: skip


def advised(advice: object = ADVICE, iterations: object = ITERATIONS) -> bytes:
    return b"".join(
        (
            started(input_tokens=10, output_tokens=1),
            begun(0, type="text", text="Let me see. "),
            ended(0),
            begun(1, type="server_tool_use", id="srvtoolu_1", name="advisor", input={}),
            wrote(1, "{}"),
            ended(1),
            event("ping"),
            event("ping"),
            begun(2, type="advisor_tool_result", tool_use_id="srvtoolu_1", content=advice),
            ended(2),
            event("ping"),
            begun(3, type="text", text="You can."),
            ended(3),
            stopped(output_tokens=24, input_tokens=310, iterations=iterations),
            event("message_stop"),
        )
    )


@pytest.mark.parametrize(
    "advice",
    [
        ADVICE,
        {"type": "advisor_redacted_result", "encrypted_content": "x"},
        {"type": "advisor_tool_result_error", "error_code": "overloaded"},
    ],
    ids=["told", "redacted", "failed"],
)
def test_an_advisor_gives_no_text_and_its_silence_is_thinking(advice: object) -> None:
    taken, ended_ = read(advised(advice))

    assert taken == [
        Text("Let me see. "), Thinking(), Thinking(), Thinking(), Text("You can.")
    ]  # fmt: skip
    assert ended_ == Stopped(
        StopReason.END,
        Usage(310, 24, 100),
        "msg_1",
        (("claude-opus-4-7", Usage(120, 1500, 0, 7)),),
    )


def test_an_advised_answer_does_not_depend_on_where_it_is_cut() -> None:
    whole = advised()
    expected = read(whole)

    assert read(*(bytes([byte]) for byte in whole)) == expected
    for cut in range(0, len(whole), 7):
        assert read(whole[:cut], whole[cut:]) == expected


@pytest.mark.parametrize(
    ("iterations", "usage", "others"),
    [
        (None, Usage(310, 24), ()),
        ([], Usage(310, 24), ()),
        (ITERATIONS[:1], Usage(10, 4, 100), ()),
        (ITERATIONS[1:2], Usage(310, 24), (("claude-opus-4-7", Usage(120, 1500, 0, 7)),)),
        ([*ITERATIONS, {"type": "advisor_message"}], Usage(estimated=True), ()),
        ([{"type": "message"}], Usage(estimated=True), ()),
        ([{**ITERATIONS[1], "model": None}], Usage(estimated=True), ()),
    ],
)
def test_every_iteration_is_counted_for_its_own_model(
    iterations: object, usage: Usage, others: tuple[tuple[str, Usage], ...]
) -> None:
    _, ended_ = read(advised(iterations=iterations))

    assert ended_ is not None
    assert (ended_.usage, ended_.others) == (usage, others)


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
