"""Anchors: signed, kept, and told apart from what was made by others."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.anchor_files import AnchorFiles, add_to, read_file
from bot.audit.anchors import (
    NoAnchor,
    Signer,
    gaps,
    read_anchor,
    read_anchors,
    written,
    wrong_anchors,
)
from tests.bot.audit.chains import SIGNER, anchors_at, entries_of
from tests.bot.stores.samples import NOW

CHAIN = entries_of(30)
OWN = {SIGNER.key: "own"}


def test_an_anchor_comes_back_from_its_line_and_its_signature_fits() -> None:
    (anchor,) = anchors_at(CHAIN, 20)

    assert read_anchor(written(anchor)) == anchor
    assert (anchor.n, anchor.count, anchor.hash) == (20, 20, CHAIN[19].hash)
    assert anchor.day == CHAIN[19].at.date()
    assert wrong_anchors([anchor], OWN) == []
    assert wrong_anchors([anchor], {}) == []


@pytest.mark.parametrize(
    "change",
    [{"n": 19}, {"hash": "0" * 64}, {"count": 1}, {"day": NOW.date() - timedelta(days=1)},
     {"made_at": NOW + timedelta(seconds=1)}, {"key": Signer(b"x" * 32).key},
     {"key": "no key"}, {"signature": ""}, {"signature": "00" * 64}],
    ids=repr,
)  # fmt: skip
def test_an_anchor_of_which_anything_was_changed_is_named(change: dict[str, object]) -> None:
    (anchor,) = anchors_at(CHAIN, 20)
    changed = replace(anchor, **change)  # type: ignore[arg-type]  # a table of all fields
    (finding,) = wrong_anchors([changed], OWN)

    assert "signature does not fit" in finding.told


def test_an_anchor_that_a_stranger_has_signed_is_named_unless_his_key_is_known() -> None:
    stranger = Signer(b"another secret of thirty-two chars")
    anchor = stranger.anchor(CHAIN[3], 0, NOW)
    (finding,) = wrong_anchors([anchor], OWN)

    assert stranger.key in finding.told
    assert wrong_anchors([anchor], OWN | {stranger.key: "given"}) == []


def test_the_same_secret_makes_the_same_key_and_another_one_another() -> None:
    assert Signer(b"one" * 12).key == Signer(b"one" * 12).key
    assert Signer(b"one" * 12).key != Signer(b"two" * 12).key


def test_an_anchor_that_was_taken_out_of_the_file_leaves_a_gap() -> None:
    anchors = anchors_at(CHAIN, 10, 20, 30)

    assert gaps(anchors) == []
    assert [finding.n for finding in gaps([anchors[0], anchors[2]])] == [30]
    assert [finding.n for finding in gaps(anchors[1:])] == [20]


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"n": 3}', "null", "[" * 100_000])
def test_a_line_that_is_no_anchor_is_named(line: str) -> None:
    (anchor,) = anchors_at(CHAIN, 20)
    anchors, found = read_anchors([written(anchor), line, ""], "anchors.jsonl")

    assert anchors == (anchor,)
    assert [one.told.split(":")[0] for one in found] == ["line 2 of anchors.jsonl is no anchor"]


def test_a_number_that_is_a_text_makes_no_anchor() -> None:
    (anchor,) = anchors_at(CHAIN, 20)

    with pytest.raises(NoAnchor, match="numbers and texts"):
        read_anchor(written(anchor).replace('"n":20', '"n":"20"'))


def test_kept_anchors_are_read_in_their_order_and_for_the_owner_only(tmp_path: Path) -> None:
    files = AnchorFiles(tmp_path)
    assert files.all() == ((), [])
    first, second = anchors_at(CHAIN, 10, 20)
    for anchor in (first, second):
        assert files.append(lambda _, made=anchor: made) == anchor  # type: ignore[misc]  # bound
    assert files.append(lambda kept: None if second in kept else second) is None
    files.keep_head(first)
    files.keep_head(second)

    assert files.kept() == ((first, second), [])
    assert files.head() == second
    for path in (tmp_path / "audit").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_an_anchor_after_half_a_line_is_not_lost(tmp_path: Path) -> None:
    files = AnchorFiles(tmp_path)
    first, second = anchors_at(CHAIN, 10, 20)
    files.append(lambda _: first)
    with files.path.open("a") as file:
        file.write('{"count":')
    files.append(lambda _: second)
    kept, found = files.kept()

    assert kept == (first, second)
    assert len(found) == 1


def test_a_file_that_was_taken_away_keeps_what_the_folder_has_lost(tmp_path: Path) -> None:
    first, second, third = anchors_at(CHAIN, 10, 20, 30)
    away = tmp_path / "away.jsonl"

    assert add_to(away, [first, second]) == 2
    assert add_to(away, [second, third]) == 1
    assert read_file(away) == ((first, second, third), [])
