"""What a conversation is about in three lines, and what was said in it, as text. Pure.

Read from records and log, so it is right without a model, and placeholders stay placeholders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.fixed.texts import TEXTS, Said
from bot.fixed.topics import asks_for_human
from bot.log import Author, Event, MessageAccepted, MessageStarted
from bot.privacy.redact import fixed, stored
from bot.stores.base import Head, Record
from bot.transcript import Line, lines_of
from bot.turns.remembered import matter_of
from routing.request import Redacted

SPEAKERS = {
    Author.CUSTOMER: "Customer",
    Author.BOT: "Bot",
    Author.HUMAN: "Colleague",
    Author.SYSTEM: "System",
}
MOST_TRIED = 3
MOST_LINE = 200
MOST_NEEDED = 600
NO_ASK = fixed("(no message yet)")
ON_THE_WAY = tuple(
    texts[said]
    for texts in TEXTS.values()
    for said in (Said.HANDED_OVER, Said.ALREADY_WAITING, Said.GO_ON)
)
"""What the bot says about the way to a human: no try to answer anything."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a human should know before he answers."""

    facts: tuple[str, ...]
    """What is known: the matter, the language, whether the identity is proven."""
    tried: tuple[Redacted, ...]
    """What the customer was told so far, the newest last."""
    needed: Redacted
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
    intent = matter_of(turns, head.episode)
    facts = [
        f"Language {head.locale}, channel {head.channel}",
        "Identity verified" if head.customer else "Identity not verified",
        f"{len(asked)} messages of the customer, {len(told)} answers",
    ]
    if intent:
        facts.insert(0, f"About {intent}")
    return Summary(tuple(facts), tried_in(lines), needed_in(lines, head.answered_seq))


def tried_in(lines: Sequence[Line]) -> tuple[Redacted, ...]:
    """Return what a customer was told last that was meant to help, the newest last."""
    told = [
        line
        for line in lines
        if line.author in (Author.BOT, Author.HUMAN) and not line.text.startswith(ON_THE_WAY)
    ]
    return tuple(
        stored(f"{SPEAKERS[line.author]}: {_short(line.text)}") for line in told[-MOST_TRIED:]
    )


def needed_in(lines: Sequence[Line], answered_seq: int) -> Redacted:
    """Return what a customer wants: what nobody has answered, else what he asked last.

    What only asks for a person is left out where more was asked.
    """
    asked = [line for line in lines if line.author is Author.CUSTOMER]
    matters = [one for one in asked if one.attachments or not asks_for_human(one.words)] or asked
    open_asks = [line for line in matters if line.seq > answered_seq] or matters[-1:]
    return stored(_short(" ".join(line.text for line in open_asks), MOST_NEEDED)) or NO_ASK


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


def _short(text: str, most: int = MOST_LINE) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
