"""A streamed answer as speech: what a voice can say, as soon as it is certain. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from channels.voice import say_phrases as phrases
from channels.voice.say_locale import tongue_of
from channels.voice.say_numbers import POINT
from channels.voice.say_run import WAIT, run_end
from channels.voice.say_values import Context, say_value
from channels.voice.say_words import is_site, say_enumerated, say_link, say_placeholder, say_word
from channels.voice.speech_lexicon import Lexicon, Shape, lexicon_of
from channels.voice.speech_markdown import MOST_HELD_CHARS as _MOST_MARKDOWN
from channels.voice.speech_markdown import MarkStream
from channels.voice.speech_marks import BREAK, CELL, END, ENUMERATED, LINK, MASKED, PLACEHOLDER

_WINDOW = 64
MOST_HELD_CHARS = _MOST_MARKDOWN + _WINDOW
"""The most of a text that is kept back; of ordinary prose it is the word that is not complete."""
_WORD = re.compile(r"([^\W\d_]+(?:['\u2019-][^\W\d_]+)*)(?=[\s,;!?)\"\u201d\u00bb\u2026])")
_BLANKS = re.compile(r"\s+")
_CHUNK = re.compile(
    r"[^\s,;!?()\"\u201c\u201d\u201e\u00ab\u00bb<>\u2026\u2013\u2014\u2192\ue000-\uf8ff]+"
)
_TRAILING = ".:'\u2019-*/#&+=@~"
_HEAD = re.compile(r"[~#]?[-\u2212+]?(?:[$\u20ac\u00a3\u00a5\u20b9][ \u00a0]?)?\(?(?=\d)")
_HEAD_BEGUN = re.compile(r"[~#]?[-\u2212+]?(?:[$\u20ac\u00a3\u00a5\u20b9][ \u00a0]?)?\(?")
_PLURAL = re.compile(r"\((?:s|es|n|en|e|a|as|os)\)")
_PLURAL_BEGUN = re.compile(r"\([snea]{0,2}")
_EMOTICON = re.compile(r"[:;]['-]?[()DPp](?![^\W_])")
_STOPS = re.compile(r"[.!?\u2026]+")
_ENDS = ".!?\u2026"
_WEAK = {",": ",", ";": ";", ":": ":", "(": ",", ")": ",", "\u2013": ",", "\u2014": ",",
         "\u2192": ",", "\u2022": ","}  # fmt: skip
_SILENT = "\"\u201c\u201d\u201e\u00ab\u00bb'\u2018\u2019<>[]{}^=~|\\*#_`"
_UNITS = "%$\u20ac\u00a3"
_RANK = {"": 0, ",": 1, ";": 2, ":": 2, ".": 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """What can be said now."""

    text: str
    begins_sentence: bool
    """A new sentence begins with it; the first piece of an answer begins none."""


@dataclass(frozen=True, slots=True)
class Span:
    """Up to where has been said what was written up to there; both count from the start."""

    said_end: int
    written_end: int


class SpeechStream:
    """Written text in pieces, in; what is said, out; however it is cut the same.

    All pieces together are the spoken answer, blanks included. No value is ever divided between
    two of them, and no piece reaches into a second sentence.
    """

    def __init__(self, locale: str) -> None:
        self.spans: list[Span] = []
        """For each thing that was said, in order."""
        self._tongue = tongue_of(locale)
        self._lexicon: Lexicon = lexicon_of(self._tongue.language)
        self._marks = MarkStream()
        self._plain = ""
        self._ends: list[int] = []
        """For each character of `_plain`, where what it stands for ends in the written text."""
        self._place = 0
        self._is_final = False
        self._before = " "
        """The character before `_place`."""
        self._words: tuple[str, ...] = ()
        self._pause = ""
        """A pause that is said with the next word."""
        self._opener = ""
        self._has_blank = False
        self._has_ended = False
        """What was said last ends a sentence."""
        self._said = 0
        self._piece = ""
        self._begins = False
        self._pieces: list[Piece] = []

    @property
    def held_chars(self) -> int:
        """Return how much of the text is waiting for more."""
        return len(self._plain) - self._place + self._marks.held_chars

    def feed(self, text: str) -> str:
        """Return what is certain of the text so far and was not returned before."""
        return "".join(piece.text for piece in self.pieces(text))

    def flush(self) -> str:
        """Return the rest."""
        return "".join(piece.text for piece in self.last_pieces())

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Return what `feed` returns, divided where sentences begin.

        A sentence has ended once the next one begins, so `$29.50` and `Dr. Smith` end none.
        """
        for plain in self._marks.feed(text):
            self._receive(plain.text, plain.end, plain.is_same)
        return self._drain()

    def last_pieces(self) -> tuple[Piece, ...]:
        """Return what `flush` returns, divided where sentences begin."""
        for plain in self._marks.flush():
            self._receive(plain.text, plain.end, plain.is_same)
        self._is_final = True
        return self._drain()

    def _receive(self, text: str, end: int, is_same: bool) -> None:
        self._plain += text
        size = len(text)
        self._ends.extend(range(end - size + 1, end + 1) if is_same else [end] * size)

    def _drain(self) -> tuple[Piece, ...]:
        while self._place < len(self._plain) and self._step():
            pass
        if self._place:
            self._plain = self._plain[self._place :]
            del self._ends[: self._place]
            self._place = 0
        if self._piece:
            self._cut()
        pieces, self._pieces = tuple(self._pieces), []
        return pieces

    def _cut(self) -> None:
        self._pieces.append(Piece(self._piece, self._begins))
        self._piece, self._begins = "", False

    # Saying ---------------------------------------------------------------------------------

    def _take(self, count: int) -> bool:
        self._place += count
        self._before = self._plain[self._place - 1]
        return True

    def _speak(self, words: str, count: int) -> bool:
        """Say words instead of the next characters."""
        written = self._ends[self._place + count - 1]
        if words:
            if self._said:
                self._has_blank = self._has_blank or (self._has_ended and words[0].isalnum())
                self._lead_in()
            text = self._opener + words
            self._opener, self._has_blank, self._has_ended = "", False, words[-1] in _ENDS
            self._piece += text
            self._said += len(text)
            self.spans.append(Span(self._said, written))
        return self._take(count)

    def _lead_in(self) -> None:
        """Say what stands between the last words and the next."""
        if self._pause and not self._has_ended:
            self._piece += self._pause
            self._said += 1
            self._has_ended = self._pause in _ENDS
        if self._pause or self._has_blank:
            if self._has_ended:
                if self._piece:
                    self._cut()
                self._begins = True
            self._piece += " "
            self._said += 1
        self._pause = ""

    def _remember(self, words: str) -> None:
        self._words = (*self._words, *words.lower().split())[-3:]

    def _weaken(self, pause: str, count: int) -> bool:
        """Make a pause before the next word; of two pauses the longer one counts."""
        if self._said and _RANK[pause] > _RANK[self._pause]:
            self._pause = pause
        self._has_blank = True
        return self._take(count)

    def _stop(self, marks: str, count: int) -> bool:
        """Say what ends a sentence."""
        if not self._said or self._has_ended:
            return self._take(count)
        self._pause, self._has_blank = "", False
        said = "\u2026" if marks[:1] == "\u2026" or marks[:2] == ".." else marks[:1]
        written = self._ends[self._place + count - 1]
        self._piece += said
        self._said += len(said)
        self._has_ended = True
        self.spans.append(Span(self._said, written))
        return self._take(count)

    # Reading --------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Decide on what stands next; False when more text is needed."""
        plain, place = self._plain, self._place
        limit = place + _WINDOW
        found = _WORD.match(plain, place, limit)
        # A superscript counts as part of a word, but begins none: alone it is said at once.
        if found and plain[place].isalpha():
            word = found[1]
            if self._lexicon.is_plain(word):
                self._remember_word(word)
                return self._speak(word, len(word))
        mark = plain[place]
        if mark.isspace():
            blanks = _BLANKS.match(plain, place)
            self._has_blank = True
            return self._take(blanks.end() - place if blanks else 1)
        if "\ue000" <= mark <= "\uf8ff":
            return self._marked(mark)
        window = plain[place:limit]
        is_final = self._is_final or len(window) == _WINDOW
        if mark.isalpha():
            return self._word(window, is_final)
        head = _HEAD.match(window)
        if head and self._is_head(window, head.end()):
            return self._value(window, head.end(), is_final)
        if not is_final and _HEAD_BEGUN.fullmatch(window):
            return False
        return self._symbol(mark, window, is_final)

    def _remember_word(self, word: str) -> None:
        self._words = (*self._words[-2:], word.lower())

    def _is_head(self, window: str, end: int) -> bool:
        """Return whether a sign before digits belongs to them."""
        is_signed = end > 0 and window[0] in "-\u2212+~#"
        return not is_signed or not (self._before.isalnum() or self._before == ")")

    def _value(self, window: str, start: int, is_final: bool) -> bool:
        end = run_end(window, start, is_final, self._tongue)
        if end == WAIT:
            return False
        count, words = end, window[:end]
        if self._tongue.is_spelled:
            said = say_value(window[:end], Context(self._words, self._tongue))
            count, words = said.end, said.words
        self._has_blank = self._has_blank or self._before.isalpha()
        self._speak(words, count)
        self._remember(window[start:count])
        following = window[count : count + 1]
        self._has_blank = following.isalnum()
        return True

    def _marked(self, mark: str) -> bool:
        if mark == BREAK:
            return self._weaken(".", 1)
        if mark == CELL:
            return self._weaken(",", 1)
        language = self._tongue.language if self._tongue.is_spelled else "en"
        if mark == LINK:
            said = say_link(self._words[-1] if self._words else "", self._tongue)
            return self._speak(said, 1)
        if mark == MASKED:
            self._remember(phrases.ENDING[language])
            self._speak(phrases.ENDING[language] if self._tongue.is_spelled else "", 1)
            self._has_blank = True
            return True
        end = self._plain.index(END, self._place)
        value, count = self._plain[self._place + 1 : end], end + 1 - self._place
        if mark == ENUMERATED:
            self._speak(say_enumerated(int(value), self._tongue.language), count)
            self._pause = ","
            return True
        if mark == PLACEHOLDER:
            kind, _, last = value.partition(" ")
            said = say_placeholder(kind, last, self._words, self._tongue)
            self._remember(said)
            self._has_blank = self._has_blank or self._before.isalnum()
            return self._speak(said, count)
        return self._take(1)

    def _word(self, window: str, is_final: bool) -> bool:
        found = _CHUNK.match(window)
        chunk = found[0] if found else window[0]
        if len(chunk) == len(window) and not is_final:
            return False
        shape = self._lexicon.shape(chunk, window, is_final)
        match shape:
            case Shape(is_open=True):
                return False
            case Shape(value_at=start) if start:
                return self._value(window, start, is_final)
            case Shape(words=words) if words:
                self._remember(words)
                return self._speak(words, shape.count)
            case _:
                pass
        core = chunk.rstrip(_TRAILING) or chunk[0]
        if is_site(core):
            said = say_link(self._words[-1] if self._words else "", self._tongue)
        else:
            said = say_word(core, self._tongue)
        self._remember(core)
        return self._speak(said, len(core))

    def _symbol(self, mark: str, window: str, is_final: bool) -> bool:
        following = window[1:2]
        if not following and not is_final:
            return False
        if mark in _ENDS:
            return self._full_stop(window, is_final)
        if mark == "(" and self._before.isalpha() and not self._has_blank:
            plural = _PLURAL.match(window)
            if plural:
                return self._take(plural.end())
            if not is_final and _PLURAL_BEGUN.fullmatch(window):
                return False
        if mark in ":;" and not self._before.isalnum():
            if len(window) < 4 and not is_final:
                return False
            face = _EMOTICON.match(window)
            if face:
                return self._take(face.end())
        if following.isalpha() and not self._has_blank and self._said:
            link = self._link(mark)
            if link:
                return self._sound(link)
        if mark in _WEAK:
            return self._weaken(_WEAK[mark], 1)
        if mark in "-\u2010\u2011\u2212":
            return self._dash(following)
        if mark in "\u00bf\u00a1":
            self._opener = mark
            return self._take(1)
        return self._sign(mark)

    def _link(self, mark: str) -> str:
        """Return the word for a mark between two words without blanks: `Mon\u2013Fri`."""
        language = self._tongue.language
        if mark == "\u2013" and (self._before.isalnum() or self._before == "."):
            return phrases.TO.get(language, "")
        if mark == "/" and (self._before.isdecimal() or self._before in _UNITS):
            return phrases.PER.get(language, "")
        return ""

    def _sound(self, words: str) -> bool:
        """Say a word for the next character, with a blank at both sides."""
        self._has_blank = True
        self._speak(words, 1)
        self._has_blank = True
        return True

    def _full_stop(self, window: str, is_final: bool) -> bool:
        found = _STOPS.match(window)
        size = found.end() if found else 1
        if size == len(window) and not is_final:
            return False
        is_point = window[0] == "." and size == 1 and window[1:2].isdecimal()
        if is_point and self._before.isspace() and self._tongue.is_spelled:
            self._speak(POINT[self._tongue.language], 1)
            self._has_blank = True
            return True
        return self._stop(window[:size], size)

    def _dash(self, following: str) -> bool:
        is_link = self._before.isalnum() and following.isalpha() and not self._has_blank
        if is_link and self._said:
            self._speak("-", 1)
            return True
        if self._before.isspace() and (following.isspace() or not following):
            return self._weaken(",", 1)
        self._has_blank = True
        return self._take(1)

    def _sign(self, mark: str) -> bool:
        """Say a single character that is neither a letter nor a digit."""
        names = phrases.SYMBOLS.get(self._tongue.language, {})
        if mark in names:
            return self._sound(names[mark])
        if mark in _SILENT or unicodedata.category(mark)[0] in "SPZC":
            self._has_blank = self._has_blank or mark in "/_|\\=<>~"
            return self._take(1)
        return self._speak(mark, 1)
