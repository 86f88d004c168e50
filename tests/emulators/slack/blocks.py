"""What Block Kit allows, and where a button stands in it. Source: reference/channels.md, 3.3."""

from collections.abc import Iterable, Iterator

from tests.emulators.slack.state import Dict, SlackError

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_BLOCK_CHARS = 13_200
MOST_MARKDOWN = 12_000
MOST_TEXT = {"section": 3000, "header": 150, "markdown": MOST_MARKDOWN}
MOST_ELEMENTS = {"actions": 25, "context": 10}
WITHOUT_ACTION = frozenset({"mrkdwn", "plain_text", "image"})


def check_message(blocks: object) -> None:
    """Refuse the blocks of a message that Slack would refuse.

    Raises:
        SlackError: `invalid_blocks`, `invalid_blocks_format` or `msg_blocks_too_long`.
    """
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if sum(len(text) for text in texts(blocks)) > MOST_BLOCK_CHARS:
        raise SlackError("msg_blocks_too_long")
    _check(blocks, MOST_BLOCKS)


def check_view(view: Dict) -> None:
    """Refuse a view that Slack would refuse.

    Raises:
        SlackError: `invalid_arguments`.
    """
    try:
        _check(view.get("blocks"), MOST_VIEW_BLOCKS)
        _most(len(view.get("private_metadata", "")), 3000, "private_metadata")
        _most(len(view.get("callback_id", "")), 255, "callback_id")
        for part in ("title", "submit", "close"):
            _most(len(view.get(part, {}).get("text", "")), 24, part)
        is_modal = view.get("type") == "modal"
        if is_modal and not view.get("title"):
            raise _wrong("a modal needs a title")
        has_input = any(block["type"] == "input" for block in view["blocks"])
        if is_modal and has_input and not view.get("submit"):
            raise _wrong("a modal with an input needs a submit")
    except SlackError as error:
        raise SlackError("invalid_arguments", **error.more) from None


def _wrong(why: str) -> SlackError:
    return SlackError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {why}"]})


def _most(length: int, most: int, what: str) -> None:
    if length > most:
        raise _wrong(f"{what} must be at most {most}, is {length}")


def _check(blocks: object, most: int) -> None:
    if not isinstance(blocks, list):
        raise _wrong("blocks must be a list")
    _most(len(blocks), most, "blocks")
    for block in blocks:
        if not isinstance(block, dict) or "type" not in block:
            raise _wrong("a block needs a type")
        _check_block(block)
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(names)) != len(names):
        raise _wrong("block_id must be unique")


def _check_block(block: Dict) -> None:
    kind = block["type"]
    text = block.get("text")
    said = text.get("text", "") if isinstance(text, dict) else text or ""
    _most(len(said), MOST_TEXT.get(kind, 3000), f"{kind} text")
    if kind in ("header", "markdown") and not said:
        raise _wrong(f"{kind} needs a text")
    if kind == "section" and not said and not block.get("fields"):
        raise _wrong("section needs text or fields")
    _most(len(block.get("fields", [])), 10, "fields")
    _most(len(block.get("block_id", "")), 255, "block_id")
    if kind in MOST_ELEMENTS:
        _most(len(block.get("elements", [])), MOST_ELEMENTS[kind], f"{kind} elements")
        if not block.get("elements"):
            raise _wrong(f"{kind} needs elements")
    names = [element["action_id"] for element in _parts(block) if "action_id" in element]
    if len(set(names)) != len(names):
        raise _wrong("action_id must be unique in a block")
    for element in _parts(block):
        _check_element(element)


def _check_element(element: Dict) -> None:
    _most(len(element.get("action_id", "")), 255, "action_id")
    if element.get("type") == "button":
        said = element.get("text", {}).get("text", "")
        if not said:
            raise _wrong("a button needs a text")
        _most(len(said), 75, "button text")
        _most(len(element.get("value", "")), 2000, "button value")
        _most(len(element.get("url", "")), 3000, "button url")
    _most(len(element.get("options", [])), 100, "options")
    if "options" in element and not element["options"]:
        raise _wrong("a select needs options")
    for option in element.get("options", []):
        _most(len(option["text"]["text"]), 75, "option text")
        _most(len(option["value"]), 150, "option value")
    confirm = element.get("confirm", {})
    _most(len(confirm.get("title", {}).get("text", "")), 100, "confirm title")
    _most(len(confirm.get("text", {}).get("text", "")), 300, "confirm text")


def _parts(block: Dict) -> list[Dict]:
    parts = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [part for part in parts if isinstance(part, dict)]


def elements(blocks: Iterable[Dict]) -> Iterator[tuple[Dict, Dict]]:
    """Yield each element of some blocks, after its block."""
    return ((block, element) for block in blocks for element in _parts(block))


def texts(value: object) -> Iterator[str]:
    """Yield every text that some blocks show."""
    if isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name == "text" and isinstance(part, str):
                yield part
            else:
                yield from texts(part)


def named(blocks: list[Dict]) -> list[Dict]:
    """Return blocks with the ids that Slack gives to those without."""
    result = [{"block_id": f"b{n}", **block} for n, block in enumerate(blocks)]
    for n, (_, element) in enumerate(elements(result)):
        if element.get("type") not in WITHOUT_ACTION:
            element.setdefault("action_id", f"a{n}")
    return result
