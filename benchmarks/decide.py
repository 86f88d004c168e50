"""How long a decision takes: the policy of the demo, and fifty models in one rule.

With everything that can be known: measured latency, failures and outcomes of every model, and the
model of the turn before. Target: a P50 under 200 us with fifty models. Beside it what keeping and
replaying a decision takes, which is off the way of a turn.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.policies import DEMO
from benchmarks.table import Limit, Row, ranked, show
from bot.tenant import load_tenant
from routing.deciding.decide import Features, World, decide
from routing.deciding.recorded import as_json, replayed
from routing.deciding.score import Outcome
from routing.decision import Guess
from routing.money.prices import load_prices
from routing.policy.policy import Goal, Policy, Rule
from routing.request import ModelName, TenantId

MODELS = 50
ROUNDS = 5
CALLS = 2_000
TODAY = date(2026, 11, 24)


def main() -> None:
    """Print the figures."""
    many, world = fifty()
    record = as_json(decide(turn("pin"), many, world))
    demo = load_tenant(DEMO).policy
    book = demo.priced(load_prices())
    usual = World(book, TODAY, frozenset(book.names()))

    def decided() -> object:
        return decide(turn("pin"), many, world)

    def written() -> object:
        return as_json(decide(turn("pin"), many, world))

    rows = [
        timed("demo policy, 4 models, P50", lambda: decide(turn("transfers"), demo, usual), 0.5),
        timed("50 models, P50", decided, 0.5, Limit(200.0)),
        timed("50 models, P99", decided, 0.99),
        timed("50 models, decided and written as JSON, P50", written, 0.5),
        timed("50 models, replayed, P50", lambda: replayed(record, many, world.prices), 0.5),
    ]
    show(f"decide: {ROUNDS} x {CALLS:,} calls", rows)


def timed(name: str, work: Callable[[], object], share: float, limit: Limit | None = None) -> Row:
    """Return a quantile of the wall time of one call, measured several times."""
    values = []
    for _ in range(ROUNDS):
        taken = []
        for _ in range(CALLS):
            began = time.perf_counter()
            work()
            taken.append((time.perf_counter() - began) * 1e6)
        values.append(ranked(taken, share))
    return Row(name, tuple(values), "us", limit=limit)


def turn(intent: str) -> Features:
    """Return a turn about an intent, after one that a model answered."""
    guess = Guess(intent, 0.9, "linear", (("other", 0.1),))
    return Features(TenantId("a"), "c", 2, guess, 1_500, previous=ModelName("model-07"))


def fifty() -> tuple[Policy, World]:
    """Return a rule with fifty models, and a world that knows everything about them."""
    book = load_prices()
    newest = [editions[-1] for editions in book.models.values()]
    writing = [one for one in newest if one.price.max_output_tokens and not one.price.is_local]
    named = {ModelName(f"model-{n:02}"): writing[n % len(writing)] for n in range(MODELS)}
    book = book.with_models(
        {name: (replace(one, price=replace(one.price, name=name)),) for name, one in named.items()}
    )
    names = tuple(named)
    rule = Rule(
        "pin",
        goal=Goal.QUALITY,
        models=names[:25],
        fallback_models=names[25:],
        max_cost_usd=Decimal("0.05"),
    )
    policy = Policy(TenantId("a"), "1", rule, rule, (rule,), "digest")
    world = World(
        prices=book,
        today=TODAY,
        configured=frozenset(book.names()),
        down=frozenset(names[:2]),
        latency_s={name: 0.4 + place / 100 for place, name in enumerate(names)},
        failing=dict.fromkeys(names, 0.01),
        outcomes={("pin", name): Outcome(80, 100) for name in names},
    )
    return policy, world


if __name__ == "__main__":
    main()
