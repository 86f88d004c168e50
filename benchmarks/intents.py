"""How well intents are recognised, on public data that is read and never copied.

The data is a folder named by COPILOT_EVAL_DATA (default `../shared/data`): BANKING77 (Casanueva et
al. 2020) and CLINC150 (Larson et al. 2019), one {"text", "intent"} a line. The held-back test
splits are not needed: BANKING77 is split 80/20 by intent, CLINC150 is trained on its training part
and measured on its validation part.

Run it with `python -m benchmarks.intents`.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.privacy.redact import published
from routing.intent.layers import Layers
from routing.intent.linear import Effort
from routing.intent.measure import Report, report_of, verdict_of
from routing.intent.rules import keywords_of
from routing.intent.train import OUT_OF_SCOPE, train

Pairs = list[tuple[str, str]]
"""Text and intent."""
SEEDS = range(5)
FEW = 10
TEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table."""

    name: str
    report: Report
    train_s: float
    p50_ms: float


def main() -> int:
    """Print the table; return 1 when the data is not there."""
    folder = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data"))
    if not (folder / "banking77_train.jsonl").is_file():
        print(f"intents: no data in {folder}; name its folder with COPILOT_EVAL_DATA")
        return 1
    print(f"{'':<34}{'acc':>7}{'kept':>7}{'ECE':>7}{'at 98':>7}{'oos':>7}{'p50':>9}{'train':>8}")
    for result in results(folder):
        print(row_of(result), flush=True)
    return 0


def row_of(result: Result) -> str:
    """Return a result as a line of the table."""
    report = result.report
    shares = (
        report.accuracy,
        report.kept_accuracy,
        report.ece,
        report.answerable_at_98,
        report.out_of_scope_recall,
    )
    cells = "".join(f"{'-' if share is None else f'{share:.3f}':>7}" for share in shares)
    return f"{result.name:<34}{cells}{result.p50_ms:>6.2f} ms{result.train_s:>6.1f} s"


def results(folder: Path) -> Iterator[Result]:
    """Yield one result after the other; all of it takes some minutes."""
    bank = read(folder / "banking77_train.jsonl")
    known, unseen = split(bank, 7)
    few = [
        measured(f"BANKING77, 10 an intent, seed {seed}", sample(known, FEW, seed), unseen)
        for seed in SEEDS
    ]
    yield from few
    yield mean_of("BANKING77, 10 an intent, mean", few)
    for seed in (7, 8):
        yield measured(f"BANKING77, 80/20, seed {seed}", *split(bank, seed))
    clinc = [read(folder / f"clinc150_{part}.jsonl") for part in ("train", "val")]
    strangers = [read(folder / f"clinc150_oos_{part}.jsonl", True) for part in ("train", "val")]
    yield measured("CLINC150", clinc[0], clinc[1] + strangers[1])
    yield measured("CLINC150, trained with oos", clinc[0] + strangers[0], clinc[1] + strangers[1])


def read(path: Path, out_of_scope: bool = False) -> Pairs:
    """Return the pairs of a file."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(line["text"], OUT_OF_SCOPE if out_of_scope else line["intent"]) for line in lines]


def by_intent(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the texts of each intent, sorted by intent."""
    texts: dict[str, list[str]] = {}
    for text, intent in pairs:
        texts.setdefault(intent, []).append(text)
    return dict(sorted(texts.items()))


def split(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Return a training and a test part, divided within each intent."""
    chance = np.random.default_rng(seed)
    known, unseen = [], []
    for intent, texts in by_intent(pairs).items():
        order = chance.permutation(len(texts))
        border = round(len(texts) * TEST_SHARE)
        unseen += [(texts[i], intent) for i in order[:border]]
        known += [(texts[i], intent) for i in order[border:]]
    return known, unseen


def sample(pairs: Pairs, count: int, seed: int) -> Pairs:
    """Return so many examples of each intent."""
    chance = np.random.default_rng(seed)
    return [
        (texts[i], intent)
        for intent, texts in by_intent(pairs).items()
        for i in chance.permutation(len(texts))[:count]
    ]


def measured(name: str, known: Pairs, unseen: Pairs) -> Result:
    """Return what a classifier trained on one part makes of the other."""
    begun = time.perf_counter()
    layers = Layers(keywords_of(()), train(known, Effort()))
    train_s = time.perf_counter() - begun
    verdicts, seconds = [], []
    for text, intent in unseen:
        begun = time.perf_counter()
        guess = layers.classify(published(text))
        seconds.append(time.perf_counter() - begun)
        verdicts.append(verdict_of(guess, intent))
    return Result(name, report_of(verdicts), train_s, 1000 * statistics.median(seconds))


def mean_of(name: str, few: Sequence[Result]) -> Result:
    """Return the mean of several results."""

    def mean(values: Iterable[float | None]) -> float:
        return statistics.fmean(value for value in values if value is not None)

    report = Report(
        messages=few[0].report.messages,
        out_of_scope_messages=0,
        accuracy=mean(one.report.accuracy for one in few),
        kept_accuracy=mean(one.report.kept_accuracy for one in few),
        ece=mean(one.report.ece for one in few),
        answerable_at_98=mean(one.report.answerable_at_98 for one in few),
        out_of_scope_recall=None,
    )
    return Result(name, report, mean(one.train_s for one in few), mean(one.p50_ms for one in few))


if __name__ == "__main__":
    sys.exit(main())
