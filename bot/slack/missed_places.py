"""Where in Slack something may have been said to us that we have missed."""

from collections.abc import Sequence
from datetime import timedelta

from bot.slack.customers.outlet import Outlet
from bot.slack.customers.place import Place, home_of
from bot.slack.parts import SlackParts
from bot.slack.target import Target
from channels.slack.missed import Thread

RECENT = timedelta(days=1)
"""Customers with whom nothing was said for longer are not looked for."""
MOST_CUSTOMERS = 200
"""With one call each, at Slack's fifty a minute, four minutes."""
ABOUT_S = 600.0
"""How far Slack's clock may be from ours; what comes twice by that is acted on once."""


class MissedPlaces:
    """Finds the threads of the desk, and where customers of the last day write.

    Of direct messages also the threads in them that began within that day. Who wrote to us for the
    first time in the gap is not found: of direct messages that it does not know an app is told only
    with `im:read`.
    """

    def __init__(self, parts: SlackParts, outlet: Outlet) -> None:
        self._parts = parts
        self._outlet = outlet

    async def since(self, since: float) -> Sequence[Thread]:
        """Return where to look for a gap that began then, in Unix seconds; the desk comes first.

        Raises:
            StoreFailed: the disk failed.
        """
        return (*await self._of_desk(), *await self._of_customers(since))

    async def _of_desk(self) -> Sequence[Thread]:
        found = []
        for head in await self._parts.handoffs.queue():
            thread = await self._parts.threads.of(Target(head.conversation, head.episode))
            if thread is not None:
                found.append(Thread(thread.room.team, thread.room.channel, thread.ts))
        return found

    async def _of_customers(self, since: float) -> Sequence[Thread]:
        day_ago = self._parts.services.clock.now() - RECENT
        begun, seen = (_ts(seconds) for seconds in (day_ago.timestamp(), since - ABOUT_S))
        homes = [home_of(one) for one in await self._outlet.recent(day_ago)]
        # A thread within direct messages is found from their top.
        places = dict.fromkeys(
            Place(home.team, home.channel, "" if home.is_direct else home.thread)
            for home in homes
            if home is not None
        )
        return [
            Thread(one.team, one.channel, one.thread, seen, "" if one.thread else begun)
            for one in list(places)[:MOST_CUSTOMERS]
        ]


def _ts(seconds: float) -> str:
    return f"{max(0.0, seconds):.6f}"
