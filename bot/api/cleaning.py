"""A call's texts without personal data, and the answer with it put back.

Every call has a vault of its own that lives as long as the call and is never stored: the caller
gets back what he sent himself, and nobody else can.
"""

import json
from collections.abc import Callable

from bot.api.ask import AskedMessage
from bot.privacy.kinds import NO_HINTS
from bot.privacy.redact import REPLY, Hints, Redactor, StreamRedactor, joined, stored
from bot.privacy.reveal import StreamRevealer, reveal
from bot.privacy.vault import Vault
from routing.request import Message, Redacted, ToolCall, ToolResult


class Cleaning:
    """Redacts and reveals for one call."""

    def __init__(self, redactor: Redactor, vault: Vault) -> None:
        self._redactor = redactor
        self._vault = vault

    def text(self, text: str, hints: Hints = NO_HINTS) -> Redacted:
        """Return a text of the caller without personal data."""
        return self._redactor.redact(text, self._vault, hints)

    def messages(self, asked: tuple[AskedMessage, ...]) -> tuple[Message, ...]:
        """Return the messages as a model may see them."""
        return tuple(
            Message(
                role=one.role,
                text=self.text(one.text),
                calls=tuple(
                    ToolCall(call.id, call.name, self.arguments(call.arguments))
                    for call in one.calls
                ),
                results=tuple(
                    ToolResult(result.call_id, self.text(result.text)) for result in one.results
                ),
            )
            for one in asked
        )

    def arguments(self, arguments: str) -> Redacted:
        """Return the arguments of a call, still JSON: each text and long number on its own."""
        clean = _mapped(json.loads(arguments), self.text)
        return stored(json.dumps(clean, ensure_ascii=False))

    def revealed(self, text: Redacted) -> str:
        """Return a text with the caller's values in it."""
        return reveal(text, self._vault)

    def revealed_arguments(self, arguments: Redacted) -> str:
        """Return a model's arguments with the caller's values in them, still JSON."""
        try:
            written = json.loads(arguments)
        except (ValueError, RecursionError):  # a model may write anything
            return reveal(arguments, self._vault)
        plain = _mapped(written, lambda text: reveal(self.text(text, REPLY), self._vault))
        return json.dumps(plain, ensure_ascii=False)


class Spoken:
    """A model's answer on its way to the caller: redacted for the log, revealed for him."""

    def __init__(self, redactor: Redactor, vault: Vault, public: str) -> None:
        self._redactor = redactor
        self._vault = vault
        self._public = public
        self._kept: list[Redacted] = []
        self._present: list[Redacted] = []
        self._begin()

    @property
    def redacted(self) -> Redacted:
        """All that was said since the last `take_back`, as it may be stored."""
        return joined(self._kept)

    @property
    def present(self) -> Redacted:
        """What was said of the answer that a model would go on with: nothing before an apology."""
        return joined(self._present)

    def feed(self, text: str) -> str:
        """Return what the caller may read now."""
        return self._said(self._redacting.feed(text))

    def flush(self) -> str:
        """Return the rest."""
        return self._said(self._redacting.flush()) + self._revealing.flush()

    def cut(self) -> str:
        """Drop what is kept back unseen, since something else goes on from what was shown.

        Returns:
            What is certain and was not shown yet.
        """
        self._redacting.forget_held()
        return self._revealing.flush()

    def take_back(self) -> None:
        """Begin anew."""
        self._kept.clear()
        self._begin()

    def begin_again(self, words: Redacted) -> str:
        """Return what is said where what was shown stays, and the answer begins anew behind it."""
        cut = self.cut()
        self._kept.append(words)
        self._begin()
        return cut + words

    def _begin(self) -> None:
        self._present = []
        self._redacting = StreamRedactor(self._redactor, self._vault, self._public)
        self._revealing = StreamRevealer(self._vault)

    def _said(self, piece: Redacted) -> str:
        if not piece:
            return ""
        self._kept.append(piece)
        self._present.append(piece)
        return self._revealing.feed(piece)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    """Return JSON with every text changed; a number that would be changed becomes a text."""
    match value:
        case dict():
            return {change(name): _mapped(one, change) for name, one in value.items()}
        case list():
            return [_mapped(one, change) for one in value]
        case str():
            return change(value)
        case bool() | None:
            return value
        case _:
            written = str(value)
            changed = change(written)
            return value if changed == written else changed
