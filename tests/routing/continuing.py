"""A model that goes on from what was said, in every way that models do."""

import re
from collections.abc import AsyncGenerator
from enum import Enum

from routing.models.base import Piece, Stopped, StopReason, Text
from routing.models.scripted import ScriptedModel
from routing.request import ModelName, Request, Usage

WORD_START = re.compile(r"(?<!\S)\S")


class Manner(Enum):
    """How it goes on."""

    EXACTLY = "exactly"
    ANEW = "anew"
    WITH_THREE_WORDS_AGAIN = "with three words again"


class Continuing(ScriptedModel):
    """Knows one answer, and goes on with it from wherever the customer has seen it."""

    def __init__(self, name: ModelName, answer: str, manner: Manner = Manner.EXACTLY) -> None:
        super().__init__(name, [])
        self._answer = answer
        self._manner = manner

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        self.requests.append(request)
        self.max_output_tokens.append(max_output_tokens)
        text = self._answer[self._start(request.said) :]
        for at in range(0, len(text), 5):
            yield Text(text[at : at + 5])
        yield Stopped(StopReason.END, Usage(200, 20))

    def _start(self, said: str) -> int:
        match self._manner:
            case Manner.EXACTLY:
                return len(said)
            case Manner.ANEW:
                return 0
            case Manner.WITH_THREE_WORDS_AGAIN:
                starts = [match.start() for match in WORD_START.finditer(said)]
                return starts[-3:][0] if starts else 0
