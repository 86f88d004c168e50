"""What the semantic cache costs and answers: on a stream of bank messages, with 10,000 entries.

The messages are BANKING77 (Casanueva et al. 2020), read from the folder that COPILOT_EVAL_DATA
names (default `../shared/data`): 3,000 teach the classifier, 5,000 others come once each. The eight
weights of `benchmarks.acceptance` were learned from the same messages, in another order and with
another classifier. Every message that is a miss is learned. A hit is wrong when the label of the
two messages differs: two questions of one label with different answers go unnoticed, and two labels
for the same question count as wrong.

A near miss is a stored message with one thing changed: a number, a negation, a name.

Run: python -m benchmarks.cache.
"""

import asyncio
import json
import os
import random
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.table import Limit, Row, ranked, show
from bot.privacy.redact import fixed, published
from routing.cache.acceptance import Known, evidence_of, probability
from routing.cache.answers import MemoryAnswers, Near
from routing.cache.cache import USUAL, SemanticCache, Terms
from routing.cache.entry import Answer, Asked, Source
from routing.cache.gates import traits_of, veto
from routing.cache.key import Versions
from routing.cache.vectors import vector_of
from routing.clock import Clock
from routing.decision import Guess
from routing.intent.layers import Layers
from routing.intent.linear import Effort
from routing.intent.rules import keywords_of
from routing.intent.train import train
from routing.policy.policy import Cache, Rule
from routing.request import Message, ModelName, Passage, Request, Role, TenantId

BANK = "banking77_train.jsonl"
SEED = 77
TAUGHT = 3_000
STREAM = 5_000
ENTRIES = 10_000
LOOKUPS = 500
CHANGED = 500
SIMILARITIES = (0.94, 0.85)
VERSIONS = Versions("policy", "knowledge", "redaction")
PASSAGE = Passage("cards#1", "Cards", "", fixed("A new card takes five days."), 1.0)
ANSWER = Answer("It takes five days. [1]", (Source(1, PASSAGE, ""),), ModelName("offline"))
NO_SAMPLE = replace(USUAL, shadow_share=0.0)
CHANGES: dict[str, Callable[[str], str]] = {
    "number": lambda text: f"{text.rstrip('?. ')} in 3 days",
    "negation": lambda text: f"{text.rstrip('?. ')} not",
    "name": lambda text: f"{text.rstrip('?. ')} with PayPal",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A message with its label, as the cache is asked."""

    intent: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Score:
    """What came of a stream."""

    messages: int
    hits: int
    wrong: int

    def rows(self, name: str, has_limits: bool = False) -> list[Row]:
        """Return the share of hits, and how much of them is wrong, in percent."""
        wrong = 100 * self.wrong / max(self.hits, 1)
        least, most = Limit(15.0, is_least=True), Limit(2.0)
        return [
            Row(
                f"{name}: hits",
                (100 * self.hits / self.messages,),
                "%",
                limit=least if has_limits else None,
            ),
            Row(f"{name}: wrong of them", (wrong,), "%", limit=most if has_limits else None),
        ]


def main() -> int:
    """Print the tables."""
    data = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data")) / BANK
    if not data.is_file():
        print(f"cache: skipped, {str(data)!r} is not there (COPILOT_EVAL_DATA)")
        return 0
    stream = asks(data)
    rows = []
    for similarity in SIMILARITIES:
        rows += asyncio.run(stream_rows(stream, similarity))
    show(f"cache: {len(stream)} bank messages, one after the other", rows)
    show(f"cache: {CHANGED} stored messages with one change each", asyncio.run(change_rows(stream)))
    show(f"cache: lookups among {ENTRIES:,} entries", asyncio.run(lookup_rows()))
    return 0


def asks(path: Path) -> list[Ask]:
    """Return the stream, classified."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    random.Random(SEED).shuffle(rows)
    model = train([(row["text"], row["intent"]) for row in rows[:TAUGHT]], Effort())
    layers = Layers(keywords_of(()), model)
    return [
        Ask(row["intent"], asked(row["text"], layers.classify(published(row["text"])), 0.94))
        for row in rows[TAUGHT : TAUGHT + STREAM]
    ]


def asked(text: str, guess: Guess, similarity: float) -> Asked:
    """Return a message as the cache is asked."""
    request = Request(
        tenant=TenantId("bank"),
        conversation="c1",
        turn=1,
        system=fixed("You answer for a bank."),
        messages=(Message(Role.CUSTOMER, published(text)),),
        passages=(PASSAGE,),
    )
    rule = Rule(guess.intent, cache=Cache(enabled=True, similarity=similarity))
    return Asked(request, rule, guess, VERSIONS)


async def stream_rows(stream: Sequence[Ask], similarity: float) -> list[Row]:
    """Return what the cache makes of a stream, next to cosine alone and cosine with vetoes."""
    rows = []
    for name, has_vetoes in (("cosine alone", False), ("and vetoes, same intent", True)):
        score = await cosine_score(stream, similarity, has_vetoes)
        rows += score.rows(f"{similarity} {name}")
    return [*rows, *(await cache_score(stream, similarity)).rows(f"{similarity} the cache", True)]


async def cache_score(stream: Sequence[Ask], similarity: float) -> Score:
    """Return what the cache makes of a stream."""
    cache, labels = new_cache(MemoryAnswers()), dict[str, str]()
    hits = wrong = 0
    for ask in stream:
        one = asked(ask.asked.request.messages[0].text, ask.asked.guess, similarity)
        found = await cache.lookup(one)
        if found is not None:
            hits += 1
            wrong += labels[found.entry.key] != ask.intent
        else:
            await cache.learn(one, ANSWER)
            labels[one.key] = ask.intent
    return Score(len(stream), hits, wrong)


async def cosine_score(stream: Sequence[Ask], similarity: float, has_vetoes: bool) -> Score:
    """Return what the nearest question alone is worth: over all intents, unless with vetoes."""
    answers, labels = MemoryAnswers(most_in_place=ENTRIES), dict[str, str]()
    cache = new_cache(answers)
    hits = wrong = 0
    for ask in stream:
        guess = ask.asked.guess if has_vetoes else Guess("any", 1.0, "linear")
        one = asked(ask.asked.request.messages[0].text, guess, similarity)
        near = await answers.near(
            one.partition.digest, guess.intent, vector_of(one.request.messages[0].text), 0.0
        )
        found = chosen(one, [each for each in near if each.cosine >= similarity], has_vetoes)
        if found is not None:
            hits += 1
            wrong += labels[found.entry.key] != ask.intent
        else:
            await cache.learn(one, ANSWER)
            labels[one.key] = ask.intent
    return Score(len(stream), hits, wrong)


def chosen(one: Asked, close: Sequence[Near], has_vetoes: bool) -> Near | None:
    """Return the nearest, or the nearest that no veto parts from it."""
    mine = traits_of(one.request.messages[0].text)
    for each in close:
        if not has_vetoes or veto(mine, each.entry.known.traits) is None:
            return each
    return None


async def change_rows(stream: Sequence[Ask]) -> list[Row]:
    """Return how many near misses are hits, per hundred, for every kind of change."""
    rows = []
    sure = Guess("card", 0.999, "linear")
    texts = [ask.asked.request.messages[0].text for ask in stream[:CHANGED]]
    for name, change in CHANGES.items():
        hits = alike = 0
        for text in texts:
            cache = new_cache(MemoryAnswers())
            await cache.learn(asked(text, sure, 0.5), ANSWER)
            changed = change(text)
            hits += await cache.lookup(asked(changed, sure, 0.5)) is not None
            alike += would_pass(text, changed, sure)
        rows.append(Row(f"{name}: hits", (float(hits),), "", limit=Limit(0.0)))
        rows.append(Row(f"{name}: hits without the vetoes", (float(alike),), ""))
    return rows


def would_pass(text: str, changed: str, guess: Guess) -> bool:
    """Return whether likeness alone would have reused the answer."""
    near = vector_of(text).cosine(vector_of(changed))
    evidence = evidence_of(Known(traits_of(text), guess), Known(traits_of(changed), guess), near)
    return near >= 0.5 and probability(evidence) >= USUAL.least_probability


async def lookup_rows() -> list[Row]:
    """Return how long lookups take, and what an entry weighs."""
    tracemalloc.start()
    spread = await filled(MemoryAnswers(ENTRIES), 40)
    mebibytes = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    rows = [Row("memory", (mebibytes,), "MiB")]
    for name, cache, intents in (
        ("40 intents", spread, 40),
        ("one intent", await filled(MemoryAnswers(ENTRIES, ENTRIES), 1), 1),
    ):
        known = [made(n, intents) for n in range(LOOKUPS)]
        others = [made(ENTRIES + n, intents) for n in range(LOOKUPS)]
        hits = await timed([partial(cache.lookup, one) for one in known])
        misses = await timed([partial(cache.lookup, one) for one in others])
        rows += us_rows(f"{name}, same question", hits)
        rows += us_rows(f"{name}, unknown question", misses, 1000.0)
    fresh = [made(2 * ENTRIES + n, 40) for n in range(LOOKUPS)]
    rows += us_rows("learning", await timed([partial(spread.learn, one, ANSWER) for one in fresh]))
    return rows


async def filled(answers: MemoryAnswers, intents: int) -> SemanticCache:
    """Return a cache with all the entries in it."""
    cache = new_cache(answers)
    for n in range(ENTRIES):
        await cache.learn(made(n, intents), ANSWER)
    return cache


def made(n: int, intents: int) -> Asked:
    """Return the nth of many different questions."""
    chance = random.Random(n)
    words = " ".join(f"w{chance.randrange(3000)}" for _ in range(6))
    return asked(f"How long does {words} take {n}?", Guess(f"i{n % intents}", 0.99, "linear"), 0.9)


def new_cache(answers: MemoryAnswers, terms: Terms = NO_SAMPLE) -> SemanticCache:
    """Return an empty cache without a sample."""
    return SemanticCache(answers, Clock(), terms)


async def timed(calls: Sequence[Callable[[], Awaitable[object]]]) -> list[float]:
    """Return how long each call takes, in microseconds."""
    taken = []
    for call in calls:
        began = time.perf_counter()
        await call()
        taken.append(1e6 * (time.perf_counter() - began))
    return taken


def us_rows(name: str, taken: Sequence[float], most: float | None = None) -> list[Row]:
    """Return median and P95 of calls."""
    limit = None if most is None else Limit(most)
    return [
        Row(f"{name}, P50", (ranked(taken, 0.5),), "us", limit=limit),
        Row(f"{name}, P95", (ranked(taken, 0.95),), "us"),
    ]


if __name__ == "__main__":
    sys.exit(main())
