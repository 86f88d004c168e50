"""What becomes of a message that somebody wrote under a card. Pure.

Two laws: a note never reaches the customer, and what is not certainly meant for the customer is
a note. Texts come out as Slack wrote them, still to be made readable.
"""

import re
from dataclasses import dataclass
from enum import Enum

from bot.humans.terms import Mode
from bot.slack.clicks import part_of, word_of
from channels.slack.base import Json

_MARK = re.compile(
    r"(?:[\s*_~`>\u200b-\u200f\u2060\ufeff]|&gt;)*(?:[;\uff1b]{2}|note[\s*_~`]*[:\uff1a])[*_~`]*",
    re.IGNORECASE,
)
"""What makes a line a note; emphasis, quotation and unseen characters before it do not hide it."""
_PLAIN = frozenset({"", "file_share", "thread_broadcast"})
"""Subtypes of what a human has written; empty for a message without one."""
SKEW_S = 2.0
"""By so much our clock may be ahead of Slack's."""
_UNREADABLE = frozenset({"tombstone", "hidden_by_limit", "external"})


@dataclass(frozen=True, slots=True)
class Floor:
    """The thread that is looked at, and who has the word in it."""

    thread: str
    """`ts` of the card; empty when the message's thread belongs to no handoff."""
    claimed_by: str = ""
    """Slack user (`U…`) who has claimed; `-` for somebody who is not in Slack, empty for nobody."""
    mode: Mode = Mode.CLAIMER
    edit_s: float = 60.0
    """For how long after a message its edit is still a correction."""
    bot_user: str = ""
    """Who we are in this workspace."""
    claimed_at: float = 0.0
    """Since when he has the word, Unix seconds: what he wrote before was a note, however late it
    comes to us."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that came with a message."""

    id: str
    name: str
    media_type: str
    size: int
    """Bytes, as Slack says."""
    url: str
    """Private: read with our token."""


class Why(Enum):
    """Why nothing is done about a message; the values are for counting."""

    ELSEWHERE = "elsewhere"
    """At the top of the channel, or in a thread that belongs to no handoff."""
    OURSELVES = "ourselves"
    ANOTHER_BOT = "another_bot"
    NOTHING_SAID = "nothing_said"
    """A join, a topic, an empty message, an event of a kind that we do not know."""
    NOT_REWRITTEN = "not_rewritten"
    """Changed by Slack alone: a preview was added."""
    NOT_THE_AUTHOR = "not_the_author"
    WAS_A_NOTE = "was_a_note"


@dataclass(frozen=True, slots=True)
class ToCustomer:
    """It is said to the customer."""

    text: str
    """May be empty when there are files."""
    files: tuple[SharedFile, ...] = ()
    aside: str = ""
    """What of the message is a note: from the first marked line on."""


@dataclass(frozen=True, slots=True)
class Note:
    """It stays among humans."""

    text: str
    is_asked: bool
    """Whether its author is asked, for him alone: Claim and send, or keep as a note."""
    files: tuple[SharedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """The claimer has edited in time: if `ts` was said to the customer, it now reads so.

    If it was not said, it stays unsaid; what waits for an answer with this `ts` is changed, too.
    """

    ts: str
    text: str


@dataclass(frozen=True, slots=True)
class Reworded:
    """Edited, too late or by somebody who has not claimed: what the customer has seen stays.

    Only what still waits for Claim and send under this `ts` has the new text.
    """

    ts: str
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Deleted, or made a note: if `ts` was not sent yet, it is not sent any more."""

    ts: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing is done."""

    reason: Why


Ruling = ToCustomer | Note | Correction | Reworded | Withdrawn | Ignored


def ruling_on(event: Json, floor: Floor) -> Ruling:
    """Return what to do about a `message` event: the inner `event` of the callback."""
    match word_of(event, "subtype"):
        case "message_changed":
            return _changed(event, floor)
        case "message_deleted":
            return _deleted(event, floor)
        case subtype if subtype in _PLAIN:
            return _said(event, floor)
        case _:
            return Ignored(_not_from_a_human(event, floor) or Why.NOTHING_SAID)


def parted(text: str) -> tuple[str, str]:
    """Return what of a message is said, and what is a note: everything from a marked line on."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        mark = _MARK.match(line)
        if mark:
            rest = line[mark.end() :] + "".join(lines[number + 1 :])
            return "".join(lines[:number]).strip(), rest.strip()
    return text.strip(), ""


def is_marked(text: str) -> bool:
    """Return whether any of it is a note."""
    return any(_MARK.match(line) for line in text.splitlines())


def _said(event: Json, floor: Floor) -> Ruling:
    stranger = _not_from_a_human(event, floor)
    if stranger:
        return Ignored(stranger)
    if not _is_here(event, floor):
        return Ignored(Why.ELSEWHERE)
    whole = word_of(event, "text")
    text, aside = parted(whole)
    files = files_of(event)
    if not text and not aside and not files:
        return Ignored(Why.NOTHING_SAID)
    if is_marked(whole) and not text:
        return Note(aside, is_asked=False, files=files)
    is_claimer = floor.mode is Mode.CLAIMER and floor.claimed_by == word_of(event, "user")
    is_early = _seconds(word_of(event, "ts")) < floor.claimed_at - SKEW_S
    if is_claimer and not is_early:
        return ToCustomer(text, files, aside)
    is_his = is_claimer or not floor.claimed_by
    is_asked = floor.mode is Mode.CLAIMER and is_his and not aside
    return Note("\n".join(part for part in (text, aside) if part), is_asked, files)


def _changed(event: Json, floor: Floor) -> Ruling:
    message, before = part_of(event, "message"), part_of(event, "previous_message")
    if word_of(message, "subtype") == "tombstone":
        return _deleted({**event, "deleted_ts": word_of(message, "ts")}, floor)
    unfit = _unfit(message, floor)
    if unfit:
        return Ignored(unfit)
    edited = part_of(message, "edited")
    is_same = bool(before) and word_of(message, "text") == word_of(before, "text")
    if not edited or is_same:
        return Ignored(Why.NOT_REWRITTEN)
    author = word_of(message, "user")
    if word_of(edited, "user") != author:
        return Ignored(Why.NOT_THE_AUTHOR)
    if is_marked(word_of(before, "text")) and not parted(word_of(before, "text"))[0]:
        return Ignored(Why.WAS_A_NOTE)
    ts = word_of(message, "ts")
    text, _ = parted(word_of(message, "text"))
    if not text:
        return Withdrawn(ts)
    is_claimer = floor.mode is Mode.CLAIMER and floor.claimed_by == author
    took_s = _seconds(word_of(edited, "ts")) - _seconds(ts)
    if is_claimer and 0.0 <= took_s <= floor.edit_s:
        return Correction(ts, text)
    return Reworded(ts, text)


def _deleted(event: Json, floor: Floor) -> Ruling:
    before = part_of(event, "previous_message")
    unfit = _unfit(before, floor)
    if unfit:
        return Ignored(unfit)
    return Withdrawn(word_of(event, "deleted_ts") or word_of(before, "ts"))


def _unfit(message: Json, floor: Floor) -> Why | None:
    """Return why an older message does not count; None when a human wrote it under the card."""
    if word_of(message, "subtype") not in _PLAIN:
        return Why.NOTHING_SAID
    if not _is_here(message, floor):
        return Why.ELSEWHERE
    return _not_from_a_human(message, floor)


def _is_here(message: Json, floor: Floor) -> bool:
    """Return whether a message is under the card; the card itself is not."""
    thread = word_of(message, "thread_ts")
    return bool(floor.thread) and thread == floor.thread and word_of(message, "ts") != thread


def _not_from_a_human(message: Json, floor: Floor) -> Why | None:
    user = word_of(message, "user")
    if user and user == floor.bot_user:
        return Why.OURSELVES
    is_bot = any(message.get(name) for name in ("bot_id", "bot_profile"))
    if is_bot or word_of(message, "subtype") == "bot_message" or user == "USLACKBOT":
        return Why.ANOTHER_BOT
    return None if user else Why.NOTHING_SAID


def files_of(event: Json) -> tuple[SharedFile, ...]:
    """Return the files of a message that can be read."""
    shared = event.get("files")
    found = shared if isinstance(shared, list) else []
    return tuple(
        SharedFile(
            word_of(file, "id"),
            word_of(file, "name") or word_of(file, "title") or word_of(file, "id"),
            word_of(file, "mimetype"),
            file["size"] if isinstance(file.get("size"), int) else 0,
            word_of(file, "url_private_download") or word_of(file, "url_private"),
        )
        for file in found
        if isinstance(file, dict)
        and word_of(file, "mode") not in _UNREADABLE
        and word_of(file, "id")
    )


def _seconds(ts: str) -> float:
    """Return the instant in a `ts`; no number when there is none, so that nothing is in time."""
    return float(ts) if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", ts) else float("nan")
