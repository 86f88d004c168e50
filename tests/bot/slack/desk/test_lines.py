"""What is said in a conversation, as messages under a card."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.humans.desk import ThreadLine
from bot.privacy.redact import stored
from bot.slack.blocks import MOST_SECTION
from bot.slack.desk.lines import MOST_SAID, line_messages
from channels.base import ConversationId
from channels.slack.split import units

CONVERSATION = ConversationId("c1")


def line(text: str, author: str = "customer") -> ThreadLine:
    return ThreadLine(CONVERSATION, author, stored(text), id="l1")


@pytest.mark.parametrize(
    ("author", "call", "username", "kinds", "text"),
    [
        ("customer", "", "Customer (web)", ["section"], "Hello"),
        ("customer", "<@U1>", "Customer (web)", ["section", "section"], "<@U1> Hello"),
        ("bot", "", "Bot", ["section"], "Hello"),
        ("agent", "", "Support", ["section"], "Hello"),
        ("system", "", "", ["context"], "Hello"),
        ("system", "<!here>", "", ["section"], "<!here> Hello"),
    ],
)
def test_a_line_shows_who_said_it_and_calls_whom_it_is_for(
    author: str, call: str, username: str, kinds: list[str], text: str
) -> None:
    [message] = line_messages(line("Hello", author), "web", call)

    assert message.username == username
    assert [block["type"] for block in message.blocks] == kinds
    assert message.text == text


def test_what_a_human_said_elsewhere_names_him_and_says_that_it_was_sent() -> None:
    said = replace(line("Hello " * 2_500, "agent"), by="slack:T1:U7")
    first, *_, last = line_messages(said, "web")

    assert [block["type"] for block in last.blocks][-1] == "context"
    assert "Sent to the customer by <@U7>" in json.dumps(last.blocks)
    assert "Sent to" not in json.dumps(first.blocks)
    assert line_messages(replace(line("", "agent"), by="slack:T1:U7"), "web") == ()


def test_an_empty_line_is_no_message_unless_it_calls_somebody() -> None:
    assert line_messages(line("\n"), "web") == ()
    assert line_messages(line("", "system"), "web") == ()
    assert [one.text for one in line_messages(line(""), "web", "<@U1>")] == ["<@U1>"]


def shown(blocks: tuple[dict[str, Any], ...]) -> str:
    return "".join(block["text"]["text"] for block in blocks)


@given(st.text(st.sampled_from("<>&`*_~@#:!|\n abc\U0001f600"), max_size=9_000))
@pytest.mark.promise("K76")
def test_whatever_a_customer_writes_pings_nobody_and_fits(text: str) -> None:
    for message in line_messages(line(text), "web"):
        assert "<" not in message.text
        assert units(message.text) <= MOST_SAID
        assert all(block["text"]["type"] == "plain_text" for block in message.blocks)
        assert all(units(block["text"]["text"]) <= MOST_SECTION for block in message.blocks)
        assert units(json.dumps(shown(message.blocks), ensure_ascii=False)) < 40_000


@given(st.text(st.sampled_from("<&>`ab \U0001f600"), max_size=9_000))
def test_whatever_the_system_says_fits_a_section_with_its_call(text: str) -> None:
    for message in line_messages(line(text, "system"), "web", "<!subteam^S1>"):
        assert units(message.text) <= MOST_SECTION
