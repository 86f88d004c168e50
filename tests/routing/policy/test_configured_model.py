"""Models by configuration alone: what may be said of them, and what follows from it."""

from datetime import date
from decimal import Decimal

import pytest

from routing.deciding.decide import Features, World, decide
from routing.decision import Decision, Guess
from routing.errors import PolicyRefused
from routing.models.body_openai import Dialect, LimitField
from routing.money.prices import load_prices
from routing.policy.policy import Policy
from routing.policy.reader import read_policy
from routing.request import ModelName, Need, TenantId, Usage

PRICES = load_prices()
TODAY = date(2026, 11, 24)
LLAMA = ModelName("local-llama")
HAIKU = ModelName("claude-haiku-4.5")
FILE = """\
tenant: a
version: 1
models:
  local-llama:
    provider: openai-compatible
    base_url: http://127.0.0.1:8000/v1/
    vendor_id: llama-3.3-70b
    api_key_env: LLAMA_API_KEY
    context_tokens: 32000
    max_output_tokens: 2048
    quality: 0.6
    first_token_s: 0.3
    token_percent: 110
    rates: {input: 0, output: 0}
    abilities: [tools, json]
    region: eu
    dialect: {max_tokens_field: max_completion_tokens, stream_options: false}
  claude-haiku-4.5: {quality: 0.8, region: eu, first_token_s: 0.4}
default:
  goal: cost
  models: [local-llama, claude-haiku-4.5]
  budget: {max_cost_usd: 1}
"""


def read(text: str = FILE) -> Policy:
    return read_policy(text, "policy.yaml", known_models=PRICES.names())


def problems_of(old: str, new: str) -> list[str]:
    assert old in FILE
    with pytest.raises(PolicyRefused) as refused:
        read(FILE.replace(old, new, 1))
    return str(refused.value).splitlines()


def decided(policy: Policy, down: frozenset[ModelName] = frozenset()) -> Decision:
    book = policy.priced(PRICES)
    world = World(book, TODAY, frozenset(book.names()), down)
    return decide(Features(TenantId("a"), "c", 1, Guess("x", 1.0, "rules"), 1_500), policy, world)


def test_a_server_is_a_model_by_configuration_alone() -> None:
    (model,) = read().models
    price = model.price

    assert (model.name, model.base_url) == (LLAMA, "http://127.0.0.1:8000/v1")
    assert model.api_key_env == "LLAMA_API_KEY"
    assert model.dialect == Dialect(LimitField.NEW, sends_stream_options=False)
    assert (price.provider, price.vendor_id) == ("openai-compatible", "llama-3.3-70b")
    assert (price.context_tokens, price.max_output_tokens) == (32_000, 2_048)
    assert (price.quality, price.first_token_s, price.region) == (0.6, 0.3, "eu")
    assert price.abilities == {Need.TOOLS, Need.JSON}


def test_what_need_not_be_said_has_a_cautious_value() -> None:
    lines = FILE.splitlines(keepends=True)
    optional = ("provider", "api_key", "quality", "first_t", "token_p", "abil", "region", "dial")
    text = "".join(line for line in lines if not line.strip().startswith(optional))
    (model,) = read(text).models

    assert (model.api_key_env, model.price.abilities, model.price.region) == ("", frozenset(), "")
    assert model.price.quality == 0.5
    assert model.dialect == Dialect(LimitField.OLD)


def test_rates_of_a_cache_are_those_of_the_input_unless_they_are_written() -> None:
    text = FILE.replace("{input: 0, output: 0}", "{input: 0.5, output: 1.5, cache_read: 0.1}")
    rates = read(text).models[0].price.rates_for(1)

    assert (rates.input, rates.output) == (Decimal("0.5"), Decimal("1.5"))
    assert (rates.cache_read, rates.cache_write) == (Decimal("0.1"), Decimal("0.5"))


def test_a_price_book_is_laid_under_the_tenants_own_models() -> None:
    book = read().priced(PRICES)

    assert book.cost(LLAMA, Usage(10_000, 10_000), TODAY) == 0
    assert book.price(HAIKU, TODAY).quality == 0.8
    assert book.price(HAIKU, TODAY).rates_for(1) == PRICES.price(HAIKU, TODAY).rates_for(1)
    assert PRICES.price(HAIKU, TODAY).quality == 0.72
    assert book.digest not in ("", PRICES.digest)
    assert read("tenant: a\nversion: 1\n").priced(PRICES) is PRICES


def test_a_free_server_is_remote_and_can_be_down() -> None:
    price = read().models[0].price

    assert (price.is_local, price.is_paid) == (False, False)
    assert decided(read()).order[0] == LLAMA
    assert decided(read(), down=frozenset({LLAMA})).order == (HAIKU, "offline")


def test_next_to_a_free_server_the_dearer_of_two_others_is_still_the_dearer() -> None:
    policy = read(FILE.replace("claude-haiku-4.5]", "claude-haiku-4.5, claude-opus-4.7]"))
    cost = {one.model: dict(one.parts).get("cost", 0.0) for one in decided(policy).candidates}

    assert cost[LLAMA] == 1.0
    assert 0 < cost[ModelName("claude-opus-4.7")] < cost[HAIKU] < 0.1


def test_configured_models_are_part_of_the_digest() -> None:
    assert read().digest == read(FILE + "# the end\n").digest
    assert read().digest != read(FILE.replace("quality: 0.6", "quality: 0.61")).digest
    assert read().digest != read(FILE.replace("8000", "8001")).digest
    assert read().digest != read(FILE.replace("quality: 0.8", "quality: 0.9")).digest


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    vendor_id: llama-3.3-70b\n", "", "5: models.local-llama.vendor_id: missing, expect"),
        (
            "    base_url: http://127.0.0.1:8000/v1/\n",
            "",
            "5: models.local-llama.base_url: missing",
        ),
        (
            "    rates: {input: 0, output: 0}\n",
            "",
            "5: models.local-llama.rates: missing, expected",
        ),
        ("{input: 0, output: 0}", "{input: 0}", "14: models.local-llama.rates.output: missing"),
        ("{input: 0, output: 0}", "{}", "14: models.local-llama.rates.input: missing, expected US"),
        ("{input: 0,", "{input: free,", "14: models.local-llama.rates.input: 'free', expected a"),
        (
            "openai-compatible",
            "openai",
            "5: models.local-llama.provider: 'openai', expected one of",
        ),
        ("http://127", "ftp://127", "6: models.local-llama.base_url: something else, expected an"),
        ("http://127", "http://me:pw@127", "6: models.local-llama.base_url: something else, expec"),
        ("LLAMA_API_KEY", "sk-verysecret", "8: models.local-llama.api_key_env: something else, ex"),
        ("api_key_env: LLAMA_API_KEY", "api_key: sk-1", "8: models.local-llama.api_key: unknown k"),
        ("[tools, json]", "[tool]", "15: models.local-llama.abilities[0]: 'tool', expected one of"),
        ("region: eu\n", "region: E U\n", "16: models.local-llama.region: something else, expecte"),
        ("max_completion_tokens", "most", "17: models.local-llama.dialect.max_tokens_field: 'most"),
        ("claude-haiku-4.5: {", "claude-haiku-4.6: {", "18: models.claude-haiku-4.6.base_url: mis"),
        ("{quality: 0.8,", "{quality: 8,", "18: models.claude-haiku-4.5.quality: '8', expected a"),
        ("{quality: 0.8,", "{rates: {},", "18: models.claude-haiku-4.5.rates: unknown key 'rates'"),
        ("  local-llama:\n", "  gpt-5.5:\n", "5: models.gpt-5.5: model 'gpt-5.5': the price book"),
        ("  local-llama:\n", "  Local Llama:\n", "5: models.Local Llama: model 'Local Llama', exp"),
        ("[local-llama,", "[local-lama,", "21: default.models[0]: 'local-lama', expected a model"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, problem: str) -> None:
    assert any(line.startswith(f"policy.yaml:{problem}") for line in problems_of(old, new))


def test_what_may_be_a_key_or_a_password_is_not_repeated() -> None:
    said = problems_of("LLAMA_API_KEY", "sk-verysecret")
    said += problems_of("http://127", "http://me:verysecret@127")

    assert not any("verysecret" in line for line in said)
