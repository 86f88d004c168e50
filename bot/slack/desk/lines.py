"""What is said in a conversation, as messages under its card. Pure."""

from dataclasses import dataclass, replace

from bot.humans.desk import ThreadLine
from bot.slack.blocks import (
    MOST_SECTION,
    Block,
    context,
    cut,
    marked,
    plain,
    safe,
    section,
)
from bot.slack.desk.cards import called
from channels.slack.mrkdwn import harmless
from channels.slack.split import pieces_of, units

MOST_PIECE = 2_900
MOST_PIECES = 4
"""Of one message: all of its blocks together may have about 13,200 characters."""
MOST_SAID = 3_500
SENT = ":white_check_mark: Sent to the customer by"
NAMES = {"bot": "Bot", "agent": "Support"}


@dataclass(frozen=True, slots=True)
class LineMessage:
    """A message under a card, without where it goes."""

    text: str
    """For notifications and screen readers."""
    blocks: tuple[Block, ...]
    username: str = ""
    """Who it is shown to be from; empty for ourselves."""


def line_messages(line: ThreadLine, medium: str, call: str = "") -> tuple[LineMessage, ...]:
    """Return a line as messages, in order; a long one takes several, an empty one none.

    Args:
        line: what was said.
        medium: where the customer is, such as `web`.
        call: markup that calls somebody; empty for nobody.
    """
    pieces = pieces_of(line.text, MOST_PIECE)
    if line.author == "system":
        whole = " ".join(part for part in (call, _said(line.text, MOST_SECTION - 200)) if part)
        block = section(whole) if call else context([whole])
        return (LineMessage(whole, (block,)),) if whole else ()
    name = f"Customer ({medium})" if line.author == "customer" else NAMES.get(line.author, "")
    groups = [pieces[at : at + MOST_PIECES] for at in range(0, len(pieces), MOST_PIECES)]
    messages = [
        LineMessage(
            _said("".join(group), MOST_SAID),
            tuple({"type": "section", "text": plain(piece, MOST_SECTION)} for piece in group),
            name,
        )
        for group in groups
    ]
    if line.by and messages:
        last = messages[-1]
        sent = context([f"{SENT} {called(line.by)}"])
        messages[-1] = replace(last, blocks=(*last.blocks, sent))
    if not call:
        return tuple(messages)
    first = messages[0] if messages else LineMessage("", (), name)
    calling = {"type": "section", "text": marked(call)}
    text = f"{call} {first.text}".strip()
    return (LineMessage(text, (calling, *first.blocks), name), *messages[1:])


def closing(words: str, again: bool = False) -> LineMessage:
    """Return the message that says how a handoff ended, or that it begins again."""
    block = section(f"*{safe(words, MOST_SECTION - 200)}*") if again else context([words])
    return LineMessage(words, (block,))


def _said(text: str, most: int) -> str:
    """Return what somebody wrote so that nothing in it is markup, cut before it is written."""
    whole = harmless(text)
    if units(whole) <= most:
        return whole
    # What is written for one character is never longer than nine.
    return harmless(cut(text, most // 9))
