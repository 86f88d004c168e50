"""Files that come with a message: fetched by us, checked as any upload, and kept."""

import hashlib
import logging
from dataclasses import dataclass

from bot.sms.inbox import Kept
from bot.sms.parts import Accept, SmsParts
from channels.base import ConversationId, Uploaded
from channels.errors import ChannelRefused
from channels.sms.inbound import Inbound, MediaRef
from channels.twilio.errors import TwilioError, TwilioRefused
from channels.upload import MOST_ATTACHED, clean_name, is_as_declared

log = logging.getLogger("copilot.sms")
NAME = "file"
WAITED_FOR_S = 120.0
"""So long after a message came its files are tried; then what it says is taken without them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the files of a message."""

    file_ids: tuple[str, ...] = ()
    """Of those that were kept, in order."""
    refused: int = 0
    """How many were not."""


class InboundFiles:
    """Takes what comes with a message; the same file has the same id however often it comes."""

    def __init__(self, parts: SmsParts, accept: Accept) -> None:
        self._parts = parts
        self._accept = accept

    async def take(self, conversation: ConversationId, kept: Kept) -> Taken:
        """Keep the files of a message.

        Raises:
            TwilioError: one could not be fetched now.
            ChannelBusy: one could not be kept now.
            StoreFailed: the disk failed.
        """
        taken: list[str] = []
        inbound, shelf = kept.inbound, self._parts.services.files
        is_late = self._parts.now() - kept.at.timestamp() > WAITED_FOR_S
        for number, media in enumerate(inbound.media[:MOST_ATTACHED]):
            file_id = _id_of(inbound, number)
            is_there = await shelf.about(conversation, file_id) is not None
            try:
                if is_there or await self._is_kept(conversation, media, file_id):
                    taken.append(file_id)
            except TwilioError:
                if not is_late:
                    raise
                log.warning("sms.media_given_up", extra={"sid": inbound.sid})
                self._parts.count("media_given_up")
        return Taken(tuple(taken), len(inbound.media) - len(taken))

    async def _is_kept(self, conversation: ConversationId, media: MediaRef, file_id: str) -> bool:
        """Fetch and keep one; False when it is none that we take."""
        terms = self._parts.terms
        if media.media_type not in terms.media_types:
            return False
        try:
            fetched = await self._parts.twilio.media(media.url, terms.most_media_bytes)
        except TwilioRefused as refused:
            log.info("sms.media_refused", extra={"status": refused.status})
            return False
        is_fit = 0 < len(fetched.content) <= terms.most_media_bytes
        if not is_fit or not is_as_declared(fetched.content, media.media_type):
            return False
        name = clean_name(NAME, media.media_type)
        upload = Uploaded(file_id, name, media.media_type, fetched.content)
        try:
            await self._accept(conversation, upload)
        except ChannelRefused:
            return False
        return True


def _id_of(inbound: Inbound, number: int) -> str:
    text = f"{inbound.sid}:{number}"
    return f"f-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
