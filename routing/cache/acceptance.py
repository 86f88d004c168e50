"""How likely two questions have the same answer: learned, and asked after every veto; pure."""

from dataclasses import dataclass
from math import exp

from routing.cache.gates import Traits
from routing.decision import Guess

NAMES = ("bias", "cosine", "words", "content", "length", "confidence", "lead", "rivals")
WEIGHTS = (-4.6172, 0.6882, 1.5440, 0.7786, 0.4154, 3.4242, 2.3763, 0.2708)
"""In the order of NAMES. Source: `python -m benchmarks.acceptance`, 1,253 pairs of BANKING77."""
LEAST = 0.96
"""Probability from which an answer is reused: right in 98 of 100 held-out hits."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for or against two questions being the same, each in [0, 1]."""

    cosine: float
    words: float
    """Share of their words, small ones too, that both have."""
    content: float
    """Share of what matters that both have."""
    length: float
    """Words of the shorter over words of the longer."""
    confidence: float
    """Of the intent, the smaller of the two."""
    lead: float
    """How little the next likely intent has, in the less clear of the two."""
    rivals: float
    """1 when both have the same next likely intent, 0.5 when one has none."""

    @property
    def inputs(self) -> tuple[float, ...]:
        """Return the inputs of the rule, in the order of NAMES."""
        return (
            1.0,
            self.cosine,
            self.words,
            self.content,
            self.length,
            self.confidence,
            self.lead,
            self.rivals,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A question with what has been worked out about it."""

    traits: Traits
    guess: Guess


def evidence_of(one: Known, other: Known, cosine: float) -> Evidence:
    """Return what speaks for two questions being the same; symmetric."""
    sizes = sorted((len(one.traits.words), len(other.traits.words)))
    return Evidence(
        cosine=cosine,
        words=_shared(one.traits.words, other.traits.words),
        content=_shared(one.traits.content, other.traits.content),
        length=sizes[0] / max(sizes[1], 1),
        confidence=min(one.guess.confidence, other.guess.confidence),
        lead=1 - max(_runner_up(one.guess)[1], _runner_up(other.guess)[1]),
        rivals=_rivals(_runner_up(one.guess)[0], _runner_up(other.guess)[0]),
    )


def probability(evidence: Evidence) -> float:
    """Return how likely they have the same answer, as far as bank messages tell."""
    score = sum(w * x for w, x in zip(WEIGHTS, evidence.inputs, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _runner_up(guess: Guess) -> tuple[str, float]:
    return guess.runners_up[0] if guess.runners_up else ("", 0.0)


def _rivals(one: str, other: str) -> float:
    if not one or not other:
        return 0.5
    return 1.0 if one == other else 0.0
