"""A policy file read: every rule on top of what it inherits, every problem with its line."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from routing.models.advisor_pairs import NativeAdvisor, problem_of
from routing.money.prices import load_prices
from routing.policy.configured_model import configured_of, region_of
from routing.policy.policy import (
    FIRST_TEXT_WITHIN_S,
    Advisor,
    AgentRule,
    BudgetRule,
    Cache,
    Policy,
    Rule,
    digest_of,
)
from routing.policy.text import Place, Problems
from routing.policy.yaml_file import Field, Section, did_you_mean, parse, some_texts_of
from routing.request import ModelName, TenantId

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = frozenset({"default", "classifier", "none"})
NATIVE = "anthropic"
"""The provider whose models can ask an advisor by themselves."""
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
    configured = configured_of(root.section("models"), problems, known_models)
    own = [model.name for model in configured.models]
    known = None if known_models is None else (*known_models, *own)
    reader = RuleReader(problems, known)
    root.require("tenant", "the tenant's name")
    root.require("version", "a version, such as the date of the change")
    tenant = root.read("tenant", name_of, "unnamed")
    version = root.text("version", "unversioned")
    default = reader.rule(root.section("default"), replace(BUILT_IN, name="default"))
    classifier = reader.classifier(root.section("classifier"), default)
    intents = reader.intents(root.section("intents"), default)
    content = Policy(
        tenant=TenantId(tenant),
        version=version,
        classifier=classifier,
        default=default,
        intents=intents,
        digest="",
        budgets=budgets_of(root.section("budgets"), problems, intents),
        configured=configured,
        first_text_within_s=first_texts_of(root.section("first_text_within_s")),
        ask_below=reader.ask_below,
    )
    return replace(content, digest=digest_of(content))


def budgets_of(section: Section, problems: Problems, intents: Collection[Rule]) -> BudgetRule:
    """Return what many turns may cost together; an intent's day is named as the intent is."""
    days = section.section("intent_day_usd")
    names = [*(rule.name for rule in intents), "default"]
    limits = {name: limit for name in days if (limit := limit_of(days, name)) is not None}
    for name in days:
        if name not in names:
            near = did_you_mean(name, names)
            problems.add(days.place_of(name), f"{name!r}, expected an intent of this file{near}")
    budgets = BudgetRule(
        tenant_day_usd=limit_of(section, "tenant_day_usd"),
        conversation_usd=limit_of(section, "conversation_usd"),
        intent_day_usd=MappingProxyType(limits),
    )
    section.close()
    return budgets


def first_texts_of(section: Section) -> Mapping[str, float]:
    """Return how long a model may take to its first text, by channel; 0 stands for any time."""
    usual = FIRST_TEXT_WITHIN_S
    written = {name: section.seconds(name, 0.0, 60.0) for name in section}
    limits = {**usual, **written}
    section.close()
    return MappingProxyType({name: limits[name] for name in sorted(limits) if limits[name]})


def limit_of(section: Section, key: str) -> Decimal | None:
    """Return a limit in US dollars; None when it is not written."""
    return section.read(key, Field.money, None)


class RuleReader:
    """Reads rules, each on top of what it inherits."""

    def __init__(self, problems: Problems, known_models: Collection[ModelName] | None) -> None:
        self._problems = problems
        self._known = known_models
        self.ask_below: float | None = None
        """Under which confidence the classifying model is asked; None when nobody said."""

    def intents(self, section: Section, default: Rule) -> tuple[Rule, ...]:
        """Return the rules of all intents, in the file's order."""
        return tuple(self._intent(section, name, default) for name in section)

    def classifier(self, section: Section, default: Rule) -> Rule:
        """Return the rule of the classifying model: models and prices inherit, extras do not."""
        base = replace(
            default, name="classifier", advisor=None, cache=None, agent=None, handoff=False
        )
        rule = self._routed(section, base)
        # Nobody who does not write the section is to pay for a model that classifies.
        usual = None if any(section) else 0.0
        self.ask_below = section.read("ask_below", lambda field: field.number(0, 1), usual)
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
            hedge=section.flag("hedge", base.hedge),
        )
        # What a tool looked up, or a human will say, is about one customer: never reused unasked.
        shared = base.cache if rule.agent is None and not rule.handoff else None
        rule = replace(rule, cache=self._cache(section, shared))
        if rule.advisor is not None and rule.advisor.native:
            self._check_native(section, rule, rule.advisor)
        section.close()
        return rule

    def _check_native(self, section: Section, rule: Rule, advisor: Advisor) -> None:
        if section.has("advisor"):
            written = section.section("advisor")
            place = written.place_of("native") if written.has("native") else written.place
        else:
            place = section.place
        for problem in native_problems(rule, advisor):
            self._problems.add(place, problem)

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
            regions=section.read("regions", regions_of, base.regions),
            quality=self._quality(section.section("quality"), base),
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
        native = advisor.flag("native", base.native if base else False)
        advisor.close()
        return Advisor(model, below, native)

    def _quality(self, section: Section, base: Rule) -> tuple[tuple[ModelName, float], ...]:
        found = dict(base.quality)
        for key in section:
            name = self._known_name(section.place_of(key), key)
            found[name] = section.fraction(key, found.get(name, 0.0))
        section.close()
        return tuple(sorted(found.items()))

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

    def _known_name(self, place: Place, name: str) -> ModelName:
        if self._known is not None and name not in self._known:
            near = did_you_mean(name, sorted(self._known))
            self._problems.add(place, f"{name!r}, expected a model of the price book{near}")
        return ModelName(name)


def name_of(field: Field) -> str | None:
    """Return a tenant's name; None notes what is wrong with it."""
    name = field.text()
    if name is not None and not NAME.fullmatch(name):
        field.wrong("lower-case letters, digits, - and _, at most 64")
        return None
    return name


def native_problems(rule: Rule, advisor: Advisor) -> Iterator[str]:
    """Yield why the vendor would refuse the advisor of a rule, for each model that it concerns."""
    book = load_prices().models
    prices = {name: book[name][-1].price for name in (*rule.models, advisor.model) if name in book}
    own = [name for name in rule.models if name in prices and prices[name].provider == NATIVE]
    if advisor.model not in prices or prices[advisor.model].provider != NATIVE or not own:
        yield f"native with {advisor.model!r}, expected models and an advisor of {NATIVE}"
        return
    for name in own:
        asked = NativeAdvisor(prices[advisor.model].vendor_id)
        why = problem_of(asked, prices[name].vendor_id)
        if why:
            yield f"native for {name!r}: {why}"


def regions_of(field: Field) -> tuple[str, ...] | None:
    """Return the regions of a list; None notes that it is none."""
    fields = field.fields()
    if fields is None:
        return None
    found = (region_of(entry) for entry in fields)
    return tuple(region for region in found if region is not None)
