"""The weights of `routing/cache/acceptance.py`, learned from bank messages that are never copied.

Run: python -m benchmarks.acceptance. It reads BANKING77 (Casanueva et al. 2020) from the folder
that COPILOT_EVAL_DATA names (default `../shared/data`). 3,000 messages train the classifier; the
rest comes as two streams of customers, one to learn from, one held out. A pair is a message and an
earlier one that the classifier gives the same intent and that no veto parts; it is good when the
label of both is the same. So two questions of one intent with different answers count as good: only
the vetoes part those.

The COVID pairs (two questions, labelled as the same or not) are another domain: no part in the
learning, only in the check. There is no classifier for them, so they all have one intent.
"""

import csv
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.privacy.redact import published
from routing.cache.acceptance import (
    LEAST,
    NAMES,
    Evidence,
    Known,
    evidence_of,
    probability,
)
from routing.cache.gates import traits_of, veto
from routing.cache.vectors import Vector, vector_of
from routing.decision import Guess
from routing.intent.layers import Layers
from routing.intent.linear import Effort
from routing.intent.rules import keywords_of
from routing.intent.train import OUT_OF_SCOPE, train

BANK = "banking77_train.jsonl"
COVID = "covidqa_pairs_dev.csv"
SEED = 5
TAUGHT = 3_000
LEAST_COSINE = 0.75
"""Pairs below are no candidates of any policy."""
PENALTY = 1.0
STEPS = 60
BORDERS = (0.8, 0.9, 0.94, 0.96, 0.98, 0.99)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream, with what is known of it."""

    text: str
    intent: str
    known: Known
    vector: Vector


@dataclass(frozen=True, slots=True)
class Pair:
    """A message and an earlier one that might answer it."""

    number: int
    """Of the message in its stream."""
    evidence: Evidence
    is_good: bool


def main() -> int:
    """Print the weights and what they are worth on messages that they have not seen."""
    folder = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data"))
    if not (folder / BANK).is_file():
        print(f"acceptance: no {BANK} in {str(folder)!r}; name its folder with COPILOT_EVAL_DATA")
        return 1
    first, second = streams(folder / BANK)
    learned = list(pairs_of(first))
    weights = fitted(learned)
    print(f"WEIGHTS, from {len(learned)} pairs of {len(first)} messages:")
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"  {weight:9.4f}  {name}")
    held_out = list(pairs_of(second))
    print(f"\nheld out: {len(second)} messages, {len(held_out)} pairs, cosine >= {LEAST_COSINE}")
    for border in BORDERS:
        print("  " + row_of(f"accepted at {border}", held_out, weights, border, len(second)))
    for cosine in (0.8, 0.85, 0.9, 0.94):
        near = [pair for pair in held_out if pair.evidence.cosine >= cosine]
        name = f"cosine {cosine}, vetoes"
        print("  " + row_of(f"{name} alone", near, weights, 0.0, len(second)))
        print("  " + row_of(f"{name}, accepted", near, weights, LEAST, len(second)))
    if (folder / COVID).is_file():
        show_covid(folder / COVID)
    return 0


def streams(path: Path) -> tuple[list[Message], list[Message]]:
    """Return the two streams, after teaching the classifier with other messages."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    random.Random(SEED).shuffle(rows)
    taught, rest = rows[:TAUGHT], rows[TAUGHT:]
    model = train([(row["text"], row["intent"]) for row in taught], Effort())
    layers = Layers(keywords_of(()), model)
    messages = [message_of(layers, row["text"], row["intent"]) for row in rest]
    half = len(messages) // 2
    return messages[:half], messages[half:]


def message_of(layers: Layers, text: str, intent: str) -> Message:
    """Return a message with what a cache works out about it."""
    guess = layers.classify(published(text))
    return Message(text, intent, Known(traits_of(text), guess), vector_of(text))


def pairs_of(stream: Sequence[Message]) -> Iterator[Pair]:
    """Yield each message with the nearest earlier one of its intent that no veto parts."""
    earlier: dict[str, list[Message]] = {}
    for number, message in enumerate(stream):
        intent = message.known.guess.intent
        if intent == OUT_OF_SCOPE or message.known.traits.is_bare:
            continue
        there = earlier.setdefault(intent, [])
        best = nearest(message, there)
        if best is not None and message.vector.cosine(best.vector) >= LEAST_COSINE:
            evidence = evidence_of(message.known, best.known, message.vector.cosine(best.vector))
            yield Pair(number, evidence, message.intent == best.intent)
        there.append(message)


def nearest(message: Message, there: Sequence[Message]) -> Message | None:
    """Return the nearest of them that no veto parts from it."""
    near = sorted(there, key=lambda other: -message.vector.cosine(other.vector))
    for other in near[:8]:
        if veto(message.known.traits, other.known.traits) is None:
            return other
    return None


def fitted(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return the weights under which the pairs are most likely (Newton, penalised)."""
    inputs = np.array([pair.evidence.inputs for pair in pairs])
    good = np.array([pair.is_good for pair in pairs], np.float64)
    weights = np.zeros(inputs.shape[1])
    penalty = PENALTY * np.eye(len(weights))
    penalty[0, 0] = 1e-6
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (sure - good) + penalty @ weights
        curve = (inputs * (sure * (1 - sure))[:, None]).T @ inputs + penalty
        weights = weights - np.clip(np.linalg.solve(curve, slope), -2, 2)
    return np.asarray(weights)


def row_of(
    name: str, pairs: Sequence[Pair], weights: NDArray[np.float64], border: float, messages: int
) -> str:
    """Return the share of the stream that is answered and the share of that which is right."""
    inputs = np.array([pair.evidence.inputs for pair in pairs])
    sure = 1 / (1 + np.exp(-(inputs @ weights)))
    hits = [pair for pair, chance in zip(pairs, sure, strict=True) if chance >= border]
    good = sum(pair.is_good for pair in hits)
    share = len(hits) / messages
    return f"{name:<28} hits {share:6.3f}   right {good / max(len(hits), 1):6.3f}"


def show_covid(path: Path) -> None:
    """Print what gates and weights make of labelled pairs of another domain."""
    guess = Guess("covid", 0.9, "linear")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["question_1"], row["question_2"], row["similar"]) for row in csv.DictReader(file)
        ]
    print(f"\nCOVID pairs: {len(rows)}, same {sum(row[2] == '1' for row in rows)}")
    for cosine in (0.5, 0.7, 0.8, 0.94):
        counts = {"1": 0, "0": 0}
        accepted = {"1": 0, "0": 0}
        for one, other, same in rows:
            near = vector_of(one).cosine(vector_of(other))
            known = [Known(traits_of(text), guess) for text in (one, other)]
            if near < cosine or veto(known[0].traits, known[1].traits) is not None:
                continue
            counts[same] += 1
            accepted[same] += probability(evidence_of(known[0], known[1], near)) >= LEAST
        print(f"  cosine {cosine}: vetoes let pass {counts}, accepted {accepted}")


if __name__ == "__main__":
    sys.exit(main())
