"""The times of a call's turns as they go."""

from dataclasses import replace

from bot.voice.timing.latency import Timing


class Timings:
    """Numbers the turns of one socket from 1, and takes their times."""

    def __init__(self) -> None:
        self._done: list[Timing] = []
        self._open: Timing | None = None
        self._number = 0
        self._cut_at: dict[str, float] = {}

    def begin(self, now: float) -> int:
        """Begin a turn, and return its number."""
        assert self._open is None, "expected the turn before to have ended"
        self._number += 1
        self._open = Timing(self._number, now)
        return self._number

    def began(self, now: float) -> None:
        """Note that a word of the answer was sent."""
        if self._open is not None:
            self._open = self._open.began(now)

    def overtaken(self) -> None:
        """Note that what was sent since the turn began was the answer to an earlier one."""
        if self._open is not None:
            self._open = replace(self._open, first_token_at=None, was_cut=False)

    def filled(self) -> None:
        """Note that a filler was sent."""
        if self._open is not None:
            self._open = replace(self._open, fillers=self._open.fillers + 1)

    def cut(self, message_id: str, now: float) -> None:
        """Note that the answer was interrupted."""
        self._cut_at[message_id] = now
        self._mark_cut()

    def yielded(self, message_id: str, now: float) -> float | None:
        """Return how long it took until the log says so, too; None if this was not cut."""
        cut_at = self._cut_at.pop(message_id, None)
        return None if cut_at is None else now - cut_at

    def end(self, says_more: bool = False) -> Timing | None:
        """End the turn, if one is open, and return it.

        One whose caller `says_more` before a word of the answer has come is cut as well.
        """
        if says_more and self._open is not None and self._open.first_token_at is None:
            self._mark_cut()
        done, self._open = self._open, None
        if done is not None:
            self._done.append(done)
        return done

    def all(self) -> tuple[Timing, ...]:
        """Return every turn, the open one included."""
        return (*self._done, *(() if self._open is None else (self._open,)))

    def _mark_cut(self) -> None:
        if self._open is not None:
            self._open = replace(self._open, was_cut=True)
