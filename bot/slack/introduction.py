"""Finds out who we are in the workspace whose token was set."""

import asyncio
import logging

from bot.slack.ops.watched import WatchedSlack
from channels.errors import ChannelBusy
from channels.slack.base import Installations, TeamId
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.oauth import installation_of

log = logging.getLogger("copilot.slack")
PAUSE_S = 5.0
REFUSED_PAUSE_S = 60.0
NOWHERE = TeamId("of SLACK_BOT_TOKEN")
"""How the workspace is named whose token tells nothing of it."""


class Introduction:
    """Asks Slack once a start, and keeps the answer as an installation."""

    def __init__(
        self,
        bot_token: str,
        base_url: str,
        installations: Installations,
        watched: WatchedSlack,
        is_alone: bool = True,
    ) -> None:
        """Take the token, empty where workspaces install us, and who is told how it goes.

        Where it is alone, what is known of other workspaces is from a token that was set before.
        """
        self._is_alone = is_alone
        self._token = bot_token
        self._base_url = base_url
        self._installations = installations
        self._watched = watched
        self.is_over = not bot_token
        """Whether we know who we are."""

    async def run(self) -> None:
        """Return once the workspace of the token is known; at once when it was known before."""
        if not self._token:
            return
        known = await self._installations.find()
        if any(one.bot_token == self._token for one in known):
            self.is_over = True
            return
        team = None
        while team is None:
            team = await self._introduced()
        self.is_over = True
        for other in known:
            if self._is_alone and other.team != team:
                await self._installations.delete(other.team)

    async def _introduced(self) -> TeamId | None:
        """Return our workspace; None, after a pause, while that is not known."""
        try:
            installation = await installation_of(self._token, self._base_url)
            await self._installations.save(installation)
        except SlackRefused as refused:
            log.error("slack.token_refused", extra={"error": refused.error})
            self._watched.answered()
            self._watched.revoked(NOWHERE)
            await asyncio.sleep(REFUSED_PAUSE_S)
            return None
        except (SlackBusy, SlackUnreachable, ChannelBusy) as failed:
            if isinstance(failed, SlackUnreachable):
                self._watched.unanswered()
            log.warning("slack.not_introduced", extra={"error": type(failed).__name__})
            await asyncio.sleep(PAUSE_S)
            return None
        self._watched.worked(NOWHERE)
        log.info("slack.introduced", extra={"team": installation.team})
        return installation.team
