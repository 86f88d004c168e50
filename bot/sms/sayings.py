"""How the log is said in text messages: what is written together is sent together. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.humans.escalation import OFFERS
from bot.log import (
    Author,
    Choice,
    ChoicesOffered,
    Event,
    MessageAccepted,
    MessageEnded,
    Notice,
    SurveyAsked,
)
from bot.sms.words import Words
from channels.base import Act, Chose, Said, Surveyed
from routing.request import Redacted

CONTACT_LEFT = "contact_left"
"""Code of what the customer himself has said."""
FILES_REFUSED = "files_refused"
"""Code of the notice that a file was not taken."""
ASKING_TYPES = (
    MessageAccepted.TYPE,
    MessageEnded.TYPE,
    ChoicesOffered.TYPE,
    SurveyAsked.TYPE,
)
"""What `act_for` needs from the end of the log."""
SCORE = re.compile(r"[1-5]")
NUMBER = re.compile(r"[1-9]")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the events up to a seq; empty where nothing is."""

    first: int
    """Seq of the first event that is said."""
    through: int
    text: str
    has_files: bool = False
    """A human sent files with it, which a text message cannot carry."""


def told_of(events: Sequence[Event], words: Words, shown: Callable[[Redacted], str]) -> Told | None:
    """Return what is said next; None when there are no events.

    What one commit has brought is one message: its events share their instant and cause.
    """
    said: list[str] = []
    first = through = 0
    has_files = False
    began: Event | None = None
    for event in events:
        if began is not None and (began.at, began.cause) != (event.at, event.cause):
            break
        text = _text_of(event, words, shown)
        through = event.seq
        if text or _has_files(event):
            began = began or event
            first = first or event.seq
            has_files = has_files or _has_files(event)
            said += [text] if text else []
    return Told(first, through, "\n".join(said), has_files) if through else None


def act_for(said: Said, recent: Sequence[Event]) -> Act:
    """Return what a text is when it answers what was asked last: a choice, or a score.

    Args:
        said: what the customer wrote.
        recent: the end of the log, of `ASKING_TYPES`.
    """
    word = said.text.strip()
    last = recent[-1].body if recent else None
    match last:
        case SurveyAsked() if SCORE.fullmatch(word) and not said.attachments:
            return Surveyed(int(word), key=said.client_id)
        case ChoicesOffered(items=items) if not said.attachments:
            return _chosen(said, word, items)
        case _:
            return said


def _chosen(said: Said, word: str, items: Sequence[Choice]) -> Act:
    """Return the choice that a text makes; an offer of a human is taken or declined in words."""
    number = int(word) if NUMBER.fullmatch(word) else 0
    labels = [item.label.lower() for item in items]
    if word.lower() in labels:
        number = labels.index(word.lower()) + 1
    if not 1 <= number <= len(items):
        return said
    choice = items[number - 1]
    if _is_offer(items):
        # What is said is in the log at once; what is pressed is lost with the process.
        return Said(said.client_id, choice.label)
    return Chose(choice.id, said.client_id)


def _text_of(event: Event, words: Words, shown: Callable[[Redacted], str]) -> str:
    match event.body:
        case MessageEnded(author=Author.BOT | Author.HUMAN | Author.SYSTEM, text=text):
            return shown(text).strip()
        case Notice(code=code, text=text) if code != CONTACT_LEFT:
            return shown(text).strip()
        case ChoicesOffered(items=items) if items:
            return _offer(items, words)
        case SurveyAsked():
            return words.survey
        case _:
            return ""


def _has_files(event: Event) -> bool:
    return isinstance(event.body, MessageEnded) and bool(event.body.attachments)


def _offer(items: Sequence[Choice], words: Words) -> str:
    if _is_offer(items):
        return words.yes_or_no
    lines = (f"{number} - {item.label}" for number, item in enumerate(items, 1))
    return "\n".join((words.choose, *lines))


def _is_offer(items: Sequence[Choice]) -> bool:
    return any(item.id in OFFERS for item in items)
