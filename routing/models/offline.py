"""The model without a vendor: it answers with sentences of the knowledge base, or not at all."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Cited, Piece, Stopped, StopReason, Text
from routing.models.extract import extract
from routing.request import Message, ModelName, Request, Role, Usage

CHARS_PER_TOKEN = 4
"""What `max_output_tokens` is taken to mean in characters."""
FILE_NOTE = re.compile(r"^\[file: .*\]\n?", re.MULTILINE)
"""How a message says that a file came with it: its name is no part of the question."""


class OfflineModel:
    """Extractive answers with citations; free, deterministic, and never down."""

    @property
    def name(self) -> ModelName:
        """The name under which every policy has it as the last rung."""
        return ModelName("offline")

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncIterator[Piece]:
        """Yield whole sentences of one passage, word by word, with its mark and citation.

        Raises:
            ModelFailed: UNGROUNDED, when no passage answers the question, or when the answer is to
                follow a schema.
        """
        if request.answer_schema:
            raise ModelFailed(FailureKind.UNGROUNDED)
        question, before = asked_in(request.messages)
        told = "\n".join(each.text for each in request.messages if each.role is Role.BOT)
        found = extract(question, before, request.passages, told)
        if found is None:
            raise ModelFailed(FailureKind.UNGROUNDED)
        lines = _within(found.excerpt.lines, max_output_tokens * CHARS_PER_TOKEN)
        is_cut = len(lines) < len(found.excerpt.lines)
        for piece in _pieces("\n".join(lines) + " [1]"):
            yield Text(piece)
        yield Cited(1, found.passage.id, found.excerpt.quote)
        yield Stopped(StopReason.LENGTH if is_cut else StopReason.END, Usage())

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def asked_in(messages: Sequence[Message]) -> tuple[str, str]:
    """Return what the customer has said since the bot last spoke, and just before that.

    Calls of tools and their results are nobody's words.
    """
    bursts: list[list[str]] = [[]]
    spoken = [each for each in messages if each.text.strip() or not (each.calls or each.results)]
    for message in reversed(spoken):
        if message.role is Role.CUSTOMER:
            bursts[-1].insert(0, FILE_NOTE.sub("", message.text))
        elif bursts[-1]:
            bursts.append([])
    texts = ["\n".join(burst) for burst in bursts]
    return texts[0], texts[1] if len(texts) > 1 else ""


def _within(lines: Sequence[str], most_chars: int) -> tuple[str, ...]:
    """Return the lines that fit, whole, and at least the first."""
    kept = 1
    while kept < len(lines) and sum(map(len, lines[: kept + 1])) + kept <= most_chars:
        kept += 1
    return tuple(lines[:kept])


def _pieces(text: str) -> Iterator[str]:
    """Cut before each word, so that the pieces put together are the text."""
    return (match.group() for match in re.finditer(r"\s*\S+", text))
