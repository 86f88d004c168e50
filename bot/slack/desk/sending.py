"""From a message under a card to one that the customer reads, or the reason why not."""

from collections.abc import Sequence
from datetime import timedelta

from bot.canonical import canonical
from bot.errors import BotRefused
from bot.humans.handoff import NotYours, Reply
from bot.humans.human import Human
from bot.humans.typed import cleaned
from bot.log import MessageEnded
from bot.slack.asides import in_words
from bot.slack.desk.heard import Heard, is_over
from bot.slack.desk.receipts import Receipts
from bot.slack.desk.shared_files import TakingFiles
from bot.slack.desk.standing import head_of
from bot.slack.desk.thread_rules import SharedFile
from bot.slack.parts import SlackParts
from bot.slack.threads import SaidAs
from bot.stores.base import AuditDraft, EventsOfType, Head, Write
from bot.stores.cabinet import Entry
from channels.slack.readable import mentioned, readable
from routing.request import Redacted

SENDING, NOT_SENT, NOTED = "-sending", "-not_sent", "-noted"
"""What a message has become that is no message to the customer (`SaidAs.message_id`); one that
waits for Claim and send has none at all."""
WITHDRAWN = "slack.withdrawn"
"""Kind of what is known of messages that their authors have deleted. Apart from what they became,
so that a deletion is seen while the message is on its way."""
REMEMBERED = timedelta(days=90)
REFUSED = "reply.refused"
MOST_EVENTS = 1_000


class Moved(BotRefused):
    """The floor has changed hands since it was decided that something is said."""


class _Withdrawn(BotRefused):
    """Its author has deleted the message before it was sent."""


class Sending:
    """Says to customers what humans write, once per message, and marks it."""

    def __init__(self, parts: SlackParts, receipts: Receipts) -> None:
        self._parts = parts
        self._receipts = receipts
        self._files = TakingFiles(parts.services, parts.slack)

    async def send(self, heard: Heard, text: str, files: Sequence[SharedFile], head: Head) -> bool:
        """Say a message to the customer under the floor that it was decided under, and mark it.

        Returns whether it was said. Refused, it stays unsaid for ever, and its author knows why.

        Raises:
            SlackFailed: a file could not be fetched; nothing was said.
            StoreFailed: the disk failed.
        """
        is_said = await self.say(heard, text, files, head)
        if is_said:
            await self._receipts.committed(heard.written, head.channel)
        return is_said

    async def say(self, heard: Heard, text: str, files: Sequence[SharedFile], head: Head) -> bool:
        """Say a message as `send` does, and leave the mark to the caller: Slack may be slow.

        Raises:
            SlackFailed: a file could not be fetched; nothing was said.
            StoreFailed: the disk failed.
        """
        parts = self._parts
        await self._remember(heard, SENDING, text)
        human = await parts.people.human(heard.spot.team, heard.spot.user)
        try:
            reply = await self._reply(heard, human, text, files)
            await self._check(heard, head)
            await parts.handoffs.reply(heard.target.conversation, human, reply)
        except _Withdrawn:
            return False
        except BotRefused as refused:
            await self.refuse(heard, refused)
            return False
        await self.sent(heard)
        return True

    async def sent(self, heard: Heard) -> None:
        """Remember that a message was said."""
        await self._remember(heard, heard.written.message_id, "")

    async def refuse(self, heard: Heard, refused: BotRefused) -> None:
        """Leave a message unsaid: remembered, audited, marked, and its author told."""
        services, target = self._parts.services, heard.target
        await self._remember(heard, NOT_SENT, "")
        fields = {
            "conversation": target.conversation,
            "episode": target.episode,
            "team": heard.spot.team,
            "user": heard.spot.user,
            "reason": type(refused).__name__,
        }
        entry = AuditDraft(services.tenant.id, REFUSED, canonical(fields))
        now = services.clock.now()
        await services.scribe.write(Write(target.conversation, now, audit=(entry,)))
        await self._receipts.refused(heard.written, heard.spot, in_words(refused))

    async def is_said(self, heard: Heard) -> bool:
        """Return whether the customer has been sent it, asking the log itself."""
        query = EventsOfType(heard.target.conversation, (MessageEnded.TYPE,), MOST_EVENTS)
        wanted = heard.written.message_id
        return any(
            isinstance(event.body, MessageEnded) and event.body.message_id == wanted
            for event in await self._parts.services.store.find(query)
        )

    async def withdraw(self, heard: Heard) -> None:
        """Keep a message from being said, if it was not yet."""
        entry = Entry(WITHDRAWN, heard.written.key, "{}", self._parts.services.clock.now())
        await self._parts.cabinet.put(entry)

    async def is_withdrawn(self, heard: Heard) -> bool:
        """Return whether its author has deleted a message."""
        return bool(await self._parts.cabinet.find(WITHDRAWN, heard.written.key))

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        before = self._parts.services.clock.now() - REMEMBERED
        return await self._parts.cabinet.remove(WITHDRAWN, None, before)

    async def correct(self, heard: Heard, text: str) -> None:
        """Change what the customer reads in a message that was said; refused, its author is told.

        Raises:
            StoreFailed: the disk failed.
        """
        human = await self._parts.people.human(heard.spot.team, heard.spot.user)
        clean = await self.cleaned(heard, human, text)
        try:
            await self._parts.handoffs.correct(
                heard.target.conversation, human, heard.written.message_id, clean
            )
        except BotRefused as refused:
            await self._receipts.tell(heard.spot, f"Your edit changes nothing: {in_words(refused)}")

    async def note(self, heard: Heard, text: str, files: Sequence[SharedFile] = ()) -> None:
        """Keep a message among humans.

        Raises:
            StoreFailed: the disk failed.
        """
        human = await self._parts.people.human(heard.spot.team, heard.spot.user)
        names = (f"[file: {file.name.replace('_', ' ')}]" for file in files)
        whole = "\n".join(part for part in (text, *names) if part)
        clean = await self.cleaned(heard, human, whole)
        place = heard.spot
        key = f"{place.team}:{place.channel}:{heard.ts}"
        await self._parts.handoffs.note(heard.target.conversation, human, clean, key)

    async def cleaned(self, heard: Heard, human: Human, text: str) -> Redacted:
        """Return what Slack has written as a reader wants it, without personal data."""
        people = self._parts.people
        names = await people.names(heard.spot.team, mentioned(text))
        services, conversation = self._parts.services, heard.target.conversation
        return await cleaned(services, conversation, human, readable(text, names))

    async def _reply(
        self, heard: Heard, human: Human, text: str, files: Sequence[SharedFile]
    ) -> Reply:
        clean = await self.cleaned(heard, human, text)
        conversation = heard.target.conversation
        attachments = await self._files.take(heard.spot.team, conversation, human, files)
        return Reply(clean, attachments, heard.written.key, is_shown=True)

    async def _check(self, heard: Heard, decided: Head) -> None:
        """Read again what may have changed while names and files were fetched."""
        if await self.is_withdrawn(heard):
            raise _Withdrawn
        head = await head_of(self._parts.services.store, heard.target)
        if is_over(head, heard.target):
            raise Moved("this matter was resolved meanwhile")
        if head.epoch != decided.epoch:
            if head.human != decided.human:
                raise NotYours("the conversation has moved on", head.human)
            raise Moved("the conversation has moved on meanwhile")

    async def _remember(self, heard: Heard, message_id: str, text: str) -> None:
        said = SaidAs(heard.target.conversation, message_id, text)
        await self._parts.threads.remember(heard.room, heard.ts, said)
