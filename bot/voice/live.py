"""The calls of this process: those on the line, and those whose end is still being written."""

import asyncio
from collections.abc import Sequence

from bot.voice.talk import Talk


class Live:
    """One talk per call at most."""

    def __init__(self) -> None:
        self._talks: dict[str, Talk] = {}
        self._endings: dict[str, asyncio.Task[None]] = {}

    def talks(self) -> Sequence[Talk]:
        """Return everybody who is on the line."""
        return tuple(self._talks.values())

    def find(self, call: str) -> Talk | None:
        """Return who is on the line with this call."""
        return self._talks.get(call)

    def has(self, call: str, talk: Talk) -> bool:
        """Return whether this very line is the one of a call."""
        return self._talks.get(call) is talk

    def put(self, call: str, talk: Talk) -> None:
        """Have this line be the one of a call."""
        self._talks[call] = talk

    async def end(self, call: str) -> None:
        """End the line of a call, if there is one; goes on though the caller is cancelled.

        A socket's server cancels whoever serves it as soon as the connection is gone. Returns once
        all that the line has left is written, whoever has begun to end it.
        """
        talk = self._talks.pop(call, None)
        if talk is not None:
            self._endings[call] = asyncio.get_running_loop().create_task(talk.end())
            self._endings[call].add_done_callback(lambda done: self._ended(call, done))
        if call in self._endings:
            await asyncio.shield(self._endings[call])

    async def settle(self) -> None:
        """Wait until every end is written."""
        await asyncio.gather(*self._endings.values(), return_exceptions=True)

    def _ended(self, call: str, ending: asyncio.Task[None]) -> None:
        if self._endings.get(call) is ending:
            del self._endings[call]
