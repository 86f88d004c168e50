"""The router: what a turn is about, which models may answer it, and the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from routing.beside.advisor import Advisor
from routing.beside.aside import Aside
from routing.deciding.decide import Features, World, decide, needs_of
from routing.deciding.score import Outcome
from routing.decision import Attempt, Decision, Guess
from routing.errors import BudgetExceeded
from routing.execution.engine import Engine, Parts, Run
from routing.intent.layers import Layers
from routing.intent.opinion import ASK_BELOW, is_uncertain
from routing.intent.second_opinion import Limits, SecondOpinion, Understood
from routing.models.base import Model
from routing.money.accounts import accounts_of
from routing.money.packing import Packed, packed
from routing.money.prices import PriceBook
from routing.money.purse import Purse
from routing.policy.policy import Policy
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Redacted, Request

ZERO = Decimal(0)
NOTHING_MEASURED: Mapping[tuple[str, ModelName], Outcome] = {}


class Router:
    """Classifies, decides and answers under one policy.

    The steps of a turn, in order: `understand` (or `classify`, which asks no model), `packed`,
    `decide`, `answer`. Each may be left out by who knows better.
    """

    def __init__(self, policy: Policy, layers: Layers, parts: Parts) -> None:
        """Take the parts; the prices of the policy's own models are laid over the book's."""
        self.policy = policy
        self._layers = layers
        self._bare = parts
        self._parts = replace(parts, prices=policy.priced(parts.prices))
        self._aside = Aside(self._parts)
        self._advisor = Advisor(self._aside, policy)
        self._engine = Engine(replace(self._parts, advisor=self._advisor))
        self._ask_below = ASK_BELOW if policy.ask_below is None else policy.ask_below
        self.second = SecondOpinion(policy, self._aside, Limits(ask_below=self._ask_below))
        """The layer that asks a small model about uncertain messages."""
        self.outcomes = NOTHING_MEASURED
        """How answers have turned out, by the name of a rule and the model that wrote them."""

    def under(self, policy: Policy) -> "Router":
        """Return the same router under another policy, such as that of a single call."""
        router = Router(policy, self._layers, self._bare)
        router.outcomes = self.outcomes
        return router

    @property
    def prices(self) -> PriceBook:
        """What every model costs, the policy's own ones included."""
        return self._parts.prices

    @property
    def models(self) -> Mapping[ModelName, Model]:
        """The models that can be reached, by name."""
        return self._parts.models

    @property
    def down(self) -> frozenset[ModelName]:
        """The models whose circuit is open: they have failed, and are left alone for a while."""
        return self._parts.health.down(self._parts.clock.monotonic())

    def classify(self, text: Redacted) -> Guess:
        """Return what a text is about, by the cheapest layer that is sure; no model is asked."""
        return self._layers.classify(text)

    async def understand(self, request: Request, guess: Guess) -> Understood:
        """Return what the last message is about, after asking a small model if it is uncertain.

        Args:
            request: the turn; it needs no passages yet.
            guess: what `classify` has said.
        """
        text = request.messages[-1].text
        if is_uncertain(guess, text, self._ask_below) and not await self._has_room(request, guess):
            return Understood(guess, (), "no model was asked: a shared budget has no room for it")
        return await self.second.of(text, guess, request)

    async def _has_room(self, request: Request, guess: Guess) -> bool:
        """Return whether the shared budgets leave what asking about a message may cost."""
        budgets, today = self._parts.budgets, self._parts.clock.today()
        rule = self.policy.rule_for(guess.intent).name
        accounts = accounts_of(self.policy, request, rule, today)
        if budgets is None or not accounts:
            return True
        try:
            hold = await budgets.reserve(accounts, self.policy.classifier.cap_usd)
        except BudgetExceeded:
            return False
        await budgets.settle(hold, ZERO)
        return True

    def packed(self, request: Request, guess: Guess, spent_usd: Decimal = ZERO) -> Packed:
        """Return the request as the most affordable model of the rule can read and answer it.

        Args:
            request: everything that could be sent.
            guess: what it is about.
            spent_usd: what this turn has cost already.
        """
        rule, today = self.policy.rule_for(guess.intent), self._parts.clock.today()
        prices = [self.prices.price(name, today) for name in rule.chain if name in self.models]
        return packed(request, rule, prices, rule.cap_usd - spent_usd)

    def decide(
        self,
        request: Request,
        guess: Guess,
        previous: ModelName | None = None,
        input_tokens: int | None = None,
        spent_usd: Decimal = ZERO,
    ) -> Decision:
        """Return the models worth trying for a request, best first.

        Args:
            request: what will be asked.
            guess: what it is about.
            previous: the model that answered the turn before in this conversation.
            input_tokens: of the whole prompt, when they were counted already.
            spent_usd: what this turn has cost already.

        Raises:
            NoModelLeft: no model is configured, up and within budget.
            UnknownModel: the policy names a model without a price.
        """
        features = Features(
            tenant=request.tenant,
            conversation=request.conversation,
            turn=request.turn,
            guess=guess,
            input_tokens=prompt_tokens(request) if input_tokens is None else input_tokens,
            channel=request.channel,
            locale=request.locale,
            needs=needs_of(request),
            previous=previous,
        )
        health, now = self._parts.health, self._parts.clock.monotonic()
        world = World(
            prices=self.prices,
            today=self._parts.clock.today(),
            configured=frozenset(self.models),
            down=self.down,
            latency_s=health.latency_s(),
            spent_usd=spent_usd,
            failing=health.failing(now),
            first_text_p95_s=health.first_text_p95_s(now),
            outcomes=self.outcomes,
        )
        return decide(features, self.policy, world)

    def answer(self, decision: Decision, request: Request, beside: Iterable[Attempt] = ()) -> Run:
        """Start the answer; iterate over it for what happens, close it to stop.

        Args:
            decision: what to try.
            request: what to ask.
            beside: calls that were made for this turn already, to be on its bill.
        """
        today = self._parts.clock.today()
        run = self._engine.run(
            decision, request, accounts_of(self.policy, request, decision.rule, today)
        )
        for attempt in beside:
            run.spend(attempt)
        return run

    async def book(self, request: Request, rule: str, attempts: Iterable[Attempt]) -> None:
        """Count calls on the shared budgets of a turn in which no answer has done it.

        What `answer` was given as `beside` is counted by the answer.

        Args:
            request: names tenant and conversation.
            rule: of the turn, by its name.
            attempts: what was made beside an answer that never began.
        """
        accounts = accounts_of(self.policy, request, rule, self._parts.clock.today())
        purse = Purse(self.policy.rule_for(rule).cap_usd, self._parts.budgets, accounts)
        for attempt in attempts:
            purse.spend(attempt.cost_usd)
        await purse.close()

    def unclaimed(self, request: Request) -> tuple[Attempt, ...]:
        """Return, once, the calls beside a turn whose caller was cancelled before it knew."""
        return self._aside.unclaimed(request)

    async def close(self) -> None:
        """Give the models' connections back."""
        for model in self.models.values():
            await model.close()
