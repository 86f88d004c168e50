"""What an export says of itself, so that anyone can tell whether it is whole. Pure."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from bot.audit.anchors import Signer, is_signed

MANIFEST = b"copilot audit manifest 1\n"
"""Begins what is signed."""


class NoManifest(ValueError):
    """A text is no manifest."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export."""

    name: str
    sha256: str
    entries: int = 0
    """0 for a file of anchors."""
    first: int = 0
    last: int = 0
    first_hash: str = ""
    last_hash: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about an export but the entries."""

    made_at: datetime
    version: str
    """Of the program that made it."""
    format: str
    since: str
    """As it was asked for; empty: from the beginning."""
    until: str
    entries: int
    first: int
    """Number of the first entry; 0 without any."""
    last: int
    previous: str
    """Hash of the entry before the first."""
    last_hash: str
    policy_versions: tuple[str, ...]
    """That decisions in it were made under."""
    files: tuple[Part, ...]
    anchors: Part | None
    key: str = ""
    """The public key that signs; empty: not signed."""
    signature: str = ""


def signed(manifest: Manifest, signer: Signer) -> Manifest:
    """Return a manifest with its signature."""
    keyed = replace(manifest, key=signer.key, signature="")
    return replace(keyed, signature=signer.sign(MANIFEST + written(keyed).encode("ascii")))


def is_authentic(manifest: Manifest) -> bool:
    """Return whether the signature of a manifest fits it and its key."""
    bare = replace(manifest, signature="")
    message = MANIFEST + written(bare).encode("ascii")
    return is_signed(manifest.key, message, manifest.signature)


def written(manifest: Manifest) -> str:
    """Return a manifest as JSON: sorted, indented, ASCII; the signature is over this text."""
    at = manifest.made_at.astimezone(UTC).isoformat()
    return json.dumps({**asdict(manifest), "made_at": at}, sort_keys=True, indent=1) + "\n"


def read_manifest(text: str) -> Manifest:
    """Return the manifest in a text.

    Raises:
        NoManifest: it is none.
    """
    try:
        given = json.loads(text)
        anchors = given.pop("anchors")
        return Manifest(
            made_at=datetime.fromisoformat(given.pop("made_at")),
            policy_versions=tuple(given.pop("policy_versions")),
            files=tuple(Part(**part) for part in given.pop("files")),
            anchors=None if anchors is None else Part(**anchors),
            **given,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NoManifest(f"expected the manifest of an export ({type(error).__name__})") from None
