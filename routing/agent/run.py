"""A run with tools: a model is asked, its calls are carried out, until it gives its answer."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, assert_never

from routing.agent.asking import Asking
from routing.agent.check import Checked, Place, Refusal, checked, done_in
from routing.agent.effects import Answered, Effects, Hands, Unknown
from routing.agent.errors import RunOver
from routing.agent.plan import beginning_with, planned
from routing.agent.progress import (
    AgentFinished,
    AgentProgress,
    Ending,
    Pending,
    StepBegan,
    ToolAnswered,
    ToolAsked,
)
from routing.agent.step import Step, as_messages, ordered
from routing.agent.terms import Terms
from routing.agent.tools import Effect
from routing.clock import Clock
from routing.decision import Decision
from routing.execution.engine import Run
from routing.models.base import StopReason
from routing.money.prices import Price, PriceBook
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Request, ToolCall, ToolResult

REAL_CLOCK = Clock()
EVERY_MODEL_FAILED = "every model failed"


class Answers(Protocol):
    """Whoever lets models answer: `routing.router.Router`, or something around it."""

    def answer(self, decision: Decision, request: Request) -> Run:
        """Start an answer; see `Router.answer`."""
        ...


@dataclass(frozen=True, slots=True)
class AgentParts:
    """What every run uses."""

    answers: Answers
    prices: PriceBook
    clock: Clock = REAL_CLOCK


@dataclass(frozen=True, slots=True)
class Task:
    """One run to be made, or to be gone on with."""

    run: str
    """Its id; a run of the same id goes on where its journal ends."""
    request: Request
    """What the customer wants, without tools; its system prompt without a word about them."""
    decision: Decision
    """For the request with its tools; the run sets the cap and the tokens of each step."""
    terms: Terms
    hands: Hands
    scope: str = ""
    """Within which the same side effect happens once, such as an episode of a conversation; the
    run when it is empty."""
    confirmed: frozenset[str] = frozenset()
    """Keys of pending side effects that may be carried out."""
    answers: Mapping[str, ToolResult] = field(default_factory=dict)
    """Results from outside by key: of the caller's own tools, or of side effects that are declined;
    the latter are errors whatever they say, and of our own reading tools none is taken."""


class AgentRun(AsyncIterator[AgentProgress]):
    """One run: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `AgentFinished`; all steps together cost at most
    `terms.total_budget_usd`, in so far as the engine keeps to the cap of each; a call is carried
    out only after its step's model came to its end and after every check, one at a time, in the
    order they were asked for. A side effect that was begun is never begun again in its scope and
    goes on to its end when the run is closed.
    """

    def __init__(self, parts: AgentParts, effects: Effects, task: Task) -> None:
        self._parts = parts
        self._effects = effects
        self._task = task
        self._offers = {offer.tool.name: offer for offer in task.hands.tools.offers()}
        self._steps: list[Step] = []
        self._pending: list[Pending] = []
        self._ending: tuple[Ending, str] | None = None
        self._must_retract = False
        self._asking: Asking | None = None
        self._last: ModelName | None = None
        self._progress = self._climb()

    @property
    def report(self) -> AgentFinished:
        """How the run stands: CANCELLED unless it came to an end."""
        ending, why = self._ending or (Ending.CANCELLED, "it was stopped")
        steps = tuple(self._steps)
        if self._asking is not None:
            steps = (*steps, self._step_of(self._asking))
        cost_usd = sum((step.cost_usd for step in steps), Decimal(0))
        pending = tuple(self._pending)
        return AgentFinished(ending, steps, cost_usd, why, pending, self._must_retract)

    @property
    def answering(self) -> Run | None:
        """The engine's run of the step under way: tell it what the customer has been shown."""
        return None if self._asking is None else self._asking.run

    def __aiter__(self) -> "AgentRun":
        return self

    def __anext__(self) -> Awaitable[AgentProgress]:
        return self._progress.__anext__()

    async def aclose(self) -> None:
        """Stop: close the model and book its attempt; a side effect goes on without the run."""
        await self._progress.aclose()

    async def _climb(self) -> AsyncGenerator[AgentProgress, None]:
        self._steps.extend(await self._task.hands.journal.steps(self._task.run))
        if self._steps:
            self._last = self._steps[-1].model
        while self._ending is None:
            last = self._steps[-1] if self._steps else None
            if last is None or (last.calls and not last.missing):
                progress = self._ask()
            elif last.missing:
                progress = self._carry_out(last)
            else:
                self._end_with(last)
                break
            async with aclosing(progress) as steps:
                async for each in steps:
                    yield each
        yield self.report

    async def _ask(self) -> AsyncGenerator[AgentProgress, None]:
        """Ask a model once more, unless the run may not go on."""
        task, number = self._task, len(self._steps) + 1
        mistakes = sum(step.has_mistake for step in self._steps)
        if mistakes > task.terms.most_mistakes:
            self._ending = (Ending.FAILED, f"calls went wrong in {mistakes} steps")
            return
        has_tools = number < task.terms.max_steps
        request = self._request(has_tools)
        decision = self._decision(request, number)
        if decision is None:
            self._ending = (Ending.BUDGET, "no model fits what is left of the budget")
            return
        yield StepBegan(number, has_tools)
        asking = self._asking = Asking(self._parts.answers.answer(decision, request))
        try:
            async for progress in asking:
                yield progress
        finally:
            await asking.run.aclose()
        step = self._step_of(asking)
        self._last = step.model
        self._steps.append(step)
        self._asking = None
        await task.hands.journal.save(task.run, step)
        for call in step.calls:
            yield ToolAsked(call)
        if asking.stop is None:
            self._must_retract = asking.must_retract
            self._ending = (Ending.FAILED, EVERY_MODEL_FAILED)
            if asking.short is not None:
                self._ending = (Ending.BUDGET, str(asking.short))

    async def _carry_out(self, step: Step) -> AsyncGenerator[AgentProgress, None]:
        """Carry out what a step asks for, as far as that may be done now."""
        for call in step.missing:
            verdict = self._verdict(call, step)
            answered = await self._answer(verdict, step)
            if answered is None:
                continue
            step = replace(step, results=ordered(step.calls, (*step.results, answered.result)))
            self._steps[-1] = step
            await self._task.hands.journal.save(self._task.run, step)
            yield answered
        if step.missing and self._ending is None:
            needs_yes = any(each.effect is Effect.WRITE for each in self._pending)
            ending = Ending.NEEDS_CONFIRMATION if needs_yes else Ending.NEEDS_RESULTS
            self._ending = (ending, "calls are pending")

    async def _answer(self, verdict: Checked | Refusal, step: Step) -> ToolAnswered | None:
        """Return what came of a call; None when it has no result yet."""
        call = verdict.call
        if isinstance(verdict, Refusal):
            said = self._task.hands.words.redact(f"not done: {verdict.why}")
            return ToolAnswered(call, ToolResult(call.id, said, is_error=True), "")
        given = self._task.answers.get(verdict.key)
        if given is not None and verdict.offer.effect is not Effect.READ:
            text = self._task.hands.words.marked(call.name, verdict.key, given.text)
            # Of a side effect that is ours, nobody else can say that it happened: only decline it.
            is_error = given.is_error or verdict.offer.effect is Effect.WRITE
            return ToolAnswered(call, ToolResult(call.id, text, is_error), verdict.key)
        if self._ending is not None:
            return None
        if self._must_wait(verdict):
            self._pending.append(Pending(verdict.key, call, verdict.offer.effect))
            return None
        try:
            outcome = await self._effects.carry_out(verdict, self._task.hands)
        except RunOver:
            self._ending = (Ending.CANCELLED, "the run is not current any more")
            return None
        match outcome:
            case Answered(result=result, was_replayed=was_replayed):
                return ToolAnswered(call, result, verdict.key, was_replayed)
            case Unknown():
                why = f"it is not known whether {call.name!r} was carried out"
                self._ending = (Ending.FAILED, why)
                return None
            case _ as never:
                assert_never(never)

    def _must_wait(self, verdict: Checked) -> bool:
        match verdict.offer.effect:
            case Effect.READ:
                return False
            case Effect.WRITE:
                is_agreed = verdict.key in self._task.confirmed
                return self._task.terms.needs_confirmation and not is_agreed
            case Effect.CALLER:
                return True
            case _ as never:
                assert_never(never)

    def _verdict(self, call: ToolCall, step: Step) -> Checked | Refusal:
        task = self._task
        place = Place(task.run, step.number, task.scope or task.run)
        done = done_in((*self._steps[:-1], step))
        return checked(call, place, task.terms, self._offers, done)

    def _request(self, has_tools: bool) -> Request:
        task = self._task
        words, request = task.hands.words, task.request
        offered = [self._offers[name] for name in task.terms.tools if name in self._offers]
        past = as_messages(self._steps, words, is_last=not has_tools)
        return replace(
            request,
            system=words.with_rules(request.system),
            messages=(*request.messages, *past),
            tools=tuple(offer.tool for offer in offered) if has_tools else (),
        )

    def _decision(self, request: Request, number: int) -> Decision | None:
        decision, left_usd = self._task.decision, self._left_usd
        if self._last is not None:
            decision = beginning_with(decision, self._last)
        decision = replace(decision, wants_advisor=decision.wants_advisor and number == 1)
        return planned(decision, prompt_tokens(request), left_usd, self._price)

    @property
    def _left_usd(self) -> Decimal:
        spent_usd = sum((step.cost_usd for step in self._steps), Decimal(0))
        return self._task.terms.total_budget_usd - spent_usd

    def _price(self, name: ModelName) -> Price:
        return self._parts.prices.price(name, self._parts.clock.today())

    def _step_of(self, asking: Asking) -> Step:
        number = len(self._steps) + 1
        has_tools = number < self._task.terms.max_steps
        text = self._task.hands.words.redact(asking.text)
        calls = asking.calls if has_tools else ()
        return Step(number, text, calls, (), asking.run.attempts, asking.stop)

    def _end_with(self, step: Step) -> None:
        """End after a step that asked for nothing more."""
        if step.stop is None:
            self._ending = (Ending.FAILED, EVERY_MODEL_FAILED)
        elif step.stop is StopReason.BUDGET:
            self._ending = (Ending.BUDGET, "the answer was ended at the cap")
        elif not step.text:
            self._ending = (Ending.FAILED, "the model neither answered nor asked for a tool")
        elif step.number >= self._task.terms.max_steps and self._is_cut_short:
            self._ending = (Ending.MAX_STEPS, f"{step.number} steps were made")
        else:
            self._ending = (Ending.DONE, "")

    @property
    def _is_cut_short(self) -> bool:
        return any(step.calls for step in self._steps)


class Agent:
    """Makes runs with tools; they may overlap."""

    def __init__(self, parts: AgentParts) -> None:
        self._parts = parts
        self._effects = Effects()

    def run(self, task: Task) -> AgentRun:
        """Begin a run; nothing is asked of a model or tool before the first step."""
        return AgentRun(self._parts, self._effects, task)

    async def close(self, most_s: float = 10.0) -> int:
        """Wait for side effects under way; return how many were not over in time."""
        return await self._effects.close(most_s)
