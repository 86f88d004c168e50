"""How much of an answer was heard before it was interrupted. Pure."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from channels.voice.speech import Span

_UNIT = re.compile(r"(?:\[[^\[\]\n]{1,120}\](?:\([^()\s]{0,400}\))?|\S)+")
"""A word with all that stands at it; neither a placeholder nor a link is divided."""
_UNSAID = re.compile(r"\]\([^()\s]*\)|(?:https?://|www\.)\S+|\[\d{1,3}\]|\[[A-Z_]+[_ ][\d*]+\]")
_HIDDEN = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+| \*{4}\d*)\]")
_IN_NUMBER = re.compile(r"(?<=\d)[.,'\u2019\u00a0\u202f](?=\d)")
_SAID_WORD = re.compile(r"[^\W_]+")
_ANYTHING = "[]"
"""The key of a placeholder: any words were said for it."""
_REACH = 14
"""Words that may differ between two that are the same."""
_MOST_OF_VALUE = 60
"""Words that are said for one placeholder."""
_ENOUGH = 0.5
"""Of what the vendor says was heard must be found."""
_HALF = 0.5
"""More than this of a value must have been heard for it to count."""
_HEAD = 4


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is compared, and where it stands."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Match:
    """Words that are the same in two texts, as pairs of their places, in order."""

    pairs: tuple[tuple[int, int], ...]

    @property
    def last(self) -> int:
        """Return the place in the second text of the last word that both have; -1 for none."""
        return self.pairs[-1][1] if self.pairs else -1


def heard_prefix(
    said: str, written: str, utterance: str, spans: Sequence[Span] = (), source: str = ""
) -> str:
    """Return the prefix of a written answer that the caller has heard.

    It ends with a whole word of `written` and never inside of a placeholder or a value; of a value
    more than half must have been heard. Nothing heard is nothing; what cannot be aligned is the
    vendor's own text.

    Args:
        said: the spoken answer, so far as it was sent.
        written: what stands in the log.
        utterance: what the vendor says was heard; spacing, case, numerals and marks may differ.
        spans: of the `SpeechStream` that made `said`, if they were kept.
        source: what that stream was fed, where it is not `written`: personal data put back.
    """
    if not utterance.strip():
        return ""
    heard = _words_of(utterance)
    if not heard or not written.strip():
        return utterance.strip()
    in_said, in_written = _words_of(said), _words_of(written)
    by_said, by_written = _aligned(heard, in_said), _aligned(heard, in_written)
    best = max(len(by_said.pairs), len(by_written.pairs))
    if best < _ENOUGH * len(heard) or not best:
        return utterance.strip()
    if len(by_written.pairs) > len(by_said.pairs):
        return _whole(written, in_written[by_written.last].end)
    if by_said.last == len(in_said) - 1 and _is_all_said(in_said, in_written):
        return written.rstrip()
    place = in_said[by_said.last].end
    if spans:
        reached = _by_spans(said, place, spans)
        mapped = _in_log(reached, source or written, written)
        if mapped is not None:
            return _whole(written, mapped)
    return _whole(written, _by_words(by_said.last, in_said, in_written, written))


def _words_of(text: str) -> list[_Word]:
    """Return the words of a text; what is not said, such as a link's address, has none."""
    joined = _IN_NUMBER.sub("\ue000", _blanked(text))
    words = [_Word(_ANYTHING, m.start(), m.end()) for m in _HIDDEN.finditer(text)]
    for found in re.finditer(r"[^\W_]+(?:['\u2019\ue000][^\W_]+)*", joined):
        key = re.sub(r"['\u2019\ue000]", "", found[0])
        words.append(_Word(_folded(key), found.start(), found.end()))
    return sorted(words, key=lambda word: word.start) if "[" in text else words


def _blanked(text: str) -> str:
    """Return a text of the same length without what is not said as it stands there."""
    return _UNSAID.sub(lambda found: " " * len(found[0]), text)


def _folded(key: str) -> str:
    if key.isascii():
        return key.lower()
    parts = unicodedata.normalize("NFKD", key.casefold())
    return "".join(mark for mark in parts if not unicodedata.combining(mark))


def _aligned(heard: Sequence[_Word], text: Sequence[_Word]) -> _Match:
    """Return how what was heard stands in a text: from its start, else from the best place."""
    match = _from(heard, text, 0)
    if len(match.pairs) > _ENOUGH * len(heard):
        return match
    head = [word.key for word in heard[:_HEAD]]
    keys = [word.key for word in text]
    for start in range(1, len(keys) - len(head) + 1):
        if keys[start : start + len(head)] == head:
            other = _from(heard, text, start)
            return other if len(other.pairs) > len(match.pairs) else match
    return match


def _from(heard: Sequence[_Word], text: Sequence[_Word], start: int) -> _Match:
    pairs = list[tuple[int, int]]()
    i, j = 0, start
    while i < len(heard) and j < len(text):
        if text[j].key == _ANYTHING:
            i = _behind(heard, text, i, j)
            if i < 0:
                break
            pairs.append((i - 1, j))
            j += 1
            continue
        if heard[i].key == text[j].key:
            pairs.append((i, j))
            i, j = i + 1, j + 1
            continue
        step = _step(heard, text, i, j)
        if step is None:
            i += 1
        else:
            i, j = i + step[0], j + step[1]
    return _Match(tuple(pairs))


def _behind(heard: Sequence[_Word], text: Sequence[_Word], i: int, j: int) -> int:
    """Return the word behind those that were said for a placeholder; -1 while it goes on."""
    if j + 1 == len(text):
        return len(heard)
    following = [word.key for word in text[j + 1 : j + 3]]
    for place in range(i + 1, min(i + 1 + _MOST_OF_VALUE, len(heard))):
        keys = [word.key for word in heard[place : place + 2]]
        if following[0] == _ANYTHING or keys == following[: len(keys)]:
            return place
    return -1


def _step(heard: Sequence[_Word], text: Sequence[_Word], i: int, j: int) -> tuple[int, int] | None:
    """Return how many words to leave out in both so that they are the same again."""
    for total in range(1, 2 * _REACH):
        for ahead in range(max(0, total - _REACH), min(total, _REACH) + 1):
            back = total - ahead
            if (
                i + back < len(heard)
                and j + ahead < len(text)
                and _is_same(heard, text, i + back, j + ahead, is_near=total <= 2)
            ):
                return back, ahead
    return None


def _is_same(
    heard: Sequence[_Word], text: Sequence[_Word], i: int, j: int, *, is_near: bool
) -> bool:
    """Return whether two words are the same; far away the next two must be, too."""
    if heard[i].key != text[j].key:
        return False
    if is_near or i + 1 == len(heard) or j + 1 == len(text):
        return True
    following = {word.key for word in text[j + 1 : j + 3]}
    return heard[i + 1].key in following or len(heard[i].key) > _HEAD


def _is_all_said(said: Sequence[_Word], written: Sequence[_Word]) -> bool:
    """Return whether what was sent is the whole answer, not its first part."""
    match = _from(written, said, 0)
    return bool(match.pairs) and match.pairs[-1][0] >= len(written) - 2


def _by_spans(said: str, place: int, spans: Sequence[Span]) -> int:
    """Return up to where of the source was heard."""
    index = bisect_right([span.said_end for span in spans], place)
    start = spans[index - 1].said_end if index else 0
    reached = spans[index - 1].written_end if index else 0
    if index < len(spans):
        end = spans[index].said_end
        words = len(_SAID_WORD.findall(said, start, end))
        if words and len(_SAID_WORD.findall(said, start, place)) > _HALF * words:
            return spans[index].written_end
    return reached


def _in_log(place: int, source: str, written: str) -> int | None:
    """Return the place in the log's text for one in the text with personal data put back."""
    if source == written:
        return place
    at = done = 0
    for literal, hidden_end in _literals(written):
        found = source.find(literal, at)
        if found < 0 or (done == 0 and found > 0):
            return None
        if place < found:
            return done
        start = hidden_end - len(literal)
        if place <= found + len(literal):
            return start + place - found
        at, done = found + len(literal), start + len(literal)
    return len(written)


def _literals(written: str) -> list[tuple[str, int]]:
    """Return what stands between placeholders, and where each ends."""
    parts, start = list[tuple[str, int]](), 0
    for found in _HIDDEN.finditer(written):
        parts.append((written[start : found.start()], found.start()))
        start = found.end()
    return [*parts, (written[start:], len(written))]


def _by_words(last: int, said: Sequence[_Word], written: Sequence[_Word], text: str) -> int:
    """Return up to where of the written text was heard, by the words that both texts share."""
    pairs = ((-1, -1), *_from(said, written, 0).pairs, (len(said), len(written)))
    index = bisect_right([pair[0] for pair in pairs], last) - 1
    (said_from, written_from), (said_to, written_to) = pairs[index], pairs[index + 1]
    reached = written[written_from].end if written_from >= 0 else 0
    if last == said_from:
        return reached
    limit = written[written_to].start if written_to < len(written) else len(text)
    units = [unit.end() for unit in _UNIT.finditer(text, reached, limit)]
    share = (last - said_from) / max(1, said_to - said_from - 1)
    count = int(len(units) * share + 1 - _HALF - 0.01)
    return units[count - 1] if count else reached


def _whole(written: str, place: int) -> str:
    """Return a text up to a place, to the end of the last word that was heard for the most part."""
    end, blanked = 0, _blanked(written)
    for unit in _UNIT.finditer(written):
        if unit.end() <= place:
            end = unit.end()
            continue
        said = [word.end() for word in _SAID_WORD.finditer(blanked, unit.start(), unit.end())]
        heard = sum(1 for word in said if word <= place)
        if heard > _HALF * len(said) or (not said and place > unit.start()):
            end = unit.end()
        break
    return written[:end]
