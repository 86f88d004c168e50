"""The body of `POST /v1/route`: its table, and what it asks for. Pure."""

from decimal import Decimal
from typing import Any

from bot.api.ask import Ask, AskedMessage, Overrides
from bot.api.errors import BadCall
from bot.api.shapes import Flag, Number, OneOf, Text, Whole
from bot.api.things import ListOf, Pairs, Part, Thing
from routing.policy.policy import Goal, Strategy
from routing.request import ModelName, Role

MOST_MESSAGES = 200
MODEL = Text(1, 128)
LOCALE = Text(2, 35, "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
ROLES = {"user": Role.CUSTOMER, "assistant": Role.BOT}
MESSAGE = Thing(
    (
        Part("role", OneOf(("system", "user", "assistant")), "Who says it.", is_required=True),
        Part("content", Text(), "What is said.", is_required=True),
    )
)
FALLBACK = Thing(
    (
        Part("models", ListOf(MODEL, 0, 20), "Tried after `models`, in this order."),
        Part("max_retries", Whole(0, 10), "Attempts after the first."),
    )
)
BUDGET = Thing(
    (Part("max_cost_usd", Number("0", "100"), "Most that the call may cost.", is_required=True),)
)
ADVISOR = Thing(
    (
        Part("model", MODEL, "The stronger model that is asked for judgement."),
        Part("when_confidence_below", Number("0", "1"), "Confidence under which it is asked."),
    )
)
CACHE = Thing(
    (
        Part("enabled", Flag(), "Whether an earlier answer may be given again."),
        Part("similarity", Number("0", "1"), "Least likeness of the two questions."),
        Part("ttl_seconds", Whole(1, 31_536_000), "How old the answer may be."),
    )
)
ROUTE_BODY = Thing(
    (
        Part(
            "messages",
            ListOf(MESSAGE, 1, MOST_MESSAGES),
            "Oldest first; the last one is the user's. Personal data is taken out of them before "
            "anything else happens, and put back in the answer.",
            is_required=True,
        ),
        Part("stream", Flag(), "True: server-sent events instead of one JSON answer."),
        Part("goal", OneOf(tuple(Goal)), "What matters most."),
        Part("strategy", OneOf(tuple(Strategy)), "How the goal is pursued."),
        Part("models", ListOf(MODEL, 1, 20), "Tried in the order of their scores."),
        Part("fallback", FALLBACK),
        Part("budget", BUDGET),
        Part("advisor", ADVISOR),
        Part("cache", CACHE),
        Part(
            "metadata", Pairs(), "Such as `tenant` and `workflow`; test keys may ask for `fault`."
        ),
        Part(
            "policy_id",
            MODEL,
            "A rule of the policy (an intent or `default`) that is to hold; else the intent is "
            "found out. The policy's own version or tenant is taken, too.",
        ),
        Part("max_output_tokens", Whole(1, 128_000), "Most tokens of the answer."),
        Part("locale", LOCALE, "Language of the customer, such as `en`."),
        Part("knowledge", Flag(), "False: no articles of the knowledge base are looked up."),
    )
)


def route_ask(value: object) -> Ask:
    """Return what a body asks for.

    Raises:
        BadCall: it is not as the table says, or the last message is not the user's.
    """
    body = ROUTE_BODY.read(value, "")
    said = body["messages"]
    if said[-1]["role"] != "user":
        raise BadCall(f"messages[{len(said) - 1}].role", "user: the last message is the customer's")
    return Ask(
        messages=tuple(
            AskedMessage(ROLES[one["role"]], one["content"])
            for one in said
            if one["role"] != "system"
        ),
        system="\n\n".join(one["content"] for one in said if one["role"] == "system"),
        is_stream=body.get("stream", False),
        rule=body.get("policy_id", ""),
        overrides=_overrides(body),
        metadata=tuple(body.get("metadata", {}).items()),
        locale=body.get("locale", "en"),
        uses_knowledge=body.get("knowledge", True),
    )


def _overrides(body: dict[str, Any]) -> Overrides:
    fallback, advisor = body.get("fallback", {}), body.get("advisor", {})
    cache, below = body.get("cache", {}), body.get("advisor", {}).get("when_confidence_below")
    similarity: Decimal | None = cache.get("similarity")
    return Overrides(
        goal=Goal(body["goal"]) if "goal" in body else None,
        strategy=Strategy(body["strategy"]) if "strategy" in body else None,
        models=_models(body.get("models")),
        fallback_models=_models(fallback.get("models")),
        max_retries=fallback.get("max_retries"),
        max_cost_usd=body.get("budget", {}).get("max_cost_usd"),
        max_output_tokens=body.get("max_output_tokens"),
        advisor_model=ModelName(advisor["model"]) if "model" in advisor else None,
        advise_below=None if below is None else float(below),
        caches=cache.get("enabled"),
        cache_similarity=None if similarity is None else float(similarity),
        cache_ttl_seconds=cache.get("ttl_seconds"),
    )


def _models(names: list[str] | None) -> tuple[ModelName, ...] | None:
    return None if names is None else tuple(dict.fromkeys(map(ModelName, names)))
