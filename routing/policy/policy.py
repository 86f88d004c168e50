"""The policy of one tenant: which models may answer what, how well and at what price."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from routing.canonical import canonical_json
from routing.money.prices import PriceBook
from routing.policy.configured_model import Configured, ConfiguredModel, priced
from routing.request import ModelName, TenantId

OFFLINE = ModelName("offline")
"""The last rung of every chain: extractive, local, free."""


class Goal(StrEnum):
    """What matters most in a turn."""

    COST = "cost"
    STABILITY = "stability"
    QUALITY = "quality"


class Strategy(StrEnum):
    """How the goal is pursued."""

    COST_OPTIMIZED = "cost-optimized"
    BALANCED = "balanced"
    QUALITY_FIRST = "quality-first"
    LATENCY_OPTIMIZED = "latency-optimized"


@dataclass(frozen=True, slots=True)
class Cache:
    """Whether, and how boldly, answers of one intent are reused."""

    enabled: bool = False
    similarity: float = 0.95
    """Least cosine of two questions with the same answer, in [0, 1]."""
    ttl_seconds: int = 86_400


@dataclass(frozen=True, slots=True)
class Advisor:
    """The stronger model that is asked for judgement."""

    model: ModelName
    when_confidence_below: float
    """Confidence of the intent in [0, 1] under which it is asked."""
    native: bool = False
    """True: the vendor of the answering model asks it, within the same call."""


@dataclass(frozen=True, slots=True)
class AgentRule:
    """What a run with tools may do."""

    tools: tuple[str, ...]
    max_steps: int
    total_budget_usd: Decimal
    """Most that the whole run may cost, in US dollars."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy says about one intent."""

    name: str
    examples: tuple[str, ...] = ()
    """Things customers say; the classifier is trained on them."""
    keywords: tuple[str, ...] = ()
    """Whole phrases that decide the intent without the classifier."""
    goal: Goal = Goal.QUALITY
    strategy: Strategy = Strategy.BALANCED
    models: tuple[ModelName, ...] = ()
    """Tried in the order of their scores; empty means the offline model alone."""
    fallback_models: tuple[ModelName, ...] = ()
    """Tried after `models`, in this order."""
    max_retries: int = 1
    """Attempts of paid models after the first, over the whole turn."""
    max_cost_usd: Decimal = Decimal("0.005")
    """Most that one turn may cost, in US dollars; see `cap_usd`."""
    max_output_tokens: int = 400
    advisor: Advisor | None = None
    cache: Cache | None = None
    agent: AgentRule | None = None
    handoff: bool = False
    """True: this intent goes to a human."""
    hedge: bool = False
    """True: a first model that is slow to begin may be raced by the next one."""
    regions: tuple[str, ...] = ()
    """Where a model may run, such as `eu`; empty means anywhere. A local model runs at home."""
    quality: tuple[tuple[ModelName, float], ...] = ()
    """What replaces a model's prior quality in [0, 1] for this intent."""

    @property
    def cap_usd(self) -> Decimal:
        """Most that a turn may cost: the agent's total budget where there is one."""
        return self.max_cost_usd if self.agent is None else self.agent.total_budget_usd

    @property
    def chain(self) -> tuple[ModelName, ...]:
        """Every model of the rule once, then the offline model."""
        named = dict.fromkeys((*self.models, *self.fallback_models))
        return (*(name for name in named if name != OFFLINE), OFFLINE)


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """What many turns may cost together, in US dollars; None is without a limit."""

    tenant_day_usd: Decimal | None = None
    conversation_usd: Decimal | None = None
    intent_day_usd: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """By the name of a rule; a rule without an entry has no limit of its own."""


NO_LIMITS = BudgetRule()
FIRST_TEXT_WITHIN_S: Mapping[str, float] = MappingProxyType({"voice": 0.75})
"""Source: Twilio, "Core latency guide" for voice agents: first token of the model, upper limit."""
NOTHING_CONFIGURED = Configured()


@dataclass(frozen=True, slots=True)
class Policy:
    """A tenant's rules; immutable, and known by its digest."""

    tenant: TenantId
    version: str
    classifier: Rule
    default: Rule
    intents: tuple[Rule, ...]
    """In the file's order."""
    digest: str
    """SHA-256 of the content, hex: formatting, comments and spelled-out defaults do not count."""
    budgets: BudgetRule = NO_LIMITS
    configured: Configured = NOTHING_CONFIGURED
    """The tenant's own models, and what it knows better about those of the price book."""
    first_text_within_s: Mapping[str, float] = field(default_factory=lambda: FIRST_TEXT_WITHIN_S)
    """By channel: how long a model may take to its first text, as P95; the others are left out
    there, and nobody is asked for advice before. A channel without an entry waits."""
    ask_below: float | None = None
    """Confidence in [0, 1] under which the classifying model is asked; None: the usual one.

    0 without the section `classifier`: then none is."""

    @property
    def models(self) -> tuple[ConfiguredModel, ...]:
        """The models that the price book does not know, in the file's order."""
        return self.configured.models

    def priced(self, book: PriceBook) -> PriceBook:
        """Return a price book with the tenant's own models and adjustments laid over it."""
        return priced(book, self.configured)

    def rule_for(self, intent: str) -> Rule:
        """Return the rule of an intent; the default rule for a name without one."""
        for rule in self.intents:
            if rule.name == intent:
                return rule
        return self.default


def digest_of(policy: Policy) -> str:
    """Return the SHA-256 of a policy's content, its own `digest` left out."""
    content = replace(policy, digest="")
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
