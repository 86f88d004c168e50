"""The text of a policy file turned into YAML nodes, and what is wrong with it, by line."""

from dataclasses import dataclass

import yaml

from routing.errors import PolicyRefused, Problem

LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
MOST_CHARS = 1_000_000
"""A larger file is refused unread."""
MOST_DEPTH = 100
"""Deeper nesting is refused unread: the composer recurses."""
ROOT = "file"
"""The path of a problem that concerns the whole file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file."""

    line: int
    """From 1."""
    path: str


class Problems:
    """What is wrong in one file, collected while it is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Problem] = []
        self._last_line: int | None = None

    def end_at(self, last_line: int) -> None:
        """Say how many lines there are: what YAML finds missing at the end stands in the last."""
        self._last_line = last_line

    def add(self, place: Place, message: str) -> None:
        """Note one problem; the message says what is there and what was expected."""
        line = place.line if self._last_line is None else min(place.line, self._last_line)
        self._found.append(Problem(self.file, line, place.path, message))

    def refuse(self) -> None:
        """Raise what was noted, in the order of the lines; do nothing when all is well.

        Raises:
            PolicyRefused: at least one problem was noted.
        """
        if self._found:
            raise self.refusal()

    def refusal(self) -> PolicyRefused:
        """Return what was noted as an error, in the order of the lines."""
        return PolicyRefused(tuple(sorted(self._found, key=lambda problem: problem.line)))


def decode(raw: bytes, file: str) -> str:
    """Return the text of a file's bytes, which must be UTF-8.

    Raises:
        PolicyRefused: it is not; the line of the first wrong byte is named.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8, expected a file saved as UTF-8"
        raise PolicyRefused((Problem(file, line, ROOT, message),)) from None


def compose(text: str, problems: Problems) -> yaml.Node | None:
    """Return the node tree of a YAML text, or None when it holds nothing.

    Raises:
        PolicyRefused: it is not YAML, too large or too deep.
    """
    problems.end_at(max(1, len(text.splitlines())))
    if len(text) > MOST_CHARS:
        problems.add(Place(1, ROOT), f"{len(text)} characters, expected at most {MOST_CHARS}")
        raise problems.refusal()
    control = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        problems.add(Place(line, ROOT), "a control character, expected printable text")
        raise problems.refusal()
    try:
        refuse_depth(text, problems)
        return yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        problems.add(*syntax_problem(text, error))
    raise problems.refusal()


def refuse_depth(text: str, problems: Problems) -> None:
    """Refuse a text that nests deeper than MOST_DEPTH, before anything recurses over it.

    Raises:
        PolicyRefused: it does.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            mark = event.start_mark
            place = Place(mark.line + 1 if mark else 1, ROOT)
            problems.add(place, f"nested deeper than {MOST_DEPTH}, expected a policy")
            raise problems.refusal()


def syntax_problem(text: str, error: yaml.MarkedYAMLError) -> tuple[Place, str]:
    """Return where the syntax is wrong, and how, in one line."""
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    line = "".join(text.splitlines()[number - 1 : number])
    if "\t" in line[: len(line) - len(line.lstrip())]:
        message = "a tab, expected spaces for indentation"
    else:
        problem = error.problem or error.context
        message = f"not YAML ({problem}), expected e.g. `key: value` with even indentation"
    return Place(number, ROOT), message
