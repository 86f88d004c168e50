"""The HTTP interface for developers: `/v1/route` and everything below it."""

import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.api import chat_wire, route_wire
from bot.api.agent_body import AgentAsk, agent_ask
from bot.api.agent_runs import AgentRuns
from bot.api.answering import Answering
from bot.api.ask import Ask
from bot.api.audit import Wanted as WantedEntries
from bot.api.audit import send_export
from bot.api.bodies import parsed
from bot.api.chat_body import AUTO, ChatAsk, chat_ask
from bot.api.errors import ApiRefused, NotThere, TooLarge, TooMany, Unavailable, UnknownKey
from bot.api.keys import Key, KeyFile
from bot.api.lookups import Lookups, Wanted
from bot.api.openapi import document
from bot.api.repeats import Given, Repeats, digest_of_call
from bot.api.route_body import route_ask
from bot.api.sandbox import Sandbox
from bot.api.sending import DOWN, CallerGone, Sent, streamed, while_connected, whole
from bot.api.shapes import Whole
from bot.api.table import IDEMPOTENCY_KEY, OPERATIONS, Operation
from bot.api.things import Part
from bot.audit.formats import Format
from bot.audit.logins import Logins
from bot.errors import SettingsRefused, StoreFailed
from bot.services import Services
from bot.watch.billing import By
from channels.base import ConversationId
from channels.limits import Limiter, Rate
from routing.policy.policy import OFFLINE
from routing.request import ModelName

GONE = 499
"""What is counted for a caller that went away; nobody reads it. Source: nginx."""
USUAL_RATE = Rate(burst=120, per_s=20)


def count_nothing(operation: str, status: int) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class ApiTerms:
    """What is set for the API as a whole."""

    rate: Rate = USUAL_RATE
    """Calls with one key."""
    counted: Callable[[str, int], None] = count_nothing
    """Told of every answer: the operation's id and the status."""
    logins: Logins | None = None
    """Is told who comes in, and that someone was turned away."""


USUAL_TERMS = ApiTerms()


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of someone with a key."""

    request: web.Request
    key: Key
    query: dict[str, Any]

    @property
    def place(self) -> str:
        """What stands in the path."""
        return next(iter(self.request.match_info.values()))


Act = Callable[[Visit], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiRoutes:
    """Everything that developers can call with a key."""

    def __init__(
        self,
        services: Services,
        keys: KeyFile,
        sandbox: Sandbox,
        terms: ApiTerms = USUAL_TERMS,
    ) -> None:
        self._services = services
        self._keys = keys
        self._sandbox = sandbox
        self._terms = terms
        self._answering = Answering(services, sandbox)
        self._runs = AgentRuns(services, sandbox)
        self._lookups = Lookups(services.store)
        self._repeats = Repeats()
        self._limiter = Limiter(terms.rate)
        self._document: dict[str, Any] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the API."""
        acts: dict[str, Act] = {
            "route": self._route,
            "chat": self._chat,
            "agent": self._agent,
            "models": self._models,
            "model": self._model,
            "trace": self._trace,
            "decisions": self._decisions,
            "billing": self._billing,
            "audit": self._audit,
            "conversation": self._conversation,
        }
        guarded = [
            web.route(one.method, one.path, self._guarded(one, acts[one.id]))
            for one in OPERATIONS
            if not one.is_open
        ]
        return [*guarded, web.get("/v1/openapi.json", self._openapi)]

    def _guarded(self, operation: Operation, act: Act) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await act(self._entered(request, operation))
            except CallerGone:
                response = web.Response(status=GONE)
            except ApiRefused as refused:
                response = refusal(operation, refused)
            except web.HTTPRequestEntityTooLarge:
                response = refusal(operation, TooLarge("expected a body of at most 1 MiB"))
            except StoreFailed:
                response = refusal(operation, Unavailable(DOWN))
            except SettingsRefused:
                response = refusal(operation, Unavailable("the keys cannot be read"))
            self._terms.counted(operation.id, response.status)
            return response

        return guarded

    def _entered(self, request: web.Request, operation: Operation) -> Visit:
        """Let someone with a valid key in.

        Raises:
            UnknownKey: he has none.
            TooMany: he comes too often.
            BadCall: the query is not as the table says.
        """
        authorization = request.headers.get("Authorization", "")
        logins = self._terms.logins
        try:
            key = self._keys.holder(authorization, self._services.tenant.id)
        except UnknownKey:
            if logins is not None:
                logins.refused("api")
            raise
        if logins is not None:
            logins.came("api", key.id)
        wait_s = self._limiter.wait_s(key.id, self._services.clock.monotonic())
        if wait_s > 0:
            raise TooMany(wait_s)
        return Visit(request, key, query_of(operation, request))

    async def _route(self, visit: Visit) -> web.StreamResponse:
        body = await visit.request.read()
        return await self._once(visit, body, lambda: self._routed(visit, route_ask(parsed(body))))

    async def _routed(self, visit: Visit, ask: Ask) -> Sent:
        call = await self._answering.prepared(visit.key, ask)
        if ask.is_stream:
            return await streamed(
                visit.request,
                call,
                route_wire.piece_event,
                lambda refused: route_wire.event(
                    "error", route_wire.error_fields(refused, call.trace_id)
                ),
            )
        answer = await whole(call)
        return sent_json(route_wire.answer_fields(answer), answer.trace_id)

    async def _chat(self, visit: Visit) -> web.StreamResponse:
        body = await visit.request.read()
        return await self._once(visit, body, lambda: self._chatted(visit, chat_ask(parsed(body))))

    async def _chatted(self, visit: Visit, chat: ChatAsk) -> Sent:
        call = await self._answering.prepared(visit.key, self._aimed(chat))
        created = int(self._services.clock.now().timestamp())
        if chat.ask.is_stream:
            chunks = chat_wire.Chunks(call.trace_id, call.model, created, chat.wants_usage)
            return await streamed(visit.request, call, chunks.written, chunks.failed)
        answer = await whole(call)
        return sent_json(chat_wire.completion_fields(answer, created), answer.trace_id)

    async def _agent(self, visit: Visit) -> web.StreamResponse:
        body = await visit.request.read()
        return await self._once(visit, body, lambda: self._acted(visit, agent_ask(parsed(body))))

    async def _acted(self, visit: Visit, ask: AgentAsk) -> Sent:
        fields = await self._runs.answer(visit.key, ask)
        return sent_json(fields, str(fields["trace_id"]))

    def _aimed(self, chat: ChatAsk) -> Ask:
        """Return what is asked with its model: a rule of the policy, or one model of it.

        Raises:
            NotThere: it is neither.
        """
        policy = self._services.tenant.policy
        if chat.model == AUTO:
            return chat.ask
        if any(rule.name == chat.model for rule in policy.intents):
            return replace(chat.ask, rule=chat.model)
        if chat.model not in self._sandbox.prices.names():
            raise NotThere("there is no such model: GET /v1/models lists them")
        models = (ModelName(chat.model),)
        overrides = replace(chat.ask.overrides, models=models)
        grounds = chat.ask.uses_knowledge and chat.model == OFFLINE
        return replace(chat.ask, rule="default", overrides=overrides, uses_knowledge=grounds)

    async def _once(
        self, visit: Visit, body: bytes, answer: Callable[[], Any]
    ) -> web.StreamResponse:
        """Answer a call, or repeat what the same idempotency key was answered before."""
        header = visit.request.headers.get("Idempotency-Key")
        if header is None:
            sent: Sent = await while_connected(visit.request, answer())
            return sent.response
        IDEMPOTENCY_KEY.shape.read(header, IDEMPOTENCY_KEY.name)
        name, now = f"{visit.key.id} {header}", self._services.clock.monotonic()
        begun = await self._repeats.begin(name, digest_of_call(visit.request.path, body), now)
        if isinstance(begun, Given):
            headers = {**begun.headers, "Idempotency-Replayed": "true"}
            return web.Response(status=begun.status, body=begun.body, headers=headers)
        given: Given | None = None
        try:
            sent = await while_connected(visit.request, answer())
            given = sent.given
        finally:
            self._repeats.end(name, begun, given)
        return sent.response

    async def _models(self, _: Visit) -> web.StreamResponse:
        return web.json_response(chat_wire.models_fields(self._names(), 0))

    async def _model(self, visit: Visit) -> web.StreamResponse:
        if visit.place not in self._names():
            raise NotThere("there is no such model: GET /v1/models lists them")
        return web.json_response(chat_wire.model_fields(visit.place, 0))

    def _names(self) -> tuple[str, ...]:
        policy = self._services.tenant.policy
        models = {name: None for rule in (policy.default, *policy.intents) for name in rule.chain}
        return (AUTO, *models, *(rule.name for rule in policy.intents))

    async def _trace(self, visit: Visit) -> web.StreamResponse:
        return web.json_response(await self._lookups.trace(visit.key, visit.place))

    async def _decisions(self, visit: Visit) -> web.StreamResponse:
        page = await self._lookups.decisions(visit.key, Wanted(**visit.query))
        return web.json_response(page)

    async def _billing(self, visit: Visit) -> web.StreamResponse:
        query = visit.query
        by = tuple(dict.fromkeys(map(By, query.get("by", "model").split(","))))
        bill = await self._lookups.billing(by, query.get("since"), query.get("until"))
        return web.json_response(bill)

    async def _audit(self, visit: Visit) -> web.StreamResponse:
        query = visit.query
        form = Format(query.get("format", Format.JSONL.value))
        wanted = WantedEntries(query.get("since"), query.get("until"), form)
        return await send_export(visit.request, self._services.store, visit.key, wanted)

    async def _conversation(self, visit: Visit) -> web.StreamResponse:
        conversation = ConversationId(visit.place)
        return web.json_response(await self._lookups.conversation(visit.key, conversation))

    async def _openapi(self, _: web.Request) -> web.StreamResponse:
        self._document = self._document or document()
        return web.json_response(self._document)


def query_of(operation: Operation, request: web.Request) -> dict[str, Any]:
    """Return the parts of the query that the table names; others are ignored.

    Raises:
        BadCall: one of them is wrong.
    """
    found: dict[str, Any] = {}
    for part in operation.query:
        given = request.query.get(part.name)
        if given is not None:
            found[part.name] = part.shape.read(_number(given, part), part.name)
    return found


def _number(given: str, part: Part) -> str | int:
    """Return what stands in a query as its shape wants it: there all is text."""
    is_number = isinstance(part.shape, Whole) and re.fullmatch(r"[0-9]{1,9}", given)
    return int(given) if is_number else given


def sent_json(fields: dict[str, object], trace_id: str) -> Sent:
    """Return a whole answer as JSON."""
    response = web.json_response(fields, headers={"X-Trace-Id": trace_id})
    assert isinstance(response.body, bytes)
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Trace-Id": trace_id}
    return Sent(response, Given(200, response.body, headers))


def refusal(operation: Operation, refused: ApiRefused) -> web.Response:
    """Return an error in the words of the operation."""
    trace_id = refused.trace_id or uuid.uuid4().hex
    words = chat_wire.error_fields if operation.is_openai else route_wire.error_fields
    return web.json_response(
        words(refused, trace_id), status=refused.STATUS, headers=dict(refused.headers)
    )
