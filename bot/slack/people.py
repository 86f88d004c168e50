"""Who somebody in Slack is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.humans.human import Human
from bot.slack.target import human_of
from channels.slack.base import Slack, TeamId
from channels.slack.errors import SlackFailed

KNOWN_S = 3600.0
MOST_KNOWN = 5_000
MOST_NAMED = 20
"""Members who are looked up for one text: whoever mentions more must not use up the calls that the
desk needs."""
UNKNOWN = "Support"
"""How a human is named to customers whose name Slack does not tell."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a workspace."""

    name: str
    """As customers see it."""
    zone: str = ""
    """Name in the tz database."""
    locale: str = ""
    email: str = ""
    home: str = ""
    """The workspace that he belongs to; empty when that is not known."""
    organisation: str = ""
    """The organisation of that workspace; empty for none."""
    is_stranger: bool = False
    """From another organisation, in a channel that is shared with it (Slack Connect)."""
    is_guest: bool = False
    """Let into some channels only."""
    is_person: bool = True
    """Not a bot, and his account has not been switched off."""


class People:
    """Looks up members, and remembers them for an hour."""

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._known: dict[tuple[TeamId, str], tuple[float, Person]] = {}

    async def human(self, team: TeamId, user: str) -> Human:
        """Return a member as a human of ours; without a name when Slack cannot be asked."""
        return human_of(team, user, (await self.person(team, user)).name)

    async def person(self, team: TeamId, user: str) -> Person:
        """Return what is known of a member; without a name when Slack cannot be asked."""
        at, known = self._known.get((team, user), (-KNOWN_S, None))
        now = self._clock.monotonic()
        if known is not None and now - at < KNOWN_S:
            return known
        arguments = {"user": user, "include_locale": True}
        try:
            answer = await self._slack.call(team, "users.info", arguments)
        except SlackFailed:
            return known or Person(UNKNOWN)
        person = _person(answer.get("user", {}))
        self._known[team, user] = (now, person)
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return person

    async def names(self, team: TeamId, users: Sequence[str]) -> dict[str, str]:
        """Return the names of members, of the first `MOST_NAMED` of them."""
        return {user: (await self.person(team, user)).name for user in users[:MOST_NAMED]}


def _person(user: dict[str, Any]) -> Person:
    profile = user.get("profile", {})
    words = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"))
    name = next((word for word in (*words, user.get("name")) if word), UNKNOWN)
    organisation = user.get("enterprise_user", {}).get("enterprise_id")
    return Person(
        name=str(name)[:80],
        zone=str(user.get("tz") or ""),
        locale=str(user.get("locale") or ""),
        email=str(profile.get("email") or ""),
        home=str(user.get("team_id") or ""),
        organisation=str(organisation or ""),
        is_stranger=user.get("is_stranger") is True,
        is_guest=user.get("is_restricted") is True or user.get("is_ultra_restricted") is True,
        is_person=not (user.get("is_bot") or user.get("deleted")),
    )
