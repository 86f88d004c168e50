"""The router: what a turn is about, which models may answer it, and the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from routing.accounts import accounts_of
from routing.advisor import Advisor
from routing.aside import Aside
from routing.decide import Features, World, decide, needs_of
from routing.decision import Attempt, Decision, Guess
from routing.engine import Engine, Parts, Run
from routing.intent.layers import Layers
from routing.intent.opinion import ASK_BELOW
from routing.intent.second_opinion import Limits, SecondOpinion, Understood
from routing.models.base import Model
from routing.packing import Packed, packed
from routing.policy import Policy
from routing.prices import PriceBook
from routing.prompt import prompt_tokens
from routing.request import ModelName, Redacted, Request
from routing.score import Outcome

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
        below = ASK_BELOW if policy.ask_below is None else policy.ask_below
        self.second = SecondOpinion(policy, self._aside, Limits(ask_below=below))
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
        return await self.second.of(request.messages[-1].text, guess, request)

    def packed(self, request: Request, guess: Guess) -> Packed:
        """Return the request as the most affordable model of the rule can read and answer it."""
        rule, today = self.policy.rule_for(guess.intent), self._parts.clock.today()
        prices = [self.prices.price(name, today) for name in rule.chain if name in self.models]
        return packed(request, rule, prices, rule.cap_usd)

    def decide(
        self,
        request: Request,
        guess: Guess,
        previous: ModelName | None = None,
        input_tokens: int | None = None,
    ) -> Decision:
        """Return the models worth trying for a request, best first.

        Args:
            request: what will be asked.
            guess: what it is about.
            previous: the model that answered the turn before in this conversation.
            input_tokens: of the whole prompt, when they were counted already.

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
            failing=health.failing(now),
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

    def unclaimed(self, request: Request) -> tuple[Attempt, ...]:
        """Return, once, the calls beside a turn whose caller was cancelled before it knew."""
        return self._aside.unclaimed(request)

    async def close(self) -> None:
        """Give the models' connections back."""
        for model in self.models.values():
            await model.close()
