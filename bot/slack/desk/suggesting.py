"""Suggest reply: a draft that grows in a modal while its human watches, edited and sent by him."""

import json
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.errors import BotRefused
from bot.humans.draft import Draft, Writing, edit_distance
from bot.humans.handoff import Reply
from bot.humans.human import Human
from bot.humans.suggest import Suggest
from bot.humans.typed import cleaned
from bot.slack.acted import Acted
from bot.slack.asides import Asides, again
from bot.slack.blocks import safe
from bot.slack.clicks import Click, Spot, submitted_of
from bot.slack.desk.actions import acting, claimed
from bot.slack.desk.cards import SUGGEST
from bot.slack.desk.modals import (
    SEND_VIEW,
    SendReply,
    drafting_modal,
    entered,
    no_draft_modal,
    send_modal,
)
from bot.slack.desk.standing import with_desk
from bot.slack.parts import SlackParts
from bot.slack.target import Place, Target
from bot.stores.base import HeadOf
from bot.stores.cabinet import Entry
from channels.slack.base import Json, Listeners, TeamId
from channels.slack.errors import SlackBusy, SlackUnreachable

log = logging.getLogger("copilot.slack")
DRAFTS = "slack.draft"
REMEMBERED = timedelta(days=1)
SHOWN_EVERY_S = 1.0
"""Least time between two looks at a draft that grows."""
MOST_KEPT = 2_500
NO_ANSWER = "No draft: nothing that we know answers this. Write the reply yourself."


@dataclass(slots=True)
class _Window:
    """A modal in which a draft grows."""

    spot: Spot
    view_id: str
    place: Place
    shown_at: float
    """When it was shown last, monotonic."""


class Suggesting:
    """Shows drafts and sends what humans make of them. Without a human nothing is ever sent."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._acted = Acted(parts.cabinet, parts.services.clock)
        self._suggest = Suggest(parts.services)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            actions={SUGGEST: acting(self._asides, self._ask)}, views={SEND_VIEW: self._submitted}
        )

    async def prune(self) -> int:
        """Forget drafts that nobody has sent; return how many."""
        before = self._parts.services.clock.now() - REMEMBERED
        return await self._parts.cabinet.remove(DRAFTS, None, before)

    async def _ask(self, click: Click, target: Target) -> None:
        # The view comes first: what opens it lives for three seconds, and a model takes longer.
        place = Place(target, click.spot.channel, click.spot.thread)
        view_id = await self._asides.open(
            click.spot, click.trigger, drafting_modal(place), again(SUGGEST, click.value)
        )
        if not view_id:
            return
        try:
            await with_desk(self._parts.services.store, target)
            human = await self._parts.people.human(click.spot.team, click.spot.user)
            now = self._parts.services.clock.monotonic()
            await self._write(_Window(click.spot, view_id, place, now), human)
        except BotRefused as refused:
            why = no_draft_modal(place, f"No draft: {refused}.")
            await self._asides.update(click.spot, view_id, why)

    async def _write(self, window: _Window, human: Human) -> None:
        """Let the draft grow in the view; a view that was closed ends it."""
        conversation = window.place.target.conversation
        async with aclosing(self._suggest.pieces(conversation, human)) as pieces:
            async for piece in pieces:
                if not await self._shows(window, piece):
                    return

    async def _shows(self, window: _Window, piece: Writing | Draft) -> bool:
        """Show a piece if it is time to; return False once nobody watches any more."""
        if isinstance(piece, Draft):
            await self._finished(window, piece)
            return True
        now = self._parts.services.clock.monotonic()
        if now - window.shown_at < SHOWN_EVERY_S:
            return True
        window.shown_at = now
        view = drafting_modal(window.place, piece.text)
        return await self._is_watched(window.spot, window.view_id, view)

    async def _is_watched(self, spot: Spot, view_id: str, view: dict[str, object]) -> bool:
        try:
            return await self._asides.update(spot, view_id, view)
        except (SlackBusy, SlackUnreachable):
            # One look less; the next one, or the whole, follows.
            return True

    async def _finished(self, window: _Window, draft: Draft) -> None:
        spot, view_id, place = window.spot, window.view_id, window.place
        if not draft.text:
            await self._asides.update(spot, view_id, no_draft_modal(place, NO_ANSWER))
            return
        now = self._parts.services.clock.now()
        kept = json.dumps({"text": draft.text})
        await self._parts.cabinet.put(Entry(DRAFTS, draft.trace_id, kept, now))
        sources = [f"{source.title} {source.url}".strip() for source in draft.sources]
        view = send_modal(replace(place, draft=draft.trace_id), draft.text, sources)
        await self._asides.update(spot, view_id, view)

    async def _submitted(self, team: TeamId, payload: Json) -> None:
        submitted = submitted_of(team, payload)
        match entered(submitted.view) if submitted else None:
            case SendReply(place, text) if submitted:
                spot = Spot(team, submitted.user, place.channel, place.thread)
                try:
                    await self._send(spot, place, text, submitted.id)
                except BotRefused as refused:
                    await self._asides.refuse(spot, refused)
                    await self._give_back(spot, place, text)
            case _:
                return

    async def _send(self, spot: Spot, place: Place, text: str, view_id: str) -> None:
        conversation = place.target.conversation
        if await self._acted.has("sent", view_id):
            return
        await with_desk(self._parts.services.store, place.target)
        human = await self._parts.people.human(spot.team, spot.user)
        await claimed(self._parts.handoffs, conversation, human)
        clean = await cleaned(
            self._parts.services, conversation, human, text, is_draft=bool(place.draft)
        )
        await self._parts.handoffs.reply(conversation, human, Reply(clean, key=view_id))
        await self._rate(place, clean)
        await self._acted.remember("sent", view_id)

    async def _give_back(self, spot: Spot, place: Place, text: str) -> None:
        """Show a human what he has typed and was not sent; personal data stays out of messages."""
        conversation = place.target.conversation
        if not await self._parts.services.store.find(HeadOf(conversation)):
            return
        human = await self._parts.people.human(spot.team, spot.user)
        is_draft = bool(place.draft)
        clean = await cleaned(self._parts.services, conversation, human, text, is_draft=is_draft)
        await self._asides.tell(spot, f"Not sent:\n{safe(clean, MOST_KEPT)}")

    async def _rate(self, place: Place, sent: str) -> None:
        """Keep how much of the draft was changed."""
        found = await self._parts.cabinet.find(DRAFTS, place.draft) if place.draft else ()
        if not found:
            return
        distance = edit_distance(json.loads(found[0].value)["text"], sent)
        await self._suggest.sent(place.target.conversation, place.draft, distance)
        await self._parts.cabinet.remove(DRAFTS, place.draft)
        log.info("slack.draft_sent", extra={"draft": place.draft, "distance": round(distance, 4)})


def listeners(parts: SlackParts) -> Listeners:
    """Return what Suggest reply listens to."""
    return Suggesting(parts).listeners()
