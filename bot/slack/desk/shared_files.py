"""Files between customers and humans in Slack: checked on the way in, audited on the way out."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from bot.canonical import canonical
from bot.clock import Clock
from bot.errors import BotRefused
from bot.humans.human import Human
from bot.humans.typed import cleaned
from bot.log import Attachment, MessageAccepted
from bot.privacy.redact import joined, stored
from bot.reception.files import About, ShelfFull
from bot.services import Services
from bot.slack.clicks import part_of, word_of
from bot.slack.desk.heard import Written
from bot.slack.desk.thread_rules import SharedFile
from bot.slack.once import Once, Wanted
from bot.slack.rooms import Room
from bot.slack.threads import Thread
from bot.stores.base import AuditDraft, EventsOfType, Write
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.errors import SlackRefused
from channels.upload import (
    KINDS,
    MOST_ATTACHED,
    MOST_FILE_BYTES,
    MOST_FILES,
    clean_name,
    is_as_declared,
    stem_and_suffix,
)

MOST_KEPT = 2 * MOST_FILES
"""Files that a conversation may hold when a human adds one: a customer who has sent as many as he
may leaves room for answers."""
MOST_EVENTS = 10_000
HELD_S = 240.0
"""Sharing a file takes no longer: three calls, and the bytes."""
SHARED = "file.shared"
KEPT = "slack.said_files"
REMEMBERED = timedelta(days=90)


class FileRefused(BotRefused):
    """A file that cannot be sent to a customer; the message it came with is not sent either."""


class SharingFiles:
    """What customers sent goes under the card; who could see it is in the audit chain before."""

    def __init__(self, services: Services, slack: Slack, once: Once) -> None:
        self._services = services
        self._slack = slack
        self._once = once

    async def share(self, thread: Thread, file_id: str) -> None:
        """Share a file, once; nothing happens when the customer has taken it back.

        Raises:
            SlackFailed: it was not shared, or that is not known.
            DeskFailed: somebody else is about to.
            StoreFailed: the disk failed.
        """
        conversation = thread.target.conversation
        file = await self._attached(conversation, file_id)
        content = await self._services.files.get(conversation, file_id) if file else None
        if file is None or content is None:
            return

        async def send(room: Room) -> str:
            await self._audit(thread, file_id)
            upload = Upload(file.name, file.name, content)
            await self._slack.upload(room.team, room.channel, thread.ts, upload)
            return ""

        def is_it(message: Json) -> bool:
            shared = message.get("files")
            files = shared if isinstance(shared, list) else []
            return any(
                isinstance(one, dict)
                and word_of(one, "name") == file.name
                and one.get("size") == file.size
                for one in files
            )

        key = f"file:{conversation}:{file_id}"
        await self._once.put(Wanted(key, thread.room, send, is_it, thread.ts, HELD_S))

    async def _attached(self, conversation: ConversationId, file_id: str) -> Attachment | None:
        """Return the file as a message of the customer carries it."""
        query = EventsOfType(conversation, (MessageAccepted.TYPE,), MOST_EVENTS)
        for event in await self._services.store.find(query):
            files = event.body.attachments if isinstance(event.body, MessageAccepted) else ()
            for file in files:
                if file.file_id == file_id:
                    return file
        return None

    async def _audit(self, thread: Thread, file_id: str) -> None:
        services, target = self._services, thread.target
        fields = {
            "conversation": target.conversation,
            "episode": target.episode,
            "file": file_id,
            "team": thread.room.team,
            "channel": thread.room.channel,
        }
        entry = AuditDraft(services.tenant.id, SHARED, canonical(fields))
        now = services.clock.now()
        await services.scribe.write(Write(target.conversation, now, audit=(entry,)))


class TakingFiles:
    """What humans share under a card is fetched, checked as a customer's upload is, and kept."""

    def __init__(self, services: Services, slack: Slack) -> None:
        self._services = services
        self._slack = slack

    async def take(
        self, team: TeamId, conversation: ConversationId, human: Human, files: Sequence[SharedFile]
    ) -> tuple[Attachment, ...]:
        """Return the attachments of a message; the same ones when it comes again.

        Raises:
            FileRefused: one of them cannot be sent.
            SlackFailed: Slack could not be asked for one.
            StoreFailed: the disk failed.
        """
        if len(files) > MOST_ATTACHED:
            raise FileRefused(f"a message may carry {MOST_ATTACHED} files at most")
        for file in files:
            _check(file)
        return tuple([await self._taken(team, conversation, human, file) for file in files])

    async def _taken(
        self, team: TeamId, conversation: ConversationId, human: Human, file: SharedFile
    ) -> Attachment:
        shelf = self._services.files
        file_id = _id_of(team, conversation, file)
        about = await shelf.about(conversation, file_id)
        if about is None:
            content = await self._content(team, file)
            about = About(clean_name(file.name, file.media_type), file.media_type, len(content))
            try:
                await shelf.put(conversation, file_id, about, content, MOST_KEPT)
            except ShelfFull:
                raise FileRefused("this conversation holds as many files as it may") from None
        stem, suffix = stem_and_suffix(about.name)
        # `_` stands for a blank in names of files: `card_4111_1111` would pass for one word.
        clean = await cleaned(self._services, conversation, human, stem.replace("_", " "))
        return Attachment(file_id, joined((clean, stored(suffix))), about.media_type, about.size)

    async def _content(self, team: TeamId, file: SharedFile) -> bytes:
        try:
            url = file.url or await self._url_of(team, file)
            content = await self._slack.download(team, url, MOST_FILE_BYTES)
        except SlackRefused:
            raise FileRefused("a file cannot be read") from None
        if not content or len(content) > MOST_FILE_BYTES:
            raise FileRefused("a file is empty or too large")
        if not is_as_declared(content, file.media_type):
            raise FileRefused("a file is not what it is said to be")
        return content

    async def _url_of(self, team: TeamId, file: SharedFile) -> str:
        """Ask for the address of a file, which events from shared channels do not carry."""
        answer = await self._slack.call(team, "files.info", {"file": file.id})
        found = part_of(answer, "file")
        url = word_of(found, "url_private_download") or word_of(found, "url_private")
        if not url:
            raise FileRefused("a file cannot be read")
        return url


class KeptFiles:
    """Remembers which files came with a message that waits for Claim and send."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def keep(self, written: Written, files: Sequence[SharedFile]) -> None:
        """Remember them; nothing is kept of a message without any."""
        if files:
            value = json.dumps([asdict(file) for file in files])
            await self._cabinet.put(Entry(KEPT, written.key, value, self._clock.now()))

    async def of(self, written: Written) -> tuple[SharedFile, ...]:
        """Return the files of a message."""
        found = await self._cabinet.find(KEPT, written.key)
        return tuple(SharedFile(**one) for one in json.loads(found[0].value)) if found else ()

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        return await self._cabinet.remove(KEPT, None, self._clock.now() - REMEMBERED)


def _check(file: SharedFile) -> None:
    """Refuse what need not be fetched to know that it cannot be sent."""
    if file.media_type not in KINDS:
        allowed = ", ".join(kind.suffixes[0] for kind in KINDS.values())
        raise FileRefused(f"a file is none of {allowed}")
    if file.size > MOST_FILE_BYTES:
        raise FileRefused(f"a file is larger than {MOST_FILE_BYTES >> 20} MiB")


def _id_of(team: TeamId, conversation: ConversationId, file: SharedFile) -> str:
    """Return the same id for the same file; the conversation's cannot be guessed, so nor can it."""
    text = f"slack:{team}:{conversation}:{file.id}"
    return f"f-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
