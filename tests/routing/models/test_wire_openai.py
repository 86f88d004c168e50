"""OpenAI's Chat Completions stream, decoded from bytes as documented."""

import json

import pytest

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.models.base import Stopped, StopReason
from routing.models.wire_openai import OpenAIDecoder
from routing.request import Usage

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
    decoder = OpenAIDecoder()
    texts = [decoder.feed(piece) for piece in pieces]
    return "".join(each.text for each in texts if each is not None), decoder.stopped


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
        ("tool_calls", StopReason.TOOL_USE),
        ("function_call", StopReason.TOOL_USE),
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


def test_tools_other_choices_and_what_is_unknown_give_no_text() -> None:
    call = [{"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "{"}}]
    words, ended = decode(
        chunk(choices=[], prompt_filter_results=[{}]),
        chunk(object="hologram.chunk"),
        chunk(choices=[{"index": 1, "delta": {"content": "other"}}]),
        chunk(choices=[{"index": 0}]),
        delta(None, tool_calls=call),
        delta(None, "tool_calls"),
        DONE,
    )

    assert words == ""
    assert ended is not None
    assert ended.reason is StopReason.TOOL_USE


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
