"""From the log to the caller's ear: what is spoken of each event, as it comes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.humans.handoff_words import LEAVE_CONTACT
from bot.log import (
    Author,
    ChoicesOffered,
    Escalation,
    Event,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
    Notice,
)
from bot.voice.hearing.wishes import Wishes
from bot.voice.speaking.mouth import Mouth
from channels.voice.turn_taking import Happened
from routing.request import Redacted

OWN = "voice_"
"""Codes of notices that begin so are written down here once they were said."""
GREETING = "voice_greeting"
CONTACT_LEFT = "contact_left"
"""Code of what the customer himself has said."""
REQUESTED, JOINED, LEFT = "requested", "joined", "left"


@dataclass(frozen=True, slots=True)
class Hearer:
    """Whom the speaking tells what it does."""

    happen: Callable[[Happened], None]
    sent: Callable[[str, Author], None]
    """A token was sent, and whose."""
    escalated: Callable[[Escalation], None]
    went_on: Callable[[], None]
    """What the caller has said is in the log: what comes before it answers something earlier."""
    ended: Callable[[str], None]
    """A message has ended, or was corrected."""
    shown: Callable[[Redacted], str]
    """The text with the caller's own values in it, as it is said."""
    offered: Callable[[], None]
    """More was offered than yes or no."""


class Speaking:
    """Says what the log says, message by message; the deltas of an answer as they come."""

    def __init__(self, mouth: Mouth, hearer: Hearer, wishes: Wishes) -> None:
        """Keep in `wishes` what the caller is asked."""
        self._mouth = mouth
        self._hearer = hearer
        self._wishes = wishes

    def take(self, events: Sequence[Event]) -> None:
        """Say what these events say."""
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event.body:
            case MessageAccepted():
                self._wishes.forget_offer()
                self._hearer.went_on()
            case MessageStarted(message_id=message_id, author=author):
                self._mouth.begin(message_id, author)
            case MessageDelta(message_id=message_id, text=text):
                self._feed(message_id, text)
            case MessageReset(message_id=message_id):
                self._mouth.restart(message_id)
            case MessageEnded():
                self._end(event.body)
                self._hearer.ended(event.body.message_id)
            case Notice(code=code, text=text) if not code.startswith(OWN) and code != CONTACT_LEFT:
                self.tell(text)
                if code == LEAVE_CONTACT:
                    self._wishes.ask_contact()
            case ChoicesOffered(items=items):
                if self._wishes.offer(items):
                    self._hearer.offered()
            case Escalation(state=state):
                if state != REQUESTED:
                    self._wishes.forget()
                self._hearer.escalated(event.body)
            case _:
                pass

    def tell(self, text: Redacted) -> None:
        """Say a fixed text."""
        self._hearer.sent(self._mouth.tell(self._hearer.shown(text)), Author.SYSTEM)
        self._hearer.happen(Happened.TOLD)

    def _feed(self, message_id: str, text: Redacted) -> None:
        author = self._mouth.author_of(message_id)
        if author is not None:
            self._sent(self._mouth.feed(message_id, text, self._hearer.shown(text)), author)

    def _end(self, ended: MessageEnded) -> None:
        """End a message; one that was cut, or is corrected later, is not said again."""
        author = self._mouth.author_of(ended.message_id)
        if author is None:
            return
        self._sent(self._mouth.end(ended.message_id), author)
        self._hearer.happen(Happened.SENT)

    def _sent(self, token: str, author: Author) -> None:
        if token:
            self._hearer.happen(Happened.BEGAN)
            self._hearer.sent(token, author)
