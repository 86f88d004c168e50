import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from routing.beside.aside import Aside
from routing.clock import Clock
from routing.decision import Guess, Purpose
from routing.errors import FailureKind, ModelFailed
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.intent.opinion import RELIABILITY
from routing.intent.second_opinion import Limits, SecondOpinion, Understood
from routing.intent.train import OUT_OF_SCOPE
from routing.models.base import Model, Piece, Stopped, StopReason, Text
from routing.models.sandbox import SandboxModel
from routing.models.scripted import Hold, Pause, Script, ScriptedModel
from routing.money.prices import Edition, Rates, Tier, load_prices
from routing.policy.policy import Policy, Rule
from routing.request import ModelName, Redacted, Request, TenantId, Usage
from tests.routing.intent.bank import SAID
from tests.routing.samples import HAIKU, request

LUNA = ModelName("gpt-6-luna")
MINI = ModelName("gpt-5.4-mini")
TEXT = Redacted("it is gone and I need it")
UNSURE = Guess("statement", 0.4, "linear", (("card-lost", 0.3), ("charged-twice", 0.2)))
SURE = Guess("card-lost", 0.9, "linear")
INTENTS = tuple(Rule(intent, examples) for intent, examples in SAID.items())
PRICES = load_prices()


def policy(cap_usd: str = "0.0005", models: Sequence[ModelName] = (LUNA, MINI)) -> Policy:
    classifier = Rule("classifier", models=tuple(models), max_cost_usd=Decimal(cap_usd))
    return Policy(TenantId("aurelis"), "1", classifier, Rule("default"), INTENTS, "")


def answer(intent: str, confidence: float = 0.9) -> Script:
    text = f'{{"intent": "{intent}", "confidence": {confidence}}}'
    return (Text(text[:9]), Text(text[9:]), Stopped(StopReason.END, Usage(400, 20)))


class Telling(ScriptedModel):
    """Says when it is asked."""

    def __init__(self, name: ModelName, scripts: Sequence[Script], begun: asyncio.Event) -> None:
        super().__init__(name, scripts)
        self._begun = begun

    def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        self._begun.set()
        return super().stream(request, max_output_tokens)


class Desk:
    """A second opinion over scripted models."""

    def __init__(
        self,
        *scripts: Script,
        given: Policy | None = None,
        names: Sequence[ModelName] = (LUNA, MINI),
        limits: Limits | None = None,
    ) -> None:
        self.begun = asyncio.Event()
        self.models = {name: Telling(name, scripts, self.begun) for name in names}
        self.health = Health()
        self.clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
        self.aside = Aside(Parts(self.models, PRICES, self.health, self.clock))
        self.second = SecondOpinion(given or policy(), self.aside, limits or Limits())

    @property
    def requests(self) -> list[Request]:
        return [each for model in self.models.values() for each in model.requests]

    async def of(
        self, guess: Guess = UNSURE, text: Redacted = TEXT, about: Request | None = None
    ) -> Understood:
        async with asyncio.timeout(5):
            return await self.second.of(text, guess, about or request())


async def test_the_small_model_decides_what_the_classifier_is_uncertain_of() -> None:
    desk = Desk(answer("card-lost"))
    understood = await desk.of()

    assert (understood.guess.intent, understood.guess.layer) == ("card-lost", "model")
    assert understood.guess.confidence <= RELIABILITY
    (attempt,) = understood.attempts
    assert (attempt.model, attempt.purpose, attempt.failed) == (LUNA, Purpose.CLASSIFY, None)
    assert 0 < attempt.cost_usd < Decimal("0.0005")
    assert understood.note == "gpt-6-luna was asked: card-lost, as sure as 0.90"
    assert desk.requests[0].answer_schema


async def test_what_is_certain_costs_nothing_and_is_counted() -> None:
    desk = Desk(answer("card-lost"))

    assert await desk.of(SURE) == Understood(SURE)
    assert await desk.of(Guess("card-lost", 1.0, "rules")) == Understood(
        Guess("card-lost", 1.0, "rules")
    )
    assert (await desk.of()).attempts
    assert (desk.second.seen, desk.second.asked, desk.second.answered) == (3, 1, 1)
    assert len(desk.requests) == 1


async def test_a_caller_on_the_phone_is_never_kept_waiting() -> None:
    desk = Desk(answer("card-lost"))

    assert await desk.of(about=replace(request(), channel="voice")) == Understood(UNSURE)
    assert desk.requests == []


async def test_without_a_key_the_guess_stands() -> None:
    desk = Desk(answer("card-lost"), names=())
    understood = await desk.of()

    assert (understood.guess, understood.attempts) == (UNSURE, ())
    assert understood.note == (
        "no model was asked (gpt-6-luna: it is not configured; gpt-5.4-mini: it is not configured)"
    )


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((ModelFailed(FailureKind.OVERLOADED, status=529),), FailureKind.OVERLOADED),
        ((Text('{"intent": "card-lost", "confidence": 0.9}'),), FailureKind.CUT),
        ((Stopped(StopReason.REFUSAL, Usage(400, 1)),), FailureKind.REFUSED),
        ((Text("I think card-lost"), Stopped(StopReason.END, Usage(400, 5))), None),
        (answer("no-such-intent"), None),
        (answer("card-lost", 0.3), None),
    ],
)
async def test_a_failure_or_an_odd_answer_leaves_the_guess_and_is_on_the_bill(
    script: Script, kind: FailureKind | None
) -> None:
    desk = Desk(script)
    understood = await desk.of()

    assert understood.guess == UNSURE
    assert [attempt.failed for attempt in understood.attempts] == [kind]
    assert "gpt-6-luna was asked" in understood.note
    assert len(desk.requests) == 1


async def test_a_silent_model_costs_no_more_than_its_time() -> None:
    desk = Desk((Pause(),), limits=Limits(most_s=0.02))
    understood = await desk.of()

    assert understood.guess == UNSURE
    assert len(understood.attempts) == 1
    assert all(model.open_streams == 0 for model in desk.models.values())


async def test_the_next_model_is_asked_when_the_first_is_down() -> None:
    desk = Desk(answer("card-lost"), given=policy("0.01"))
    desk.health.record(LUNA, FailureKind.QUOTA, 100.0)
    understood = await desk.of()

    assert [attempt.model for attempt in understood.attempts] == [MINI]


def test_the_question_becomes_shorter_until_the_cap_pays_for_it() -> None:
    found = []
    for millionths in (*range(400, 3, -4), 1):
        cap_usd = str(Decimal(millionths) / 1_000_000)
        desk = Desk(answer("card-lost"), given=policy(cap_usd, (LUNA,)), names=(LUNA,))
        asyncio.run(desk.of())
        found.append(len(desk.requests[0].system) if desk.requests else 0)

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4
    assert found[-1] == 0


async def test_the_same_message_is_asked_about_once() -> None:
    desk = Desk(answer("card-lost"))
    first, again = await desk.of(), await desk.of()

    assert again.guess == first.guess
    assert again.attempts == ()
    assert len(desk.requests) == 1
    assert desk.second.asked == 1


async def test_a_failure_is_not_remembered() -> None:
    desk = Desk((ModelFailed(FailureKind.SERVER),), answer("card-lost"))
    first, again = await desk.of(), await desk.of()

    assert first.guess == UNSURE
    assert again.guess.intent == "card-lost"


async def test_only_so_many_opinions_are_remembered_and_the_oldest_is_forgotten() -> None:
    desk = Desk(answer("card-lost"), limits=Limits(most_kept=2))
    for text in ("one", "two", "one", "three", "one", "two"):
        await desk.of(text=Redacted(text))

    assert [request.messages[0].text for request in desk.requests] == ["one", "two", "three", "two"]


async def test_the_same_message_in_many_turns_at_once_is_one_call_that_one_of_them_pays() -> None:
    gate = asyncio.Event()
    desk = Desk((Hold(gate), *answer("card-lost")))
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        turns = [tasks.create_task(desk.of()) for _ in range(20)]
        await desk.begun.wait()
        gate.set()

    found = [turn.result() for turn in turns]
    assert {each.guess.intent for each in found} == {"card-lost"}
    assert sum(len(each.attempts) for each in found) == 1
    assert len(desk.requests) == 1


async def test_when_the_turn_that_asks_is_cancelled_another_one_asks() -> None:
    gate = asyncio.Event()
    desk = Desk((Hold(gate), *answer("card-lost")))
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(desk.of())
        await desk.begun.wait()
        other = tasks.create_task(desk.of())
        await asyncio.sleep(0)
        first.cancel()
        gate.set()

    assert first.cancelled()
    assert other.result().guess.intent == "card-lost"
    assert len(other.result().attempts) == 1
    assert len(desk.requests) == 2


async def test_when_the_call_fails_nobody_who_waited_asks_again() -> None:
    gate = asyncio.Event()
    desk = Desk((Hold(gate), ModelFailed(FailureKind.SERVER)))
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        turns = [tasks.create_task(desk.of()) for _ in range(3)]
        await desk.begun.wait()
        gate.set()

    assert [turn.result().guess for turn in turns] == [UNSURE] * 3
    assert len(desk.requests) == 1


async def test_a_free_server_without_structured_output_is_asked_in_words() -> None:
    own = ModelName("own-server")
    free = Rates(*[Decimal(0)] * 5)
    price = replace(
        PRICES.price(LUNA, date(2026, 11, 24)),
        name=own, provider="openai-compatible", tiers=(Tier(0, free),), abilities=frozenset(),
    )  # fmt: skip
    book = replace(PRICES, models={own: (Edition(date.min, price),)})
    model = ScriptedModel(own, (answer("card-lost"),))
    clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
    aside = Aside(Parts({own: model}, book, Health(), clock))
    second = SecondOpinion(policy("0", (own,)), aside)
    understood = await second.of(TEXT, UNSURE, request())

    assert understood.guess.intent == "card-lost"
    assert [attempt.cost_usd for attempt in understood.attempts] == [0]
    assert model.requests[0].answer_schema == ""
    assert "Reply with JSON alone" in model.requests[0].system


async def test_a_policy_without_intents_or_models_asks_nobody() -> None:
    empty = replace(policy(), intents=())
    none = Guess(OUT_OF_SCOPE, 0.0, "none")

    for given in (empty, policy(models=())):
        desk = Desk(answer("card-lost"), given=given)
        assert await desk.of(none) == Understood(none)
        assert desk.requests == []


async def test_a_simulated_model_has_an_opinion_only_when_it_is_given_one() -> None:
    models: dict[ModelName, Model] = {LUNA: SandboxModel(LUNA)}
    clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
    second = SecondOpinion(policy(), Aside(Parts(models, PRICES, Health(), clock)))
    given = (("intent", "card-lost"), ("confidence", "0.9"))
    without = await second.of(Redacted("it is gone"), UNSURE, request())
    told = await second.of(TEXT, UNSURE, replace(request(), metadata=given))

    assert without.guess == UNSURE
    assert (told.guess.intent, told.guess.layer) == ("card-lost", "model")
    assert [attempt.purpose for attempt in told.attempts] == [Purpose.CLASSIFY]


def test_haiku_is_too_dear_for_the_usual_cap() -> None:
    desk = Desk(answer("card-lost"), given=policy(models=(HAIKU,)), names=(HAIKU,))
    understood = asyncio.run(desk.of())

    assert understood.guess == UNSURE
    assert understood.note.startswith("no model was asked (claude-haiku-4.5: its shortest question")
