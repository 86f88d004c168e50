"""What was said in a conversation, read from its log. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.log import (
    Attachment,
    Author,
    Event,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
)
from bot.privacy.redact import fixed, joined
from routing.request import Message, Redacted, Role

BUBBLE_TYPES = (MessageStarted.TYPE, MessageDelta.TYPE, MessageReset.TYPE, MessageEnded.TYPE)
"""What `open_message` needs from the log."""
SPOKEN_TYPES = (MessageAccepted.TYPE, MessageStarted.TYPE, MessageEnded.TYPE)
"""What `lines_of` needs from the log."""
NO_TEXT = fixed("")
MOST_MESSAGES = 20
"""How many messages of the episode a model is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the transcript."""

    seq: int
    episode: int
    author: Author
    words: Redacted
    """What was written; empty where only files were sent."""
    message_id: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def text(self) -> Redacted:
        """What was said, with a note for every file: what models and humans read."""
        notes = (joined((fixed("[file: "), file.name, fixed("]"))) for file in self.attachments)
        return joined((part for part in (self.words, *notes) if part), "\n")


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message of the bot that was started and has not ended."""

    message_id: str
    text: Redacted
    """What is visible of it."""


def lines_of(events: Sequence[Event]) -> tuple[Line, ...]:
    """Return what was really said: accepted and ended messages, nothing unfinished.

    A message stands where it began, so that what interrupted it comes after it. One that was
    corrected says what it says now; one of which nothing was heard is not there.
    """
    began: dict[str, int] = {}
    ended: dict[str, int] = {}
    lines: list[Line] = []
    for event in events:
        match event.body:
            case MessageAccepted(message_id=message_id, text=text, attachments=files):
                at = (event.seq, event.episode)
                lines.append(Line(*at, Author.CUSTOMER, text, message_id, files))
            case MessageStarted(message_id=message_id):
                began[message_id] = event.seq
            case MessageEnded(
                message_id=message_id, text=text, author=author, attachments=files
            ) if text or files or message_id in ended:
                at = (began.get(message_id, event.seq), event.episode)
                line = Line(*at, author, text, message_id, files)
                if message_id in ended:
                    lines[ended[message_id]] = line
                    continue
                ended[message_id] = len(lines)
                lines.append(line)
            case _:
                pass
    return tuple(sorted((line for line in lines if line.text), key=lambda line: line.seq))


def messages_of(lines: Sequence[Line], episode: int) -> tuple[Message, ...]:
    """Return the episode as a model sees it: the last messages, beginning with the customer."""
    said = [line for line in lines if line.episode == episode and line.author != Author.SYSTEM]
    messages = [
        Message(Role.CUSTOMER if line.author is Author.CUSTOMER else Role.BOT, line.text)
        for line in said[-MOST_MESSAGES:]
    ]
    while messages and messages[0].role is Role.BOT:
        del messages[0]
    return tuple(messages)


def last_question_of_bot(lines: Sequence[Line]) -> Redacted | None:
    """Return the last message that was not the customer's, which a bare answer would refer to."""
    for line in reversed(lines):
        if line.author is not Author.CUSTOMER:
            return line.text
    return None


def burst_of(lines: Sequence[Line], after_seq: int) -> tuple[Line, ...]:
    """Return the customer's messages after a seq: what the next turn must cover."""
    return tuple(line for line in lines if line.seq > after_seq and line.author is Author.CUSTOMER)


def burst_last(lines: Sequence[Line], burst: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines with the burst behind all others: an answer may have begun within it."""
    last = {line.seq for line in burst}
    return (*(line for line in lines if line.seq not in last), *burst)


def words_of(burst: Sequence[Line]) -> Redacted:
    """Return a burst as one text without its files; where nothing was written, the files."""
    written = joined((line.words for line in burst if line.words), "\n")
    return written or joined((line.text for line in burst), "\n")


def is_only_files(burst: Sequence[Line]) -> bool:
    """Return whether the customer sent files and wrote nothing."""
    return not any(line.words for line in burst)


def said_before(lines: Sequence[Line], seq: int, episode: int) -> str:
    """Return what the customer wrote last, up to a seq in the episode; empty when nothing."""
    for line in reversed(lines):
        is_his = line.author is Author.CUSTOMER and line.words
        if is_his and line.seq <= seq and line.episode == episode:
            return line.words
    return ""


def earlier_answers(lines: Sequence[Line], episode: int) -> frozenset[str]:
    """Return what the bot has already said in the episode, normalised for comparison."""
    return frozenset(
        normalised(line.text)
        for line in lines
        if line.episode == episode and line.author is Author.BOT
    )


def normalised(text: str) -> str:
    """Return the text without differences in case and spacing."""
    return " ".join(text.lower().split())


def open_message(events: Sequence[Event]) -> OpenMessage | None:
    """Return the bot's unfinished message at the end of the log, if there is one."""
    unfinished: OpenMessage | None = None
    for event in events:
        match event.body:
            case MessageStarted(message_id=message_id, author=Author.BOT):
                unfinished = OpenMessage(message_id, NO_TEXT)
            case MessageDelta(message_id=message_id, text=text) if unfinished:
                unfinished = OpenMessage(message_id, joined((unfinished.text, text)))
            case MessageReset(message_id=message_id):
                unfinished = OpenMessage(message_id, NO_TEXT)
            case MessageEnded(message_id=message_id) if unfinished:
                unfinished = None if message_id == unfinished.message_id else unfinished
            case _:
                pass
    return unfinished


def recap(lines: Sequence[Line], episode: int) -> tuple[Redacted, Redacted] | None:
    """Return the last question and answer before the episode; None when it is the first."""
    before = [line for line in lines if line.episode < episode]
    questions = [line.text for line in before if line.author is Author.CUSTOMER]
    answers = [line.text for line in before if line.author in (Author.BOT, Author.HUMAN)]
    return (questions[-1], answers[-1]) if questions and answers else None
