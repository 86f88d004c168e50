"""Real questions on real articles, without any vendor: 698 articles of a bank, 500 messages.

The data is read from the folder that COPILOT_EVAL_DATA names: the articles of tau2-bench's banking
knowledge base (Sierra 2026), and messages of BANKING77 (Casanueva et al. 2020). Every message is a
conversation of its own through the WebSocket; the answers are the offline model's.

Run: python -m benchmarks.bank, or with --show 10 to read ten of the answers.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.customers import Crowd, Reply, each
from benchmarks.policies import shelve, write_copy_of_demo
from benchmarks.processes import product, running
from benchmarks.table import Limit, Row, ranked, show
from bot.turns.conversation import Pace

ARTICLES = "tau2_banking_docs.jsonl"
MESSAGES = "banking77_train.jsonl"
DATABASE = "data/copilot.db"
SAMPLE = 500
SEED = 77
AT_ONCE = 20
NO_ERRORS = Limit(0.0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it."""

    question: str
    reply: Reply

    @property
    def outcome(self) -> str:
        """How the turn ended, in one word of the table."""
        reply = self.reply
        if reply.error or not reply.end_s:
            return "error"
        if reply.is_handed_over:
            return "handed over"
        if reply.is_offered:
            return "person offered"
        return "answered" if reply.citations else "nothing found"


OUTCOMES = ("answered", "person offered", "handed over", "nothing found")


def main() -> int:
    """Print the table, and as many answers as were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N answers, too")
    wanted = parser.parse_args().show
    folder = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data"))
    missing = [name for name in (ARTICLES, MESSAGES) if not (folder / name).is_file()]
    if missing:
        print(
            f"bank: skipped, {' and '.join(missing)} are not in {str(folder)!r} (COPILOT_EVAL_DATA)"
        )
        return 0
    with tempfile.TemporaryDirectory() as name:
        exchanges, megabytes = _measured(folder.resolve(), Path(name))
    title = f"bank: {len(exchanges)} messages, {AT_ONCE} at once, every one a conversation"
    show(title, [*outcome_rows(exchanges), *time_rows(exchanges), *megabytes])
    for one in random.Random(SEED).sample(exchanges, min(wanted, len(exchanges))):
        print(f"\nQ: {one.question}\n   {one.outcome}, {one.reply.citations} citations")
        print("A: " + one.reply.text.replace("\n", "\n   "))
    return 0


def outcome_rows(exchanges: Sequence[Exchange]) -> list[Row]:
    """Return how the turns ended, in percent, and how many did not end."""
    outcomes = [one.outcome for one in exchanges]
    shares = [Row(name, (100 * outcomes.count(name) / len(outcomes),), "%") for name in OUTCOMES]
    return [*shares, Row("errors", (float(outcomes.count("error")),), "turns", None, NO_ERRORS)]


def time_rows(exchanges: Sequence[Exchange]) -> list[Row]:
    """Return how long it took, with and without the wait for a further message."""
    ended = [one.reply for one in exchanges if one.outcome != "error"]
    if not ended:
        return []
    quiet_ms = Pace().quiet_s * 1e3
    rows = []
    for what, seconds in (
        ("first text", [reply.first_s for reply in ended]),
        ("end", [reply.end_s for reply in ended]),
    ):
        for name, share in (("P50", 0.5), ("P95", 0.95)):
            taken_ms = ranked(seconds, share) * 1e3
            rows.append(Row(f"{what}, {name}", (taken_ms,), "ms"))
            rows.append(Row(f"{what}, {name}, without quiet window", (taken_ms - quiet_ms,), "ms"))
    return rows


def _measured(data: Path, folder: Path) -> tuple[list[Exchange], list[Row]]:
    policy = write_copy_of_demo(folder / "policy.yaml")
    print(f"bank: articles: {shelve(folder, policy, data / ARTICLES)}")
    before_mib = _mebibytes(folder / DATABASE)
    lines = (data / MESSAGES).read_text("utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines if line.strip()]
    questions = random.Random(SEED).sample(texts, SAMPLE)
    with running(product(folder, policy)) as server:
        exchanges = asyncio.run(_asked(server.url, questions))
    after_mib = _mebibytes(folder / DATABASE)
    return exchanges, [
        Row("database, articles only", (before_mib,), "MiB"),
        Row("database, with the conversations", (after_mib,), "MiB"),
    ]


async def _asked(url: str, questions: Sequence[str]) -> list[Exchange]:
    async with Crowd(url) as crowd:
        return await each([partial(_exchange, crowd, text) for text in questions], AT_ONCE)


async def _exchange(crowd: Crowd, question: str) -> Exchange:
    customer = await crowd.open()
    reply = await customer.ask(question)
    await customer.leave()
    return Exchange(question, reply)


def _mebibytes(database: Path) -> float:
    """Return the size of a database with its write-ahead log."""
    return sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*")) / 2**20


if __name__ == "__main__":
    sys.exit(main())
