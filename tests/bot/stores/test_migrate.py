import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StoreFailed
from bot.stores import migrate as migrating
from bot.stores.migrate import SCHEMA, migrate


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    yield opened
    opened.close()


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0001_a.sql").write_text("CREATE TABLE a (x);\n")
    (folder / "0002_b.sql").write_text("CREATE TABLE b (x);\nINSERT INTO b VALUES ('a;b');\n")
    monkeypatch.setattr(migrating, "SCHEMA", folder)
    return folder


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_schema ORDER BY 1")]


def test_the_shipped_schema_is_numbered_without_gaps_and_runs_twice(
    connection: sqlite3.Connection,
) -> None:
    migrate(connection)
    once = tables(connection)
    migrate(connection)

    numbers = sorted(int(path.name[:4]) for path in SCHEMA.glob("*.sql"))
    assert numbers == list(range(1, len(numbers) + 1))
    assert version(connection) == numbers[-1]
    assert {"events", "audit", "conversations"} <= set(once)
    assert tables(connection) == once


def test_only_the_files_that_are_new_are_run(connection: sqlite3.Connection, schema: Path) -> None:
    migrate(connection)
    (schema / "0010_c.sql").write_text(
        "-- a trigger; with semicolons\nCREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n"
        "    INSERT INTO b VALUES (1);\n    INSERT INTO b VALUES (2);\nEND;\n-- the end\n"
    )
    migrate(connection)

    assert version(connection) == 10
    assert tables(connection) == ["a", "b", "t"]


def test_a_file_that_fails_is_undone_whole(connection: sqlite3.Connection, schema: Path) -> None:
    (schema / "0003_c.sql").write_text("CREATE TABLE c (x);\nCREATE TABLE a (x);\n")
    with pytest.raises(StoreFailed, match="table a already exists"):
        migrate(connection)

    assert version(connection) == 2
    assert tables(connection) == ["a", "b"]
    assert not connection.in_transaction


@pytest.mark.usefixtures("schema")
def test_a_newer_database_is_refused_and_left_alone(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 3")
    with pytest.raises(StoreFailed, match=r"schema 3, this program knows up to 2: start the newer"):
        migrate(connection)

    assert tables(connection) == []
