"""A YAML file read with its line numbers: every problem is noted, none stops the reading.

`parse` turns text into a `Section`; its readers return the value, or the given default after noting
what is wrong. `Section.close` notes the keys that nobody asked for. At the end `Problems.refuse`
raises everything at once, in the order of the lines.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

import yaml

from routing.policy.text import ROOT, Place, Problems, compose

T = TypeVar("T")
S = TypeVar("S", bound=Enum)

NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
WHOLE = re.compile(r"-?\d{1,18}")
TRUE = frozenset({"true", "yes", "on"})
FALSE = frozenset({"false", "no", "off"})
SHOWN_CHARS = 60


class Field:
    """One value of the file, with its place."""

    def __init__(self, node: yaml.Node, path: str, problems: Problems) -> None:
        self._node = node
        self._problems = problems
        self.place = Place(node.start_mark.line + 1, path)

    def wrong(self, expected: str, *, is_shown: bool = True) -> None:
        """Note that this value is not what was expected; one that may be secret is not shown."""
        written = self._shown() if is_shown else "something else"
        self._problems.add(self.place, f"{written}, expected {expected}")

    def text(self) -> str | None:
        """Return a scalar's text as it is written (`2026-11-24` stays text); None notes why not."""
        if isinstance(self._node, yaml.ScalarNode) and not self._is("null"):
            written = str(self._node.value).strip()
            if written:
                return written
        self.wrong("some text")
        return None

    def money(self) -> Decimal | None:
        """Return US dollars, exactly as written; None notes why not."""
        if not NUMBER.fullmatch(self._unquoted()):
            self.wrong("a number of US dollars, such as 0.005")
            return None
        amount = Decimal(self._written())
        if not 0 <= amount <= 1_000_000:
            self.wrong("US dollars from 0 to 1000000")
            return None
        return amount

    def number(self, low: float, high: float) -> float | None:
        """Return a number from `low` to `high`, both included; None notes why not."""
        if not NUMBER.fullmatch(self._unquoted()):
            self.wrong(f"a number from {low:g} to {high:g}")
            return None
        number = float(self._written())
        if not low <= number <= high:
            self.wrong(f"a number from {low:g} to {high:g}")
            return None
        return number

    def whole(self, low: int, high: int) -> int | None:
        """Return a whole number from `low` to `high`, both included; None notes why not."""
        written = self._unquoted()
        if not WHOLE.fullmatch(written) or not low <= int(written) <= high:
            self.wrong(f"a whole number from {low} to {high}")
            return None
        return int(written)

    def flag(self) -> bool | None:
        """Return true or false; None notes why not."""
        written = self._written().lower()
        if self._is("bool") and written in TRUE | FALSE:
            return written in TRUE
        self.wrong("true or false")
        return None

    def choice(self, choices: type[S]) -> S | None:
        """Return the member whose value is written; None notes why not."""
        written = self._written()
        for member in choices:
            if str(member.value) == written:
                return member
        words = [str(member.value) for member in choices]
        self.wrong(f"one of {', '.join(words)}{did_you_mean(written, words)}")
        return None

    def fields(self) -> "tuple[Field, ...] | None":
        """Return the entries of a list; None notes that it is none."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.wrong("a list in brackets, such as [a, b]")
            return None
        path = self.place.path
        return tuple(
            Field(node, f"{path}[{index}]", self._problems)
            for index, node in enumerate(self._node.value)
        )

    def section(self) -> "Section | None":
        """Return a mapping; None notes that it is none."""
        if not isinstance(self._node, yaml.MappingNode):
            self.wrong("a mapping of keys to values")
            return None
        return Section(self._entries(self._node), self.place, self._problems)

    def _entries(self, node: yaml.MappingNode) -> "dict[str, Field]":
        entries: dict[str, Field] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            place = Place(key.start_mark.line + 1, joined(self.place.path, name or "?"))
            if not name:
                self._problems.add(place, "a key that is no text, expected a name")
            elif name == "<<":
                self._problems.add(place, "a merge key, expected plain keys: rules inherit")
            elif name in entries:
                first = entries[name].place.line
                self._problems.add(
                    place, f"a second {name!r}, expected only the one in line {first}"
                )
            else:
                entries[name] = Field(value, place.path, self._problems)
        return entries

    def _is(self, kind: str) -> bool:
        tag = f"tag:yaml.org,2002:{kind}"
        return isinstance(self._node, yaml.ScalarNode) and self._node.tag == tag

    def _written(self) -> str:
        return str(self._node.value) if isinstance(self._node, yaml.ScalarNode) else ""

    def _unquoted(self) -> str:
        is_plain = isinstance(self._node, yaml.ScalarNode) and not self._node.style
        return self._written() if is_plain else ""

    def _shown(self) -> str:
        match self._node:
            case yaml.SequenceNode():
                return "a list" if self._node.value else "an empty list"
            case yaml.MappingNode():
                return "a mapping"
        if self._is("null"):
            return "nothing"
        written = self._written()
        return repr(written if len(written) <= SHOWN_CHARS else written[:SHOWN_CHARS] + "…")


class Section:
    """A mapping of the file; it remembers which of its keys were asked for."""

    def __init__(self, entries: Mapping[str, Field], place: Place, problems: Problems) -> None:
        self._entries = entries
        self._asked: set[str] = set()
        self._problems = problems
        self.place = place

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def has(self, key: str) -> bool:
        """Tell whether the key is written."""
        self._asked.add(key)
        return key in self._entries

    def place_of(self, key: str) -> Place:
        """Return where a written key stands."""
        return self._entries[key].place

    def allow(self, keys: Collection[str]) -> None:
        """Accept keys that somebody else reads."""
        self._asked |= set(keys)

    def field(self, key: str) -> Field | None:
        """Return the value under a key, or None when it is not written."""
        self._asked.add(key)
        return self._entries.get(key)

    def read(self, key: str, reader: Callable[[Field], T | None], default: T) -> T:
        """Return what the reader makes of the value; the default when missing or wrong."""
        field = self.field(key)
        value = None if field is None else reader(field)
        return default if value is None else value

    def text(self, key: str, default: str) -> str:
        """Return the text under a key."""
        return self.read(key, Field.text, default)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the list of texts under a key."""
        return self.read(key, texts_of, default)

    def money(self, key: str, default: Decimal) -> Decimal:
        """Return the US dollars under a key."""
        return self.read(key, Field.money, default)

    def fraction(self, key: str, default: float) -> float:
        """Return the number in [0, 1] under a key."""
        return self.read(key, lambda field: field.number(0, 1), default)

    def seconds(self, key: str, default: float, most: float) -> float:
        """Return the seconds under a key, from 0 to `most`."""
        return self.read(key, lambda field: field.number(0, most), default)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """Return the whole number under a key."""
        return self.read(key, lambda field: field.whole(low, high), default)

    def flag(self, key: str, default: bool) -> bool:
        """Return the truth under a key."""
        return self.read(key, Field.flag, default)

    def choice(self, key: str, default: S) -> S:
        """Return the choice under a key; its kind is the default's."""
        return self.read(key, lambda field: field.choice(type(default)), default)

    def section(self, key: str) -> "Section":
        """Return the mapping under a key; an empty one when missing or wrong."""
        empty = Section({}, Place(self.place.line, joined(self.place.path, key)), self._problems)
        return self.read(key, Field.section, empty)

    def require(self, key: str, expected: str) -> None:
        """Note that a key is missing, unless it is written."""
        if key not in self._entries:
            path = joined(self.place.path, key)
            self._problems.add(Place(self.place.line, path), f"missing, expected {expected}")

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key, field in self._entries.items():
            if key not in self._asked:
                known = sorted(self._asked)
                near = did_you_mean(key, known)
                expected = near or f", expected one of {', '.join(known)}"
                self._problems.add(field.place, f"unknown key {key!r}{expected}")


def texts_of(field: Field) -> tuple[str, ...] | None:
    """Return the texts of a list; entries that are none are noted and left out."""
    fields = field.fields()
    if fields is None:
        return None
    return tuple(text for entry in fields if (text := entry.text()) is not None)


def some_texts_of(field: Field) -> tuple[str, ...] | None:
    """Return the texts of a list that must not be empty."""
    texts = texts_of(field)
    if texts == () and field.fields() == ():
        field.wrong("at least one text")
    return texts


def joined(path: str, key: str) -> str:
    """Return the path of a key; keys of the top level stand alone."""
    return key if path == ROOT else f"{path}.{key}"


def did_you_mean(written: str, known: Collection[str]) -> str:
    """Return `, did you mean 'x'?` for the nearest known word, or nothing."""
    near = get_close_matches(written, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else ""


def parse(text: str, problems: Problems) -> Section:
    """Return the top level of a YAML text.

    Raises:
        PolicyRefused: it is not YAML, is empty, or its top level is no mapping.
    """
    node = compose(text, problems)
    if node is None:
        place = Place(1, ROOT)
        problems.add(place, "an empty file, expected a policy with `tenant` and `version`")
        raise problems.refusal()
    section = Field(node, ROOT, problems).section()
    if section is None:
        raise problems.refusal()
    return section
