"""What the audit chain costs, and what a check of it finds: 100,000 entries on disk.

Appending is measured at the store's writer, with the hash of each entry and with the same rows
without one. Every kind of tampering is done to a copy of the file, at a place that chance chooses;
the check is the one of `copilot audit verify`, with the anchors that were kept before.
"""

import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Limit, Row, show
from bot.audit.anchors import Anchor, Signer
from bot.audit.chain_file import open_chain
from bot.audit.check_export import ExportCheck
from bot.audit.export import Exporting, Order
from bot.audit.formats import Format
from bot.audit.verification import Report, Verification
from bot.canonical import canonical
from bot.stores.audit_chain import NOTHING, Link, Tip, hash_after, link_hash, tail_of
from bot.stores.migrate import migrate

COUNT = 100_000
ROUNDS = 5
GROUP = 64
STARTED = 1_795_000_000_000_000
STEP = 137_000_000
SIGNER = Signer(b"a secret for measuring, of 32 letters")
COLUMNS = "n, at, tenant, action, json, previous, hash"
INSERT = f"INSERT INTO audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
TRIGGERS = ("audit_only_grows", "audit_is_never_changed", "audit_is_never_deleted")
SEED = 6
Tamper = Callable[[sqlite3.Connection, random.Random], tuple[int, int]]
"""Changes a file, and returns the first and the last number that may be named for it."""


def content_of(n: int) -> str:
    """Return what an entry of a turn holds, about 400 bytes."""
    return canonical(
        {
            "conversation": f"web-{n // 10:024x}",
            "turn": n % 10,
            "trace_id": f"{n * 7919:032x}",
            "seed": f"{n * 104729:032x}",
            "policy_version": "2026-11-24",
            "order": ["claude-haiku-4.5", "gpt-5.5-instant", "offline"],
            "models": ["claude-haiku-4.5"],
            "failed": [None],
            "cost_usd": "0.000742",
            "outcome": "answered",
        }
    )


def linked(contents: Sequence[str], tip: Tip) -> list[Link]:
    """Return entries behind a tip."""
    links, previous = [], tip.hash
    for n, content in enumerate(contents, tip.n + 1):
        at = STARTED + n * STEP
        own = hash_after(previous, n, tail_of(at, "aurelis", "turn", content))
        links.append((n, at, "aurelis", "turn", content, previous, own))
        previous = own
    return links


def unlinked(contents: Sequence[str], tip: Tip) -> list[Link]:
    """Return the same rows without the work of hashing."""
    at = STARTED
    return [
        (n, at, "aurelis", "turn", content, NOTHING, NOTHING)
        for n, content in enumerate(contents, tip.n + 1)
    ]


def append(
    path: Path, contents: Sequence[str], join: Callable[[Sequence[str], Tip], list[Link]]
) -> float:
    """Write a chain in groups, each flushed to the disk, and return the microseconds an entry."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    migrate(connection)
    tip = Tip()
    busy = time.process_time()
    for start in range(0, len(contents), GROUP):
        links = join(contents[start : start + GROUP], tip)
        tip = Tip(links[-1][0], links[-1][6])
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, links)
        connection.execute("COMMIT")
    busy = time.process_time() - busy
    connection.close()
    return busy / len(contents) * 1e6


def verify(path: Path, anchors: Sequence[Anchor] = ()) -> Report:
    """Check a file as the command does."""
    verification = Verification(anchors)
    with open_chain(path) as chain:
        for part in chain.parts():
            verification.feed(part)
    return verification.finish()


def floor(path: Path) -> int:
    """Read the same rows and hash as many bytes, one text each, and check nothing."""
    with open_chain(path) as chain:
        return sum(
            len(link_hash(n, at, tenant, action, content, previous))
            for part in chain.parts()
            for n, at, tenant, action, content, previous, _ in part
        )


def per_second(work: Callable[[], object]) -> tuple[float, ...]:
    """Return entries a second of processor time, round by round."""
    rates = []
    for _ in range(ROUNDS):
        busy = time.process_time()
        work()
        rates.append(COUNT / (time.process_time() - busy))
    return tuple(rates)


def anchors_of(path: Path) -> list[Anchor]:
    """Return an anchor for every tenth of the chain, and the end."""
    anchors: list[Anchor] = []
    with open_chain(path) as chain:
        for n in range(COUNT // 10, COUNT + 1, COUNT // 10):
            entry = chain.entry(n)
            assert entry is not None
            before = anchors[-1].n if anchors else 0
            anchors.append(SIGNER.anchor(entry, before, datetime(2026, 11, 24, tzinfo=UTC)))
    return anchors


def changed(field: str, value: str) -> Tamper:
    """Return what changes one field of one entry."""

    def tamper(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
        n = chance.randint(1, COUNT)
        file.execute(f"UPDATE audit SET {field} = {value} WHERE n = {n}")
        return n, n

    return tamper


def hashed_anew(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Change one entry and make its hash fit."""
    n = chance.randint(2, COUNT - 1)
    row = file.execute(f"SELECT {COLUMNS} FROM audit WHERE n = {n}").fetchone()
    own = link_hash(n, row[1], row[2], row[3], "{}", row[5])
    file.execute("UPDATE audit SET json = '{}', hash = ? WHERE n = ?", (own, n))
    return n, n + 1


def deleted(first: int | None) -> Tamper:
    """Return what deletes up to nine entries, from the given one on or from anywhere."""

    def tamper(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
        n = first or chance.randint(2, COUNT - 10)
        last = min(n + chance.randint(0, 8), COUNT)
        file.execute(f"DELETE FROM audit WHERE n BETWEEN {n} AND {last}")
        return n, last

    return tamper


def removed(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Delete an entry and renumber all behind it."""
    n = chance.randint(2, COUNT - 1)
    file.execute(f"DELETE FROM audit WHERE n = {n}")
    file.execute(f"UPDATE audit SET n = n - 1 WHERE n > {n}")
    return n, n


def inserted(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Put in an entry with a fitting hash and renumber all behind it."""
    n = chance.randint(2, COUNT)
    file.execute(f"UPDATE audit SET n = -n - 1 WHERE n >= {n}")
    file.execute("UPDATE audit SET n = -n WHERE n < 0")
    before = file.execute(f"SELECT hash FROM audit WHERE n = {n - 1}").fetchone()[0]
    own = link_hash(n, STARTED, "aurelis", "turn", "{}", before)
    file.execute(INSERT, (n, STARTED, "aurelis", "turn", "{}", before, own))
    return n, n


def swapped(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Let two entries that are near change places."""
    n = chance.randint(1, COUNT - 9)
    other = n + chance.randint(1, 8)
    file.execute(f"UPDATE audit SET n = -1 WHERE n = {n}")
    file.execute(f"UPDATE audit SET n = {n} WHERE n = {other}")
    file.execute(f"UPDATE audit SET n = {other} WHERE n = -1")
    return n, other


def cut_off(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Delete the end."""
    n = chance.randint(2, COUNT)
    file.execute(f"DELETE FROM audit WHERE n >= {n}")
    return n, COUNT


def rewritten(file: sqlite3.Connection, chance: random.Random) -> tuple[int, int]:
    """Write everything anew from an entry on, with hashes that fit."""
    n = chance.randint(1, COUNT)
    rows = file.execute(f"SELECT {COLUMNS} FROM audit WHERE n >= {n - 1} ORDER BY n").fetchall()
    previous = rows[0][6] if n > 1 else NOTHING
    anew = []
    for number, at, tenant, action, content, *_ in rows[1 if n > 1 else 0 :]:
        own = link_hash(number, at, tenant, action + "!", content, previous)
        anew.append((action + "!", previous, own, number))
        previous = own
    file.executemany("UPDATE audit SET action = ?, previous = ?, hash = ? WHERE n = ?", anew)
    # The nearest anchor before it vouches for what is in front; the name begins behind it.
    tenth = COUNT // 10
    return (n - 1) // tenth * tenth + 1, COUNT


TAMPERING: dict[str, Tamper] = {
    "instant changed": changed("at", "at + 1"),
    "tenant changed": changed("tenant", "'other'"),
    "action changed": changed("action", "'tool'"),
    "content changed": changed("json", "replace(json, '0.000742', '0.000001')"),
    "hash before changed": changed("previous", f"'{NOTHING[:-1]}1'"),
    "own hash changed": changed("hash", f"'{NOTHING}'"),
    "number changed": changed("n", f"{COUNT * 2}"),
    "content and own hash changed": hashed_anew,
    "deleted at the start": deleted(1),
    "deleted in the middle": deleted(None),
    "deleted, rest renumbered": removed,
    "inserted, rest renumbered": inserted,
    "two changed places": swapped,
    "end cut off": cut_off,
    "written anew from there": rewritten,
}


@dataclass(frozen=True, slots=True)
class Caught:
    """What the check said of one kind of tampering."""

    where: tuple[int, int]
    report: Report
    seconds: float

    @property
    def is_named(self) -> bool:
        """True when something that was found is about the place."""
        first, last = self.where
        found = self.report.findings
        return any(first <= one.n <= last or one.n <= first <= one.until for one in found)


def caught(path: Path, folder: Path, name: str, anchors: Sequence[Anchor]) -> Caught:
    """Tamper with a copy of the file and check it."""
    copy = folder / "copy.db"
    shutil.copy(path, copy)
    file = sqlite3.connect(copy, isolation_level=None)
    file.execute("PRAGMA journal_mode = WAL")
    for trigger in TRIGGERS:
        file.execute(f"DROP TRIGGER {trigger}")
    file.execute("BEGIN")
    where = TAMPERING[name](file, random.Random(f"{SEED} {name}"))
    file.execute("COMMIT")
    file.close()
    began = time.perf_counter()
    report = verify(copy, anchors)
    return Caught(where, report, time.perf_counter() - began)


def peak_of(path: Path) -> float:
    """Return how many MiB a process needs for a check above what it needs for its imports."""
    code = (
        "import resource, sys; from pathlib import Path; from benchmarks.audit import verify; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        "assert verify(Path(sys.argv[1])).is_whole; "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def exports(path: Path, folder: Path) -> list[Row]:
    """Return how fast an export is made and verified, for both formats."""
    rows = []
    for form in Format:
        out = folder / form.value
        order = Order(form, None, None, datetime(2026, 11, 24, tzinfo=UTC))
        busy = time.process_time()
        with open_chain(path) as chain:
            Exporting(out, order).write(chain.parts(), (), SIGNER, lambda _: None)
        made = COUNT / (time.process_time() - busy)
        busy = time.process_time()
        check = ExportCheck(out, {SIGNER.key: ""})
        sum(check.run())
        assert check.finish().report.is_whole
        read = COUNT / (time.process_time() - busy)
        rows.append(Row(f"export as {form.value}", (made,), "entries/s"))
        rows.append(Row(f"verify that export ({form.value})", (read,), "entries/s"))
    return rows


def main() -> None:
    """Measure all and print two tables."""
    contents = [content_of(n) for n in range(1, COUNT + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "chain.db"
        bare, chained = [], []
        for place in range(3):
            bare.append(append(folder / f"bare{place}.db", contents, unlinked))
            chained.append(append(folder / f"chained{place}.db", contents, linked))
        (folder / "chained0.db").rename(path)
        anchors = anchors_of(path)
        floors = per_second(lambda: floor(path))
        rates = per_second(lambda: verify(path, anchors))
        size = path.stat().st_size / COUNT
        ratio = sorted(rates)[ROUNDS // 2] / sorted(floors)[ROUNDS // 2]
        cost = sorted(chained)[1] / sorted(bare)[1]
        show(f"audit: {COUNT:,} entries of {len(contents[0])} bytes, CPU", [
            Row("append without the chain", tuple(bare), "us/entry"),
            Row("append with it", tuple(chained), "us/entry", cost),
            Row("append with it, rate", tuple(1e6 / one for one in chained), "entries/s",
                limit=Limit(20_000, is_least=True)),
            Row("read and hash, nothing checked", floors, "entries/s"),
            Row("verify", rates, "entries/s", ratio, Limit(300_000, is_least=True)),
            Row("verify, memory above the imports", (peak_of(path),), "MiB", limit=Limit(8)),
            Row("on disk", (size,), "B/entry"),
            *exports(path, folder),
        ])  # fmt: skip
        print(f"\n  {'tampered with':30}{'at':>18}  named")
        for kind in TAMPERING:
            one = caught(path, folder, kind, anchors)
            verdict = "" if one.is_named else "  MISSED"
            first = one.report.findings[0] if one.report.findings else None
            told = f"{first.what.value}: {first.told[:90]}" if first else "nothing"
            where = f"{one.where[0]}-{one.where[1]}"
            print(f"  {kind:30}{where:>18}  {told} ({one.seconds:.1f} s){verdict}", flush=True)


if __name__ == "__main__":
    main()
