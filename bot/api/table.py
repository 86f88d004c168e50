"""Every operation of the API: what routes are made of, and what the OpenAPI document says. Pure."""

from dataclasses import dataclass

from bot.api.agent_body import AGENT_BODY
from bot.api.chat_body import CHAT_BODY
from bot.api.route_body import ROUTE_BODY
from bot.api.shapes import Instant, OneOf, Text, Whole
from bot.api.things import Part, Thing
from bot.audit.formats import Format
from bot.watch.billing import By

SPLIT = "|".join(By)
SINCE = Part("since", Instant(), "From this instant on, or from the beginning of this day (UTC).")
UNTIL = Part("until", Instant(), "Before this instant.")
FORMATS = tuple(form.value for form in Format)
MOST_PAGE = 500
IDEMPOTENCY_KEY = Part(
    "Idempotency-Key",
    Text(1, 255, "[!-~]+"),
    "The same key with the same body is answered the same for a day.",
)
"""A header of every operation with a body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for."""

    id: str
    method: str
    path: str
    summary: str
    answer: str
    """Name of the schema of its answer."""
    body: Thing | None = None
    query: tuple[Part, ...] = ()
    place: Part | None = None
    """What the braces of the path stand for."""
    errors: tuple[int, ...] = ()
    """Statuses besides 401, 429 and 503, which every operation with a key may answer."""
    is_openai: bool = False
    """Answers, and fails, in OpenAI's words."""
    streams: bool = False
    texts: tuple[str, ...] = ()
    """Media types of an answer that is no JSON object, but text."""
    is_open: bool = False
    """Needs no key."""


CALL_ERRORS = (400, 409, 413, 422, 504)
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "route",
        "POST",
        "/v1/route",
        "Answer by the cheapest model that is good enough, with every reason.",
        "RouteAnswer",
        body=ROUTE_BODY,
        errors=CALL_ERRORS,
        streams=True,
    ),
    Operation(
        "chat",
        "POST",
        "/v1/chat/completions",
        "The same for any client of OpenAI's.",
        "ChatCompletion",
        body=CHAT_BODY,
        errors=(*CALL_ERRORS, 404),
        is_openai=True,
        streams=True,
    ),
    Operation(
        "agent",
        "POST",
        "/v1/agent/runs",
        "Carry out a task with tools, step by step, within a budget.",
        "AgentRun",
        body=AGENT_BODY,
        errors=(*CALL_ERRORS, 404),
    ),
    Operation(
        "models",
        "GET",
        "/v1/models",
        "List `auto`, the policy's intents and its models.",
        "ModelList",
        is_openai=True,
    ),
    Operation(
        "model",
        "GET",
        "/v1/models/{name}",
        "One of the list.",
        "Model",
        place=Part("name", Text(1, 128)),
        errors=(404,),
        is_openai=True,
    ),
    Operation(
        "trace",
        "GET",
        "/v1/traces/{id}",
        "One turn: decision, reasons, attempts, cost.",
        "Trace",
        place=Part("id", Text(1, 128)),
        errors=(404,),
    ),
    Operation(
        "decisions",
        "GET",
        "/v1/decisions",
        "Decisions, newest first.",
        "DecisionPage",
        query=(
            SINCE,
            UNTIL,
            Part("limit", Whole(1, MOST_PAGE), "How many; 50 when not said."),
            Part("cursor", Text(1, 200), "The `next_cursor` of the page before."),
        ),
        errors=(400,),
    ),
    Operation(
        "billing",
        "GET",
        "/v1/billing",
        "What turns have cost; simulated ones are left out.",
        "Bill",
        query=(
            Part("by", Text(1, 100, f"({SPLIT})(,({SPLIT}))*"), "Split by any of these."),
            SINCE,
            UNTIL,
        ),
        errors=(400,),
    ),
    Operation(
        "audit",
        "GET",
        "/v1/audit/export",
        "Entries of the audit chain without a gap, a line each, with what joins them.",
        "Lines",
        query=(SINCE, UNTIL, Part("format", OneOf(FORMATS), "`jsonl` when not said.")),
        errors=(400,),
        texts=("application/x-ndjson", "text/csv"),
    ),
    Operation(
        "conversation",
        "GET",
        "/v1/conversations/{id}",
        "What was said, with placeholders for personal data.",
        "Conversation",
        place=Part("id", Text(1, 128)),
        errors=(404,),
    ),
    Operation(
        "openapi",
        "GET",
        "/v1/openapi.json",
        "This document.",
        "Document",
        is_open=True,
    ),
)
