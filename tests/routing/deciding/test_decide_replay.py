"""The same inputs decide the same, byte for byte."""

import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from routing.deciding.decide import Features, World, decide
from routing.deciding.recorded import as_json, replayed
from routing.deciding.score import Outcome
from routing.decision import Decision, Guess
from routing.errors import RecordRefused
from routing.money.prices import PriceBook, load_prices
from routing.policy.policy import OFFLINE, Advisor, Goal, Policy, Rule, Strategy
from routing.request import ModelName, Need, TenantId

ROOT = Path(__file__).parents[3]
PRICES = load_prices()
NAMES = PRICES.names()
INPUTS = 2_000
PROGRAM = """
from tests.routing.deciding.test_decide_replay import decision_of
print("\\n".join(repr(decision_of(seed)[3]) for seed in range(50)))
"""


def policy_from(chance: random.Random) -> Policy:
    def rule(name: str) -> Rule:
        advisor = Advisor(chance.choice(NAMES), chance.random()) if chance.random() < 0.3 else None
        return Rule(
            name,
            goal=chance.choice(list(Goal)),
            strategy=chance.choice(list(Strategy)),
            models=tuple(chance.sample(NAMES, chance.randint(0, 6))),
            fallback_models=tuple(chance.sample(NAMES, chance.randint(0, 6))),
            max_retries=chance.randint(0, 4),
            max_cost_usd=Decimal(chance.randint(0, 200)) / 1000,
            max_output_tokens=chance.randint(1, 1_000),
            advisor=advisor,
            regions=chance.choice([(), (), (), ("global",), ("eu",)]),
            quality=((chance.choice(NAMES), chance.random()),),
        )

    rules = tuple(rule(f"intent-{number}") for number in range(3))
    digest = hashlib.sha256(repr(rules).encode()).hexdigest()
    return Policy(TenantId("a"), "1", rule("classifier"), rule("default"), rules, digest)


def features_from(chance: random.Random) -> Features:
    guess = Guess(
        chance.choice(["default", "intent-0", "intent-1", "intent-2", "other"]),
        chance.random(),
        chance.choice(["rules", "linear", "none"]),
    )
    tokens = chance.choice([10, 1_500, 90_000, 250_000, 2_000_000])
    return Features(
        TenantId("a"),
        f"c{chance.random()}",
        chance.randint(1, 30),
        guess,
        tokens,
        needs=frozenset(chance.sample([Need.TOOLS, Need.VISION], chance.randint(0, 2))),
        previous=chance.choice([None, *NAMES]),
    )


def world_from(chance: random.Random) -> World:
    some = chance.sample(NAMES, chance.randint(0, len(NAMES)))
    return World(
        PRICES,
        date(2026, chance.randint(1, 12), 24),
        frozenset({*some, OFFLINE}),
        frozenset(chance.sample(NAMES, chance.randint(0, 5))),
        {name: chance.uniform(0.1, 30) for name in some},
        Decimal(chance.randint(0, 100)) / 1000,
        {name: chance.random() for name in some},
        {
            (f"intent-{chance.randint(0, 2)}", name): Outcome(chance.randint(0, 9), 9)
            for name in some
        },
    )


def mixed(world: World) -> World:
    """Return the same world, with its sets and mappings built the other way round."""
    return replace(
        world,
        prices=replace(PRICES, models=dict(reversed(list(PRICES.models.items())))),
        configured=frozenset(sorted(world.configured, reverse=True)),
        down=frozenset(sorted(world.down, reverse=True)),
        latency_s=dict(reversed(dict(world.latency_s).items())),
        failing=dict(reversed(dict(world.failing).items())),
        outcomes=dict(reversed(dict(world.outcomes).items())),
    )


@cache
def decision_of(seed: int) -> tuple[Features, Policy, World, Decision]:
    chance = random.Random(seed)
    features, policy, world = features_from(chance), policy_from(chance), world_from(chance)
    return features, policy, world, decide(features, policy, world)


@pytest.mark.slow
def test_the_same_inputs_decide_the_same_byte_for_byte() -> None:
    for seed in range(INPUTS):
        features, policy, world, decision = decision_of(seed)

        assert repr(decide(features, policy, world)) == repr(decision)
        assert repr(decide(features, policy, mixed(world))) == repr(decision)


def replays(count: int, policies: int) -> int:
    """Return how many of so many recorded decisions come out the same, byte for byte."""
    chance = random.Random(count)
    rules = [policy_from(chance) for _ in range(policies)]
    same = 0
    for number in range(count):
        policy = rules[number % policies]
        record = as_json(decide(features_from(chance), policy, world_from(chance)))
        same += as_json(replayed(record, policy, PRICES)) == record
    return same


def test_a_recorded_decision_replays_byte_for_byte() -> None:
    assert replays(400, 20) == 400


@pytest.mark.slow
def test_ten_thousand_recorded_decisions_replay_byte_for_byte() -> None:
    assert replays(10_000, 100) == 10_000


def test_another_policy_decides_recorded_turns_otherwise() -> None:
    other = policy_from(random.Random(-1))
    changed = 0
    for seed in range(200):
        _, policy, _, decision = decision_of(seed)
        again = replayed(as_json(decision), other, PRICES)
        changed += again.order != decision.order
        assert again.guess == decision.guess
        assert again.basis is not None
        assert (again.basis.policy, again.basis.prices) == (other.digest, PRICES.digest)
        assert policy.digest != other.digest

    assert changed > 50


def test_what_is_kept_beside_a_decision_does_not_disturb_its_replay() -> None:
    _, policy, _, decision = decision_of(1)
    fields = json.loads(as_json(decision))
    kept = json.dumps({"turn": 3, **fields}, indent=1)

    assert replayed(kept, policy, PRICES) == decision


def test_an_amount_that_was_kept_with_its_zeros_is_the_same_amount() -> None:
    features, policy, world, _ = decision_of(3)
    decision = decide(features, policy, replace(world, spent_usd=Decimal("0.0010000")))

    assert replayed(as_json(decision), policy, PRICES) == decision


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"guess": 1, "basis": 2}', '{"basis": null}', '"x"']
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordRefused, match="not a record of a decision"):
        replayed(text, decision_of(0)[1], PRICES)


def test_a_record_names_the_prices_that_it_was_made_with() -> None:
    _, policy, _, decision = decision_of(1)
    haiku = ModelName("claude-haiku-4.5")
    other = PRICES.with_models({haiku: PRICES.models[haiku]})
    again = replayed(as_json(decision), policy, other)

    assert again.basis is not None
    assert decision.basis is not None
    assert again.basis.prices != decision.basis.prices
    assert again.order == decision.order


@pytest.mark.slow
def test_a_decision_does_not_depend_on_how_the_process_hashes() -> None:
    written = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(written) == 1
    assert len(written.pop().splitlines()) == 50


@pytest.mark.promise("R2")
def test_whatever_the_inputs_a_decision_keeps_its_promises() -> None:
    for seed in range(INPUTS):
        _, policy, world, decision = decision_of(seed)
        rule = policy.rule_for(decision.guess.intent)
        possible = {one.model: one for one in decision.candidates if not one.excluded}
        left = rule.cap_usd - world.spent_usd

        assert decision.order[-1] == OFFLINE
        assert set(decision.order) == set(possible)
        assert len(set(decision.order)) == len(decision.order)
        assert all(0 <= one.score <= 1 for one in decision.candidates)
        assert all(one.score == 0 for one in decision.candidates if one.excluded)
        assert all(
            one.worst_cost_usd <= left and one.expected_cost_usd <= one.worst_cost_usd
            for name, one in possible.items()
            if name != OFFLINE
        )
        assert decision.order[:-1] == () or decision.order[0] in world.configured - world.down


def fifty_models() -> tuple[Features, Policy, World]:
    """Return a decision among fifty paid models."""
    paid = [name for name in NAMES if PRICES.models[name][0].price.max_output_tokens]
    models = dict(PRICES.models)
    names = []
    for number in range(50):
        name = ModelName(f"model-{number:02}")
        edition = PRICES.models[paid[number % (len(paid) - 1)]][-1]
        models[name] = (replace(edition, price=replace(edition.price, name=name)),)
        names.append(name)
    rule = Rule("pin", models=tuple(names), max_cost_usd=Decimal(1))
    policy = Policy(TenantId("a"), "1", rule, rule, (rule,), "d")
    features = Features(TenantId("a"), "c", 1, Guess("pin", 0.9, "linear"), 1_500)
    book = PriceBook(PRICES.as_of, PRICES.source, models)
    return features, policy, World(book, date(2026, 11, 24), frozenset(models))


def test_fifty_models_are_all_tried_in_the_order_of_their_scores() -> None:
    features, policy, world = fifty_models()
    decision = decide(features, policy, world)
    scores = {one.model: one.score for one in decision.candidates}

    assert len(decision.order) == 51
    assert list(decision.order[:-1]) == sorted(
        scores.keys() - {OFFLINE}, key=lambda n: (-scores[n], n)
    )
