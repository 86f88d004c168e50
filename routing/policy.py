"""The policy of one tenant: which models may answer what, how well and at what price."""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from enum import StrEnum

from routing.policy_text import Problems
from routing.policy_yaml import Field, Section, did_you_mean, parse, some_texts_of
from routing.request import ModelName, TenantId

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = frozenset({"default", "classifier", "none"})
SECTIONS = frozenset({"tenant", "version", "classifier", "default", "intents"})
"""Top-level keys that are read here."""
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

    def rule_for(self, intent: str) -> Rule:
        """Return the rule of an intent; the default rule for a name without one."""
        for rule in self.intents:
            if rule.name == intent:
                return rule
        return self.default


BUILT_IN = Rule("default")
"""What a policy without `default` inherits from: the offline model alone."""
NOTHING: tuple[str, ...] = ()
BUILT_IN_AGENT = AgentRule((), 6, Decimal("0.05"))


def read_policy(
    text: str,
    file: str,
    elsewhere: frozenset[str] = frozenset(),
    known_models: Collection[ModelName] | None = None,
) -> Policy:
    """Return the policy written in YAML.

    Args:
        text: the content of the file.
        file: its name, for messages.
        elsewhere: top-level sections that somebody else reads.
        known_models: names of the price book; None leaves names unchecked.

    Raises:
        PolicyRefused: with every problem of the file, in the order of its lines.
    """
    problems = Problems(file)
    root = parse(text, problems)
    root.allow(elsewhere)
    policy = policy_of(root, problems, known_models)
    root.close()
    problems.refuse()
    return policy


def policy_of(
    root: Section, problems: Problems, known_models: Collection[ModelName] | None
) -> Policy:
    """Read the routing sections of an open file; problems are noted, not raised."""
    reader = RuleReader(problems, known_models)
    root.require("tenant", "the tenant's name")
    root.require("version", "a version, such as the date of the change")
    tenant = root.read("tenant", name_of, "unnamed")
    version = root.text("version", "unversioned")
    default = reader.rule(root.section("default"), replace(BUILT_IN, name="default"))
    classifier = reader.classifier(root.section("classifier"), default)
    intents = reader.intents(root.section("intents"), default)
    content = Policy(TenantId(tenant), version, classifier, default, intents, "")
    return replace(content, digest=digest_of(content))


class RuleReader:
    """Reads rules, each on top of what it inherits."""

    def __init__(self, problems: Problems, known_models: Collection[ModelName] | None) -> None:
        self._problems = problems
        self._known = known_models

    def intents(self, section: Section, default: Rule) -> tuple[Rule, ...]:
        """Return the rules of all intents, in the file's order."""
        return tuple(self._intent(section, name, default) for name in section)

    def classifier(self, section: Section, default: Rule) -> Rule:
        """Return the rule of the classifying model: models and prices inherit, extras do not."""
        base = replace(
            default, name="classifier", advisor=None, cache=None, agent=None, handoff=False
        )
        rule = self._routed(section, base)
        section.close()
        return rule

    def rule(self, section: Section, base: Rule) -> Rule:
        """Return a rule with everything but what tells its intent apart."""
        rule = self._routed(section, base)
        rule = replace(
            rule,
            advisor=self._advisor(section, base.advisor),
            agent=self._agent(section, base.agent),
            handoff=section.flag("handoff", base.handoff),
        )
        # What a tool looked up, or a human will say, is about one customer: never reused unasked.
        shared = base.cache if rule.agent is None and not rule.handoff else None
        rule = replace(rule, cache=self._cache(section, shared))
        section.close()
        return rule

    def _intent(self, intents: Section, name: str, default: Rule) -> Rule:
        section = intents.section(name)
        if not NAME.fullmatch(name) or name in RESERVED:
            expected = "lower-case letters, digits, - and _, and none of the words"
            words = ", ".join(sorted(RESERVED))
            self._problems.add(section.place, f"intent {name!r}, expected {expected} {words}")
        section.require("examples", "at least one thing that customers say")
        examples = section.read("examples", some_texts_of, NOTHING)
        base = replace(
            default,
            name=name,
            examples=examples,
            keywords=section.texts("keywords"),
            agent=None,
            handoff=False,
        )
        return self.rule(section, base)

    def _routed(self, section: Section, base: Rule) -> Rule:
        fallback = section.section("fallback")
        budget = section.section("budget")
        rule = replace(
            base,
            goal=section.choice("goal", base.goal),
            strategy=section.choice("strategy", base.strategy),
            models=section.read("models", self._models, base.models),
            fallback_models=fallback.read("models", self._models, base.fallback_models),
            max_retries=fallback.whole("max_retries", base.max_retries, 0, 10),
            max_cost_usd=budget.money("max_cost_usd", base.max_cost_usd),
            max_output_tokens=section.whole(
                "max_output_tokens", base.max_output_tokens, 1, 128_000
            ),
        )
        fallback.close()
        budget.close()
        return rule

    def _advisor(self, section: Section, base: Advisor | None) -> Advisor | None:
        if not section.has("advisor"):
            return base
        advisor = section.section("advisor")
        if base is None:
            advisor.require("model", "the name of the advising model")
        model = advisor.read("model", self._model, base.model if base else ModelName("unnamed"))
        below = advisor.fraction(
            "when_confidence_below", base.when_confidence_below if base else 0.7
        )
        advisor.close()
        return Advisor(model, below)

    def _cache(self, section: Section, base: Cache | None) -> Cache | None:
        if not section.has("cache"):
            return base
        cache = section.section("cache")
        start = base or Cache()
        value = Cache(
            enabled=cache.flag("enabled", start.enabled),
            similarity=cache.fraction("similarity", start.similarity),
            ttl_seconds=cache.whole("ttl_seconds", start.ttl_seconds, 1, 31_536_000),
        )
        cache.close()
        return value

    def _agent(self, section: Section, base: AgentRule | None) -> AgentRule | None:
        if not section.has("agent"):
            return base
        agent = section.section("agent")
        start = base or BUILT_IN_AGENT
        value = AgentRule(
            tools=agent.texts("tools", start.tools),
            max_steps=agent.whole("max_steps", start.max_steps, 1, 100),
            total_budget_usd=agent.money("total_budget_usd", start.total_budget_usd),
        )
        agent.close()
        return value

    def _models(self, field: Field) -> tuple[ModelName, ...] | None:
        fields = field.fields()
        if fields is None:
            return None
        models = tuple(name for entry in fields if (name := self._model(entry)) is not None)
        for name in dict.fromkeys(models):
            if models.count(name) > 1:
                self._problems.add(field.place, f"{name!r} twice, expected each model once")
        return models

    def _model(self, field: Field) -> ModelName | None:
        name = field.text()
        if name is None:
            return None
        if self._known is not None and name not in self._known:
            near = did_you_mean(name, sorted(self._known))
            field.wrong(f"a model of the price book{near}")
            return None
        return ModelName(name)


def name_of(field: Field) -> str | None:
    """Return a tenant's name; None notes what is wrong with it."""
    name = field.text()
    if name is not None and not NAME.fullmatch(name):
        field.wrong("lower-case letters, digits, - and _, at most 64")
        return None
    return name


def digest_of(policy: Policy) -> str:
    """Return the SHA-256 of a policy's content, its own `digest` left out."""
    content = asdict(replace(policy, digest=""))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=canonical)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: object) -> str:
    """Return how a Decimal is written in a digest: 0.0010 and 0.001 are the same."""
    assert isinstance(value, Decimal), f"{value!r} has no canonical form"
    return format(value.normalize(), "f")
