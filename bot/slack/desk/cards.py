"""The card of a handoff as Slack shows it: what is the matter, and what can be done now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.humans.desk import Card
from bot.humans.terms import Mode
from bot.slack.blocks import (
    MOST_FALLBACK,
    Block,
    Confirm,
    button,
    context,
    cut,
    header,
    link,
    menu,
    quoted,
    safe,
    section,
    since,
)
from bot.slack.target import Target, metadata_of, user_of, value_of

MOST_ASK = 600
MOST_LINE = 330
MOST_LINES = 8
MOST_WORD = 80
SAME = 100
"""Two lines that begin with so many equal characters are the same."""
REASONS = {
    "explicit_request": "The customer asks for a person",
    "button": "The customer asks for a person",
    "sensitive_topic": "A sensitive matter",
    "policy": "A matter for a person, by the rules",
    "repeated_answer": "The bot gave the same answer twice",
    "low_confidence": "The bot is not sure",
    "frustration": "The customer is losing patience",
    "tool_failure": "The bot could not look up or do what was needed",
    "budget": "An answer would have cost too much",
    "outage": "The bot could not answer: an outage",
    "fault": "The bot failed: a fault on our side",
    "takeover": "Taken over from the bot",
    "no_reply": "Taken over from the bot, and then left without an answer",
}
CAUSES = {
    "customer": "the customer",
    "bot": "the bot",
    "rule": "a rule",
    "timer": "a timer",
    "human": "a human",
}
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German"}
OUTCOMES = {
    "released": "Returned to the bot",
    "resolved": "Resolved",
    "cancelled": "The customer went on with the bot",
    "quiet": "Returned to the bot after a long silence",
}
NOBODYS = frozenset({"cancelled", "quiet"})
"""Ends that no human has brought about."""
CLAIM, ASSIGN, SUGGEST, REVEAL, RELEASE, RESOLVE, MORE = (
    "claim",
    "assign",
    "suggest",
    "reveal",
    "release",
    "resolve",
    "more",
)
"""Ids of the buttons; `more` is a menu."""
REPLY, NOTE, TRANSCRIPT, FAQ = "reply", "note", "transcript", "faq"
"""What can be chosen in the menu; each choice carries its word and what the buttons carry."""
CONFIRM_RELEASE = Confirm(
    "Return to the bot?",
    "The customer is told, and the bot answers from now on.",
    "Return to bot",
)
CONFIRM_RESOLVE = Confirm(
    "Resolve?",
    "The conversation ends, and the customer is asked how it was.",
    "Resolve",
)


@dataclass(frozen=True, slots=True)
class CardMessage:
    """A card, ready to be posted or to take the place of what is there."""

    text: str
    """For notifications and screen readers."""
    blocks: tuple[Block, ...]
    metadata: dict[str, Any]


def card_message(
    card: Card, mode: Mode = Mode.CLAIMER, trace_url: str = "", outcome: str = ""
) -> CardMessage:
    """Return how a card looks now.

    Args:
        card: what it tells.
        mode: where cards are only alerts, they have no buttons.
        trace_url: of the page of the trace; empty for none.
        outcome: one of `OUTCOMES` once the handoff is over, otherwise empty.
    """
    target = Target(card.conversation, card.episode)
    reason = reason_in_words(card.reason)
    blocks = [
        header(OUTCOMES.get(outcome, outcome) if outcome else reason),
        section(f"*Needed*\n{quoted(safe(one_line(card.ask), MOST_ASK))}"),
    ]
    if card.tried:
        blocks.append(section(f"*Tried*\n{_listed(card.tried)}"))
    said = _said_besides(card)
    if said:
        blocks.append(section(f"*So far*\n{_listed(said)}"))
    blocks.append(context(_facts(card, trace_url)))
    blocks.append(context([f"It was: {safe(reason, MOST_WORD)}" if outcome else _state(card)]))
    buttons = () if outcome or mode is Mode.ALERTS else _buttons(card, value_of(target))
    if buttons:
        blocks.append({"type": "actions", "elements": list(buttons)})
    return CardMessage(
        cut(f"{_headline(card, outcome)}: {safe(one_line(card.ask), MOST_ASK)}", MOST_FALLBACK),
        tuple(blocks),
        metadata_of(target),
    )


def reason_in_words(reason: str) -> str:
    """Return why a human is wanted; a reason without words of its own is shown as it is."""
    return REASONS.get(reason, reason.replace("_", " ").capitalize() or "Taken over by a human")


def language_in_words(locale: str) -> str:
    """Return the name of a language, or its code when it has none here."""
    return LANGUAGES.get(locale.replace("_", "-").split("-")[0].lower(), locale or "unknown")


def called(human: str) -> str:
    """Return how a human is named in markup: a mention, where Slack knows the person."""
    user = user_of(human)
    return f"<@{user}>" if user else safe(human, MOST_WORD)


def one_line(text: str) -> str:
    """Return a text without line ends, so that nothing in it begins a line."""
    return " ".join(text.split())


def _state(card: Card) -> str:
    if card.owner == "human":
        return f":large_green_circle: Claimed by {called(card.human)}"
    return (
        f":hourglass_flowing_sand: Nobody has claimed it; waiting since {since(card.waiting_since)}"
    )


def _headline(card: Card, outcome: str) -> str:
    if outcome:
        return safe(OUTCOMES.get(outcome, outcome), MOST_WORD)
    what = "Claimed" if card.owner == "human" else "A customer waits"
    return f"{what} ({safe(reason_in_words(card.reason), MOST_WORD)})"


def _listed(lines: Sequence[str]) -> str:
    """Return the last lines, oldest first."""
    return "\n".join(f"• {safe(one_line(line), MOST_LINE)}" for line in lines[-MOST_LINES:])


def _said_besides(card: Card) -> list[str]:
    """Return the last lines without those that stand under what was tried."""
    tried = {_beginning(line) for line in card.tried}
    return [line for line in card.summary if _beginning(line) not in tried]


def _beginning(line: str) -> str:
    """Return how a line begins behind its speaker, to know it again where it was cut."""
    return one_line(line.partition(": ")[2])[:SAME]


def _facts(card: Card, trace_url: str) -> list[str]:
    facts = [
        f"Caused by {safe(CAUSES.get(card.cause, card.cause), MOST_WORD)}",
        f"Language: {safe(language_in_words(card.locale), MOST_WORD)}",
        f"Channel: {safe(card.channel, MOST_WORD)}",
        "Identity verified" if card.is_verified else ":warning: Identity not verified",
    ]
    if card.intent:
        facts.append(f"About: {safe(card.intent, MOST_WORD)}")
    if card.owner == "human":
        facts.append(f"Since {since(card.waiting_since)}")
    if trace_url:
        facts.append(link(trace_url, "Trace"))
    return facts


def _buttons(card: Card, value: str) -> tuple[Block, ...]:
    """Return what can be done in this state; returning and resolving are for the one who has it."""
    assign = button(ASSIGN, "Assign", value)
    suggest = button(SUGGEST, "Suggest reply", value)
    rare = {
        REPLY: "Write a reply",
        NOTE: "Write a note",
        TRANSCRIPT: "Share the transcript",
    }
    if card.owner != "human":
        return (button(CLAIM, "Claim", value, "primary"), assign, suggest, *menu(MORE, rare, value))
    rare[FAQ] = "Save the last answer as an FAQ draft"
    return (
        suggest,
        assign,
        button(REVEAL, "Reveal", value),
        button(RELEASE, "Return to bot", value, confirm=CONFIRM_RELEASE),
        button(RESOLVE, "Resolve", value, "danger", CONFIRM_RESOLVE),
        *menu(MORE, rare, value),
    )
