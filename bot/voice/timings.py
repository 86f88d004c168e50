"""The times of a call's turns as they go."""

from dataclasses import replace

from bot.voice.latency import Timing


class Timings:
    """Numbers the turns of one socket from 1, and takes their times."""

    def __init__(self) -> None:
        self._done: list[Timing] = []
        self._open: Timing | None = None
        self._number = 0

    def begin(self, now: float) -> int:
        """Begin a turn, and return its number."""
        self.end()
        self._number += 1
        self._open = Timing(self._number, now)
        return self._number

    def began(self, now: float) -> None:
        """Note that a word of the answer was sent."""
        if self._open is not None:
            self._open = self._open.began(now)

    def filled(self) -> None:
        """Note that a filler was sent."""
        if self._open is not None:
            self._open = replace(self._open, fillers=self._open.fillers + 1)

    def cut(self) -> None:
        """Note that the answer was interrupted."""
        if self._open is not None:
            self._open = replace(self._open, was_cut=True)

    def end(self) -> Timing | None:
        """End the turn, if one is open, and return it."""
        done, self._open = self._open, None
        if done is not None:
            self._done.append(done)
        return done

    def all(self) -> tuple[Timing, ...]:
        """Return every turn, the open one included."""
        return (*self._done, *(() if self._open is None else (self._open,)))
