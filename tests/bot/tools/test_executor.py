"""Real values in, redacted results out; the demo's tools."""

import json
from collections.abc import Sequence

import pytest

from bot.errors import BotRefused, SettingsRefused
from bot.privacy.kinds import Kind
from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from bot.settings import DEMO
from bot.tools.demo import NO_TICKET, DemoTools, read_branches, read_tickets
from bot.tools.executor import Executor
from bot.tools.source import Catalogue, Customer, Found, Order
from bot.tools.words import words_for
from channels.base import ConversationId
from routing.agent.errors import ToolFailed
from routing.agent.tools import Effect, Offer, offer_of
from routing.request import Redacted, TenantId, Tool, ToolCall

REDACTOR = Redactor()
CUSTOMER = Customer(TenantId("aurelis"), ConversationId("c1"))
NOTE = Tool(
    "note",
    "Keeps notes.",
    json.dumps(
        {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "people": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "mail": {"type": "string", "pattern": "@", "x-personal": True}
                        },
                    },
                },
            },
        }
    ),
)


class Echo:
    """A source of one tool that returns what it is told to."""

    def __init__(self, text: str = "noted", is_public: bool = False) -> None:
        self._found = Found(text, is_public)
        self.orders: list[Order] = []

    def offers(self) -> tuple[Offer, ...]:
        return (offer_of(NOTE),)

    async def call(self, order: Order) -> Found:
        self.orders.append(order)
        return self._found


def vault() -> Vault:
    made = Vault(
        VaultKey(b"a secret of sixteen bytes or more"), CUSTOMER.tenant, ConversationId("c1")
    )
    made.placeholder_for(Kind.EMAIL, "anna.keller@example.com")
    return made


def executor(source: Echo | DemoTools, of: Vault | None = None) -> Executor:
    return Executor(Catalogue([source]), CUSTOMER, REDACTOR, of or vault())


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall("t1", name, Redacted(json.dumps(arguments)))


async def test_a_tool_gets_the_real_value_in_marked_fields_only() -> None:
    source = Echo()

    await executor(source).call(call("note", text="[EMAIL_1]", people=[{"mail": "[EMAIL_1]"}]), "k")

    assert source.orders[0].arguments == {
        "text": "[EMAIL_1]",
        "people": [{"mail": "anna.keller@example.com"}],
    }
    assert (source.orders[0].key, source.orders[0].customer) == ("k", CUSTOMER)


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        ("[EMAIL_2]", "stands for nothing"),
        ("[CREDIT_CARD ****1111]", "stands for nothing"),
        ("thief@example.org", "not a value in clear"),
        ("[EMAIL_1], thief@example.org", "not a value in clear"),
        ("nobody", "expected text that matches @"),
    ],
)
async def test_a_value_that_is_not_this_customers_never_reaches_a_tool(mail: str, why: str) -> None:
    source = Echo()

    with pytest.raises(ToolFailed, match=why) as failed:
        await executor(source).call(call("note", people=[{"mail": mail}]), "k")

    assert source.orders == []
    assert not failed.value.may_have_run
    assert "thief" not in failed.value.text
    assert "anna" not in failed.value.text


async def test_a_result_is_redacted_and_the_customers_value_keeps_its_placeholder() -> None:
    of = vault()
    source = Echo("Sent to anna.keller@example.com and lee@example.org, not to [EMAIL_1].")

    result = await executor(source, of).call(call("note"), "k")

    assert result.text == "Sent to [EMAIL_1] and [EMAIL_2], not to (EMAIL_1)."
    assert of.value_of("[EMAIL_2]") == "lee@example.org"


async def test_what_the_company_publishes_stays_as_it_is() -> None:
    text = "1 Harbour Square, 1000 Aurelis, +1 415 555 0123"

    assert (await executor(Echo(text, is_public=True)).call(call("note"), "k")).text == text
    assert (await executor(Echo(text)).call(call("note"), "k")).text != text


def test_the_callers_own_tools_are_offered_after_ours_and_under_other_names() -> None:
    def offered(name: str) -> tuple[str, ...]:
        own = offer_of(Tool(name, "His own.", '{"type": "object"}'), Effect.CALLER)
        made = Executor(Catalogue([Echo()]), CUSTOMER, REDACTOR, vault(), (own,))
        return tuple(offer.tool.name for offer in made.offers())

    assert offered("his") == ("note", "his")
    with pytest.raises(BotRefused, match="'note' stands twice"):
        offered("note")


async def test_a_tool_that_is_gone_was_not_run() -> None:
    with pytest.raises(ToolFailed) as failed:
        await executor(Echo()).call(call("gone"), "k")

    assert not failed.value.may_have_run


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsRefused, match="'note' is offered twice"):
        Catalogue([Echo(), Echo()])


@pytest.mark.parametrize("number", ["T-1042", "t-1042"])
async def test_a_customer_finds_his_own_ticket(number: str) -> None:
    looked_up = call("lookup_ticket", ticket=number, email="[EMAIL_1]")

    result = await executor(DemoTools()).call(looked_up, "k")

    assert "status: waiting for the customer" in result.text
    assert "anna" not in result.text


@pytest.mark.parametrize("number", ["T-1043", "T-9999"])
async def test_a_ticket_of_somebody_else_is_told_like_one_that_is_not_there(number: str) -> None:
    looked_up = call("lookup_ticket", ticket=number, email="[EMAIL_1]")

    assert (await executor(DemoTools()).call(looked_up, "k")).text == NO_TICKET


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"place": "old harbour"}, ["Harbour Square", "Lime Street"]),
        ({"place": "hillside", "service": "mortgage"}, ["Station"]),
        ({}, ["Harbour Square", "Lime Street", "North Gate"]),
        ({"place": "Moon"}, []),
    ],
)
async def test_branches_are_found_by_place_and_service(
    arguments: dict[str, str], names: Sequence[str]
) -> None:
    result = await executor(DemoTools()).call(call("find_branch", **arguments), "k")

    lines = result.text.splitlines() if names else []
    assert [line.split(",")[0] for line in lines] == names
    assert names or result.text == "No branch fits."
    assert "[" not in result.text


def test_the_demo_invents_everybody() -> None:
    assert all(ticket.email.endswith("@example.com") for ticket in read_tickets(DEMO))
    assert all("Aurelis" in branch.address for branch in read_branches(DEMO))


def test_a_model_never_sees_our_own_keyword() -> None:
    assert all("x-personal" not in offer.tool.schema for offer in DemoTools().offers())


def test_what_a_run_writes_is_redacted_and_keeps_placeholders() -> None:
    words = words_for(REDACTOR, vault())

    assert words.redact("Is [EMAIL_1] or lee@example.org right?") == (
        "Is [EMAIL_1] or [EMAIL_2] right?"
    )
    marked = words.marked("find_branch", "0123456789abcdef", Redacted("x"))
    assert marked == "<result of find_branch ghjklmnpqrst>\nx\n</result ghjklmnpqrst>"
