"""What one call asks for, whichever of the API's languages it came in. Pure."""

from dataclasses import dataclass, replace
from decimal import Decimal

from routing.policy.policy import Advisor, Cache, Goal, Rule, Strategy
from routing.request import ModelName, Role, Tool


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call that a model made earlier, as the caller tells it; not yet redacted."""

    id: str
    name: str
    arguments: str
    """A JSON object as JSON text."""


@dataclass(frozen=True, slots=True)
class AskedResult:
    """What the caller's tool said; not yet redacted."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """One message, as the caller sent it; not yet redacted."""

    role: Role
    text: str
    calls: tuple[AskedCall, ...] = ()
    results: tuple[AskedResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a call wants other than its rule says; None leaves a part as it is."""

    goal: Goal | None = None
    strategy: Strategy | None = None
    models: tuple[ModelName, ...] | None = None
    fallback_models: tuple[ModelName, ...] | None = None
    max_retries: int | None = None
    max_cost_usd: Decimal | None = None
    max_output_tokens: int | None = None
    advisor_model: ModelName | None = None
    advise_below: float | None = None
    caches: bool | None = None
    cache_similarity: float | None = None
    cache_ttl_seconds: int | None = None

    @property
    def named_models(self) -> tuple[tuple[str, ModelName], ...]:
        """Every model that is named, with the path of the body that names it."""
        advisor = () if self.advisor_model is None else (self.advisor_model,)
        lists = (
            ("models[{}]", self.models or ()),
            ("fallback.models[{}]", self.fallback_models or ()),
            ("advisor.model", advisor),
        )
        return tuple(
            (path.format(n), name) for path, names in lists for n, name in enumerate(names)
        )


NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, checked but not yet redacted."""

    messages: tuple[AskedMessage, ...]
    """Oldest first; the last is the customer's."""
    system: str = ""
    """Empty: the product's own."""
    is_stream: bool = False
    can_retract: bool = True
    """Whether the caller's language has a word for taking text back."""
    rule: str = ""
    """Name of a rule of the policy; empty: the intent is found out."""
    overrides: Overrides = NO_OVERRIDES
    tools: tuple[Tool, ...] = ()
    answer_schema: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    locale: str = "en"
    uses_knowledge: bool = True
    """Whether articles of the knowledge base ground the answer."""

    @property
    def question(self) -> str:
        """What the customer said last; empty when a tool's result comes last."""
        return self.messages[-1].text


def rule_of(overrides: Overrides, base: Rule) -> Rule:
    """Return the rule of one call: its base, with what the call wants instead.

    What only a conversation can do, a handoff or a run with tools, is not for a single call.
    """
    changes = {
        "goal": overrides.goal,
        "strategy": overrides.strategy,
        "models": overrides.models,
        "fallback_models": overrides.fallback_models,
        "max_retries": overrides.max_retries,
        "max_cost_usd": overrides.max_cost_usd,
        "max_output_tokens": overrides.max_output_tokens,
    }
    wanted = {name: value for name, value in changes.items() if value is not None}
    rule = replace(base, agent=None, handoff=False, **wanted)  # type: ignore[arg-type]  # each fits
    return replace(rule, advisor=_advisor(overrides, rule.advisor), cache=_cache(overrides, rule))


def _advisor(overrides: Overrides, base: Advisor | None) -> Advisor | None:
    if overrides.advisor_model is not None:
        below = overrides.advise_below
        return Advisor(overrides.advisor_model, 0.7 if below is None else below)
    if overrides.advise_below is not None and base is not None:
        return replace(base, when_confidence_below=overrides.advise_below)
    return base


def _cache(overrides: Overrides, rule: Rule) -> Cache | None:
    usual = rule.cache or Cache()
    cache = Cache(
        enabled=usual.enabled if overrides.caches is None else overrides.caches,
        similarity=overrides.cache_similarity or usual.similarity,
        ttl_seconds=overrides.cache_ttl_seconds or usual.ttl_seconds,
    )
    return rule.cache if cache == usual else cache
