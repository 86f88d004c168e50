"""`copilot billing`."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.billing import EMPTY, command
from bot.stores.base import Write
from bot.stores.sqlite import open_sqlite
from routing.decision import Purpose
from tests.bot.stores.samples import NOW, ONE, first_head
from tests.bot.turn_records import tried, turn
from tests.routing.samples import GPT


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--data", str(folder)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = await open_sqlite(tmp_path / "copilot.db")
        records = (
            turn(tried(), trace="t1", at=NOW - timedelta(days=2)),
            turn(tried(), tried(GPT, "0.02", Purpose.ADVISE), trace="t2", intent="cards"),
            turn(trace="t3", intent="cards"),
        )
        await store.commit(Write(ONE, NOW, create=first_head(), records=records))
        await store.close()

    asyncio.run(fill())
    return tmp_path


def rows(result: Result) -> list[list[str]]:
    lines = [line for line in result.output.splitlines() if "│" in line or "┃" in line]
    return [[cell.strip() for cell in line.replace("┃", "│").split("│")[1:-1]] for line in lines]


def test_the_bill_is_a_table_by_model_with_its_total(data: Path) -> None:
    shown = run(data)

    assert shown.exit_code == 0
    assert rows(shown) == [
        ["model", "turns", "attempts", "failed", "tokens in", "cached", "tokens out", "USD",
         "of it advise"],
        ["gpt-5.5-instant", "1", "1", "0", "100", "0", "20", "$0.02", "$0.02"],
        ["claude-haiku-4.5", "2", "2", "0", "200", "0", "40", "$0.002", ""],
        ["none", "1", "0", "0", "0", "0", "0", "$0", ""],
        ["total", "3", "3", "0", "300", "0", "60", "$0.022", "$0.02"],
    ]  # fmt: skip


def test_it_is_split_in_the_order_of_the_list(data: Path) -> None:
    shown = rows(run(data, "--by", "intent, day"))

    assert [row[:2] for row in shown] == [
        ["intent", "day"],
        ["cards", "2026-11-24"],
        ["fees", "2026-11-22"],
        ["total", ""],
    ]


@pytest.mark.parametrize(
    ("arguments", "turns"),
    [
        (("--since", "2026-11-24"), 2),
        (("--until", "2026-11-22"), 1),
        (("--since", "2026-11-22", "--until", "2026-11-24"), 3),
    ],
)
def test_days_count_whole(data: Path, arguments: tuple[str, ...], turns: int) -> None:
    told = json.loads(run(data, *arguments, "--json").output)

    assert told["total"]["turns"] == turns


def test_the_bill_is_there_as_json(data: Path) -> None:
    told = json.loads(run(data, "--by", "purpose", "--since", "2026-11-01", "--json").output)

    assert (told["by"], told["since"], told["until"]) == (["purpose"], "2026-11-01", None)
    assert [(line["purpose"], line["cost_usd"]) for line in told["lines"]] == [
        ("advise", "0.02"),
        ("answer", "0.002"),
        ("none", "0"),
    ]
    assert told["total"]["cost_usd"] == "0.022"


def test_the_whole_can_be_had_in_one_line(data: Path) -> None:
    assert rows(run(data, "--by", ""))[1][:2] == ["all", "3"]


def test_without_a_turn_it_says_so_and_makes_no_file(tmp_path: Path) -> None:
    shown = run(tmp_path)

    assert (shown.output, shown.exit_code) == (f"{EMPTY}\n", 0)
    assert not list(tmp_path.iterdir())


def test_a_time_without_turns_is_empty(data: Path) -> None:
    shown = run(data, "--since", "2026-11-25")
    told = json.loads(run(data, "--since", "2026-11-25", "--json").output)

    assert shown.output == f"{EMPTY}\n"
    assert (told["lines"], told["total"]) == ([], None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "modle"), "'modle', expected some of tenant, model"),
        (("--since", "yesterday"), "'yesterday' does not match the format"),
        (("--since", "2026-11-24", "--until", "2026-11-23"), "is before --since 2026-11-24"),
    ],
)
def test_what_cannot_be_understood_is_bad_use(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    shown = run(tmp_path, *arguments)

    assert shown.exit_code == 2
    assert said in " ".join(shown.output.split())
