"""What each model costs and can do: the price book, dated, in five rates with tiers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import yaml

from routing.canonical import canonical_json
from routing.errors import UnknownModel
from routing.request import ModelName, Need, Usage

MILLION = Decimal(1_000_000)
LOCAL = "local"
"""The provider of a model that needs no network."""
UNLIMITED = 10**9
"""As many tokens as anybody wants, where they cost nothing."""
LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class EntryText(TypedDict):
    """One model as it is written in `prices.yaml`."""

    provider: str
    vendor_id: str
    context_tokens: str
    max_output_tokens: str
    quality: str
    first_token_s: str
    token_percent: str
    abilities: list[str]
    region: str
    rates: list[list[str]]
    """Rows of: since, above_tokens, input, output, cache_read, cache_write, cache_write_1h."""


class BookText(TypedDict):
    """The whole of `prices.yaml`."""

    as_of: str
    source: str
    models: dict[str, EntryText]


@dataclass(frozen=True, slots=True)
class Rates:
    """The five rates, in US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    """Into a prompt cache of the vendor's shorter kind (five minutes)."""
    cache_write_1h: Decimal

    def worst(self, prompt_tokens: int, output_tokens: int) -> Decimal:
        """Return the US dollars of an answer of that length, when no cache is read or written."""
        return (prompt_tokens * self.input + output_tokens * self.output) / MILLION

    def most_output_tokens(self, left_usd: Decimal, prompt_tokens: int) -> int:
        """Return how many tokens of answer the money pays for; 0 when not even the prompt."""
        left = left_usd * MILLION - prompt_tokens * self.input
        if left < 0:
            return 0
        return int(left // self.output) if self.output else UNLIMITED


@dataclass(frozen=True, slots=True)
class Tier:
    """The rates of one range of prompt lengths; they apply to the whole request."""

    above_tokens: int
    """Prompts longer than this, cache tokens included, pay these rates."""
    rates: Rates


@dataclass(frozen=True, slots=True)
class Price:
    """One model on one day."""

    name: ModelName
    provider: str
    """`anthropic`, `openai`, `openai-compatible` or `local`."""
    vendor_id: str
    """What the vendor calls it."""
    context_tokens: int
    """Most tokens of prompt and answer together."""
    max_output_tokens: int
    """Most tokens of one answer; 0 for a model that writes no text."""
    quality: float
    """Prior in [0, 1], set by hand; never derived from the price."""
    first_token_s: float
    """Prior of the seconds until the first text."""
    token_percent: int
    """Tokens that this model makes of a text, in percent of the usual."""
    tiers: tuple[Tier, ...]
    """By `above_tokens`, ascending; the first is 0."""
    abilities: frozenset[Need] = frozenset()
    """What it can do besides text."""
    region: str = ""
    """Where its server works, such as `eu`; `global` for anywhere, empty when nobody said."""

    @property
    def is_local(self) -> bool:
        """Tell whether it runs in this process: nothing leaves it, and it cannot be down."""
        return self.provider == LOCAL

    @property
    def is_paid(self) -> bool:
        """Tell whether anything is charged for it; a server of one's own may be remote and free."""
        return any(tier.rates.input or tier.rates.output for tier in self.tiers)

    def rates_for(self, prompt_tokens: int) -> Rates:
        """Return the rates of a request with this prompt, cache tokens included."""
        rates = self.tiers[0].rates
        for tier in self.tiers:
            if prompt_tokens > tier.above_tokens:
                rates = tier.rates
        return rates

    def prompt_tokens(self, input_tokens: int) -> int:
        """Return an estimate in this model's own tokens, rounded up."""
        return -(-input_tokens * self.token_percent // 100)

    def cost(self, usage: Usage) -> Decimal:
        """Return what an attempt cost, in US dollars, exactly."""
        cached = usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_1h_tokens
        rates = self.rates_for(usage.input_tokens + cached)
        millionths = (
            usage.input_tokens * rates.input
            + usage.output_tokens * rates.output
            + usage.cache_read_tokens * rates.cache_read
            + usage.cache_write_tokens * rates.cache_write
            + usage.cache_write_1h_tokens * rates.cache_write_1h
        )
        return millionths / MILLION

    def worst(self, input_tokens: int, max_output_tokens: int) -> Decimal:
        """Return the most that a request may cost, in US dollars, when no cache is written."""
        prompt = self.prompt_tokens(input_tokens)
        return self.rates_for(prompt).worst(prompt, max_output_tokens)


@dataclass(frozen=True, slots=True)
class Edition:
    """A price from one day on."""

    since: date
    price: Price


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every model that a policy may name; an unknown one is refused, never free."""

    as_of: date
    """The day on which the rates were taken from `source`."""
    source: str
    models: Mapping[ModelName, tuple[Edition, ...]]
    """By name; editions ascending by day, the first valid from the beginning."""
    digest: str = ""
    """SHA-256 of the content, hex; empty for a book that somebody made by hand."""

    def price(self, name: ModelName, on: date) -> Price:
        """Return what a model costs on a day.

        Raises:
            UnknownModel: the book does not know the name.
        """
        try:
            editions = self.models[name]
        except KeyError:
            raise UnknownModel(f"{name!r} has no price, expected a model of the book") from None
        price = editions[0].price
        if len(editions) == 1:
            return price
        for edition in editions[1:]:
            if edition.since <= on:
                price = edition.price
        return price

    def cost(self, name: ModelName, usage: Usage, on: date) -> Decimal:
        """Return what an attempt cost on a day, in US dollars, exactly.

        Raises:
            UnknownModel: the book does not know the name.
        """
        return self.price(name, on).cost(usage)

    def worst(
        self, name: ModelName, input_tokens: int, max_output_tokens: int, on: date
    ) -> Decimal:
        """Return the most that a request may cost on a day, in US dollars.

        Raises:
            UnknownModel: the book does not know the name.
        """
        return self.price(name, on).worst(input_tokens, max_output_tokens)

    def with_models(self, editions: Mapping[ModelName, tuple[Edition, ...]]) -> "PriceBook":
        """Return a book with these models besides its own; a name that it knows is replaced."""
        models = MappingProxyType({**self.models, **editions})
        text = canonical_json((self.digest, dict(editions)))
        return replace(self, models=models, digest=hashlib.sha256(text.encode()).hexdigest())

    def names(self) -> tuple[ModelName, ...]:
        """Return every name, in the book's order."""
        return tuple(self.models)


@cache
def load_prices() -> PriceBook:
    """Return the price book that comes with the product; read once, it is part of the code."""
    return read_prices((Path(__file__).parent / "prices.yaml").read_text("utf-8"))


def read_prices(text: str) -> PriceBook:
    """Return the price book written by `scripts/prices.py`."""
    # The base loader leaves every scalar as it is written: no price passes through a float.
    book: BookText = yaml.load(text, Loader=LOADER)
    models = {
        ModelName(name): editions_of(ModelName(name), entry)
        for name, entry in book["models"].items()
    }
    as_of = date.fromisoformat(book["as_of"])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return PriceBook(as_of, book["source"], MappingProxyType(models), digest)


def editions_of(name: ModelName, entry: EntryText) -> tuple[Edition, ...]:
    """Return the dated prices of one entry of the file."""
    tiers: dict[date, list[Tier]] = {}
    for since, above, *rates in entry["rates"]:
        tier = Tier(int(above), Rates(*map(Decimal, rates)))
        tiers.setdefault(date.fromisoformat(since), []).append(tier)
    return tuple(
        Edition(since, price_of(name, entry, tuple(tiers[since]))) for since in sorted(tiers)
    )


def price_of(name: ModelName, entry: EntryText, tiers: tuple[Tier, ...]) -> Price:
    """Return one edition of an entry."""
    return Price(
        name=name,
        provider=entry["provider"],
        vendor_id=entry["vendor_id"],
        context_tokens=int(entry["context_tokens"]),
        max_output_tokens=int(entry["max_output_tokens"]),
        quality=float(entry["quality"]),
        first_token_s=float(entry["first_token_s"]),
        token_percent=int(entry["token_percent"]),
        tiers=tuple(sorted(tiers, key=lambda tier: tier.above_tokens)),
        abilities=frozenset(map(Need, entry["abilities"])),
        region=entry["region"],
    )


def dollars(amount: Decimal) -> str:
    """Return an amount for people: `$0.0035`, exact, without an exponent."""
    return f"${amount.normalize():f}"
