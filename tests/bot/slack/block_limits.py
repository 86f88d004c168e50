"""Says what Slack would refuse in blocks, views and messages. Source: reference/channels.md 3.3."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
MOST_MESSAGE_CHARACTERS = 13_200
TEXT_OF = {"section": 3_000, "context": 3_000, "header": 150, "button": 75, "option": 75}
ELEMENTS_OF = {"context": 10, "actions": 25}
Json = Mapping[str, Any]


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def faults_of_message(text: str, blocks: Sequence[Json]) -> list[str]:
    """Return what is wrong with the arguments of `chat.postMessage`, nothing when all is well."""
    faults = list(_blocks(blocks, MOST_IN_MESSAGE))
    if not 0 < units(text) <= 4_000:
        faults.append(f"text of {units(text)}")
    total = sum(units(piece) for piece in texts_in(blocks))
    if total > MOST_MESSAGE_CHARACTERS:
        faults.append(f"blocks of {total} characters")
    return faults


def faults_of_view(view: Json) -> list[str]:
    """Return what is wrong with a modal or a home."""
    faults = list(_blocks(view["blocks"], MOST_IN_VIEW))
    faults += _id(view, "callback_id")
    faults += _long("private_metadata", view.get("private_metadata", ""), 3_000)
    if view["type"] == "modal":
        faults += _text(view.get("title"), 24, {"plain_text"})
        for name in {"submit", "close"} & set(view):
            faults += _text(view[name], 24, {"plain_text"})
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            faults.append("an input without submit")
    elif view["type"] != "home":
        faults.append(f"a view of type {view['type']}")
    return faults


def texts_in(value: object) -> Iterator[str]:
    """Yield every text object's text."""
    if isinstance(value, Mapping):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield value["text"]
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from texts_in(inner)


def _blocks(blocks: Sequence[Json], most: int) -> Iterator[str]:
    if not 0 < len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
    for block in blocks:
        yield from _id(block, "block_id")
        yield from _block(block)


def _block(block: Json) -> Iterator[str]:
    match block:
        case {"type": "section"}:
            yield from _section(block)
        case {"type": "header", "text": text}:
            yield from _text(text, TEXT_OF["header"], {"plain_text"})
        case {"type": "context" | "actions" as kind, "elements": elements}:
            yield from _elements(kind, elements)
        case {"type": "input", "label": label, "element": element}:
            yield from _text(label, 2_000, {"plain_text"})
            yield from _element(element)
        case {"type": "divider"}:
            pass
        case _:
            yield f"an unknown block: {block.get('type')}"


def _section(block: Json) -> Iterator[str]:
    fields = block.get("fields", ())
    if "text" not in block and not fields:
        yield "a section of nothing"
    if "text" in block:
        yield from _text(block["text"], TEXT_OF["section"])
    if len(fields) > 10:
        yield f"{len(fields)} fields"
    for field in fields:
        yield from _text(field, 2_000)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _elements(kind: str, elements: Sequence[Json]) -> Iterator[str]:
    if not 0 < len(elements) <= ELEMENTS_OF[kind]:
        yield f"{len(elements)} elements in {kind}"
    if kind == "context":
        for element in elements:
            yield from _text(element, TEXT_OF["context"])
        return
    ids = [element.get("action_id") for element in elements]
    if len(ids) != len(set(ids)):
        yield "an action_id twice in one block"
    for element in elements:
        yield from _element(element)


def _element(element: Json) -> Iterator[str]:
    yield from _id(element, "action_id")
    if "placeholder" in element:
        yield from _text(element["placeholder"], 150, {"plain_text"})
    match element:
        case {"type": "button", "text": text}:
            yield from _text(text, TEXT_OF["button"], {"plain_text"})
            yield from _long("value", element.get("value", ""), 2_000)
            yield from _long("url", element.get("url", ""), 3_000)
            if element.get("style", "primary") not in {"primary", "danger"}:
                yield "an unknown style"
            yield from _confirm(element.get("confirm"))
        case {"type": "users_select"}:
            pass
        case {"type": "static_select", "options": options}:
            yield from _options(options)
        case {"type": "overflow", "options": options}:
            yield from _options(options)
            if len(options) > 5:
                yield f"{len(options)} options in a menu"
        case {"type": "plain_text_input"}:
            yield from _input(element)
        case _:
            yield f"an unknown element: {element.get('type')}"


def _input(element: Json) -> Iterator[str]:
    most = element.get("max_length", 3_000)
    if not 0 < most <= 3_000 or not 0 <= element.get("min_length", 0) <= most:
        yield "an input that takes too much or nothing"
    yield from _long("initial_value", element.get("initial_value", ""), most)


def _options(options: Sequence[Json]) -> Iterator[str]:
    if not 0 < len(options) <= 100:
        yield f"{len(options)} options"
    values = [option["value"] for option in options]
    if len(values) != len(set(values)):
        yield "an option twice"
    for option in options:
        yield from _text(option["text"], TEXT_OF["option"])
        if not option["value"]:
            yield "an option without value"
        yield from _long("option value", option["value"], 150)


def _confirm(confirm: Json | None) -> Iterator[str]:
    if confirm is None:
        return
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(confirm.get(name), most)


def _text(text: Json | None, most: int, kinds: set[str] | None = None) -> Iterator[str]:
    match text:
        case {"type": str() as kind, "text": str() as words}:
            if kind not in (kinds or {"plain_text", "mrkdwn"}):
                yield f"{kind} where it is not taken"
            if not 0 < units(words) <= most or not words.strip():
                yield f"a text of {units(words)} where {most} are taken"
        case _:
            yield "no text where one is needed"


def _id(thing: Json, name: str) -> Iterator[str]:
    if name in thing and not 0 < units(thing[name]) <= 255:
        yield f"{name} of {units(thing[name])}"


def _long(name: str, value: str, most: int) -> Iterator[str]:
    if units(value) > most:
        yield f"{name} of {units(value)}"
