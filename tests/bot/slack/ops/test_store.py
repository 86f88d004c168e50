"""What is known of incidents: merged, and not lost when one is closed while it comes again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.slack.ops.incident import Part
from bot.slack.ops.store import ACK, ALIVE, PART, Incidents, key_of
from bot.stores.cabinet import MemoryCabinet
from routing.watching.events import Ending, Severity

NAME = "provider.down|aurelis|gpt"
KEY = key_of(NAME)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FOUND = Part(
    "p1", "provider.down", "aurelis", Severity.ERROR, Ending.EVENT, {"failed": 2}, 1, NOON, NOON
)
OVER = replace(FOUND, over_at=NOON)


class Hand:
    def __init__(self) -> None:
        self.at = NOON
        self.cabinet = MemoryCabinet()
        self.incidents = Incidents(self.cabinet, Clock(now=lambda: self.at))


async def test_what_is_told_is_due_at_once_and_leased_by_one() -> None:
    hand = Hand()
    await hand.incidents.tell(NAME, "s1", FOUND)
    kept = await hand.incidents.lease(60)

    assert kept is not None
    assert (kept.key, kept.incident) == (KEY, NAME)
    assert await hand.incidents.lease(60) is None
    assert await hand.incidents.parts(KEY) == {"s1": FOUND}


async def test_telling_more_leaves_the_lease_alone() -> None:
    hand = Hand()
    await hand.incidents.tell(NAME, "s1", FOUND)
    await hand.incidents.lease(60)
    await hand.incidents.tell(NAME, "s2", FOUND)

    assert await hand.incidents.lease(60) is None
    assert set(await hand.incidents.parts(KEY)) == {"s1", "s2"}


async def test_what_comes_while_an_incident_is_closed_is_the_next_one() -> None:
    hand = Hand()
    await hand.incidents.tell(NAME, "s1", OVER)
    kept = await hand.incidents.lease(60)
    assert kept is not None
    seen = tuple(await hand.incidents.parts(KEY))
    await hand.incidents.tell(NAME, "s2", FOUND)
    await hand.incidents.close(kept, seen)
    following = await hand.incidents.lease(60)

    assert following is not None
    assert following.id != kept.id
    assert set(await hand.incidents.parts(KEY)) == {"s2"}


async def test_an_end_that_comes_too_late_leaves_nothing_behind() -> None:
    hand = Hand()
    await hand.incidents.tell(NAME, "s1", OVER)
    kept = await hand.incidents.lease(60)
    assert kept is not None
    await hand.incidents.end(NAME, "s2", OVER)
    await hand.incidents.close(kept, ("s1",))
    was_kept = await hand.incidents.end(NAME, "s3", OVER)

    assert not was_kept
    assert await hand.incidents.find(KEY) is None
    assert await hand.cabinet.find(f"{PART}.{KEY}") == ()


async def test_the_first_who_reacts_is_on_it_and_that_ends_with_the_incident() -> None:
    hand = Hand()
    await hand.incidents.tell(NAME, "s1", FOUND)
    (kept,) = await hand.incidents.all()
    first = await hand.incidents.acknowledge(kept, "U1")
    second = await hand.incidents.acknowledge(kept, "U2")
    by = await hand.incidents.acknowledged_by(kept)
    await hand.incidents.close(kept, ("s1",))

    assert (first, second, by) == (True, False, "U1")
    assert await hand.incidents.acknowledged_by(kept) == ""


async def test_processes_that_signed_in_a_week_ago_are_forgotten() -> None:
    hand = Hand()
    await hand.incidents.sign_in("p1")
    await hand.incidents.tell(NAME, "s1", FOUND)
    (kept,) = await hand.incidents.all()
    await hand.incidents.acknowledge(kept, "U1")
    hand.at += timedelta(days=8)
    await hand.incidents.sign_in("p2")
    await hand.incidents.close(kept, ("s1",))

    assert set(await hand.incidents.alive()) == {"p2"}
    assert [entry.key for entry in await hand.cabinet.find(ALIVE)] == ["p2"]
    assert await hand.cabinet.find(ACK) == ()
