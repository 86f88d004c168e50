import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.stores.audit_chain import NOTHING, Tip, first_break, hash_of, link, tip_of
from bot.stores.base import AuditDraft, AuditEntry
from routing.request import TenantId
from tests.bot.stores.samples import AURELIS, NOW, later


def chain_of(count: int) -> list[AuditEntry]:
    chain: list[AuditEntry] = []
    for i in range(count):
        tip = tip_of(chain[-1]) if chain else Tip()
        chain.append(link(tip, later(i), AuditDraft(AURELIS, "turn", f'{{"é":{i}}}')))
    return chain


def test_a_chain_begins_with_nothing_and_holds() -> None:
    chain = chain_of(5)

    assert chain[0].previous == NOTHING
    assert [entry.n for entry in chain] == [1, 2, 3, 4, 5]
    assert first_break(chain) is None
    assert first_break([]) is None
    assert first_break(chain[2:], tip_of(chain[1])) is None


def test_the_hash_can_be_made_by_anyone_with_json_and_sha_256() -> None:
    entry = chain_of(2)[1]
    at = entry.at.isoformat(timespec="microseconds")
    fields = [entry.previous, entry.n, at, entry.tenant, entry.action, entry.json]
    written = json.dumps(fields, separators=(",", ":")).encode()

    assert entry.hash == hashlib.sha256(written).hexdigest() == hash_of(entry)


def test_the_zone_of_an_instant_does_not_matter() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-5)))
    draft = AuditDraft(AURELIS, "turn", "{}")

    assert link(Tip(), there, draft).hash == link(Tip(), NOW, draft).hash


@pytest.mark.parametrize(
    "change",
    [
        {"at": datetime.fromisoformat("2026-11-24T12:00:01+00:00")},
        {"tenant": TenantId("other")},
        {"action": "turm"},
        {"json": "{}"},
        {"previous": "1" * 64},
        {"previous": "é"},
        {"hash": "1" * 64},
    ],
    ids=repr,
)
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    chain = chain_of(5)
    chain[2] = replace(chain[2], **change)
    found = first_break(chain)

    assert found is not None
    assert found.n == 3


def test_a_changed_entry_with_a_new_hash_is_found_at_the_next_one() -> None:
    chain = chain_of(5)
    forged = replace(chain[2], json="{}")
    chain[2] = replace(forged, hash=hash_of(forged))
    found = first_break(chain)

    assert found is not None
    assert found.n == 4


@pytest.mark.parametrize(("order", "n"), [([0, 2], 2), ([1, 2], 1), ([0, 2, 1], 2), ([0, 1, 1], 3)])
def test_entries_that_are_missing_moved_or_doubled_are_found(order: list[int], n: int) -> None:
    chain = chain_of(3)
    found = first_break([chain[i] for i in order])

    assert found is not None
    assert found.n == n
