"""The router: what a turn is about, which models may answer it, and the answer."""

from collections.abc import Mapping
from decimal import Decimal

from routing.decide import Features, World, decide
from routing.decision import Decision, Guess
from routing.engine import Engine, Parts, Run
from routing.intent.layers import Layers
from routing.models.base import Model
from routing.policy import Policy
from routing.prompt import prompt_tokens
from routing.request import ModelName, Redacted, Request


class Router:
    """Classifies, decides and answers under one policy."""

    def __init__(self, policy: Policy, layers: Layers, parts: Parts) -> None:
        self.policy = policy
        self._layers = layers
        self._parts = parts
        self._engine = Engine(parts)

    def under(self, policy: Policy) -> "Router":
        """Return the same router under another policy, such as that of a single call."""
        return Router(policy, self._layers, self._parts)

    @property
    def models(self) -> Mapping[ModelName, Model]:
        """The models that can be reached, by name."""
        return self._parts.models

    @property
    def down(self) -> frozenset[ModelName]:
        """The models whose circuit is open: they have failed, and are left alone for a while."""
        return self._parts.health.down(self._parts.clock.monotonic())

    def classify(self, text: Redacted) -> Guess:
        """Return what a text is about, by the cheapest layer that is sure."""
        return self._layers.classify(text)

    def decide(self, request: Request, guess: Guess) -> Decision:
        """Return the models worth trying for a request, best first.

        Raises:
            NoModelLeft: no model is configured, up and within budget.
            UnknownModel: the policy names a model without a price.
        """
        features = Features(
            tenant=request.tenant,
            conversation=request.conversation,
            turn=request.turn,
            guess=guess,
            input_tokens=prompt_tokens(request),
            channel=request.channel,
            locale=request.locale,
        )
        world = World(
            prices=self._parts.prices,
            today=self._parts.clock.today(),
            configured=frozenset(self.models),
            down=self.down,
            latency_s=self._parts.health.latency_s(),
            spent_usd=Decimal(0),
        )
        return decide(features, self.policy, world)

    def answer(self, decision: Decision, request: Request) -> Run:
        """Start the answer; iterate over it for what happens, close it to stop."""
        return self._engine.run(decision, request)

    async def close(self) -> None:
        """Give the models' connections back."""
        for model in self.models.values():
            await model.close()
