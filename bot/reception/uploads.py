"""From an upload to the attachment of a message: kept sealed, named without personal data."""

from bot.errors import StoreFailed
from bot.log import Attachment
from bot.privacy.redact import Hints, Redactor, joined, stored
from bot.privacy.vault import Vault
from bot.reception.files import About, FileShelf, ShelfFull
from channels.base import ConversationId, Uploaded
from channels.errors import ChannelBusy, ChannelRefused
from channels.upload import MOST_FILES, stem_and_suffix
from routing.request import Redacted

RETRY_AFTER_S = 5.0


class Uploads:
    """What a conversation does with the files that a customer sends."""

    def __init__(self, shelf: FileShelf, redactor: Redactor) -> None:
        self._shelf = shelf
        self._redactor = redactor

    async def take(self, conversation: ConversationId, file: Uploaded) -> None:
        """Keep an upload; nothing of it is in the log before a message carries it.

        Raises:
            ChannelRefused: `too_many_files`.
            ChannelBusy: the disk failed or is full.
        """
        about = About(file.name, file.media_type, len(file.content))
        try:
            await self._shelf.put(conversation, file.file_id, about, file.content, MOST_FILES)
        except ShelfFull:
            raise ChannelRefused("too_many_files") from None
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None

    async def known(
        self, conversation: ConversationId, file_ids: tuple[str, ...]
    ) -> dict[str, About]:
        """Return what is known of the files that a message carries, in its order.

        Raises:
            ChannelRefused: `unknown_file`: one was never uploaded to this conversation.
            ChannelBusy: the disk failed.
        """
        found: dict[str, About] = {}
        for file_id in file_ids:
            try:
                about = await self._shelf.about(conversation, file_id)
            except StoreFailed:
                raise ChannelBusy(RETRY_AFTER_S) from None
            if about is None:
                raise ChannelRefused("unknown_file")
            found[file_id] = about
        return found

    def attached(
        self, files: dict[str, About], vault: Vault, locale: str
    ) -> tuple[Attachment, ...]:
        """Return the attachments of a message; what is personal in a name goes to the vault."""
        return tuple(
            Attachment(
                file_id, self._redacted(about.name, vault, locale), about.media_type, about.size
            )
            for file_id, about in files.items()
        )

    def _redacted(self, name: str, vault: Vault, locale: str) -> Redacted:
        """Return a name without personal data.

        `_` is read as a blank, which it stands for in names of files: `card_4111_1111_...` would
        pass for one word. The ending is one of ours, and stays.
        """
        stem, suffix = stem_and_suffix(name)
        clean = self._redactor.redact(stem.replace("_", " "), vault, Hints(locale=locale))
        return joined((clean, stored(suffix)))
