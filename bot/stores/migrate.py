"""Brings the tables of a database up to this program, one numbered file after the other."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreFailed

SCHEMA = Path(__file__).parent / "schema"


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the schema: `0001_log.sql` has number 1."""

    number: int
    path: Path


def migrate(connection: sqlite3.Connection, schema: Path | None = None) -> None:
    """Run the schema files that the database has not seen, each in one transaction.

    Two processes may do it at once: the second finds it done.

    Args:
        connection: with `isolation_level=None`, outside a transaction.
        schema: the folder of the files; None for those of the log.

    Raises:
        StoreFailed: the database is newer than this program, or a file could not be run.
    """
    try:
        steps = _steps(schema or SCHEMA)
        for step in steps:
            _run(connection, step, steps[-1].number)
    except sqlite3.Error as error:
        raise StoreFailed(f"the database could not be brought up to date: {error}") from error


def _steps(schema: Path) -> tuple[Step, ...]:
    """Return the schema files in the order of their numbers."""
    paths = schema.glob("[0-9]*_*.sql")
    return tuple(
        sorted(
            (Step(int(path.name.split("_")[0]), path) for path in paths),
            key=lambda step: step.number,
        )
    )


def _run(connection: sqlite3.Connection, step: Step, newest: int) -> None:
    """Run one file unless it has been run."""
    if step.number <= _version(connection, newest):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if step.number > _version(connection, newest):
            for statement in _statements(step.path.read_text("utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step.number:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection, newest: int) -> int:
    """Return the number of the last file that was run.

    Raises:
        StoreFailed: it is above the newest one here.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise StoreFailed(
            f"the database has schema {version!r}, this program knows up to {newest!r}: "
            "start the newer program, or restore an older copy"
        )
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; a trigger's body stays in one piece."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
