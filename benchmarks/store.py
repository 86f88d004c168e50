"""How near the store comes to the bare disk: group commit of a turn, floors against product.

Every floor is the same bare writer: one thread, one queue, one transaction per group, one future
per turn, all of a group resolved by one call into the loop. They differ in what they put in:
`FLOORS` says what. The product is held against the floor that writes row by row. It writes about
twice as many bytes as that one: bodies as JSON, a record, ids, hashes, indexes.
"""

import asyncio
import gc
import hashlib
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from bot.log import Author, MessageDelta, MessageEnded
from bot.privacy.redact import stored
from bot.stores.base import AuditDraft, Draft, Head, HeadChange, Record, Write
from bot.stores.migrate import migrate
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from routing.request import TenantId

PRODUCERS = 50
TURNS_EACH = 200
STREAMS = 100
DELTAS_EACH = 100
TURNS_IN_ONE = 10
ROUNDS = 7
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TURN = "The statement is ready on the first working day of the month. " * 10
AUDIT = '{"model":"offline","rule":"billing-faq","reason":"' + "x" * 190 + '"}'
RECORD = '{"order":["offline"],"reasons":["' + "y" * 200 + '"]}'

BARE = "floor: constant rows"
ROWS = "floor: row by row"
SCHEMA = "floor: real schema"
STORE = "SqliteStore.commit"
DELTA = "delta"
SHARE = 0.5
"""Of the turns/s of the row-by-row floor: what the product is to reach."""
FLOORS = {
    BARE: "turn of 600 B and audit of 250 B, all alike, one executemany per table",
    ROWS: "the same sizes, each turn's own values, one execute per row",
    SCHEMA: "the product's tables, indexes and triggers, one executemany per table",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is committed in a round."""

    producers: int
    each: int

    def places(self) -> list[tuple[int, int]]:
        """Return every producer with every one of its turns, in the order of a round."""
        return [(p, t) for t in range(1, self.each + 1) for p in range(self.producers)]


TURNS = Size(PRODUCERS, TURNS_EACH)
DELTAS = Size(STREAMS, DELTAS_EACH)

Commit = Callable[[int, int], Awaitable[object]]
"""Writes turn `n` of producer `p`."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One round of one contestant."""

    per_s: float
    """Commits per second of wall clock."""
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Processor time of the process per commit: what other load on the machine bends least."""


class Floor:
    """The bare writer thread: a group is put in with one `executemany` per table."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._make_tables(self._connection)
        self._queue: SimpleQueue[tuple[int, int, asyncio.Future[None]] | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    async def commit(self, producer: int, turn: int) -> None:
        """Write one turn."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((producer, turn, done))
        await done

    async def close(self) -> None:
        """End the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE turns (n INTEGER PRIMARY KEY, body TEXT)")
        connection.execute("CREATE TABLE audit (n INTEGER PRIMARY KEY, body TEXT)")

    def _insert(self, places: list[tuple[int, int]]) -> None:
        insert = self._connection.executemany
        insert("INSERT INTO turns (body) VALUES (?)", [(TURN[:600],)] * len(places))
        insert("INSERT INTO audit (body) VALUES (?)", [(AUDIT,)] * len(places))

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            jobs = [first]
            try:
                while job := self._queue.get_nowait():
                    jobs.append(job)
            except Empty:
                pass
            self._connection.execute("BEGIN IMMEDIATE")
            self._insert([job[:2] for job in jobs])
            self._connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._resolve, [job[2] for job in jobs])

    def _resolve(self, waiters: "list[asyncio.Future[None]]") -> None:
        for waiter in waiters:
            waiter.set_result(None)


class RowFloor(Floor):
    """The bare writer thread that writes what each turn has to say, one row after the other."""

    def _insert(self, places: list[tuple[int, int]]) -> None:
        execute = self._connection.execute
        for place in places:
            mark = f"{place[0]:08d} {place[1]:08d} "
            execute("INSERT INTO turns (body) VALUES (?)", (mark + TURN[:582],))
            execute("INSERT INTO audit (body) VALUES (?)", (mark + AUDIT[:232],))


class SchemaFloor(Floor):
    """The bare writer thread with the product's tables, indexes and triggers."""

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        migrate(connection)
        self._audited = 0
        heads = [(f"conversation-{number:09d}",) for number in range(PRODUCERS * TURNS_EACH)]
        connection.executemany(
            "INSERT INTO conversations VALUES "
            "(NULL, ?, 'aurelis', 'web', '', 'en', 'bot', '', 1, 1, 1, 0, 1, 0, 0, 0, '', NULL)",
            heads[: len(heads) // TURNS_IN_ONE],
        )

    def _insert(self, places: list[tuple[int, int]]) -> None:
        insert = self._connection.executemany
        numbers = [(turn - 1) // TURNS_IN_ONE * PRODUCERS + p + 1 for p, turn in places]
        keyed = list(zip(numbers, places, strict=True))
        insert(
            "INSERT INTO events VALUES (NULL, ?, ?, 1, 'message.end', 'bot', 1, 1, '', ?)",
            [(number, turn, TURN[:600]) for number, (_, turn) in keyed],
        )
        insert(
            "INSERT INTO records VALUES (NULL, 'decision', ?, ?, 1, ?)",
            [(trace_id_of(*place), number, RECORD) for number, place in keyed],
        )
        first = self._audited + 1
        self._audited += len(places)
        insert(
            "INSERT INTO audit VALUES (?, 1, 'aurelis', 'turn', ?, ?, ?)",
            [(n, AUDIT, "0" * 64, "0" * 64) for n in range(first, first + len(places))],
        )
        insert(
            "UPDATE conversations SET turn = ?, head_seq = ? WHERE n = ?",
            [(turn, turn, number) for number, (_, turn) in keyed],
        )


def trace_id_of(producer: int, turn: int) -> str:
    """Return an id that falls anywhere in an index, as random ones do."""
    return hashlib.blake2b(f"{producer} {turn}".encode(), digest_size=16).hexdigest()


def conversation_of(producer: int, turn: int) -> ConversationId:
    """Return where a producer is at its turn: a new conversation every `TURNS_IN_ONE`."""
    return ConversationId(f"conversation-{(turn - 1) // TURNS_IN_ONE:04d}-{producer:04d}")


def turn_write(producer: int, turn: int) -> Write:
    """Return what the product writes at the end of a turn."""
    conversation = conversation_of(producer, turn)
    trace_id = trace_id_of(producer, turn)
    ended = MessageEnded(f"m{turn}", stored(TURN[:600]), "done", Author.BOT)
    return Write(
        conversation=conversation,
        at=NOW,
        events=(Draft(ended, "bot", trace_id),),
        change=HeadChange(turn=turn, answered_seq=turn),
        fence=1,
        epoch=1,
        records=(Record("decision", trace_id, conversation, NOW, RECORD),),
        audit=(AuditDraft(TenantId("aurelis"), "turn", AUDIT),),
    )


def delta_write(stream: int, i: int) -> Write:
    """Return what the journal writes most of the time: one piece of an answer, nothing else."""
    delta = MessageDelta("b1-5f0e2c11", i, stored("The statement is ready on the first "))
    drafts = (Draft(delta, "bot", trace_id_of(stream, 0)),)
    return Write(conversation_of(stream, 1), NOW, drafts, fence=1, epoch=1)


async def measure(commit: Commit, size: Size) -> Timing:
    """Return what many producers at once experience."""
    took: list[float] = []
    # What was made before belongs to the benchmark; no contestant pays for walking over it.
    gc.collect()
    gc.freeze()

    async def produce(producer: int) -> None:
        for turn in range(1, size.each + 1):
            start = time.perf_counter()
            await commit(producer, turn)
            took.append(time.perf_counter() - start)

    start, busy = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for producer in range(size.producers):
            group.create_task(produce(producer))
    whole, busy = time.perf_counter() - start, time.process_time() - busy
    gc.unfreeze()
    took.sort()
    count = len(took)
    return Timing(
        per_s=count / whole,
        p50_ms=took[count // 2] * 1e3,
        p99_ms=took[count * 99 // 100] * 1e3,
        cpu_us=busy / count * 1e6,
    )


async def floor_round(floor: Floor) -> Timing:
    """Return one round of a bare writer."""
    try:
        return await measure(floor.commit, TURNS)
    finally:
        await floor.close()


async def store_round(path: Path, writes: dict[tuple[int, int], Write], size: Size) -> Timing:
    """Return one round of the product, on a fresh file."""
    store = await open_sqlite(path)

    async def commit(producer: int, turn: int) -> None:
        await store.commit(writes[producer, turn])

    try:
        for conversation in dict.fromkeys(write.conversation for write in writes.values()):
            head = Head(conversation, TenantId("aurelis"), "web", "", "en")
            await store.commit(Write(conversation, NOW, create=head, take_fence=True))
        return await measure(commit, size)
    finally:
        await store.close()


async def run() -> dict[str, Timing]:
    """Return the medians of all, measured in turn so that all meet the same machine."""
    rounds: dict[str, list[Timing]] = {BARE: [], ROWS: [], SCHEMA: [], STORE: [], DELTA: []}
    turns = {place: turn_write(*place) for place in TURNS.places()}
    deltas = {place: delta_write(*place) for place in DELTAS.places()}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rounds[BARE].append(await floor_round(Floor(folder / "bare.db")))
            rounds[ROWS].append(await floor_round(RowFloor(folder / "rows.db")))
            rounds[SCHEMA].append(await floor_round(SchemaFloor(folder / "schema.db")))
            rounds[STORE].append(await store_round(folder / "store.db", turns, TURNS))
            rounds[DELTA].append(await store_round(folder / "delta.db", deltas, DELTAS))
    return {name: median(timings) for name, timings in rounds.items()}


def median(timings: list[Timing]) -> Timing:
    """Return the median of each figure."""
    return Timing(
        statistics.median(timing.per_s for timing in timings),
        statistics.median(timing.p50_ms for timing in timings),
        statistics.median(timing.p99_ms for timing in timings),
        statistics.median(timing.cpu_us for timing in timings),
    )


def show(measured: dict[str, Timing]) -> None:
    """Print the floors, the product, its share of each floor, and the lone delta."""
    heads = ("commits/s", "of const", "of rows", "of schema", "p50 ms", "p99 ms", "CPU us")
    print(" " * 22 + "".join(f"{head:>10}" for head in heads))
    for name, timing in measured.items():
        if name != DELTA:
            shares = "".join(f"{timing.per_s / measured[floor].per_s:>10.2f}" for floor in FLOORS)
            print(f"{name:22}{timing.per_s:>10,.0f}{shares}{_times(timing)}")
    delta = measured[DELTA]
    print(f"{DELTA:22}{delta.per_s:>10,.0f}{'':>30}{_times(delta)}")


def _times(timing: Timing) -> str:
    return f"{timing.p50_ms:>10.2f}{timing.p99_ms:>10.2f}{timing.cpu_us:>10.1f}"


def main() -> None:
    """Print the table and whether the target is met; a benchmark reports, it does not gate."""
    measured = asyncio.run(run())
    print(f"{PRODUCERS} producers, synchronous=FULL, medians of {ROUNDS} rounds")
    show(measured)
    for name, what in FLOORS.items():
        print(f"  {name}: {what}")
    print(f"  {STORE}: 1 event, 1 audit entry, 1 record, head change")
    print(f"  {DELTA}: {STORE} of one MessageDelta, {STREAMS} conversations at once")
    share = measured[STORE].per_s / measured[ROWS].per_s
    verdict = "MET" if share >= SHARE else "MISSED"
    print(f"target: >= {SHARE} of {ROWS!r}: {share:.2f}, {verdict}")


if __name__ == "__main__":
    main()
