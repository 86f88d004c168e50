"""`POST /v1/chat/files`: a customer sends one file, before the message that carries it.

The body is the file itself. `Content-Type` says what it is, `X-File-Name` how it is called, in
percent-encoded UTF-8; no multipart, so nothing has to be parsed. The answer is 201 with
`{file_id, name, size, media_type}`; `message.attachments` then names the `file_id`.

`GET /v1/chat/files/{file_id}`: a file that a message of the conversation carries, as a download.

Refusals: 400 empty or cut short, 401 and 403 as everywhere, 404 there is no such file, 408 too
slow, 409 `too_many_files`, 413 too large, 415 not allowed or not what it says, 429 too fast, 503
busy.
"""

import secrets
from urllib.parse import quote

from aiohttp import hdrs, web

from channels.base import ConversationId, GivenFiles, Uploaded
from channels.errors import ChannelBusy, ChannelRefused
from channels.upload import (
    KINDS,
    MOST_FILE_BYTES,
    is_as_declared,
    media_type_of,
    name_from,
)
from channels.web_answer import Refusal
from channels.web_hub import Hub
from channels.web_intake import GONE
from channels.web_route import answered, asked
from channels.web_sessions import read_body

NAME_HEADER = "X-File-Name"
BUSY_S = 2.0
DOWNLOAD = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""No browser may show a file, guess what it is, or run it."""


class Files:
    """The route; at most `WebLimits.uploads` bodies are held in memory at once."""

    def __init__(self, hub: Hub, given: GivenFiles | None = None) -> None:
        self._hub = hub
        self._given = given
        self._running = 0

    async def take(self, request: web.Request) -> web.Response:
        """Answer one upload: 201 once the file is durable."""
        return await answered(self._hub, request, self._take)

    async def ask(self, request: web.Request) -> web.Response:
        """Answer a preflight request."""
        return asked(self._hub, request, "POST")

    async def give(self, request: web.Request) -> web.Response:
        """Answer one download."""
        return await answered(self._hub, request, self._give)

    async def ask_for_one(self, request: web.Request) -> web.Response:
        """Answer the preflight request of a download."""
        return asked(self._hub, request, "GET")

    async def _take(self, request: web.Request) -> web.Response:
        hub = self._hub
        hub.check_open()
        session = hub.session_of(request)
        media_type = declared_type(request)
        hub.check_rate(hub.files, session.conversation)
        hub.check_rate(hub.files_per_ip, hub.address(request))
        if self._running >= hub.terms.limits.uploads:
            raise Refusal(503, "busy", "too many files at once; try again later", BUSY_S)
        self._running += 1
        try:
            file = await self._read(request, media_type)
            await self._keep(session.conversation, file)
        finally:
            self._running -= 1
        fields = {"file_id": file.file_id, "name": file.name, "size": len(file.content)}
        return web.json_response({**fields, "media_type": media_type}, status=201)

    async def _give(self, request: web.Request) -> web.Response:
        hub = self._hub
        session = hub.session_of(request)
        hub.check_rate(hub.files_per_ip, hub.address(request))
        file_id = request.match_info["file_id"]
        try:
            file = await self._given.open(session.conversation, file_id) if self._given else None
        except ChannelBusy as busy:
            raise Refusal(503, "busy", "try again later", busy.retry_after_s) from None
        if file is None:
            raise Refusal(404, "file_unknown", "there is no such file in this conversation")
        named = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {**DOWNLOAD, hdrs.CONTENT_DISPOSITION: named}
        return web.Response(body=file.content, content_type=file.media_type, headers=headers)

    async def _read(self, request: web.Request, media_type: str) -> Uploaded:
        content = await read_body(request, self._hub.terms.timings.upload_s, MOST_FILE_BYTES)
        if not content:
            raise Refusal(400, "file_empty", "expected a file that is not empty")
        if not is_as_declared(content, media_type):
            raise Refusal(415, "file_type_wrong", f"the content is not {media_type!r}")
        name = name_from(request.headers.get(NAME_HEADER, ""), media_type)
        return Uploaded(f"f-{secrets.token_hex(12)}", name, media_type, content)

    async def _keep(self, conversation: ConversationId, file: Uploaded) -> None:
        try:
            await self._hub.conversations.accept(conversation, file)
        except ChannelBusy as busy:
            raise Refusal(503, "busy", "try again later", busy.retry_after_s) from None
        except ChannelRefused as refused:
            status = 410 if refused.code in GONE else 409
            raise Refusal(status, refused.code, "the file was not accepted") from None


def declared_type(request: web.Request) -> str:
    """Return the type that a file is said to be of; nothing of the body has been read yet.

    Raises:
        Refusal: 413, it is said to be too large; 415, the type is not allowed, or the body is
            compressed: a small one could hold a very large one.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refusal(415, "encoding_refused", "expected a body without Content-Encoding")
    media_type = media_type_of(request.headers.get(hdrs.CONTENT_TYPE, ""))
    if media_type not in KINDS:
        raise Refusal(415, "file_type_refused", f"expected one of: {', '.join(KINDS)}")
    if (request.content_length or 0) > MOST_FILE_BYTES:
        raise Refusal(413, "body_too_large", f"expected {MOST_FILE_BYTES} bytes at most")
    return media_type
