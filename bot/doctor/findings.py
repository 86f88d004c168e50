"""What the doctor has found, and how he says it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

OK, NOTE, WRONG = "ok", "note", "wrong"
MARK = {OK: "✓", NOTE: "·", WRONG: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    state: str
    """`ok`, `note` (works, but you should know) or `wrong`."""
    about: str
    message: str
    """What is so, and how to mend it."""


def show(findings: Sequence[Finding], as_json: bool) -> None:
    """Print them, a line each or as JSON."""
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        return
    for finding in findings:
        click.echo(f"{MARK[finding.state]} {finding.about}: {finding.message}")


def is_any_wrong(findings: Sequence[Finding]) -> bool:
    """Return whether something must be mended."""
    return any(finding.state == WRONG for finding in findings)
