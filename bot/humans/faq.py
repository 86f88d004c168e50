"""An answer of a human, made a draft of an FAQ entry with one click."""

import re
from collections.abc import Sequence

from bot.canonical import canonical
from bot.errors import BotRefused
from bot.fixed.topics import asks_for_human
from bot.humans.human import Human
from bot.log import Author
from bot.privacy.placeholders import PLACEHOLDER
from bot.services import Services
from bot.stores.base import EventsOfType, HeadOf, Record, Write
from bot.transcript import SPOKEN_TYPES, Line, lines_of, words_of
from channels.base import ConversationId
from routing.request import Redacted

FAQ_DRAFT = "faq_draft"
"""Kind of the record; its id is that of the message, so that a second click changes nothing."""
MOST_EVENTS = 400
BLANK = "(…)"
"""Stands where a placeholder was: an entry for everybody names nobody."""


class FaqDrafts:
    """Keeps drafts of FAQ entries; publishing one is for somebody who has read it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def keep(self, conversation: ConversationId, human: Human, message_id: str = "") -> str:
        """Keep the draft of an entry from an answer of a human; return its question.

        Args:
            conversation: it was given in.
            human: who wants it kept.
            message_id: of the answer; empty for the last one of the episode.

        Raises:
            BotRefused: there is no such answer, or nothing was asked before it.
            StoreFailed: the disk failed.
        """
        store = self._services.store
        heads = await store.find(HeadOf(conversation))
        if not heads:
            raise BotRefused("there is no such conversation any more")
        query = EventsOfType(conversation, SPOKEN_TYPES, MOST_EVENTS)
        lines = [
            line for line in lines_of(await store.find(query)) if line.episode == heads[0].episode
        ]
        answer = answer_in(lines, message_id)
        question = question_of(lines, answer)
        fields = {
            "question": impersonal(question),
            "answer": impersonal(answer.words),
            "locale": heads[0].locale,
            "human": human.id,
            "is_flagged": bool(PLACEHOLDER.search(question) or PLACEHOLDER.search(answer.words)),
        }
        at = self._services.clock.now()
        record = Record(FAQ_DRAFT, answer.message_id, conversation, at, canonical(fields))
        await self._services.scribe.write(Write(conversation, at, records=(record,)))
        return impersonal(question)


def answer_in(lines: Sequence[Line], message_id: str) -> Line:
    """Return an answer of a human by its id, or the last one.

    Raises:
        BotRefused: there is none.
    """
    for line in reversed(lines):
        if line.author is Author.HUMAN and line.words and message_id in ("", line.message_id):
            return line
    raise BotRefused("no human has answered here yet, or not with that message")


def question_of(lines: Sequence[Line], answer: Line) -> Redacted:
    """Return what the customer wrote before an answer and after the one before it.

    What only asks for a person is left out where more was asked.

    Raises:
        BotRefused: nothing.
    """
    before = [line for line in lines if line.seq < answer.seq]
    asked = [line for line in before if line.author is Author.CUSTOMER and line.words]
    matters = [line for line in asked if not asks_for_human(line.words)] or asked
    if not matters:
        raise BotRefused("the customer has not asked anything before that answer")
    told = (Author.BOT, Author.HUMAN)
    since = max(
        (line.seq for line in before if line.author in told and line.seq < matters[-1].seq),
        default=0,
    )
    return words_of([line for line in matters if line.seq > since])


def impersonal(text: str) -> str:
    """Return a text in which every placeholder is a blank to be looked at."""
    return re.sub(r"[ \t]+", " ", PLACEHOLDER.sub(BLANK, text)).strip()
