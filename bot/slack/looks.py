"""Looks into Slack's history for what may have been put there; one look serves many."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.slack.clicks import word_in
from bot.slack.rooms import Room
from channels.slack.base import Json, Slack

PAGE = 200
MOST_PAGES = 10
ABOUT = timedelta(minutes=10)
"""How far Slack's clock may be from ours, and how long Slack may take to do what it was asked."""
HOLDS = timedelta(seconds=60)
"""So long a look serves others: after an outage every card has to be looked for, and Slack lets us
look fifty times a minute."""


@dataclass(frozen=True, slots=True)
class Tried:
    """When something was tried that may have come to be."""

    first: datetime
    last: datetime
    settled: datetime
    """What is not there at this instant, and was not found, is not on its way any more."""


@dataclass(slots=True)
class _Look:
    """What a channel, or a thread in it, shows between two instants; read page by page."""

    begun_at: datetime
    begin: datetime
    end: datetime
    pages: list[Sequence[Json]] = field(default_factory=list)
    cursor: str = ""
    is_over: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def serves(self, tried: Tried, now: datetime) -> bool:
        """Return whether it tells all that a look that begins now would tell."""
        is_wide = self.begin <= tried.first - ABOUT and tried.last + ABOUT <= self.end
        return is_wide and tried.settled <= self.begun_at and now - self.begun_at < HOLDS


class Looks:
    """Reads channels and threads; of a channel the last look is kept for a while."""

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._kept: dict[Room, _Look] = {}

    async def pages(self, room: Room, thread: str, tried: Tried) -> AsyncIterator[Sequence[Json]]:
        """Yield what was written when something was tried; `thread` is empty for the channel.

        Raises:
            SlackFailed: Slack does not show it, or not now.
        """
        look = self._begun(tried) if thread else self._shared(room, tried)
        number = 0
        while True:
            async with look.lock:
                if number == len(look.pages) and not look.is_over:
                    await self._read_on(look, room, thread)
            if number == len(look.pages):
                return
            yield look.pages[number]
            number += 1

    def forget(self) -> None:
        """Let go of what was read."""
        self._kept.clear()

    def _shared(self, room: Room, tried: Tried) -> _Look:
        look = self._kept.get(room)
        if look is None or not look.serves(tried, self._clock.now()):
            look = self._kept[room] = self._begun(tried)
        return look

    def _begun(self, tried: Tried) -> _Look:
        """Return a look that is wider than asked for: others were tried at about the same time."""
        now = self._clock.now()
        return _Look(now, tried.first - 2 * ABOUT, max(tried.last, now) + ABOUT)

    async def _read_on(self, look: _Look, room: Room, thread: str) -> None:
        asked = {
            "channel": room.channel,
            "oldest": f"{look.begin.timestamp():.6f}",
            "latest": f"{look.end.timestamp():.6f}",
            "limit": PAGE,
            "include_all_metadata": True,
            **({"ts": thread} if thread else {}),
            **({"cursor": look.cursor} if look.cursor else {}),
        }
        method = "conversations.replies" if thread else "conversations.history"
        answer = await self._slack.call(room.team, method, asked)
        look.pages.append(answer.get("messages", ()))
        look.cursor = word_in(answer, "response_metadata", "next_cursor")
        look.is_over = not look.cursor or len(look.pages) == MOST_PAGES
