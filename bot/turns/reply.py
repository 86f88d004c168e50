"""Where the answer of a turn comes from: tools and models, the cache, or models alone."""

from collections.abc import Mapping
from functools import partial

from bot.privacy.detect.finder import find
from bot.privacy.detect.plain import visible
from bot.privacy.kinds import ONE_WAY, Hints, Kind, Operator
from bot.privacy.vault import Vault
from bot.services import Services
from bot.tools.answer import ToolAnswer
from bot.tools.executor import Executor
from bot.tools.journal import Floor, StoreJournal
from bot.tools.source import Customer
from bot.tools.words import words_for
from bot.turns.brief import Brief
from routing.agent.effects import Hands
from routing.agent.run import Task
from routing.agent.terms import Terms
from routing.cache.entry import Answer, Asked
from routing.cache.key import Versions
from routing.cache.run import answered
from routing.policy.policy import AgentRule
from routing.reply import Reply


def reply_to(services: Services, brief: Brief, vault: Vault, message_id: str) -> Reply:
    """Return the answer on its way; nothing is asked or looked up before its first step.

    Args:
        services: of the application.
        brief: of a turn that a model may answer.
        vault: of the conversation.
        message_id: what feedback will call the answer by.
    """
    assert brief.request is not None
    assert brief.decision is not None
    assert brief.guess is not None
    rule = services.tenant.policy.rule_for(brief.guess.intent)
    if rule.agent is not None:
        return _with_tools(services, brief, vault, rule.agent)
    start = partial(services.router.answer, brief.decision, brief.request, brief.beside)
    if not brief.is_plain:
        return start()
    versions = Versions(
        policy=services.tenant.policy.digest,
        knowledge=brief.edition,
        redaction=redaction_of(services.tenant.operators),
    )
    told_as = told_as_of(brief.head.conversation, message_id)
    return answered(
        services.cache, Asked(brief.request, rule, brief.guess, versions, told_as), start
    )


def is_left_open(reply: Reply | None) -> bool:
    """Return whether a tool was asked for that was not used, or may have been: a human goes on."""
    steps = reply.run.report.steps if isinstance(reply, ToolAnswer) else ()
    return bool(steps and steps[-1].missing)


def has_failed_tool(reply: Reply | None) -> bool:
    """Return whether a tool could not do what a model asked of it."""
    steps = reply.run.report.steps if isinstance(reply, ToolAnswer) else ()
    return any(step.has_mistake for step in steps)


def told_as_of(conversation: str, message_id: str) -> str:
    """Return what the cache calls an answer that a customer was given."""
    return f"{conversation}/{message_id}"


def redaction_of(operators: Mapping[Kind, Operator]) -> str:
    """Return how personal data is replaced; what is found is the same for all of one process."""
    return ",".join(sorted(f"{kind.value}={op.value}" for kind, op in operators.items()))


def is_impersonal(answer: Answer) -> bool:
    """Return whether an answer holds nothing that could be a customer's: it may go to others."""
    public = "\n".join(passage.text for passage in answer.passages)
    clean = visible(answer.text)
    spans = find(clean, Hints(keeps_placeholders=True, public=public))
    return all(clean[s.start : s.end] in public and s.kind not in ONE_WAY for s in spans)


def _with_tools(services: Services, brief: Brief, vault: Vault, agent: AgentRule) -> Reply:
    head, redactor = brief.head, services.redactor
    assert brief.request is not None
    assert brief.decision is not None
    customer = Customer(head.tenant, head.conversation, head.customer)
    floor = Floor(head.tenant, head.conversation, head.fence, head.epoch)
    journal = StoreJournal(services.store, services.clock.now, floor, vault)
    executor = Executor(services.tools, customer, redactor, vault)
    task = Task(
        # A turn that is begun again answers anew: the old run may have had its last word already.
        run=brief.trace_id,
        request=brief.request,
        decision=brief.decision,
        terms=Terms(agent.tools, agent.max_steps, agent.total_budget_usd - brief.beside_usd),
        hands=Hands(executor, journal, words_for(redactor, vault)),
        scope=f"{head.conversation}/{head.episode}",
    )
    return ToolAnswer(services.agent.run(task))
