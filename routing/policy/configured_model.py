"""A model by configuration alone: any server that speaks as OpenAI does.

```yaml
models:
  local-llama:
    provider: openai-compatible
    base_url: http://127.0.0.1:8000/v1
    vendor_id: meta-llama/Llama-3.3-70B-Instruct
    context_tokens: 32000
    max_output_tokens: 4096
    rates: {input: 0, output: 0}
    abilities: [tools, json]
  claude-haiku-4.5: {quality: 0.8}
```
The last line adjusts a model of the price book. A key is never written into the file.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum

from routing.models.body_openai import Dialect, LimitField
from routing.money.prices import Edition, Price, PriceBook, Rates, Tier
from routing.policy.text import Problems
from routing.policy.yaml_file import Field, Section, did_you_mean
from routing.request import ModelName, Need

NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")
REGION = re.compile(r"[a-z][a-z0-9-]{0,31}")
URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
MOST_TOKENS = 100_000_000
USUAL_QUALITY = 0.5
"""Of a server that nobody has said anything about."""
USUAL_FIRST_TOKEN_S = 1.0
USUAL_DIALECT = Dialect(limit_field=LimitField.OLD)
"""The old name of the limit is understood by every server."""
NO_ABILITIES: frozenset[Need] = frozenset()


class Provider(Enum):
    """Which wire a configured model speaks."""

    OPENAI_COMPATIBLE = "openai-compatible"


@dataclass(frozen=True, slots=True)
class ConfiguredModel:
    """One model that the price book does not know, and how its server is reached."""

    price: Price
    base_url: str
    """Such as `http://127.0.0.1:8000/v1`."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key; empty for a server without one."""
    dialect: Dialect = USUAL_DIALECT

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        return self.price.name


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a tenant knows better about a model of the price book; None leaves it as it is."""

    name: ModelName
    quality: float | None = None
    region: str | None = None
    first_token_s: float | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """The whole section."""

    models: tuple[ConfiguredModel, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


def configured_of(
    section: Section, problems: Problems, known: Collection[ModelName] | None
) -> Configured:
    """Return the models of a policy file's section `models`.

    Args:
        section: the section; an empty one when the file has none.
        problems: notes what is wrong.
        known: names of the price book; None leaves names unchecked.
    """
    models, adjustments = [], []
    for name in section:
        entry = section.section(name)
        is_server = entry.has("base_url") or entry.has("vendor_id") or entry.has("provider")
        if not NAME.fullmatch(name):
            expected = "lower-case letters, digits and . _ : -, at most 64"
            problems.add(entry.place, f"model {name!r}, expected {expected}")
        if known is not None and name in known and is_server:
            why = "the price book has it already, expected a name of your own"
            problems.add(entry.place, f"model {name!r}: {why}")
        if is_server or (known is not None and name not in known):
            models.append(model_of(ModelName(name), entry, known))
        else:
            adjustments.append(adjustment_of(ModelName(name), entry))
        entry.close()
    return Configured(tuple(models), tuple(adjustments))


def model_of(
    name: ModelName, entry: Section, known: Collection[ModelName] | None
) -> ConfiguredModel:
    """Return a model with a server of its own; what must be said is never guessed."""
    near = did_you_mean(name, sorted(known or ()))
    entry.require("base_url", f"the address of its server: {name!r} is not in the book{near}")
    for key, expected in (
        ("vendor_id", "what the server calls the model"),
        ("context_tokens", "most tokens of prompt and answer together"),
        ("max_output_tokens", "most tokens of an answer"),
        ("rates", "{input, output} in US dollars per million tokens; 0 when it is free"),
    ):
        entry.require(key, expected)
    rates = entry.section("rates")
    if entry.has("rates"):
        for key in ("input", "output"):
            rates.require(key, "US dollars per million tokens; 0 when it is free")
    provider = entry.choice("provider", Provider.OPENAI_COMPATIBLE)
    price = Price(
        name=name,
        provider=provider.value,
        vendor_id=entry.text("vendor_id", name),
        context_tokens=entry.whole("context_tokens", 1, 1, MOST_TOKENS),
        max_output_tokens=entry.whole("max_output_tokens", 1, 1, MOST_TOKENS),
        quality=entry.fraction("quality", USUAL_QUALITY),
        first_token_s=entry.read("first_token_s", seconds_of, USUAL_FIRST_TOKEN_S),
        token_percent=entry.whole("token_percent", 100, 1, 1_000),
        tiers=(Tier(0, rates_of(rates)),),
        abilities=entry.read("abilities", abilities_of, NO_ABILITIES),
        region=entry.read("region", region_of, ""),
    )
    dialect = entry.section("dialect")
    model = ConfiguredModel(
        price=price,
        base_url=entry.read("base_url", url_of, "").rstrip("/"),
        api_key_env=entry.read("api_key_env", variable_of, ""),
        dialect=Dialect(
            limit_field=dialect.choice("max_tokens_field", USUAL_DIALECT.limit_field),
            sends_stream_options=dialect.flag("stream_options", True),
            reasoning_effort=dialect.text("reasoning_effort", ""),
        ),
    )
    dialect.close()
    return model


def priced(book: PriceBook, configured: Configured) -> PriceBook:
    """Return a price book with the tenant's own models and adjustments laid over it."""
    editions: dict[ModelName, tuple[Edition, ...]] = {
        each.name: (Edition(date.min, each.price),) for each in configured.models
    }
    for one in configured.adjustments:
        if one.name not in book.models:
            continue
        editions[one.name] = tuple(
            replace(edition, price=adjusted(edition.price, one))
            for edition in book.models[one.name]
        )
    return book.with_models(editions) if editions else book


def adjusted(price: Price, by: Adjustment) -> Price:
    """Return a price with what is known better."""
    return replace(
        price,
        quality=price.quality if by.quality is None else by.quality,
        region=price.region if by.region is None else by.region,
        first_token_s=price.first_token_s if by.first_token_s is None else by.first_token_s,
    )


def rates_of(section: Section) -> Rates:
    """Return the rates of a server; those of a cache are the input's unless they are written."""
    uncached = section.money("input", Decimal(0))
    write = section.money("cache_write", uncached)
    rates = Rates(
        input=uncached,
        output=section.money("output", Decimal(0)),
        cache_read=section.money("cache_read", uncached),
        cache_write=write,
        cache_write_1h=section.money("cache_write_1h", write),
    )
    section.close()
    return rates


def adjustment_of(name: ModelName, entry: Section) -> Adjustment:
    """Return what is known better about a model of the price book."""
    return Adjustment(
        name,
        quality=entry.read("quality", lambda field: field.number(0, 1), None),
        region=entry.read("region", region_of, None),
        first_token_s=entry.read("first_token_s", seconds_of, None),
    )


def seconds_of(field: Field) -> float | None:
    """Return the seconds until a first text; None notes why not."""
    return field.number(0.001, 600)


def abilities_of(field: Field) -> frozenset[Need] | None:
    """Return what a model can do besides text; None notes that it is no list."""
    fields = field.fields()
    if fields is None:
        return None
    found = (entry.choice(Need) for entry in fields)
    return frozenset(need for need in found if need is not None)


def region_of(field: Field) -> str | None:
    """Return the name of a region; None notes what is wrong with it."""
    return matching(field, REGION, "a region in lower-case letters, such as eu")


def url_of(field: Field) -> str | None:
    """Return the address of a server; None notes what is wrong with it."""
    return matching(field, URL, "an address without a password, such as http://127.0.0.1:8000/v1")


def variable_of(field: Field) -> str | None:
    """Return the name of an environment variable; None notes what is wrong with it."""
    return matching(field, VARIABLE, "the name of an environment variable, such as LLAMA_API_KEY")


def matching(field: Field, pattern: re.Pattern[str], expected: str) -> str | None:
    """Return a text that matches; None notes that it does not."""
    text = field.text()
    if text is not None and not pattern.fullmatch(text):
        # Somebody may have put a key where the name of its variable belongs.
        field.wrong(expected, is_shown=False)
        return None
    return text
