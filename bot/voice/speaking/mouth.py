"""What is said on one line: words of the log as frames, and what of them was heard."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.log import Author
from channels.voice.base import Language, Line, Text
from channels.voice.speech import Span

ALIGNED_CHARS = 16
"""So many letters tell which of several utterances an interruption was in."""
MOST_KEPT = 8
"""Utterances that may still be playing."""
ALWAYS = sys.maxsize
"""The generation of what belongs to no message."""


class Stream(Protocol):
    """Makes speech of text in pieces; see `channels.voice.speech.SpeechStream`."""

    @property
    def spans(self) -> list[Span]:
        """How far what was said reaches in what was written, in order."""
        ...

    def feed(self, text: str) -> str:
        """Return what is certain of the speech so far."""
        ...

    def flush(self) -> str:
        """Return the rest."""
        ...


Align = Callable[[str, str, str, Sequence[Span], str], str]
"""See `channels.voice.heard.heard_prefix`."""


@dataclass(slots=True)
class Utterance:
    """One message on its way to the caller's ear."""

    message_id: str
    """Empty for a fixed text that no message of the log stands for."""
    author: Author
    generation: int
    stream: Stream = field(repr=False)
    written: str = field(default="", repr=False)
    """As the log has it."""
    shown: str = field(default="", repr=False)
    """The same with the caller's own values in it."""
    spoken: str = field(default="", repr=False)
    played: str = field(default="", repr=False)
    """What of that the vendor says was really spoken: whole clauses."""
    plays_until: float = 0.0
    """Monotonic seconds, as we reckon."""
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A message of which not everything was heard."""

    message_id: str
    heard: str = field(repr=False)


class Mouth:
    """Says one thing after the other; every message has a generation of its own."""

    def __init__(self, line: Line, stream: Callable[[str], Stream], align: Align) -> None:
        self._line = line
        self._stream = stream
        self._align = align
        self._generation = 0
        self._said: list[Utterance] = []
        self._last: Utterance | None = None
        """Of which something was sent last."""
        self._silenced: set[str] = set()
        self.locale = "en"
        """Of the next message."""
        self.owes_last = False
        """A talk cycle is open: it ends with an empty last token."""
        self._has_reports = False
        """The vendor tells what is played."""

    def begin(self, message_id: str, author: Author) -> bool:
        """Begin a message; False if it is not to be said, or not again."""
        if message_id in self._silenced or self._find(message_id) is not None:
            return False
        self._open(message_id, author)
        return True

    def feed(self, message_id: str, written: str, shown: str) -> str:
        """Say a piece of an open message; returns the token that was sent, or nothing.

        Args:
            message_id: of the message.
            written: the piece as the log has it.
            shown: the piece with the caller's own values in it.
        """
        utterance = self._find(message_id)
        if utterance is None or utterance.is_ended:
            return ""
        utterance.written += written
        utterance.shown += shown
        return self._send(utterance, utterance.stream.feed(shown))

    def end(self, message_id: str) -> str:
        """End a message; returns the token that was still sent."""
        utterance = self._find(message_id)
        if utterance is None or utterance.is_ended:
            return ""
        rest = self._send(utterance, utterance.stream.flush())
        utterance.is_ended = True
        self.owes_last = True
        return rest

    def restart(self, message_id: str) -> None:
        """Begin a message again that is taken back: what of it has not left is dropped."""
        utterance = self._find(message_id)
        if utterance is not None:
            self._said.remove(utterance)
            self._drop()
            self._open(message_id, utterance.author)

    def tell(self, text: str) -> str:
        """Say a fixed text; returns the token that was sent."""
        self._open("", Author.SYSTEM)
        utterance = self._said[-1]
        utterance.written = utterance.shown = text
        sent = self._send(utterance, utterance.stream.feed(text))
        sent += self._send(utterance, utterance.stream.flush())
        utterance.is_ended = self.owes_last = True
        return sent

    def fill(self, text: str) -> None:
        """Say something that the answer may cut; the vendor may report it as heard, too."""
        self._line.say(Text(text, is_preemptible=True), self._generation)
        filler = Utterance("", Author.SYSTEM, self._generation, self._stream(self.locale))
        filler.written = filler.shown = filler.spoken = text
        filler.is_ended = True
        self._said.append(filler)

    def switch(self, lang: str) -> None:
        """Speak and understand another language from here on; no interruption takes that back."""
        self._line.say(Language(lang, lang), ALWAYS)

    def close(self) -> None:
        """End the talk cycle, once."""
        if self.owes_last:
            self.owes_last = False
            self._line.say(Text("", is_last=True), self._generation)

    @property
    def is_open(self) -> bool:
        """Whether a message is being said that has not ended."""
        return any(not one.is_ended for one in self._said)

    def author_of(self, message_id: str) -> Author | None:
        """Return whose message is being said; None when it is not, or not any more."""
        utterance = self._find(message_id)
        return None if utterance is None or utterance.is_ended else utterance.author

    def open_message(self) -> str:
        """Return the message of the bot that is being said; empty if there is none."""
        for one in reversed(self._said):
            if not one.is_ended and one.author is Author.BOT:
                return one.message_id
        return ""

    def plays_until(self, until: float) -> None:
        """Note until when what was sent last plays."""
        if self._last is not None:
            self._last.plays_until = until

    def played(self, clause: str) -> None:
        """Take what the vendor says was really spoken: a clause, in the order of playing."""
        self._has_reports = True
        wanted = _bare(clause)
        for one in self._said:
            rest = _bare(one.spoken)[len(_bare(one.played)) :]
            if wanted and wanted in rest:
                one.played += f"{clause} "
                return

    def unheard(self, now: float) -> tuple[Cut, ...]:
        """Return the messages of the bot that end unheard if the line ends now.

        Only what the vendor has told counts; without its reports, nobody knows.
        """
        cuts: list[Cut] = []
        for one in self._said if self._has_reports else ():
            is_playing = one.plays_until > now or not one.is_ended
            is_whole = _bare(one.played).endswith(_bare(one.spoken))
            if one.author is Author.BOT and is_playing and not is_whole:
                cuts.append(Cut(one.message_id, self._kept(one, one.played)))
        return tuple(cuts)

    def forget(self) -> None:
        """Let go of what can no longer be interrupted: the caller has the word."""
        self._said = [one for one in self._said if not one.is_ended]

    def cut(self, heard: str | None, now: float) -> tuple[Cut, ...]:
        """Fall silent, and return the messages of the bot that were not heard whole.

        Args:
            heard: what the vendor says was spoken before it was interrupted; None if it was not
                interrupted: it plays what it has.
            now: monotonic.
        """
        self._drop()
        cuts: list[Cut] = []
        rest = heard
        candidates = self._candidates(heard, now)
        for number, one in enumerate(candidates):
            if rest is None:
                part, is_whole = one.spoken, one.is_ended
            else:
                part, is_whole, rest = _split(one.spoken, rest, number == len(candidates) - 1)
            kept = one.written if is_whole else self._kept(one, part)
            if one.author is Author.BOT and not (one.is_ended and kept == one.written):
                cuts.append(Cut(one.message_id, kept))
        self._silenced.update(one.message_id for one in self._said if one.message_id)
        self._said.clear()
        self.owes_last = False
        return tuple(cuts)

    def _kept(self, one: Utterance, part: str) -> str:
        if not part.strip():
            return ""
        kept = self._align(one.spoken, one.written, part, one.stream.spans, one.shown)
        if one.written.startswith(kept) or part == one.played or not one.played:
            return kept
        # What the vendor says at an interruption is not what we said: what it says was played is.
        reported = self._align(one.spoken, one.written, one.played, one.stream.spans, one.shown)
        return reported if one.written.startswith(reported) else kept

    def _candidates(self, heard: str | None, now: float) -> list[Utterance]:
        """Return what may be playing, beginning with what the caller heard last."""
        playing = [one for one in self._said if one.plays_until > now or not one.is_ended]
        found = playing or self._said[-1:]
        for number, one in enumerate(self._said):
            if heard and _begin_alike(one.spoken, heard):
                return self._said[number:]
        return found

    def _open(self, message_id: str, author: Author) -> None:
        self._generation += 1
        stream = self._stream(self.locale)
        self._said.append(Utterance(message_id, author, self._generation, stream))
        old = self._said[:-MOST_KEPT]
        self._said[:-MOST_KEPT] = [one for one in old if not one.is_ended]

    def _send(self, utterance: Utterance, token: str) -> str:
        if token:
            self._last = utterance
            utterance.spoken += token
            self._line.say(Text(token), utterance.generation)
        return token

    def _drop(self) -> None:
        self._generation += 1
        self._line.cut(self._generation)

    def _find(self, message_id: str) -> Utterance | None:
        for one in self._said:
            if message_id and one.message_id == message_id:
                return one
        return None


def _split(spoken: str, heard: str, is_last: bool) -> tuple[str, bool, str]:
    """Return what of an utterance was heard, whether it is all, and what is left of the rest."""
    mine, theirs = _bare(spoken), _bare(heard)
    if mine and theirs.startswith(mine) and not is_last:
        return spoken, True, _after(heard, len(mine))
    if mine and theirs == mine:
        return spoken, True, ""
    return heard, False, ""


def _begin_alike(spoken: str, heard: str) -> bool:
    mine, theirs = _bare(spoken)[:ALIGNED_CHARS], _bare(heard)[:ALIGNED_CHARS]
    size = min(len(mine), len(theirs))
    return size > 0 and mine[:size] == theirs[:size]


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _after(text: str, letters: int) -> str:
    """Return a text without its first so many letters and digits."""
    for number, letter in enumerate(text):
        if letters <= 0:
            return text[number:]
        letters -= len(_bare(letter))
    return ""
