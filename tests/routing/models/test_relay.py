"""The body of an answer on its way: what is yielded, what is waited for, what no longer matters."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from routing.errors import ModelFailed
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.relay import Body, relay
from routing.models.wire_openai import OpenAIDecoder
from routing.request import Redacted, ToolCall, Usage

TEXT = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
USED = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"
REPORTED = Stopped(StopReason.END, Usage(3, 2))
UNREPORTED = Stopped(StopReason.END, Usage(estimated=True))


class Steps:
    """Chunks of a body; an error is raised, None is silence for ever."""

    def __init__(self, *steps: bytes | Exception | None) -> None:
        self.steps = steps
        self.was_read_to_its_end = False
        self.is_closed = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Body]:
        yield Body(self.chunks(), (ConnectionError,))

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            for step in self.steps:
                match step:
                    case None:
                        await asyncio.get_running_loop().create_future()
                    case bytes():
                        yield step
                    case Exception():
                        raise step
            self.was_read_to_its_end = True
        finally:
            self.is_closed = True


async def pieces_of(body: Steps) -> Sequence[Piece]:
    return [piece async for piece in relay(body.opened(), OpenAIDecoder())]


async def test_text_comes_as_it_is_and_the_marker_with_the_usage_last() -> None:
    body = Steps(TEXT, STOP, USED, DONE)

    assert await pieces_of(body) == [Text("Hi"), REPORTED]
    assert body.was_read_to_its_end


async def test_everything_in_one_chunk_is_the_same() -> None:
    assert await pieces_of(Steps(TEXT + STOP + USED + DONE)) == [Text("Hi"), REPORTED]


async def test_text_of_one_chunk_is_one_piece() -> None:
    assert await pieces_of(Steps(TEXT + TEXT, STOP)) == [Text("HiHi"), UNREPORTED]


async def test_a_call_comes_after_the_text_of_its_chunk_and_before_the_marker() -> None:
    call = (
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_1","function":'
        b'{"name":"look","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\n'
    )

    assert await pieces_of(Steps(TEXT + call + USED, DONE)) == [
        Text("Hi"),
        ToolCalled(ToolCall("call_1", "look", Redacted("{}"))),
        Stopped(StopReason.TOOL_USE, Usage(3, 2)),
    ]


async def test_a_body_that_ends_before_the_marker_yields_none() -> None:
    assert await pieces_of(Steps(TEXT)) == [Text("Hi")]


@pytest.mark.parametrize(
    "rest",
    [(), (ConnectionResetError(),), (b"data: {\n\n",), (b'data: {"error":{}}\n\n', DONE)],
    ids=["end", "reset", "malformed", "error"],
)
async def test_whatever_happens_after_the_marker_the_answer_is_whole(
    rest: tuple[bytes | Exception, ...],
) -> None:
    body = Steps(TEXT, STOP, *rest)

    assert await pieces_of(body) == [Text("Hi"), UNREPORTED]
    assert body.is_closed


async def test_the_usage_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.models.relay.MOST_REST_S", 0.01)
    body = Steps(TEXT, STOP, None)

    assert await pieces_of(body) == [Text("Hi"), UNREPORTED]
    assert body.is_closed


async def test_the_end_of_the_body_is_hardly_waited_for() -> None:
    body = Steps(TEXT, STOP, USED, DONE, None)

    assert await pieces_of(body) == [Text("Hi"), REPORTED]
    assert body.is_closed


async def test_a_connection_that_breaks_before_the_marker_is_told() -> None:
    body = Steps(TEXT, ConnectionResetError())
    with pytest.raises(ConnectionResetError):
        await pieces_of(body)

    assert body.is_closed


async def test_what_cannot_be_understood_closes_the_body() -> None:
    body = Steps(TEXT, b"data: {\n\n", TEXT)
    with pytest.raises(ModelFailed):
        await pieces_of(body)

    assert body.is_closed


async def test_closing_in_the_middle_closes_the_body() -> None:
    body = Steps(TEXT, None)
    pieces = relay(body.opened(), OpenAIDecoder())
    assert await anext(pieces) == Text("Hi")
    await pieces.aclose()

    assert body.is_closed
