"""Answers one call: redacted, routed like a turn of a conversation, and recorded like one."""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.api.ask import Ask, AskedMessage, Overrides, rule_of
from bot.api.call import Call, Voice
from bot.api.call_brief import CHANNEL, brief_of
from bot.api.cleaning import Cleaning, Spoken
from bot.api.errors import BadCall, NoCandidate, OverBudget
from bot.api.keys import Key, calls_of
from bot.api.sandbox import Sandbox
from bot.knowledge.knowledge import Findings
from bot.privacy.redact import joined, published, stored
from bot.privacy.vault import Vault, VaultKey
from bot.services import Services
from bot.turns.brief import SYSTEM, Brief
from bot.turns.reply import redaction_of
from channels.base import ConversationId
from routing.cache.entry import Asked
from routing.cache.key import Versions
from routing.cache.run import answered
from routing.decision import Decision, Guess
from routing.errors import NoModelLeft, UnknownModel
from routing.intent.second_opinion import Understood
from routing.models.extract import query_of
from routing.money.packing import Packed
from routing.money.prices import PriceBook
from routing.policy.policy import OFFLINE, Policy, Rule, digest_of
from routing.reply import Reply
from routing.request import Message, Redacted, Request
from routing.router import Router

MOST_AT_ONCE = 2_000
"""Characters that are redacted without a thread."""
MOST_ABOUT = 4_000
"""Characters that are looked at to find out what a text is about."""
NOT_LOOKED_UP = Findings((), "unused")
GIVEN = "given"
"""The layer of a guess that the caller made."""


class Answering:
    """Turns what is asked into calls that can be carried out."""

    def __init__(self, services: Services, sandbox: Sandbox) -> None:
        self._services = services
        self._sandbox = sandbox
        self._throwaway = VaultKey(secrets.token_bytes(32))

    async def prepared(self, key: Key, ask: Ask) -> Call:
        """Return a call that was decided and not yet begun.

        Raises:
            BadCall: a rule or model that is named does not exist.
            OverBudget: no model fits in the cap.
            NoCandidate: no model is left.
            StoreFailed: the disk failed.
        """
        services = self._services
        policy = services.tenant.policy
        check_names(self._sandbox.prices, ask.overrides)
        check_rule(policy, ask.rule)
        trace_id = uuid.uuid4().hex
        conversation = ConversationId(calls_of(key) + trace_id)
        vault = Vault(self._throwaway, services.tenant.id, conversation, ())
        cleaning = Cleaning(services.redactor, vault)
        request, edition = await self._request(ask, cleaning, conversation, trace_id)
        router = self._sandbox.router(policy) if key.is_test else services.router
        understood = await self._understood(policy, router, ask, request)
        guess = understood.guess
        rule = rule_of(ask.overrides, policy.rule_for(guess.intent))
        if rule != policy.rule_for(guess.intent):
            router = router.under(policy_with(policy, rule))
        packed = router.packed(replace(request, max_output_tokens=rule.max_output_tokens), guess)
        decision = self._decided(router, packed, guess, rule)
        is_sandbox = key.is_test or services.is_sandbox
        brief = replace(
            brief_of(packed.request, guess, decision, is_sandbox),
            beside=understood.attempts,
            left_out=packed.left_out,
            edition=edition,
        )
        spoken = Spoken(services.redactor, vault, brief.public)
        start = self._start(key, router, brief, rule)
        return Call(services, brief, Voice(cleaning, spoken), start, router)

    def _start(self, key: Key, router: Router, brief: Brief, rule: Rule) -> Callable[[], Reply]:
        """Return what begins the answer: from the cache or from a model; a test has no cache."""
        assert brief.request is not None
        assert brief.decision is not None
        assert brief.guess is not None
        start = partial(router.answer, brief.decision, brief.request, brief.beside)
        if key.is_test:
            return start
        services = self._services
        redaction = redaction_of(services.tenant.operators)
        versions = Versions(router.policy.digest, brief.edition, redaction)
        asked = Asked(brief.request, rule, brief.guess, versions)
        return partial(answered, services.cache, asked, start)

    async def _request(
        self, ask: Ask, cleaning: Cleaning, conversation: ConversationId, trace_id: str
    ) -> tuple[Request, str]:
        """Return what is asked, and the edition of the knowledge that it rests on."""
        services = self._services
        system, messages = await cleaned(ask, cleaning)
        found = NOT_LOOKED_UP
        if ask.uses_knowledge and messages[-1].text:
            query = query_of(beginning_of(messages[-1].text), "")
            found = await services.knowledge.look_up(services.tenant.id, query)
        brand = published(f"Company: {services.tenant.brand}")
        request = Request(
            tenant=services.tenant.id,
            conversation=conversation,
            turn=1,
            system=system or joined((SYSTEM, brand), "\n"),
            messages=messages,
            passages=found.passages,
            locale=ask.locale,
            channel=CHANNEL,
            trace_id=trace_id,
            metadata=ask.metadata,
            tools=ask.tools,
            answer_schema=ask.answer_schema,
            can_retract=ask.can_retract,
        )
        return request, found.edition

    async def _understood(
        self, policy: Policy, router: Router, ask: Ask, request: Request
    ) -> Understood:
        if ask.rule == "default" or any(rule.name == ask.rule for rule in policy.intents):
            return Understood(Guess(ask.rule, 1.0, GIVEN))
        guess = router.classify(beginning_of(request.messages[-1].text))
        return await router.understand(request, guess)

    def _decided(self, router: Router, packed: Packed, guess: Guess, rule: Rule) -> Decision:
        try:
            decision = router.decide(packed.request, guess, None, packed.input_tokens)
        except UnknownModel as error:
            raise BadCall("models", f"models with a price: {error}") from None
        except NoModelLeft as error:
            raise NoCandidate(str(error)) from None
        refuse_unaffordable(decision, rule, router)
        return decision


async def cleaned(ask: Ask, cleaning: Cleaning) -> tuple[Redacted, tuple[Message, ...]]:
    """Return system prompt and messages without personal data.

    Much text is redacted in a thread: it takes some milliseconds for every thousand characters,
    and customers are waiting for the loop.
    """

    def clean() -> tuple[Redacted, tuple[Message, ...]]:
        return cleaning.text(ask.system), cleaning.messages(ask.messages)

    chars = len(ask.system) + sum(map(len_of, ask.messages))
    return clean() if chars <= MOST_AT_ONCE else await asyncio.to_thread(clean)


def len_of(message: AskedMessage) -> int:
    """Return how many characters a message has."""
    calls = sum(len(call.arguments) for call in message.calls)
    return len(message.text) + calls + sum(len(result.text) for result in message.results)


def beginning_of(text: Redacted) -> Redacted:
    """Return as much of a text as tells what it is about."""
    return stored(text[:MOST_ABOUT])


def policy_with(policy: Policy, rule: Rule) -> Policy:
    """Return a policy in which one rule holds for everything, known by a digest of its own."""
    narrowed = replace(policy, default=rule, intents=())
    return replace(narrowed, digest=digest_of(narrowed))


def refuse_unaffordable(decision: Decision, rule: Rule, router: Router) -> None:
    """Refuse a call for which no paid model fits in the cap, though one could be asked.

    In a conversation the offline model would answer then; a developer who has set a cap is told.

    Raises:
        OverBudget: with the least that would have been needed.
    """
    wants_offline = OFFLINE in (*rule.models, *rule.fallback_models)
    if wants_offline or any(name != OFFLINE for name in decision.order):
        return
    left_usd = decision.max_cost_usd
    dear = [
        candidate.worst_cost_usd
        for candidate in decision.candidates
        if candidate.model in router.models
        and candidate.model not in router.down
        and candidate.worst_cost_usd > left_usd
    ]
    if dear:
        raise OverBudget(min(dear), left_usd)


def check_names(prices: PriceBook, overrides: Overrides) -> None:
    """Refuse models that nobody knows.

    Raises:
        BadCall: with the path of the first.
    """
    known = prices.names()
    for path, name in overrides.named_models:
        if name not in known:
            raise BadCall(path, "a model of the price book or of the policy")


def check_rule(policy: Policy, name: str) -> None:
    """Refuse the name of a rule that the policy does not have.

    Raises:
        BadCall: with the rules that there are.
    """
    rules = {"default", *(rule.name for rule in policy.intents)}
    if name and name not in rules | {policy.version, str(policy.tenant)}:
        raise BadCall("policyId", f"one of {', '.join(sorted(rules))}, or the policy's version")
