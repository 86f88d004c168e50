"""Customer turns that no rule was made for; see `tests/bot/privacy/fresh.py`."""

import sys

import pytest

from bot.privacy.detect import find
from bot.privacy.kinds import Kind
from tests.bot.privacy.fresh import report, scores, turns

LEAST_RECALL = {
    Kind.EMAIL: 0.95, Kind.PHONE: 0.9, Kind.CREDIT_CARD: 1.0, Kind.IBAN: 1.0, Kind.SSN: 1.0,
    Kind.IP_ADDRESS: 1.0, Kind.DATE_OF_BIRTH: 0.9, Kind.ACCOUNT: 0.95, Kind.NAME: 0.94,
    Kind.ADDRESS: 0.85, Kind.ID: 0.95, Kind.SECRET: 0.9,
}  # fmt: skip
"""A floor below what is reached, so that a rule for one kind does not cost another."""


def test_the_fresh_turns_are_many_and_from_every_channel() -> None:
    written = turns()

    assert len(written) >= 200
    assert {turn.channel for turn in written} >= {"web", "sms", "voice", "email", "whatsapp"}
    assert len({turn.hints.locale for turn in written}) >= 12


def test_what_is_personal_in_the_fresh_turns_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    table = scores(turns())
    with capsys.disabled():
        sys.stdout.write(f"\n{report(table)}\n")

    assert table[None].f2 >= 0.94
    assert table[None].hidden >= 0.95
    assert {
        kind.value: table[kind].recall for kind, least in LEAST_RECALL.items()
        if table[kind].recall < least
    } == {}  # fmt: skip


def test_of_fresh_turns_without_personal_data_hardly_any_is_changed() -> None:
    clean = [turn for turn in turns() if not turn.spans]

    assert len(clean) >= 40
    assert sum(bool(find(turn.text, turn.hints)) for turn in clean) <= 2
