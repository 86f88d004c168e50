"""What to do next with an answer that is streamed into Slack."""

from dataclasses import dataclass
from enum import Enum

from channels.slack.stream_text import (
    MOST_FENCE_CHARS,
    closed,
    fence_at,
    piece_end,
    reopened,
    seam,
)


@dataclass(frozen=True, slots=True)
class StreamTerms:
    """The numbers of streaming, in seconds and characters."""

    every_s: float = 0.4
    """Between two appends, unless there is much to say."""
    enough_chars: int = 256
    """So much is appended at once."""
    most_chars: int = 12_000
    """Of one message. Source: Slack, chat.appendStream, `markdown_text`."""
    soft_roll_s: float = 240.0
    """From this age on a message ends with its next line."""
    hard_roll_s: float = 270.0
    """At this age it ends where it stands: Slack closes streams after 300."""
    most_tries: int = 6
    """Calls that fail in a row; then the stream has failed."""
    first_pause_s: float = 0.5
    """After a call without an answer; doubles with each."""


class Life(Enum):
    """Where a streamed message is in its life."""

    OPEN = "open"
    UNSURE = "unsure"
    """A call had no answer: it is stopped, and then says what it should."""
    LOST = "lost"
    """Closed, but what it says may not be what it should."""
    CLOSED = "closed"


class Ending(Enum):
    """How the answer ends."""

    NOT_YET = "not yet"
    FINISHED = "finished"
    CUT = "cut"
    """By the customer or by us: what is there stays, nothing is added."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One message."""

    ts: str
    opened_at: float
    flushed_at: float
    body: str = ""
    """What it is known to say."""
    life: Life = Life.OPEN
    is_full: bool = False
    """Slack found it too long before we did."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that decides the next step."""

    text: str
    """The answer so far."""
    taken: int
    """So many of its characters stand in messages."""
    now: float
    ending: Ending
    streamed: Streamed | None
    """The message that is being written."""
    taken_back: tuple[Streamed, ...]
    """Messages that have to go."""
    can_stream: bool
    has_blocks: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do for so long; None: until something happens."""

    for_s: float | None


@dataclass(frozen=True, slots=True)
class Begin:
    """Start a stream, without text: if its answer gets lost, no text is shown twice."""


@dataclass(frozen=True, slots=True)
class Append:
    """Append to the open stream."""

    text: str
    """As it is sent: with what opens a code block again."""
    count: int
    """Characters of the answer in it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Append, and stop the stream."""

    text: str
    count: int
    is_last: bool
    """The answer ends with it."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Let the closed message say this, in place of whatever it says."""

    text: str
    count: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Post:
    """Post it as a message of its own."""

    text: str
    count: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Delete a message; stop it first if it may be open."""

    streamed: Streamed


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""


Step = Wait | Begin | Append | Stop | Settle | Post | TakeBack | Done


def next_step(at: Standing, terms: StreamTerms) -> Step:
    """Return what to do next."""
    if at.taken_back:
        return TakeBack(at.taken_back[0])
    streamed = at.streamed
    if streamed is not None and streamed.life is Life.UNSURE:
        return Stop("", 0, is_last=False)
    if at.ending is Ending.CUT:
        if streamed is None:
            return Done()
        if streamed.life is Life.LOST:
            text = streamed.body + closing(at, at.taken)
            return Settle(text, 0, is_last=False) if text else Done()
        return Stop(closing(at, at.taken) if streamed.body else "", 0, is_last=False)
    if streamed is None:
        return without_stream(at, terms)
    if streamed.life is Life.LOST:
        return settle(at, streamed, terms)
    return go_on(at, streamed, terms)


def without_stream(at: Standing, terms: StreamTerms) -> Step:
    """Return what to do while no message is being written."""
    is_finished = at.ending is Ending.FINISHED
    is_blank = is_rest_blank(at, at.taken)
    if is_blank and not (is_finished and at.has_blocks):
        return Done() if is_finished else Wait(None)
    if at.can_stream and not is_blank:
        return Begin()
    if not is_finished:
        return Wait(None)
    head = "" if is_blank else reopened(fence_at(at.text, at.taken))
    end = message_end(at, head, terms)
    return Post(head + tail(at, end), end - at.taken, is_last=is_rest_blank(at, end))


def settle(at: Standing, streamed: Streamed, terms: StreamTerms) -> Step:
    """Return what a message that broke off has to say: all that is known and fits."""
    head = streamed.body or reopened(fence_at(at.text, at.taken))
    room = room_after(head, terms)
    is_finished = at.ending is Ending.FINISHED
    end = message_end(at, head, terms) if is_finished else seam(at.text, at.taken, room)
    if not streamed.body and not at.text[at.taken : end].strip():
        end = max(end, piece_end(at.text, at.taken, room))
    if not streamed.body and not at.text[at.taken : end].strip():
        return Wait(None)
    is_last = is_finished and is_rest_blank(at, end)
    return Settle(head + tail(at, end), end - at.taken, is_last)


def go_on(at: Standing, streamed: Streamed, terms: StreamTerms) -> Step:
    """Return what to do with an open stream."""
    head = "" if streamed.body else reopened(fence_at(at.text, at.taken))
    if streamed.is_full:
        return Stop(closing(at, at.taken), 0, is_last=False)
    room = room_after(streamed.body + head, terms)
    left = len(at.text) - at.taken
    if at.ending is Ending.FINISHED or left > room:
        end = message_end(at, streamed.body + head, terms)
        is_last = at.ending is Ending.FINISHED and is_rest_blank(at, end)
        end = end if is_last or not streamed.body else unless_blank(at, end)
        return Stop(head + tail(at, end), end - at.taken, is_last)
    if streamed.body and (rolled := roll(at, streamed, room, terms)) is not None:
        rolled = unless_blank(at, rolled)
        return Stop(tail(at, rolled), rolled - at.taken, is_last=False)
    return append_or_wait(at, streamed, head, terms)


def append_or_wait(at: Standing, streamed: Streamed, head: str, terms: StreamTerms) -> Step:
    """Return an append if it is time for one: the first at once."""
    wait_s = streamed.flushed_at + terms.every_s - at.now
    old_s = streamed.opened_at + terms.hard_roll_s - at.now
    end = piece_end(at.text, at.taken, room_after(streamed.body + head, terms))
    piece = at.text[at.taken : end]
    if not piece.strip():
        return Wait(old_s if streamed.body else None)
    if not streamed.body or len(piece) >= terms.enough_chars or wait_s <= 0:
        return Append(head + piece, end - at.taken)
    return Wait(min(wait_s, old_s))


def roll(at: Standing, streamed: Streamed, room: int, terms: StreamTerms) -> int | None:
    """Return where a message that has grown old ends; None: it goes on."""
    age_s = at.now - streamed.opened_at
    if age_s < terms.soft_roll_s:
        return None
    end = seam(at.text, at.taken, room)
    is_whole_line = end > 0 and at.text[end - 1] == "\n"
    return end if is_whole_line or age_s >= terms.hard_roll_s else None


def unless_blank(at: Standing, end: int) -> int:
    """Return where a message ends; blanks alone are not sent, so they begin the next one."""
    return end if at.text[at.taken : end].strip() else at.taken


def room_after(body: str, terms: StreamTerms) -> int:
    """Return how many characters fit behind this, with what closes a code block."""
    return terms.most_chars - len(body) - MOST_FENCE_CHARS - 1


def message_end(at: Standing, body: str, terms: StreamTerms) -> int:
    """Return where a message ends that holds this and should hold all the rest."""
    room = room_after(body, terms)
    if at.ending is Ending.FINISHED and len(at.text) - at.taken <= room:
        return len(at.text)
    end = seam(at.text, at.taken, room)
    is_fresh = at.streamed is None or not at.streamed.body
    if is_fresh and not at.text[at.taken : end].strip():
        return piece_end(at.text, at.taken, room)
    return end


def closing(at: Standing, end: int) -> str:
    """Return what closes the code block around this place."""
    return closed(fence_at(at.text, end), at.text[:end].endswith("\n"))


def tail(at: Standing, end: int) -> str:
    """Return the text up to here, its code block closed unless the answer ends here."""
    piece = at.text[at.taken : end]
    is_end = at.ending is Ending.FINISHED and end == len(at.text)
    return piece if is_end else piece + closing(at, end)


def is_rest_blank(at: Standing, end: int) -> bool:
    """Return whether nothing visible follows."""
    return not at.text[end:].strip()
