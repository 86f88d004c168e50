"""Taking personal data out of text; the only maker of `Redacted`.

What is personal is found by `bot.privacy.detect`. A whole message is rewritten by presidio's
`AnonymizerEngine` with one operator per entity; a stream by `StreamRedactor`, with the same
replacements.
"""

from collections.abc import Iterable, Mapping
from typing import LiteralString, assert_never

from presidio_anonymizer import AnonymizerEngine, OperatorConfig, RecognizerResult
from presidio_anonymizer.operators import Hash, Mask

from bot.privacy.detect.finder import find, find_in, heads_of
from bot.privacy.detect.plain import plain, visible
from bot.privacy.detect.units import LEFT, LONGEST_WORD, MOST_HELD_CHARS, next_unit, opener_length
from bot.privacy.kinds import NO_HINTS, ONE_WAY, REPLY, Hints, Kind, Operator
from bot.privacy.placeholders import neutralised
from bot.privacy.vault import Vault
from routing.request import Redacted

__all__ = [
    "MOST_HELD_CHARS", "NO_HINTS", "REPLY", "Hints", "Kind", "Operator", "Redactor",
    "StreamRedactor", "fixed", "joined", "published", "stored",
]  # fmt: skip

_NEVER_SHOWN = frozenset({Kind.SSN, Kind.SECRET})
_SHOWN_BY_MASK = 4
_TRIM_AFTER = 4096


def fixed(text: LiteralString) -> Redacted:
    """Return a text that stands in the code."""
    return Redacted(text)


def published(text: str) -> Redacted:
    """Return text that the tenant itself publishes: articles, greetings, policy."""
    return Redacted(text)


def stored(text: str) -> Redacted:
    """Return text that was redacted before it was stored."""
    return Redacted(text)


def joined(parts: Iterable[Redacted], separator: LiteralString = "") -> Redacted:
    """Return redacted pieces as one text."""
    return Redacted(separator.join(parts))


class Redactor:
    """Redaction with the operators of one tenant."""

    def __init__(self, operators: Mapping[Kind, Operator] | None = None) -> None:
        """Take what the tenant wants per kind; everything else becomes a placeholder.

        Of SSN and SECRET nothing may be shown: mask and hash are placeholders for them. Cards,
        SSN and SECRET are one-way whatever is asked.
        """
        wanted = dict.fromkeys(Kind, Operator.PLACEHOLDER) | dict(operators or {})
        self._operators = {
            kind: Operator.PLACEHOLDER
            if kind in _NEVER_SHOWN and operator is not Operator.REDACT
            else operator
            for kind, operator in wanted.items()
        }
        self._engine = AnonymizerEngine()  # type: ignore[no-untyped-call]  # it is not typed
        self._mask, self._hash = Mask(), Hash()

    def redact(self, text: str, vault: Vault, hints: Hints = NO_HINTS) -> Redacted:
        """Return a message without personal data; what is new is in the vault.

        What looks like a placeholder is neutralised unless `hints` say that a model wrote it.
        Pure but for the vault, and linear in the length of the text.
        """
        clean = visible(text)
        if not hints.keeps_placeholders:
            clean = neutralised(clean, plain(clean))
        found = find(clean, hints, vault.names())
        spans = [
            span
            for span in found
            if not _is_public(span.kind, clean[span.start : span.end], hints.public)
        ]
        if not spans:
            return Redacted(clean)
        written = [(span.kind, clean[span.start : span.end]) for span in spans]
        made = {pair: self.replacement(*pair, vault) for pair in written}
        return Redacted(
            self._engine.anonymize(
                clean,
                [RecognizerResult(span.kind.value, span.start, span.end, 1.0) for span in spans],
                {kind.value: self._config(kind, vault, made) for kind, _ in written},
                merge_entities_with_spaces=False,
            ).text
        )

    def replacement(self, kind: Kind, value: str, vault: Vault) -> str:
        """Return what stands for one value."""
        match self._operators[kind]:
            case Operator.PLACEHOLDER:
                return vault.placeholder_for(kind, value, one_way=kind in ONE_WAY)
            case Operator.MASK:
                return str(self._mask.operate(value, _mask_of(value)))
            case Operator.HASH:
                return str(self._hash.operate(value, {Hash.SALT: vault.salt()}))
            case Operator.REDACT:
                return ""
            case other:
                assert_never(other)

    def _config(
        self, kind: Kind, vault: Vault, made: Mapping[tuple[Kind, str], str]
    ) -> OperatorConfig:
        """Return the engine's operator for a kind.

        The engine works from the last span to the first; placeholders were `made` in the order
        of reading, so that numbers rise in it.
        """
        match self._operators[kind]:
            case Operator.PLACEHOLDER | Operator.MASK:
                return OperatorConfig("custom", {"lambda": lambda value: made[kind, value]})
            case Operator.HASH:
                return OperatorConfig("hash", {Hash.SALT: vault.salt()})
            case Operator.REDACT:
                return OperatorConfig("redact")
            case other:
                assert_never(other)


def _is_public(kind: Kind, value: str, public: str) -> bool:
    return value in public and kind not in ONE_WAY


def _mask_of(value: str) -> dict[str, str | int | bool]:
    """Return how a value is masked: its last four characters show if most of it does not."""
    shown = _SHOWN_BY_MASK if len(value) >= 3 * _SHOWN_BY_MASK else 0
    return {
        Mask.MASKING_CHAR: "*",
        Mask.CHARS_TO_MASK: len(value) - shown,
        Mask.FROM_END: False,
    }


class StreamRedactor:
    """`redact` on a model's reply in pieces.

    The output is the same however the text was cut, and is `redactor.redact(whole, vault, REPLY)`
    with the vault as it was when the stream began. A placeholder is never cut. At most
    MOST_HELD_CHARS characters are kept back; of ordinary text, one word, and nothing of a usual
    first word.
    """

    def __init__(self, redactor: Redactor, vault: Vault, public: str = "") -> None:
        """Take what `public` holds as nobody's personal data; see `Hints.public`."""
        self._redactor = redactor
        self._vault = vault
        self._public = public
        self._known = vault.names()
        self._heads = heads_of(self._known)
        self._text = ""
        self._plain = ""
        self._start = 0
        self._is_in_word = False

    def feed(self, piece: str) -> Redacted:
        """Return what is certain of the text so far and was not returned before."""
        if not piece.isascii():
            piece = visible(piece, self._text[-1:])
        if not piece:
            return Redacted("")
        self._plain += plain(piece)
        self._text += piece
        was_in_word, self._is_in_word = self._is_in_word, not piece[-1].isspace()
        if was_in_word and piece.isalnum() and len(self._text) - self._start < LONGEST_WORD:
            return Redacted("")
        return self._settled(False)

    def flush(self) -> Redacted:
        """Return the rest; the stream may be used again."""
        rest = self._settled(True)
        self._text, self._plain, self._start, self._is_in_word = "", "", 0, False
        return rest

    def forget_held(self) -> None:
        """Drop what is kept back: it was never seen, and another text goes on from here."""
        self._text, self._plain = self._text[: self._start], self._plain[: self._start]
        self._is_in_word = False

    def _settled(self, is_whole: bool) -> Redacted:
        ready: list[str] = []
        if not self._start:
            self._start = opener_length(self._plain)
            ready.append(self._text[: self._start])
        while self._start < len(self._plain):
            unit = next_unit(self._plain, self._start, is_whole, self._heads)
            if unit is None:
                break
            if unit.is_calm:
                ready.append(self._text[unit.start : unit.end])
            else:
                ready.append(self._rewritten(unit.start, unit.end))
            self._start = unit.end
        if self._start > _TRIM_AFTER:
            gone = self._start - LEFT
            self._text, self._plain, self._start = self._text[gone:], self._plain[gone:], LEFT
        return Redacted("".join(ready))

    def _rewritten(self, start: int, end: int) -> str:
        parts: list[str] = []
        for span in find_in(self._plain, start, end, REPLY, self._known):
            value = self._text[span.start : span.end]
            parts += [self._text[start : span.start], self._replaced(span.kind, value)]
            start = span.end
        return "".join((*parts, self._text[start:end]))

    def _replaced(self, kind: Kind, value: str) -> str:
        if _is_public(kind, value, self._public):
            return value
        return self._redactor.replacement(kind, value, self._vault)
