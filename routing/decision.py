"""What was decided for one turn, with the reasons: the record that explains and replays it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from routing.errors import FailureKind
from routing.request import ModelName, Need, TenantId, Usage


@dataclass(frozen=True, slots=True)
class Guess:
    """What a turn is about."""

    intent: str
    """A name of the policy, or `default`."""
    confidence: float
    """Calibrated, in [0, 1]: probability times nearness to a known example."""
    layer: str
    """Which layer said so: `rules`, `linear`, `model` or `none`."""
    runners_up: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Candidate:
    """One model that was considered; changed by nobody.

    Not declared frozen: making a frozen one takes five times as long, and a decision makes many.
    """

    model: ModelName
    worst_cost_usd: Decimal
    """Input tokens x price + max output tokens x price."""
    expected_cost_usd: Decimal
    score: float
    """In [0, 1]; 0 when excluded."""
    parts: tuple[tuple[str, float], ...]
    """Normalised cost, quality, latency, reliability, in that order."""
    excluded: str
    """Empty, or why it is not tried, in words."""
    max_output_tokens: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision was made from besides guess, prompt and policy: enough to make it again.

    What was known in sets and mappings is in order here, so that the same is written the same.
    """

    tenant: TenantId
    conversation: str
    turn: int
    channel: str
    locale: str
    needs: tuple[Need, ...]
    previous: ModelName | None
    policy: str
    """Digest of the policy."""
    prices: str
    """Digest of the price book."""
    prices_as_of: date
    today: date
    configured: tuple[ModelName, ...]
    down: tuple[ModelName, ...]
    latency_s: tuple[tuple[ModelName, float], ...]
    failing: tuple[tuple[ModelName, float], ...]
    first_text_p95_s: tuple[tuple[ModelName, float], ...]
    """Where the channel's turns may not wait for a first text; else empty."""
    outcomes: tuple[tuple[str, ModelName, int, int], ...]
    """Intent, model, good answers, all answers; of the turn's intent and of `default`."""
    spent_usd: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """The models to try, in order, with reasons; made before the first byte is asked for."""

    guess: Guess
    rule: str
    """Name of the policy's rule: an intent or `default`."""
    goal: str
    strategy: str
    policy_version: str
    order: tuple[ModelName, ...]
    """What to try, best first; never empty."""
    candidates: tuple[Candidate, ...]
    """Everything considered, in the policy's order."""
    max_cost_usd: Decimal
    max_attempts: int
    input_tokens: int
    """The upper estimate that worst cases were priced with."""
    wants_advisor: bool
    seed: str
    """Hash of conversation, turn and policy version: the same inputs always decide the same."""
    propensity: float
    reasons: tuple[str, ...]
    basis: Basis | None = None
    """None for what was not decided by a policy, such as a call beside a turn."""
    hedge: bool = False
    """A first model that is slower than usual to begin may be raced by the next one."""
    native_advisor: ModelName | None = None
    """Whom a vendor that can is to ask within the answer; its worst case is set aside as well."""


class Purpose(Enum):
    """What an attempt was made for; every one of them is on the bill of the turn."""

    ANSWER = "answer"
    CONTINUE = "continue"
    """To go on from what the customer has already been shown."""
    CLASSIFY = "classify"
    ADVISE = "advise"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one model, finished or failed."""

    model: ModelName
    number: int
    """From 1, over all models of the turn."""
    usage: Usage
    cost_usd: Decimal
    failed: FailureKind | None
    first_token_s: float | None
    """Seconds from the attempt's start to its first text; None when there was none."""
    total_s: float
    chars: int
    vendor_id: str = ""
    purpose: Purpose = Purpose.ANSWER
