"""The hard vetoes: what makes two alike questions different questions; pure and symmetric."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from routing.cache.lexicon import (
    ALWAYS_TELLING,
    AMOUNTS,
    ASKING,
    DIRECTIONS,
    KNOWN_NAMES,
    NEGATIONS,
    NUMBER_WORDS,
    OPPOSED,
    REVERSING,
    SIDES,
    SYMBOLS,
)
from routing.models.words import STOP_WORDS, content_words, stem

PLACEHOLDER = re.compile(r"\[\s*([A-Za-z][A-Za-z_]*?)(?:_?\d+|\s[*\d]+)?\s*\]")
"""Any word in brackets, in whatever case: one veto too many is better than a forged one passed."""
THOUSANDS = re.compile(r"(?<=\d)[.,' ](?=\d{3}(?!\d))")
TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+|[$€£¥%]")
APOSTROPHES = re.compile("(?<=\\w)['\u2019\u02bc`](?=\\w)")
SENTENCE_END = re.compile(r"[.!?:\n]\s*$")
_SMALL = """
der die das den dem des ein eine einen einem einer ich du er sie es wir ihr mein meine meinen
meiner meinem und oder ist sind war wird werden hat habe haben kann konnen wie was welche bei im
am auf fur an in man noch schon so zu mit mir mich bitte denn auch
le la les l un une des du de d je j tu il elle nous vous mon ma mes ton votre vos et ou est sont
c ce cette ces que qu quoi comment quel quelle puis peux peut dois faut en au aux pour dans sur
ai as avez fait faire svp
el los las una unos unas del yo mi mis tu su sus y o es son esta estan que como cual puedo puede
debo hay para por en se me lo he ha hacer tengo quiero
s m re ve ll t im ive id youre its thats whats"""
SMALL = frozenset(_SMALL.split())
"""Small words of the other languages, and of English what the apostrophe leaves."""


class Veto(Enum):
    """Why two questions must not share an answer, however near they are."""

    PLACEHOLDERS = "placeholders"
    NUMBERS = "numbers"
    NAMES = "names"
    NEGATION = "negation"
    ANTONYMS = "antonyms"
    DIRECTION = "direction"
    ASKED = "asked"
    """One asks when, the other why."""
    CONTENT = "content"
    """Each has something that the other has not."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the vetoes look at, worked out once for each question."""

    placeholders: tuple[str, ...]
    numbers: tuple[str, ...]
    """Sorted, with repetitions; written as digits."""
    names: frozenset[str]
    """What is written like a name, or is a known one; folded."""
    words: frozenset[str]
    """Every word, folded."""
    negated: tuple[str, ...]
    """Stem of what follows each negation, sorted; empty text where nothing does."""
    sides: frozenset[tuple[int, bool]]
    directions: frozenset[tuple[str, str]]
    """Stem and what is said of it."""
    asked: frozenset[str]
    content: frozenset[str]
    """Stems of what matters, synonyms made equal."""

    @property
    def is_bare(self) -> bool:
        """Return whether there is too little in it to be a question on its own."""
        return len(self.content) < 2


def traits_of(text: str) -> Traits:
    """Return what the vetoes look at in a text."""
    placeholders = sorted(found[1].casefold() for found in PLACEHOLDER.finditer(text))
    bare = THOUSANDS.sub("", APOSTROPHES.sub("'", PLACEHOLDER.sub(" ", text)))
    bare = bare.replace("n't", "nt").replace("N'T", "NT")
    written = [(found[0], _begins_sentence(bare, found.start())) for found in TOKEN.finditer(bare)]
    tokens = [folded(token) for token, _ in written]
    return Traits(
        placeholders=tuple(placeholders),
        numbers=tuple(sorted(filter(None, map(_number_of, tokens)))),
        names=frozenset(_names_of(written)),
        words=frozenset(tokens),
        negated=tuple(sorted(_following(tokens, NEGATIONS))),
        sides=frozenset(side for token in tokens for side in SIDES.get(token, ())),
        directions=frozenset(_directions_of(tokens)),
        asked=frozenset(_asked_of(tokens)),
        content=frozenset(content_of(text)),
    )


def content_of(text: str) -> tuple[str, ...]:
    """Return the stems of what matters in a text, in order, small words of all languages left out.

    Negations and numbers are not among them: they have a veto of their own.
    """
    stems = content_words(APOSTROPHES.sub(" ", PLACEHOLDER.sub(" ", text)))
    return tuple(
        word for word in stems if word not in SMALL and word not in NEGATIONS and not word.isdigit()
    )


def veto(one: Traits, other: Traits) -> Veto | None:
    """Return the first reason why two questions must not share an answer; None without any.

    `veto(a, b)` and `veto(b, a)` are the same.
    """
    if one.placeholders != other.placeholders:
        return Veto.PLACEHOLDERS
    if one.numbers != other.numbers:
        return Veto.NUMBERS
    if one.names - other.words or other.names - one.words:
        return Veto.NAMES
    if one.negated != other.negated:
        return Veto.NEGATION
    if _are_opposite(one, other):
        return Veto.ANTONYMS
    if _go_against(one, other):
        return Veto.DIRECTION
    if _ask_apart(one.asked, other.asked):
        return Veto.ASKED
    if one.content - other.content and other.content - one.content:
        return Veto.CONTENT
    return None


def folded(token: str) -> str:
    """Return a token without case and accents."""
    plain = unicodedata.normalize("NFKD", token).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"'(\u201c")
    return not before or SENTENCE_END.search(before) is not None


def _number_of(token: str) -> str:
    return token if token[0].isdigit() else NUMBER_WORDS.get(token, "")


def _names_of(written: Sequence[tuple[str, bool]]) -> list[str]:
    """Return what is written like a name; a text in capitals alone has no such thing."""
    shouted = all(token.isupper() for token, _ in written if token.isalpha())
    found = []
    for token, is_first in written:
        plain = folded(token)
        is_small = plain in STOP_WORDS or plain in SMALL
        looks = token[0].isupper() and not is_first and not is_small
        is_code = len(token) > 1 and token.isupper() and not is_small
        is_known = plain in KNOWN_NAMES or token in SYMBOLS or token == "US"
        if is_known or (not shouted and (looks or is_code)):
            found.append(plain)
    return found


def _following(tokens: Sequence[str], marks: frozenset[str]) -> list[str]:
    """Return the stem of the content word after each mark."""
    return [_next_content(tokens, n + 1) for n, token in enumerate(tokens) if token in marks]


def _next_content(tokens: Sequence[str], start: int) -> str:
    for token in tokens[start:]:
        if token not in STOP_WORDS and token not in SMALL and token not in NEGATIONS:
            return stem(token)
    return ""


def _directions_of(tokens: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for n, token in enumerate(tokens):
        side = "without" if token in ("without", "ohne", "sans", "sin") else DIRECTIONS.get(token)
        if side is not None:
            found.append((_next_content(tokens, n + 1), side))
    return found


def _asked_of(tokens: Sequence[str]) -> list[str]:
    found = [ASKING[token] for token in tokens[:1] if token in ASKING]
    found += [f"how {b}" for a, b in pairwise(tokens) if a == "how" and b in AMOUNTS]
    return found


def _ask_apart(one: frozenset[str], other: frozenset[str]) -> bool:
    differ = one ^ other
    return bool(differ & ALWAYS_TELLING or (one and other and differ))


def _are_opposite(one: Traits, other: Traits) -> bool:
    pairs = {pair for pair, _ in one.sides} & {pair for pair, _ in other.sides}
    if any(((pair, side) in one.sides) != ((pair, side) in other.sides)
           for pair in pairs for side in (False, True)):  # fmt: skip
        return True
    left, right = one.words - other.words, other.words - one.words
    return any(
        f"{prefix}{word}" in there
        for here, there in ((left, right), (right, left))
        for word in here
        if len(word) > 3
        for prefix in REVERSING
    )


def _go_against(one: Traits, other: Traits) -> bool:
    origins = [
        {thing for thing, side in each.directions if side == "from"} for each in (one, other)
    ]
    if all(origins) and origins[0] != origins[1]:
        return True
    mine, others = one.directions - other.directions, other.directions - one.directions
    return any(_opposes(each, other.directions) for each in mine) or any(
        _opposes(each, one.directions) for each in others
    )


def _opposes(said: tuple[str, str], directions: frozenset[tuple[str, str]]) -> bool:
    thing, side = said
    return any(
        thing == where and frozenset((side, there)) in OPPOSED for where, there in directions
    )
