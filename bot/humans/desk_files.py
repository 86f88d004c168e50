"""How a human opens what a customer sent: written into the audit chain before a byte leaves."""

from urllib.parse import quote

from aiohttp import web

from bot.canonical import canonical
from bot.errors import StoreFailed
from bot.log import Attachment
from bot.reception.sent_files import attachment_in
from bot.services import Services
from bot.stores.base import AuditDraft, Head, HeadOf, Write
from channels.base import ConversationId

MOST_NAME = 80
OPENED = "file.opened"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A file of a stranger is a download: no browser may show it, guess what it is, or run it."""


class DeskFiles:
    """`GET /v1/desk/{conversation}/files/{file_id}?name=HUMAN`; the caller has checked the token.

    Only what a message carries can be opened: an upload that the customer took back stays closed.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, request: web.Request) -> web.Response:
        """Return the file as a download.

        Raises:
            HTTPNotFound: no message of this conversation carries it.
            HTTPBadRequest: it is not said who opens it.
            HTTPServiceUnavailable: the disk failed, or the file was tampered with.
        """
        conversation = ConversationId(request.match_info["conversation"])
        human = request.query.get("name", "").strip()[:MOST_NAME]
        if not human:
            raise web.HTTPBadRequest(reason="Expected name: who opens the file is kept.")
        head, file = await self._find(conversation, request.match_info["file_id"])
        try:
            content = await self._services.files.get(conversation, file.file_id)
            if content is None:
                raise web.HTTPNotFound(reason="The file is not there any more.")
            await self._audit(head, file, human)
        except StoreFailed:
            raise web.HTTPServiceUnavailable(reason="The file cannot be read.") from None
        named = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {**HEADERS, "Content-Disposition": named}
        charset = "utf-8" if file.media_type == "text/plain" else None
        return web.Response(
            body=content, content_type=file.media_type, charset=charset, headers=headers
        )

    async def _find(self, conversation: ConversationId, file_id: str) -> tuple[Head, Attachment]:
        store = self._services.store
        heads = await store.find(HeadOf(conversation))
        file = await attachment_in(store, conversation, file_id) if heads else None
        if file is None:
            raise web.HTTPNotFound(reason="There is no such file in this conversation.")
        return heads[0], file

    async def _audit(self, head: Head, file: Attachment, human: str) -> None:
        fields = {"conversation": head.conversation, "file": file.file_id, "human": human}
        entry = AuditDraft(head.tenant, OPENED, canonical(fields))
        now = self._services.clock.now()
        await self._services.scribe.write(Write(head.conversation, now, audit=(entry,)))
