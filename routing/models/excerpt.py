"""The few sentences of a passage that answer a question, in order; pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.models.units import Unit, UnitKind, units
from routing.models.words import content_words

MOST_SENTENCES = 3
MOST_STEPS = 8
MOST_POINTS = 6
MOST_CHARS = 700
HEADING = 0.7
"""What a word of the heading counts for a unit that does not have it itself."""
OPENING = 0.5
"""What a word of the heading counts besides for the first unit of a section."""
TITLE_SHARE = 0.7
"""What a word counts that the title has, since it is said of all sentences alike."""

_FOLLOWS_ON = re.compile(
    r"(?:it|its|they|their|this|that|these|those|such|otherwise|however|then|also|if so|but|and"
    r"|after that|in that case|(?:once|if|when) (?:it|they|this)|he|she|for (?:more|this|that))\b",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[float, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        0.5,
        re.compile(r"\b(?:how (?:long|soon|fast|quick|many days)|when|what time|hours)\b"),
        re.compile(
            r"\b(?:\d+|one|two|three|same|next|few) ?(?:to \d+ )?(?:working |business )?"
            r"(?:days?|hours?|minutes?|seconds?|weeks?|months?|years?)\b"
            r"|\d ?(?:am|pm)\b|\d:\d\d|\bat once\b|\binstant|\bhow long\b",
            re.IGNORECASE,
        ),
    ),
    (
        0.5,
        re.compile(
            r"\b(?:how (?:much|many)|fees?|charges?|charged|costs?|price|limits?|maximum"
            r"|minimum|most|free|interest|expensive)\b"
        ),
        re.compile(r"[$€£]\s?\d|\d\s?%|\bfree\b|\bno charge|\bcosts?\b|\bup to\b", re.IGNORECASE),
    ),
    (
        0.2,
        re.compile(
            r"\b(?:how (?:do|can|to|should|would|could)|where (?:do|can|is)|steps?"
            r"|what (?:do|should|can) i do|i (?:want|wish|would like)|i'd like|help me)\b"
        ),
        re.compile(
            r"^\d+[.)] |\b(?:go to|choose|tap|click|open the app|in the app|call|select|under)\b",
            re.IGNORECASE,
        ),
    ),
    (
        0.3,
        re.compile(r"\bwhy\b"),
        re.compile(r"\b(?:because|reasons?|usually|so that|caused?|due to|why|that is)\b", re.I),
    ),
)
"""What a unit gains by having (third) the kind of thing that the question asks for (second)."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was taken from one passage."""

    lines: tuple[str, ...]
    """Paragraphs, steps and points in the passage's order; each whole sentences."""
    quote: str
    """The sentence or step that carries the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an excerpt must answer."""

    question: str
    """As the customer put it."""
    weights: Mapping[str, float]
    """The question's content words and how much each counts."""
    told: str = ""
    """What the customer was told already: none of it is said again."""


def excerpt(asked: Asked, title: str, text: str) -> Excerpt | None:
    """Return the part of a passage that answers best; None when nothing new in it does.

    Args:
        asked: the question.
        title: of the passage.
        text: Markdown or plain text.
    """
    known = [unit for unit in units(text) if unit.text not in asked.told]
    if not known:
        return None
    scores = _scores(asked.question, asked.weights, title, known)
    best = max(range(len(known)), key=lambda place: (scores[place], -place))
    if asked.told and not _is_about(asked.question, known[best], scores[best]):
        return None
    if known[best].kind is UnitKind.SENTENCE:
        places = _prose_around(known, scores, best)
    else:
        places = _list_around(known, scores, best)
    chosen = [known[place] for place in _fitting(known, places)]
    return Excerpt(_lines(chosen), known[best].text)


def _is_about(question: str, unit: Unit, score: float) -> bool:
    """Return whether a unit has more to do with a follow-up than with what was asked before."""
    own = set(content_words(question))
    text = f"{unit.heading}\n{unit.text}"
    has_own = bool(own & set(content_words(text)))
    is_of_kind = any(
        ask.search(question.lower()) and answer.search(text) for _, ask, answer in _KINDS
    )
    return score > 0 and (has_own or is_of_kind or not own)


def _scores(
    question: str, weights: Mapping[str, float], title: str, known: Sequence[Unit]
) -> list[float]:
    """Return how well each unit answers.

    Rare words count more than those in every section, and words of the title less. The first unit
    of a section gains by what the heading (in the opening: the title) has of the question.
    """
    in_title = frozenset(content_words(title))
    words = [frozenset(content_words(unit.text)) for unit in known]
    headings = {unit.heading: frozenset(content_words(unit.heading)) for unit in known}
    around = [own | headings[unit.heading] for unit, own in zip(known, words, strict=True)]
    values = _values(weights, in_title, around)
    asked = question.lower()
    wanted = [(gain, answer) for gain, ask, answer in _KINDS if ask.search(asked)]
    scores: list[float] = []
    before = None
    for unit, own in zip(known, words, strict=True):
        heading = headings[unit.heading]
        about = heading if unit.heading else in_title
        opening = OPENING if unit.heading != before else 0.0
        score = sum(gain for gain, kind in wanted if kind.search(f"{unit.heading}\n{unit.text}"))
        for word, value in values.items():
            shared = 0.5 if unit.heading and word in in_title else 1.0
            inherited = HEADING * shared * (word in heading)
            score += value * max(float(word in own), inherited)
            score += value * opening * shared * (word in about)
        scores.append(score)
        before = unit.heading
    return scores


def _values(
    weights: Mapping[str, float], title: frozenset[str], around: Sequence[frozenset[str]]
) -> dict[str, float]:
    """Return what each word of the question tells units of one passage apart."""
    values: dict[str, float] = {}
    for word, weight in weights.items():
        share = max(1, sum(word in own for own in around)) / len(around)
        rarity = math.log(1.1 / share) / math.log(1.1 * len(around)) if len(around) > 1 else 1.0
        values[word] = weight * (0.5 + rarity) * (TITLE_SHARE if word in title else 1.0)
    return values


def _prose_around(known: Sequence[Unit], scores: Sequence[float], best: int) -> list[int]:
    """Return the best sentence with what it leans on and what continues it."""
    block = [place for place, unit in enumerate(known) if unit.block == known[best].block]
    places = {best}
    while _FOLLOWS_ON.match(known[min(places)].text) and min(places) - 1 in block:
        places.add(min(places) - 1)
    after = max(places) + 1
    while after in block and len(places) < MOST_SENTENCES and _goes_on(known, scores, best, after):
        places.add(after)
        after += 1
    if known[after - 1].text.endswith(":") and after < len(known):
        places.update(_list_around(known, scores, after))
    return sorted(places)


def _goes_on(known: Sequence[Unit], scores: Sequence[float], best: int, after: int) -> bool:
    """Tell whether the next sentence belongs to the answer."""
    leans = _FOLLOWS_ON.match(known[after].text) is not None
    return leans or after == best + 1 or scores[after] >= 0.6 * scores[best]


def _list_around(known: Sequence[Unit], scores: Sequence[float], best: int) -> list[int]:
    """Return the steps of a list, or the points and rows that fit best, with what leads to them."""
    block = [place for place, unit in enumerate(known) if unit.block == known[best].block]
    lead = block[0] - 1
    is_led = lead >= 0 and known[lead].kind is UnitKind.SENTENCE and known[lead].text[-1] == ":"
    match known[best].kind:
        case UnitKind.STEP | UnitKind.SENTENCE:
            chosen = block[:MOST_STEPS]
        case UnitKind.POINT | UnitKind.ROW:
            good = [place for place in block if scores[place] >= 0.75 * scores[best]]
            alike = min(scores[place] for place in block) >= 0.5 * scores[best]
            whole = alike or is_led or len(block) <= 3
            chosen = block[:MOST_POINTS] if whole else good[:MOST_POINTS]
    if is_led:
        chosen = [lead, *chosen]
    return chosen


def _fitting(known: Sequence[Unit], places: Sequence[int]) -> list[int]:
    """Return the places from the first on while their text has room; never an empty list."""
    room = MOST_CHARS
    kept: list[int] = []
    for place in places:
        room -= len(known[place].text)
        if kept and room < 0:
            break
        kept.append(place)
    return kept


def _lines(chosen: Sequence[Unit]) -> tuple[str, ...]:
    """Return sentences of a paragraph on one line; a list without a lead has its heading."""
    first = chosen[0]
    lines = [] if first.kind is UnitKind.SENTENCE or not first.heading else [_lead(first.heading)]
    before: Unit | None = None
    for unit in chosen:
        joins = before is not None and before.kind is unit.kind is UnitKind.SENTENCE
        if joins:
            lines[-1] = f"{lines[-1]} {unit.text}"
        else:
            lines.append(unit.text)
        before = unit
    return tuple(lines)


def _lead(heading: str) -> str:
    return heading if heading.endswith((":", "?")) else f"{heading}:"
