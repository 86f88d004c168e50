"""The shipped double of a model: it plays scripts and remembers what it was asked."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from routing.errors import ModelFailed
from routing.models.base import Cited, Counted, Piece, Stopped, Text, Thinking, ToolCalled
from routing.request import ModelName, Request


@dataclass(frozen=True, slots=True)
class Pause:
    """The model is silent: for so many seconds, or until the stream is closed."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """The model is silent until the event is set."""

    until: asyncio.Event


Step = Piece | ModelFailed | Pause | Hold
Script = Sequence[Step]


class ScriptedModel:
    """Plays one script per call, in order; the last one is played again when all are used.

    A script without `Stopped` ends as a cut stream does.
    """

    def __init__(self, name: ModelName, scripts: Sequence[Script]) -> None:
        self._name = name
        self._scripts = tuple(tuple(script) for script in scripts)
        self.requests: list[Request] = []
        """Every request, in order."""
        self.max_output_tokens: list[int] = []
        """The limit that came with each request."""
        self.open_streams = 0
        """Streams that were begun and not yet ended or closed."""
        self.is_closed = False

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        return self._name

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        """Play the next script; see `Model.stream`."""
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        self.max_output_tokens.append(max_output_tokens)
        self.open_streams += 1
        try:
            for step in script:
                match step:
                    case Text() | Cited() | ToolCalled() | Thinking() | Counted() | Stopped():
                        yield step
                    case ModelFailed():
                        raise step
                    case Pause(seconds=None):
                        await asyncio.get_running_loop().create_future()
                    case Pause(seconds=float() | int() as seconds):
                        await asyncio.sleep(seconds)
                    case Hold(until=event):
                        await event.wait()
        finally:
            self.open_streams -= 1

    async def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True
