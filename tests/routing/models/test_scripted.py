"""The shipped double plays what it is given and remembers what it was asked."""

import asyncio

import pytest

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text, Thinking, ToolCalled
from routing.models.scripted import Hold, Pause, ScriptedModel
from routing.request import Redacted, ToolCall, Usage
from tests.routing.samples import HAIKU, request

DONE = Stopped(StopReason.END, Usage(1, 1))


async def test_scripts_are_played_in_order_and_the_last_one_again() -> None:
    model = ScriptedModel(HAIKU, [(Text("a"), DONE), (Text("b"), DONE)])
    played = [[piece async for piece in model.stream(request(), n)] for n in range(3)]

    assert played == [[Text("a"), DONE], [Text("b"), DONE], [Text("b"), DONE]]
    assert model.requests == [request()] * 3
    assert model.max_output_tokens == [0, 1, 2]
    assert model.name == HAIKU


async def test_a_script_may_fail_pause_and_hold() -> None:
    gate = asyncio.Event()
    script = (Pause(0), Hold(gate), Text("a"), ModelFailed(FailureKind.CUT))
    stream = ScriptedModel(HAIKU, [script]).stream(request(), 1)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    assert not first.done()
    gate.set()

    assert await first == Text("a")
    with pytest.raises(ModelFailed):
        await anext(stream)


async def test_open_streams_are_counted() -> None:
    model = ScriptedModel(HAIKU, [(Text("a"), Pause())])
    stream = model.stream(request(), 1)
    await anext(stream)
    assert model.open_streams == 1
    await stream.aclose()

    assert model.open_streams == 0


async def test_calls_of_tools_and_thinking_are_played_as_they_are() -> None:
    script = (Thinking(), ToolCalled(ToolCall("call_1", "look", Redacted("{}"))), DONE)
    stream = ScriptedModel(HAIKU, [script]).stream(request(), 1)

    assert tuple([piece async for piece in stream]) == script
