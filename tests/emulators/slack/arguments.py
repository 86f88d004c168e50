"""What a method was called with, read strictly."""

import json
from collections.abc import Mapping
from typing import Any

from tests.emulators.slack.state import Dict, SlackError


class Arguments:
    """The arguments of one call: JSON as it is, or a form whose values are words."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: Dict = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise SlackError("invalid_arguments", f"{name} must be a string")
        return str(value)

    def needed(self, *names: str) -> str:
        """Return the first of these that is there."""
        for name in names:
            if self.text(name):
                return self.text(name)
        raise SlackError("invalid_arguments", f"missing required field: {names[0]}")

    def flag(self, name: str) -> bool:
        value = self.values.get(name, False)
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        value = self.values.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", f"{name} must be a number") from None

    def decoded(self, name: str, error: str = "invalid_arguments") -> Any:  # noqa: ANN401 - JSON
        """Return JSON, which in a form is written as text; None when it is not there."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error, f"{name} is not JSON") from None
