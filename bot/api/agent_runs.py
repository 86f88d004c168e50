"""Runs with tools for developers: one call, one run, as far as it goes without him."""

import uuid
from dataclasses import dataclass, replace

from bot.api.agent_body import AgentAsk
from bot.api.agent_wire import final_text, run_fields
from bot.api.answering import beginning_of, check_names, policy_with, refuse_unaffordable
from bot.api.ask import rule_of
from bot.api.call import tell
from bot.api.call_brief import CHANNEL, brief_of
from bot.api.cleaning import Cleaning
from bot.api.errors import BadCall, Conflict, NoCandidate, NotThere
from bot.api.keys import Key, calls_of
from bot.api.sandbox import Sandbox
from bot.errors import StoreFailed
from bot.log import Author, MessageAccepted, MessageEnded, MessageStarted
from bot.privacy.redact import joined, published
from bot.privacy.vault import Vault
from bot.services import Services
from bot.stores.base import Draft, HeadOf, Write
from bot.tools.executor import Executor
from bot.tools.journal import Floor, StoreJournal
from bot.tools.source import Customer
from bot.tools.words import words_for
from bot.turns.brief import SYSTEM, Brief
from bot.turns.records import decision_record, turn_audits, turn_record
from channels.base import ConversationId
from routing.agent.effects import Hands
from routing.agent.progress import AgentFinished
from routing.agent.run import Agent, AgentParts, Task
from routing.agent.terms import Terms
from routing.agent.tools import Effect
from routing.decision import Attempt
from routing.errors import NoModelLeft
from routing.policy.policy import AgentRule
from routing.policy.reader import BUILT_IN_AGENT
from routing.request import Message, Request, Role, ToolResult
from routing.router import Router

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run is kept."""

    run_id: str
    conversation: ConversationId
    vault: Vault
    is_new: bool


class AgentRuns:
    """Carries runs out; one at a time under each id."""

    def __init__(self, services: Services, sandbox: Sandbox) -> None:
        self._services = services
        self._sandbox = sandbox
        self._running: set[ConversationId] = set()

    async def answer(self, key: Key, ask: AgentAsk) -> Fields:
        """Return what came of a run: its answer, its steps, what it waits for.

        Raises:
            BadCall: a tool or model that is named does not exist.
            NotThere: the run to go on with does not exist.
            Conflict: it is under way.
            OverBudget: no model fits in the budget.
            NoCandidate: no model is left.
            StoreFailed: the disk failed.
        """
        self._check(ask)
        place = await self._place(key, ask)
        if place.conversation in self._running:
            raise Conflict("this run is under way")
        self._running.add(place.conversation)
        try:
            return await self._answer(key, ask, place)
        finally:
            self._running.discard(place.conversation)

    def _check(self, ask: AgentAsk) -> None:
        check_names(self._sandbox.prices, ask.overrides)
        known = {offer.tool.name for offer in self._services.tools.offers()}
        own = {offer.tool.name for offer in ask.own}
        for n, name in enumerate(ask.tools):
            if (name in own) is (name in known):
                raise BadCall(f"tools[{n}]", "a tool of the server, or a name that it does not use")

    async def _place(self, key: Key, ask: AgentAsk) -> _Place:
        run_id = ask.run_id or uuid.uuid4().hex
        conversation = ConversationId(calls_of(key) + run_id)
        heads = await self._services.store.find(HeadOf(conversation))
        if ask.run_id and not heads:
            raise NotThere("there is no such run")
        vault = await self._services.vaults.of(conversation)
        return _Place(run_id, conversation, vault, not heads)

    async def _answer(self, key: Key, ask: AgentAsk, place: _Place) -> Fields:
        services = self._services
        cleaning = Cleaning(services.redactor, place.vault)
        policy = services.tenant.policy
        router = self._sandbox.router(policy) if key.is_test else services.router
        brief, terms = self._brief(key, ask, self._request(ask, place, cleaning), router)
        await self._open(brief, place)
        assert brief.request is not None
        assert brief.decision is not None
        task = Task(
            run=place.run_id,
            request=brief.request,
            decision=brief.decision,
            terms=terms,
            hands=self._hands(ask, place),
            confirmed=ask.confirmed,
            answers={
                name: ToolResult("", cleaning.text(text)) for name, text in ask.results.items()
            },
        )
        agent = Agent(AgentParts(router, self._sandbox.prices)) if key.is_test else services.agent
        before = len(await self._attempts_before(task))
        run = agent.run(task)
        try:
            async for _ in run:
                pass
        finally:
            await run.aclose()
            await self._close(brief, place, run.report, before)
        return run_fields(place.run_id, brief.trace_id, run.report, brief.decision, cleaning)

    def _request(self, ask: AgentAsk, place: _Place, cleaning: Cleaning) -> Request:
        tenant = self._services.tenant
        return Request(
            tenant=tenant.id,
            conversation=place.conversation,
            turn=1,
            system=joined((SYSTEM, published(f"Company: {tenant.brand}")), "\n"),
            messages=(Message(Role.CUSTOMER, cleaning.text(ask.task)),),
            locale=ask.locale,
            channel=CHANNEL,
            trace_id=uuid.uuid4().hex,
            metadata=ask.metadata,
        )

    def _brief(
        self, key: Key, ask: AgentAsk, request: Request, router: Router
    ) -> tuple[Brief, Terms]:
        """Decide which models may be asked, and within which bounds."""
        policy = self._services.tenant.policy
        guess = router.classify(beginning_of(request.messages[-1].text))
        base = policy.rule_for(guess.intent)
        terms = self._terms(key, ask, base.agent)
        rule = replace(rule_of(ask.overrides, base), max_cost_usd=terms.total_budget_usd)
        offers = (*self._services.tools.offers(), *ask.own)
        tools = tuple(offer.tool for offer in offers if offer.tool.name in terms.tools)
        try:
            narrowed = router.under(policy_with(policy, rule))
            decision = narrowed.decide(replace(request, tools=tools), guess)
        except NoModelLeft as error:
            raise NoCandidate(str(error)) from None
        refuse_unaffordable(decision, rule, router)
        is_sandbox = key.is_test or self._services.is_sandbox
        asked = replace(request, max_output_tokens=rule.max_output_tokens)
        brief = brief_of(asked, guess, decision, is_sandbox)
        return brief, terms

    def _terms(self, key: Key, ask: AgentAsk, rule: AgentRule | None) -> Terms:
        """Return the bounds of a run: the call's, within those of the policy.

        Raises:
            BadCall: the policy does not allow a tool of the server for this intent.
        """
        own = {offer.tool.name for offer in ask.own}
        writes = {
            offer.tool.name
            for offer in self._services.tools.offers()
            if offer.effect is Effect.WRITE
        }
        for n, name in enumerate(ask.tools):
            is_barred = rule is not None and name not in own and name not in rule.tools
            if is_barred or (key.is_test and name in writes):
                raise BadCall(f"tools[{n}]", "a tool that may be used for this, with this key")
        usual = rule or BUILT_IN_AGENT
        budget_usd = ask.total_budget_usd
        return Terms(
            tools=ask.tools,
            max_steps=ask.max_steps or usual.max_steps,
            total_budget_usd=usual.total_budget_usd if budget_usd is None else budget_usd,
        )

    def _hands(self, ask: AgentAsk, place: _Place) -> Hands:
        services = self._services
        tenant, redactor = services.tenant.id, services.redactor
        customer = Customer(tenant, place.conversation)
        return Hands(
            tools=Executor(self._services.tools, customer, redactor, place.vault, ask.own),
            journal=StoreJournal(
                services.store,
                services.clock.now,
                Floor(tenant, place.conversation),
                place.vault,
            ),
            words=words_for(redactor, place.vault),
        )

    async def _attempts_before(self, task: Task) -> tuple[Attempt, ...]:
        """Return what earlier starts of the run have been billed for."""
        steps = await task.hands.journal.steps(task.run)
        return tuple(attempt for step in steps for attempt in step.attempts)

    async def _open(self, brief: Brief, place: _Place) -> None:
        now = self._services.clock.now()
        asked = MessageAccepted(brief.trace_id, f"q-{brief.trace_id[:8]}", brief.question)
        new = place.vault.take_new()
        try:
            await self._services.scribe.write(
                Write(
                    place.conversation,
                    now,
                    events=(Draft(asked, "customer", brief.trace_id),) if place.is_new else (),
                    create=brief.head if place.is_new else None,
                    vault=new,
                    records=(decision_record(brief, now),),
                )
            )
        except StoreFailed:
            place.vault.put_back(new)
            raise

    async def _close(self, brief: Brief, place: _Place, report: AgentFinished, before: int) -> None:
        """Write what was said, and what this start of the run has cost."""
        now, attempts = self._services.clock.now(), report.attempts[before:]
        ending, text = report.ending.value, final_text(report)
        tell(self._services, brief, attempts, ending)
        message_id = f"b1-{brief.trace_id[:8]}"
        ended = MessageEnded(message_id, text, "done", Author.BOT, (), brief.trace_id)
        bodies = (MessageStarted(message_id, Author.BOT), ended) if text else ()
        await self._services.scribe.write(
            Write(
                place.conversation,
                now,
                events=tuple(Draft(body, "bot", brief.trace_id) for body in bodies),
                vault=place.vault.take_new(),
                records=(turn_record(brief, ending, report.why, attempts, now),),
                audit=turn_audits(brief, ending, attempts),
            )
        )
