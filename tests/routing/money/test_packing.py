"""What is left out of a request so that it fits."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.money.packing import (
    Stages,
    most_input_tokens,
    packed,
    packed_into,
    room_of,
    sentence_ends,
    turns_of,
)
from routing.money.prices import load_prices
from routing.policy.policy import Rule
from routing.prompting.prompt import prompt_tokens
from routing.request import (
    Message,
    ModelName,
    Passage,
    Redacted,
    Request,
    Role,
    ToolCall,
    ToolResult,
)
from tests.routing.samples import GPT, HAIKU, OFFLINE, request

TODAY = date(2026, 11, 24)
PRICES = load_prices()
HAIKU_PRICE = PRICES.price(HAIKU, TODAY)
LONG = "A card costs [AMOUNT_1] a year. " * 30
QUESTION = "And what does it cost abroad?"
CHAT = ("What is a card?", "A card. " * 40, "Is it blue?", "It is blue. " * 40, QUESTION)


def passage(n: int, text: str = LONG) -> Passage:
    return Passage(f"p{n}", f"Title {n}", "", Redacted(text), 1 / n)


def asked(*said: str, passages: int = 3) -> Request:
    return request(*(said or CHAT), passages=[passage(n) for n in range(1, passages + 1)])


def texts(given: Request) -> list[str]:
    return [message.text for message in given.messages]


def test_what_fits_stays_as_it_is() -> None:
    whole = asked()
    found = packed_into(whole, prompt_tokens(whole))

    assert found is not None
    assert (found.request, found.left_out) == (whole, ())


def test_the_oldest_turns_go_first_then_the_last_passages_then_the_end_of_the_best() -> None:
    whole = asked()
    stages = Stages(whole)
    said = [stages.left_out(n) for n in range(6)]

    assert said == [
        (),
        ("the oldest turn",),
        ("the 2 oldest turns",),
        ("the 2 oldest turns", "the last passage of 3"),
        ("the 2 oldest turns", "the last 2 passages of 3"),
        ("the 2 oldest turns", "the last 2 passages of 3", "the end of the best passage"),
    ]
    assert texts(stages.at(1)) == list(CHAT[2:])
    assert texts(stages.at(5)) == [QUESTION]
    assert [one.id for one in stages.at(3).passages] == ["p1", "p2"]
    assert stages.at(5).passages[0].text == "A card costs [AMOUNT_1] a year. " * 28 + (
        "A card costs [AMOUNT_1] a year."
    )


def test_a_request_that_cannot_be_made_to_fit_is_none() -> None:
    assert packed_into(asked(), 50) is None


def test_a_call_of_a_tool_goes_with_its_results_or_stays_with_them() -> None:
    call = ToolCall("t1", "lookup", Redacted("{}"))
    messages = (
        Message(Role.CUSTOMER, Redacted("Where is my card? " * 30)),
        Message(Role.BOT, Redacted("I look."), calls=(call,)),
        Message(Role.CUSTOMER, Redacted(""), results=(ToolResult("t1", Redacted("sent")),)),
        Message(Role.BOT, Redacted("It was sent.")),
        Message(Role.CUSTOMER, Redacted("When?")),
        Message(Role.BOT, Redacted(""), calls=(call,)),
        Message(Role.CUSTOMER, Redacted(""), results=(ToolResult("t1", Redacted("today")),)),
    )
    whole = replace(asked(passages=0), messages=messages)
    stages = Stages(whole)

    assert [len(turn) for turn in turns_of(messages)] == [4, 3]
    assert stages.count == 2
    assert stages.at(1).messages == messages[4:]


def test_two_messages_of_one_burst_are_one_turn() -> None:
    burst = [Message(Role.CUSTOMER, Redacted(text)) for text in ("Hi", "my card", "is lost")]

    assert [len(turn) for turn in turns_of(burst)] == [3]


def test_a_greeting_of_the_bot_is_a_turn_that_may_go() -> None:
    said = (Message(Role.BOT, Redacted("Hello!")), Message(Role.CUSTOMER, Redacted("Hi")))

    assert [len(turn) for turn in turns_of(said)] == [1, 1]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("One. Two. Three", ["One.", "One. Two.", "One. Two. Three"]),
        ("One\nTwo", ["One", "One\nTwo"]),
        ("It costs 1.50 e.g. abroad. Yes.", ["It costs 1.50 e.g. abroad.", None]),
        ("Write to [Dr. Who] now. Or not.", ["Write to [Dr. Who] now.", None]),
        ("See [NOTE. 1] here", [None]),
        ("", []),
    ],
)
def test_a_text_ends_after_a_sentence_and_never_inside_brackets(
    text: str, ends: list[str | None]
) -> None:
    assert [text[:end] for end in sentence_ends(text)] == [end or text for end in ends]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=7),
    st.lists(st.integers(0, 20), max_size=4),
    st.integers(50, 2500),
)
def test_whatever_is_packed_fits_and_keeps_what_it_must(
    lengths: list[int], passages: list[int], room: int
) -> None:
    said = [f"Word {n}. " * length for n, length in enumerate(lengths)]
    shelf = [passage(n, "It costs [AMOUNT_1]. " * size) for n, size in enumerate(passages, 1)]
    whole = request(*said, passages=shelf)
    found = packed_into(whole, room)

    if found is None:
        smallest = Stages(whole).at(Stages(whole).count - 1)
        assert prompt_tokens(smallest) > room
        return
    assert found.input_tokens == prompt_tokens(found.request) <= room
    kept = [m for m in whole.messages if m.role is Role.CUSTOMER][-1]
    assert kept in found.request.messages
    assert found.request.messages == whole.messages[-len(found.request.messages) :]
    assert [one.id for one in found.request.passages] == [
        one.id for one in shelf[: len(found.request.passages)]
    ]
    assert bool(found.request.passages) is bool(shelf)
    assert all(one.text.count("[") == one.text.count("]") for one in found.request.passages)
    assert bool(found.left_out) is (found.request != whole)


def test_the_money_pays_for_the_prompt_beside_the_answer() -> None:
    assert most_input_tokens(Decimal("0.001"), HAIKU_PRICE, 100) == 500
    assert most_input_tokens(Decimal("0.001"), HAIKU_PRICE, 200) == 0
    assert most_input_tokens(Decimal("0.0009"), HAIKU_PRICE, 200) == 0


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([name for name in PRICES.names() if PRICES.price(name, TODAY).is_paid]),
    st.integers(0, 3_000_000),
    st.integers(1, 1000),
)
def test_the_longest_prompt_is_affordable_and_one_more_token_is_not(
    name: ModelName, millionths: int, output: int
) -> None:
    price = PRICES.price(name, TODAY)
    left = Decimal(millionths) / 1_000_000
    most = most_input_tokens(left, price, output)

    if most:
        assert price.rates_for(most).worst(most, output) <= left
    borders = [tier.above_tokens for tier in price.tiers[1:]]
    if most not in borders:
        assert price.rates_for(most + 1).worst(most + 1, output) > left


def test_a_price_with_tiers_stops_at_the_border_until_the_dearer_rates_fit() -> None:
    price = PRICES.price(ModelName("claude-sonnet-4.6"), date(2026, 1, 1))

    assert most_input_tokens(Decimal("0.7"), price, 0) == 200_000
    assert most_input_tokens(Decimal("1.8"), price, 0) == 300_000


def test_the_room_counts_usual_tokens_and_leaves_place_for_the_answer() -> None:
    opus = PRICES.price(ModelName("claude-opus-4.7"), TODAY)

    assert room_of(HAIKU_PRICE, Decimal(100), 200) == 199_800
    assert room_of(opus, Decimal(100), 200) == 999_800 * 100 // 130


def rule(output: int = 400, cap: str = "0.002") -> Rule:
    return Rule("fees", models=(HAIKU,), max_output_tokens=output, max_cost_usd=Decimal(cap))


def test_a_prompt_is_packed_for_the_model_that_can_afford_most() -> None:
    prices = [PRICES.price(name, TODAY) for name in (GPT, HAIKU, OFFLINE)]
    whole = asked(passages=6)
    found = packed(whole, rule(), prices, Decimal("0.002"))

    assert prompt_tokens(whole) > 1000
    assert found.input_tokens <= 1000
    assert HAIKU_PRICE.worst(found.input_tokens, 200) <= Decimal("0.002")
    assert found.left_out


def test_a_prompt_that_leaves_too_little_for_a_usual_answer_leaves_enough_for_a_short_one() -> None:
    whole = asked(QUESTION, passages=2)
    found = packed(whole, rule(cap="0.001"), [HAIKU_PRICE], Decimal("0.001"))

    assert found.left_out
    assert HAIKU_PRICE.worst(found.input_tokens, 100) <= Decimal("0.001")


def test_what_no_model_can_afford_stays_whole_for_the_local_one() -> None:
    whole = asked()
    found = packed(whole, rule(), [HAIKU_PRICE], Decimal("0.0001"))

    assert (found.request, found.left_out) == (whole, ())


def test_a_prompt_that_the_money_pays_for_stays_whole() -> None:
    whole = asked()
    found = packed(whole, rule(), [HAIKU_PRICE], Decimal(1))

    assert (found.request, found.input_tokens) == (whole, prompt_tokens(whole))


def test_local_models_need_no_packing() -> None:
    whole = asked()
    found = packed(whole, rule(), [PRICES.price(OFFLINE, TODAY)], Decimal(0))

    assert found.request is whole
