"""An export is verified by what is in its folder, and by nothing else."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.audit.anchors import Signer
from bot.audit.check_export import Checked, ExportCheck
from bot.audit.export import Exporting, FolderUsed, Order
from bot.audit.formats import Format
from bot.audit.manifest import Manifest
from bot.errors import SettingsRefused
from tests.bot.audit.chains import SIGNER, anchors_at, as_links, entries_of, hashed
from tests.bot.stores.samples import NOW

CHAIN = entries_of(40)
RECIPE = Path(__file__).parents[3] / "docs" / "audit.md"


def exported(
    folder: Path, form: Format = Format.JSONL, signer: Signer | None = SIGNER, first: int = 11
) -> Manifest:
    """Return the manifest of an export of entries 11 to 40, in files of 8."""
    links = as_links(CHAIN[first - 1 :])
    exporting = Exporting(folder, Order(form, None, None, NOW), most_in_file=8)
    told: list[int] = []
    anchors = anchors_at(CHAIN, 5, 20, 40)
    manifest = exporting.write([links[:15], links[15:]], anchors, signer, told.append)
    assert sum(told) == len(links)
    return manifest


def checked(folder: Path, *keys: str) -> Checked:
    check = ExportCheck(folder, dict.fromkeys(keys, "given"))
    list(check.run())
    return check.finish()


def told(folder: Path, *keys: str) -> str:
    return "\n".join(one.told for one in checked(folder, *keys).report.findings)


@pytest.mark.parametrize("form", Format)
def test_an_export_holds_and_says_what_it_holds(tmp_path: Path, form: Format) -> None:
    manifest = exported(tmp_path, form)
    found = checked(tmp_path, SIGNER.key)

    assert found.report.is_whole
    assert (found.report.entries, found.report.anchors) == (30, 2)
    assert (manifest.entries, manifest.first, manifest.last) == (30, 11, 40)
    assert (manifest.previous, manifest.last_hash) == (CHAIN[9].hash, CHAIN[39].hash)
    assert [(part.entries, part.first, part.last) for part in manifest.files] == [
        (8, 11, 18), (8, 19, 26), (8, 27, 34), (6, 35, 40),
    ]  # fmt: skip
    for part in manifest.files:
        content = (tmp_path / part.name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == part.sha256
        assert (tmp_path / part.name).stat().st_mode & 0o077 == 0


def test_the_policy_versions_of_decisions_are_listed(tmp_path: Path) -> None:
    links = as_links(entries_of(3))
    for n, version in enumerate(("2026-11-24", "b\\n", "2026-11-24")):
        content = f'{{"policy_version":"{version}"}}'
        links[n] = hashed((*links[n][:4], content, *links[n][5:]))
    order = Order(Format.JSONL, None, None, NOW)
    manifest = Exporting(tmp_path, order).write([links], (), None, lambda _: None)

    assert manifest.policy_versions == ("2026-11-24", "b\\n")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    exported(tmp_path)

    with pytest.raises(FolderUsed, match="name a new folder"):
        exported(tmp_path)


def test_an_export_of_nothing_is_whole(tmp_path: Path) -> None:
    manifest = exported(tmp_path, first=41)

    assert (manifest.entries, manifest.files, manifest.anchors) == (0, (), None)
    assert checked(tmp_path, SIGNER.key).report.is_whole


def change_entry(folder: Path) -> None:
    path = folder / "audit-000000000019.jsonl"
    path.write_text(path.read_text().replace("18}", "99}"))


def drop_line(folder: Path) -> None:
    path = folder / "audit-000000000027.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def cut_end(folder: Path) -> None:
    path = folder / "audit-000000000035.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))


def lose_file(folder: Path) -> None:
    (folder / "audit-000000000027.jsonl").unlink()


def put_file_in(folder: Path) -> None:
    (folder / "audit-000000000099.jsonl").write_text("")


def break_line(folder: Path) -> None:
    path = folder / "audit-000000000019.jsonl"
    path.write_text("{\n" + path.read_text())


def change_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"version": "', '"version": "9'))


def change_anchors(folder: Path) -> None:
    path = folder / "anchors.jsonl"
    path.write_text(path.read_text().replace('"n":20', '"n":21'))


def escape(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace("audit-000000000019.jsonl", "../secret"))


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (change_entry, ("entry 19 was changed", "audit-000000000019.jsonl was changed")),
        (drop_line, ("entry 27 is missing", "the files hold 29")),
        (cut_end, ("the end was cut off", "the files hold 28 up to 38")),
        (lose_file, ("audit-000000000027.jsonl is missing", "entries 27 to 34 are missing")),
        (put_file_in, ("audit-000000000099.jsonl is not in the manifest",)),
        (break_line, ("line 1 of audit-000000000019.jsonl cannot be read",)),
        (change_manifest, ("the manifest was changed",)),
        (change_anchors, ("anchors.jsonl was changed", "signature does not fit")),
        (escape, ("../secret is missing",)),
    ],
)
def test_what_was_done_to_an_export_is_named(
    tmp_path: Path, tamper: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    exported(tmp_path)
    tamper(tmp_path)
    found = told(tmp_path, SIGNER.key)

    for word in words:
        assert word in found


def test_an_export_made_anew_by_a_stranger_is_not_that_of_the_known_key(tmp_path: Path) -> None:
    exported(tmp_path, signer=Signer(b"a stranger's secret of 32 letters"))

    assert "signed with a strange key" in told(tmp_path, SIGNER.key)


def test_a_folder_without_a_manifest_is_bad_use(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="there is none"):
        ExportCheck(tmp_path, {})
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(SettingsRefused, match="expected the manifest"):
        ExportCheck(tmp_path, {})


def test_a_stranger_verifies_with_the_few_lines_of_the_page_and_plain_python(
    tmp_path: Path,
) -> None:
    recipe = RECIPE.read_text("utf-8").split("```python\n")[1].split("```")[0]
    folder = tmp_path / "export"
    exported(folder)

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-c", recipe, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run()
    assert (done.returncode, done.stdout) == (0, "30 entries hold\n"), done.stderr
    change_entry(folder)
    assert "19" in run().stderr
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["entries"] == 30
