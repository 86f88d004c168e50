"""The token with which we speak to a workspace, refreshed before it expires."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from channels.slack.base import Installation, Installations, Json, TeamId
from channels.slack.errors import SlackBusy, SlackFailed, SlackRefused, SlackRevoked
from channels.slack.single_call import BASE_URL, SingleCall, answer_to
from channels.slots import Slots, Turns

log = logging.getLogger("copilot.slack")
REFRESH = "oauth.v2.access"
LOOK_AGAIN_S = 1.0
"""While another process refreshes a token that is of no use any more."""


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """How tokens are refreshed."""

    client_id: str = ""
    """Of our app. Without it tokens are used as they are."""
    client_secret: str = field(default="", repr=False)
    base_url: str = BASE_URL
    early_s: float = 7_200.0
    """Before it expires a token is refreshed."""
    cached_s: float = 60.0
    """So long the installation of a workspace is not read again."""
    turn_s: float = 30.0
    """Between two tries, by whichever process; far more than one takes."""
    answer_s: float = 10.0


@dataclass(frozen=True, slots=True)
class _Kept:
    installation: Installation
    until: float


class Tokens:
    """The bot tokens of the workspaces.

    A token is refreshed once, whoever asks: one task of this process at a time, and of all
    processes the one that has the turn. The new pair is kept before anybody uses it. While the old
    token is good, a refresh that fails is no failure of the call that needed a token.
    """

    def __init__(
        self,
        installations: Installations,
        slots: Slots,
        now: Callable[[], float],
        terms: TokenTerms | None = None,
    ) -> None:
        """Read from `installations`; `now` is in Unix seconds."""
        self._installations = installations
        self._slots = slots
        self._now = now
        self._terms = terms or TokenTerms()
        self._kept: dict[TeamId, _Kept] = {}
        self._locks: dict[TeamId, asyncio.Lock] = {}
        self._dead: dict[TeamId, str] = {}
        """Refresh tokens that Slack has refused: it will not take them another time."""

    async def of(self, team: TeamId) -> str:
        """Return the token to call with.

        Raises:
            SlackRevoked: we are not installed there, or the token has expired and is not renewed.
            SlackBusy, SlackUnreachable: it has expired, and cannot be refreshed right now.
        """
        kept = self._kept.get(team)
        is_fresh = kept is not None and self._now() < kept.until
        installation = kept.installation if kept and is_fresh else await self._read(team)
        if not self._is_due(installation):
            return installation.bot_token
        lock = self._lock(installation)
        if lock.locked() and self._is_good(installation):
            return installation.bot_token
        async with lock:
            return await self._renewed(team)

    async def after_refusal(self, team: TeamId, token: str, is_expired: bool) -> str:
        """Return another token than this one, which Slack has refused.

        Raises:
            SlackRevoked: there is none.
            SlackBusy, SlackUnreachable: there may be one soon.
        """
        installation = await self._read(team)
        if installation.bot_token != token:
            return installation.bot_token
        if not is_expired or not self._rotates(installation):
            raise SlackRevoked(f"the token of {team!r} is not valid any more")
        async with self._lock(installation):
            return await self._renewed(team, token)

    def forget(self, team: TeamId) -> None:
        """Read the installation anew next time: it was made, changed or deleted."""
        self._kept.pop(team, None)
        self._dead.pop(team, None)

    async def _read(self, team: TeamId) -> Installation:
        self._kept.pop(team, None)
        found = await self._installations.find(team)
        if not found or not found[0].bot_token:
            raise SlackRevoked(f"not installed in {team!r}")
        self._keep(team, found[0])
        return found[0]

    def _keep(self, team: TeamId, installation: Installation) -> None:
        self._kept[team] = _Kept(installation, self._now() + self._terms.cached_s)

    def _lock(self, installation: Installation) -> asyncio.Lock:
        """Return the lock of a token; an organisation's is one for all of its workspaces."""
        return self._locks.setdefault(installation.team, asyncio.Lock())

    def _rotates(self, installation: Installation) -> bool:
        return bool(installation.refresh_token and self._terms.client_id)

    def _is_due(self, installation: Installation, refused: str = "") -> bool:
        """Return whether there should be a new token; `refused` is one that is of no use."""
        if installation.bot_token == refused:
            return True
        if not installation.expires_at:
            return False
        left_s = installation.expires_at - self._now()
        if not self._rotates(installation):
            return left_s <= 0
        return left_s <= self._terms.early_s

    def _is_good(self, installation: Installation, refused: str = "") -> bool:
        return installation.bot_token != refused and self._now() < installation.expires_at

    async def _renewed(self, team: TeamId, refused: str = "") -> str:
        """Return the token after a refresh, by us or by whoever was faster."""
        installation = await self._read(team)
        if not self._is_due(installation, refused):
            return installation.bot_token
        if not self._rotates(installation):
            raise SlackRevoked(f"the token of {team!r} has expired")
        if self._dead.get(team) == installation.refresh_token:
            return self._old_one(installation, refused)
        key = f"slack:{installation.team}:refresh"
        wait_s = await self._slots.book(key, Turns(self._terms.turn_s, 1, 0.0))
        if wait_s > 0:
            if self._is_good(installation, refused):
                return installation.bot_token
            raise SlackBusy(REFRESH, min(wait_s, LOOK_AGAIN_S))
        # Whoever had the turn before us may have ended between our look and our turn.
        installation = await self._read(team)
        if not self._is_due(installation, refused):
            return installation.bot_token
        return await self._refreshed(team, installation, refused)

    async def _refreshed(self, team: TeamId, installation: Installation, refused: str) -> str:
        try:
            fresh = self._with(installation, await self._exchange(installation.refresh_token))
        except SlackFailed as failed:
            log.warning("slack.refresh_failed", extra={"team": team, "kind": type(failed).__name__})
            if isinstance(failed, SlackRefused):
                self._dead[team] = installation.refresh_token
                return self._old_one(installation, refused)
            if self._is_good(installation, refused):
                return installation.bot_token
            raise
        await self._installations.save(fresh)
        self._keep(team, fresh)
        log.info("slack.token_refreshed", extra={"team": team})
        return fresh.bot_token

    def _old_one(self, installation: Installation, refused: str) -> str:
        if self._is_good(installation, refused):
            return installation.bot_token
        raise SlackRevoked(f"the token of {installation.team!r} is not renewed")

    async def _exchange(self, refresh_token: str) -> Json:
        arguments = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        client = (self._terms.client_id, self._terms.client_secret)
        call = SingleCall(
            REFRESH,
            arguments,
            client=client,
            base_url=self._terms.base_url,
            limit_s=self._terms.answer_s,
        )
        return await answer_to(call)

    def _with(self, installation: Installation, answer: Json) -> Installation:
        """Return an installation with its new pair.

        Raises:
            SlackRefused: it is no pair for a bot.
        """
        match answer:
            case {
                "access_token": str() as token,
                "refresh_token": str() as refresh,
                "expires_in": int() | float() as lasts_s,
            } if token and answer.get("token_type", "bot") == "bot":
                expires_at = self._now() + lasts_s
                return replace(
                    installation, bot_token=token, refresh_token=refresh, expires_at=expires_at
                )
            case _:
                raise SlackRefused(REFRESH, "no_token")
