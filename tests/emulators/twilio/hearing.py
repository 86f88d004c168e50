"""The ear of a caller: every frame with its time, what is played of it, what is told of it."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.emulators.twilio.play_clock import PlayClock
from tests.emulators.twilio.playback import EPSILON, Piece, Playback
from tests.emulators.twilio.relay_rules import Read, interruptible_by
from tests.emulators.twilio.twiml import Element

CLAUSE = re.compile(r".*?[.,;:!?…]+(?=\s|$)\s*", re.DOTALL)
Tell = Callable[[str, str], None]
"""Told the name and the value of an `info` frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the app."""

    raw: str | bytes
    fields: dict[str, Any]
    """Empty where it is no JSON object."""
    fault: str
    """Why Twilio does not take it; empty for a good one."""
    at: float
    """By the clock of the call."""
    real_at: float
    """By the clock of the computer, for measuring: `time.perf_counter`."""
    session: str
    cycle: int = 0
    """The number of the generation that it belongs to; 0 for none."""

    @property
    def type(self) -> str:
        return str(self.fields.get("type", ""))

    @property
    def token(self) -> str:
        return str(self.fields.get("token", ""))

    @property
    def is_last(self) -> bool:
        return self.fields.get("last") is True


@dataclass(slots=True)
class Generation:
    """A talk cycle: what the app says from one `last: true` (or interruption) to the next."""

    number: int
    prompts: int
    """How many final prompts had been sent when it began."""
    frames: list[Frame] = field(default_factory=list)
    is_closed: bool = False
    """By `last: true`."""
    is_interrupted: bool = False

    @property
    def text(self) -> str:
        """Return what was said, as the app sent it."""
        return "".join(frame.token for frame in self.frames if frame.type == "text")


@dataclass(slots=True)
class Interruption:
    """A barge-in."""

    utterance: str
    """What the app was told, in the vendor's spelling."""
    heard: str
    """What was really heard of the talk cycle."""
    after_s: float
    """Since the talk cycle could be heard."""
    at: float
    real_at: float
    generation: int
    lost: str
    """What was queued, and is never heard."""
    late: list[Frame] = field(default_factory=list)
    """Text that still came before the caller had said anything new."""

    @property
    def last_frame_after_s(self) -> float:
        """Return when the last of the late frames came, in real seconds; 0 for none."""
        return max((frame.real_at - self.real_at for frame in self.late), default=0.0)


class Hearing:
    """What one caller hears, over all sockets of the call."""

    def __init__(self, clock: PlayClock, playback: Playback) -> None:
        self.clock = clock
        self.playback = playback
        self.frames: list[Frame] = []
        self.generations: list[Generation] = []
        self.interruptions: list[Interruption] = []
        self.prompts_at: list[float] = []
        """When the final prompts were sent, in real seconds."""
        self.language = ""
        """That is listened for: what a prompt says when nothing else is said."""
        self.recordings: list[str] = []
        """Sources that were queued for playing."""
        self.digits: list[str] = []
        """Keys that the app pressed."""
        self.events: frozenset[str] = frozenset()
        """What is told: of `speaker-events`, `tokens-played`."""
        self.tell: Tell = lambda name, value: None
        self._by: frozenset[str] = frozenset()
        self._is_preemptible = False
        self._is_speaking = False
        self._told: dict[int, int] = {}
        """How much of each cycle is to be told as played."""
        self._current: Generation | None = None
        """Which is open."""
        self._late: Interruption | None = None

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def begins(self, relay: Element) -> None:
        """Set what the TwiML says, and play the welcome greeting."""
        self._by = interruptible_by(relay.get("interruptible", "any"))
        self._is_preemptible = relay.is_on("preemptible")
        self.events = frozenset(relay.get("events").split())
        language = relay.get("language", "en-US")
        self.language = relay.get("transcriptionLanguage", language)
        self.ends_cycle()
        if greeting := relay.get("welcomeGreeting"):
            by = interruptible_by(relay.get("welcomeGreetingInterruptible", "any"))
            cycle = self._open()
            cycle.is_closed = True
            self._queue(Piece(greeting + " ", cycle.number, by))

    def takes(self, raw: str | bytes, read: Read, session: str) -> Frame:
        """Take a frame of the app, and play it."""
        cycle = self._cycle(read) if not read.fault else None
        number = cycle.number if cycle else 0
        times = self.now, time.perf_counter()
        frame = Frame(raw, read.fields, read.fault, *times, session, number)
        self.frames.append(frame)
        if read.fault:
            return frame
        if cycle is not None:
            cycle.frames.append(frame)
            self._play(frame)
            if frame.is_last:
                cycle.is_closed = True
                self.ends_cycle()
        if read.type == "language":
            self.language = read.fields.get("transcriptionLanguage", self.language)
        if self._late is not None and read.type == "text" and frame.token:
            self._late.late.append(frame)
        return frame

    def says(self, words: str) -> None:
        """Play what a `<Say>` says."""
        cycle = self._open()
        cycle.is_closed = True
        self._queue(Piece(words + " ", cycle.number, frozenset()))

    def prompted(self) -> None:
        """Note that the caller has said something to the end."""
        self.prompts_at.append(time.perf_counter())
        self._late = None

    def interrupted(self, utterance: Callable[[str], str]) -> Interruption:
        """Stop what plays and forget what is queued."""
        now, real_now = self.now, time.perf_counter()
        current = self.playback.current(now)
        assert current is not None, "nothing plays"
        purged = self.playback.purge(now)
        lost = "".join(piece.text[piece.kept :] for piece in purged)
        heard = self.playback.cycle_spoken(current.cycle, now).strip()
        self._late = Interruption(
            utterance(heard), heard, self._since(current.cycle), now, real_now, current.cycle, lost
        )
        self.generations[current.cycle - 1].is_interrupted = True
        self.ends_cycle()
        self.interruptions.append(self._late)
        self._stops_speaking(now)
        return self._late

    @property
    def spoken(self) -> str:
        """Return everything that was heard so far."""
        return self.playback.spoken(self.now)

    def ends_cycle(self) -> None:
        """Let what comes next belong to a new generation."""
        self._current = None

    def _since(self, cycle: int) -> float:
        """Return for how long a talk cycle could be heard."""
        pieces = [piece for piece in self.playback.of(cycle) if not piece.is_displaced]
        return max(0.0, self.now - min(piece.begins for piece in pieces))

    def _open(self) -> Generation:
        one = Generation(len(self.generations) + 1, len(self.prompts_at))
        self.generations.append(one)
        return one

    def _cycle(self, read: Read) -> Generation | None:
        """Return the generation that a frame belongs to, or None."""
        if read.type not in ("text", "play", "sendDigits"):
            return None
        if self._current is None:
            self._current = self._open()
        return self._current

    def _play(self, frame: Frame) -> None:
        fields, now = frame.fields, self.now
        by = interruptible_by(fields["interruptible"]) if "interruptible" in fields else self._by
        is_preemptible = fields.get("preemptible", self._is_preemptible)
        piece = Piece(frame.token, frame.cycle, by, is_preemptible)
        if frame.type == "play":
            self.recordings.append(fields["source"])
        if frame.type == "sendDigits":
            self.digits.append(fields["digits"])
        if frame.token or frame.type != "text":
            self.playback.preempt(now, frame.cycle, is_preemptible)
        self._queue(piece, is_last=frame.is_last)

    def _queue(self, piece: Piece, is_last: bool = True) -> None:
        """Put a piece at the end, and see to what is told about it."""
        self.playback.add(piece, self.now)
        if "speaker-events" in self.events and piece.text:
            self.clock.at(piece.begins, lambda: self._starts_speaking(piece))
            self.clock.at(piece.ends, lambda: self._stops_speaking(piece.ends))
        if "tokens-played" in self.events:
            self._tell_clauses(piece.cycle, is_last)

    def _starts_speaking(self, piece: Piece) -> None:
        if piece.cut_at is None and not self._is_speaking:
            self._is_speaking = True
            self.tell("agentSpeaking", "on")

    def _stops_speaking(self, now: float) -> None:
        if self._is_speaking and not self.playback.is_playing(now):
            self._is_speaking = False
            self.tell("agentSpeaking", "off")

    def _tell_clauses(self, cycle: int, is_last: bool) -> None:
        """Have the clauses that are whole by now told when they have been played."""
        pieces = self.playback.of(cycle)
        text = "".join(piece.text for piece in pieces)
        place = self._told.get(cycle, 0)
        clauses = [found[0] for found in CLAUSE.finditer(text, place)]
        rest = text[place + sum(map(len, clauses)) :]
        if not is_last and clauses and not rest:
            # Whether `29.` is the end of a clause is known when something follows.
            clauses.pop()
        elif is_last and rest.strip():
            clauses.append(rest)
        for clause in clauses:
            place += len(clause)
            self._tell_clause(pieces, clause, place)
        self._told[cycle] = place

    def _tell_clause(self, pieces: Sequence[Piece], clause: str, place: int) -> None:
        for piece in pieces:
            if place <= len(piece.text):
                # Before the silence that begins at the same moment is told.
                moment = max(piece.reached(place) - EPSILON, self.now)
                self.clock.at(moment, partial(self._tell_played, piece, clause))
                return
            place -= len(piece.text)

    def _tell_played(self, piece: Piece, clause: str) -> None:
        if piece.cut_at is None:
            self.tell("tokensPlayed", clause.strip())
