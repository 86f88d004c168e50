"""The customer's real values in a tool's arguments, in the fields that take them; pure."""

from collections.abc import Mapping

from bot.privacy.detect.finder import find
from bot.privacy.kinds import NO_HINTS
from bot.privacy.placeholders import PLACEHOLDER, canonical
from bot.privacy.vault import Vault
from routing.agent.errors import ToolFailed
from routing.agent.schema import Schema


def filled(schema: Schema, arguments: Mapping[str, object], vault: Vault) -> dict[str, object]:
    """Return arguments with the values that their placeholders stand for.

    Only fields that the schema marks are filled. What stands in clear in such a field must not be
    personal data: a model that writes an e-mail address has invented it, or was talked into it.

    Raises:
        ToolFailed: a placeholder is not this customer's, or its value was not kept; never run.
    """
    return {
        name: _value(schema.fields[name], value, name, vault) if name in schema.fields else value
        for name, value in arguments.items()
    }


def _value(schema: Schema, value: object, path: str, vault: Vault) -> object:
    match value:
        case str() if schema.is_personal:
            return _opened(value, path, vault)
        case dict():
            return {
                name: _value(schema.fields[name], each, f"{path}.{name}", vault)
                if name in schema.fields
                else each
                for name, each in value.items()
            }
        case list() if schema.items is not None:
            items = schema.items
            return [_value(items, each, f"{path}[{n}]", vault) for n, each in enumerate(value)]
        case _:
            return value


def _opened(text: str, path: str, vault: Vault) -> str:
    parts: list[str] = []
    start = 0
    for match in PLACEHOLDER.finditer(text):
        parts += [_clear(text[start : match.start()], path, vault)]
        real = vault.value_of(canonical(match))
        if real is None:
            raise ToolFailed(
                f"{path}: this placeholder stands for nothing that can be used; ask the customer",
                may_have_run=False,
            )
        parts.append(real)
        start = match.end()
    return "".join((*parts, _clear(text[start:], path, vault)))


def _clear(text: str, path: str, vault: Vault) -> str:
    if text.strip() and find(text, NO_HINTS, vault.names()):
        raise ToolFailed(
            f"{path}: expected a placeholder of the customer's, not a value in clear",
            may_have_run=False,
        )
    return text
