"""Every way in which a vendor breaks, as the customer meets it: one coherent answer, or a person.

The real SDKs over real sockets against both vendors' emulators; once with the other vendor healthy,
once with both of them broken in the same way.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bot.knowledge.article import Article
from bot.settings import Vendor
from bot.stores.base import HeadOf, Owner, RecordsOf
from channels.base import ConversationId
from channels.wire.web_seen import Delta, Reset
from routing.execution.watchdog import Timeouts
from routing.request import ModelName
from tests.e2e.visitor import Place, Reply, Visitor, served, settings_for, visiting
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Habit, Manner
from tests.emulators.server import Emulator

pytestmark = pytest.mark.slow

HAIKU, TERRA = ModelName("claude-haiku-4.5"), ModelName("gpt-6.1-terra")
OTHER = {HAIKU: TERRA, TERRA: HAIKU}
VENDORS = [HAIKU, TERRA]
TEXT = "A vendor says that it takes five working days. You can follow it in the app all the time."
"""Of both: whoever goes on with it where the other one broke off says exactly the rest."""
PATIENT = Timeouts(first_token_s=50, idle_s=50, total_s=55)
HASTY = Timeouts(first_token_s=0.8, idle_s=0.8, total_s=55)
KNOWN = "When will my new card arrive?"
UNKNOWN = "Who won the football match yesterday evening?"
ARTICLE = Article(
    id="card-delivery",
    title="When does my card arrive?",
    url="https://help.example.com/card-delivery",
    text="A new card arrives within five working days. You can follow it in the app under Cards.",
)
POLICY = dedent("""
    tenant: aurelis
    version: faults
    brand: {name: Aurelis Bank}
    pace: {quiet_s: 0.0}
    default:
      models: [FIRST]
      fallback: {models: [SECOND], max_retries: 3}
      budget: {max_cost_usd: 0.2}
""")


@dataclass(frozen=True, slots=True)
class Row:
    """A fault, after how many tokens, and what the record calls it."""

    fault: Fault
    after: int
    kind: str
    is_free: bool = False
    is_retried: bool = False

    def __str__(self) -> str:
        return f"{self.fault.value}-{self.after}"

    @property
    def timeouts(self) -> Timeouts:
        return HASTY if self.is_slow else PATIENT

    @property
    def is_slow(self) -> bool:
        """True for what is only noticed after a while."""
        return self.kind.startswith("timeout")

    def kind_of(self, model: ModelName) -> str:
        """Return the word for it; inside a stream the vendors name different errors."""
        is_different = self.fault is Fault.ERROR_EVENT and model == TERRA
        return "server" if is_different else self.kind


ROWS = [
    Row(Fault.AUTH, 0, "auth", is_free=True),
    Row(Fault.BAD_REQUEST, 0, "bad_request", is_free=True),
    Row(Fault.NOT_FOUND, 0, "bad_request", is_free=True),
    Row(Fault.QUOTA, 0, "quota", is_free=True),
    Row(Fault.TOO_LARGE, 0, "too_large", is_free=True),
    Row(Fault.RATE_LIMITED, 0, "rate_limited", is_free=True),
    Row(Fault.RATE_LIMITED_FOR, 0, "rate_limited", is_free=True),
    Row(Fault.OVERLOADED, 0, "overloaded", is_free=True, is_retried=True),
    Row(Fault.SERVER, 0, "server", is_free=True, is_retried=True),
    Row(Fault.HANG_UP, 0, "cut", is_retried=True),
    Row(Fault.EOF, 0, "cut", is_retried=True),
    Row(Fault.EOF, 6, "cut"),
    Row(Fault.EOF_INSIDE, 0, "cut", is_retried=True),
    Row(Fault.EOF_INSIDE, 6, "cut"),
    Row(Fault.CLOSE, 0, "cut", is_retried=True),
    Row(Fault.CLOSE, 6, "cut"),
    Row(Fault.RESET, 0, "cut", is_retried=True),
    Row(Fault.RESET, 6, "cut"),
    Row(Fault.ERROR_EVENT, 0, "overloaded", is_retried=True),
    Row(Fault.ERROR_EVENT, 6, "overloaded"),
    Row(Fault.MALFORMED, 0, "malformed"),
    Row(Fault.MALFORMED, 6, "malformed"),
    Row(Fault.STALL, 0, "timeout_first"),
    Row(Fault.STALL, 6, "timeout_idle"),
    Row(Fault.STALL_WITH_PINGS, 0, "timeout_first"),
    Row(Fault.STALL_WITH_PINGS, 6, "timeout_idle"),
    Row(Fault.REFUSAL, 0, "refused"),
]
ODD = [Fault.LENGTH, Fault.NO_USAGE, Fault.SLOW_FIRST, Fault.UNKNOWN_EVENT]


@dataclass(frozen=True, slots=True)
class Town:
    """The product, both vendors, and one customer."""

    place: Place
    vendors: dict[ModelName, Emulator]
    visitor: Visitor

    def break_down(self, model: ModelName, row: Row) -> asyncio.Event:
        """Let every request to a model go wrong; the event lets the fault after text happen."""
        gate = asyncio.Event()
        vendor_id = {HAIKU: "claude-haiku-4-5", TERRA: "gpt-6.1-terra"}[model]
        plan = Plan(row.fault, row.after, 0.05, gate if row.after else None)
        self.vendors[model].plans.by_model[vendor_id] = plan
        return gate

    async def ask(self, text: str, *gates: asyncio.Event) -> Reply:
        """Ask; each gate opens once the text that its fault follows has been seen."""
        opening = asyncio.ensure_future(self._open(gates))
        try:
            return await self.visitor.ask(text)
        finally:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)

    async def _open(self, gates: tuple[asyncio.Event, ...]) -> None:
        since = len(self.visitor.frames)
        for gate in gates:
            await self.visitor.until(lambda frame: isinstance(frame, Delta), since=since)
            since = len(self.visitor.frames)
            gate.set()

    async def turn(self) -> dict[str, Any]:
        """Return the record of the last turn."""
        found = await self.place.app.services.store.find(RecordsOf("turn"))
        record: dict[str, Any] = json.loads(found[0].json)
        return record

    async def owner(self) -> tuple[Owner, str]:
        """Return who has the floor, and why."""
        conversation = ConversationId(self.visitor.client.conversation)
        head = (await self.place.app.services.store.find(HeadOf(conversation)))[0]
        return head.owner, head.reason


@asynccontextmanager
async def town(folder: Path, first: ModelName, timeouts: Timeouts = PATIENT) -> AsyncIterator[Town]:
    """Build it, with one vendor's model first and the other's as the fallback."""
    policy = POLICY.replace("FIRST", first).replace("SECOND", OTHER[first])
    async with (
        AnthropicEmulator(TEXT) as anthropic,
        OpenAIEmulator(TEXT) as openai,
    ):
        anthropic.habit = openai.habit = Habit(Manner.CONTINUE)
        settings = settings_for(
            folder,
            policy,
            anthropic=Vendor("test", anthropic.url),
            openai=Vendor("test", f"{openai.url}/v1"),
        )
        async with (
            served(settings, [ARTICLE], timeouts) as place,
            visiting(place.url) as visitor,
        ):
            yield Town(place, {HAIKU: anthropic, TERRA: openai}, visitor)


@pytest.mark.promise("R1", "B12")
@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_a_broken_vendor_is_invisible_while_the_other_one_answers(
    tmp_path: Path, first: ModelName, row: Row
) -> None:
    async with town(tmp_path, first, row.timeouts) as place:
        gate = place.break_down(first, row)
        reply = await place.ask(KNOWN, *([gate] if row.after else []))
        record = await place.turn()
        failed, answered = record["attempts"][:-1], record["attempts"][-1]

        assert reply.is_one_bubble
        assert (reply.ended.text, reply.ended.status) == (TEXT, "done")
        assert not reply.was_taken_back
        assert [one["model"] for one in failed] == [first] * (1 + row.is_retried)
        assert {one["failed"] for one in failed} == {row.kind_of(first)}
        assert [Decimal(one["cost_usd"]) == 0 for one in failed] == [row.is_free] * len(failed)
        assert (answered["model"], answered["failed"]) == (OTHER[first], None)
        assert answered["purpose"] == ("continue" if row.after else "answer")
        assert Decimal(record["cost_usd"]) > 0
        assert record["outcome"] == "answered"


@pytest.mark.promise("R1", "B12")
@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_with_both_vendors_broken_a_person_comes_and_the_articles_still_answer(
    tmp_path: Path, first: ModelName, row: Row
) -> None:
    async with town(tmp_path, first, row.timeouts) as place:
        gates = [place.break_down(model, row) for model in (first, OTHER[first])]
        apology = await place.ask(UNKNOWN, *(gates if row.after else []))
        owner, record = await place.owner(), await place.turn()
        for model in VENDORS if row.is_slow else ():
            place.break_down(model, Row(Fault.QUOTA, 0, "quota"))
        answer = await place.ask(KNOWN)

        assert apology.is_one_bubble
        assert "technical problem on our side" in apology.ended.text
        assert apology.count(Reset) == (1 if row.after else 0)
        assert owner == (Owner.QUEUE, "outage")
        assert (record["outcome"], record["reason"]) == ("handed_over", "outage")
        assert [one["model"] for one in record["attempts"]][-1] == "offline"
        assert answer.is_one_bubble
        assert answer.ended.text.startswith("A new card arrives within five working days.")
        assert [source.title for source in answer.ended.sources] == [ARTICLE.title]


@pytest.mark.promise("R1")
@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("fault", ODD, ids=lambda fault: fault.value)
async def test_what_is_odd_but_right_needs_no_fallback(
    tmp_path: Path, first: ModelName, fault: Fault
) -> None:
    async with town(tmp_path, first) as place:
        place.break_down(first, Row(fault, 0, ""))
        reply = await place.ask(KNOWN)
        record = await place.turn()

        assert reply.is_one_bubble
        assert reply.ended.text == TEXT
        assert [one["failed"] for one in record["attempts"]] == [None]
        assert Decimal(record["cost_usd"]) > 0


@pytest.mark.promise("B12")
async def test_while_every_circuit_is_open_the_next_customer_is_told_the_truth_too(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, HAIKU) as place:
        for model in VENDORS:
            place.break_down(model, Row(Fault.AUTH, 0, "auth"))
        await place.ask(UNKNOWN)
        async with visiting(place.place.url) as second:
            reply = await second.ask(UNKNOWN)
            record = await place.turn()

        assert [one["model"] for one in record["attempts"]] == ["offline"]
        assert "technical problem on our side" in reply.ended.text
        assert record["reason"] == "outage"
