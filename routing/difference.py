"""What changes between two policies, rule by rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from routing.policy import Policy, Rule
from routing.prices import dollars

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
    """Yield the changes of tenant and version, then of each rule."""
    for name, old, new in (
        ("tenant", before.tenant, after.tenant),
        ("version", before.version, after.version),
    ):
        if old != new:
            yield Change("policy", name, old, new)
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
    old, new = settings_of(before), settings_of(after)
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Change(before.name, path, old.get(path, ABSENT), new.get(path, ABSENT))
    for name, had, has in (
        ("examples", before.examples, after.examples),
        ("keywords", before.keywords, after.keywords),
    ):
        yield from (Change(before.name, name, text, ABSENT) for text in had if text not in has)
        yield from (Change(before.name, name, ABSENT, text) for text in has if text not in had)


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
    }
    if rule.advisor is not None:
        settings["advisor.model"] = rule.advisor.model
        settings["advisor.when_confidence_below"] = str(rule.advisor.when_confidence_below)
    if rule.cache is not None:
        settings["cache.enabled"] = str(rule.cache.enabled).lower()
        settings["cache.similarity"] = str(rule.cache.similarity)
        settings["cache.ttl_seconds"] = str(rule.cache.ttl_seconds)
    if rule.agent is not None:
        settings["agent.tools"] = ", ".join(rule.agent.tools)
        settings["agent.max_steps"] = str(rule.agent.max_steps)
        settings["agent.total_budget_usd"] = dollars(rule.agent.total_budget_usd)
    return settings
