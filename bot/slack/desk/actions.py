"""The buttons of a card: claim, return to the bot, resolve."""

import logging
from collections.abc import Awaitable, Callable

from bot.errors import BotRefused
from bot.humans.handoff import Handoffs, NotYours
from bot.humans.human import Human
from bot.slack.asides import Asides
from bot.slack.clicks import Click, click_of
from bot.slack.desk.cards import CLAIM, RELEASE, RESOLVE
from bot.slack.desk.standing import head_of, with_desk
from bot.slack.parts import SlackParts
from bot.slack.target import Target, target_of
from bot.stores.base import Owner
from channels.base import ConversationId
from channels.slack.base import Json, Listener, Listeners, TeamId

log = logging.getLogger("copilot.slack")
Act = Callable[[Click, Target], Awaitable[None]]


class Actions:
    """Does what the buttons say, once, however often a click comes; a refusal is told privately.

    What was done needs no words: the card under the button changes.
    """

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            actions={
                CLAIM: acting(self._asides, self._claim),
                RELEASE: acting(self._asides, self._release),
                RESOLVE: acting(self._asides, self._resolve),
            }
        )

    async def _claim(self, click: Click, target: Target) -> None:
        await with_desk(self._parts.services.store, target)
        human = await self._parts.people.human(click.spot.team, click.spot.user)
        await claimed(self._parts.handoffs, target.conversation, human)

    async def _release(self, click: Click, target: Target) -> None:
        head = await head_of(self._parts.services.store, target)
        if head.owner is Owner.BOT:
            return
        human = await self._parts.people.human(click.spot.team, click.spot.user)
        await self._parts.handoffs.release(target.conversation, human)

    async def _resolve(self, click: Click, target: Target) -> None:
        head = await head_of(self._parts.services.store, target)
        if not head.is_open:
            return
        human = await self._parts.people.human(click.spot.team, click.spot.user)
        await self._parts.handoffs.resolve(target.conversation, human)


async def claimed(handoffs: Handoffs, conversation: ConversationId, human: Human) -> None:
    """Give a conversation to a human; two clicks of his own at once are one.

    Raises:
        NotYours: another human has it.
    """
    try:
        await handoffs.claim(conversation, human)
    except NotYours as refused:
        if refused.by != human.id:
            raise


def listeners(parts: SlackParts) -> Listeners:
    """Return what the buttons of a card that need no form listen to."""
    return Actions(parts).listeners()


def acting(asides: Asides, act: Act) -> Listener:
    """Return a listener that acts on a click on a handoff, and tells its one human a refusal."""

    async def listen(team: TeamId, payload: Json) -> None:
        click = click_of(team, payload)
        target = target_of(click.value) if click else None
        if click is None or target is None:
            log.warning("slack.click_unread", extra={"team": team})
            return
        try:
            await act(click, target)
        except BotRefused as refused:
            await asides.refuse(click.spot, refused)

    return listen
