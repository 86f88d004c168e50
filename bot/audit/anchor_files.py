"""Where anchors are kept: a folder beside the database, and files that auditors take away."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.audit.anchors import Anchor, NoAnchor, read_anchor, read_anchors, written
from bot.audit.findings import Finding, Wrong

FOLDER = "audit"
ANCHORS, HEAD = "anchors.jsonl", "head.json"


class AnchorFiles:
    """The anchors of one data folder: one a day, and the head, which is renewed every minute."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self.path = self._folder / ANCHORS
        self._head = self._folder / HEAD

    def kept(self) -> tuple[tuple[Anchor, ...], list[Finding]]:
        """Return the anchors in the order in which they were made, and what cannot be read."""
        return read_file(self.path)

    def head(self) -> Anchor | None:
        """Return how far the chain was seen to reach last; None when that was not noted.

        Raises:
            NoAnchor: what is there is no anchor.
        """
        try:
            return read_anchor(_text(self._head))
        except FileNotFoundError:
            return None

    def append(self, make: Callable[[tuple[Anchor, ...]], Anchor | None]) -> Anchor | None:
        """Keep the anchor that is made of those before it, or none; it is on the disk afterwards.

        Nobody else adds one meanwhile, so that each can count from the one before.
        """
        self._make()
        with _alone(self.path) as descriptor:
            anchors, _ = self.kept()
            anchor = make(anchors)
            if anchor is not None:
                _write_at_end(descriptor, [anchor])
        return anchor

    def keep_head(self, anchor: Anchor) -> None:
        """Note how far the chain reaches, in one step: nobody ever reads half of it."""
        self._make()
        new = self._head.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(written(anchor) + "\n")
            file.flush()
            os.fsync(descriptor)
        new.replace(self._head)

    def all(self) -> tuple[tuple[Anchor, ...], list[Finding]]:
        """Return every anchor with the head as the last, and what cannot be read."""
        anchors, found = self.kept()
        try:
            head = self.head()
        except NoAnchor as error:
            return anchors, [*found, Finding(0, Wrong.ANCHOR, f"{HEAD} is no anchor: {error}")]
        return (*anchors, *(() if head is None else (head,))), found

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def read_file(path: Path) -> tuple[tuple[Anchor, ...], list[Finding]]:
    """Return the anchors of a file, one a line, and what cannot be read; no file has none."""
    lines: list[str] = []
    with suppress(FileNotFoundError):
        lines = _text(path).splitlines()
    return read_anchors(lines, path.name)


def add_to(path: Path, anchors: Sequence[Anchor]) -> int:
    """Write those anchors to the end of a file that are not in it, and return how many.

    What is in it stays: it may remember what the data folder no longer does.
    """
    with _alone(path) as descriptor:
        there, _ = read_file(path)
        new = [anchor for anchor in anchors if anchor not in there]
        _write_at_end(descriptor, new)
    return len(new)


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """Open a file to add to it, while no other process does so."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_at_end(descriptor: int, anchors: Sequence[Anchor]) -> None:
    size = os.fstat(descriptor).st_size
    # A crash may have left half a line: the next anchor must not be lost with it.
    torn = "\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else ""
    lines = torn + "".join(written(anchor) + "\n" for anchor in anchors)
    os.write(descriptor, lines.encode("ascii"))
    os.fsync(descriptor)


def _text(path: Path) -> str:
    """Return a file as text; what is no UTF-8 will be no anchor either."""
    return path.read_bytes().decode("utf-8", "replace")
