"""Chains of audit entries, whole ones and ones that somebody has changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.audit.anchors import Anchor, Signer
from bot.audit.verification import Report, Verification
from bot.stores.audit_chain import Link, Tip, link, link_hash, tip_of
from bot.stores.base import AuditDraft, AuditEntry
from bot.stores.instants import micros
from tests.bot.stores.samples import AURELIS, NOW

SIGNER = Signer(b"a secret of the installation, of 32 characters")


def entries_of(count: int, tip: Tip | None = None, what: str = "é") -> list[AuditEntry]:
    """Return a chain, an entry a minute."""
    chain: list[AuditEntry] = []
    tip = tip or Tip()
    for _ in range(count):
        at = NOW + timedelta(minutes=tip.n)
        draft = AuditDraft(AURELIS, "turn", f'{{"{what}":{tip.n}}}')
        chain.append(link(tip, at, draft))
        tip = tip_of(chain[-1])
    return chain


def as_links(chain: Sequence[AuditEntry]) -> list[Link]:
    return [
        (one.n, micros(one.at), one.tenant, one.action, one.json, one.previous, one.hash)
        for one in chain
    ]


def chained(count: int, what: str = "é") -> list[Link]:
    return as_links(entries_of(count, what=what))


def hashed(one: Link) -> Link:
    """Return a link with the hash that fits it."""
    n, at, tenant, action, json, previous, _ = one
    return (*one[:6], link_hash(n, at, tenant, action, json, previous))


def with_field(one: Link, field: int, value: object) -> Link:
    changed: list[Any] = list(one)
    changed[field] = value
    n, at, tenant, action, json, previous, hash_ = changed
    return n, at, tenant, action, json, previous, hash_


def anchors_at(chain: Sequence[AuditEntry], *numbers: int) -> list[Anchor]:
    before, anchors = 0, []
    for n in numbers:
        anchors.append(SIGNER.anchor(chain[n - 1], before, NOW))
        before = n
    return anchors


def checked(
    links: Sequence[Link], anchors: Sequence[Anchor] = (), after: Tip | None = None, part: int = 7
) -> Report:
    """Return what a check finds that is fed some links at a time."""
    verification = Verification(anchors, after)
    for start in range(0, len(links), part):
        verification.feed(links[start : start + part])
    return verification.finish()


def found(
    links: Sequence[Link], anchors: Sequence[Anchor] = (), after: Tip | None = None
) -> list[tuple[str, int, int]]:
    """Return what is wrong, and with which entries."""
    report = checked(links, anchors, after)
    return [(one.what.value, one.n, one.until or one.n) for one in report.findings]
