"""Every way to tamper with a chain, and what is said about it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit.findings import MOST_FINDINGS
from bot.audit.verification import Verification
from bot.stores.audit_chain import Tip, hash_of, link_hash, tip_of
from bot.stores.instants import micros
from tests.bot.audit.chains import (
    anchors_at,
    as_links,
    chained,
    checked,
    entries_of,
    found,
    hashed,
    with_field,
)

COUNT = 40
CHAIN = entries_of(COUNT)
LINKS = as_links(CHAIN)
places = st.integers(1, COUNT)
FIELDS: dict[int, list[Any]] = {
    1: [0, -5, 1 << 62, 1.5, None],
    2: ["other", "", "\udcff", None],
    3: ["turm", "handoff.claimed", b"turn"],
    4: ["{}", '{"é":-1}', "\x00", 7],
    5: ["1" * 64, "", "é", None],
    6: ["1" * 64, "", '"', None],
}


def test_a_whole_chain_is_whole_however_it_comes() -> None:
    for part in (1, 2, COUNT):
        report = checked(LINKS, part=part)

        assert report.is_whole
        assert (report.entries, report.first, report.last) == (COUNT, 1, tip_of(CHAIN[-1]))
    assert checked([]).is_whole
    assert checked(LINKS[10:], after=tip_of(CHAIN[9])).first == 11


def test_the_quick_hash_is_the_hash_of_the_store() -> None:
    for one in CHAIN:
        fields = (one.n, micros(one.at), one.tenant, one.action, one.json, one.previous)
        assert link_hash(*fields) == hash_of(one) == one.hash


@given(place=places, change=st.sampled_from([(f, v) for f, vs in FIELDS.items() for v in vs]))
def test_a_changed_field_names_its_entry_and_no_other(place: int, change: tuple[int, Any]) -> None:
    field, value = change
    links = list(LINKS)
    links[place - 1] = with_field(links[place - 1], field, value)

    assert found(links) == [("changed", place, place)]


@pytest.mark.parametrize(
    ("field", "part"),
    [(1, "instant, tenant, action or content"), (5, "the one before, which it names"),
     (6, "its own hash")],
)  # fmt: skip
def test_the_part_that_was_changed_is_told(field: int, part: str) -> None:
    links = list(LINKS)
    links[9] = with_field(links[9], field, FIELDS[field][0])

    (finding,) = checked(links).findings
    assert part in finding.told


@given(place=st.integers(2, COUNT - 1))
def test_an_entry_with_a_hash_made_anew_is_named_with_its_neighbour(place: int) -> None:
    links = list(LINKS)
    links[place - 1] = hashed(with_field(links[place - 1], 4, "{}"))

    assert found(links) == [("replaced", place, place + 1)]


@given(place=st.integers(2, COUNT - 1))
def test_an_entry_that_joins_neither_side_is_named_alone(place: int) -> None:
    links = list(LINKS)
    links[place - 1] = hashed(with_field(links[place - 1], 5, "7" * 64))

    assert found(links) == [("replaced", place, place)]


@given(first=places, count=st.integers(1, 5))
def test_entries_that_were_deleted_are_named(first: int, count: int) -> None:
    last = min(first + count - 1, COUNT)
    links = LINKS[: first - 1] + LINKS[last:]
    wanted = [] if last == COUNT else [("missing", first, last)]

    assert found(links) == wanted
    if last == COUNT:
        anchors = anchors_at(CHAIN, COUNT)
        assert found(links, anchors) == [("cut_off", first, COUNT)]


@given(place=st.integers(1, COUNT - 1), count=st.integers(1, 5))
def test_a_deletion_that_renumbers_the_rest_is_seen_through(place: int, count: int) -> None:
    rest = LINKS[place - 1 + count :]
    links = LINKS[: place - 1] + [with_field(one, 0, one[0] - count) for one in rest]

    wanted = [("removed", place, place + count - 1)] if rest else []
    assert found(links) == wanted


@given(place=st.integers(1, COUNT))
def test_an_insertion_that_renumbers_the_rest_is_seen_through(place: int) -> None:
    before = LINKS[place - 2][6] if place > 1 else "0" * 64
    forged = hashed((place, 5, "aurelis", "turn", '{"forged":1}', before, ""))
    rest = [with_field(one, 0, one[0] + 1) for one in LINKS[place - 1 :]]

    assert found([*LINKS[: place - 1], forged, *rest]) == [("inserted", place, place)]


@pytest.mark.parametrize("number", [0, -3, 7, "7", 7.5, None])
def test_an_entry_with_a_number_that_is_taken_or_none_is_an_insertion(number: object) -> None:
    links = [*LINKS[:9], with_field(LINKS[3], 0, number), *LINKS[9:]]

    assert [what for what, *_ in found(links)] == ["inserted"]


@given(places=st.lists(places, min_size=2, max_size=2, unique=True).map(sorted))
def test_two_entries_that_changed_places_are_both_named(places: list[int]) -> None:
    one, other = places
    links = list(LINKS)
    links[one - 1] = with_field(LINKS[other - 1], 0, one)
    links[other - 1] = with_field(LINKS[one - 1], 0, other)
    named = {n for _, first, last in found(links) for n in range(first, last + 1)}

    assert {one, other} <= named
    assert named <= {one, other}
    if other - one <= 32:
        assert {what for what, *_ in found(links)} == {"moved"}


@given(start=places, anchored=st.lists(places, min_size=1, max_size=4, unique=True).map(sorted))
def test_a_chain_written_anew_joins_and_is_caught_by_any_anchor_behind_the_place(
    start: int, anchored: list[int]
) -> None:
    tip = tip_of(CHAIN[start - 2]) if start > 1 else Tip()
    links = [*LINKS[: start - 1], *as_links(entries_of(COUNT + 1 - start, tip, "forged"))]
    anchors = anchors_at(CHAIN, *anchored)
    kept = [n for n in anchored if n < start]

    assert found(links) == []
    caught = found(links, anchors)
    if anchored[-1] < start:
        assert caught == []
    else:
        assert caught == [("rewritten", (kept[-1] if kept else 0) + 1, anchored[-1])]


def test_a_cut_end_is_told_with_what_the_anchor_knows() -> None:
    report = checked(LINKS[:30], anchors_at(CHAIN, 20, 35))
    (finding,) = report.findings

    assert finding.told == (
        "the end was cut off: entries 31 to 35 are known to an anchor, and the last is 30"
    )
    assert report.anchors == 2
    assert found([], anchors_at(CHAIN, 3)) == [("cut_off", 1, 3)]


def test_many_changes_are_counted_and_only_so_many_kept() -> None:
    links = [with_field(one, 4, "{}") for one in chained(MOST_FINDINGS + 50)]
    report = checked(links)

    assert len(report.findings) == MOST_FINDINGS
    assert report.more == 50


def test_independent_changes_are_all_named() -> None:
    links = list(LINKS)
    links[4] = with_field(links[4], 4, "{}")
    links[19] = with_field(links[19], 6, "0" * 64)
    del links[29]

    assert found(links) == [("changed", 5, 5), ("changed", 20, 20), ("missing", 30, 30)]


def test_entries_that_are_withheld_still_join() -> None:
    verification = Verification(anchors_at(CHAIN, 20))
    verification.feed(LINKS[:10])
    for one in LINKS[10:20]:
        verification.feed_withheld(one[0], one[5], one[6])
    verification.feed(LINKS[20:])

    assert verification.finish().is_whole


@pytest.mark.parametrize("gone", [True, False])
def test_a_withheld_entry_that_does_not_join_is_found(gone: bool) -> None:
    verification = Verification()
    verification.feed(LINKS[:10])
    n, previous, hash_ = LINKS[10][0], LINKS[10][5], LINKS[10][6]
    if gone:
        verification.feed_withheld(n + 1, previous, hash_)
    else:
        verification.feed_withheld(n, "5" * 64, hash_)

    assert not verification.finish().is_whole


@settings(max_examples=200)
@given(st.lists(st.tuples(places, st.sampled_from(range(7)), st.integers(0, 3)), min_size=1))
def test_no_change_of_any_number_of_fields_goes_unseen(
    changes: list[tuple[int, int, int]],
) -> None:
    links = list(LINKS)
    for place, field, value in changes:
        values: list[Any] = FIELDS.get(field, [0, -1, 99, "n"])
        links[place - 1] = with_field(links[place - 1], field, values[value % len(values)])

    assert found(links) != []


def test_an_anchor_of_another_chain_is_no_excuse() -> None:
    forged = replace(anchors_at(CHAIN, 20)[0], hash="f" * 64)

    assert found(LINKS, [*anchors_at(CHAIN, 20), forged]) == [("rewritten", 1, 20)]
