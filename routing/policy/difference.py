"""What changes between two policies, rule by rule."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from routing.canonical import canonical_json
from routing.money.prices import dollars
from routing.policy.configured_model import Adjustment, ConfiguredModel
from routing.policy.policy import Policy, Rule

ABSENT = "(none)"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different."""

    rule: str
    """Name of the rule, or `policy` for what concerns the whole."""
    field: str
    """Empty when the whole rule was added or removed."""
    before: str
    after: str


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Return every change, in the order of the first file, then of the second."""
    return tuple(changes_of(before, after))


def changes_of(before: Policy, after: Policy) -> Iterator[Change]:
    """Yield the changes of what concerns the whole, then of each rule."""
    yield from value_changes("policy", shared_of(before), shared_of(after))
    old_rules, new_rules = rules_of(before), rules_of(after)
    for name in dict.fromkeys((*old_rules, *new_rules)):
        if name not in new_rules:
            yield Change(name, "", "present", ABSENT)
        elif name not in old_rules:
            yield Change(name, "", ABSENT, "present")
        else:
            yield from rule_changes(old_rules[name], new_rules[name])


def rules_of(policy: Policy) -> dict[str, Rule]:
    """Return the rules by name: classifier, default, then the intents."""
    return {rule.name: rule for rule in (policy.classifier, policy.default, *policy.intents)}


def rule_changes(before: Rule, after: Rule) -> Iterator[Change]:
    """Yield what differs between two rules of one name; examples and keywords one by one."""
    yield from value_changes(before.name, settings_of(before), settings_of(after))
    for name, had, has in (
        ("examples", before.examples, after.examples),
        ("keywords", before.keywords, after.keywords),
    ):
        yield from (Change(before.name, name, text, ABSENT) for text in had if text not in has)
        yield from (Change(before.name, name, ABSENT, text) for text in has if text not in had)


def value_changes(rule: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    """Yield what differs between two mappings of paths to what is written there."""
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Change(rule, path, old.get(path, ABSENT), new.get(path, ABSENT))


def shared_of(policy: Policy) -> dict[str, str]:
    """Return what a policy says about all its rules, by its path, as people write it."""
    budgets = policy.budgets
    shared: dict[str, str] = {"tenant": policy.tenant, "version": policy.version}
    if policy.ask_below is not None:
        shared["classifier.ask_below"] = str(policy.ask_below)
    if budgets.tenant_day_usd is not None:
        shared["budgets.tenant_day_usd"] = dollars(budgets.tenant_day_usd)
    if budgets.conversation_usd is not None:
        shared["budgets.conversation_usd"] = dollars(budgets.conversation_usd)
    for intent, limit_usd in budgets.intent_day_usd.items():
        shared[f"budgets.intent_day_usd.{intent}"] = dollars(limit_usd)
    own: list[ConfiguredModel | Adjustment] = [*policy.models, *policy.configured.adjustments]
    for model in own:
        shared |= model_settings(model)
    return shared


def model_settings(model: ConfiguredModel | Adjustment) -> dict[str, str]:
    """Return what a policy says about one model, by its path."""
    match model:
        case ConfiguredModel(price=price):
            written = asdict(price) | asdict(model)
            del written["price"], written["name"]
        case Adjustment():
            written = {path: value for path, value in asdict(model).items() if value is not None}
            del written["name"]
    return {
        f"models.{model.name}.{path}": canonical_json(value).strip('"')
        for path, value in written.items()
    }


def settings_of(rule: Rule) -> dict[str, str]:
    """Return everything else that a rule says, by its path, as people write it."""
    settings: dict[str, str] = {
        "goal": rule.goal.value,
        "strategy": rule.strategy.value,
        "models": ", ".join(rule.models),
        "fallback.models": ", ".join(rule.fallback_models),
        "fallback.max_retries": str(rule.max_retries),
        "budget.max_cost_usd": dollars(rule.max_cost_usd),
        "max_output_tokens": str(rule.max_output_tokens),
        "handoff": str(rule.handoff).lower(),
        "hedge": str(rule.hedge).lower(),
        "regions": ", ".join(rule.regions),
    }
    settings |= {f"quality.{name}": str(quality) for name, quality in rule.quality}
    if rule.advisor is not None:
        settings["advisor.model"] = rule.advisor.model
        settings["advisor.when_confidence_below"] = str(rule.advisor.when_confidence_below)
        if rule.advisor.native:
            settings["advisor.native"] = "true"
    if rule.cache is not None:
        settings["cache.enabled"] = str(rule.cache.enabled).lower()
        settings["cache.similarity"] = str(rule.cache.similarity)
        settings["cache.ttl_seconds"] = str(rule.cache.ttl_seconds)
    if rule.agent is not None:
        settings["agent.tools"] = ", ".join(rule.agent.tools)
        settings["agent.max_steps"] = str(rule.agent.max_steps)
        settings["agent.total_budget_usd"] = dollars(rule.agent.total_budget_usd)
    return settings
