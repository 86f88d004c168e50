import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.beside.advice import Advice, Advises
from routing.beside.advisor import (
    MOST_ADVICE_TOKENS,
    MOST_AROUND_TOKENS,
    MOST_CHARS,
    MOST_OUTPUT_TOKENS,
    Advisor,
    tidied,
)
from routing.beside.aside import Aside
from routing.clock import Clock
from routing.deciding.decide import Features, World, decide
from routing.decision import Decision, Guess, Purpose
from routing.errors import FailureKind, ModelFailed
from routing.execution.engine import Engine, Parts
from routing.execution.health import Health
from routing.intent.layers import Layers
from routing.intent.linear import softmax
from routing.intent.rules import keywords_of
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import Pause, Script, ScriptedModel
from routing.money.budget import estimate_tokens
from routing.money.prices import load_prices
from routing.policy.policy import Advisor as AdvisorRule
from routing.policy.policy import Policy, Rule
from routing.progress import Advised, Delta, Finished
from routing.prompting.prompt import prompt_of, prompt_tokens
from routing.request import (
    Message,
    ModelName,
    Passage,
    Redacted,
    Request,
    Role,
    TenantId,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from tests.routing.intent.bank import LABELLED, UNSEEN
from tests.routing.intent.test_train import trained
from tests.routing.samples import CARD_PASSAGE, GPT, HAIKU, OFFLINE, OPUS, decision, request

PRICES = load_prices()
TODAY = date(2026, 11, 24)
SAYS = "The card is new, not lost: it matters how long delivery takes. Promise no date."
GOOD: Script = (Text(SAYS[:20]), Text(SAYS[20:]), Stopped(StopReason.END, Usage(300, 30)))
WHOLE = "Within five days [1]."
QUESTION = request("Where is my new card?", passages=[CARD_PASSAGE])
PLENTY = Decimal("0.05")


def policy(native: bool = False, model: ModelName = OPUS) -> Policy:
    advisor = AdvisorRule(model, 0.95, native=native)
    default = Rule("default", models=(HAIKU,), advisor=advisor)
    billing = Rule("billing", models=(HAIKU,), advisor=None)
    return Policy(TenantId("aurelis"), "1", Rule("classifier"), default, (billing,), "")


class Study:
    """An advisor over scripted models."""

    def __init__(
        self,
        *scripts: Script,
        given: Policy | None = None,
        names: Sequence[ModelName] = (OPUS, HAIKU, GPT),
        most_s: float = 2.5,
    ) -> None:
        self.models = {name: ScriptedModel(name, scripts or (GOOD,)) for name in names}
        self.health = Health()
        clock = Clock(lambda: 100.0, lambda: TODAY)
        self.aside = Aside(Parts(self.models, PRICES, self.health, clock))
        self.advisor = Advisor(self.aside, given or policy(), most_s)

    @property
    def requests(self) -> list[Request]:
        return [each for model in self.models.values() for each in model.requests]

    async def advise(
        self,
        left_usd: Decimal = PLENTY,
        about: Request = QUESTION,
        given: Decision | None = None,
    ) -> Advice:
        advisor: Advises = self.advisor
        async with asyncio.timeout(5):
            return await advisor.advise(given or decision(HAIKU, OFFLINE), about, left_usd)


@pytest.mark.parametrize("model", [OPUS, GPT])
async def test_an_advisor_of_any_vendor_judges_the_question_and_the_passages(
    model: ModelName,
) -> None:
    study = Study(given=policy(model=model))
    advice = await study.advise()

    assert advice.text == SAYS
    assert (advice.failed, advice.skipped) == (None, "")
    (attempt,) = advice.attempts
    assert (attempt.model, attempt.purpose) == (model, Purpose.ADVISE)
    (asked,) = study.requests
    prompt = prompt_of(asked)
    assert prompt.lines[-1].text == "Where is my new card?"
    assert CARD_PASSAGE.text in prompt.system
    assert "in at most 80 words" in prompt.system
    assert QUESTION.system not in prompt.system
    assert asked.max_output_tokens == MOST_OUTPUT_TOKENS


@pytest.mark.parametrize(
    ("given", "about", "order", "why"),
    [
        (policy(), replace(QUESTION, channel="voice"), HAIKU, "nobody waits for advice on voice"),
        (
            policy(native=True),
            QUESTION,
            HAIKU,
            "the answering model asks its vendor's advisor by itself",
        ),
        (
            policy(model=ModelName("gpt-6-luna")),
            QUESTION,
            HAIKU,
            "gpt-6-luna: it is not configured",
        ),
        (policy(), QUESTION, OFFLINE, "offline takes no advice"),
    ],
)
async def test_advice_that_is_not_possible_is_skipped_with_the_reason(
    given: Policy, about: Request, order: ModelName, why: str
) -> None:
    study = Study(given=given)
    advice = await study.advise(about=about, given=decision(order))

    assert advice == Advice(Redacted(""), (), None, why)
    assert study.requests == []


async def test_a_rule_without_an_advisor_asks_nobody() -> None:
    study = Study()
    advice = await study.advise(given=replace(decision(HAIKU), rule="billing"))

    assert (advice.text, advice.skipped) == ("", "the rule has no advisor")
    assert study.requests == []


async def test_an_advisor_that_is_down_is_not_asked() -> None:
    study = Study()
    study.health.record(OPUS, FailureKind.AUTH, 100.0)

    assert (await study.advise()).skipped == "claude-opus-4.7: its circuit is open"


async def test_an_advisor_that_would_starve_the_answer_is_skipped_and_not_failed() -> None:
    study = Study()
    advice = await study.advise(Decimal("0.005"))

    assert (advice.text, advice.attempts, advice.failed) == ("", (), None)
    assert advice.skipped.startswith("claude-opus-4.7 needs up to $0.00")
    assert advice.skipped.endswith(", the answer leaves $0.0025")
    assert study.requests == []


@given(left=st.decimals("0", "0.02", places=6))
def test_whatever_the_advice_costs_the_answer_can_still_be_paid(left: Decimal) -> None:
    study = Study((Text("x" * 900), Stopped(StopReason.LENGTH, Usage())))
    given = decision(HAIKU, OFFLINE, input_tokens=prompt_tokens(QUESTION))
    advice = asyncio.run(study.advise(left, given=given))
    spent = sum((each.cost_usd for each in advice.attempts), Decimal(0))
    with_advice = prompt_tokens(replace(QUESTION, advice=advice.text))

    assert bool(study.requests) == bool(advice.attempts) != bool(advice.skipped)
    if advice.attempts:
        assert spent > 0
        assert spent + PRICES.worst(HAIKU, with_advice, 400, TODAY) <= left


@given(
    st.text(max_size=1500) | st.text("ab .!?\n", max_size=1500) | st.text("語。 ", max_size=1500)
)
@example("語" * 900)
@example("語。 " * 300)
def test_advice_adds_no_more_to_a_prompt_than_is_reckoned_with(text: str) -> None:
    advice = tidied(Redacted(text))
    added = prompt_tokens(replace(QUESTION, advice=advice)) - prompt_tokens(QUESTION)

    assert len(advice) <= MOST_CHARS
    assert estimate_tokens(advice) <= MOST_ADVICE_TOKENS
    assert added <= MOST_ADVICE_TOKENS + MOST_AROUND_TOKENS
    assert tidied(advice) == advice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Say it plainly.\n\n- no date\t-  no promise ", "Say it plainly. - no date - no promise"),
        ("Bell\x07 and \x1b[31mred\x1b[0m", "Bell and [31mred[0m"),
        ("turned \u202earound\u2069, zero\u200bwidth", "turned around, zerowidth"),
        ("A whole one. " * 60, "A whole one. " * 45 + "A whole one."),
        ("word " * 200, ("word " * 120).strip()),
        ("x" * 700, "x" * 600),
        ("", ""),
    ],
)
def test_advice_is_one_short_line_of_what_can_be_seen(text: str, expected: str) -> None:
    assert tidied(Redacted(text)) == expected


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((ModelFailed(FailureKind.SERVER, status=500),), FailureKind.SERVER),
        ((Text("Half an"),), FailureKind.CUT),
        ((Stopped(StopReason.REFUSAL, Usage(300, 1)),), FailureKind.REFUSED),
    ],
)
async def test_an_advisor_that_fails_gives_no_advice_and_is_on_the_bill(
    script: Script, kind: FailureKind
) -> None:
    study = Study(script)
    advice = await study.advise()

    assert (advice.text, advice.failed) == ("", kind)
    assert [attempt.failed for attempt in advice.attempts] == [kind]
    assert study.health.down(100.0) == frozenset()


async def test_a_silent_advisor_is_not_waited_for() -> None:
    study = Study((Text("Well"), Pause()), most_s=0.02)
    advice = await study.advise()

    assert advice.text == ""
    assert advice.failed is not None
    assert study.models[OPUS].open_streams == 0


async def test_less_is_shown_to_an_advisor_when_there_is_less_to_spend() -> None:
    long = Passage("fees#1", "Fees", "", Redacted("A transfer costs nothing. " * 60), 0.8)
    about = request(
        *["Hello", "Hi!", "I moved", "And?", "What is free?"], passages=[CARD_PASSAGE, long, long]
    )
    shown = []
    for cents in ("3", "1.5", "1", "0.9"):
        study = Study()
        await study.advise(Decimal(cents) / 100, about)
        shown += [(len(each.messages), len(each.passages)) for each in study.requests]

    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == 4
    assert shown[0] == (5, 3)
    assert all(each[0] >= 1 for each in shown)


async def test_an_advisor_is_given_no_tools_and_no_calls() -> None:
    call = ToolCall("t1", "lookup", Redacted("{}"))
    messages = (
        Message(Role.CUSTOMER, Redacted("Where is ticket 7?")),
        Message(Role.BOT, Redacted(""), calls=(call,)),
        Message(Role.CUSTOMER, Redacted(""), results=(ToolResult("t1", Redacted("open")),)),
        Message(Role.CUSTOMER, Redacted("Well?")),
    )
    about = replace(QUESTION, messages=messages, tools=(Tool("lookup", "Looks it up.", "{}"),))
    study = Study()
    await study.advise(about=about)

    (asked,) = study.requests
    assert asked.tools == ()
    assert [message.text for message in asked.messages] == ["Where is ticket 7?", "Well?"]
    assert all(not message.calls and not message.results for message in asked.messages)


@pytest.mark.parametrize("advisor", [GOOD, (ModelFailed(FailureKind.SERVER),), (Pause(),)])
async def test_the_answer_is_whole_with_advice_or_without_it(advisor: Script) -> None:
    answer: Script = (Text(WHOLE), Stopped(StopReason.END, Usage(200, 9)))
    models = {OPUS: ScriptedModel(OPUS, (advisor,)), HAIKU: ScriptedModel(HAIKU, (answer,))}
    parts = Parts(models, PRICES, Health(), Clock(lambda: 100.0, lambda: TODAY))
    asked = replace(parts, advisor=Advisor(Aside(parts), policy(), most_s=0.02))
    given = replace(decision(HAIKU, max_cost_usd="0.02"), wants_advisor=True)
    async with asyncio.timeout(5):
        steps = [step async for step in Engine(asked).run(given, QUESTION)]

    told, *_, end = steps
    assert isinstance(told, Advised)
    assert isinstance(end, Finished)
    assert (told.model, told.failed is None) == (OPUS, advisor is GOOD)
    assert "".join(step.text for step in steps if isinstance(step, Delta)) == WHOLE
    assert [each.purpose for each in end.attempts] == [Purpose.ADVISE, Purpose.ANSWER]
    assert end.cost_usd == sum(each.cost_usd for each in end.attempts) <= Decimal("0.02")
    assert models[HAIKU].requests[0].advice == (SAYS if advisor is GOOD else "")
    assert parts.health.down(100.0) == frozenset()


def test_the_advisor_is_asked_by_what_confidence_is_worth_and_not_by_the_raw_score() -> None:
    """The raw share of a classifier with few examples is far too low: everybody would be asked."""
    model = trained(LABELLED)
    layers = Layers(keywords_of(()), model)
    said = [(Redacted(text), intent) for intent, texts in UNSEEN.items() for text in texts]
    guesses = [layers.classify(text) for text, _ in said]
    shares = [float(softmax(model.linear.margins(model.space.row(text)), 1.0).max())
              for text, _ in said]  # fmt: skip
    raw = [replace(guess, confidence=share) for guess, share in zip(guesses, shares, strict=True)]

    assert [guess.intent for guess in guesses] == [intent for _, intent in said]
    assert not any(asks(guess) for guess in guesses)
    assert all(asks(guess) for guess in raw)
    assert asks(layers.classify(Redacted("something about my account")))


def asks(guess: Guess) -> bool:
    """Return whether the policy has an advisor asked about a guess."""
    world = World(PRICES, TODAY, frozenset({HAIKU, OPUS, OFFLINE}))
    features = Features(TenantId("aurelis"), "c1", 1, guess, 500)
    return decide(features, policy(), world).wants_advisor
