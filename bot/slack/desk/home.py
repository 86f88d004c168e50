"""The App Home: what I have, who waits, who has waited too long. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.humans.desk import Card
from bot.humans.terms import Mode
from bot.slack.blocks import Block, button, context, header, link, quoted, safe, section, since
from bot.slack.desk.cards import (
    CLAIM,
    MOST_WORD,
    called,
    language_in_words,
    one_line,
    reason_in_words,
)
from bot.slack.target import Target, value_of

HOME = "home"
REFRESH = "refresh"
MOST_ROWS = 30
"""Of each of the three lists: with headlines and footers, under the 100 blocks of a home."""
MOST_ASK = 150


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation that is with the desk."""

    card: Card
    thread_url: str = ""
    """Of its card in Slack; empty while that is not known."""
    is_late: bool = False
    """It has waited longer than the company allows."""


def home_view(rows: Sequence[Row], me: str, mode: Mode = Mode.CLAIMER) -> Block:
    """Return the view for one human, from rows in the order of waiting.

    A row stands once: what is mine under mine, what nobody has under late or waiting. What others
    have is only counted, unless it is late. Where cards are only alerts, nothing is claimed here.
    """
    mine = [row for row in rows if _is_claimed(row) and row.card.human == me]
    late = [row for row in rows if row.is_late and row not in mine]
    waiting = [row for row in rows if not _is_claimed(row) and not row.is_late]
    others = len(rows) - len(mine) - len(late) - len(waiting)
    counts = f"{len(mine)} mine · {len(waiting)} waiting · {len(late)} late · {others} with others"
    refresh = button(REFRESH, "Refresh", HOME)
    blocks = [
        section(f"*Support queue*\n{counts}", refresh),
        *_list("Waited too long", late, mode),
        *_list("Mine", mine, mode),
        *_list("Waiting", waiting, mode),
    ]
    return {"type": "home", "callback_id": HOME, "blocks": blocks}


def _list(title: str, rows: Sequence[Row], mode: Mode) -> list[Block]:
    blocks = [header(f"{title} ({len(rows)})"), *(_row(row, mode) for row in rows[:MOST_ROWS])]
    if not rows:
        blocks.append(context(["None."]))
    elif len(rows) > MOST_ROWS:
        blocks.append(context([f"And {len(rows) - MOST_ROWS} more."]))
    return blocks


def _row(row: Row, mode: Mode) -> Block:
    card = row.card
    facts = [
        f"*{safe(reason_in_words(card.reason), MOST_WORD)}*",
        safe(card.channel, MOST_WORD),
        safe(language_in_words(card.locale), MOST_WORD),
        since(card.waiting_since),
    ]
    if _is_claimed(row):
        facts.append(called(card.human))
    if row.thread_url:
        facts.append(link(row.thread_url, "Open"))
    text = f"{' · '.join(facts)}\n{quoted(safe(one_line(card.ask), MOST_ASK))}"
    if _is_claimed(row) or mode is Mode.ALERTS:
        return section(text)
    return section(text, button(CLAIM, "Claim", value_of(Target(card.conversation, card.episode))))


def _is_claimed(row: Row) -> bool:
    return row.card.owner == "human"
