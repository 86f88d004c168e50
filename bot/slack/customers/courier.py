"""Brings the log of one conversation out to Slack, in order and once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.log import (
    Author,
    ChoicesOffered,
    Escalation,
    Event,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
    Notice,
    SurveyAsked,
)
from bot.privacy.reveal import reveal
from bot.privacy.vault import Vault
from bot.services import Services
from bot.slack.customers.answer import Answer, Noted
from bot.slack.customers.blocks import content_of
from bot.slack.customers.ledger import (
    Begun,
    Ledger,
    Reached,
    SentAs,
    Way,
)
from bot.slack.customers.place import home_of, place_of
from bot.slack.customers.post import Poster
from bot.slack.customers.sayings import Saying, Told, key_of, saying_of, under
from bot.slack.customers.status import StatusLine, Unwanted
from bot.slack.customers.words import ENGLISH, words_for
from bot.slack.target import user_of
from bot.stores.base import EventsAfter, EventsOfType, Head, HeadOf, Owner
from bot.waiting import is_set_within
from channels.base import Act, ConversationId, Stopped
from channels.slack.base import Slack, Upload
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackFailed, SlackRefused, SlackRevoked
from routing.request import Redacted

log = logging.getLogger("copilot.slack")
ABANDON_S = 2.0
LOOK_S = 30.0
"""How long an answer that has not begun is waited for; a later one wakes us again."""
MOST_READ = 500
"""Events that are read at once."""
RECENT = 20
"""Events of a kind that are looked at for the last one."""
Accept = Callable[[ConversationId, Act], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Means:
    """What every courier works with."""

    slack: Slack
    services: Services
    ledger: Ledger
    accept: Accept
    """Tells the application what the customer has done."""
    clock: SlackClock
    unwanted: Unwanted


class Courier:
    """Follows one conversation for as long as something is on its way, or awaited."""

    def __init__(self, means: Means, conversation: ConversationId, is_in_doubt: bool) -> None:
        """Take a conversation; `is_in_doubt`: what is not noted may have been said all the same."""
        self._means = means
        self._id = conversation
        self._poster = Poster(means.slack, means.clock)
        self._poster.is_in_doubt = is_in_doubt
        home = home_of(conversation)
        assert home is not None, f"{conversation!r} is not in Slack"
        self._place = self._answered_at = home
        self._words = ENGLISH
        self._asker = ""
        self._human = ""
        self._vault: Vault | None = None
        self._seq = 0
        self._reached = self._kept = Reached()
        self._answer: Answer | None = None
        self._is_stop_told = False
        self._woken = asyncio.Event()
        self._status = StatusLine(
            means.slack,
            lambda: self._place,
            lambda: self._words.thinking,
            means.clock.monotonic,
            means.unwanted,
        )
        self.is_draining = False
        """Set from outside: leave once everything that is in the log is out."""

    @property
    def has_more(self) -> bool:
        """Whether it was woken after it had looked for the last time."""
        return self._woken.is_set()

    def wake(self) -> None:
        """Say that the log has grown."""
        self._woken.set()

    def stop(self) -> None:
        """The customer has pressed Stop: the answer stays as it is."""
        if self._answer is not None:
            self._is_stop_told = True
            self._answer.stop()

    async def run(self) -> None:
        """Bring out what is there and what comes.

        Raises:
            SlackRevoked: we are not welcome there any more; nothing more was brought out.
            StoreFailed: the disk failed.
        """
        await self._begin()
        following = asyncio.get_running_loop().create_task(
            self._status.follow(self._means.services.bus, self._id)
        )
        try:
            while True:
                self._woken.clear()
                await self._bring_out()
                self._poster.is_in_doubt = False
                if not await self._is_awaited() and not self._woken.is_set():
                    break
                self._status.renew()
                is_woken = await is_set_within(self._woken, LOOK_S)
                if not is_woken and self._answer is None:
                    break
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await self._abandon()
        await self._status.clear()

    async def _abandon(self) -> None:
        """Stop an answer where it stands, if Slack takes that soon; the next process goes on."""
        if self._answer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(ABANDON_S):
                    await self._answer.abandon()

    async def _begin(self) -> None:
        """Find out where everything stands."""
        head = await self._head()
        self._words, self._asker = words_for(head.locale), user_of(head.customer)
        services = self._means.services
        self._vault = await services.vaults.of(self._id)
        where = await self._means.ledger.standing(services.store, self._id)
        self._reached = self._kept = where
        self._seq = self._reached.seq
        for event in await self._before(MessageAccepted.TYPE):
            self._go_to(event)
        for event in await self._before(Escalation.TYPE):
            self._note_human(event)
        begun = self._reached.begun
        if begun is not None and begun.way is Way.STREAMED:
            for ts in begun.at:
                await self._poster.close(self._place, ts)

    async def _before(self, kind: str) -> Sequence[Event]:
        query = EventsOfType(self._id, (kind,), RECENT)
        events = await self._means.services.store.find(query)
        return [event for event in events if event.seq <= self._seq]

    async def _is_awaited(self) -> bool:
        """Return whether an answer is on its way, or will be."""
        if self.is_draining:
            return False
        if self._answer is not None:
            return True
        head = await self._head()
        return head.owner is not Owner.HUMAN and head.asked_seq > head.answered_seq

    async def _bring_out(self) -> None:
        store = self._means.services.store
        while events := await store.find(EventsAfter(self._id, self._seq, MOST_READ)):
            for number, event in enumerate(events):
                await self._tell(event, events[number + 1 :])
                self._seq = event.seq
            await self._keep()

    async def _tell(self, event: Event, rest: Sequence[Event]) -> None:
        """Say in Slack what an event says; what Slack does not want at all is left out."""
        try:
            await self._told(event, rest)
        except SlackRefused as refused:
            fields = {"conversation": self._id, "seq": event.seq, "error": refused.error}
            log.error("slack.unsaid", extra=fields)
            if isinstance(event.body, MessageEnded) and event.body.author is Author.BOT:
                self._leave_answer()
                self._reached = replace(self._reached, begun=None)

    async def _told(self, event: Event, rest: Sequence[Event]) -> None:
        match event.body:
            case MessageAccepted():
                self._go_to(event)
            case MessageStarted(message_id=message_id, author=Author.BOT):
                self._answered_at = self._place
                if self._poster.is_in_doubt and not self._is_begun(message_id, with_text=True):
                    await self._poster.sweep(self._place)
                is_whole = any(_ends(one, message_id) for one in rest)
                if not is_whole and not self._is_begun(message_id):
                    self._start(message_id)
            case MessageDelta(message_id=message_id, text=text):
                if self._answer is not None and self._answer.message_id == message_id:
                    self._answer.feed(self._shown(text))
                    await self._look_for_stop(self._answer)
            case MessageReset(message_id=message_id):
                if self._answer is not None and self._answer.message_id == message_id:
                    self._answer.take_back()
            case MessageEnded(author=Author.BOT):
                await self._end(event, event.body, rest)
            case MessageEnded(author=Author.HUMAN):
                await self._human_said(event, event.body)
            case Escalation(state="joined"):
                self._note_human(event)
                await self._freeze()
                await self._say(event)
            case MessageEnded() | Escalation() | Notice() | ChoicesOffered() | SurveyAsked():
                await self._say(event)
            case _:
                pass

    async def _say(self, event: Event) -> None:
        told = Told(self._id, self._place, self._words, self._shown)
        saying = saying_of(event, told)
        if saying is not None:
            await self._poster.say(saying)
            await self._was_said(event)

    def _start(self, message_id: str) -> None:
        """Begin to stream an answer."""
        begun = Begun(message_id)
        noted = Noted(self._means.slack, key_of(self._id, message_id), begun, self._note)
        self._answer = Answer(noted, self._place, self._asker, self._means.clock)
        self._reached = replace(self._reached, begun=begun)
        self._is_stop_told = False
        self._status.is_silent = True

    async def _note(self, begun: Begun) -> None:
        self._status.covered()
        self._reached = self._kept = replace(self._reached, begun=begun)
        await self._means.ledger.keep(self._id, self._reached)

    async def _end(self, event: Event, ended: MessageEnded, rest: Sequence[Event]) -> None:
        """Bring out the end of an answer, or the whole of it."""
        blocks = under(self._id, ended, rest, self._words)
        key = key_of(self._id, ended.message_id)
        saying = Saying(self._answered_at, key, self._shown(ended.text), blocks)
        begun = self._reached.begun
        if begun is None or begun.message_id != ended.message_id:
            if saying.text.strip():
                await self._poster.say(saying)
        elif self._answer is not None:
            await self._finish(self._answer, saying)
        elif begun.way is Way.STREAMED:
            await self._poster.settle(saying, begun.at)
        self._leave_answer()
        self._reached = replace(self._reached, begun=None)
        await self._was_said(event)

    async def _finish(self, answer: Answer, saying: Saying) -> None:
        try:
            await answer.end(saying.text, saying.blocks)
        except SlackRevoked:
            raise
        except SlackFailed:
            self._answer = None
            await self._poster.settle(saying, answer.begun.at)

    async def _freeze(self) -> None:
        """Break an answer off, since somebody else has the word: nothing is added to it."""
        answer = self._answer
        if answer is None:
            return
        try:
            await answer.end()
        except SlackRevoked:
            raise
        except SlackFailed:
            log.warning("slack.not_frozen", extra={"conversation": self._id})
        else:
            answer.freeze()
            await self._note(answer.begun)
        self._leave_answer()

    async def _look_for_stop(self, answer: Answer) -> None:
        """Tell the application that the customer has pressed Stop, when Slack says so."""
        if not answer.was_stopped:
            return
        if answer.begun.way is not Way.FROZEN:
            answer.freeze()
            await self._note(answer.begun)
        if not self._is_stop_told:
            self._is_stop_told = True
            await self._means.accept(self._id, Stopped(answer.message_id))

    def _leave_answer(self) -> None:
        self._answer = None
        self._status.is_silent = False

    async def _human_said(self, event: Event, ended: MessageEnded) -> None:
        """Say what a human says, or correct what he has said."""
        ledger, text = self._means.ledger, self._shown(ended.text)
        sent = await ledger.sent(self._id, ended.message_id)
        if sent is not None:
            place = replace(self._place, channel=sent.channel)
            await self._poster.correct(place, sent.ts, content_of(text))
            return
        if text.strip():
            key = key_of(self._id, ended.message_id)
            at = await self._poster.say(Saying(self._place, key, text, name=self._human))
            sent = SentAs(self._place.channel, at[0])
            await ledger.remember(self._id, ended.message_id, sent)
        await self._was_said(event)
        for file in ended.attachments:
            content = await self._means.services.files.get(self._id, file.file_id)
            if content is None:
                log.error("slack.file_is_gone", extra={"conversation": self._id})
                continue
            name = self._shown(file.name)
            await self._poster.upload(self._place, Upload(name, name, content))

    async def _was_said(self, event: Event) -> None:
        self._status.covered()
        self._seq = event.seq
        await self._keep()

    async def _keep(self) -> None:
        """Remember how far we are; while an answer is being said, that is before it."""
        begun = self._reached.begun
        is_being_said = begun is not None and begun.way is Way.STREAMED
        if not is_being_said:
            self._reached = replace(self._reached, seq=self._seq)
        if self._reached != self._kept:
            self._kept = self._reached
            await self._means.ledger.keep(self._id, self._reached)

    def _is_begun(self, message_id: str, with_text: bool = False) -> bool:
        """Return whether another process, or a broken stream, has left this answer."""
        begun = self._reached.begun
        is_it = begun is not None and begun.message_id == message_id
        return is_it and (not with_text or bool(begun and begun.at))

    def _go_to(self, event: Event) -> None:
        """Note where the customer has spoken: that is where he is answered."""
        if isinstance(event.body, MessageAccepted):
            self._place = place_of(event.body.client_id) or self._place

    def _note_human(self, event: Event) -> None:
        if isinstance(event.body, Escalation) and event.body.state == "joined":
            self._human = event.body.name

    def _shown(self, text: Redacted) -> str:
        """Return what the customer sees; where others read along, nothing is put back."""
        if self._vault is None or not self._place.is_direct:
            return text
        return reveal(text, self._vault)

    async def _head(self) -> Head:
        return (await self._means.services.store.find(HeadOf(self._id)))[0]


def _ends(event: Event, message_id: str) -> bool:
    return isinstance(event.body, MessageEnded) and event.body.message_id == message_id
