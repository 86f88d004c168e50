"""How fast the knowledge base is, and how much of real traffic it answers without a vendor.

Run: python -m benchmarks.retrieval. The data is read from the folder that COPILOT_EVAL_DATA names.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.knowledge.article import Article
from bot.knowledge.knowledge import Knowledge, open_knowledge
from bot.knowledge.reading import articles_of, read_folder
from routing.models.extract import extract
from routing.request import TenantId

DATA_VARIABLE = "COPILOT_EVAL_DATA"
ARTICLES = "tau2_banking_docs.jsonl"
MESSAGES = "banking77_train.jsonl"
STRANGERS = "clinc150_oos_train.jsonl"
DEMO = Path(__file__).parent.parent / "bot/demo/articles"
SAMPLE = 500
SEED = 77
TENANT = TenantId("benchmark")


def main() -> int:
    """Print the figures; returns 0, also when the data is not there and nothing is measured."""
    folder = Path(os.environ.get(DATA_VARIABLE, "../shared/data"))  # noqa: TID251 - a benchmark
    missing = [name for name in (ARTICLES, MESSAGES) if not (folder / name).is_file()]
    if missing:
        print(f"skipped: {', '.join(missing)} not in {str(folder)!r} (set {DATA_VARIABLE})")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(_measure(folder, Path(scratch)))
    return 0


async def _measure(folder: Path, scratch: Path) -> None:
    large = [one for one in articles_of(folder / ARTICLES) if isinstance(one, Article)]
    messages = random.Random(SEED).sample(_texts(folder / MESSAGES), SAMPLE)
    strangers = _texts(folder / STRANGERS) if (folder / STRANGERS).is_file() else []
    for name, articles in (("demo", read_folder(DEMO)), ("large", large)):
        path = scratch / f"{name}.db"
        knowledge = await open_knowledge(path)
        started = time.perf_counter()
        await knowledge.add(TENANT, articles)
        took = time.perf_counter() - started
        print(f"{name}: {len(articles)} articles added in {took:.2f} s, ", end="")
        await _report(knowledge, messages, strangers)
        await knowledge.close()
        print(f"  database {path.stat().st_size / 1024 / 1024:.1f} MiB")


async def _report(knowledge: Knowledge, messages: Sequence[str], strangers: Sequence[str]) -> None:
    times: list[float] = []
    answered = [await _is_answered(knowledge, text, times) for text in messages]
    times.sort()
    middle, late = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
    print(f"search P50 {middle:.2f} ms, P95 {late:.2f} ms")
    print(f"  answered of {len(messages)} bank messages: {sum(answered) / len(messages):.3f}")
    if strangers:
        wrong = [await _is_answered(knowledge, text, []) for text in strangers]
        print(f"  answered of {len(strangers)} questions about all else: {_share(wrong):.3f}")


async def _is_answered(knowledge: Knowledge, text: str, times: list[float]) -> bool:
    started = time.perf_counter()
    passages = await knowledge.search(TENANT, text)
    times.append(time.perf_counter() - started)
    return extract(text, "", passages) is not None


def _share(outcomes: Sequence[bool]) -> float:
    return sum(outcomes) / len(outcomes)


def _texts(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [str(json.loads(line)["text"]) for line in lines if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
