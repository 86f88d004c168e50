"""What the tests of routing start from."""

from collections.abc import Sequence
from decimal import Decimal

from routing.decision import Candidate, Decision, Guess
from routing.request import Message, ModelName, Passage, Redacted, Request, Role, TenantId

HAIKU = ModelName("claude-haiku-4.5")
OPUS = ModelName("claude-opus-4.7")
GPT = ModelName("gpt-5.5-instant")
OFFLINE = ModelName("offline")

CARD_PASSAGE = Passage(
    id="cards#1",
    title="New cards",
    url="https://aurelis.example/cards",
    text=Redacted("A new card arrives within five working days. It comes by post."),
    score=0.9,
)


def request(
    *said: str, passages: Sequence[Passage] = (), fault: str = "", max_output_tokens: int = 400
) -> Request:
    """Return a turn: what customer and bot said in alternation, the customer first."""
    roles = (Role.CUSTOMER, Role.BOT)
    texts = said or ("Where is my new card?",)
    return Request(
        tenant=TenantId("aurelis"),
        conversation="c1",
        turn=1,
        system=Redacted("You are the assistant of Aurelis Bank."),
        messages=tuple(Message(roles[n % 2], Redacted(text)) for n, text in enumerate(texts)),
        passages=tuple(passages),
        max_output_tokens=max_output_tokens,
        metadata=(("fault", fault),) if fault else (),
    )


def decision(
    *order: ModelName,
    max_cost_usd: str = "1",
    max_attempts: int = 3,
    max_output_tokens: int = 400,
    input_tokens: int = 100,
) -> Decision:
    """Return a decision for these models, best first."""
    candidates = tuple(
        Candidate(
            model=name,
            worst_cost_usd=Decimal(0),
            expected_cost_usd=Decimal(0),
            score=0.5,
            parts=(),
            excluded="",
            max_output_tokens=max_output_tokens,
        )
        for name in order
    )
    return Decision(
        guess=Guess("default", 1.0, "none"),
        rule="default",
        goal="cost",
        strategy="balanced",
        policy_version="1",
        order=order,
        candidates=candidates,
        max_cost_usd=Decimal(max_cost_usd),
        max_attempts=max_attempts,
        input_tokens=input_tokens,
        wants_advisor=False,
        seed="seed",
        propensity=1.0,
        reasons=(),
    )
