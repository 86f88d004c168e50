"""The pieces of Block Kit that we use, cut to what Slack takes. Pure.

Source of every limit: reference/channels.md 3.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.slack.mrkdwn import harmless
from channels.slack.split import units

Block = dict[str, Any]
"""A JSON object on its way to Slack."""
MOST_SECTION = 3_000
MOST_HEADER = 150
MOST_BUTTON = 75
MOST_VALUE = 2_000
MOST_URL = 3_000
MOST_CONFIRM_TITLE = 100
MOST_CONFIRM_TEXT = 300
MOST_CONFIRM_BUTTON = 30
MOST_CONTEXT = 10
MOST_MODAL_TITLE = 24
MOST_OPTION = 75
MOST_OPTION_VALUE = 150
MOST_OPTIONS = 100
MOST_INPUT = 3_000
MOST_LABEL = 2_000
MOST_HINT = 150
MOST_PRIVATE = 3_000
MOST_FALLBACK = 4_000
NOTHING = "(nothing)"
CUT = "…"


@dataclass(frozen=True, slots=True)
class Confirm:
    """What Slack asks before a click counts."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


def cut(text: str, most: int) -> str:
    """Return a text of at most so many units, with an ellipsis where it was cut."""
    return _cut(text, most, lambda piece: piece)


def safe(text: str, most: int) -> str:
    """Return what somebody wrote so that nothing in it is markup, and no longer than that."""
    return _cut(text, most, harmless)


def _cut(text: str, most: int, written: Callable[[str], str]) -> str:
    """Return the longest beginning that fits as it is written, so that nothing is cut in two."""
    whole = written(text)
    if units(whole) <= most:
        return whole
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if units(written(text[:middle])) + len(CUT) <= most:
            low = middle
        else:
            high = middle - 1
    return written(text[:low]) + CUT


def plain(text: str, most: int) -> Block:
    """Return a text object in which nothing is markup."""
    return {"type": "plain_text", "text": cut(text.strip() or NOTHING, most), "emoji": False}


def marked(text: str) -> Block:
    """Return a text object with markup that is ours; what others wrote in it is `safe` already.

    `verbatim` keeps Slack from making mentions and links out of bare words such as `@here`.
    """
    assert units(text) <= MOST_SECTION, "a piece of a section was not cut"
    return {"type": "mrkdwn", "text": text.strip() or NOTHING, "verbatim": True}


def header(text: str) -> Block:
    """Return a headline."""
    return {"type": "header", "text": plain(text, MOST_HEADER)}


def section(text: str, accessory: Block | None = None) -> Block:
    """Return a paragraph, perhaps with a button at its side."""
    block: Block = {"type": "section", "text": marked(text)}
    return {**block, "accessory": accessory} if accessory else block


def context(pieces: Sequence[str]) -> Block:
    """Return a small grey line."""
    return {"type": "context", "elements": [marked(piece) for piece in pieces[:MOST_CONTEXT]]}


def button(
    action: str, label: str, value: str, style: str = "", confirm: Confirm | None = None
) -> Block:
    """Return a button; `value` comes back with the click and is never cut."""
    assert units(value) <= MOST_VALUE, "a button's value is too long"
    block: Block = {
        "type": "button",
        "action_id": action,
        "text": plain(label, MOST_BUTTON),
        "value": value,
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = {
            "title": plain(confirm.title, MOST_CONFIRM_TITLE),
            "text": plain(confirm.text, MOST_CONFIRM_TEXT),
            "confirm": plain(confirm.yes, MOST_CONFIRM_BUTTON),
            "deny": plain(confirm.no, MOST_CONFIRM_BUTTON),
        }
    return block


def menu(action: str, words: Mapping[str, str], value: str) -> tuple[Block, ...]:
    """Return a menu of rare things to do, by their ids; nothing where the value is too long.

    What is chosen comes back as `id:value`.
    """
    carried = {id: f"{id}:{value}" for id in words}
    if any(units(whole) > MOST_OPTION_VALUE for whole in carried.values()):
        return ()
    options = [
        {"text": plain(word, MOST_OPTION), "value": carried[id]} for id, word in words.items()
    ]
    return ({"type": "overflow", "action_id": action, "options": options},)


def link(url: str, label: str) -> str:
    """Return a link as markup; only its label when it is no address that Slack can carry."""
    address = url.replace("&", "&amp;")
    name = safe(label, MOST_BUTTON).replace("|", " ")
    is_odd = any(character.isspace() or character in '<>|"' for character in url)
    if is_odd or not url.startswith(("https://", "http://")) or units(address) > MOST_URL - 200:
        return name
    return f"<{address}|{name}>"


def since(at: datetime) -> str:
    """Return an instant that each reader sees in his own time zone, with how long ago it was."""
    fallback = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}} ({{ago}})|{fallback}>"


def quoted(text: str) -> str:
    """Return a text that is `safe` already, with every line set as a quotation."""
    return "\n".join(f">{line}" for line in text.splitlines())
