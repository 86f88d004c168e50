"""What Block Kit allows, and where a button stands in it. Source: reference/channels.md 3.3."""

from collections.abc import Iterator, Mapping, Sequence

from tests.bot.slack.block_limits import (
    MOST_IN_MESSAGE,
    MOST_MESSAGE_CHARACTERS,
    faults_of_message,
    faults_of_view,
    texts_in,
    units,
)
from tests.emulators.slack.state import Dict, SlackError

MOST_MARKDOWN = 12_000
CHECKED_ELSEWHERE = frozenset({"section", "header", "context", "actions", "input", "divider"})
ALSO_BLOCKS = frozenset(
    {
        "alert",
        "call",
        "card",
        "carousel",
        "context_actions",
        "file",
        "image",
        "markdown",
        "plan",
        "rich_text",
        "table",
        "task_card",
        "video",
    }
)
"""Blocks that exist, of which only the outline is checked here."""
ALSO_ELEMENTS = frozenset(
    {
        "channels_select",
        "checkboxes",
        "conversations_select",
        "datepicker",
        "datetimepicker",
        "email_text_input",
        "external_select",
        "feedback_buttons",
        "icon_button",
        "image",
        "multi_channels_select",
        "multi_conversations_select",
        "multi_external_select",
        "multi_static_select",
        "multi_users_select",
        "number_input",
        "overflow",
        "radio_buttons",
        "rich_text_input",
        "timepicker",
        "url_text_input",
        "workflow_button",
    }
)
MALFORMED = (KeyError, TypeError, AttributeError)


def check_message(blocks: object) -> list[Dict]:
    """Return the blocks of a message as Slack keeps them.

    Raises:
        SlackError: `invalid_blocks`, `invalid_blocks_format` or `msg_blocks_too_long`.
    """
    found = _listed(blocks)
    total = sum(units(text) for text in texts_in(_seen(found)))
    total += sum(units(text) for text in _markdown(found))
    if total > MOST_MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long", f"blocks of {total} characters")
    if len(found) > MOST_IN_MESSAGE:
        raise SlackError("invalid_blocks", f"no more than {MOST_IN_MESSAGE} items allowed")
    faults = [*_faults_of_others(found), *_faults_of_known(found)]
    if faults:
        raise SlackError("invalid_blocks", *faults)
    return named(found)


def check_view(view: object) -> Dict:
    """Return a view as Slack keeps it.

    Raises:
        SlackError: `invalid_arguments`.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "must provide an object [json-pointer:/view]")
    try:
        blocks = _listed(view.get("blocks"))
        known = [block for block in blocks if block["type"] in CHECKED_ELSEWHERE]
        faults = faults_of_view({**view, "blocks": _plain(known)}) if known else []
        faults = [*_faults_of_others(blocks), *_that_count(faults)]
    except MALFORMED as error:
        raise SlackError("invalid_arguments", f"malformed: {error!r}") from None
    except SlackError as error:
        raise SlackError("invalid_arguments", str(error)) from None
    if not blocks or len(blocks) > 100:
        faults.append(f"{len(blocks)} blocks")
    if faults:
        raise SlackError("invalid_arguments", *faults)
    return {**view, "blocks": named(blocks)}


def named(blocks: Sequence[Mapping[str, object]]) -> list[Dict]:
    """Return blocks with the ids that Slack gives to those without."""
    result: list[Dict] = []
    for n, block in enumerate(blocks):
        kept: Dict = {"block_id": f"b{n:02d}", **block}
        if "elements" in kept:
            kept["elements"] = [
                _named(element, f"a{n}.{m}") for m, element in enumerate(kept["elements"])
            ]
        for place in ("accessory", "element"):
            if place in kept:
                kept[place] = _named(kept[place], f"a{n}.{place}")
        result.append(kept)
    return result


def elements(blocks: Sequence[Dict]) -> Iterator[tuple[Dict, Dict]]:
    """Yield each element that can be used, after its block."""
    for block in blocks:
        inside = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def texts(blocks: Sequence[Dict]) -> list[str]:
    """Return every text that some blocks show."""
    return [*texts_in(_seen(blocks)), *_markdown(blocks)]


def _named(element: Dict, name: str) -> Dict:
    if element.get("type") in {"mrkdwn", "plain_text", "image"} or "action_id" in element:
        return element
    return {**element, "action_id": name}


def _listed(blocks: object) -> list[Dict]:
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    for block in blocks:
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise SlackError("invalid_blocks", "a block is an object with a type")
    return blocks


def _seen(blocks: Sequence[Dict]) -> list[Dict]:
    return [block for block in blocks if block["type"] in CHECKED_ELSEWHERE]


def _markdown(blocks: Sequence[Dict]) -> list[str]:
    return [str(block.get("text", "")) for block in blocks if block["type"] == "markdown"]


def _faults_of_known(blocks: Sequence[Dict]) -> list[str]:
    known = _plain(_seen(blocks))
    if not known:
        return []
    try:
        return _that_count(faults_of_message("text", known))
    except MALFORMED as error:
        return [f"malformed: {error!r}"]


def _plain(blocks: Sequence[Dict]) -> list[Dict]:
    """Return blocks without the pictures in their context, which the other file does not know."""
    pictured = []
    for block in blocks:
        if block["type"] != "context" or not isinstance(block.get("elements"), list):
            pictured.append(block)
            continue
        words = [element for element in block["elements"] if element.get("type") != "image"]
        if words or not block["elements"]:
            pictured.append({**block, "elements": words})
    return pictured


def _that_count(faults: Sequence[str]) -> list[str]:
    exist = {f"an unknown element: {kind}" for kind in ALSO_ELEMENTS}
    return [fault for fault in faults if fault not in exist]


def _faults_of_others(blocks: Sequence[Dict]) -> Iterator[str]:
    for block in blocks:
        kind = block["type"]
        if kind in CHECKED_ELSEWHERE:
            continue
        if kind not in ALSO_BLOCKS:
            yield f"unsupported type: {kind}"
        if not 0 < units(str(block.get("block_id", "x"))) <= 255:
            yield "block_id"
    markdown = _markdown(blocks)
    if any(not text.strip() for text in markdown):
        yield "a markdown block needs text"
    if sum(units(text) for text in markdown) > MOST_MARKDOWN:
        yield f"markdown of more than {MOST_MARKDOWN}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
