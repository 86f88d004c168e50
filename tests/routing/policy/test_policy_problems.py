"""Every problem of a policy file is named with its line, all of them at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import PolicyRefused, Problem
from routing.money.prices import load_prices
from routing.policy.reader import read_policy
from routing.policy.text import MOST_CHARS, decode

KNOWN = load_prices().names()


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(text, "policy.yaml", known_models=KNOWN)
    return str(refused.value).splitlines()


def with_default(line: str) -> str:
    return f"tenant: a\nversion: 1\ndefault:\n  {line}\n"


def with_intent(line: str) -> str:
    return f"tenant: a\nversion: 1\nintents:\n  pin:\n    examples: [x]\n    {line}\n"


NATIVE = "advisor: {model: claude-opus-4.7, native: true}"
WRONG = [
    (with_default("regions: eu"), 4, "default.regions: 'eu', expected a list in brackets"),
    (with_default("regions: [E U]"), 4, "default.regions[0]: something else, expected a region"),
    (with_default("quality: {gpt-55: 0.5}"), 4, "default.quality.gpt-55: 'gpt-55', expected a mod"),
    (with_default("quality: {gpt-5.5: 2}"), 4, "default.quality.gpt-5.5: '2', expected a number"),
    (with_default("hedge: 1"), 4, "default.hedge: '1', expected true or false"),
    (
        f"tenant: a\nversion: 1\ndefault:\n  {NATIVE}\n  models: [gpt-5.5]\n",
        4,
        "default.advisor.native: native with 'claude-opus-4.7', expected models and an advisor of",
    ),
    (
        "tenant: a\nversion: 1\ndefault:\n  models: [claude-opus-4.7]\n"
        "  advisor:\n    model: claude-sonnet-4.6\n    native: true\n",
        7,
        "default.advisor.native: native for 'claude-opus-4.7': 'claude-sonnet-4-6' cannot advise",
    ),
    (
        f"tenant: a\nversion: 1\ndefault:\n  models: [claude-haiku-4.5]\n  {NATIVE}\n"
        "intents:\n  pin:\n    examples: [x]\n    models: [claude-haiku-5.5]\n",
        8,
        "intents.pin: native for 'claude-haiku-5.5': 'claude-haiku-5-5' takes no advisor of the",
    ),
    (
        "tenant: a\nversion: 1\nbudgets: {tenant_day_usd: -1}\n",
        3,
        "budgets.tenant_day_usd: '-1', expected US dollars from",
    ),
    (
        "tenant: a\nversion: 1\nbudgets:\n  intent_day_usd: {pins: 1}\nintents:\n"
        "  pin: {examples: [x]}\n",
        4,
        "budgets.intent_day_usd.pins: 'pins', expected an intent of this file, did you mean 'pin'?",
    ),
    ("tenant: a\nversion: 1\nbudgets: {day: 1}\n", 3, "budgets.day: unknown key 'day', expected"),
    ("tenant: a\nversion: 1\nclassifier: {ask_below: 2}\n", 3, "classifier.ask_below: '2', expe"),
    (with_default("goals: cost"), 4, "default.goals: unknown key 'goals', did you mean 'goal'?"),
    (with_default("zzz: 1"), 4, "default.zzz: unknown key 'zzz', expected one of advisor, agent, "),
    (with_default("goal: cheap"), 4, "default.goal: 'cheap', expected one of cost, stability, "),
    (with_default("strategy: balancd"), 4, "latency-optimized, did you mean 'balanced'?"),
    (with_default("goal: [cost]"), 4, "default.goal: a list, expected one of cost"),
    (with_default("goal:"), 4, "default.goal: nothing, expected one of cost"),
    (with_default("models: gpt-5.5"), 4, "default.models: 'gpt-5.5', expected a list in brackets"),
    (
        with_default("models: [gpt-5.6]"),
        4,
        "default.models[0]: 'gpt-5.6', expected a model of the ",
    ),
    (with_default("models: [gpt-55]"), 4, "price book, did you mean 'gpt-5.5'?"),
    (with_default("models: [gpt-5.5, gpt-5.5]"), 4, "'gpt-5.5' twice, expected each model once"),
    (with_default("models: [~]"), 4, "default.models[0]: nothing, expected some text"),
    (with_default("models: [[gpt-5.5]]"), 4, "default.models[0]: a list, expected some text"),
    (with_default("budget: {max_cost_usd: -1}"), 4, "'-1', expected US dollars from 0 to 1000000"),
    (
        with_default("budget: {max_cost_usd: 1e9}"),
        4,
        "'1e9', expected US dollars from 0 to 1000000",
    ),
    (with_default("budget: {max_cost_usd: $1}"), 4, "'$1', expected a number of US dollars"),
    (with_default('budget: {max_cost_usd: "1"}'), 4, "'1', expected a number of US dollars"),
    (with_default("budget: {max_cost_usd: .inf}"), 4, "'.inf', expected a number of US dollars"),
    (with_default("budget: {max_cost_usd: 0x1}"), 4, "'0x1', expected a number of US dollars"),
    (with_default("budget: 0.005"), 4, "default.budget: '0.005', expected a mapping"),
    (with_default("budget: {max_cost: 1}"), 4, "default.budget.max_cost: unknown key 'max_cost', "),
    (with_default("fallback: {max_retries: 11}"), 4, "'11', expected a whole number from 0 to 10"),
    (with_default("fallback: {max_retries: 1.5}"), 4, "'1.5', expected a whole number"),
    (with_default("fallback: {max_retries: 1_0}"), 4, "'1_0', expected a whole number"),
    (with_default("max_output_tokens: 0"), 4, "'0', expected a whole number from 1 to 128000"),
    (with_default("cache: {similarity: 1.2}"), 4, "'1.2', expected a number from 0 to 1"),
    (with_default("cache: {similarity: high}"), 4, "'high', expected a number from 0 to 1"),
    (with_default("cache: {similarity: -0.1}"), 4, "'-0.1', expected a number from 0 to 1"),
    (with_default("cache: {enabled: 1}"), 4, "default.cache.enabled: '1', expected true or false"),
    (with_default("cache: {ttl_seconds: 0}"), 4, "'0', expected a whole number from 1 to"),
    (with_default("advisor: {}"), 4, "default.advisor.model: missing, expected the name of"),
    (with_default("advisor: {model: 7}"), 4, "default.advisor.model: '7', expected a model of the"),
    (with_default("handoff: maybe"), 4, "default.handoff: 'maybe', expected true or false"),
    (with_default("examples: [x]"), 4, "default.examples: unknown key 'examples'"),
    (with_default("<<: {goal: cost}"), 4, "default.<<: a merge key, expected plain keys"),
    (with_default("? [a]\n  : 1"), 4, "default.?: a key that is no text, expected a name"),
    (
        with_default("goal: cost\n  goal: cost"),
        5,
        "a second 'goal', expected only the one in line 4",
    ),
    (with_intent("agent: {max_steps: 0}"), 6, "intents.pin.agent.max_steps: '0', expected a whole"),
    (with_intent("agent: []"), 6, "intents.pin.agent: an empty list, expected a mapping"),
    (with_intent("keywords: {a: b}"), 6, "intents.pin.keywords: a mapping, expected a list"),
    ("tenant: a\nversion: 1\nintents: [pin]\n", 3, "intents: a list, expected a mapping"),
    (
        "tenant: a\nversion: 1\nintents:\n  pin:\n    examples: []\n",
        5,
        "an empty list, expected at ",
    ),
    (
        "tenant: a\nversion: 1\nintents:\n  pin: {goal: cost}\n",
        4,
        "intents.pin.examples: missing, ",
    ),
    (
        "tenant: a\nversion: 1\nintents:\n  Pin: {examples: [x]}\n",
        4,
        "intent 'Pin', expected lower",
    ),
    (
        "tenant: a\nversion: 1\nintents:\n  default: {examples: [x]}\n",
        4,
        "intent 'default', expect",
    ),
    (
        "tenant: Aurelis Bank\nversion: 1\n",
        1,
        "tenant: 'Aurelis Bank', expected lower-case letters",
    ),
    ("tenant: a\n", 1, "version: missing, expected a version"),
    ("version: 1\n", 1, "tenant: missing, expected the tenant's name"),
    ("tenant: a\nversion: ''\n", 2, "version: '', expected some text"),
    ("tenant: a\nversion: 1\nbrand: {}\n", 3, "brand: unknown key 'brand', expected one of"),
    (f"tenant: {'x' * 99}\nversion: 1\n", 1, "…', expected lower-case letters"),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG)
def test_a_wrong_value_is_named_with_its_line(text: str, line: int, words: str) -> None:
    (problem,) = problems_of(text)

    assert problem.startswith(f"policy.yaml:{line}: ")
    assert words in problem


BROKEN = [
    ("", 1, "an empty file, expected a policy"),
    ("# only a comment\n", 1, "an empty file, expected a policy"),
    ("- a\n- b\n", 1, "a list, expected a mapping"),
    ("just text", 1, "'just text', expected a mapping"),
    ("tenant: a\nversion: [1\n", 2, "not YAML ("),
    ("tenant: a\n bad: 1\n", 2, "not YAML ("),
    ("tenant: 'a\n", 1, "not YAML ("),
    ("tenant: a\ndefault:\n\tgoal: cost\n", 3, "a tab, expected spaces for indentation"),
    ("tenant: a\n---\ntenant: b\n", 2, "not YAML ("),
    ("tenant: *nobody\n", 1, "not YAML ("),
    ("tenant: a\nversion: \x07\n", 2, "a control character, expected printable text"),
    ("tenant: é\nversion: \ud800\n", 2, "a control character, expected printable text"),
    ("tenant: a\nversion: %\n", 2, "not YAML ("),
    ("[" * 3000, 1, "nested deeper than 100, expected a policy"),
    ("a" * (MOST_CHARS + 1), 1, "1000001 characters, expected at most 1000000"),
]


@pytest.mark.parametrize(("text", "line", "words"), BROKEN, ids=lambda value: str(value)[:20])
def test_what_is_no_policy_at_all_is_named_with_its_line(text: str, line: int, words: str) -> None:
    (problem,) = problems_of(text)

    assert problem.startswith(f"policy.yaml:{line}: file: ")
    assert words in problem


def test_all_problems_come_at_once_in_the_order_of_their_lines() -> None:
    found = problems_of(
        "tenent: a\n"
        "version: 1\n"
        "default: {goal: cheap, budget: {max_cost_usd: -1}}\n"
        "intents:\n"
        "  pin: {examples: [], cache: {similarity: 2}, model: gpt-5.5}\n"
    )

    assert [problem.split(":")[1] for problem in found] == ["1", "1", "3", "3", "5", "5", "5"]
    assert "did you mean 'tenant'?" in "".join(found)


def test_a_recursive_alias_is_refused_and_not_followed() -> None:
    (problem,) = problems_of("tenant: a\nversion: 1\ndefault: &d\n  extra: *d\n")

    assert "unknown key 'extra'" in problem


def test_an_alias_stands_for_what_it_names() -> None:
    text = "tenant: a\nversion: 1\ndefault:\n  models: &m [gpt-5.5]\n  fallback: {models: *m}\n"
    policy = read_policy(text, "policy.yaml", known_models=KNOWN)

    assert policy.default.fallback_models == policy.default.models == ("gpt-5.5",)


def test_bytes_that_are_not_utf_8_are_named_with_their_line() -> None:
    with pytest.raises(PolicyRefused, match=r"p\.yaml:2: file: byte 0xe9 is not UTF-8, expected"):
        decode(b"tenant: a\nversion: caf\xe9\n", "p.yaml")


def test_a_byte_order_mark_is_let_through() -> None:
    assert decode(b"\xef\xbb\xbftenant: a", "p.yaml") == "tenant: a"


@given(st.text(alphabet="abtenvrsio:{}[]&*!|>-?#%@`'\",. \t\n0129\\~\x00\ud800", max_size=80))
def test_any_text_is_either_read_or_refused_with_lines(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_policy(text, "p.yaml")
    except PolicyRefused as refused:
        problems = refused.problems
    lines = text.count("\n") + 1

    assert all(1 <= problem.line <= lines for problem in problems)
    assert all("expected" in problem.message or "mean" in problem.message for problem in problems)
