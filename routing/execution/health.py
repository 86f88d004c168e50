"""Which models are up: a circuit breaker per model, fed with what came of every attempt.

    CLOSED --too many failures--> OPEN --after a while--> HALF_OPEN --probe succeeded--> CLOSED
                                    ^                         |
                                    +-----probe failed--------+

A rate limit with a time is kept apart: the model is down until then, and its circuit stays as it
was. Time comes in as `now`, in monotonic seconds.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from routing.errors import FailureKind
from routing.execution.gaps import Gaps
from routing.request import ModelName

NEUTRAL = frozenset(
    {
        FailureKind.CANCELLED,
        FailureKind.BAD_REQUEST,
        FailureKind.TOO_LARGE,
        FailureKind.REFUSED,
        FailureKind.UNGROUNDED,
    }
)
"""Says nothing about the model's health: it is the request's or the caller's doing."""
HOPELESS = frozenset({FailureKind.AUTH, FailureKind.QUOTA})
"""Will be the same for every request until somebody pays or mends the key: opens at once."""


MOST_OUTCOMES = 100
"""A busy model is judged by this many of its last attempts within the window."""
GAPS_PER_STALL = 8
"""A model that is silent for so many of its own longest usual gaps has stalled."""
MOST_FIRST_TOKENS = 64
"""A model's usual time to the first text is judged by this many of its last answers."""
LEAST_FIRST_TOKENS = 8
"""Fewer say nothing about what is usual."""
LEAST_FOR_P95 = 20
"""With fewer, one slow first text would be the 95th percentile, and leave a model out."""
FIRST_TEXT_COUNTS_S = 600.0
"""For so long the last times to the first text say how fast a model is."""
UNKNOWN_PER_LEAST = 2
"""A model whose gaps are not known yet is given so many times the least limit."""


class Circuit(Enum):
    """Whether a model is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One attempt, the probe, decides whether it closes or opens again."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a circuit opens, and for how long."""

    window_s: float = 60.0
    """How long an outcome counts."""
    min_calls: int = 6
    failure_ratio: float = 0.5
    """Opens at this share of failures in the window, from `min_calls` outcomes on."""
    in_a_row: int = 3
    """Opens at this many failures in a row, however few calls there were."""
    open_s: float = 10.0
    """The first time open; doubles with every failed probe."""
    longest_open_s: float = 120.0
    hopeless_open_s: float = 60.0
    probe_s: float = 90.0
    """A probe that was not heard of for so long is given up, and another one is let through."""
    longest_rate_limit_s: float = 3600.0
    smoothing: float = 0.2
    """Weight of the newest first-token latency in the average."""


DEFAULTS = Thresholds()


@dataclass(frozen=True, slots=True)
class Turned:
    """A model's circuit has changed: OPEN says that it is left alone, CLOSED that it is back."""

    model: ModelName
    circuit: Circuit


@dataclass(slots=True)
class _Line:
    """What is known of one model."""

    circuit: Circuit = Circuit.CLOSED
    outcomes: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=MOST_OUTCOMES))
    """When it ended, and whether it failed; oldest first."""
    in_a_row: int = 0
    reopened: int = 0
    open_until: float = 0.0
    probed_at: float = 0.0
    limited_until: float = 0.0
    latency_s: float | None = None
    first_tokens_s: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_FIRST_TOKENS))
    first_at: float = 0.0
    """When the last of them was measured."""
    gaps: Gaps = field(default_factory=Gaps)


class Health:
    """What is known about every model that was tried; an unknown model is up.

    Not for several threads. Every claim of `admits` is answered by one `record`.
    """

    def __init__(self, thresholds: Thresholds = DEFAULTS) -> None:
        self._thresholds = thresholds
        self._lines: dict[ModelName, _Line] = {}

    def down(self, now: float) -> frozenset[ModelName]:
        """Return the models that an attempt would not be let through to now."""
        return frozenset(name for name, line in self._lines.items() if self._is_down(line, now))

    def circuit(self, model: ModelName) -> Circuit:
        """Return where the model's breaker stands; a rate limit does not show here."""
        line = self._lines.get(model)
        return Circuit.CLOSED if line is None else line.circuit

    def admits(self, model: ModelName, now: float) -> bool:
        """Ask for an attempt; True when it may be made.

        With a circuit that was open long enough the attempt is the probe, and nobody else is let
        through until it is recorded.
        """
        line = self._lines.setdefault(model, _Line())
        if self._is_down(line, now):
            return False
        if line.circuit is not Circuit.CLOSED:
            line.circuit = Circuit.HALF_OPEN
            line.probed_at = now
        return True

    def record(
        self,
        model: ModelName,
        kind: FailureKind | None,
        now: float,
        retry_after_s: float | None = None,
        first_token_s: float | None = None,
    ) -> Turned | None:
        """Learn what came of an attempt; return what has become of the circuit, if it changed.

        A probe that is given back, and one that failed, leave a circuit that was open open.

        Args:
            model: the one that was tried.
            kind: why it failed; None when it ended with its terminal marker.
            now: monotonic seconds.
            retry_after_s: of a rate limit; the model is down for so long.
            first_token_s: from the attempt's start to its first text; None when there was none.
        """
        line = self._lines.setdefault(model, _Line())
        was_closed = line.circuit is Circuit.CLOSED
        if first_token_s is not None:
            line.latency_s = self._smoothed(line.latency_s, first_token_s)
            line.first_tokens_s.append(first_token_s)
            line.first_at = now
        if kind is FailureKind.RATE_LIMITED and retry_after_s is not None:
            held_s = min(retry_after_s, self._thresholds.longest_rate_limit_s)
            line.limited_until = max(line.limited_until, now + held_s)
            self._give_probe_back(line, now)
        elif kind is None:
            self._succeeded(line, now)
        elif kind in NEUTRAL:
            self._give_probe_back(line, now)
        else:
            self._failed(line, kind, now)
        is_closed = line.circuit is Circuit.CLOSED
        return Turned(model, line.circuit) if is_closed is not was_closed else None

    def learn_gaps(self, model: ModelName, gaps_s: Sequence[float]) -> None:
        """Learn how long the model was silent before each piece of text but the first."""
        if gaps_s:
            self._lines.setdefault(model, _Line()).gaps.learn(gaps_s)

    def idle_s(self, model: ModelName, least_s: float) -> float:
        """Return after how much silence in mid-answer the model has stalled, in seconds.

        Source: routing.md, part 5, 9: the greater of the least limit and 8 x its p99 gap.
        """
        line = self._lines.get(model)
        p99_s = None if line is None else line.gaps.p99_s()
        if p99_s is None:
            return UNKNOWN_PER_LEAST * least_s
        return max(least_s, GAPS_PER_STALL * p99_s)

    def learn_slow(self, model: ModelName, waited_s: float) -> None:
        """Learn that the model was left, without text, after so many seconds for a faster one.

        Without it, only its fast answers would be known, and ever more would look slow.
        """
        self._lines.setdefault(model, _Line()).first_tokens_s.append(waited_s)

    def patience_s(self, model: ModelName) -> float | None:
        """Return after how many seconds without text the model is slower than usual.

        The 95th percentile of its last times to the first text; None while too few are known.
        """
        line = self._lines.get(model)
        if line is None or len(line.first_tokens_s) < LEAST_FIRST_TOKENS:
            return None
        known_s = sorted(line.first_tokens_s)
        return known_s[-(-95 * len(known_s) // 100) - 1]

    def first_text_p95_s(self, now: float) -> Mapping[ModelName, float]:
        """Return the 95th percentile of the time to the first text, of models lately measured.

        What is older than ten minutes is forgotten: a model that is left out because it was slow
        is not measured any more, and would never come back.
        """
        known = {
            name: self.patience_s(name)
            for name, line in self._lines.items()
            if now - line.first_at < FIRST_TEXT_COUNTS_S
            and len(line.first_tokens_s) >= LEAST_FOR_P95
        }
        return MappingProxyType({name: p95 for name, p95 in known.items() if p95 is not None})

    def latency_s(self) -> Mapping[ModelName, float]:
        """Return the smoothed time to the first text, in seconds, of every model that had one."""
        return MappingProxyType(
            {
                name: line.latency_s
                for name, line in self._lines.items()
                if line.latency_s is not None
            }
        )

    def failing(self, now: float) -> Mapping[ModelName, float]:
        """Return the share of failures in the window, in [0, 1], of models with enough calls."""
        since, least = now - self._thresholds.window_s, self._thresholds.min_calls
        shares = {}
        for name, line in self._lines.items():
            recent = [has_failed for ended_at, has_failed in line.outcomes if ended_at > since]
            if len(recent) >= least and any(recent):
                shares[name] = sum(recent) / len(recent)
        return MappingProxyType(shares)

    def _is_down(self, line: _Line, now: float) -> bool:
        if now < line.limited_until:
            return True
        match line.circuit:
            case Circuit.CLOSED:
                return False
            case Circuit.OPEN:
                return now < line.open_until
            case Circuit.HALF_OPEN:
                return now < line.probed_at + self._thresholds.probe_s

    def _succeeded(self, line: _Line, now: float) -> None:
        if line.circuit is Circuit.CLOSED:
            self._remember(line, now, has_failed=False)
            return
        if line.circuit is Circuit.HALF_OPEN:
            line.circuit = Circuit.CLOSED
            line.outcomes.clear()
            line.in_a_row = line.reopened = 0

    def _failed(self, line: _Line, kind: FailureKind, now: float) -> None:
        match line.circuit:
            case Circuit.OPEN:
                return  # an attempt from before it opened: nothing new
            case Circuit.HALF_OPEN:
                line.reopened += 1
                self._open(line, kind, now)
            case Circuit.CLOSED:
                self._remember(line, now, has_failed=True)
                if kind in HOPELESS or self._is_too_much(line):
                    self._open(line, kind, now)

    def _open(self, line: _Line, kind: FailureKind, now: float) -> None:
        limits = self._thresholds
        first_s = limits.hopeless_open_s if kind in HOPELESS else limits.open_s
        line.circuit = Circuit.OPEN
        line.open_until = now + min(first_s * 2.0**line.reopened, limits.longest_open_s)

    def _give_probe_back(self, line: _Line, now: float) -> None:
        if line.circuit is Circuit.HALF_OPEN:
            line.circuit = Circuit.OPEN
            line.open_until = now

    def _remember(self, line: _Line, now: float, *, has_failed: bool) -> None:
        line.in_a_row = line.in_a_row + 1 if has_failed else 0
        line.outcomes.append((now, has_failed))
        while line.outcomes[0][0] <= now - self._thresholds.window_s:
            line.outcomes.popleft()

    def _is_too_much(self, line: _Line) -> bool:
        limits = self._thresholds
        calls = len(line.outcomes)
        failures = sum(has_failed for _, has_failed in line.outcomes)
        is_often = calls >= limits.min_calls and failures >= limits.failure_ratio * calls
        return is_often or line.in_a_row >= limits.in_a_row

    def _smoothed(self, before_s: float | None, newest_s: float) -> float:
        if before_s is None:
            return newest_s
        return before_s + self._thresholds.smoothing * (newest_s - before_s)
