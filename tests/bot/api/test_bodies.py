"""What bodies may hold: the tables check what they describe, and nothing gets past them."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.agent_body import AGENT_BODY, agent_ask
from bot.api.ask import Overrides, rule_of
from bot.api.bodies import parsed
from bot.api.chat_body import CHAT_BODY, OPENING, chat_ask
from bot.api.errors import BadCall
from bot.api.openapi import document
from bot.api.route_body import ROUTE_BODY, route_ask
from bot.api.table import OPERATIONS
from bot.api.things import Thing
from routing.policy.policy import Advisor, AgentRule, Cache, Goal, Rule
from routing.request import ModelName, Role

BASE = Rule(
    "billing",
    models=(ModelName("claude-haiku-4.5"),),
    advisor=Advisor(ModelName("claude-opus-4.7"), 0.85),
    cache=Cache(enabled=True, similarity=0.94),
    agent=AgentRule((), 6, Decimal("0.05")),
    handoff=True,
)
LEAVES = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text()
NAMES = sorted({name for body in (ROUTE_BODY, CHAT_BODY, AGENT_BODY) for name in body.by_name})
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
USER: dict[str, Any] = {"role": "user", "content": "Hi"}
CALLING: dict[str, Any] = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}],
}


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_read_or_refused_with_a_path(value: object) -> None:
    for read in (route_ask, chat_ask, agent_ask):
        with suppress(BadCall):
            read(value)


@pytest.mark.parametrize("body", [ROUTE_BODY, CHAT_BODY, AGENT_BODY])
def test_every_name_of_a_table_is_in_its_schema_in_every_spelling(body: Thing) -> None:
    assert set(body.schema()["properties"]) == set(body.by_name)


def test_the_document_has_every_operation_and_every_schema_that_it_names() -> None:
    written = document()
    named = {word for word in json.dumps(written).split('"') if word.startswith("#/components")}
    known = {f"#/components/schemas/{name}" for name in written["components"]["schemas"]}

    assert named == known
    assert {(path, method) for path, each in written["paths"].items() for method in each} == {
        (one.path, one.method.lower()) for one in OPERATIONS
    }


def test_amounts_are_exact() -> None:
    body = b'{"messages":[{"role":"user","content":"Hi"}],"budget":{"maxCostUsd":0.1}}'

    assert route_ask(parsed(body)).overrides.max_cost_usd == Decimal("0.1")


def test_nothing_asked_leaves_the_rule_but_for_what_a_single_call_cannot_do() -> None:
    rule = rule_of(Overrides(), BASE)

    assert (rule.advisor, rule.cache, rule.models) == (BASE.advisor, BASE.cache, BASE.models)
    assert (rule.agent, rule.handoff) == (None, False)


def test_each_part_of_a_rule_can_be_overridden_alone() -> None:
    asked = Overrides(goal=Goal.COST, max_retries=0, advise_below=0.5, caches=False)
    rule = rule_of(asked, BASE)

    assert (rule.goal, rule.max_retries, rule.models) == (Goal.COST, 0, BASE.models)
    assert rule.advisor == Advisor(ModelName("claude-opus-4.7"), 0.5)
    assert rule.cache == Cache(enabled=False, similarity=0.94)


def test_messages_of_openai_become_turns_that_alternate() -> None:
    ask = chat_ask({"model": "auto", "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": "Hello!"},
        USER,
        {"role": "user", "content": [{"type": "text", "text": "there"}]},
        CALLING,
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "user", "content": "And?"},
    ]}).ask  # fmt: skip

    assert ask.system == "Be kind."
    assert [(one.role, one.text) for one in ask.messages] == [
        (Role.CUSTOMER, OPENING),
        (Role.BOT, "Hello!"),
        (Role.CUSTOMER, "Hi\n\nthere"),
        (Role.BOT, ""),
        (Role.CUSTOMER, "And?"),
    ]
    assert [result.text for result in ask.messages[-1].results] == ["42"]


@pytest.mark.parametrize(
    ("messages", "path"),
    [
        ([USER, CALLING, USER], "messages[2]"),
        ([USER, CALLING], "messages"),
        ([USER, {"role": "tool", "tool_call_id": "c1", "content": ""}], "messages[1].tool_call_id"),
        ([{"role": "system", "content": "Be kind."}], "messages"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "messages[0].content[0].type"),
    ],
)
def test_calls_without_results_and_pictures_are_refused(
    messages: list[dict[str, Any]], path: str
) -> None:
    with pytest.raises(BadCall) as refused:
        chat_ask({"model": "auto", "messages": messages})

    assert refused.value.path == path


def test_what_openais_clients_send_besides_is_ignored_and_null_is_nothing() -> None:
    body = {"model": "auto", "messages": [USER], "temperature": 0.2, "seed": 1, "tools": None}

    assert chat_ask(body).ask.tools == ()


def test_a_tool_that_may_not_be_used_is_not_offered() -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    body = {"model": "auto", "messages": [USER], "tools": [tool], "tool_choice": "none"}

    assert chat_ask(body).ask.tools == ()
