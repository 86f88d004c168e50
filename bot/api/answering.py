"""Answers one call: redacted, routed like a turn of a conversation, and recorded like one."""

import secrets
import uuid
from dataclasses import replace

from bot.api.ask import Ask, Overrides, rule_of
from bot.api.call import Call
from bot.api.cleaning import Cleaning, Spoken
from bot.api.errors import BadCall, NoCandidate, OverBudget
from bot.api.keys import Key
from bot.api.sandbox import Sandbox
from bot.brief import SYSTEM, Brief
from bot.escalation import Standing
from bot.redact import joined, published
from bot.services import Services
from bot.stores.base import Head
from bot.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.decision import Decision, Guess
from routing.errors import NoModelLeft, UnknownModel
from routing.models.extract import query_of
from routing.policy import OFFLINE, Policy, Rule, digest_of
from routing.prices import PriceBook
from routing.request import Passage, Request
from routing.router import Router

CHANNEL = "api"
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
        conversation = ConversationId(f"{CHANNEL}-{trace_id}")
        vault = Vault(self._throwaway, services.tenant.id, conversation, ())
        cleaning = Cleaning(services.redactor, vault)
        request = await self._request(ask, cleaning, conversation, trace_id)
        router = self._sandbox.router(policy) if key.is_test else services.router
        guess = self._guess(policy, router, ask, request)
        rule = rule_of(ask.overrides, policy.rule_for(guess.intent))
        request = replace(request, max_output_tokens=rule.max_output_tokens)
        if rule != policy.rule_for(guess.intent):
            router = router.under(policy_with(policy, rule))
        decision = self._decided(router, request, guess, rule)
        head = Head(conversation, services.tenant.id, CHANNEL, "", ask.locale, is_open=False)
        brief = Brief(
            head=head,
            number=1,
            trace_id=trace_id,
            covers_seq=0,
            question=request.messages[-1].text,
            standing=Standing(),
            earlier=frozenset(),
            path=None,
            guess=guess,
            request=request,
            decision=decision,
            is_sandbox=key.is_test,
        )
        public = "\n".join(passage.text for passage in request.passages)
        spoken = Spoken(services.redactor, vault, public)
        return Call(services, router, brief, cleaning, spoken)

    async def _request(
        self, ask: Ask, cleaning: Cleaning, conversation: ConversationId, trace_id: str
    ) -> Request:
        services = self._services
        messages = cleaning.messages(ask.messages)
        passages: tuple[Passage, ...] = ()
        if ask.uses_knowledge and messages[-1].text:
            query = query_of(messages[-1].text, "")
            passages = await services.knowledge.search(services.tenant.id, query)
        brand = published(f"Company: {services.tenant.brand}")
        system = cleaning.text(ask.system) if ask.system else joined((SYSTEM, brand), "\n")
        return Request(
            tenant=services.tenant.id,
            conversation=conversation,
            turn=1,
            system=system,
            messages=messages,
            passages=passages,
            locale=ask.locale,
            channel=CHANNEL,
            trace_id=trace_id,
            metadata=ask.metadata,
            tools=ask.tools,
            answer_schema=ask.answer_schema,
            can_retract=ask.can_retract,
        )

    def _guess(self, policy: Policy, router: Router, ask: Ask, request: Request) -> Guess:
        if ask.rule == "default" or any(rule.name == ask.rule for rule in policy.intents):
            return Guess(ask.rule, 1.0, GIVEN)
        return router.classify(request.messages[-1].text)

    def _decided(self, router: Router, request: Request, guess: Guess, rule: Rule) -> Decision:
        try:
            decision = router.decide(request, guess)
        except UnknownModel as error:
            raise BadCall("models", f"models with a price: {error}") from None
        except NoModelLeft as error:
            raise NoCandidate(str(error)) from None
        refuse_unaffordable(decision, rule, router)
        return decision


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
