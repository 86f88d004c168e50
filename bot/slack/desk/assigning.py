"""Giving a conversation to a colleague: the form, and what comes of it."""

from bot.errors import BotRefused
from bot.slack.acted import Acted
from bot.slack.asides import Asides, again
from bot.slack.clicks import Click, Spot, submitted_of
from bot.slack.desk.actions import acting
from bot.slack.desk.cards import ASSIGN
from bot.slack.desk.modals import ASSIGN_VIEW, AssignTo, assign_modal, entered
from bot.slack.desk.standing import with_desk
from bot.slack.parts import SlackParts
from bot.slack.target import Place, Target
from channels.slack.base import Json, Listeners, TeamId


class Assigning:
    """Asks who shall have a conversation, gives it to him, and says so in the thread, once."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._acted = Acted(parts.cabinet, parts.services.clock)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            actions={ASSIGN: acting(self._asides, self._ask)},
            views={ASSIGN_VIEW: self._submitted},
        )

    async def _ask(self, click: Click, target: Target) -> None:
        await with_desk(self._parts.services.store, target)
        place = Place(target, click.spot.channel, click.spot.thread)
        await self._asides.open(
            click.spot, click.trigger, assign_modal(place), again(ASSIGN, click.value)
        )

    async def _submitted(self, team: TeamId, payload: Json) -> None:
        submitted = submitted_of(team, payload)
        match entered(submitted.view) if submitted else None:
            case AssignTo(place, user) if submitted:
                spot = Spot(team, submitted.user, place.channel, place.thread)
                try:
                    await self._assign(spot, place, user)
                except BotRefused as refused:
                    await self._asides.refuse(spot, refused)
                    return
                await self._tell(spot, user, submitted.id)
            case _:
                return

    async def _assign(self, spot: Spot, place: Place, user: str) -> None:
        await with_desk(self._parts.services.store, place.target)
        installed = await self._parts.installations.find(spot.team)
        if user in {one.bot_user for one in installed}:
            raise BotRefused("the bot cannot be a colleague: use Return to bot")
        by = await self._parts.people.human(spot.team, spot.user)
        to = await self._parts.people.human(spot.team, user)
        await self._parts.handoffs.assign(place.target.conversation, by, to)

    async def _tell(self, spot: Spot, user: str, view_id: str) -> None:
        """Call the colleague in the thread, unless it was done already."""
        if not spot.channel or await self._acted.has("assigned", view_id):
            return
        text = f"<@{user}>: <@{spot.user}> has given you this conversation."
        message = {"channel": spot.channel, "thread_ts": spot.thread, "text": text}
        await self._parts.slack.call(spot.team, "chat.postMessage", message)
        await self._acted.remember("assigned", view_id)


def listeners(parts: SlackParts) -> Listeners:
    """Return what assigning listens to."""
    return Assigning(parts).listeners()
