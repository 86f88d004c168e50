"""`copilot audit`: verify the record of every decision, anchor it, and export it."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bot.audit.anchor_files import AnchorFiles, add_to, read_file
from bot.audit.anchors import Anchor, NoAnchor, Signer, gaps, written, wrong_anchors
from bot.audit.chain_file import ChainFile, open_chain
from bot.audit.check_export import ExportCheck
from bot.audit.export import Exporting, Order, lines_of
from bot.audit.findings import Finding
from bot.audit.formats import Format
from bot.audit.manifest import Manifest
from bot.audit.manifest import written as written_manifest
from bot.audit.verification import Report, Verification
from bot.errors import BotRefused
from bot.secret import kept_secret
from bot.settings import Settings, read_settings

DAY = click.DateTime(["%Y-%m-%d"])
KEY_CHARS = 64
NO_ANCHOR = "no anchor was found: an end that was cut off, or a chain written anew, is not seen"
ANY_KEY = "no key is known here, so each anchor was held against its own: give --key"
IS_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), envvar="COPILOT_DATA_DIR",
    default=Path(".copilot"), help="Data folder.", show_default=True,
)  # fmt: skip


def keys_of(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """Return public keys in lower case."""
    keys = [key.strip().lower() for key in given]
    for key in keys:
        if len(key) != KEY_CHARS or not set(key) <= set("0123456789abcdef"):
            raise click.BadParameter(f"{key!r}, expected 64 hex digits", context, option)
    return keys


@click.group(epilog="Example: copilot audit verify --anchors anchors.jsonl")
def command() -> None:
    """Verify, anchor and export the audit chain: every decision, attempt, handoff, reveal.

    Each entry holds the hash of the one before. A chain cannot show that its end was cut off or
    that all of it was written anew: anchors do, best those that are kept elsewhere.
    """


@command.command(epilog="Example: copilot audit verify --export march-2026 --key 5f0c…")
@click.option(
    "--anchors", "files", type=IS_FILE, multiple=True, metavar="FILE",
    help="Anchors that were taken away with `copilot audit anchor --out`; may be repeated.",
)  # fmt: skip
@click.option(
    "--key", "keys", multiple=True, callback=keys_of, metavar="HEX",
    help="A public key that may have signed, besides that of the data folder; may be repeated.",
)  # fmt: skip
@click.option(
    "--export", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR", help="Verify an export instead, by nothing but what is in its folder.",
)  # fmt: skip
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(
    files: tuple[Path, ...], keys: list[str], folder: Path | None, data: Path, as_json: bool
) -> None:
    """Read the whole chain and name every entry that was changed, deleted, inserted or moved.

    Exit code 1 when something is wrong. The database is not changed.
    """
    given = [read_file(path) for path in files]
    anchors = [anchor for some, _ in given for anchor in some]
    found = [finding for _, some in given for finding in some]
    if folder is not None:
        report, notes = _export_report(folder, keys, anchors)
    else:
        report, notes = _chain_report(data, keys, anchors)
    report = replace(report, findings=(*found, *report.findings))
    _show(report, notes, as_json=as_json)
    if not report.is_whole:
        raise SystemExit(1)


@command.command(epilog="Example: copilot audit anchor --out /mnt/auditor/anchors.jsonl")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Add every anchor that FILE does not hold yet; what it holds stays.",
)  # fmt: skip
@data_option
def anchor(out: Path | None, data: Path) -> None:
    """Sign how far the chain reaches now, keep that and print it, as a line of JSON.

    A running server makes one a day by itself. Take them to where whoever can write to this
    folder cannot: with `--out`, or by copying what is printed.
    """
    settings = replace(read_settings(), data=data)
    files = AnchorFiles(data)
    with open_chain(settings.database) as chain:
        _refuse_broken(chain, files)
        last = chain.last()
    if last is None:
        raise BotRefused("the chain has no entries yet: there is nothing to anchor")
    signer, now = Signer(kept_secret(settings)), datetime.now(UTC)

    def make(kept: tuple[Anchor, ...]) -> Anchor | None:
        if kept and kept[-1].n == last.n:
            return None
        return signer.anchor(last, kept[-1].n if kept else 0, now)

    made = files.append(make)
    kept, _ = files.kept()
    click.echo(written(made or kept[-1]))
    if out is not None:
        added = add_to(out, kept)
        click.echo(f"{added} added to {out}; they are signed with {signer.key}", err=True)


@command.command(epilog="Example: copilot audit export --since 2026-11-01 --out november")
@click.option("--since", type=DAY, help="First day (UTC), as 2026-11-01. Default: from the start.")
@click.option("--until", type=DAY, help="Last day (UTC), itself included. Default: until now.")
@click.option(
    "--format", "form", type=click.Choice([form.value for form in Format]),
    default=Format.JSONL.value, show_default=True, help="One JSON object a line, or CSV.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="New folder for files, anchors and manifest. Without it: print the entries alone.",
)  # fmt: skip
@data_option
@click.option("--json", "as_json", is_flag=True, help="With --out: print the manifest.")
def export(  # noqa: PLR0913 - an argument for each option
    since: datetime | None, until: datetime | None, form: str, out: Path | None, data: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Write entries so that others can verify them: `copilot audit verify --export DIR`.

    Entries are exported without a gap, so between the first and the last may be one of another
    day, by the clock of its writer.
    """
    first = since.replace(tzinfo=UTC) if since is not None else None
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until is not None else None
    if first is not None and end is not None and end <= first:
        raise click.UsageError(f"--until {until:%Y-%m-%d} is before --since {since:%Y-%m-%d}")
    settings = replace(read_settings(), data=data)
    order = Order(Format(form), first, end, datetime.now(UTC))
    anchors, _ = AnchorFiles(data).all()
    with open_chain(settings.database) as chain:
        if out is not None:
            _report_export(_exported(chain, out, order, anchors, settings), out, as_json=as_json)
            return
        for lines in lines_of(chain, chain.span(first, end), order.format):
            click.echo(lines, nl=False)


def _exported(
    chain: ChainFile, out: Path, order: Order, anchors: Sequence[Anchor], settings: Settings
) -> Manifest:
    span = chain.span(order.since, order.until)
    count = span.last - span.first + 1 if span is not None else 0
    parts = chain.parts(span) if span is not None else ()
    exporting = Exporting(out, order)
    with _progress("Exporting", count) as moved:
        return exporting.write(parts, anchors, _signer(settings), moved)


def _report_export(manifest: Manifest, out: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(written_manifest(manifest), nl=False)
        return
    files = ", ".join(part.name for part in manifest.files) or "no file, since there are none"
    click.echo(f"{manifest.entries:,} entries in {out}: {files}")
    if manifest.key:
        click.echo(f"Signed with {manifest.key}: give this key to whoever verifies it.")
    else:
        click.echo("Not signed: there is no secret in this data folder.")


def _chain_report(
    data: Path, given_keys: Sequence[str], given: Sequence[Anchor]
) -> tuple[Report, list[str]]:
    """Return what is wrong with the chain of a data folder.

    Anchors are read before the chain: one that is made meanwhile must not look like a cut end.
    """
    settings = replace(read_settings(), data=data)
    own, found = AnchorFiles(data).all()
    kept, _ = AnchorFiles(data).kept()
    signer = _signer(settings)
    keys = dict.fromkeys(given_keys, "given")
    if signer is not None:
        keys[signer.key] = "of this folder"
    anchors = list(dict.fromkeys([*own, *given]))
    found = [*found, *gaps(kept), *wrong_anchors(anchors, keys)]
    verification = Verification(anchors)
    with open_chain(settings.database) as chain, _progress("Verifying", chain.count()) as moved:
        for part in chain.parts():
            verification.feed(part)
            moved(len(part))
    report = verification.finish()
    notes = [] if anchors else [NO_ANCHOR]
    notes += [ANY_KEY] if anchors and not keys else []
    return replace(report, findings=(*found, *report.findings)), notes


def _export_report(
    folder: Path, keys: Sequence[str], anchors: Sequence[Anchor]
) -> tuple[Report, list[str]]:
    check = ExportCheck(folder, dict.fromkeys(keys, "given"), anchors)
    with _progress("Verifying", check.manifest.entries) as moved:
        for count in check.run():
            moved(count)
    checked = check.finish()
    key, notes = checked.manifest.key, []
    if not key:
        notes.append("the manifest is not signed: whoever can change the files can change it, too")
    elif not keys:
        notes.append(f"signed with {key}: compare it with the key that you know, or give --key")
    return checked.report, notes


def _refuse_broken(chain: ChainFile, files: AnchorFiles) -> None:
    """Refuse to anchor a chain that is not the one of the last anchors.

    Raises:
        BotRefused: an entry that they know is another one now, or gone.
    """
    kept, _ = files.kept()
    try:
        head = files.head()
    except NoAnchor:
        head = None
    for known in (*kept[-1:], *(() if head is None else (head,))):
        there = chain.entry(known.n)
        if there is None or there.hash != known.hash:
            raise BotRefused(
                f"entry {known.n} is not the one that was anchored on {known.day}: run "
                "`copilot audit verify`"
            )


def _signer(settings: Settings) -> Signer | None:
    """Return who signs for a data folder; None where it has no secret: none is made here."""
    has_secret = bool(settings.secret) or (settings.data / "secret.key").is_file()
    return Signer(kept_secret(settings)) if has_secret else None


def _show(report: Report, notes: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({
            "ok": report.is_whole,
            "entries": report.entries,
            "first": report.first,
            "last": {"n": report.last.n, "hash": report.last.hash},
            "anchors": report.anchors,
            "findings": [_fields(finding) for finding in report.findings],
            "more_findings": report.more,
            "notes": list(notes),
        }, indent=2, ensure_ascii=False))  # fmt: skip
        return
    for line in _lines(report):
        click.echo(line)
    for note in notes:
        click.echo(f"Note: {note}", err=True)


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield finding.told
    if report.more:
        yield f"… and {report.more:,} more"
    held = f"{report.entries:,} entries, held against {report.anchors:,} anchors"
    verdict = "nothing is wrong" if report.is_whole else "NOT as it was written"
    yield f"{held}: {verdict}"


def _fields(finding: Finding) -> Mapping[str, object]:
    until = finding.until or finding.n
    return {"n": finding.n, "until": until, "what": finding.what.value, "told": finding.told}


@contextmanager
def _progress(label: str, count: int) -> Iterator[Callable[[int], object]]:
    """Give what moves a bar on; it is only seen where somebody is watching."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=count, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update
