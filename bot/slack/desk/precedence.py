"""Which channels have cards that wait for Slack's next turn: what is said under others stands back.

A channel takes one message a second. After an outage hundreds wait for it, and a customer whom no
human has seen yet must not wait until everything is told of those who have a card already.
"""

from collections.abc import Callable

from bot.slack.rooms import Room
from bot.slack.target import Target

GRACE_S = 5.0
"""A card that does not come again so long after its time has come is not waited for."""
MOST_S = 120.0
"""So long lines stand back in one channel; then they take turns with the cards that still come."""


class Precedence:
    """Remembers, within one process, the cards that Slack was too busy for."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._waiting: dict[Room, dict[Target, float]] = {}
        self._since: dict[Room, float] = {}

    def waits(self, room: Room, target: Target, for_s: float) -> None:
        """Note that a card will be tried again after so long."""
        now = self._monotonic()
        self._since.setdefault(room, now)
        self._waiting.setdefault(room, {})[target] = now + for_s

    def came(self, room: Room, target: Target) -> None:
        """Note that a card is there."""
        self._waiting.get(room, {}).pop(target, None)
        self._tidy(room)

    def lost(self, room: Room) -> None:
        """Note that Slack does not answer: who waits, and for how long, counts from anew."""
        self._waiting.pop(room, None)
        self._since.pop(room, None)

    def stands_back_s(self, room: Room) -> float:
        """Return after how long what is said under other cards should be tried again; 0 for now."""
        self._tidy(room)
        waiting = self._waiting.get(room)
        now = self._monotonic()
        if not waiting or now - self._since[room] > MOST_S:
            return 0.0
        return max(GRACE_S, max(waiting.values()) - now)

    def _tidy(self, room: Room) -> None:
        now = self._monotonic()
        waiting = self._waiting.get(room, {})
        for target in [one for one, at in waiting.items() if at + GRACE_S < now]:
            del waiting[target]
        if not waiting:
            self._waiting.pop(room, None)
            self._since.pop(room, None)
