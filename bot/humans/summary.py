"""What a conversation is about in three lines, and what was said in it, as text. Pure.

Read from records and log, so it is right without a model, and placeholders stay placeholders.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.log import Author, Event, MessageAccepted, MessageStarted
from bot.stores.base import Head, Record
from bot.transcript import Line, lines_of

SPEAKERS = {
    Author.CUSTOMER: "Customer",
    Author.BOT: "Bot",
    Author.HUMAN: "Agent",
    Author.SYSTEM: "System",
}
MOST_TRIED = 3
MOST_LINE = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """What a human should know before he answers."""

    facts: tuple[str, ...]
    """What is known: the matter, the language, whether the identity is proven."""
    tried: tuple[str, ...]
    """What the customer was told so far, the newest last."""
    needed: str
    """What the customer wants and has not got."""


def summary_of(head: Head, events: Sequence[Event], turns: Sequence[Record]) -> Summary:
    """Return the summary of the episode.

    Args:
        head: of the conversation.
        events: of its log, those that `lines_of` needs.
        turns: its records of turns, newest first.
    """
    lines = [line for line in lines_of(events) if line.episode == head.episode]
    asked = [line for line in lines if line.author is Author.CUSTOMER]
    told = [line for line in lines if line.author in (Author.BOT, Author.HUMAN)]
    intent = str(json.loads(turns[0].json).get("intent", "")) if turns else ""
    facts = [
        f"Language {head.locale}, channel {head.channel}",
        "Identity verified" if head.customer else "Identity not verified",
        f"{len(asked)} messages of the customer, {len(told)} answers",
    ]
    if intent:
        facts.insert(0, f"About {intent}")
    open_asks = [line for line in asked if line.seq > head.answered_seq] or asked[-1:]
    return Summary(
        tuple(facts),
        tuple(f"{SPEAKERS[line.author]}: {_short(line.text)}" for line in told[-MOST_TRIED:]),
        _short(" ".join(line.text for line in open_asks)) or "Nothing was asked yet",
    )


def transcript_of(head: Head, events: Sequence[Event], turns: Sequence[Record]) -> str:
    """Return everything that was said as text, with its summary at the top."""
    summary = summary_of(head, events, turns)
    at = {
        event.seq: event.at
        for event in events
        if isinstance(event.body, MessageAccepted | MessageStarted)
    }
    lines = lines_of(events)
    written = [
        f"Conversation {head.conversation}, times in UTC. Personal data is not shown.",
        "",
        *(f"Fact: {fact}" for fact in summary.facts),
        *(f"Tried: {told}" for told in summary.tried),
        f"Needed: {summary.needed}",
    ]
    episode = 0
    for line in lines:
        if line.episode != episode:
            episode = line.episode
            written += ["", f"Matter {episode}"]
        when = f"{at[line.seq]:%Y-%m-%d %H:%M:%S} " if line.seq in at else ""
        written.append(f"{when}{_spoken(line)}")
    return "\n".join(written) + "\n"


def _spoken(line: Line) -> str:
    return f"{SPEAKERS[line.author]}: " + line.text.replace("\n", "\n    ")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MOST_LINE else words[: MOST_LINE - 1] + "…"
