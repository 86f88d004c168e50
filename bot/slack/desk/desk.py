"""The desk in Slack: a card per handoff, what is said under it, and how it ended."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from bot.errors import DeskFailed, StoreFailed
from bot.humans.desk import Card, ThreadLine
from bot.humans.parcels import CHANNEL, ON_CALL
from bot.outbox import card_for
from bot.slack.blocks import Block
from bot.slack.desk.board import Board, Shown
from bot.slack.desk.cards import NOBODYS, OUTCOMES, called, card_message, reason_in_words
from bot.slack.desk.late import Lateness
from bot.slack.desk.lines import LineMessage, closing, line_messages
from bot.slack.desk.precedence import Precedence
from bot.slack.desk.shared_files import SharingFiles
from bot.slack.in_order import InOrder
from bot.slack.once import Once, Put, Wanted, is_marked_as, marked_as
from bot.slack.parts import SlackParts
from bot.slack.rooms import Room
from bot.slack.target import Target, target_in, user_of
from bot.slack.threads import Thread
from bot.stores.base import Head, HeadOf, Owner
from channels.base import ConversationId
from channels.errors import ChannelBusy
from channels.slack.base import Json
from channels.slack.errors import SlackBusy, SlackRefused, SlackRevoked, SlackUnreachable

LINE = "copilot.line"
"""`event_type` of the metadata of what stands under a card."""
LONG_S = 300.0
"""After what only a person can mend; it is told at once."""
NO_ROOM, REVOKED, NO_ANSWER = "no_channel", "token_revoked", "no_answer"
"""What operations are told besides Slack's own words, such as `is_archived`."""
CARD_GONE = frozenset({"message_not_found"})
HERE, EVERYBODY = "<!here>", "<!channel>"


class SlackDesk:
    """Implements `bot.humans.desk.Desk` with cards in channels; one process may be one of many.

    What was posted is noted before and after, so that a card or a line whose answer was lost is
    looked for in Slack before it is posted again. The thread of a handoff never moves.
    """

    def __init__(
        self,
        parts: SlackParts,
        trace_url: Callable[[str], str] | None = None,
        unreachable: Callable[[str], None] | None = None,
        alone_since: datetime | None = None,
    ) -> None:
        """Take the parts; `unreachable` is told in a word each time Slack cannot be used.

        `alone_since`: no other process has worked on this data since then; see `Once`.
        `trace_url` makes the address of a trace's page, where there are such pages.
        """
        self._parts = parts
        self._trace_url = trace_url
        self._unreachable = unreachable
        clock = parts.services.clock
        self._slack = parts.slack
        self._once = Once(self._slack, parts.cabinet, clock, alone_since)
        self._board = Board(parts.cabinet, clock)
        self._files = SharingFiles(parts.services, self._slack, self._once)
        self._order = InOrder()
        self._precedence = Precedence(clock.monotonic)
        self._late = Lateness(parts.services, parts.terms)

    async def post(self, card: Card) -> None:
        """Show a card, or bring the one that is there up to date; see `Desk.post`."""
        async with self._at_work(card.conversation):
            await self._post(card)

    async def append(self, line: ThreadLine) -> None:
        """Show what was said under the card; what was shown before is not shown again.

        Nobody in the channel is called once those on call are: after an outage all calls would
        come at once, and say less than the truth.

        Raises:
            DeskFailed: it could not be shown, or not all of it; it is tried again.
        """
        async with self._at_work(line.conversation):
            head = await self._head(line.conversation)
            thread = await self._thread_for(head)
            is_late = line.calls == CHANNEL and head.owner is Owner.QUEUE
            if thread is None or (is_late and await self._late.is_late(head)):
                return
            back_s = self._precedence.stands_back_s(thread.room)
            if back_s:
                raise DeskFailed("cards that nobody has seen come first", back_s)
            key = line.id or f"{line.conversation}:{head.head_seq}"
            for number, message in enumerate(
                line_messages(line, head.channel, self._call(line, head))
            ):
                # In a thread Slack tells nobody of a call to the channel.
                is_for_all = line.calls in (CHANNEL, ON_CALL)
                await self._say(thread, f"{key}:{number}", message, is_for_all)
            for file_id in line.files:
                await self._files.share(thread, file_id)

    async def close(self, conversation: ConversationId, outcome: str) -> None:
        """Show how a handoff ended, unless a human has taken it again meanwhile.

        Raises:
            DeskFailed: it could not be shown; it is tried again.
        """
        async with self._at_work(conversation):
            shown = await self._board.of(conversation)
            if shown is None:
                return
            card = shown.card
            thread = await self._parts.threads.of(Target(conversation, card.episode))
            if thread is None:
                return
            head = await self._head(conversation)
            is_taken_again = head.owner is not Owner.BOT and head.episode == card.episode
            if not is_taken_again:
                await self._update(thread, card, outcome)
            words = OUTCOMES.get(outcome, outcome.replace("_", " ").capitalize())
            by = f" ({called(card.human)})" if card.human and outcome not in NOBODYS else ""
            key = f"{conversation}:{card.episode}:closed:{card.epoch}"
            await self._say(thread, key, closing(f"{words}{by}"))
            if not is_taken_again:
                epoch = head.epoch if head.episode == card.episode else card.epoch
                await self._board.put(Shown(replace(card, epoch=epoch), outcome))

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        return await self._once.prune() + await self._board.prune()

    async def _post(self, card: Card) -> None:
        before = await self._board.of(card.conversation)
        if before is not None and before.is_newer_than(card):
            return
        target = Target(card.conversation, card.episode)
        thread = await self._parts.threads.of(target)
        if thread is None or not await self._update(thread, card):
            thread = await self._begin(target, card)
        is_same = before is not None and before.card.episode == card.episode
        if before is not None and is_same and before.outcome:
            words = f"It is wanted again: {reason_in_words(card.reason)}"
            key = f"{card.conversation}:{card.episode}:again:{card.epoch}"
            await self._say(thread, key, closing(words, again=True), is_for_all=True)
        await self._board.put(Shown(card))

    async def _begin(self, target: Target, card: Card) -> Thread:
        """Post the first card of a handoff, or find the one that an earlier try has posted."""
        room = await self._parts.rooms.for_handoff(card.intent, card.reason)
        if room is None:
            self._tell(NO_ROOM)
            raise DeskFailed("no workspace, or no channel for handoffs", LONG_S)

        async def send(room: Room) -> str:
            message = {"channel": room.channel, "unfurl_links": False, **self._message(card, "")}
            return str((await self._slack.call(room.team, "chat.postMessage", message))["ts"])

        wanted = Wanted(_card_key(target), room, send, lambda message: target_in(message) == target)
        try:
            put = await self._once.put(wanted)
        except SlackBusy as busy:
            self._precedence.waits(room, target, busy.retry_after_s)
            raise
        except SlackUnreachable:
            self._precedence.lost(room)
            raise
        self._precedence.came(room, target)
        thread = Thread(target, put.room, put.ts)
        await self._parts.threads.bind(thread)
        if not put.is_new:
            await self._update(thread, card)
        return thread

    async def _update(self, thread: Thread, card: Card, outcome: str = "") -> bool:
        """Change the card; return False when somebody has deleted it, which is then forgotten."""
        where = {"channel": thread.room.channel, "ts": thread.ts}
        message = {**where, **self._message(card, outcome)}
        try:
            await self._slack.call(thread.room.team, "chat.update", message)
        except SlackRefused as refused:
            if refused.error not in CARD_GONE:
                raise
            await self._once.forget(_card_key(thread.target))
            return False
        return True

    def _message(self, card: Card, outcome: str) -> Block:
        has_trace = self._trace_url is not None and card.trace_id
        url = self._trace_url(card.trace_id) if self._trace_url and has_trace else ""
        message = card_message(card, self._parts.terms.mode, url, outcome)
        return {
            "text": message.text,
            "blocks": list(message.blocks),
            "metadata": message.metadata,
        }

    async def _say(
        self, thread: Thread, key: str, message: LineMessage, is_for_all: bool = False
    ) -> Put:
        """Post a message under a card, once; `is_for_all` shows it in the channel, too."""

        async def send(room: Room) -> str:
            arguments: Block = {
                "channel": room.channel,
                "thread_ts": thread.ts,
                "text": message.text,
                "blocks": list(message.blocks),
                "metadata": marked_as(LINE, key),
                "unfurl_links": False,
            }
            if message.username:
                arguments["username"] = message.username
            if is_for_all:
                arguments["reply_broadcast"] = True
            return str((await self._slack.call(room.team, "chat.postMessage", arguments))["ts"])

        def is_it(found: Json) -> bool:
            return is_marked_as(found, LINE, key)

        return await self._once.put(Wanted(f"line:{key}", thread.room, send, is_it, thread.ts))

    async def _thread_for(self, head: Head) -> Thread | None:
        """Return where what is said now belongs; a handoff that has no card yet is given one.

        None when the conversation is with the bot, and never had one.
        """
        shown = await self._board.of(head.conversation)
        is_with_desk = head.owner is not Owner.BOT
        if is_with_desk and (shown is None or shown.card.episode < head.episode):
            services = self._parts.services
            await self._post(await card_for(services.store, head, services.clock.now()))
            shown = await self._board.of(head.conversation)
        if shown is None:
            return None
        return await self._parts.threads.of(Target(head.conversation, shown.card.episode))

    def _call(self, line: ThreadLine, head: Head) -> str:
        """Return how those are called whom a line calls."""
        match line.calls:
            case "claimer":
                user = user_of(head.human)
                return f"<@{user}>" if user else ""
            case "channel":
                return HERE
            case "on_call":
                return self._parts.terms.on_call or EVERYBODY
            case _:
                return ""

    async def _head(self, conversation: ConversationId) -> Head:
        heads = await self._parts.services.store.find(HeadOf(conversation))
        if not heads:
            raise DeskFailed(f"there is no conversation {conversation!r}", LONG_S)
        return heads[0]

    @asynccontextmanager
    async def _at_work(self, conversation: ConversationId) -> AsyncIterator[None]:
        """Do one thing at a time for a conversation; what goes wrong becomes DeskFailed."""
        async with self._order.turn(conversation):
            try:
                yield
            except SlackBusy as busy:
                raise DeskFailed("Slack is busy", busy.retry_after_s) from None
            except SlackUnreachable:
                self._tell(NO_ANSWER)
                raise DeskFailed("Slack does not answer") from None
            except SlackRevoked:
                self._tell(REVOKED)
                raise DeskFailed("Slack does not know us any more", LONG_S) from None
            except SlackRefused as refused:
                self._tell(refused.error)
                raise DeskFailed(f"Slack said {refused.error!r}", LONG_S) from None
            except (StoreFailed, ChannelBusy):
                raise DeskFailed("the disk failed") from None

    def _tell(self, reason: str) -> None:
        if self._unreachable is not None:
            self._unreachable(reason)


def _card_key(target: Target) -> str:
    return f"card:{target.conversation}:{target.episode}"
