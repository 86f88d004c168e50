"""Runs in the store: nothing runs twice after a restart, and no personal data is written."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from bot.stores.base import (
    AuditAfter,
    Head,
    HeadChange,
    Owner,
    RecordsOf,
    Store,
    VaultOf,
    Write,
)
from bot.stores.memory import MemoryStore
from bot.stores.sqlite import open_sqlite
from bot.tools.demo import DemoTools
from bot.tools.executor import Executor
from bot.tools.journal import Floor, StoreJournal
from bot.tools.kept import read_step, step_json
from bot.tools.source import Catalogue, Customer
from bot.tools.words import words_for
from channels.base import ConversationId
from routing.agent.effects import Hands
from routing.agent.errors import RunOver
from routing.agent.journal import Entry
from routing.agent.progress import Ending, ToolAnswered
from routing.agent.step import Step
from routing.agent.terms import Terms
from routing.decision import Attempt, Purpose
from routing.errors import FailureKind
from routing.models.base import StopReason
from routing.request import ModelName, Redacted, TenantId, ToolCall, ToolResult, Usage
from tests.routing.agent.workshop import ANSWER, Workshop, asks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TENANT, CONVERSATION = TenantId("aurelis"), ConversationId("c1")
CALL = ToolCall("t1", "lookup_ticket", Redacted('{"ticket": "T-1042", "email": "[EMAIL_1]"}'))
RESULT = ToolResult("t1", Redacted("in review"))


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    made: Store = (
        MemoryStore() if request.param == "memory" else await open_sqlite(tmp_path / "a.db")
    )
    head = Head(CONVERSATION, TENANT, "web", "", "en")
    await made.commit(Write(CONVERSATION, NOW, create=head))
    yield made
    await made.close()


def new_vault() -> Vault:
    return Vault(VaultKey(b"a secret of sixteen bytes or more"), TENANT, CONVERSATION)


def journal(store: Store, vault: Vault | None = None, epoch: int | None = 1) -> StoreJournal:
    floor = Floor(TENANT, CONVERSATION, fence=0, epoch=epoch)
    return StoreJournal(store, lambda: NOW, floor, vault or new_vault())


async def test_a_call_begins_once_and_its_result_is_there_after_a_restart(store: Store) -> None:
    first = await journal(store).begin("key", CALL)
    second = await journal(store).begin("key", CALL)
    await journal(store).finish("key", RESULT)
    third = await journal(store).begin("key", CALL)

    assert (first, second, third) == (Entry(True), Entry(False), Entry(False, RESULT))


async def test_of_many_that_begin_a_call_at_once_one_may_carry_it_out(store: Store) -> None:
    entries = await asyncio.gather(*(journal(store).begin("key", CALL) for _ in range(5)))

    assert [entry.is_new for entry in entries].count(True) == 1


async def test_a_call_that_was_not_done_may_begin_anew(store: Store) -> None:
    await journal(store).begin("key", CALL)
    await journal(store).finish("key", None)

    assert await journal(store).begin("key", CALL) == Entry(True)
    assert await journal(store).begin("key", CALL) == Entry(False)


async def test_nothing_begins_once_a_human_has_the_floor(store: Store) -> None:
    await store.commit(Write(CONVERSATION, NOW, change=HeadChange(owner=Owner.HUMAN)))

    with pytest.raises(RunOver):
        await journal(store).begin("key", CALL)

    assert await store.find(RecordsOf("tool")) == ()


async def test_what_was_begun_is_finished_whoever_has_the_floor(store: Store) -> None:
    await journal(store).begin("key", CALL)
    await store.commit(Write(CONVERSATION, NOW, change=HeadChange(owner=Owner.HUMAN)))

    await journal(store).finish("key", RESULT)

    assert await journal(store, epoch=2).begin("key", CALL) == Entry(False, RESULT)


async def test_the_audit_chain_names_the_tool_and_not_what_it_said(store: Store) -> None:
    await journal(store).begin("key", CALL)
    await journal(store).finish("key", RESULT)

    (entry,) = await store.find(AuditAfter())
    assert entry.action == "tool"
    assert json.loads(entry.json) == {
        "conversation": "c1",
        "is_error": False,
        "key": "key",
        "tool": "lookup_ticket",
    }


def test_a_step_comes_back_as_it_was() -> None:
    attempt = Attempt(
        ModelName("claude-haiku-4.5"), 2, Usage(1, 2, 3, 4, 5, True), Decimal("0.0001"),
        FailureKind.CUT, None, 0.5, 7, "msg_1", Purpose.CONTINUE,
    )  # fmt: skip
    step = Step(3, Redacted("I look."), (CALL,), (RESULT,), (attempt,), StopReason.TOOL_USE)

    assert read_step(step_json("run_1", step)) == ("run_1", step)
    empty = Step(1, Redacted(""), (), (), (), None)
    assert read_step(step_json("run_1", empty)) == ("run_1", empty)


async def test_a_run_survives_a_restart_and_writes_no_personal_data(store: Store) -> None:
    vault = new_vault()
    Redactor().redact("I am anna.keller@example.com", vault)
    shop = Workshop(asks(CALL), ANSWER)

    for _ in range(2):
        tools = Executor(
            Catalogue([DemoTools()]), Customer(TENANT, CONVERSATION), Redactor(), vault
        )
        hands = Hands(tools, journal(store, vault), words_for(Redactor(), vault))
        end, progress = await shop.play(
            hands=hands, terms=Terms(("lookup_ticket",), 6, Decimal("0.05"))
        )
        assert end.ending is Ending.DONE
        assert "waiting for the customer" in end.steps[0].results[0].text

    assert not any(isinstance(each, ToolAnswered) for each in progress)
    records = [*await store.find(RecordsOf("tool")), *await store.find(RecordsOf("step"))]
    assert len(records) == 3
    assert not any("anna" in record.json for record in records)
    assert [row.placeholder for row in await store.find(VaultOf(CONVERSATION))] == ["[EMAIL_1]"]
