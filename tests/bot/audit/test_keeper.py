"""What is kept of the chain while the server runs."""

import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from bot.audit.anchor_files import AnchorFiles
from bot.audit.anchors import wrong_anchors
from bot.audit.keeper import AuditKeeper, Watched
from bot.audit.logins import Logins
from bot.clock import Clock
from bot.stores.audit_chain import first_break
from bot.stores.base import AuditAfter, AuditDraft, HeadsOwnedBy, Owner, Unanswered, Write
from bot.stores.sqlite import SqliteStore, open_sqlite
from bot.tenant import load_tenant
from routing.watching.events import PolicyChanged
from tests.bot.audit.chains import SIGNER
from tests.bot.stores.samples import AURELIS, ONE, opened

POLICY = dedent("""
    tenant: aurelis
    version: {version}
    default: {{models: [offline]}}
""")


@dataclass
class Watch:
    """A keeper with its clock in a test's hand."""

    folder: Path
    store: SqliteStore
    at: datetime
    monotonic: float = 0.0

    def __post_init__(self) -> None:
        self.files = AnchorFiles(self.folder)
        self.logins = Logins(lambda: self.monotonic)
        self.told: list[PolicyChanged] = []
        self.restart("1")

    def restart(self, version: str, more: str = "") -> None:
        path = self.folder / "policy.yaml"
        path.write_text(POLICY.format(version=version) + more)
        clock = Clock(lambda: self.at, lambda: self.monotonic)
        tenant = load_tenant(path)
        self.keeper = AuditKeeper(
            Watched(
                store=self.store,
                tenant=tenant,
                policy=path,
                data=self.folder,
                signer=SIGNER,
                clock=clock,
                logins=self.logins,
                notice=self.told.append,
            )
        )

    async def write(self, count: int = 1) -> None:
        drafts = tuple(AuditDraft(AURELIS, "turn", f'{{"n":{n}}}') for n in range(count))
        await self.store.commit(Write(ONE, self.at, audit=drafts))

    async def entries(self, action: str) -> list[dict[str, object]]:
        chain = await self.store.find(AuditAfter())
        return [json.loads(one.json) for one in chain if one.action == action]

    def anchored(self) -> list[tuple[str, int, int]]:
        kept, found = self.files.kept()
        assert not found
        return [(one.day.isoformat(), one.n, one.count) for one in kept]


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    store = await open_sqlite(tmp_path / "copilot.db")
    await opened(store)
    yield Watch(tmp_path, store, datetime(2026, 11, 24, 23, 58, tzinfo=UTC))
    await store.close()


async def test_the_end_of_the_chain_is_signed_and_a_day_that_is_over_becomes_an_anchor(
    watch: Watch,
) -> None:
    await watch.keeper.keep()
    assert watch.files.head() is None
    await watch.write(3)
    await watch.keeper.keep()
    head = watch.files.head()
    assert head is not None
    assert (head.n, wrong_anchors([head], {SIGNER.key: ""})) == (3, [])
    assert watch.anchored() == []
    await watch.write(2)
    watch.at += timedelta(minutes=3)
    await watch.write(4)
    await watch.keeper.keep()

    assert watch.anchored() == [("2026-11-24", 5, 5)]
    head = watch.files.head()
    assert head is not None
    assert (head.n, head.count) == (9, 9)
    watch.at += timedelta(days=1)
    await watch.keeper.keep()
    await watch.keeper.keep()
    assert watch.anchored() == [("2026-11-24", 5, 5), ("2026-11-25", 9, 4)]


async def test_a_server_that_starts_makes_up_for_the_anchor_it_has_missed(watch: Watch) -> None:
    await watch.write(3)
    watch.at += timedelta(days=9)
    watch.restart("1")
    await watch.keeper.keep()

    assert watch.anchored() == [("2026-11-24", 3, 3)]


@pytest.mark.parametrize("what", ["cut", "rewritten"])
async def test_a_chain_that_was_tampered_with_keeps_the_old_head_as_evidence(
    watch: Watch, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    await watch.write(5)
    await watch.keeper.keep()
    before = watch.files.head()
    assert before is not None
    intruder = sqlite3.connect(watch.folder / "copilot.db")
    intruder.execute("DROP TRIGGER audit_is_never_deleted")
    intruder.execute("DROP TRIGGER audit_is_never_changed")
    intruder.execute(
        "DELETE FROM audit WHERE n > 3" if what == "cut" else "UPDATE audit SET hash = 'x'"
    )
    intruder.commit()
    intruder.close()
    await watch.keeper.keep()
    await watch.write(9)
    await watch.keeper.keep()

    kept, _ = watch.files.kept()
    assert kept == (before,)
    assert [record.message for record in caplog.records] == ["audit.chain_broken"]
    head = watch.files.head()
    assert head is not None
    assert head.n > 5


async def test_a_head_that_cannot_be_read_is_told_and_made_anew(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    await watch.write(5)
    await watch.keeper.keep()
    (watch.folder / "audit" / "head.json").write_text("{")
    await watch.keeper.keep()

    assert [record.message for record in caplog.records] == ["audit.head_unreadable"]
    head = watch.files.head()
    assert head is not None
    assert head.n == 5


async def test_a_start_with_another_policy_is_an_entry_and_told_and_the_same_one_is_none(
    watch: Watch,
) -> None:
    for version in ("1", "1", "2", "2", "1"):
        watch.restart(version)
        await watch.keeper.note_policy()
    watch.restart("1", "topics: [legal]\n")
    await watch.keeper.note_policy()
    found = await watch.entries("policy.changed")

    assert [one["version"] for one in found] == ["1", "2", "1", "1"]
    assert [(one.before, one.after) for one in watch.told] == [("1", "2"), ("2", "1")]
    assert found[0]["before"] is None
    assert found[1]["before"] == {"version": "1", "digest": found[0]["digest"]}
    assert found[3]["digest"] == found[2]["digest"]
    assert found[3]["file_sha256"] != found[2]["file_sha256"]
    assert first_break(await watch.store.find(AuditAfter())) is None


async def test_logins_are_entries_and_belong_to_no_customer(watch: Watch) -> None:
    watch.logins.came("api", "1f0c9a2e")
    watch.logins.refused("desk")
    watch.logins.refused("desk")
    watch.monotonic = 60.0
    await watch.keeper.note_logins()
    await watch.keeper.note_logins()

    assert await watch.entries("login") == [{"door": "api", "key": "1f0c9a2e"}]
    assert await watch.entries("login.refused") == [{"door": "desk", "count": 2}]
    for owner in Owner:
        heads = await watch.store.find(HeadsOwnedBy(owner))
        assert "audit" not in [head.conversation for head in heads]
    assert await watch.store.find(Unanswered()) == ()


def test_who_comes_again_is_noted_once_an_hour() -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    noted = 0
    for minute in range(150):
        now[0] = 60.0 * minute
        logins.came("api", "a")
        noted += len(logins.take())

    assert noted == 3
