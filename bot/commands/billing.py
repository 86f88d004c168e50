"""`copilot billing`: what was spent, on which models, channels, intents and days."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.stores.base import Record
from bot.stores.sqlite import open_sqlite
from bot.watch.billing import By, Line, bill, line_fields
from bot.watch.spent import turns_since
from routing.decision import Purpose
from routing.money.prices import dollars

DATABASE = "copilot.db"
DAY = click.DateTime(["%Y-%m-%d"])
WIDE = 200
EMPTY = "no turns are recorded for this time: nothing was spent"


def splits(context: click.Context, option: click.Parameter, value: str) -> tuple[By, ...]:
    """Return the names of a list with commas, in their order, each once."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    known = [by.value for by in By]
    for name in names:
        if name not in known:
            wanted = f"{name!r}, expected some of {', '.join(known)}"
            raise click.BadParameter(wanted, context, option)
    return tuple(dict.fromkeys(map(By, names)))


@click.command(epilog="Example: copilot billing --by model,intent --since 2026-11-01 --json")
@click.option(
    "--by", "by", callback=splits, default="model", show_default=True, metavar="LIST",
    help="Split by any of: tenant, model, channel, intent, day, purpose.",
)  # fmt: skip
@click.option("--since", type=DAY, help="First day (UTC), as 2026-11-01. Default: from the start.")
@click.option("--until", type=DAY, help="Last day (UTC), itself included. Default: until now.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), envvar="COPILOT_DATA_DIR",
    default=Path(".copilot"), help="Data folder.", show_default=True,
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON; amounts are texts, exact.")
def command(
    by: tuple[By, ...], since: datetime | None, until: datetime | None, data: Path, as_json: bool
) -> None:
    """Show what the turns in the log have cost, in US dollars.

    A failed or cancelled attempt counts like any other, since the vendor bills it. Turns made with
    a test key are left out.
    """
    if since is not None and until is not None and until < since:
        raise click.UsageError(f"--until {until:%Y-%m-%d} is before --since {since:%Y-%m-%d}")
    path = data / DATABASE
    records = asyncio.run(_records(path, since, until)) if path.exists() else ()
    lines, total = bill(records, by), bill(records, ())
    if as_json:
        click.echo(json.dumps({
            "by": by, "since": _day(since), "until": _day(until),
            "lines": [line_fields(line) for line in lines],
            "total": line_fields(total[0]) if total else None,
        }, indent=2, ensure_ascii=False))  # fmt: skip
    elif not total:
        click.echo(EMPTY)
    else:
        _show(bill_table(by, lines, total[0]))


def bill_table(by: Sequence[By], lines: Sequence[Line], total: Line) -> Table:
    """Return a bill as a table with its total below."""
    asides = [
        purpose
        for purpose in Purpose
        if purpose is not Purpose.ANSWER and any(one.purpose is purpose for one in total.spent)
    ]
    table = Table(show_footer=True)
    for place, each in enumerate(by or ("",)):
        table.add_column(each, "total" if place == 0 else "", overflow="fold")
    names = ("turns", "attempts", "failed", "tokens in", "cached", "tokens out", "USD")
    headings = (*names, *(f"of it {purpose.value}" for purpose in asides))
    for name, cell in zip(headings, _cells(total, asides), strict=True):
        table.add_column(name, cell, justify="right")
    for line in lines:
        group = [value for _, value in line.group] or ["all"]
        table.add_row(*group, *_cells(line, asides))
    return table


def _cells(line: Line, asides: Sequence[Purpose]) -> tuple[str, ...]:
    spent = {one.purpose: dollars(one.cost_usd) for one in line.spent}
    cached = line.cache_read_tokens + line.cache_write_tokens
    counts = (line.turns, line.attempts, line.failed, line.input_tokens, cached, line.output_tokens)
    numbers = (f"{count:,}" for count in counts)
    return (*numbers, dollars(line.cost_usd), *(spent.get(purpose, "") for purpose in asides))


async def _records(
    path: Path, since: datetime | None, until: datetime | None
) -> tuple[Record, ...]:
    first = since.replace(tzinfo=UTC) if since is not None else None
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until is not None else None
    store = await open_sqlite(path)
    try:
        records = await turns_since(store, first)
    finally:
        await store.close()
    return tuple(record for record in records if end is None or record.at < end)


def _day(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%d}"


def _show(table: Table) -> None:
    """Print a table; where there is no terminal, as wide as it needs to be."""
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=WIDE)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))
