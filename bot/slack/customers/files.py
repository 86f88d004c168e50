"""Files that a customer shares in Slack: fetched, checked as any upload, and kept."""

import hashlib
from dataclasses import dataclass

from bot.reception.files import FileShelf
from bot.slack.customers.courier import Accept
from bot.slack.customers.place import Place, Remark
from bot.slack.desk.thread_rules import SharedFile
from channels.base import ConversationId, Uploaded
from channels.errors import ChannelRefused
from channels.slack.base import Slack
from channels.slack.errors import SlackRefused
from channels.upload import KINDS, MOST_ATTACHED, MOST_FILE_BYTES, clean_name, is_as_declared


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the files of a message."""

    file_ids: tuple[str, ...] = ()
    """Of those that were kept, in order."""
    refused: int = 0
    """How many were not."""


class CustomerFiles:
    """Takes what comes with a message; the same file has the same id however often it comes."""

    def __init__(self, slack: Slack, shelf: FileShelf, accept: Accept) -> None:
        self._slack = slack
        self._shelf = shelf
        self._accept = accept

    async def take(self, conversation: ConversationId, remark: Remark) -> Taken:
        """Keep the files of a message.

        Raises:
            SlackFailed: Slack could not be asked for one.
            ChannelBusy: one could not be kept now.
            StoreFailed: the disk failed.
        """
        kept: list[str] = []
        for file in remark.files[:MOST_ATTACHED]:
            file_id = _id_of(conversation, file)
            is_there = await self._shelf.about(conversation, file_id) is not None
            if is_there or await self._keep(conversation, remark.place, file):
                kept.append(file_id)
        return Taken(tuple(kept), len(remark.files) - len(kept))

    async def _keep(self, conversation: ConversationId, place: Place, file: SharedFile) -> bool:
        """Fetch and keep one; False when it is none that we take."""
        if file.media_type not in KINDS or file.size > MOST_FILE_BYTES or not file.url:
            return False
        try:
            content = await self._slack.download(place.team, file.url, MOST_FILE_BYTES)
        except SlackRefused:
            return False
        is_fit = 0 < len(content) <= MOST_FILE_BYTES
        if not is_fit or not is_as_declared(content, file.media_type):
            return False
        name = clean_name(file.name, file.media_type)
        upload = Uploaded(_id_of(conversation, file), name, file.media_type, content)
        try:
            await self._accept(conversation, upload)
        except ChannelRefused:
            return False
        return True


def _id_of(conversation: ConversationId, file: SharedFile) -> str:
    text = f"{conversation}:{file.id}"
    return f"f-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
