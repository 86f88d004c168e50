"""What is kept of a turn holds enough to decide it again."""

from dataclasses import replace

from bot.canonical import canonical
from routing.deciding.decide import decide
from routing.deciding.recorded import replayed
from routing.request import Need
from tests.routing.deciding.test_decide import HAIKU, PRICES, RULE, WORLD, features, policy_of


def test_a_decision_as_it_is_kept_is_decided_again_the_same() -> None:
    turn = replace(features(), needs=frozenset(Need), previous=HAIKU)
    decision = decide(turn, policy_of(RULE), replace(WORLD, latency_s={HAIKU: 0.123}))

    assert replayed(canonical(decision), policy_of(RULE), PRICES) == decision
