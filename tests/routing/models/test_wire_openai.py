"""OpenAI's Chat Completions stream, decoded from bytes as documented."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.models.base import Piece, Stopped, StopReason, Text, Thinking, ToolCalled
from routing.models.wire_openai import OpenAIDecoder
from routing.request import Redacted, ToolCall, Usage

DONE = b"data: [DONE]\n\n"


def chunk(**body: object) -> bytes:
    return f"data: {json.dumps({'id': 'chatcmpl-1', **body})}\n\n".encode()


def delta(content: object = None, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}
    return chunk(choices=[choice])


def used(prompt: int = 10, completion: int = 6, **details: object) -> bytes:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return chunk(choices=[], usage={**usage, "prompt_tokens_details": details})


WHOLE = b"".join(
    (
        delta("", role="assistant"),
        delta("Für 5 €"),
        b": keep-alive\n\n",
        delta(" 🎉"),
        delta(None, "stop"),
        used(10, 6, cached_tokens=4),
        DONE,
    )
)
ANSWER = ("Für 5 € 🎉", Stopped(StopReason.END, Usage(6, 6, 4), "chatcmpl-1"))


def decode(*pieces: bytes) -> tuple[str, Stopped | None]:
    taken, ended = read(*pieces)
    return "".join(each.text for each in taken if isinstance(each, Text)), ended


def read(*pieces: bytes) -> tuple[list[Piece], Stopped | None]:
    """Return all pieces, text that follows text joined, and how it ended."""
    decoder = OpenAIDecoder()
    taken: list[Piece] = []
    for each in (each for piece in pieces for each in decoder.feed(piece)):
        match taken, each:
            case [*_, Text(text=before)], Text(text=after):
                taken[-1] = Text(before + after)
            case _:
                taken.append(each)
    return taken, decoder.stopped


def wrote(index: int | None, arguments: object, **more: object) -> bytes:
    """Return the frame of a fragment; `id` and `name` only in the first of a call."""
    name = {"name": more.pop("name")} if "name" in more else {}
    number = {} if index is None else {"index": index}
    fragment = {**number, **more, "function": {**name, "arguments": arguments}}
    return delta(None, tool_calls=[fragment])


def call(id_: str, arguments: str, name: str = "look") -> ToolCalled:
    return ToolCalled(ToolCall(id_, name, Redacted(arguments)))


def test_an_answer_is_its_text_its_reason_and_its_usage() -> None:
    assert decode(WHOLE) == ANSWER


def test_an_answer_does_not_depend_on_where_it_is_cut() -> None:
    for cut in range(len(WHOLE) + 1):
        assert decode(WHOLE[:cut], WHOLE[cut:]) == ANSWER


def test_an_answer_comes_out_of_single_bytes() -> None:
    assert decode(*(bytes([byte]) for byte in WHOLE)) == ANSWER


def test_an_answer_without_its_reason_was_not_complete() -> None:
    assert decode(delta("Half")) == ("Half", None)
    assert decode(delta("Half"), DONE) == ("Half", None)


def test_the_reason_is_enough_although_usage_and_done_are_missing() -> None:
    decoder = OpenAIDecoder()
    decoder.feed(delta("x") + delta(None, "stop"))

    assert decoder.has_stopped
    assert not decoder.is_over
    assert decoder.stopped == Stopped(StopReason.END, Usage(estimated=True), "chatcmpl-1")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", StopReason.END),
        ("length", StopReason.LENGTH),
        ("content_filter", StopReason.REFUSAL),
        ("a_reason_from_the_future", StopReason.END),
    ],
)
def test_every_reason_is_known(reason: str, expected: StopReason) -> None:
    _, ended = decode(delta(None, reason))

    assert ended is not None
    assert ended.reason is expected


def test_a_refusal_in_words_is_a_refusal_and_no_text() -> None:
    words, ended = decode(delta(None, refusal="I cannot"), delta(None, "stop"))

    assert words == ""
    assert ended is not None
    assert ended.reason is StopReason.REFUSAL


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (used(10, 6), Usage(10, 6)),
        (used(10, 6, cached_tokens=4, cache_write_tokens=3), Usage(3, 6, 4, 3)),
        (used(10, 6, cached_tokens=None), Usage(10, 6)),
        (used(3, 6, cached_tokens=4), Usage(0, 6, 4)),
        (chunk(choices=[], usage=None), Usage(estimated=True)),
        (chunk(choices=[], usage=[1]), Usage(estimated=True)),
        (chunk(choices=[], usage={"prompt_tokens": 1}), Usage(estimated=True)),
        (chunk(usage={"prompt_tokens": "1", "completion_tokens": 1}), Usage(estimated=True)),
    ],
)
def test_usage_is_taken_in_disjoint_counts(frame: bytes, expected: Usage) -> None:
    _, ended = decode(delta("x", "stop"), frame, DONE)

    assert ended is not None
    assert ended.usage == expected


def test_usage_in_every_chunk_is_taken_from_the_last() -> None:
    with_usage = chunk(choices=[{"index": 0, "delta": {"content": "a"}}],
                       usage={"prompt_tokens": 1, "completion_tokens": 1})  # fmt: skip
    _, ended = decode(with_usage, delta("b", "stop"), used(5, 2), DONE)

    assert ended is not None
    assert ended.usage == Usage(5, 2)


def test_other_choices_and_what_is_unknown_give_nothing() -> None:
    taken, ended = read(
        chunk(choices=[], prompt_filter_results=[{}]),
        chunk(object="hologram.chunk"),
        chunk(choices=[{"index": 1, "delta": {"content": "other"}}]),
        chunk(choices=[{"index": 0}]),
        delta(None, tool_calls=[]),
        delta("x", "stop"),
        DONE,
    )

    assert taken == [Text("x")]
    assert ended is not None
    assert ended.reason is StopReason.END


def test_reasoning_that_a_server_streams_is_thinking() -> None:
    taken, _ = read(delta(None, reasoning_content="hm"), delta("", reasoning="so"), delta("x"))

    assert taken == [Thinking(), Thinking(), Text("x")]


CALLING = b"".join(
    (
        delta("", role="assistant"),
        delta("One moment 🎉."),
        wrote(0, "", id="call_1", name="look", type="function"),
        wrote(0, '{"order": "[ACC'),
        wrote(1, "", id="call_2", name="find"),
        wrote(0, 'OUNT_1]"}'),
        delta(None, "tool_calls"),
        used(10, 6),
        DONE,
    )
)
CALLED = (
    [
        Text("One moment 🎉."),
        call("call_1", '{"order": "[ACCOUNT_1]"}'),
        call("call_2", "{}", "find"),
    ],
    Stopped(StopReason.TOOL_USE, Usage(10, 6), "chatcmpl-1"),
)


def test_calls_of_tools_come_whole_and_in_order_at_the_end() -> None:
    assert read(CALLING) == CALLED


@given(st.lists(st.integers(0, len(CALLING)), max_size=8))
def test_calls_do_not_depend_on_where_the_stream_is_cut(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(CALLING)]

    assert read(*(CALLING[a:b] for a, b in pairwise(at))) == CALLED


def test_calls_before_the_reason_has_come_whole_never_happened() -> None:
    end = CALLING.index(used(10, 6))

    assert all(read(CALLING[:cut])[0] in ([], CALLED[0][:1]) for cut in range(end))
    assert read(CALLING[:end])[0] == CALLED[0]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_calls_that_were_cut_by_the_vendor_never_happened(reason: str) -> None:
    taken, ended = read(wrote(0, '{"or', id="call_1", name="look"), delta(None, reason))

    assert taken == []
    assert ended is not None
    assert ended.reason is not StopReason.TOOL_USE


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([wrote(None, "{}", id="a", name="look"), wrote(None, "{}", id="b", name="find")],
         [call("a", "{}"), call("b", "{}", "find")]),
        ([wrote(0, '{"a":1}', name="look")], [call("call_0", '{"a":1}')]),
        ([wrote(0, None, id="a", name="look")], [call("a", "{}")]),
    ],
    ids=["not numbered", "without id", "without arguments"],
)  # fmt: skip
@pytest.mark.parametrize("reason", ["tool_calls", "stop"])
def test_calls_of_compatible_servers_are_understood(
    frames: list[bytes], expected: list[Piece], reason: str
) -> None:
    taken, ended = read(*frames, delta(None, reason), delta(None, reason))

    assert taken == expected
    assert ended is not None
    assert ended.reason is StopReason.TOOL_USE


def test_a_call_in_the_frame_of_the_reason_comes_after_its_text() -> None:
    fragment = {"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}

    assert read(delta("Hm.", "tool_calls", tool_calls=[fragment]))[0] == [
        Text("Hm."),
        call("a", "{}"),
    ]


@pytest.mark.parametrize(
    "frames",
    [
        wrote(0, "{", id="a", name="look"),
        wrote(0, "[]", id="a", name="look"),
        wrote(0, "{}", id="a"),
        wrote(0, "{}", id="a", name=None),
        delta(None, tool_calls=["x"]),
        delta(None, tool_calls=3),
        b"",
    ],
    ids=["half", "list", "no name", "null", "text", "number", "none at all"],
)
def test_what_is_no_call_is_a_failure(frames: bytes) -> None:
    with pytest.raises(ModelFailed) as failed:
        read(frames, delta(None, "tool_calls"))

    assert failed.value.kind is K.MALFORMED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "server_error", "code": None}, K.SERVER),
        ({"type": "requests", "code": "rate_limit_exceeded"}, K.RATE_LIMITED),
        ({"type": "insufficient_quota", "code": "insufficient_quota"}, K.QUOTA),
        ({"code": "context_length_exceeded", "type": "invalid_request_error"}, K.TOO_LARGE),
        ("a plain sentence", K.SERVER),
    ],
)
def test_an_error_inside_the_stream_is_a_failure_of_its_kind(error: object, kind: K) -> None:
    with pytest.raises(ModelFailed) as failed:
        decode(delta("x"), chunk(error=error))

    assert failed.value.kind is kind
    assert failed.value.status == 200


@pytest.mark.parametrize(
    "frame",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: \xff\n\n",
        chunk(choices=3),
        chunk(choices=[None]),
        chunk(choices=["x"]),
        delta(["x"]),
    ],
)
def test_what_cannot_be_understood_is_a_failure(frame: bytes) -> None:
    with pytest.raises(ModelFailed) as failed:
        decode(frame)

    assert failed.value.kind is K.MALFORMED
