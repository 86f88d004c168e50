"""Reveal: one value, in one modal, for one human, after it was written down that he looked."""

from bot.errors import BotRefused
from bot.humans.reveal_to_human import RevealToHuman
from bot.humans.typed import cleaned
from bot.slack.asides import Asides, again
from bot.slack.clicks import Click, Spot, submitted_of
from bot.slack.desk.actions import acting
from bot.slack.desk.cards import REVEAL
from bot.slack.desk.modals import (
    REVEAL_VIEW,
    Reveal,
    entered,
    opening_modal,
    reveal_modal,
    revealed_modal,
)
from bot.slack.desk.standing import head_of
from bot.slack.parts import SlackParts
from bot.slack.target import Place, Target, value_of
from channels.slack.base import Json, Listeners, TeamId


class Revealing:
    """Asks what shall be shown and why, then shows it. The value is in no message and no log."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._reveal = RevealToHuman(parts.services)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            actions={REVEAL: acting(self._asides, self._ask)},
            views={REVEAL_VIEW: self._submitted},
        )

    async def _ask(self, click: Click, target: Target) -> None:
        await head_of(self._parts.services.store, target)
        human = await self._parts.people.human(click.spot.team, click.spot.user)
        hidden = await self._reveal.hidden(target.conversation, human)
        place = Place(target, click.spot.channel, click.spot.thread)
        view = reveal_modal(place, hidden.shown, hidden.lost)
        await self._asides.open(click.spot, click.trigger, view, again(REVEAL, click.value))

    async def _submitted(self, team: TeamId, payload: Json) -> None:
        submitted = submitted_of(team, payload)
        match entered(submitted.view) if submitted else None:
            case Reveal() as wanted if submitted:
                place = wanted.place
                spot = Spot(team, submitted.user, place.channel, place.thread)
                try:
                    await self._show(spot, submitted.trigger, wanted)
                except BotRefused as refused:
                    await self._asides.refuse(spot, refused)
            case _:
                return

    async def _show(self, spot: Spot, trigger: str, wanted: Reveal) -> None:
        """Open an empty view, write down who looks, then put the value into the view.

        In this order: a view that opens too late must not cost an entry in the audit, and the
        value must not be shown before the entry is there.
        """
        place, conversation = wanted.place, wanted.place.target.conversation
        retry = again(REVEAL, value_of(place.target))
        view_id = await self._asides.open(spot, trigger, opening_modal(place), retry)
        if not view_id:
            return
        await head_of(self._parts.services.store, place.target)
        human = await self._parts.people.human(spot.team, spot.user)
        why = await cleaned(self._parts.services, conversation, human, wanted.why)
        try:
            value = await self._reveal.value(conversation, human, wanted.placeholder, why)
        except BotRefused as refused:
            await self._asides.update(spot, view_id, opening_modal(place, str(refused)))
            return
        view = revealed_modal(place, wanted.placeholder, value)
        await self._asides.update(spot, view_id, view)


def listeners(parts: SlackParts) -> Listeners:
    """Return what Reveal listens to."""
    return Revealing(parts).listeners()
