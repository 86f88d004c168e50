"""A simulated vendor's model: the same request always gets the same words, and faults on demand."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.instance import instance_of
from routing.models.pieces import WrittenCall
from routing.models.request_json import object_in
from routing.models.units import UnitKind, units
from routing.money.budget import estimate_tokens
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Passage, Request, Role, ToolCall, Usage

FAULT_KEY = "fault"
"""The key in `Request.metadata` for what is to go wrong."""
TOOL_KEY = "tool"
"""The key for a tool to be called first, as `name:{arguments}`; without arguments, `name`."""
MOST_PASSAGES = 2
NOTHING_KNOWN = "I could not find anything about that. Would you like to talk to a person?"
WORD = re.compile(r"\s*\S+\s*")
FAULT = re.compile(r"([a-z_]+?)(?:_(\d+))?")
NEVER_BEGINS = MappingProxyType(
    {
        "auth": (FailureKind.AUTH, 401),
        "bad_request": (FailureKind.BAD_REQUEST, 400),
        "connection": (FailureKind.CONNECTION, None),
        "error_before": (FailureKind.SERVER, 500),
        "overloaded": (FailureKind.OVERLOADED, 529),
        "quota": (FailureKind.QUOTA, 402),
        "rate_limited": (FailureKind.RATE_LIMITED, 429),
        "too_large": (FailureKind.TOO_LARGE, 413),
    }
)
"""Faults at the start; a number after `rate_limited` is its retry-after in seconds."""
BREAKS = MappingProxyType(
    {
        "error_after": FailureKind.SERVER,
        "malformed_after": FailureKind.MALFORMED,
        "reset_after": FailureKind.CUT,
    }
)
"""Faults after a number of pieces, besides `cut_after` and `stall_after`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong."""

    word: str = ""
    """Empty: nothing.

    At the start: those of `NEVER_BEGINS`, `stall_before`, `slow_first` (number: seconds), `refuse`.
    After `number` pieces: those of `BREAKS`, `cut_after`, `stall_after`. At the end: `no_usage`.
    """
    number: int = 0


def fault_of(request: Request, model: ModelName) -> Fault:
    """Return the fault that a request asks of a model.

    The value of `fault` holds one or more, separated by commas, each `[model:]word[_number]`; the
    first one that is for this model counts.
    """
    for key, value in request.metadata:
        wanted = value.split(",") if key == FAULT_KEY else ()
        for each in wanted:
            target, _, word = each.strip().rpartition(":")
            match = FAULT.fullmatch(word)
            if match and target in ("", model):
                return Fault(match[1], int(match[2] or 0))
    return Fault()


def call_of(request: Request) -> ToolCall | None:
    """Return the tool that a request makes the model call: it has it, and has no results yet."""
    value = dict(request.metadata).get(TOOL_KEY, "")
    name, _, arguments = value.partition(":")
    if results_of(request) or name not in {tool.name for tool in request.tools}:
        return None
    written = WrittenCall(f"call_{request.turn}", name)
    written.parts.append(arguments)
    return written.whole()


def results_of(request: Request) -> tuple[str, ...]:
    """Return what the tools have answered since the customer last spoke."""
    results: list[str] = []
    for message in reversed(request.messages):
        if message.role is Role.CUSTOMER and not message.results:
            break
        results[:0] = [result.text for result in message.results]
    return tuple(results)


def answer_of(request: Request) -> str:
    """Return the simulated answer, whole.

    With a schema, the smallest JSON that follows it, with values from the metadata by name; after
    tools, what they answered; else the first sentences of the best passages, cited by mark.
    """
    if request.answer_schema:
        schema = object_in(request.answer_schema)
        return json.dumps(instance_of(schema, dict(request.metadata), schema))
    results = results_of(request)
    if results:
        return "\n".join(results)
    sentences = [
        f"{_first_sentence(passage)} [{n}]"
        for n, passage in enumerate(request.passages[:MOST_PASSAGES], 1)
    ]
    return " ".join(sentences) or NOTHING_KNOWN


def _first_sentence(passage: Passage) -> str:
    """Return the first whole sentence of an article, else its first unit: never a heading."""
    found = units(passage.text)
    sentences = (unit.text for unit in found if unit.kind is UnitKind.SENTENCE)
    return next(sentences, found[0].text if found else passage.title)


class SandboxModel:
    """Answers in the name of any model, without a vendor; usage is counted as one would.

    An answer that was begun in the same words goes on exactly where it was; any other begins anew.
    """

    def __init__(self, name: ModelName, pace_s: float = 0.0) -> None:
        self._name = name
        self._pace_s = pace_s

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        return self._name

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        """Answer word by word, one `pace_s` apart; see `Model.stream`."""
        fault = fault_of(request, self._name)
        await self._begin(fault)
        call = call_of(request)
        if call is not None and fault.word != "refuse":
            yield ToolCalled(call)
            yield Stopped(StopReason.TOOL_USE, _usage(fault, request, [call.arguments]), "sandbox")
            return
        answer = answer_of(request).removeprefix(request.said)
        pieces = WORD.findall(answer)[:max_output_tokens]
        if fault.word == "refuse":
            pieces = []
        for n, piece in enumerate(pieces):
            if n == fault.number and await _breaks(fault):
                return
            if self._pace_s:
                await asyncio.sleep(self._pace_s)
            yield Text(piece)
        if len(pieces) <= fault.number and await _breaks(fault):
            return
        yield Stopped(_reason(fault, answer, pieces), _usage(fault, request, pieces), "sandbox")

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def _begin(self, fault: Fault) -> None:
        if fault.word in NEVER_BEGINS:
            kind, status = NEVER_BEGINS[fault.word]
            retry_after_s = float(fault.number) if fault.number else None
            raise ModelFailed(kind, status=status, retry_after_s=retry_after_s)
        if fault.word == "stall_before":
            await _silence()
        if fault.word == "slow_first":
            await asyncio.sleep(fault.number)


async def _breaks(fault: Fault) -> bool:
    """Do what goes wrong in the middle; True when the stream just ends."""
    if fault.word in BREAKS:
        raise ModelFailed(BREAKS[fault.word])
    if fault.word == "stall_after":
        await _silence()
    return fault.word == "cut_after"


async def _silence() -> None:
    """Wait until the stream is closed."""
    await asyncio.get_running_loop().create_future()


def _reason(fault: Fault, answer: str, pieces: list[str]) -> StopReason:
    if fault.word == "refuse":
        return StopReason.REFUSAL
    return StopReason.END if "".join(pieces) == answer else StopReason.LENGTH


def _usage(fault: Fault, request: Request, pieces: list[str]) -> Usage:
    if fault.word == "no_usage":
        return Usage(estimated=True)
    return Usage(prompt_tokens(request), estimate_tokens("".join(pieces)))
