"""What stands around an answer in Slack: sources, thumbs, choices, the survey. Pure."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.log import Choice, Citation
from bot.slack.blocks import MOST_SECTION, Block, button, context, cut, link, section
from bot.slack.customers.words import Words
from channels.base import ConversationId
from channels.slack.split import units
from channels.slack.stream_text import notice

HUMAN, RATE, CHOOSE, SURVEY = (
    "customer_human",
    "customer_rate",
    "customer_choose",
    "customer_survey",
)
"""Ids of the buttons; after a colon follows which of several it is."""
UP, DOWN = "up", "down"
MOST_BUTTONS = 25
MOST_SOURCES = 8
MOST_MARKDOWN = 11_500
"""Of one message: below what Slack takes, with room for the blocks under it."""
MENTION = re.compile(r"<(?=[!@#]|\Z)")
GAP = "\u200b"
"""Has no width; it keeps Slack from reading what is before and after it as one mark."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button of ours carries."""

    conversation: ConversationId
    of: str = ""
    """A message's id, a choice's id, or the number of an episode."""
    label: str = ""
    """What it said, where that is shown afterwards."""


def value_of(pressed: Pressed) -> str:
    """Return what a button carries, as Slack keeps it."""
    fields = {"conversation": pressed.conversation, "of": pressed.of, "label": pressed.label}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def pressed_in(value: str) -> Pressed | None:
    """Return what a button carried; None when it is none of ours."""
    try:
        fields = json.loads(value)
    except ValueError:
        return None
    match fields:
        case {"conversation": str() as conversation, "of": str() as of, "label": str() as label}:
            return Pressed(ConversationId(conversation), of, label)
        case _:
            return None


def human_button(conversation: ConversationId, words: Words) -> Block:
    """Return the button that brings a person."""
    return button(HUMAN, words.human, value_of(Pressed(conversation)))


def under_greeting(conversation: ConversationId, words: Words) -> Sequence[Block]:
    """Return what stands under the first message."""
    return (actions([human_button(conversation, words)]),)


def under_answer(
    conversation: ConversationId, message_id: str, citations: Sequence[Citation], words: Words
) -> Sequence[Block]:
    """Return what stands under an answer: its sources, two thumbs, the way to a person."""
    value = value_of(Pressed(conversation, message_id))
    buttons = [
        button(f"{RATE}:{UP}", words.helped, value),
        button(f"{RATE}:{DOWN}", words.did_not_help, value),
        human_button(conversation, words),
    ]
    return (*under_sources(citations, words), actions(buttons))


def under_sources(citations: Sequence[Citation], words: Words) -> Sequence[Block]:
    """Return the line of sources; nothing where there are none."""
    if not citations:
        return ()
    shown = " · ".join(f"[{one.n}] {link(one.url, one.title)}" for one in citations[:MOST_SOURCES])
    line = f"{words.sources}: {shown}"
    return (context([line]),) if units(line) <= MOST_SECTION else ()


def choices_of(
    conversation: ConversationId, items: Sequence[Choice], words: Words
) -> Sequence[Block]:
    """Return the buttons of an offer."""
    buttons = [
        button(f"{CHOOSE}:{number}", one.label, value_of(Pressed(conversation, one.id, one.label)))
        for number, one in enumerate(items[:MOST_BUTTONS])
    ]
    return (section(words.choices), actions(buttons))


def survey_of(conversation: ConversationId, episode: int, words: Words) -> Sequence[Block]:
    """Return the survey: five buttons, from poor to good."""
    value = value_of(Pressed(conversation, str(episode)))
    buttons = [
        button(f"{SURVEY}:{score}", f"{score} {label}", value)
        for score, label in enumerate(words.scale, 1)
    ]
    return (section(words.survey), actions(buttons))


def actions(buttons: Sequence[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def unpinged(text: str) -> str:
    """Return Markdown in which nothing is a mention; it looks the same, however it was cut."""
    return MENTION.sub("<" + GAP, text)


def content_of(text: str, blocks: Sequence[Block] = ()) -> Block:
    """Return the arguments that show Markdown, with blocks below it."""
    said = unpinged(text)
    if not blocks:
        return {"markdown_text": said}
    body = [{"type": "markdown", "text": said}] if said.strip() else []
    return {"text": notice(text) or "…", "blocks": [*body, *blocks]}


def line_of(text: str) -> Block:
    """Return the arguments of a small grey line; what others wrote in it is `safe` already."""
    return {"text": cut(text, MOST_SECTION), "blocks": [context([cut(text, MOST_SECTION)])]}
