"""Customer turns that were written and labelled for the project, and how well we find them.

`fresh_turns.jsonl` holds one turn a line: the channel, the customer's locale, the text, and the
labels in the order in which they stand in it; the bot's question, or what the customer sent just
before, where it matters. Everything in it is invented. It was written before the rules were worked
on, and no rule is made for a line of it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.privacy.detect import find
from bot.privacy.detect.plain import visible
from bot.privacy.kinds import Hints, Kind, Span

FILE = Path(__file__).parent / "fresh_turns.jsonl"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn with the spans that are right."""

    channel: str
    text: str
    hints: Hints
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one kind is found; hidden is the share of values of which nothing is left."""

    precision: float
    recall: float
    hidden: float

    @property
    def f2(self) -> float:
        """Return the mean of both in which recall counts four times as much."""
        both = 4 * self.precision + self.recall
        return 5 * self.precision * self.recall / both if both else 0.0


def turns() -> tuple[Turn, ...]:
    """Return the turns of the file."""
    with FILE.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        Turn(
            row["channel"],
            row["text"],
            Hints(row.get("question", ""), row.get("before", ""), row["locale"]),
            tuple(_spans(row["text"], row["labels"])),
        )
        for row in rows
    )


def _spans(text: str, labels: Iterable[Sequence[str]]) -> Iterator[Span]:
    place = 0
    for value, kind in labels:
        start = text.index(value, place)
        place = start + len(value)
        yield Span(start, place, Kind(kind))


def scores(among: Sequence[Turn]) -> dict[Kind | None, Score]:
    """Return the score of every kind that occurs, and under None that of all together.

    A span is right when the kind is and half of the two is common to both. NUMBER is right for
    any kind of number, and the other way round: it is hidden and put back alike.
    """
    right, found, hits, hidden = Counter[Kind](), Counter[Kind](), Counter[Kind](), Counter[Kind]()
    for turn in among:
        assert visible(turn.text) == turn.text, "the labels count visible characters"
        spans = list(find(turn.text, turn.hints))
        covered = {place for span in spans for place in range(span.start, span.end)}
        right.update(span.kind for span in turn.spans)
        for wanted in turn.spans:
            places = range(wanted.start, wanted.end)
            hidden[wanted.kind] += all(
                place in covered or not turn.text[place].isalnum() for place in places
            )
            hit = next((span for span in spans if _is_same(wanted, span)), None)
            if hit:
                spans.remove(hit)
                hits[wanted.kind] += 1
                found[wanted.kind] += 1
        found.update(span.kind for span in spans)
    table: dict[Kind | None, Score] = {
        kind: Score(
            hits[kind] / max(1, found[kind]), hits[kind] / right[kind], hidden[kind] / right[kind]
        )
        for kind in Kind
        if right[kind]
    }
    total = right.total()
    table[None] = Score(hits.total() / found.total(), hits.total() / total, hidden.total() / total)
    return table


_DIGITS = frozenset({Kind.PHONE, Kind.CREDIT_CARD, Kind.ACCOUNT, Kind.ID, Kind.NUMBER, Kind.SSN})


def _is_same(wanted: Span, span: Span) -> bool:
    common = min(wanted.end, span.end) - max(wanted.start, span.start)
    longest = max(wanted.end - wanted.start, span.end - span.start)
    kinds = {wanted.kind, span.kind}
    is_kind = len(kinds) == 1 or (Kind.NUMBER in kinds and kinds <= _DIGITS)
    return is_kind and 2 * common >= longest


def report(table: dict[Kind | None, Score]) -> str:
    """Return the table as text."""
    lines = [f"{'':<16}{'P':>7}{'R':>7}{'F2':>7}{'hidden':>8}"]
    for kind, score in table.items():
        name = kind.value if kind else "all"
        lines.append(
            f"{name:<16}{score.precision:7.3f}{score.recall:7.3f}{score.f2:7.3f}{score.hidden:8.3f}"
        )
    return "\n".join(lines)
