"""The last layer: a small model is asked about the few messages that no other layer is sure of."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from routing.beside.aside import Aside
from routing.decision import Attempt, Guess, Purpose
from routing.intent.opinion import (
    ASK_BELOW,
    SILENT_CHANNELS,
    Opinion,
    combined,
    is_uncertain,
    opinion_of,
    questions_of,
)
from routing.money.prices import dollars
from routing.policy.policy import OFFLINE, Policy
from routing.request import ModelName, Need, Redacted, Request


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a second opinion is wanted."""

    ask_below: float = ASK_BELOW
    """Calibrated confidence in [0, 1] under which a model is asked."""
    most_s: float = 1.5
    """Most that a turn waits for it, in seconds."""
    most_kept: int = 1024
    """Opinions that are remembered; the one that was used longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a turn is about, and what it has cost to know."""

    guess: Guess
    attempts: tuple[Attempt, ...] = ()
    """Calls made for this turn, with purpose CLASSIFY; on the turn's bill, failed or not."""
    note: str = ""
    """What became of the second opinion, in words; empty when none was wanted."""


@dataclass(slots=True)
class Flight:
    """A question under way, for whoever has the same one."""

    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    is_settled: bool = False
    """False when its asker was cancelled: somebody else may ask."""
    opinion: Opinion | None = None


USUAL = Limits()


class SecondOpinion:
    """Asks the classifying model of one policy about uncertain messages.

    Guarantees: a message is asked about once, however many turns have it at once or later, as long
    as the opinion is remembered; whatever goes wrong, the classifier's guess stands; never for a
    call that is spoken, and nothing is awaited when no model is configured. The turn that asks
    pays; who waits for the same answer does not.
    """

    def __init__(self, policy: Policy, aside: Aside, limits: Limits = USUAL) -> None:
        self.seen = 0
        """Messages that came by."""
        self.asked = 0
        """Messages that a model was asked about: `asked / seen` is the share that reaches it."""
        self.answered = 0
        """Answers that were opinions."""
        self._aside = aside
        self._limits = limits
        self._rules = policy.intents
        self._names = [rule.name for rule in policy.intents]
        self._models = tuple(name for name in policy.classifier.chain if name != OFFLINE)
        self._cap_usd = policy.classifier.cap_usd
        self._kept: OrderedDict[Redacted, Opinion] = OrderedDict()
        self._flights: dict[Redacted, Flight] = {}

    async def of(self, text: Redacted, linear: Guess, about: Request) -> Understood:
        """Return what a message is about, when the other layers have had their say.

        Args:
            text: the message.
            linear: what they said.
            about: the turn; its messages and passages are not looked at.
        """
        self.seen += 1
        if about.channel in SILENT_CHANNELS or not self._names or not self._models:
            return Understood(linear)
        if not is_uncertain(linear, text, self._limits.ask_below):
            return Understood(linear)
        while text not in self._kept and (flight := self._flights.get(text)) is not None:
            await flight.is_over.wait()
            if flight.is_settled:
                return _said(linear, flight.opinion, (), "the same message was asked about")
        if (opinion := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return _said(linear, opinion, (), "the same message was asked about before")
        model, question, why = self._plan(text, about)
        if question is None:
            return Understood(linear, (), why)
        return await self._ask(model, question, text, linear)

    def _plan(self, text: Redacted, about: Request) -> tuple[ModelName, Request | None, str]:
        """Return the first model that can be asked, and the richest question that the cap pays."""
        reasons = []
        for model in self._models:
            why = self._aside.obstacle(model)
            for question in () if why else self._questions(model, text, about):
                worst_usd = self._aside.worst_usd(model, question)
                if worst_usd is not None and worst_usd <= self._cap_usd:
                    return model, question, ""
                why = f"its shortest question needs up to {dollars(worst_usd or Decimal(0))}"
            reasons.append(f"{model}: {why}")
        return self._models[0], None, f"no model was asked ({'; '.join(reasons)})"

    def _questions(self, model: ModelName, text: Redacted, about: Request) -> Iterator[Request]:
        has_json = self._aside.has(model, Need.JSON)
        for question in questions_of(about, text, self._rules):
            # A server without structured output is asked in words alone; its answer is read as
            # strictly.
            yield question if has_json else replace(question, answer_schema="")

    async def _ask(
        self, model: ModelName, question: Request, text: Redacted, linear: Guess
    ) -> Understood:
        self.asked += 1
        flight = self._flights[text] = Flight()
        try:
            asked = await self._aside.ask(
                model, question, self._cap_usd, self._limits.most_s, Purpose.CLASSIFY
            )
            flight.opinion = opinion_of(asked.text, self._names) if asked.text else None
            flight.is_settled = True
        finally:
            del self._flights[text]
            flight.is_over.set()
        if flight.opinion is not None:
            self.answered += 1
            self._keep(text, flight.opinion)
        why = asked.failed.value if asked.failed else asked.skipped
        note = f"{model} was asked{f', without success: {why}' if why else ''}"
        return _said(linear, flight.opinion, asked.attempts, note)

    def _keep(self, text: Redacted, opinion: Opinion) -> None:
        self._kept[text] = opinion
        while len(self._kept) > self._limits.most_kept:
            self._kept.popitem(last=False)


def _said(
    linear: Guess, opinion: Opinion | None, attempts: tuple[Attempt, ...], note: str
) -> Understood:
    if opinion is None:
        return Understood(linear, attempts, note)
    said = f"{note}: {opinion.intent}, as sure as {opinion.confidence:.2f}"
    return Understood(combined(linear, opinion), attempts, said)
