"""The terminal desk's side of the server: the queue, one conversation, and what a human does."""

import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from aiohttp import web

from bot.audit.logins import Logins
from bot.errors import BotRefused, StoreFailed
from bot.humans.desk import Card
from bot.humans.desk_files import DeskFiles
from bot.humans.handoff import Handoffs, Reply
from bot.humans.human import Human, named
from bot.humans.notes import NOTE
from bot.humans.typed import cleaned
from bot.outbox import card_for
from bot.services import Services
from bot.stores.base import EventsOfType, Head, HeadOf, RecordsOf
from bot.transcript import SPOKEN_TYPES, Line, lines_of
from channels.base import ConversationId
from routing.request import Redacted

MOST_EVENTS = 400
MOST_TEXT = 8_000
MOST_NAME = 80
MOST_NOTES = 50
ACTS = "claim|reply|assign|note|release|resolve"
Do = Callable[[ConversationId, str, Redacted], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Act:
    """What a human sends along."""

    name: str
    """His own."""
    text: str
    to: str
    """Name of the one whom something is assigned to."""


class DeskRoutes:
    """A small API for `copilot desk`, for those who hold the desk's token."""

    def __init__(
        self, services: Services, handoffs: Handoffs, token: str, logins: Logins | None = None
    ) -> None:
        """Take what the routes need; `logins` is told who comes in and who is turned away."""
        self._services = services
        self._handoffs = handoffs
        self._token = token
        self._logins = logins
        self._files = DeskFiles(services)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the desk."""
        return [
            web.get("/v1/desk/queue", self._queue),
            web.get("/v1/desk/{conversation}", self._show),
            web.get("/v1/desk/{conversation}/files/{file_id}", self._open_file, allow_head=False),
            web.post(f"/v1/desk/{{conversation}}/{{act:{ACTS}}}", self._act),
        ]

    async def _queue(self, request: web.Request) -> web.Response:
        self._check(request)
        heads = await self._handoffs.queue()
        now = self._services.clock.now()
        cards = [await card_for(self._services.store, head, now) for head in heads]
        items = [
            _card_fields(head, card, (now - card.waiting_since).total_seconds())
            for head, card in zip(heads, cards, strict=True)
        ]
        return web.json_response({"items": items})

    async def _show(self, request: web.Request) -> web.Response:
        self._check(request)
        conversation = ConversationId(request.match_info["conversation"])
        after = request.query.get("after", "0")
        if not re.fullmatch(r"[0-9]{1,18}", after):
            raise web.HTTPBadRequest(reason="Expected a number in after.")
        heads = await self._services.store.find(HeadOf(conversation))
        if not heads:
            raise web.HTTPNotFound(reason="There is no such conversation.")
        query = EventsOfType(conversation, SPOKEN_TYPES, MOST_EVENTS)
        events = await self._services.store.find(query)
        lines = [_line_fields(line) for line in lines_of(events) if line.seq > int(after)]
        head = heads[0]
        fields = {"owner": head.owner.value, "human": head.human, "lines": lines}
        return web.json_response({**fields, "notes": await self._notes(head)})

    async def _notes(self, head: Head) -> list[dict[str, str]]:
        """Return what humans have noted in this episode, the oldest first."""
        query = RecordsOf(NOTE, conversation=head.conversation, limit=MOST_NOTES)
        notes = [json.loads(record.json) for record in await self._services.store.find(query)]
        return [
            {"name": note["name"], "text": note["text"]}
            for note in reversed(notes)
            if note["episode"] == head.episode
        ]

    async def _open_file(self, request: web.Request) -> web.Response:
        self._check(request)
        return await self._files.open(request)

    async def _act(self, request: web.Request) -> web.Response:
        self._check(request)
        conversation = ConversationId(request.match_info["conversation"])
        body = await self._body(request)
        human, text = named(body.name), body.text
        doing: dict[str, Callable[[], Awaitable[object]]] = {
            "claim": lambda: self._handoffs.claim(conversation, human),
            "reply": lambda: self._reply(conversation, human, text),
            "assign": lambda: self._assign(conversation, human, body.to),
            "note": lambda: self._note(conversation, human, text),
            "release": lambda: self._handoffs.release(conversation, human),
            "resolve": lambda: self._handoffs.resolve(conversation, human),
        }
        try:
            await doing[request.match_info["act"]]()
        except BotRefused as refused:
            return _refusal(409, "refused", str(refused))
        return web.json_response({"ok": True})

    async def _reply(self, conversation: ConversationId, human: Human, text: str) -> None:
        if not text.strip():
            raise BotRefused("an empty reply was not sent")
        clean = await self._redacted(conversation, human, text)
        await self._handoffs.reply(conversation, human, Reply(clean))

    async def _note(self, conversation: ConversationId, human: Human, text: str) -> None:
        if not text.strip():
            raise BotRefused("an empty note was not kept")
        clean = await self._redacted(conversation, human, text)
        await self._handoffs.note(conversation, human, clean)

    async def _assign(self, conversation: ConversationId, human: Human, to: str) -> None:
        if not to:
            raise BotRefused("say to whom: `assign NAME`")
        await self._handoffs.assign(conversation, human, named(to))

    async def _redacted(self, conversation: ConversationId, human: Human, text: str) -> Redacted:
        try:
            return await cleaned(self._services, conversation, human, text)
        except StoreFailed:
            raise web.HTTPServiceUnavailable(reason="Nothing can be kept now.") from None

    async def _body(self, request: web.Request) -> _Act:
        try:
            body = json.loads(await request.text())
            name, text, to = body["name"], body.get("text", ""), body.get("to", "")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise web.HTTPBadRequest(reason="Expected JSON with name, and text to reply.") from None
        if not all(isinstance(one, str) for one in (name, text, to)) or not name.strip():
            raise web.HTTPBadRequest(reason="Expected a name that is not empty.")
        return _Act(name.strip()[:MOST_NAME], text[:MOST_TEXT], to.strip()[:MOST_NAME])

    def _check(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        as_sent = given.encode("utf-8", "surrogateescape")
        is_known = hmac.compare_digest(as_sent, self._token.encode())
        if self._logins is not None and is_known:
            self._logins.came("desk")
        elif self._logins is not None:
            self._logins.refused("desk")
        if not is_known:
            raise web.HTTPUnauthorized(reason="The desk's token is missing or wrong.")


def _card_fields(head: Head, card: Card, waited_s: float) -> dict[str, object]:
    return {
        "conversation": card.conversation,
        "owner": head.owner.value,
        "human": head.human,
        "reason": card.reason,
        "cause": card.cause,
        "ask": card.ask,
        "summary": list(card.summary),
        "locale": card.locale,
        "channel": card.channel,
        "verified": card.is_verified,
        "waited_s": round(waited_s, 1),
    }


def _line_fields(line: Line) -> dict[str, object]:
    fields: dict[str, object] = {
        "seq": line.seq,
        "author": line.author.value,
        "text": line.text,
        "words": line.words,
    }
    if line.attachments:
        fields["attachments"] = [asdict(file) for file in line.attachments]
    return fields


def _refusal(status: int, kind: str, message: str) -> web.Response:
    body = {"error": {"type": kind, "message": message, "trace_id": ""}}
    return web.json_response(body, status=status)
