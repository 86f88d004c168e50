import asyncio
import random
import signal
import sys
from pathlib import Path

import pytest

from bot.log import MessageAccepted
from bot.stores.audit_chain import first_break
from bot.stores.base import AuditAfter, EventsAfter, HeadOf
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId

PRODUCERS = 20
ROOT = Path(__file__).parents[3]
WRITER = """
import asyncio, sys
from pathlib import Path
from bot.stores.base import AuditDraft, Write
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from tests.bot.stores.samples import AURELIS, NOW, first_head, said

async def produce(store, name):
    one = ConversationId(name)
    heads = await store.commit(Write(one, NOW, create=first_head(one), key="new"))
    start = heads.head.head_seq
    for i in range(start + 1, 10_000):
        key = f"{name}-{i}"
        audit = (AuditDraft(AURELIS, "said", "{}"),)
        done = await store.commit(Write(one, NOW, (said(key, key),), key=key, audit=audit))
        sys.stdout.write(f"{name} {done.events[0].seq} {key}\\n")
        sys.stdout.flush()

async def main():
    store = await open_sqlite(Path(sys.argv[1]))
    await asyncio.gather(*(produce(store, f"c{n}") for n in range(int(sys.argv[2]))))

asyncio.run(main())
"""


async def acknowledged_until_killed(path: Path, lines: int) -> list[tuple[str, int, str]]:
    """Run a writer, kill it after so many lines, and return all that it had acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), str(PRODUCERS),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    read = [await process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    read += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    whole = [line.decode().split() for line in read if line.endswith(b"\n")]
    return [(name, int(seq), key) for name, seq, key in whole]


@pytest.mark.slow
@pytest.mark.promise("O1")
async def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    chance = random.Random(7)
    acknowledged: list[tuple[str, int, str]] = []
    for _ in range(6):
        async with asyncio.timeout(60):
            acknowledged += await acknowledged_until_killed(path, chance.randint(1, 600))
        store = await open_sqlite(path)
        kept: dict[tuple[str, int], str] = {}
        for n in range(PRODUCERS):
            name = ConversationId(f"c{n}")
            events = await store.find(EventsAfter(name, 0))
            heads = await store.find(HeadOf(name))
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert not heads or heads[0].head_seq == len(events)
            for event in events:
                assert isinstance(event.body, MessageAccepted)
                kept[name, event.seq] = event.body.client_id
        chain = await store.find(AuditAfter(0, 100_000))
        await store.close()

        assert {(name, seq): key for name, seq, key in acknowledged}.items() <= kept.items()
        assert len(chain) == len(kept)
        assert first_break(chain) is None
