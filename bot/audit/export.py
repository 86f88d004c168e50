"""Writes entries of the chain into a folder, with a manifest by which others can verify them."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

from bot.audit.anchors import Anchor, Signer, written
from bot.audit.chain_file import ChainFile, Span
from bot.audit.formats import Format, head_of, line_of
from bot.audit.manifest import Manifest, Part, signed
from bot.audit.manifest import written as written_manifest
from bot.errors import BotRefused
from bot.stores.audit_chain import NOTHING, Link
from bot.version import VERSION

MANIFEST_FILE, ANCHORS_FILE = "manifest.json", "anchors.jsonl"
MOST_IN_FILE = 500_000
"""Entries: a spreadsheet takes twice as many rows."""
MOST_VERSIONS = 1_000
_VERSION = re.compile(r'"policy_version":"((?:[^"\\]|\\.)*)"')


class FolderUsed(BotRefused):
    """The folder for an export holds something already."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an export is to hold."""

    format: Format
    since: datetime | None
    until: datetime | None
    made_at: datetime


@dataclass
class _File:
    """A file while it is written."""

    name: str
    out: BufferedWriter
    first: Link
    last: Link
    entries: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, text: str) -> None:
        """Write and count what is written."""
        content = text.encode("utf-8", "surrogateescape")
        self.digest.update(content)
        self.out.write(content)

    def end(self) -> Part:
        """Close it, and return what the manifest says of it."""
        self.out.flush()
        os.fsync(self.out.fileno())
        self.out.close()
        return Part(
            self.name,
            self.digest.hexdigest(),
            self.entries,
            self.first[0],
            self.last[0],
            self.first[6],
            self.last[6],
        )


class Exporting:
    """Writes one export."""

    def __init__(self, folder: Path, order: Order, most_in_file: int = MOST_IN_FILE) -> None:
        """Take a folder, which is made.

        Raises:
            FolderUsed: there is something in it.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise FolderUsed(f"{str(folder)!r} is not empty: name a new folder with --out")
        self._folder = folder
        self._order = order
        self._most = most_in_file
        self._files: list[Part] = []
        self._versions: set[str] = set()
        self._previous = NOTHING

    def write(
        self,
        parts: Iterable[Sequence[Link]],
        anchors: Sequence[Anchor],
        signer: Signer | None,
        told: Callable[[int], object],
    ) -> Manifest:
        """Write all files and at last the manifest, and return it.

        Args:
            parts: the links, in order.
            anchors: those of them that are for these entries are put beside them.
            signer: signs the manifest; None leaves it unsigned.
            told: is called with the number of entries that were written since the last call.
        """
        file: _File | None = None
        for part in parts:
            for link in part:
                if file is None or file.entries >= self._most:
                    self._end(file)
                    file = self._begin(link)
                self._take(file, link)
            told(len(part))
        self._end(file)
        manifest = self._manifest(anchors)
        if signer is not None:
            manifest = signed(manifest, signer)
        self._write_whole(MANIFEST_FILE, written_manifest(manifest))
        return manifest

    def _begin(self, link: Link) -> _File:
        if not self._files:
            self._previous = link[5]
        name = f"audit-{link[0]:012d}.{self._order.format.value}"
        file = _File(name, self._open(name), link, link)
        file.write(head_of(self._order.format))
        return file

    def _take(self, file: _File, link: Link) -> None:
        file.write(line_of(link, self._order.format))
        file.entries += 1
        file.last = link
        for version in _VERSION.findall(link[4]):
            if len(self._versions) < MOST_VERSIONS:
                self._versions.add(version)

    def _end(self, file: _File | None) -> None:
        if file is not None:
            self._files.append(file.end())

    def _manifest(self, anchors: Sequence[Anchor]) -> Manifest:
        files, order = self._files, self._order
        first, last = (files[0].first, files[-1].last) if files else (0, 0)
        fit = [anchor for anchor in anchors if first <= anchor.n <= last]
        lines = "".join(written(anchor) + "\n" for anchor in dict.fromkeys(fit))
        return Manifest(
            made_at=order.made_at,
            version=VERSION,
            format=order.format.value,
            since=order.since.isoformat() if order.since else "",
            until=order.until.isoformat() if order.until else "",
            entries=sum(part.entries for part in files),
            first=first,
            last=last,
            previous=self._previous,
            last_hash=files[-1].last_hash if files else "",
            policy_versions=tuple(sorted(self._versions - {""})),
            files=tuple(files),
            anchors=Part(ANCHORS_FILE, self._write_whole(ANCHORS_FILE, lines)) if fit else None,
        )

    def _open(self, name: str) -> BufferedWriter:
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(descriptor, "wb")

    def _write_whole(self, name: str, text: str) -> str:
        """Write a small file and return its digest."""
        content = text.encode("ascii")
        with self._open(name) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        return hashlib.sha256(content).hexdigest()


def lines_of(chain: ChainFile, span: Span | None, form: Format) -> Iterator[str]:
    """Yield an export without a folder: its lines, and no manifest."""
    yield head_of(form)
    with suppress(BrokenPipeError):
        for part in chain.parts(span) if span is not None else ():
            yield "".join(line_of(link, form) for link in part)
