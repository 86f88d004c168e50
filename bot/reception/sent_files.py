"""Files that messages carry, and how their customer gets one."""

from bot.errors import StoreFailed
from bot.log import Attachment, MessageAccepted, MessageEnded
from bot.services import Services
from bot.stores.base import EventsOfType, Store
from channels.base import ConversationId, GivenFile
from channels.errors import ChannelBusy

CARRIERS = (MessageAccepted.TYPE, MessageEnded.TYPE)
MOST_EVENTS = 10_000
RETRY_AFTER_S = 5.0


async def attachment_in(
    store: Store, conversation: ConversationId, file_id: str
) -> Attachment | None:
    """Return what a message says of its file; None when no message carries it.

    An upload that no message carries, such as one that the customer took back, stays closed.
    """
    for event in await store.find(EventsOfType(conversation, CARRIERS, MOST_EVENTS)):
        body = event.body
        files = body.attachments if isinstance(body, MessageAccepted | MessageEnded) else ()
        for file in files:
            if file.file_id == file_id:
                return file
    return None


class SentFiles:
    """Implements `channels.base.GivenFiles`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, conversation: ConversationId, file_id: str) -> GivenFile | None:
        """Return a file of this conversation; see `GivenFiles.open`."""
        try:
            file = await attachment_in(self._services.store, conversation, file_id)
            content = await self._services.files.get(conversation, file_id) if file else None
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        if file is None or content is None:
            return None
        return GivenFile(file.name, file.media_type, content)
