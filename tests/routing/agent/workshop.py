"""A run over scripted models and scripted tools."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from routing.agent.effects import Hands
from routing.agent.errors import ToolFailed
from routing.agent.journal import Journal, MemoryJournal
from routing.agent.progress import AgentFinished, AgentProgress
from routing.agent.run import Agent, AgentParts, AgentRun, Task
from routing.agent.terms import Terms
from routing.agent.tools import Effect, Offer, offer_of
from routing.agent.words import Words
from routing.clock import Clock
from routing.decision import Decision
from routing.execution.engine import Engine, Run
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.scripted import Script
from routing.money.budgets import Account
from routing.request import Redacted, Request, Tool, ToolCall, ToolResult, Usage
from tests.routing.house import PRICES, TODAY, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision, request

CLOCK = Clock(today=lambda: TODAY)
USAGE = Usage(input_tokens=100, output_tokens=10)
ASKED = Stopped(StopReason.TOOL_USE, USAGE, "msg_1")
DONE = Stopped(StopReason.END, USAGE, "msg_2")
ANSWER: Script = (Text("It is on "), Text("its way."), DONE)
WORDS = Words(Redacted, lambda parts: Redacted("".join(parts)))
TICKET = json.dumps(
    {
        "type": "object",
        "properties": {"ticket": {"type": "string", "pattern": r"^T-\d+$"}},
        "required": ["ticket"],
    }
)
REFUND = json.dumps(
    {
        "type": "object",
        "properties": {"order": {"type": "string"}, "amount": {"type": "number", "minimum": 0}},
        "required": ["order", "amount"],
    }
)
LOOKUP = offer_of(Tool("lookup_ticket", "Looks a ticket up.", TICKET))
PAY_BACK = offer_of(Tool("pay_back", "Pays money back.", REFUND), Effect.WRITE)
WEATHER = offer_of(Tool("weather", "Asks the caller.", '{"type": "object"}'), Effect.CALLER)


def call(name: str = "lookup_ticket", id_: str = "t1", **arguments: object) -> ToolCall:
    return ToolCall(id_, name, Redacted(json.dumps(arguments or {"ticket": "T-1"})))


def asks(*calls: ToolCall, text: str = "") -> Script:
    said: tuple[Piece, ...] = (Text(text),) if text else ()
    return (*said, *(ToolCalled(each) for each in calls), ASKED)


@dataclass
class ScriptedTools:
    """Returns one text, or fails; remembers what it was asked."""

    text: str = "status: in review"
    fails: Sequence[ToolFailed] = ()
    gate: asyncio.Event | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, str]] = field(default_factory=list)
    finished: int = 0
    offered: tuple[Offer, ...] = (LOOKUP, PAY_BACK, WEATHER)

    def offers(self) -> tuple[Offer, ...]:
        return self.offered

    async def call(self, call: ToolCall, key: str) -> ToolResult:
        self.asked.append((call.name, key))
        self.began.set()
        if self.gate is not None:
            await self.gate.wait()
        self.finished += 1
        if len(self.asked) <= len(self.fails):
            raise self.fails[len(self.asked) - 1]
        return ToolResult(call.id, Redacted(self.text))


class EngineAnswers:
    """An engine as a run wants it."""

    def __init__(self, engine: Engine, *accounts: Account) -> None:
        self._engine = engine
        self._accounts = accounts

    def answer(self, decision: Decision, request: Request) -> Run:
        return self._engine.run(decision, request, self._accounts)


class Workshop:
    """Everything that a run needs; a second run with the same journal is a restart."""

    def __init__(
        self,
        *haiku: Script,
        gpt: Sequence[Script] = (ANSWER,),
        tools: ScriptedTools | None = None,
        answers: EngineAnswers | None = None,
    ) -> None:
        self.house = House(haiku=haiku, gpt=gpt, offline=[ANSWER])
        self.tools = tools or ScriptedTools()
        self.journal: Journal = MemoryJournal()
        answers = answers or EngineAnswers(self.house.engine)
        self.agent = Agent(AgentParts(answers, PRICES, CLOCK))
        self.task = Task(
            run="run_1",
            request=request("Where is ticket T-1?"),
            decision=decision(HAIKU, GPT, OFFLINE),
            terms=Terms(("lookup_ticket", "pay_back", "weather"), 6, Decimal("0.05")),
            hands=Hands(self.tools, self.journal, WORDS),
        )

    def run(self, **changes: object) -> AgentRun:
        return self.agent.run(replace(self.task, **changes))  # type: ignore[arg-type]  # any field

    def with_terms(self, **changes: object) -> Terms:
        return replace(self.task.terms, **changes)  # type: ignore[arg-type]  # any field

    async def play(self, **changes: object) -> tuple[AgentFinished, list[AgentProgress]]:
        async with asyncio.timeout(5):
            progress = [each async for each in self.run(**changes)]
        last = progress[-1]
        assert isinstance(last, AgentFinished)
        return last, progress
