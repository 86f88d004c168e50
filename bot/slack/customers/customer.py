"""What customers say to the app in Slack: direct messages, and threads that began by naming it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.log import Notice
from bot.privacy.redact import published
from bot.reception.reception import Reception
from bot.slack.clicks import part_of, word_of
from bot.slack.customers.files import CustomerFiles
from bot.slack.customers.outlet import Outlet
from bot.slack.customers.place import (
    CHANNEL,
    Place,
    Remark,
    conversation_at,
    customer_in,
    place_in,
    remark_in,
    turn_of,
)
from bot.slack.customers.presses import Presses
from bot.slack.customers.sayings import FILES_REFUSED, GREETING
from bot.slack.customers.words import language_of, words_for
from bot.slack.in_order import Backlog, InOrder
from bot.slack.parts import SlackParts
from bot.slack.rooms import Room
from bot.stores.base import Draft, Head, HeadOf, Write
from channels.base import ConversationId, Said, Stopped
from channels.errors import ChannelRefused
from channels.slack.base import Json, Listeners, TeamId
from channels.slack.errors import SlackFailed
from channels.slack.readable import mentioned, readable

log = logging.getLogger("copilot.slack")
MOST_CHARS = 12_000
"""Of one message; what is longer is cut."""
MOST_PROMPTS = 4
MOST_TITLE = 75


class Customers:
    """Listens to customers; every listener may run again, and does nothing twice.

    A thread in a channel belongs to whoever named the app in it first. In direct messages a thread
    that the app has begun, as an assistant's is, is a conversation of its own; everything else is
    one conversation, answered under what the customer wrote last.

    Within one process what is written in one place is taken in the order of its `ts`, also when
    one message, such as one with a file, fails and comes again.
    """

    def __init__(
        self,
        parts: SlackParts,
        reception: Reception,
        outlet: Outlet,
        order: InOrder | None = None,
    ) -> None:
        """Take the parts, and the order in which messages are announced."""
        self._parts = parts
        self._services = parts.services
        self._reception = reception
        self._outlet = outlet
        self._files = CustomerFiles(parts.slack, parts.services.files, reception.accept)
        self._presses = Presses(parts.slack, parts.services, reception.accept)
        self._order = order or InOrder()
        self._backlog = Backlog(parts.services.clock.monotonic)

    def listeners(self) -> Listeners:
        """Return what customers are heard with.

        `message` and `app_home_opened` are the desk's, too: see `is_ours`, and `opened_messages`.
        """
        return Listeners(
            events={
                "message": self.heard,
                "app_mention": self.named,
                "app_home_opened": self.opened_messages,
                "assistant_thread_started": self.began_thread,
                "agent_session_stopped": self.stopped,
            },
            actions=self._presses.listeners(),
        )

    async def is_ours(self, team: TeamId, event: Json) -> bool:
        """Return whether a `message` event is in a customer's conversation.

        Raises:
            StoreFailed: the disk failed.
        """
        if word_of(event, "channel_type") == "im":
            return True
        place = place_in(team, event)
        return place is not None and await self._head(conversation_at(place)) is not None

    async def heard(self, team: TeamId, body: Json) -> None:
        """Take a message, if a customer wrote it in his conversation."""
        remark = remark_in(team, part_of(body, "event"))
        if remark is None:
            return
        if remark.place.is_direct:
            conversation = await self._direct(remark, part_of(body, "event"))
            await self._take(conversation, remark, is_named=True)
        elif remark.is_reply:
            conversation = conversation_at(remark.place)
            if await self._head(conversation) is not None:
                await self._take(conversation, remark, is_named=False)

    async def named(self, team: TeamId, body: Json) -> None:
        """Take a message that names the app: in a thread without a conversation it begins one."""
        remark = remark_in(team, part_of(body, "event"))
        if remark is None or remark.place.is_direct:
            return
        place = remark.place
        if await self._parts.threads.at(Room(team, place.channel), place.thread) is None:
            await self._take(conversation_at(place), remark, is_named=True)

    async def opened_messages(self, team: TeamId, body: Json) -> None:
        """Greet somebody who opens his direct messages with the app for the first time."""
        event = part_of(body, "event")
        user, channel = word_of(event, "user"), word_of(event, "channel")
        if word_of(event, "tab") == "messages" and user and channel.startswith("D"):
            await self._met(conversation_at(Place(team, channel)), team, user)

    async def began_thread(self, team: TeamId, body: Json) -> None:
        """Greet somebody who begins a thread with the app, and suggest what he may ask."""
        thread = part_of(part_of(body, "event"), "assistant_thread")
        user = word_of(thread, "user_id")
        place = place_in(team, {**thread, "channel": word_of(thread, "channel_id")})
        if place is None or not user:
            return
        await self._met(conversation_at(place), team, user)
        rules = self._services.tenant.policy.intents
        prompts = [
            {"title": rule.examples[0][:MOST_TITLE], "message": rule.examples[0]}
            for rule in rules
            if rule.examples
        ][:MOST_PROMPTS]
        if not prompts:
            return
        where = {"channel_id": place.channel, "thread_ts": place.thread}
        suggested = {**where, "prompts": prompts}
        try:
            await self._parts.slack.call(team, "assistant.threads.setSuggestedPrompts", suggested)
        except SlackFailed:
            log.info("slack.nothing_suggested", extra={"team": team})

    async def stopped(self, team: TeamId, body: Json) -> None:
        """End the answer of a customer who has pressed Slack's own Stop."""
        event = part_of(body, "event")
        place = place_in(team, event)
        if place is None:
            return
        head = await self._head(conversation_at(place))
        if head is None and place.is_direct:
            head = await self._head(conversation_at(Place(team, place.channel)))
        if head is None or head.customer != customer_in(team, word_of(event, "user")):
            return
        self._outlet.stop(head.conversation)
        await self._reception.accept(head.conversation, Stopped(""))

    async def _direct(self, remark: Remark, event: Json) -> ConversationId:
        """Return the conversation of a direct message; see the class."""
        whole = conversation_at(Place(remark.place.team, remark.place.channel))
        if not remark.is_reply:
            return whole
        own = conversation_at(remark.place)
        is_begun_by_us = bool(remark.parent) and remark.parent != remark.user
        if is_begun_by_us or "assistant_thread" in event:
            return own
        return own if await self._head(own) is not None else whole

    async def _take(self, conversation: ConversationId, remark: Remark, is_named: bool) -> None:
        """Take what was said, in the order in which it was; only from whose conversation it is."""
        team, user = remark.place.team, remark.user
        async with self._turn(remark):
            head = await self._met(conversation, team, user, remark.place.thread)
            if head.customer == customer_in(team, user):
                await self._accept(head, remark)
            elif is_named:
                await self._decline(remark)
        # A message that came again may have died before anybody was told of it.
        self._outlet.push(conversation)

    @asynccontextmanager
    async def _turn(self, remark: Remark) -> AsyncIterator[None]:
        """Wait until everything is taken that was written there before, if it comes at all."""
        turn = turn_of(remark)
        async with self._order.turn(turn.name, turn.rank):
            with self._backlog.trying(turn.name, turn.rank):
                yield

    async def _accept(self, head: Head, remark: Remark) -> None:
        taken = await self._files.take(head.conversation, remark)
        text = await self._text(remark)
        if text or taken.file_ids:
            said = Said(remark.client_id, text[:MOST_CHARS], taken.file_ids)
            try:
                await self._reception.accept(head.conversation, said)
            except ChannelRefused as refused:
                log.warning("slack.not_accepted", extra={"code": refused.code})
        if taken.refused:
            words = words_for(head.locale).files_refused
            await self._say_once(head.conversation, FILES_REFUSED, words, f"files:{remark.ts}")

    async def _text(self, remark: Remark) -> str:
        """Return what was written, as plain text, without the name of the app."""
        team, text = remark.place.team, remark.text
        installed = await self._parts.installations.find(team)
        for one in installed:
            text = text.replace(f"<@{one.bot_user}>", "") if one.bot_user else text
        names = await self._parts.people.names(team, mentioned(text))
        return readable(text, names)

    async def _met(
        self, conversation: ConversationId, team: TeamId, user: str, thread: str = ""
    ) -> Head:
        """Return the head of a conversation, which is begun, and greeted in a thread, if it is new.

        Raises:
            ChannelBusy: it could not be begun.
            StoreFailed: the disk failed.
        """
        head = await self._head(conversation)
        if head is None:
            tenant = self._services.tenant
            locale = (await self._parts.people.person(team, user)).locale or tenant.locale
            customer = customer_in(team, user)
            head = Head(conversation, tenant.id, CHANNEL, customer, locale)
            await self._outlet.begin(conversation)
            await self._reception.meet(head)
            head = await self._head(conversation) or head
        if not head.head_seq:
            code = f"{GREETING}:{thread}" if thread else GREETING
            await self._say_once(conversation, code, self._greeting(head.locale), GREETING)
        return head

    def _greeting(self, locale: str) -> str:
        """Return the first words: the company's own in its language, and that it is a machine."""
        tenant, words = self._services.tenant, words_for(locale)
        is_own = language_of(locale) == language_of(tenant.locale)
        return f"{tenant.greeting if is_own else words.greeting}\n\n{words.disclosure}"

    async def _say_once(self, conversation: ConversationId, code: str, text: str, key: str) -> None:
        write = Write(
            conversation,
            self._services.clock.now(),
            events=(Draft(Notice(code, published(text)), "rule"),),
            key=key,
        )
        await self._services.scribe.write(write)

    async def _decline(self, remark: Remark) -> None:
        """Tell somebody, for him alone, that the thread is somebody else's."""
        person = await self._parts.people.person(remark.place.team, remark.user)
        told = {
            "channel": remark.place.channel,
            "user": remark.user,
            "thread_ts": remark.place.thread,
            "text": words_for(person.locale).not_yours,
        }
        try:
            await self._parts.slack.call(remark.place.team, "chat.postEphemeral", told)
        except SlackFailed:
            log.info("slack.not_declined", extra={"team": remark.place.team})

    async def _head(self, conversation: ConversationId) -> Head | None:
        heads = await self._services.store.find(HeadOf(conversation))
        return heads[0] if heads else None
