"""Where a continuation meets what was said before: nothing twice, nothing lost. Pure.

A model that was asked to go on may repeat the last words, begin from the start again, forget the
blank between two words, or give another answer instead. What it repeats is dropped, the joint is
mended, and an answer that does not go on is noticed. Words are compared without case, blanks and
punctuation.

With a model that goes on exactly, begins anew or repeats any number of words, the join is the
original text, wherever that was cut. It can be wrong where a text itself repeats words at the cut,
as in `very very`: the second one then looks like a repetition.
"""

from enum import Enum

from routing.execution.seam_text import (
    GREETINGS,
    OPENERS,
    Word,
    ends_sentence,
    has_ended,
    is_mid_sentence,
    lead_after_overlap,
    lead_as_it_is,
    words_of,
)

MOST_WORD_CHARS = 40
"""A longer word is taken as several."""
MOST_LEAD_CHARS = 20
"""So much punctuation is looked at before the first new word."""
MOST_HELD_CHARS = 200
"""Most that is kept back of text that is no repetition; what is repeated may be longer."""
SAME_START_WORDS = 3
"""Beginning with so many of the first words of the answer is beginning anew."""
WORTH_WORDS = 2
"""So many repeated words are never a coincidence."""
WORTH_SIGNS = 4
"""As many, in scripts where one sign counts as a word."""
WORTH_CHARS = 3
"""A single repeated word is believed from this length on, where it could also be half a word."""


class Joint(Enum):
    """What has become of a seam."""

    OPEN = "open"
    """Not known yet: text is kept back."""
    JOINED = "joined"
    """The text goes on; nothing is kept back any more."""
    NEW_ANSWER = "new_answer"
    """A whole other answer has begun."""
    NEW_SENTENCE = "new_sentence"
    """It does not go on where the text broke off, but it is no whole answer either."""


class Seam:
    """Joins one continuation to what was said; its output does not depend on how it was cut.

    Read `joint` after each `feed` and after `flush`. While it is JOINED, what is returned is to be
    said after what was said; once it is NEW_ANSWER or NEW_SENTENCE, what was kept back is returned
    as the model wrote it.
    """

    def __init__(self, said: str) -> None:
        self.joint = Joint.OPEN
        self._said = said
        self._before = words_of(said, MOST_WORD_CHARS)
        self._tail = said[self._before[-1].end :] if self._before else said
        self._held = ""
        self._heard: list[Word] = []
        self._alive = list(range(len(self._before)))
        """Where in what was said everything heard so far may have been taken from."""
        self._overlap: Word | None = None
        """The last heard word of the longest repetition that reaches the end."""
        self._same_start = 0
        self._cut: int | None = None
        """From here on the held text is new; None while it is looked for."""

    def feed(self, piece: str) -> str:
        """Return what is certain of the continuation and was not returned before."""
        if self.joint is not Joint.OPEN:
            return piece
        self._held += piece
        return self._advanced(is_whole=False)

    def flush(self) -> str:
        """Return the rest: the continuation has ended."""
        return self._advanced(is_whole=True) if self.joint is Joint.OPEN else ""

    def _advanced(self, *, is_whole: bool) -> str:
        if self._cut is None:
            self._listen(is_whole=is_whole)
        return "" if self._cut is None else self._mended(is_whole=is_whole)

    def _listen(self, *, is_whole: bool) -> None:
        """Compare the words that are complete, one by one, until it is clear what is repeated."""
        start = self._heard[-1].end if self._heard else 0
        for word in words_of(self._held, MOST_WORD_CHARS, start):
            is_complete = word.end < len(self._held) or word.end - word.start == MOST_WORD_CHARS
            if not is_whole and not is_complete and not word.is_sign:
                return
            self._heard.append(word)
            self._compare(word)
            if not self._alive and len(self._heard) >= WORTH_WORDS:
                self._cut = self._new_from()
                return
        has_no_word = not self._heard and len(self._held) >= MOST_HELD_CHARS
        if is_whole and self._is_all_repeated():
            self._cut = len(self._held)
        elif is_whole or has_no_word:
            self._cut = self._new_from()

    def _compare(self, word: Word) -> None:
        """Keep those places that the word fits to as well."""
        count = len(self._heard)
        last = len(self._before) - 1
        alive: list[int] = []
        for place in self._alive:
            at = place + count - 1
            known = self._before[at]
            if known.text == word.text:
                fits = True
            else:
                is_half = at == last and not self._tail
                fits = is_half and word.text.startswith(known.text)
            if fits and place == 0:
                self._same_start = count
            if not fits:
                continue
            if at < last:
                alive.append(place)
            elif self._is_worth(word, known, place):
                self._overlap = word
        self._alive = alive

    def _is_worth(self, word: Word, known: Word, place: int) -> bool:
        """Tell whether a repetition that reaches the end is one, and no chance."""
        count = len(self._heard)
        if count >= (WORTH_SIGNS if word.is_sign else WORTH_WORDS):
            return True
        lead = self._held[: word.start]
        is_number = known.text.isdigit()
        if self._tail:
            return place == 0 or not has_ended(self._tail)
        if any(char.isspace() for char in lead) or is_number:
            return False
        if place == 0:
            return True
        if known.text == word.text:
            return len(known.text) >= WORTH_CHARS
        return len(known.text) >= WORTH_WORDS

    def _is_all_repeated(self) -> bool:
        """Tell whether the model began anew and said no more than was said before."""
        least = 2 * WORTH_SIGNS if self._heard and self._heard[0].is_sign else SAME_START_WORDS
        return self._alive[:1] == [0] and len(self._heard) >= least

    def _new_from(self) -> int:
        if self._overlap is None:
            return 0
        known = self._before[-1]
        is_half = not self._tail and known.text != self._overlap.text
        return self._overlap.start + len(known.text) if is_half else self._overlap.end

    def _mended(self, *, is_whole: bool) -> str:
        """Return the new text once its first word is known, joined to what was said."""
        assert self._cut is not None
        new = self._held[self._cut :]
        found = words_of(new[:MOST_LEAD_CHARS], 1)
        if not found and len(new) < MOST_LEAD_CHARS and not is_whole:
            return ""
        lead = new[: found[0].start] if found else new[:MOST_LEAD_CHARS]
        rest = new[len(lead) :]
        if self._cut:
            if rest and ends_sentence(self._said) and not has_ended(lead):
                self._overlap, self._cut = None, 0
                return self._mended(is_whole=is_whole)
            self.joint = Joint.JOINED
            return lead_after_overlap(self._said, self._tail, lead) + rest
        self.joint = self._verdict(lead)
        if self.joint is not Joint.JOINED:
            return self._held
        return lead_as_it_is(self._said, lead, rest[:1]) + rest

    def _verdict(self, lead: str) -> Joint:
        """Return whether text that repeats nothing goes on from what was said."""
        if not self._heard or not self._before or not self._held[self._heard[0].start].isupper():
            return Joint.JOINED
        if has_ended(lead):
            return Joint.JOINED
        first = self._heard[0].text
        second = self._heard[1].text if len(self._heard) > 1 else ""
        if not is_mid_sentence(self._said):
            is_hello = not lead.strip() and GREETINGS.get(first, False)
            is_at_end = ends_sentence(self._said)
            return Joint.NEW_ANSWER if is_hello and is_at_end else Joint.JOINED
        starts_again = self._same_start >= SAME_START_WORDS
        if starts_again or first in GREETINGS or f"{first} {second}" in GREETINGS:
            return Joint.NEW_ANSWER
        return Joint.NEW_SENTENCE if first in OPENERS else Joint.JOINED
