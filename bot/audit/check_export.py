"""Verifies an export by what is in its folder, as anyone can who was given it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.audit.anchor_files import read_file
from bot.audit.anchors import Anchor, wrong_anchors
from bot.audit.export import MANIFEST_FILE
from bot.audit.findings import Finding, Wrong
from bot.audit.formats import Format, NoEntry, Withheld, read_lines
from bot.audit.manifest import Manifest, NoManifest, Part, is_authentic, read_manifest
from bot.audit.verification import Report, Verification
from bot.errors import SettingsRefused
from bot.stores.audit_chain import Tip

TOLD_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of an export came to."""

    report: Report
    manifest: Manifest


class ExportCheck:
    """Verifies one folder."""

    def __init__(
        self, folder: Path, keys: Mapping[str, str], anchors: Sequence[Anchor] = ()
    ) -> None:
        """Read the manifest.

        Args:
            folder: of the export.
            keys: public keys that may have signed it; empty: any.
            anchors: others than those in the folder.

        Raises:
            SettingsRefused: there is no manifest in the folder.
        """
        self._folder = folder
        self._keys = keys
        self._found: list[Finding] = []
        try:
            self.manifest = read_manifest((folder / MANIFEST_FILE).read_text("utf-8"))
        except (FileNotFoundError, NoManifest, UnicodeDecodeError) as error:
            why = "there is none" if isinstance(error, FileNotFoundError) else str(error)
            raise SettingsRefused(
                f"cannot read {MANIFEST_FILE!r} in {str(folder)!r} ({why}): name the folder that "
                "`copilot audit export --out` has made"
            ) from None
        self._check_manifest()
        last, previous = self.manifest.last, self.manifest.previous
        known = [*self._own_anchors(), *anchors]
        self._found += wrong_anchors(known, keys)
        self._verification = Verification(
            [anchor for anchor in known if anchor.n <= last],
            Tip(max(self.manifest.first - 1, 0), previous),
        )

    def run(self) -> Iterator[int]:
        """Check file by file; yields how many entries were read since the last time."""
        for part in self.manifest.files:
            if self._is_there(part):
                yield from self._check_file(part)
        named = {part.name for part in self.manifest.files}
        for path in sorted(self._folder.glob("audit-*")):
            if path.name not in named:
                self._note(f"{path.name} is not in the manifest: it was put in")

    def finish(self) -> Checked:
        """Tell what was found."""
        report, manifest = self._verification.finish(), self.manifest
        said = (manifest.entries, Tip(manifest.last, manifest.last_hash))
        if manifest.entries and said != (report.entries, report.last):
            told = (
                f"the manifest tells of {manifest.entries} entries up to {manifest.last}, "
                f"the files hold {report.entries} up to {report.last.n}"
            )
            self._found.append(Finding(report.last.n, Wrong.FILE, told))
        return Checked(replace(report, findings=(*report.findings, *self._found)), manifest)

    def _check_manifest(self) -> None:
        key = self.manifest.key
        if not key:
            return
        if not is_authentic(self.manifest):
            self._note("the manifest was changed: its signature does not fit")
        elif self._keys and key not in self._keys:
            self._note(f"the manifest is signed with a strange key, {key}: if it is yours, --key")

    def _own_anchors(self) -> Sequence[Anchor]:
        part = self.manifest.anchors
        if part is None or not self._is_there(part):
            return ()
        path = self._folder / part.name
        if hashlib.sha256(path.read_bytes()).hexdigest() != part.sha256:
            self._note(f"{part.name} was changed: its digest is not that of the manifest")
        anchors, found = read_file(path)
        self._found += found
        return anchors

    def _is_there(self, part: Part) -> bool:
        is_plain = Path(part.name).name == part.name
        if not is_plain or not (self._folder / part.name).is_file():
            self._note(f"{part.name} is missing", part.first)
            return False
        return True

    def _check_file(self, part: Part) -> Iterator[int]:
        """Check one file against its part of the manifest; the entries go to the verification."""
        digest, count = hashlib.sha256(), 0
        form = Format.CSV if part.name.endswith(".csv") else Format.JSONL
        with (self._folder / part.name).open("rb") as file:

            def lines() -> Iterator[str]:
                for line in file:
                    digest.update(line)
                    yield line.decode("utf-8", "surrogateescape")

            for entry in read_lines(lines(), form):
                count += 1
                match entry:
                    case NoEntry(line, why):
                        told = f"line {line} of {part.name} cannot be read: {why}"
                        self._found.append(Finding(part.first, Wrong.UNREADABLE, told))
                    case Withheld(n, previous, hash_):
                        self._verification.feed_withheld(n, previous, hash_)
                    case _:
                        self._verification.feed((entry,))
                if count % TOLD_EVERY == 0:
                    yield TOLD_EVERY
        if digest.hexdigest() != part.sha256:
            told = f"{part.name} was changed: its digest is not that of the manifest"
            self._note(told, part.first)

    def _note(self, told: str, n: int = 0) -> None:
        self._found.append(Finding(n, Wrong.FILE, told))
