"""The reference cases, read from where the evaluation data is; they are never copied here."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.privacy.detect import find
from bot.privacy.detect.plain import visible
from bot.privacy.kinds import Hints, Kind
from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.request import TenantId

ROOT = Path(__file__).parents[3]
DATA = Path(os.getenv("COPILOT_EVAL_DATA", str(ROOT.parent / "shared" / "data")))
CASES = DATA.parent / "reference" / "privacy_cases.jsonl"
NAMED_BEFORE = frozenset({"dana whitfield"})
KINDS = {
    "CREDIT_CARD": {Kind.CREDIT_CARD, Kind.NUMBER, Kind.PHONE}, "IBAN_CODE": {Kind.IBAN},
    "BANK_ACCOUNT": {Kind.ACCOUNT}, "US_SSN": {Kind.SSN}, "GOV_ID": {Kind.ID},
    "PHONE_NUMBER": {Kind.PHONE}, "EMAIL_ADDRESS": {Kind.EMAIL}, "SECRET": {Kind.SECRET},
    "PERSON": {Kind.NAME}, "STREET_ADDRESS": {Kind.ADDRESS}, "DATE_OF_BIRTH": {Kind.DATE_OF_BIRTH},
    "IP_ADDRESS": {Kind.IP_ADDRESS},
}  # fmt: skip
"""Kinds of the cases, and ours; the first half of a card is nobody's card yet."""


@dataclass(frozen=True)
class Case:
    name: str
    parts: tuple[str, ...]
    question: str
    expected: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]


def cases() -> list[Case]:
    if not CASES.is_file():
        return []
    with CASES.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Case(
            row["id"],
            tuple(map(visible, row.get("parts") or [row["text"]])),
            row.get("prev", ""),
            tuple((visible(value), kind) for value, kind in row["expect"]),
            tuple(row["keep"]),
        )
        for row in rows
    ]


pytestmark = pytest.mark.skipif(not CASES.is_file(), reason=f"{CASES.name} is not there")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_reference_case_is_hidden_and_what_must_stay_stays(case: Case) -> None:
    found, left, before = list[tuple[str, Kind]](), "", ""
    for part in case.parts:
        spans = find(part, Hints(question=case.question, before=before), NAMED_BEFORE)
        found += [(part[span.start : span.end], span.kind) for span in spans]
        place = 0
        for span in spans:
            left, place = f"{left}{part[place : span.start]}\ufffc", span.end
        left, before = f"{left}{part[place:]}\n", part

    for value, kind in case.expected:
        assert value not in left
        assert [k for text, k in found if value in text and k in KINDS[kind]]
    assert [kept for kept in case.kept if kept not in left] == []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_reference_case_leaves_something_like_a_placeholder(case: Case) -> None:
    vault = Vault(VaultKey(bytes(32)), TenantId("t"), ConversationId("c"))
    text = "\n".join(case.parts)
    out = Redactor().redact(text, vault, Hints(question=case.question))

    for typed in ("[EMAIL_1]", "[CREDIT_CARD_1]"):
        assert typed not in text or typed not in out
