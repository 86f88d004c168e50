"""How an event of the log is said in Slack. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.log import (
    Author,
    ChoicesOffered,
    Escalation,
    Event,
    MessageEnded,
    Notice,
    SurveyAsked,
)
from bot.slack.blocks import Block, safe
from bot.slack.customers.blocks import (
    choices_of,
    content_of,
    line_of,
    survey_of,
    under_answer,
    under_greeting,
    under_sources,
)
from bot.slack.customers.place import Place
from bot.slack.customers.words import Words
from channels.base import ConversationId
from routing.request import Redacted

GREETING = "greeting"
"""Code of the notice that begins a conversation; after a colon may follow the thread it is in."""
FILES_REFUSED = "files_refused"
"""Code of the notice that a file was not taken."""
CONTACT_LEFT = "contact_left"
"""Code of what the customer himself has said."""
MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Saying:
    """One message, as it should be there."""

    place: Place
    key: str
    """By which it is found again when a post had no answer."""
    text: str
    """Markdown; empty where only the content counts."""
    blocks: Sequence[Block] = ()
    """Below the text."""
    content: Block | None = None
    """In place of text and blocks: the arguments that show it."""
    name: str = ""
    """Who says it, if not the bot."""


@dataclass(frozen=True, slots=True)
class Told:
    """To whom, where and in which words something is said."""

    conversation: ConversationId
    place: Place
    words: Words
    shown: Callable[[Redacted], str]


def key_of(conversation: ConversationId, message_id: str) -> str:
    """Return the key of a message, by which it is found in Slack."""
    return f"{conversation}:{message_id}"


def saying_of(event: Event, told: Told) -> Saying | None:
    """Return what is said of an event, where that does not depend on what was said before."""
    key = key_of(told.conversation, str(event.seq))
    match event.body:
        case MessageEnded(author=Author.SYSTEM, text=text) if text:
            return Saying(told.place, key, told.shown(text))
        case Escalation(state="joined" | "left" as state, name=name):
            words = told.words
            pattern = words.joined if state == "joined" else words.departed
            line = pattern.format(name=safe(name or words.somebody, MOST_NAME))
            return Saying(told.place, key, "", content=line_of(line))
        case Notice(code=code, text=text) if code != CONTACT_LEFT:
            kind, _, thread = code.partition(":")
            place = replace(told.place, thread=thread) if thread else told.place
            blocks = under_greeting(told.conversation, told.words) if kind == GREETING else ()
            return Saying(place, key, told.shown(text), blocks)
        case ChoicesOffered(items=items):
            offered = choices_of(told.conversation, items, told.words)
            return _asked(told, key, told.words.choices, offered)
        case SurveyAsked(episode=episode):
            survey = survey_of(told.conversation, episode, told.words)
            return _asked(told, key, told.words.survey, survey)
        case _:
            return None


def under(
    conversation: ConversationId, ended: MessageEnded, rest: Sequence[Event], words: Words
) -> Sequence[Block]:
    """Return what stands under an answer, given what follows it in the log.

    Who is being handed over, is asked something, or had it cut short, is not asked how it was.
    """
    follows = rest[0].body if rest else None
    is_asked = isinstance(follows, ChoicesOffered | Escalation)
    if ended.status != "done" or is_asked:
        return under_sources(ended.citations, words)
    return under_answer(conversation, ended.message_id, ended.citations, words)


def shown(saying: Saying) -> Block:
    """Return the arguments that show a message; where we may not use a name it comes without."""
    named = {"username": saying.name} if saying.name else {}
    content = saying.content or content_of(saying.text, saying.blocks)
    return {**content, **named}


def _asked(told: Told, key: str, text: str, blocks: Sequence[Block]) -> Saying:
    return Saying(told.place, key, "", content={"text": text, "blocks": list(blocks)})
