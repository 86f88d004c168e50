"""Lets nobody at the desk who does not belong there: other workspaces, strangers, guests."""

from collections.abc import Awaitable, Callable, Mapping

from bot.errors import BotRefused
from bot.slack.asides import Asides
from bot.slack.clicks import (
    Spot,
    click_of,
    part_of,
    shortcut_of,
    submitted_of,
    typed_of,
    word_in,
    word_of,
)
from bot.slack.desk.circle import Circle
from bot.slack.desk.modals import AssignTo, entered
from bot.slack.desk.theirs import Theirs
from bot.slack.parts import SlackParts
from bot.slack.people import Person
from bot.slack.target import Place, Target, target_of, unpacked
from channels.slack.base import Installation, Json, Listener, Listeners, TeamId

STRANGER = "only members of the company's own workspace answer its customers"
OUTSIDE = "the desk's channel is private: ask somebody in it to invite you"
GUEST = "guests act where a card is, and see nothing else of the desk"
HOME_OPENED, MESSAGE = "app_home_opened", "message"
Check = Callable[[TeamId, Json], Awaitable[None]]
Where = Callable[[TeamId, Json], Spot | None]


class Apart:
    """Wraps what the desk listens to; what does not pass is told to whoever tried, and not done.

    Buttons and forms carry which handoff they are about: it is believed only in the workspace that
    has the card. Of another organisation's people in a shared channel, and of bots, nothing is
    taken; guests act on the cards that somebody has let them see, and have no home, command or
    global shortcut. Where the desk's channels are private, those are for who is in one. When Slack
    does not tell who somebody is, what it said with the act decides.
    """

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._theirs = Theirs(parts)
        self._circle = Circle(parts)

    def guarded(self, heard: Listeners) -> Listeners:
        """Return the same listeners, behind the checks."""
        return Listeners(
            events={name: self._event(name, one) for name, one in heard.events.items()},
            actions=self._all(heard.actions, self._clicked, _clicked_at),
            views=self._all(heard.views, self._submitted, _submitted_at),
            shortcuts=self._all(heard.shortcuts, self._used, _used_at),
            commands=self._all(heard.commands, self._typed, _typed_at),
        )

    def _all(
        self, heard: Mapping[str, Listener], check: Check, where: Where
    ) -> Mapping[str, Listener]:
        return {name: self._behind(one, check, where) for name, one in heard.items()}

    def _behind(self, listener: Listener, check: Check, where: Where) -> Listener:
        async def listen(team: TeamId, payload: Json) -> None:
            try:
                await check(team, payload)
                await listener(team, payload)
            except BotRefused as refused:
                # Whoever tried can do something about it; to try again would change nothing.
                spot = where(team, payload)
                if spot is not None:
                    await self._asides.refuse(spot, refused)

        return listen

    def _event(self, name: str, listener: Listener) -> Listener:
        check = {HOME_OPENED: self._opened, MESSAGE: self._wrote}.get(name)
        if check is None:
            return listener

        async def listen(team: TeamId, callback: Json) -> None:
            try:
                await check(team, callback)
            except BotRefused:
                return
            await listener(team, callback)

        return listen

    async def _opened(self, team: TeamId, callback: Json) -> None:
        user = word_of(part_of(callback, "event"), "user")
        await self._member(team, user, "")
        await self._outside(Spot(team, user))

    async def _wrote(self, team: TeamId, callback: Json) -> None:
        """Check who wrote in a channel that is shared: a stranger's words are no note of ours."""
        event = part_of(callback, "event")
        message = part_of(event, "message") or part_of(event, "previous_message") or event
        came_from = word_of(message, "user_team") or word_of(message, "source_team")
        is_shared = callback.get("is_ext_shared_channel") is True or came_from not in ("", team)
        if is_shared and word_of(message, "user"):
            await self._member(team, word_of(message, "user"), came_from)

    async def _clicked(self, team: TeamId, payload: Json) -> None:
        click = click_of(team, payload)
        if click is None:
            return
        await self._member(team, click.spot.user, _from(payload))
        if not click.spot.channel:
            await self._outside(click.spot)
        target = _carried(click.value)
        if target is not None:
            await self._theirs.check(team, target)

    async def _submitted(self, team: TeamId, payload: Json) -> None:
        submitted = submitted_of(team, payload)
        if submitted is None:
            return
        await self._member(team, submitted.user, _from(payload))
        place = unpacked(word_of(submitted.view, "private_metadata"))
        if place is None:
            return
        await self._theirs.check(team, place.target)
        match entered(submitted.view):
            case AssignTo(user=colleague):
                await self._member(team, colleague, "")
            case _:
                return

    async def _used(self, team: TeamId, payload: Json) -> None:
        shortcut = shortcut_of(team, payload)
        if shortcut is not None:
            await self._member(team, shortcut.spot.user, _from(payload))
            if not shortcut.message:
                await self._outside(shortcut.spot)

    async def _typed(self, team: TeamId, fields: Json) -> None:
        typed = typed_of(team, fields)
        if typed is not None:
            await self._member(team, typed.spot.user, word_of(fields, "team_id"))
            await self._outside(typed.spot)

    async def _member(self, team: TeamId, user: str, came_from: str) -> None:
        """Return if somebody may act at all.

        Raises:
            BotRefused: he may not.
        """
        installed = await self._parts.installations.find(team)
        person = await self._parts.people.person(team, user)
        if not installed or not is_ours(person, installed[0], came_from):
            raise BotRefused(STRANGER)

    async def _outside(self, spot: Spot) -> None:
        """Return if somebody may act where no card is before him.

        Raises:
            BotRefused: he may not.
        """
        person = await self._parts.people.person(spot.team, spot.user)
        if person.is_guest:
            raise BotRefused(GUEST)
        if not await self._circle.has(spot):
            raise BotRefused(OUTSIDE)


def is_ours(person: Person, installation: Installation, came_from: str) -> bool:
    """Return whether somebody belongs to who has installed us; `came_from` is a team's id.

    What Slack said with an act counts only while nothing is known of the person himself.
    """
    if person.is_stranger or not person.is_person:
        return False
    ours = {installation.team, installation.enterprise} - {""}
    if person.organisation in ours:
        return True
    home = person.home or came_from
    # Which workspaces an organisation has, an installation on the whole of it does not say.
    is_told = bool(home) and not (installation.is_enterprise and not person.home)
    return home in ours if is_told else True


def _carried(value: str) -> Target | None:
    """Return the handoff that a button carries, or an entry of a menu behind its word."""
    found = target_of(value)
    return found if found is not None else target_of(value.partition(":")[2])


def _from(payload: Json) -> str:
    return word_in(payload, "user", "team_id")


def _clicked_at(team: TeamId, payload: Json) -> Spot | None:
    click = click_of(team, payload)
    return click.spot if click is not None else None


def _submitted_at(team: TeamId, payload: Json) -> Spot | None:
    submitted = submitted_of(team, payload)
    if submitted is None:
        return None
    place: Place | None = unpacked(word_of(submitted.view, "private_metadata"))
    channel, thread = (place.channel, place.thread) if place is not None else ("", "")
    return Spot(team, submitted.user, channel, thread)


def _used_at(team: TeamId, payload: Json) -> Spot | None:
    shortcut = shortcut_of(team, payload)
    return shortcut.spot if shortcut is not None else None


def _typed_at(team: TeamId, fields: Json) -> Spot | None:
    typed = typed_of(team, fields)
    return typed.spot if typed is not None else None
