import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decision import Guess
from routing.intent.layers import MOST_RUNNERS_UP, Layers, examples_of, layers_of
from routing.intent.rules import keywords_of
from routing.intent.train import OUT_OF_SCOPE
from routing.policy.policy import Policy, Rule
from routing.request import Redacted, TenantId
from tests.routing.intent.bank import LABELLED, SAID, STRANGERS, UNSEEN
from tests.routing.intent.test_train import trained

ROOT = Path(__file__).parent.parent.parent.parent
SCRIPT = """
from tests.routing.intent.test_layers import layers
from routing.request import Redacted
for text in ("my card got stolen", "two charges for one order", "play some jazz"):
    print(layers().classify(Redacted(text)))
"""


def policy_of(*rules: Rule) -> Policy:
    return Policy(TenantId("aurelis"), "1", Rule("classifier"), Rule("default"), rules, "")


@cache
def layers() -> Layers:
    rules = [Rule(intent, texts, ("iban typo",) * (intent == "transfer-late"))
             for intent, texts in SAID.items()]  # fmt: skip
    return layers_of(policy_of(*rules))


@pytest.mark.parametrize(
    ("text", "intent"), [(text, intent) for intent, texts in UNSEEN.items() for text in texts]
)
def test_a_new_way_of_saying_it_is_recognised(text: str, intent: str) -> None:
    guess = layers().classify(Redacted(text))

    assert (guess.intent, guess.layer) == (intent, "linear")
    assert guess.confidence > 0.5
    assert len(guess.runners_up) == MOST_RUNNERS_UP
    assert intent not in dict(guess.runners_up)


@pytest.mark.parametrize("text", STRANGERS)
def test_gibberish_and_strangers_are_out_of_scope(text: str) -> None:
    guess = layers().classify(Redacted(text))

    assert (guess.intent, guess.layer) == (OUT_OF_SCOPE, "none")


def test_a_keyword_decides_before_the_classifier() -> None:
    guess = layers().classify(Redacted("my card is lost and an IBAN typo too"))

    assert guess == Guess("transfer-late", 1.0, "rules")


@given(st.text(max_size=80))
def test_every_number_of_a_guess_is_a_probability(text: str) -> None:
    guess = layers().classify(Redacted(text))

    assert 0 <= guess.confidence <= 1
    assert all(0 <= share <= 1 for _, share in guess.runners_up)
    assert layers().classify(Redacted(text)) == guess


def test_a_refused_guess_names_the_best_intent_first() -> None:
    guess = layers().classify(Redacted("who painted the ceiling of that chapel"))

    assert guess.layer == "none"
    assert len(guess.runners_up) == MOST_RUNNERS_UP
    assert guess.runners_up == tuple(sorted(guess.runners_up, key=lambda pair: -pair[1]))


def test_case_accents_and_placeholders_do_not_change_a_guess() -> None:
    def of(text: str) -> Guess:
        return layers().classify(Redacted(text))

    assert of("I LOST MY CARD") == of("i lost my card")
    assert of("transfer to [IBAN_1]") == of("transfer to [IBAN_7]")
    assert of("charged 12.50 twice") == of("charged 9 twice")


def test_a_policy_without_examples_knows_nothing() -> None:
    empty = layers_of(policy_of())

    assert empty.classify(Redacted("I lost my card")) == Guess(OUT_OF_SCOPE, 0.0, "none")


def test_a_policy_with_one_intent_knows_it_from_strangers() -> None:
    one = layers_of(policy_of(Rule("card-lost", SAID["card-lost"])))

    assert one.classify(Redacted("I have lost my card")).intent == "card-lost"
    assert one.classify(Redacted("zxqv plmok")).intent == OUT_OF_SCOPE


def test_examples_of_the_default_rule_are_out_of_scope() -> None:
    policy = Policy(
        TenantId("aurelis"), "1", Rule("classifier"), Rule("default", ("sing a song",)),
        (Rule("card-lost", ("my card is gone",)),), "",
    )  # fmt: skip

    assert list(examples_of(policy)) == [
        ("my card is gone", "card-lost"),
        ("sing a song", OUT_OF_SCOPE),
    ]


def test_known_strangers_are_refused_even_when_they_sound_alike() -> None:
    jokes = tuple(
        (text, OUT_OF_SCOPE)
        for text in (
            "tell me a joke about a lost card",
            "a joke about cards please",
            "do you know a joke about a stolen wallet",
            "make me laugh with a card joke",
            "another joke about my card",
        )
    )
    taught = Layers(keywords_of(()), trained(LABELLED + jokes))

    assert taught.classify(Redacted("tell me another joke about a lost card")).layer == "none"
    assert taught.classify(Redacted("I have lost my card")).intent == "card-lost"


@pytest.mark.slow
def test_guesses_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True, text=True, check=True, cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4711")
    }  # fmt: skip

    assert len(said) == 1
