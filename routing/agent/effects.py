"""Calls being carried out: side effects at most once, and never cut off half-way."""

import asyncio
from dataclasses import dataclass, replace

from routing.agent.check import Checked
from routing.agent.errors import ToolFailed
from routing.agent.journal import Journal
from routing.agent.tools import Effect, Tools
from routing.agent.words import Words
from routing.request import ToolResult


@dataclass(frozen=True, slots=True)
class Hands:
    """What the calls of one conversation are carried out with."""

    tools: Tools
    journal: Journal
    words: Words


@dataclass(frozen=True, slots=True)
class Answered:
    """A call has a result."""

    result: ToolResult
    was_replayed: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """A side effect was begun, and nobody knows what came of it: it is not begun again."""


Outcome = Answered | Unknown


class Effects:
    """Every side effect that is under way, over all runs.

    Guarantees: what is begun is journalled before and after, and goes on to its end when the run
    that wanted it is closed, or has waited `Offer.timeout_s` for it. Reading is given up at once.
    """

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Outcome]] = set()

    async def carry_out(self, checked: Checked, hands: Hands) -> Outcome:
        """Return what came of a call; a failure of the tool is a result as well.

        Raises:
            RunOver: the run is not current any more; nothing was done.
        """
        limit_s = checked.offer.timeout_s
        if checked.offer.effect is not Effect.WRITE:
            try:
                async with asyncio.timeout(limit_s):
                    return await _carried_out(checked, hands)
            except TimeoutError:
                return Answered(_failure(checked, hands, "no answer in time"), False)
        task = asyncio.get_running_loop().create_task(_carried_out(checked, hands))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # Unlike `wait_for`, `wait` leaves the task alone when time is up or when it is cancelled.
        await asyncio.wait((task,), timeout=limit_s)
        return task.result() if task.done() else Unknown()

    async def close(self, most_s: float = 10.0) -> int:
        """Wait for what is under way; return how many side effects were not over in time."""
        if not self._under_way:
            return 0
        _, late = await asyncio.wait(tuple(self._under_way), timeout=most_s)
        return len(late)


async def _carried_out(checked: Checked, hands: Hands) -> Outcome:
    call, is_write = checked.call, checked.offer.effect is Effect.WRITE
    entry = await hands.journal.begin(checked.key, call)
    if entry.result is not None:
        return Answered(replace(entry.result, call_id=call.id), True)
    if is_write and not entry.is_new:
        return Unknown()
    try:
        result = await hands.tools.call(call, checked.key)
    except ToolFailed as failure:
        if is_write and failure.may_have_run:
            return Unknown()
        await hands.journal.finish(checked.key, None)
        return Answered(_failure(checked, hands, failure.text), False)
    marked = hands.words.marked(call.name, checked.key, result.text)
    result = ToolResult(call.id, marked, result.is_error)
    await hands.journal.finish(checked.key, result)
    return Answered(result, False)


def _failure(checked: Checked, hands: Hands, text: str) -> ToolResult:
    said = hands.words.redact(f"{checked.call.name} failed: {text}")
    return ToolResult(checked.call.id, said, is_error=True)
