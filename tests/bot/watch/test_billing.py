"""Bills: what the records of turns come to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stores.base import RecordsOf, Write
from bot.stores.memory import MemoryStore
from bot.watch.billing import NONE, By, Spent, bill, billed_turn, line_fields
from bot.watch.spent import FIRST_PART, turns_since
from routing.decision import Purpose
from routing.errors import FailureKind
from routing.request import Usage
from tests.bot.stage import says, staged
from tests.bot.stores.samples import NOW, first_head, later
from tests.bot.turn_records import simulated, tried, turn
from tests.routing.samples import GPT, HAIKU


def test_the_total_is_one_line_and_of_nothing_there_is_none() -> None:
    (line,) = bill([turn(tried()), turn(tried(cost="0.002"), tried(GPT))], ())

    assert (line.turns, line.attempts, line.cost_usd) == (2, 3, Decimal("0.004"))
    assert (line.input_tokens, line.output_tokens) == (300, 60)
    assert bill([], ()) == bill([], (By.MODEL,)) == ()


def test_the_dearest_group_comes_first_and_a_turn_counts_in_each_of_its_models() -> None:
    lines = bill([turn(tried(), tried(GPT, "0.005")), turn(tried())], (By.MODEL,))

    assert [(line.group, line.turns, line.attempts) for line in lines] == [
        (((By.MODEL, GPT),), 1, 1),
        (((By.MODEL, HAIKU),), 2, 2),
    ]


def test_a_turn_without_a_model_is_counted_and_costs_nothing() -> None:
    (line,) = bill([turn()], (By.MODEL, By.INTENT))

    assert line.group == ((By.MODEL, NONE), (By.INTENT, "fees"))
    assert (line.turns, line.attempts, line.cost_usd) == (1, 0, Decimal(0))


def test_a_failed_attempt_is_on_the_bill() -> None:
    (line,) = bill([turn(tried(failed=FailureKind.CUT), tried(GPT))], ())

    assert (line.failed, line.cost_usd) == (1, Decimal("0.002"))


def test_every_split_has_its_value() -> None:
    record = turn(tried(), channel="sms", at=NOW + timedelta(days=1))
    (line,) = bill([record], tuple(By))

    assert dict(line.group) == {
        By.TENANT: "aurelis",
        By.MODEL: HAIKU,
        By.CHANNEL: "sms",
        By.INTENT: "fees",
        By.DAY: "2026-11-25",
        By.PURPOSE: "answer",
    }


def test_asides_are_told_apart_within_a_line() -> None:
    record = turn(tried(cost="0.01", purpose=Purpose.ADVISE), tried(), tried())
    (line,) = bill([record], ())

    assert line.spent == (
        Spent(Purpose.ANSWER, 2, Decimal("0.002")),
        Spent(Purpose.ADVISE, 1, Decimal("0.01")),
    )


def test_cache_tokens_are_counted_apart() -> None:
    (line,) = bill([turn(tried(usage=Usage(10, 20, 30, 40, 50)))], ())

    assert (line.input_tokens, line.cache_read_tokens, line.cache_write_tokens) == (10, 30, 90)


def test_simulated_turns_are_left_out() -> None:
    assert bill([simulated(turn(tried()))], ()) == ()


def test_a_record_of_an_earlier_version_is_read() -> None:
    record = turn(tried())
    old = record.json.replace('"tenant":"aurelis",', "").replace('"purpose":"answer",', "")
    read = billed_turn(replace(record, json=old))

    assert old.count("tenant") == old.count("purpose") == 0
    assert (read.tenant, read.tries[0].purpose) == (NONE, Purpose.ANSWER)


def test_a_line_is_written_with_exact_amounts() -> None:
    (line,) = bill([turn(tried(cost="0.000001"))], (By.MODEL,))

    assert line_fields(line) == {
        "model": HAIKU,
        "turns": 1,
        "attempts": 1,
        "failed": 0,
        "input_tokens": 100,
        "output_tokens": 20,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "cost_usd": "0.000001",
        "by_purpose": {"answer": {"attempts": 1, "cost_usd": "0.000001"}},
    }


ATTEMPTS = st.builds(
    tried,
    st.sampled_from([HAIKU, GPT]),
    st.sampled_from(["0", "0.001", "0.0000125"]),
    st.sampled_from(list(Purpose)),
)
TURNS = st.builds(
    lambda attempts, intent: turn(*attempts, intent=intent),
    st.lists(ATTEMPTS, max_size=3),
    st.sampled_from(["fees", "cards"]),
)


@given(st.lists(TURNS, max_size=8), st.lists(st.sampled_from(list(By)), unique=True))
def test_however_it_is_split_a_bill_comes_to_the_same(records: list[object], by: list[By]) -> None:
    turns = [record for record in records if isinstance(record, type(turn()))]
    lines, total = bill(turns, by), bill(turns, ())

    whole = (total[0].attempts, total[0].cost_usd) if total else (0, Decimal(0))
    assert (sum(x.attempts for x in lines), sum((x.cost_usd for x in lines), Decimal(0))) == whole


async def test_what_the_product_records_is_what_is_billed(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("It comes in five working days [1].")]) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.until_idle()
        (line,) = bill(await stage.services.store.find(RecordsOf("turn")), (By.TENANT, By.MODEL))

        assert line.group == ((By.TENANT, "aurelis"), (By.MODEL, "claude-haiku-4.5"))
        assert (line.turns, line.output_tokens, line.cost_usd) == (1, 20, Decimal("0.0002"))


async def filled(count: int) -> MemoryStore:
    store = MemoryStore()
    records = tuple(turn(at=later(n), trace=f"t{n}") for n in range(count))
    await store.commit(Write(records[0].conversation, NOW, create=first_head(), records=records))
    return store


@pytest.mark.parametrize("count", [3, FIRST_PART, FIRST_PART + 5])
async def test_turns_are_read_back_to_an_instant_however_many_there_are(count: int) -> None:
    store = await filled(count)

    assert len(await turns_since(store, None)) == count
    assert [one.id for one in await turns_since(store, later(count - 2))] == [
        f"t{count - 1}",
        f"t{count - 2}",
    ]
