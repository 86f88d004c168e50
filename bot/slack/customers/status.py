"""The status line under a conversation in Slack: what the bot is doing, while nothing is said."""

import asyncio
import logging
from collections.abc import Callable

from bot.bus import Bus, Status, StatusShown
from bot.slack.customers.place import Place
from channels.base import ConversationId
from channels.slack.base import Slack, TeamId
from channels.slack.errors import SlackFailed, SlackRefused

log = logging.getLogger("copilot.slack")
RENEW_S = 90.0
"""Slack takes the line away after two minutes."""
LINE, SESSION = "assistant.threads.setStatus", "agents.sessions.setStatus"
BUSY, IDLE = "processing", "active"
NEVER = frozenset(
    {
        "channel_type_not_supported",
        "feature_not_enabled",
        "missing_scope",
        "not_allowed_token_type",
        "unknown_method",
    }
)
"""What Slack says where it is of no use to try again."""
Unwanted = set[tuple[TeamId, str]]
"""Methods that a workspace does not take: they are not tried there again."""


class StatusLine:
    """Shows one conversation's status; whatever goes wrong with it is of no consequence."""

    def __init__(
        self,
        slack: Slack,
        place: Callable[[], Place],
        thinking: Callable[[], str],
        monotonic: Callable[[], float],
        unwanted: Unwanted,
    ) -> None:
        """Ask `place` where it is shown, and `thinking` for the words when the bot says none."""
        self._slack = slack
        self._place = place
        self._thinking = thinking
        self._monotonic = monotonic
        self._unwanted = unwanted
        self._shown: tuple[Place, str, float] | None = None
        self._told: StatusShown | None = None
        self._renewing: asyncio.Task[None] | None = None
        self.is_silent = False
        """Set while an answer is being said: it is sign enough."""

    async def follow(self, bus: Bus, conversation: ConversationId) -> None:
        """Show what the bus tells, until the bus is closed."""
        try:
            while await self._followed(bus, conversation):
                pass
        finally:
            if self._renewing is not None:
                self._renewing.cancel()
                await asyncio.gather(self._renewing, return_exceptions=True)

    async def _followed(self, bus: Bus, conversation: ConversationId) -> bool:
        """Follow for as long as it goes; return whether we were too slow, and may try again."""
        async with bus.subscribe(conversation) as following:
            async for batch in following:
                told = [one for one in batch if isinstance(one, StatusShown)]
                if told:
                    await self._show(told[-1])
            return following.lagged

    def covered(self) -> None:
        """Note that something was said: Slack has taken the line away."""
        self._shown = None

    def renew(self) -> None:
        """Show it again if it was taken away too early; never waits."""
        is_due = self._told is not None and self._shown is None and not self.is_silent
        is_renewing = self._renewing is not None and not self._renewing.done()
        if is_due and not is_renewing and self._told is not None:
            showing = self._show(self._told)
            self._renewing = asyncio.get_running_loop().create_task(showing)

    async def clear(self) -> None:
        """Take the line away."""
        if self._shown is not None:
            place, _, _ = self._shown
            self._shown = None
            await self._set(place, LINE, "")
            await self._set(place, SESSION, IDLE)

    async def _show(self, told: StatusShown) -> None:
        is_idle = told.status is Status.IDLE
        self._told = None if is_idle else told
        if is_idle:
            await self.clear()
        if is_idle or self.is_silent:
            return
        place, text, now = self._place(), told.text or self._thinking(), self._monotonic()
        if self._shown is not None:
            where, before, at = self._shown
            is_same = (where, before) == (place, text) or (where == place and not told.text)
            if is_same and now - at < RENEW_S:
                return
        is_first = self._shown is None or self._shown[0] != place
        self._shown = (place, text, now)
        await self._set(place, LINE, text)
        if is_first:
            await self._set(place, SESSION, BUSY)

    async def _set(self, place: Place, method: str, status: str) -> None:
        if (place.team, method) in self._unwanted or not place.thread:
            return
        where = {"channel_id": place.channel, "thread_ts": place.thread}
        try:
            await self._slack.call(place.team, method, {**where, "status": status})
        except SlackRefused as refused:
            log.info("slack.no_status", extra={"method": method, "error": refused.error})
            if refused.error in NEVER:
                self._unwanted.add((place.team, method))
        except SlackFailed:
            return
