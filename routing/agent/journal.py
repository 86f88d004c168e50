"""The port to what is remembered of runs, so that nothing is done twice; with its double."""

from dataclasses import dataclass
from typing import Protocol

from routing.agent.step import Step
from routing.request import ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a call."""

    is_new: bool
    """Nobody has begun it before: the one who asked may carry it out."""
    result: ToolResult | None = None
    """None, when not new: it was begun, and nobody knows what came of it."""


class Journal(Protocol):
    """What runs have done.

    Guarantees: what was noted survives a restart; of any number that begin the same key at once,
    one is told that it is new. Texts in it are redacted.
    """

    async def begin(self, key: str, call: ToolCall) -> Entry:
        """Note that a call is about to be carried out, unless it was noted before.

        Raises:
            RunOver: the run is not current any more; nothing was noted.
        """
        ...

    async def finish(self, key: str, result: ToolResult | None) -> None:
        """Note what came of a call; None: it was not done, and may be begun anew."""
        ...

    async def save(self, run: str, step: Step) -> None:
        """Note a step; one with the same number replaces it."""
        ...

    async def steps(self, run: str) -> tuple[Step, ...]:
        """Return the steps of a run so far, in order."""
        ...


class MemoryJournal:
    """Implements `Journal` in dictionaries; nothing survives the process."""

    def __init__(self) -> None:
        self._results: dict[str, ToolResult | None] = {}
        self._steps: dict[str, dict[int, Step]] = {}

    async def begin(self, key: str, call: ToolCall) -> Entry:
        """Note that a call is about to be carried out; see `Journal.begin`."""
        if key in self._results:
            return Entry(False, self._results[key])
        self._results[key] = None
        return Entry(True)

    async def finish(self, key: str, result: ToolResult | None) -> None:
        """Note what came of a call; see `Journal.finish`."""
        if result is None:
            self._results.pop(key, None)
        else:
            self._results[key] = result

    async def save(self, run: str, step: Step) -> None:
        """Note a step; see `Journal.save`."""
        self._steps.setdefault(run, {})[step.number] = step

    async def steps(self, run: str) -> tuple[Step, ...]:
        """Return the steps of a run so far; see `Journal.steps`."""
        return tuple(self._steps.get(run, {}).values())
