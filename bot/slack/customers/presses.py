"""What customers in Slack press: thumbs, choices, the survey, the way to a person."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.log import SurveyAnswered
from bot.services import Services
from bot.slack.blocks import MOST_SECTION, context, cut, safe
from bot.slack.clicks import Spot, click_of, word_in, word_of
from bot.slack.customers.blocks import CHOOSE, HUMAN, RATE, SURVEY, Pressed, pressed_in
from bot.slack.customers.courier import Accept
from bot.slack.customers.place import customer_in, home_of
from bot.slack.customers.words import Words, words_for
from bot.stores.base import EventsOfType, Head, HeadOf
from channels.base import Chose, Rated, Surveyed, WantsHuman
from channels.errors import ChannelRefused
from channels.slack.base import Json, Listener, Slack, TeamId
from channels.slack.errors import SlackFailed

log = logging.getLogger("copilot.slack")
MOST_LABEL = 75
MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Press:
    """One press by the customer himself."""

    spot: Spot
    pressed: Pressed
    head: Head
    ts: str
    """Of the message that the button was in."""
    which: str
    """Which of several buttons it was."""

    @property
    def words(self) -> Words:
        """What the customer is answered with."""
        return words_for(self.head.locale)


Act = Callable[[Press], Awaitable[None]]


class Presses:
    """Listens to buttons; a press by anybody but the customer does nothing."""

    def __init__(self, slack: Slack, services: Services, accept: Accept) -> None:
        self._slack = slack
        self._services = services
        self._accept = accept

    def listeners(self) -> Mapping[str, Listener]:
        """Return what to listen to, by action id."""
        return {
            HUMAN: self._when(self._wants_human),
            RATE: self._when(self._rated),
            CHOOSE: self._when(self._chose),
            SURVEY: self._when(self._surveyed),
        }

    def _when(self, act: Act) -> Listener:
        async def listen(team: TeamId, payload: Json) -> None:
            press = await self._press(team, payload)
            if press is None:
                return
            try:
                await act(press)
            except ChannelRefused as refused:
                log.warning("slack.press_refused", extra={"code": refused.code})

        return listen

    async def _press(self, team: TeamId, payload: Json) -> Press | None:
        """Return a press that counts: on our button, in its own workspace, by the customer."""
        click = click_of(team, payload)
        pressed = pressed_in(click.value) if click is not None else None
        home = home_of(pressed.conversation) if pressed is not None else None
        if click is None or pressed is None or home is None or home.team != team:
            return None
        heads = await self._services.store.find(HeadOf(pressed.conversation))
        is_his = bool(heads) and heads[0].customer == customer_in(team, click.spot.user)
        if not is_his:
            return None
        ts = word_in(payload, "container", "message_ts")
        which = word_of(payload["actions"][0], "action_id").partition(":")[2]
        return Press(click.spot, pressed, heads[0], ts, which)

    async def _wants_human(self, press: Press) -> None:
        await self._accept(press.head.conversation, WantsHuman())

    async def _rated(self, press: Press) -> None:
        await self._accept(press.head.conversation, Rated(press.pressed.of, press.which))
        spot = press.spot
        told = {
            "channel": spot.channel,
            "user": spot.user,
            "thread_ts": spot.thread,
            "text": press.words.thanks,
        }
        await self._try(spot.team, "chat.postEphemeral", told)

    async def _chose(self, press: Press) -> None:
        await self._accept(press.head.conversation, Chose(press.pressed.of))
        label = safe(press.pressed.label, MOST_LABEL)
        await self._answered(press, press.words.chosen.format(label=label))

    async def _surveyed(self, press: Press) -> None:
        """Take the answer to a survey, the first one."""
        conversation, episode = press.head.conversation, press.pressed.of
        query = EventsOfType(conversation, (SurveyAnswered.TYPE,), MOST_ANSWERS)
        answered = [event.body for event in await self._services.store.find(query)]
        is_new = not any(
            isinstance(one, SurveyAnswered) and str(one.episode) == episode for one in answered
        )
        if is_new and press.which.isdigit():
            await self._accept(conversation, Surveyed(int(press.which)))
        await self._answered(press, press.words.surveyed)

    async def _answered(self, press: Press, text: str) -> None:
        """Put in place of the buttons what was pressed."""
        line = cut(text, MOST_SECTION)
        where = {"channel": press.spot.channel, "ts": press.ts}
        content = {"text": line, "blocks": [context([line])]}
        await self._try(press.spot.team, "chat.update", {**where, **content})

    async def _try(self, team: TeamId, method: str, arguments: Json) -> None:
        try:
            await self._slack.call(team, method, arguments)
        except SlackFailed:
            log.info("slack.press_unanswered", extra={"method": method})
