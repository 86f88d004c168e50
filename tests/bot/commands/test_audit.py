"""`copilot audit`."""

import asyncio
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.audit.anchor_files import AnchorFiles, read_file
from bot.audit.anchors import Signer
from bot.commands.audit import command
from bot.stores.audit_chain import hash_of
from bot.stores.base import AuditDraft, AuditEntry, Write
from bot.stores.rows import AUDIT_COLUMNS, audit_of
from bot.stores.sqlite import open_sqlite
from tests.bot.stores.samples import AURELIS, NOW, ONE, first_head

SECRET = "a secret of the installation, 32+"
COUNT = 30
DROPPED = ("audit_is_never_changed", "audit_is_never_deleted", "audit_only_grows")


@pytest.fixture(autouse=True)
def _no_secret_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPILOT_SECRET_KEY", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a chain of an entry an hour."""
    folder = tmp_path / "data"

    async def fill() -> None:
        store = await open_sqlite(folder / "copilot.db")
        await store.commit(Write(ONE, NOW, create=first_head()))
        for n in range(COUNT):
            draft = AuditDraft(AURELIS, "turn", f'{{"é":{n},"policy_version":"v{n // 20}"}}')
            await store.commit(Write(ONE, NOW + timedelta(hours=n), audit=(draft,)))
        await store.close()

    asyncio.run(fill())
    (folder / "secret.key").write_text(SECRET)
    return folder


def run(name: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [name, *map(str, arguments)])


def verify(data: Path, *arguments: str | Path) -> Result:
    return run("verify", "--data", data, *arguments)


def tamper(data: Path, *statements: str) -> None:
    """Do what an intruder with the file can do."""
    intruder = sqlite3.connect(data / "copilot.db")
    for trigger in DROPPED:
        intruder.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        intruder.execute(statement)
    intruder.commit()
    intruder.close()


def rewrite(data: Path, first: int = 1) -> None:
    """Write the chain anew from an entry on: every hash fits, every action is a lie."""
    intruder = sqlite3.connect(data / "copilot.db")
    entries = [audit_of(row) for row in intruder.execute(f"SELECT {AUDIT_COLUMNS} FROM audit")]
    intruder.close()
    previous = entries[first - 1].previous
    statements = []
    for one in entries[first - 1 :]:
        lie = AuditEntry(one.n, one.at, one.tenant, "lie", one.json, previous, "")
        hash_ = hash_of(lie)
        statements.append(
            f"UPDATE audit SET action = 'lie', previous = '{previous}', hash = '{hash_}' "
            f"WHERE n = {one.n}"
        )
        previous = hash_
    tamper(data, *statements)


def test_a_chain_as_it_was_written_is_whole(data: Path) -> None:
    run("anchor", "--data", data)
    shown = verify(data)

    assert (shown.exit_code, shown.stdout) == (
        0, "30 entries, held against 1 anchors: nothing is wrong\n",
    )  # fmt: skip
    assert shown.stderr == ""


def test_without_an_anchor_it_says_what_it_cannot_see(data: Path) -> None:
    shown = verify(data)

    assert shown.exit_code == 0
    assert "no anchor was found" in shown.stderr


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET json = '{}' WHERE n = 7", "entry 7 was changed"),
        ("UPDATE audit SET at = at + 1 WHERE n = 30", "entry 30 was changed"),
        ("UPDATE audit SET tenant = 'x' WHERE n = 1", "entry 1 was changed"),
        ("UPDATE audit SET json = CAST(x'FF00' AS TEXT) WHERE n = 5", "entry 5 was changed"),
        ("DELETE FROM audit WHERE n <= 3", "entries 1 to 3 are missing"),
        ("DELETE FROM audit WHERE n = 12", "entry 12 is missing"),
        ("DELETE FROM audit WHERE n > 28", "entries 29 to 30 are known to an anchor"),
        ("INSERT INTO audit SELECT 0, at, tenant, action, json, previous, hash FROM audit "
         "WHERE n = 4", "an entry numbered 0 was inserted"),
        ("DELETE FROM audit", "entries 1 to 30 are known to an anchor"),
    ],
)  # fmt: skip
def test_what_was_done_is_told_and_the_exit_code_is_1(
    data: Path, statement: str, told: str
) -> None:
    run("anchor", "--data", data)
    tamper(data, statement)
    shown = verify(data)

    assert shown.exit_code == 1
    assert told in shown.stdout
    assert "NOT as it was written" in shown.stdout


def test_a_table_made_anew_in_which_numbers_may_repeat_is_seen_through(data: Path) -> None:
    tamper(
        data,
        "CREATE TABLE copy AS SELECT * FROM audit",
        "DROP TABLE audit",
        "ALTER TABLE copy RENAME TO audit",
        "INSERT INTO audit SELECT * FROM audit WHERE n = 9",
        "INSERT INTO audit SELECT 'x', at, tenant, action, json, previous, hash FROM audit "
        "WHERE n = 9",
    )
    shown = json.loads(verify(data, "--json").stdout)

    assert [finding["what"] for finding in shown["findings"]] == ["inserted"] * 3


def test_the_findings_are_there_as_json(data: Path) -> None:
    tamper(data, "DELETE FROM audit WHERE n IN (12, 13)")
    shown = verify(data, "--json")
    told = json.loads(shown.stdout)

    assert shown.exit_code == 1
    assert (told["ok"], told["entries"], told["last"]["n"]) == (False, 28, 30)
    assert told["findings"] == [
        {
            "n": 12,
            "until": 13,
            "what": "missing",
            "told": "entries 12 to 13 are missing: 14 follows",
        }
    ]


def test_a_chain_written_anew_with_its_anchors_is_caught_by_those_taken_away(
    data: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away.jsonl"
    assert run("anchor", "--data", data, "--out", away).exit_code == 0
    rewrite(data)
    AnchorFiles(data).path.unlink()
    run("anchor", "--data", data)
    assert verify(data).exit_code == 0
    shown = verify(data, "--anchors", away)

    assert shown.exit_code == 1
    assert "an anchor knows another hash for entry 30" in shown.stdout


def test_a_chain_that_is_not_the_one_anchored_is_not_anchored_again(data: Path) -> None:
    run("anchor", "--data", data)
    rewrite(data, 20)
    shown = run("anchor", "--data", data)

    assert shown.exit_code == 1
    assert "entry 30 is not the one that was anchored" in str(shown.exception)
    assert "some of entries 1 to 30 were written anew" in verify(data).stdout


def test_an_anchor_is_printed_kept_and_added_to_a_file_once(data: Path, tmp_path: Path) -> None:
    away = tmp_path / "away.jsonl"
    first = run("anchor", "--data", data, "--out", away)
    second = run("anchor", "--data", data, "--out", away)

    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["n"] == COUNT
    assert "1 added" in first.stderr
    assert "0 added" in second.stderr
    assert Signer(SECRET.encode()).key in first.stderr
    assert [one.n for one in read_file(away)[0]] == [COUNT]


def test_an_anchor_of_another_secret_needs_its_key(data: Path) -> None:
    run("anchor", "--data", data)
    (data / "secret.key").write_text("another secret of thirty-two chars")
    shown = verify(data)
    key = Signer(SECRET.encode()).key

    assert shown.exit_code == 1
    assert key in shown.stdout
    assert verify(data, "--key", key.upper()).exit_code == 0


def test_a_copy_without_a_secret_is_verified_and_says_what_was_not_checked(data: Path) -> None:
    run("anchor", "--data", data)
    (data / "secret.key").unlink()
    shown = verify(data)

    assert shown.exit_code == 0
    assert "give --key" in shown.stderr
    assert not (data / "secret.key").exists()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_made_with_its_manifest_and_verified_alone(
    data: Path, tmp_path: Path, form: str
) -> None:
    out, away = tmp_path / "out", tmp_path / "away.jsonl"
    run("anchor", "--data", data, "--out", away)
    made = run("export", "--data", data, "--out", out, "--format", form, "--json")
    manifest = json.loads(made.stdout)

    assert made.exit_code == 0
    assert (manifest["entries"], manifest["policy_versions"]) == (COUNT, ["v0", "v1"])
    assert json.loads((out / "manifest.json").read_text()) == manifest
    shown = run("verify", "--export", out, "--key", manifest["key"], "--anchors", away)
    assert (shown.exit_code, shown.stderr) == (0, "")
    (file,) = out.glob(f"audit-*.{form}")
    file.write_bytes(file.read_bytes().replace(b"turn", b"torn", 1))
    shown = run("verify", "--export", out)
    assert shown.exit_code == 1
    assert "entry 1 was changed" in shown.stdout
    assert "compare it with the key that you know" in shown.stderr


def test_days_count_whole_and_the_entries_of_a_day_are_verified_alone(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    days = ("--since", "2026-11-25", "--until", "2026-11-25")
    made = run("export", "--data", data, "--out", out, *days)
    manifest = json.loads((out / "manifest.json").read_text())

    assert made.exit_code == 0
    assert "18 entries" in made.stdout
    assert manifest["key"] in made.stdout
    assert (manifest["first"], manifest["last"]) == (13, 30)
    assert run("verify", "--export", out, "--key", manifest["key"]).exit_code == 0


def test_without_a_folder_the_entries_are_printed(data: Path) -> None:
    lines = run("export", "--data", data, "--until", "2026-11-24").stdout.splitlines()

    assert [json.loads(line)["n"] for line in lines] == list(range(1, 13))
    table = run("export", "--data", data, "--format", "csv").stdout.splitlines()
    assert table[0] == '"n","at","tenant","action","json","previous","hash"'
    assert len(table) == COUNT + 1


def test_an_export_without_entries_says_so(data: Path, tmp_path: Path) -> None:
    made = run("export", "--data", data, "--since", "2027-01-01", "--out", tmp_path / "out")

    assert "0 entries" in made.stdout
    assert run("verify", "--export", tmp_path / "out").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--anchors", "nowhere.jsonl"),
        ("verify", "--export", "nowhere"),
        ("verify", "--key", "abc"),
        ("export", "--format", "xml"),
        ("export", "--since", "yesterday"),
        ("export", "--since", "2026-11-25", "--until", "2026-11-24"),
    ],
    ids=" ".join,
)
def test_bad_use_is_2(data: Path, arguments: tuple[str, ...]) -> None:
    assert run(arguments[0], "--data", data, *arguments[1:]).exit_code == 2


def test_a_file_that_is_no_database_is_told_in_a_line(data: Path) -> None:
    (data / "copilot.db").write_bytes(b"no database at all, but long enough" * 99)
    shown = verify(data)

    assert shown.exit_code == 1
    assert "the audit chain cannot be read" in str(shown.exception)


def test_a_file_that_cannot_be_written_is_verified(data: Path) -> None:
    before = (data / "copilot.db").read_bytes()
    (data / "copilot.db").chmod(0o400)
    data.chmod(0o500)
    try:
        assert verify(data).exit_code == 0
    finally:
        data.chmod(0o700)
    assert (data / "copilot.db").read_bytes() == before
