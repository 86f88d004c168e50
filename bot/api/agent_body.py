"""The body of `POST /v1/agent/runs`: its table, and what it asks for. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from bot.api.ask import Overrides
from bot.api.errors import BadCall
from bot.api.route_body import FALLBACK, LOCALE, MODEL
from bot.api.shapes import Anything, Number, OneOf, Text, Whole
from bot.api.things import Either, ListOf, Pairs, Part, Thing
from routing.agent.tools import Effect, Offer, offer_of
from routing.errors import RoutingRefused
from routing.policy.policy import Goal, Strategy
from routing.request import ModelName, Tool

TOOL_NAME = Text(1, 64, "[A-Za-z0-9_-]+")
KEY = Text(1, 128)
OWN_TOOL = Thing(
    (
        Part("name", TOOL_NAME, is_required=True),
        Part("description", Text(0, 4096), is_required=True),
        Part("parameters", Anything(), "JSON schema of the arguments.", is_required=True),
    )
)
STRATEGY = OneOf(tuple(Strategy))
MODEL_STRATEGY = Thing(
    (
        Part("goal", OneOf(tuple(Goal))),
        Part("strategy", STRATEGY),
        Part("models", ListOf(MODEL, 1, 20)),
    )
)
RESULT = Thing(
    (Part("key", KEY, is_required=True), Part("text", Text(0, 20_000), is_required=True))
)
AGENT_BODY = Thing(
    (
        Part("task", Text(1, 20_000), "What is to be done, in words.", is_required=True),
        Part(
            "tools",
            ListOf(Either(MappingProxyType({str: TOOL_NAME, dict: OWN_TOOL})), 0, 32),
            "A name: a tool of the server. An object: one of the caller's own, whose calls come "
            "back as `pending`.",
        ),
        Part("max_steps", Whole(1, 100), "How often a model may be asked."),
        Part("total_budget_usd", Number("0", "100"), "Most that the whole run may cost."),
        Part(
            "model_strategy",
            Either(MappingProxyType({str: STRATEGY, dict: MODEL_STRATEGY})),
            "How models are chosen: a strategy, or goal, strategy and models.",
        ),
        Part("fallback", FALLBACK),
        Part("metadata", Pairs()),
        Part("locale", LOCALE),
        Part(
            "run_id",
            Text(8, 64, "[A-Za-z0-9_-]+"),
            "Of a run that waits: with the same task and tools it goes on from where it is.",
        ),
        Part("confirm", ListOf(KEY, 0, 32), "Keys of pending side effects that are agreed to."),
        Part("results", ListOf(RESULT, 0, 32), "Of the caller's own tools, by key."),
    )
)


@dataclass(frozen=True, slots=True)
class AgentAsk:
    """A run that is to be made, or to be gone on with."""

    task: str
    run_id: str
    """Empty: a new one."""
    tools: tuple[str, ...]
    """Names, the caller's own among them."""
    own: tuple[Offer, ...]
    overrides: Overrides
    max_steps: int | None
    total_budget_usd: Decimal | None
    metadata: tuple[tuple[str, str], ...]
    locale: str
    confirmed: frozenset[str]
    results: Mapping[str, str]
    """By key; not yet redacted."""


def agent_ask(value: object) -> AgentAsk:
    """Return what a body asks for.

    Raises:
        BadCall: it is not as the table says, or a schema cannot be used.
    """
    body = AGENT_BODY.read(value, "")
    given: list[str | dict[str, Any]] = body.get("tools", [])
    names = [one if isinstance(one, str) else one["name"] for one in given]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise BadCall(f"tools[{n}]", "each name once")
    return AgentAsk(
        task=body["task"],
        run_id=body.get("run_id", ""),
        tools=tuple(names),
        own=tuple(_own(one, n) for n, one in enumerate(given) if not isinstance(one, str)),
        overrides=_overrides(body),
        max_steps=body.get("max_steps"),
        total_budget_usd=body.get("total_budget_usd"),
        metadata=tuple(body.get("metadata", {}).items()),
        locale=body.get("locale", "en"),
        confirmed=frozenset(body.get("confirm", [])),
        results={one["key"]: one["text"] for one in body.get("results", [])},
    )


def _own(one: Mapping[str, Any], n: int) -> Offer:
    tool = Tool(one["name"], one["description"], json.dumps(one["parameters"], ensure_ascii=False))
    try:
        return offer_of(tool, Effect.CALLER)
    except RoutingRefused:
        raise BadCall(f"tools[{n}].parameters", "a schema that can be checked") from None


def _overrides(body: Mapping[str, Any]) -> Overrides:
    how = body.get("model_strategy", {})
    wanted: Mapping[str, Any] = {"strategy": how} if isinstance(how, str) else how
    fallback, models = body.get("fallback", {}), wanted.get("models")
    others = fallback.get("models")
    return Overrides(
        goal=Goal(wanted["goal"]) if "goal" in wanted else None,
        strategy=Strategy(wanted["strategy"]) if "strategy" in wanted else None,
        models=None if models is None else tuple(dict.fromkeys(map(ModelName, models))),
        fallback_models=None if others is None else tuple(dict.fromkeys(map(ModelName, others))),
        max_retries=fallback.get("max_retries"),
        max_cost_usd=body.get("total_budget_usd"),
    )
