"""What of a transcript that was made after a call is not in the log yet. Pure.

Two machines never write the same words alike, so sentences are laid along what the log has of the
same side, word by word; one of which most words are found there, in that order, is known.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.log import Author, Escalation, Event, Notice
from bot.transcript import lines_of

KNOWN = 0.6
"""Of the words of a sentence, from which on the log has it."""
BEGUN = 0.5
"""Of the words before a human came, from which on the transcript begins before that, too."""
JOINED, CONTACT_LEFT = "joined", "contact_left"
_HIDDEN = re.compile(r"\[([A-Z]+(?:_[A-Z]+)*)(?:_\d+| \*{4}\d*)\]")
_WORD = re.compile(r"[^\W_]+")
"""What is contracted in one may be written out in the other, so an apostrophe parts words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a transcript that was made after the call."""

    number: int
    is_customer: bool
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the log says was said on the telephone."""

    seq: int
    is_customer: bool
    text: str


def heard_in(events: Sequence[Event]) -> tuple[Heard, ...]:
    """Return what a log says was said, fixed texts included, in order."""
    said = [Heard(one.seq, one.author is Author.CUSTOMER, one.text) for one in lines_of(events)]
    for event in events:
        match event.body:
            case Notice(code=code, text=text) if code != CONTACT_LEFT:
                said.append(Heard(event.seq, False, text))
            case _:
                pass
    return tuple(sorted(said, key=lambda one: one.seq))


def came_at(events: Sequence[Event]) -> int | None:
    """Return the seq at which a human came; None if none ever did."""
    for event in events:
        match event.body:
            case Escalation(state=state) if state == JOINED:
                return event.seq
            case _:
                pass
    return None


def unwritten(
    sentences: Sequence[Sentence], heard: Sequence[Heard], since: int
) -> tuple[Sentence, ...]:
    """Return the sentences that the log does not have, in order.

    What was said before a human came was heard and said by us: of that nothing is missing, and
    what is not found there was understood differently.

    Args:
        sentences: in order; without personal data, or hidden as it is in the log.
        heard: in order.
        since: the seq at which a human came.
    """
    places, found = _placed(sentences, heard)
    earlier = tuple(one for one in heard if one.seq < since)
    if sum(1 for seq in found if seq < since) < BEGUN * len(_words(earlier)[0]):
        # It begins when the human came, who greets in the bot's words.
        places, _ = _placed(sentences, [one for one in heard if one.seq >= since])
    missing: list[Sentence] = []
    following = since
    for sentence in reversed(sentences):
        place = places.get(sentence.number)
        if place is not None:
            following = place
        elif following >= since:
            missing.append(sentence)
    return tuple(reversed(missing))


def _placed(
    sentences: Sequence[Sentence], heard: Sequence[Heard]
) -> tuple[dict[int, int], list[int]]:
    """Return for each sentence that is known the seq where the log has it.

    Behind it, for each word that both have, the seq of it in the log.
    """
    places: dict[int, int] = {}
    found: list[int] = []
    for is_customer in (True, False):
        said = [one for one in sentences if one.is_customer is is_customer]
        known = [one for one in heard if one.is_customer is is_customer]
        for sentence, (size, seqs) in zip(said, _matched(said, known), strict=True):
            found += seqs
            if seqs and len(seqs) >= KNOWN * size:
                places[sentence.number] = max(seqs)
    return places, found


def _matched(sentences: Sequence[Sentence], heard: Sequence[Heard]) -> list[tuple[int, list[int]]]:
    """Return how many words each sentence has, and the seqs of those that the log has, too."""
    said, said_ends = _words(sentences)
    known, known_ends = _words(heard)
    found: list[list[int]] = [[] for _ in sentences]
    for block in SequenceMatcher(None, said, known).get_matching_blocks():
        for step in range(block.size):
            line = heard[bisect_right(known_ends, block.b + step)]
            found[bisect_right(said_ends, block.a + step)].append(line.seq)
    starts = [0, *said_ends]
    sizes = [end - start for start, end in zip(starts, said_ends, strict=False)]
    return list(zip(sizes, found, strict=True))


def _words(lines: Sequence[Sentence] | Sequence[Heard]) -> tuple[list[str], list[int]]:
    """Return the words of all lines, and where those of each end."""
    words: list[str] = []
    ends: list[int] = []
    for line in lines:
        bare = _HIDDEN.sub(lambda hidden: hidden[1].replace("_", ""), line.text)
        words += _WORD.findall(bare.casefold())
        ends.append(len(words))
    return words, ends
