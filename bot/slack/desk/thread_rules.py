"""What becomes of a message that somebody wrote under a card. Pure.

Two laws: a note never reaches the customer, and what is not certainly meant for the customer is
a note. Texts come out as Slack wrote them, still to be made readable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.humans.terms import Mode
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
    match _word(event, "subtype"):
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
    whole = _word(event, "text")
    text, aside = parted(whole)
    files = files_of(event)
    if not text and not aside and not files:
        return Ignored(Why.NOTHING_SAID)
    if is_marked(whole) and not text:
        return Note(aside, is_asked=False, files=files)
    is_claimer = floor.mode is Mode.CLAIMER and floor.claimed_by == _word(event, "user")
    is_early = _seconds(_word(event, "ts")) < floor.claimed_at - SKEW_S
    if is_claimer and not is_early:
        return ToCustomer(text, files, aside)
    is_his = is_claimer or not floor.claimed_by
    is_asked = floor.mode is Mode.CLAIMER and is_his and not aside
    return Note("\n".join(part for part in (text, aside) if part), is_asked, files)


def _changed(event: Json, floor: Floor) -> Ruling:
    message, before = _inner(event, "message"), _inner(event, "previous_message")
    if _word(message, "subtype") == "tombstone":
        return _deleted({**event, "deleted_ts": _word(message, "ts")}, floor)
    unfit = _unfit(message, floor)
    if unfit:
        return Ignored(unfit)
    edited = _inner(message, "edited")
    is_same = bool(before) and _word(message, "text") == _word(before, "text")
    if not edited or is_same:
        return Ignored(Why.NOT_REWRITTEN)
    author = _word(message, "user")
    if _word(edited, "user") != author:
        return Ignored(Why.NOT_THE_AUTHOR)
    if is_marked(_word(before, "text")) and not parted(_word(before, "text"))[0]:
        return Ignored(Why.WAS_A_NOTE)
    ts = _word(message, "ts")
    text, _ = parted(_word(message, "text"))
    if not text:
        return Withdrawn(ts)
    is_claimer = floor.mode is Mode.CLAIMER and floor.claimed_by == author
    took_s = _seconds(_word(edited, "ts")) - _seconds(ts)
    if is_claimer and 0.0 <= took_s <= floor.edit_s:
        return Correction(ts, text)
    return Reworded(ts, text)


def _deleted(event: Json, floor: Floor) -> Ruling:
    before = _inner(event, "previous_message")
    unfit = _unfit(before, floor)
    if unfit:
        return Ignored(unfit)
    return Withdrawn(_word(event, "deleted_ts") or _word(before, "ts"))


def _unfit(message: Json, floor: Floor) -> Why | None:
    """Return why an older message does not count; None when a human wrote it under the card."""
    if _word(message, "subtype") not in _PLAIN:
        return Why.NOTHING_SAID
    if not _is_here(message, floor):
        return Why.ELSEWHERE
    return _not_from_a_human(message, floor)


def _is_here(message: Json, floor: Floor) -> bool:
    """Return whether a message is under the card; the card itself is not."""
    thread = _word(message, "thread_ts")
    return bool(floor.thread) and thread == floor.thread and _word(message, "ts") != thread


def _not_from_a_human(message: Json, floor: Floor) -> Why | None:
    user = _word(message, "user")
    if user and user == floor.bot_user:
        return Why.OURSELVES
    is_bot = any(message.get(name) for name in ("bot_id", "bot_profile"))
    if is_bot or _word(message, "subtype") == "bot_message" or user == "USLACKBOT":
        return Why.ANOTHER_BOT
    return None if user else Why.NOTHING_SAID


def files_of(event: Json) -> tuple[SharedFile, ...]:
    """Return the files of a message that can be read."""
    shared = event.get("files")
    found = shared if isinstance(shared, list) else []
    return tuple(
        SharedFile(
            _word(file, "id"),
            _word(file, "name") or _word(file, "title") or _word(file, "id"),
            _word(file, "mimetype"),
            file["size"] if isinstance(file.get("size"), int) else 0,
            _word(file, "url_private_download") or _word(file, "url_private"),
        )
        for file in found
        if isinstance(file, dict) and _word(file, "mode") not in _UNREADABLE and _word(file, "id")
    )


def _word(fields: Json, name: str) -> str:
    """Return a text that Slack wrote; empty when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _inner(fields: Json, name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _seconds(ts: str) -> float:
    """Return the instant in a `ts`; no number when there is none, so that nothing is in time."""
    return float(ts) if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", ts) else float("nan")
