"""The price book: against genai-prices, against the vendors' tables, and its arithmetic."""

import runpy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from routing.errors import UnknownModel
from routing.money.prices import LOADER, Price, dollars, load_prices, read_prices
from routing.request import ModelName, Need, Usage

TODAY = date(2026, 11, 24)
ROOT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "prices.py"))
BOOK = load_prices()
UNKNOWN_TO_THE_PACKAGE = {"offline"}

# name, vendor id, (input, output, cache read, write 5m, write 1h), context, output limit
ANTHROPIC = [
    ("claude-haiku-4.5", "claude-haiku-4-5", "1 5 0.10 1.25 2", 200_000, 64_000),
    ("claude-sonnet-4.6", "claude-sonnet-4-6", "3 15 0.30 3.75 6", 1_000_000, 128_000),
    ("claude-opus-4.7", "claude-opus-4-7", "5 25 0.50 6.25 10", 1_000_000, 128_000),
    ("claude-sonnet-5", "claude-sonnet-5", "2 10 0.20 2.50 4", 1_000_000, 128_000),
    ("claude-sonnet-5.5", "claude-sonnet-5-5", "2 10 0.10 2.50 4", 1_000_000, 128_000),
    ("claude-opus-5", "claude-opus-5", "5 25 0.50 6.25 10", 1_000_000, 128_000),
    ("claude-opus-5.5", "claude-opus-5-5", "4 20 0.20 5 8", 1_000_000, 128_000),
    ("claude-haiku-5.5", "claude-haiku-5-5", "0.10 0.50 0.01 0.125 0.20", 1_000_000, 128_000),
]
OPENAI = [
    ("gpt-5.5-instant", "chat-latest", "5 30 0.50"),
    ("gpt-5.5", "gpt-5.5", "5 30 0.50"),
    ("gpt-5.5-pro", "gpt-5.5-pro", "30 180 30"),
    ("gpt-5.4-mini", "gpt-5.4-mini", "0.75 4.50 0.075"),
    ("gpt-5.4-nano", "gpt-5.4-nano", "0.20 1.25 0.02"),
    ("gpt-5.6-luna", "gpt-5.6-luna", "0.20 1.20 0.02"),
    ("gpt-6-luna", "gpt-6-luna", "0.10 0.50 0.01"),
    ("gpt-6.1-terra", "gpt-6.1-terra", "1 5 0.05"),
    ("gpt-6.1-sol", "gpt-6.1-sol", "2 10 0.10"),
    ("text-embedding-3-small", "text-embedding-3-small", "0.02 0 0.02"),
    ("text-embedding-3-large", "text-embedding-3-large", "0.13 0 0.13"),
]
LONG = [
    ("claude-haiku-5.5", 100_000, "0.50 2.50 0.05 0.625 1"),
    ("gpt-5.5", 272_000, "10 45 1 10 10"),
    ("gpt-5.5-pro", 272_000, "60 270 60 60 60"),
]


def price(name: str, on: date = TODAY) -> Price:
    return BOOK.price(ModelName(name), on)


def rates_of(price: Price, prompt_tokens: int = 1) -> tuple[Decimal, ...]:
    rates = price.rates_for(prompt_tokens)
    return (rates.input, rates.output, rates.cache_read, rates.cache_write, rates.cache_write_1h)


def numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, text.split()))


def rows_on(rows: list[list[str]], day: date) -> Iterator[list[str]]:
    """Yield the rows that are valid on a day, without their date."""
    since = max(row[0] for row in rows if date.fromisoformat(row[0]) <= day)
    yield from (row[1:] for row in rows if row[0] == since)


@pytest.mark.parametrize("name", [name for name in BOOK.names() if name not in {"offline"}])
def test_the_book_agrees_with_genai_prices(name: ModelName) -> None:
    """Run `scripts/prices.py` when this fails after an update of the package."""
    entry = yaml.load((ROOT / "routing" / "money" / "prices.yaml").read_text(), Loader=LOADER)[
        "models"
    ][name]
    known = list(SCRIPT["rows_of"](entry["provider"], entry["vendor_id"]))

    assert bool(known) is (name not in UNKNOWN_TO_THE_PACKAGE)
    assert list(rows_on(entry["rates"], TODAY)) == list(rows_on(known, TODAY))


def test_the_file_is_what_the_script_would_write() -> None:
    text = (ROOT / "routing" / "money" / "prices.yaml").read_text("utf-8")

    assert SCRIPT["refreshed"](yaml.load(text, Loader=LOADER), BOOK.as_of) == text


@pytest.mark.parametrize(("name", "vendor_id", "rates", "context", "output"), ANTHROPIC)
def test_a_model_of_anthropic_costs_what_its_maker_says(
    name: str, vendor_id: str, rates: str, context: int, output: int
) -> None:
    found = price(name)

    assert (found.provider, found.vendor_id) == ("anthropic", vendor_id)
    assert rates_of(found) == numbers(rates)
    assert (found.context_tokens, found.max_output_tokens) == (context, output)


@pytest.mark.parametrize(("name", "vendor_id", "rates"), OPENAI)
def test_a_model_of_openai_costs_what_its_maker_says(name: str, vendor_id: str, rates: str) -> None:
    found = price(name)

    assert (found.provider, found.vendor_id) == ("openai", vendor_id)
    assert rates_of(found)[:3] == numbers(rates)


@pytest.mark.parametrize("name", ["gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol"])
def test_the_sixth_generation_charges_a_quarter_more_for_cache_writes(name: str) -> None:
    rates = price(name).rates_for(1)

    assert rates.cache_write == rates.input * Decimal("1.25")


@pytest.mark.parametrize(("name", "border", "rates"), LONG)
def test_a_long_prompt_moves_the_whole_request_to_the_next_tier(
    name: str, border: int, rates: str
) -> None:
    assert rates_of(price(name), border) == rates_of(price(name), 1)
    assert rates_of(price(name), border + 1) == numbers(rates)


def test_cached_tokens_count_for_the_tier() -> None:
    haiku = price("claude-haiku-5.5")
    below = Usage(input_tokens=60_000, cache_read_tokens=40_000)
    above = Usage(input_tokens=60_000, cache_read_tokens=40_001)

    assert haiku.cost(below) == Decimal("0.0064")
    assert haiku.cost(above) == Decimal("0.03200005")


def test_the_five_counts_are_disjoint_and_priced_each_at_its_rate() -> None:
    usage = Usage(
        input_tokens=1_000,
        output_tokens=200,
        cache_read_tokens=4_000,
        cache_write_tokens=100,
        cache_write_1h_tokens=10,
    )

    assert BOOK.cost(ModelName("claude-haiku-4.5"), usage, TODAY) == Decimal("0.002545")


def test_the_worst_case_of_the_handbook_is_eight_cents() -> None:
    assert BOOK.worst(ModelName("gpt-5.5-pro"), 1_500, 200, TODAY) == Decimal("0.081")


def test_a_worst_case_counts_the_tokens_of_that_model_rounded_up() -> None:
    opus = price("claude-opus-4.7")

    assert opus.prompt_tokens(1_001) == 1_302
    assert opus.prompt_tokens(1_000) == 1_300
    assert opus.worst(1_001, 100) == (1_302 * 5 + 100 * 25) / Decimal(1_000_000)
    assert price("gpt-5.5").prompt_tokens(1_001) == 1_001


def test_a_price_is_that_of_the_day() -> None:
    assert price("gpt-5.6-luna", date(2026, 7, 29)).rates_for(1).input == 1
    assert price("gpt-5.6-luna", date(2026, 7, 30)).rates_for(1).input == Decimal("0.2")
    assert price("gpt-5.6-luna", date.min).rates_for(1).input == 1


def test_before_its_first_price_a_model_has_the_first() -> None:
    text = (
        "as_of: 2026-11-24\nsource: ours\nmodels:\n  a: {provider: openai, vendor_id: a, "
        "context_tokens: 1, max_output_tokens: 1, quality: 0.5, first_token_s: 1, "
        "token_percent: 100, abilities: [], region: eu, "
        "rates: [[2026-02-01, 0, 2, 2, 2, 2, 2], [2026-01-01, 0, 1, 1, 1, 1, 1]]}\n"
    )
    book = read_prices(text)

    assert book.price(ModelName("a"), date(2025, 1, 1)).rates_for(1).input == 1
    assert book.price(ModelName("a"), date(2026, 3, 1)).rates_for(1).input == 2
    assert book.source == "ours"


def test_an_unknown_model_is_refused_and_never_free() -> None:
    name = ModelName("gpt-5.5-instnat")

    with pytest.raises(UnknownModel, match=r"'gpt-5\.5-instnat' has no price, expected a"):
        BOOK.price(name, TODAY)
    with pytest.raises(UnknownModel):
        BOOK.cost(name, Usage(), TODAY)
    with pytest.raises(UnknownModel):
        BOOK.worst(name, 1, 1, TODAY)


def test_offline_is_free_and_not_paid() -> None:
    offline = price("offline")

    assert not offline.is_paid
    assert offline.cost(Usage(input_tokens=10**9, output_tokens=10**9)) == 0


def test_priors_are_in_range_and_quality_does_not_follow_the_price() -> None:
    writing = [price(name) for name in BOOK.names() if price(name).max_output_tokens]
    by_price = sorted(writing, key=lambda one: one.rates_for(1).output)

    assert all(0 <= one.quality <= 1 and one.first_token_s > 0 for one in writing)
    assert [one.quality for one in by_price] != sorted(one.quality for one in writing)


def test_amounts_are_written_without_an_exponent() -> None:
    assert dollars(Decimal("0.00350")) == "$0.0035"
    assert dollars(Decimal("1E+3")) == "$1000"
    assert dollars(Decimal("1E-7")) == "$0.0000001"
    assert dollars(Decimal(0)) == "$0"


def test_every_hosted_model_that_writes_text_can_use_tools_and_follow_a_schema() -> None:
    hosted = [price(name) for name in BOOK.names() if not price(name).is_local]

    assert all(one.region == "global" for one in hosted)
    assert all(one.abilities == set(Need) for one in hosted if one.max_output_tokens)
    assert not any(one.abilities for one in hosted if not one.max_output_tokens)
    assert (price("offline").is_local, price("offline").abilities) == (True, frozenset())


def test_a_book_with_other_models_has_another_digest_and_leaves_the_first_alone() -> None:
    haiku = BOOK.models[ModelName("claude-haiku-4.5")]
    book = BOOK.with_models({ModelName("mine"): haiku})

    assert book.names() == (*BOOK.names(), "mine")
    assert "mine" not in BOOK.names()
    assert len({book.digest, BOOK.digest, ""}) == 3
    assert BOOK.with_models({ModelName("mine"): haiku}).digest == book.digest
