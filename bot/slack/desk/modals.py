"""The modals of the desk, and what was entered into them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.blocks import (
    MOST_HINT,
    MOST_INPUT,
    MOST_LABEL,
    MOST_MODAL_TITLE,
    MOST_OPTION,
    MOST_OPTION_VALUE,
    MOST_OPTIONS,
    MOST_PRIVATE,
    MOST_SECTION,
    Block,
    cut,
    plain,
    safe,
    section,
)
from bot.slack.target import Place, packed, unpacked
from channels.slack.base import Json
from channels.slack.split import units

ASSIGN_VIEW, SEND_VIEW, NOTE_VIEW, REVEAL_VIEW = (
    "assign_view",
    "send_view",
    "note_view",
    "reveal_view",
)
"""Ids of the modals, as `view_submission` names them."""
MOST_SOURCES = 10
MOST_SOURCE = 250
LEAST_WHY = 5
MOST_WHY = 300
_FIELD, _WHY = "field", "why"
"""Ids of the blocks that something is entered in; the elements in them have the same."""


@dataclass(frozen=True, slots=True)
class AssignTo:
    """A colleague was picked."""

    place: Place
    user: str
    """`U…`."""


@dataclass(frozen=True, slots=True)
class SendReply:
    """A text for the customer, as it was left when Send was pressed."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class KeepNote:
    """A note for the other humans."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody wants to see what a placeholder stands for."""

    place: Place
    placeholder: str
    why: str
    """For the audit."""


Entered = AssignTo | SendReply | KeepNote | Reveal


def assign_modal(place: Place) -> Block:
    """Return the modal that asks who shall have a conversation."""
    pick = {
        "type": "users_select",
        "action_id": _FIELD,
        "placeholder": plain("Pick a colleague", MOST_HINT),
    }
    return _modal(ASSIGN_VIEW, ("Assign", "Assign"), place, [_input(_FIELD, "Who", pick)])


def send_modal(place: Place, draft: str, sources: Sequence[str] = ()) -> Block:
    """Return the modal in which a draft is edited and sent; cut where Slack takes no more."""
    field = _text_field(_FIELD, draft)
    blocks = [_input(_FIELD, "To the customer", field)]
    if sources:
        lines = [f"• {safe(' '.join(name.split()), MOST_SOURCE)}" for name in sources]
        blocks.append(section("*Sources*\n" + "\n".join(lines[:MOST_SOURCES])))
    return _modal(SEND_VIEW, ("Reply", "Send"), place, blocks)


def note_modal(place: Place) -> Block:
    """Return the modal for a note that the customer never sees."""
    field = _input(_FIELD, "The customer never sees this", _text_field(_FIELD))
    return _modal(NOTE_VIEW, ("Note", "Keep"), place, [field])


def drafting_modal(place: Place, so_far: str = "") -> Block:
    """Return what is shown while a draft is written: nothing can be sent yet."""
    blocks = [section(":pencil2: Drafting…")]
    if so_far.strip():
        blocks.append(section(safe(so_far, MOST_SECTION)))
    return _modal(SEND_VIEW, ("Reply", ""), place, blocks)


def no_draft_modal(place: Place, why: str) -> Block:
    """Return the reply without a draft: why there is none, and an empty field."""
    view = send_modal(place, "")
    return {**view, "blocks": [section(safe(why, MOST_SOURCE)), *view["blocks"]]}


def opening_modal(place: Place, why: str = "") -> Block:
    """Return what is there before a value is shown, or instead: why it is not."""
    words = safe(why, MOST_SOURCE) if why else ":hourglass: Looking it up…"
    return _modal(REVEAL_VIEW, ("Reveal", ""), place, [section(words)])


def revealed_modal(place: Place, placeholder: str, value: str) -> Block:
    """Return the modal that shows one value to one human; nothing else ever holds it."""
    shown = {"type": "section", "text": plain(value, MOST_SECTION)}
    blocks = [section(f"*{safe(placeholder, MOST_OPTION)}*"), shown]
    return _modal(REVEAL_VIEW, ("Reveal", ""), place, blocks)


def reveal_modal(place: Place, placeholders: Sequence[str], lost: Sequence[str] = ()) -> Block:
    """Return the modal that asks which value shall be shown, and why; it says that it is recorded.

    Placeholders that do not fit are left out; without any there is nothing to pick, only words.
    `lost` are those whose value was never kept.
    """
    fitting = [name for name in dict.fromkeys(placeholders) if 0 < units(name) <= MOST_OPTION]
    told = section("You alone will see the value. Who looked, at what and why is recorded.")
    names = ", ".join(safe(name, MOST_OPTION) for name in lost[:MOST_SOURCES])
    gone = [section(f"Never kept, so nobody can see them: {names}")] if lost else []
    if not fitting:
        nothing = section("There is no personal data in this conversation that could be shown.")
        return _modal(REVEAL_VIEW, ("Reveal", ""), place, [nothing, *gone])
    options = [
        {"text": plain(name, MOST_OPTION), "value": cut(name, MOST_OPTION_VALUE)}
        for name in fitting[:MOST_OPTIONS]
    ]
    pick = {"type": "static_select", "action_id": _FIELD, "options": options}
    why = {
        "type": "plain_text_input",
        "action_id": _WHY,
        "min_length": LEAST_WHY,
        "max_length": MOST_WHY,
    }
    blocks = [told, _input(_FIELD, "What", pick), _input(_WHY, "Why", why), *gone]
    return _modal(REVEAL_VIEW, ("Reveal", "Reveal"), place, blocks)


def entered(view: Json) -> Entered | None:
    """Return what a `view_submission` says; None when it is not one of ours, or has no answer."""
    place = unpacked(str(view.get("private_metadata", "")))
    if place is None:
        return None
    match view.get("callback_id"):
        case "assign_view":
            user = _answer(view, _FIELD, "selected_user")
            return AssignTo(place, user) if user else None
        case "send_view":
            text = _answer(view, _FIELD, "value").strip()
            return SendReply(place, text) if text else None
        case "note_view":
            text = _answer(view, _FIELD, "value").strip()
            return KeepNote(place, text) if text else None
        case "reveal_view":
            placeholder, why = _picked(view), _answer(view, _WHY, "value").strip()
            return Reveal(place, placeholder, why) if placeholder and why else None
        case _:
            return None


def _modal(callback: str, words: tuple[str, str], place: Place, blocks: Sequence[Block]) -> Block:
    """Return a modal; `words` are its title and what submits it, empty for a modal to close."""
    private = packed(place)
    assert units(private) <= MOST_PRIVATE, "what a modal carries is too long"
    title, submit = words
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, MOST_MODAL_TITLE),
        "close": plain("Cancel" if submit else "Close", MOST_MODAL_TITLE),
        "private_metadata": private,
        "blocks": list(blocks),
    }
    return {**view, "submit": plain(submit, MOST_MODAL_TITLE)} if submit else view


def _input(block: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label, MOST_LABEL),
        "element": element,
    }


def _text_field(action: str, initial: str = "") -> Block:
    field: Block = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": True,
        "max_length": MOST_INPUT,
    }
    return {**field, "initial_value": cut(initial, MOST_INPUT)} if initial else field


def _answer(view: Json, block: str, name: str) -> str:
    """Return what was entered in a block; empty when it was left empty, or is not there."""
    answer = _element(view, block).get(name)
    return answer if isinstance(answer, str) else ""


def _picked(view: Json) -> str:
    match _element(view, _FIELD):
        case {"selected_option": {"value": str() as value}}:
            return value
        case _:
            return ""


def _element(view: Json, block: str) -> Json:
    """Return the answer in a block, whose element has the id of the block."""
    found: Any = view
    for name in ("state", "values", block, block):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
