import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import StaleEpoch, StaleFence, StaleQuestion, StoreFailed
from bot.stores.base import (
    AuditAfter,
    AuditDraft,
    EventsAfter,
    Head,
    HeadChange,
    HeadOf,
    Owner,
    Parcel,
    ParcelsDue,
    Record,
    RecordsOf,
    Sealed,
    Store,
    VaultOf,
    Write,
)
from channels.base import ConversationId
from tests.bot.stores.samples import AURELIS, NOW, ONE, TWO, first_head, opened, piece, said


async def test_two_hundred_writes_at_once_get_dense_seqs(store: Store) -> None:
    await opened(store)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(store.commit(Write(ONE, NOW, (piece(i), piece(i)))))
            for i in range(200)
        ]

    given = [event.seq for task in tasks for event in task.result().events]
    kept = await store.find(EventsAfter(ONE, 0))
    assert sorted(given) == list(range(1, 401))
    assert [event.seq for event in kept] == list(range(1, 401))
    assert {event.seq: event for task in tasks for event in task.result().events} == {
        event.seq: event for event in kept
    }


async def test_conversations_do_not_share_their_seqs(store: Store) -> None:
    await opened(store, ONE)
    await opened(store, TWO)
    await store.commit(Write(ONE, NOW, (piece(0), piece(1))))
    done = await store.commit(Write(TWO, NOW, (piece(0),)))

    assert [event.seq for event in done.events] == [1]
    assert done.head.head_seq == 1


async def test_events_carry_what_holds_after_the_write(store: Store) -> None:
    await opened(store)
    change = HeadChange(owner=Owner.QUEUE, new_episode=True)
    done = await store.commit(Write(ONE, NOW, (said("hello"),), change))

    event = done.events[0]
    assert (event.epoch, event.episode, event.cause) == (2, 2, "customer")
    assert (event.at, event.trace_id, event.conversation) == (NOW, "t-1", ONE)
    assert await store.find(EventsAfter(ONE, 0)) == done.events


async def test_a_repeated_key_writes_nothing_and_returns_the_first_events(store: Store) -> None:
    await opened(store)
    first = await store.commit(Write(ONE, NOW, (said("one"),), key="k"))
    await store.commit(Write(ONE, NOW, (piece(0),)))
    again = await store.commit(
        Write(ONE, NOW, (said("two"),), key="k", audit=(AuditDraft(AURELIS, "x", "{}"),))
    )

    assert again.is_repeat
    assert not first.is_repeat
    assert again.events == first.events
    assert again.head.head_seq == 2
    assert len(await store.find(EventsAfter(ONE, 0))) == 2
    assert await store.find(AuditAfter()) == ()


async def test_of_many_writes_with_one_key_one_is_done(store: Store) -> None:
    await opened(store)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(store.commit(Write(ONE, NOW, (said(f"{i}"),), key="k")))
            for i in range(50)
        ]

    done = [task.result() for task in tasks]
    assert [committed.is_repeat for committed in done].count(False) == 1
    assert len({committed.events for committed in done}) == 1
    assert len(await store.find(EventsAfter(ONE, 0))) == 1


async def test_a_key_belongs_to_its_conversation(store: Store) -> None:
    await opened(store, ONE)
    await opened(store, TWO)
    await store.commit(Write(ONE, NOW, (said("one"),), key="k"))
    other = await store.commit(Write(TWO, NOW, (said("two"),), key="k"))

    assert not other.is_repeat


async def test_a_key_of_a_write_without_events_is_remembered(store: Store) -> None:
    await opened(store)
    await store.commit(Write(ONE, NOW, change=HeadChange(turn=1), key="k"))
    again = await store.commit(Write(ONE, NOW, change=HeadChange(turn=2), key="k"))

    assert again.is_repeat
    assert again.events == ()
    assert again.head.turn == 1


async def test_a_repeated_key_comes_before_a_stale_fence_and_epoch(store: Store) -> None:
    await opened(store)
    first = await store.commit(Write(ONE, NOW, (said("one"),), key="k"))
    again = await store.commit(Write(ONE, NOW, key="k", fence=7, epoch=7, create=first_head()))

    assert again.is_repeat
    assert again.events == first.events


async def test_an_old_fence_is_refused_and_a_new_one_is_given_out(store: Store) -> None:
    await opened(store)
    taken = await store.commit(Write(ONE, NOW, take_fence=True))
    await store.commit(Write(ONE, NOW, (piece(0),), fence=taken.head.fence))
    second = await store.commit(Write(ONE, NOW, take_fence=True))

    assert (taken.head.fence, second.head.fence) == (1, 2)
    with pytest.raises(StaleFence, match=r"fence 1 .* expected 2"):
        await store.commit(Write(ONE, NOW, (piece(1),), fence=taken.head.fence))
    assert len(await store.find(EventsAfter(ONE, 0))) == 1


@pytest.mark.promise("B4")
async def test_of_two_humans_who_claim_at_once_one_wins(store: Store) -> None:
    await opened(store)
    queued = await store.commit(Write(ONE, NOW, change=HeadChange(owner=Owner.QUEUE)))
    claims = [
        Write(ONE, NOW, change=HeadChange(owner=Owner.HUMAN, human=name), epoch=queued.head.epoch)
        for name in ("Ada", "Ben")
    ]
    done = await asyncio.gather(*map(store.commit, claims), return_exceptions=True)

    assert sum(isinstance(each, StaleEpoch) for each in done) == 1
    (head,) = await store.find(HeadOf(ONE))
    assert (head.owner, head.human, head.epoch) == (Owner.HUMAN, "Ada", 3)


async def test_the_fence_is_looked_at_before_the_epoch(store: Store) -> None:
    await opened(store)

    with pytest.raises(StaleFence):
        await store.commit(Write(ONE, NOW, fence=9, epoch=9))
    with pytest.raises(StaleEpoch, match=r"epoch 9 .* expected 1"):
        await store.commit(Write(ONE, NOW, fence=0, epoch=9))


async def test_what_covers_less_than_was_asked_is_refused(store: Store) -> None:
    await opened(store)
    asked = await store.commit(Write(ONE, NOW, (said("one"),), HeadChange(asked=True)))
    seq = asked.head.asked_seq
    await store.commit(Write(ONE, NOW, (piece(0),), covers=seq))
    more = await store.commit(Write(ONE, NOW, (said("two"),), HeadChange(asked=True)))

    with pytest.raises(StaleQuestion, match=f"spoke at {more.head.asked_seq}, after {seq}"):
        await store.commit(Write(ONE, NOW, (piece(1),), covers=seq))
    assert len(await store.find(EventsAfter(ONE, 0))) == 3


def everything(epoch: int | None, sealed: Sealed) -> Write:
    return Write(
        ONE,
        NOW,
        (said("hello"),),
        HeadChange(turn=5, asked=True),
        epoch=epoch,
        key="all",
        vault=(sealed,),
        records=(Record("decision", "r", ONE, NOW, "{}"),),
        audit=(AuditDraft(AURELIS, "turn", "{}"),),
        outbox=(Parcel("p", ONE, "desk", "card", "{}", NOW),),
    )


async def traces(store: Store) -> list[int]:
    return [
        len(await store.find(EventsAfter(ONE, 0))),
        len(await store.find(VaultOf(ONE))),
        len(await store.find(RecordsOf("decision"))),
        len(await store.find(AuditAfter())),
        len(await store.find(ParcelsDue(NOW))),
    ]


async def test_a_refused_write_leaves_nothing_and_a_good_one_everything(store: Store) -> None:
    sealed = Sealed(ONE, "[EMAIL_1]", "EMAIL", b"d", b"c")
    before = await opened(store)
    with pytest.raises(StaleEpoch):
        await store.commit(everything(2, sealed))

    assert await traces(store) == [0, 0, 0, 0, 0]
    assert await store.find(HeadOf(ONE)) == (before.head,)
    assert not (await store.commit(everything(1, sealed))).is_repeat
    assert await traces(store) == [1, 1, 1, 1, 1]


async def test_a_refused_write_does_not_spoil_those_beside_it(store: Store) -> None:
    await opened(store)
    writes = [Write(ONE, NOW, (piece(i),), epoch=1 + i % 2) for i in range(40)]
    writes += [Write(ConversationId("nowhere"), NOW, (piece(0),))]
    done = await asyncio.gather(*map(store.commit, writes), return_exceptions=True)

    assert sum(isinstance(each, StaleEpoch) for each in done) == 20
    assert isinstance(done[-1], StoreFailed)
    assert len(await store.find(EventsAfter(ONE, 0))) == 20


async def test_a_conversation_must_exist_and_is_made_once(store: Store) -> None:
    with pytest.raises(StoreFailed, match="'c-one' does not exist"):
        await store.commit(Write(ONE, NOW, (said("hello"),)))
    await opened(store)
    with pytest.raises(StoreFailed, match="'c-one' exists already"):
        await opened(store)

    assert await store.find(EventsAfter(ONE, 0)) == ()


@pytest.mark.parametrize("head", [first_head(TWO), replace(first_head(), head_seq=3)])
async def test_a_first_head_is_that_of_its_conversation_at_zero(store: Store, head: Head) -> None:
    with pytest.raises(StoreFailed, match="expected the same conversation at 0"):
        await store.commit(Write(ONE, NOW, create=head))

    assert await store.find(HeadOf(ONE)) == ()


async def test_a_conversation_is_made_with_its_first_events_in_one_step(store: Store) -> None:
    done = await store.commit(
        Write(ONE, NOW, (said("hi"),), HeadChange(asked=True), first_head(), take_fence=True)
    )

    assert (done.head.head_seq, done.head.asked_seq, done.head.fence) == (1, 1, 1)
    assert await store.find(HeadOf(ONE)) == (done.head,)


@pytest.mark.parametrize(
    "write",
    [
        Write(ONE, NOW, vault=(Sealed(TWO, "[EMAIL_1]", "EMAIL", b"d", b"c"),)),
        Write(ONE, NOW, records=(Record("decision", "r", TWO, NOW, "{}"),)),
        Write(ONE, NOW, outbox=(Parcel("p", TWO, "desk", "card", "{}", NOW),)),
    ],
    ids=["vault", "records", "outbox"],
)
async def test_a_write_holds_rows_of_its_own_conversation_only(store: Store, write: Write) -> None:
    await opened(store, ONE)
    await opened(store, TWO)

    with pytest.raises(StoreFailed, match="holds a row of 'c-two', expected only its own"):
        await store.commit(write)


async def test_an_instant_without_a_zone_is_refused_and_the_next_write_is_not(store: Store) -> None:
    await opened(store)
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the mistake that is tested
    with pytest.raises(StoreFailed, match="cannot be stored: TypeError"):
        await store.commit(Write(ONE, naive, (piece(0),)))

    assert (await store.commit(Write(ONE, NOW, (piece(0),)))).head.head_seq == 1


async def test_text_of_any_kind_comes_back_as_it_was(store: Store) -> None:
    texts = ["", "ünï😀", "\x00 \u2028 \ud800 half a pair", "x" * 100_000, "'\"\\;--"]
    await opened(store)
    for text in texts:
        await store.commit(Write(ONE, NOW, (said(text),)))

    kept = await store.find(EventsAfter(ONE, 0))
    assert [event.body for event in kept] == [said(text).body for text in texts]


async def test_a_closed_store_refuses(store: Store) -> None:
    await opened(store)
    await store.close()

    with pytest.raises(StoreFailed, match="closed"):
        await store.commit(Write(ONE, NOW, (piece(0),)))
    with pytest.raises(StoreFailed, match="closed"):
        await store.find(HeadOf(ONE))


async def test_a_read_sees_every_write_that_returned_before(store: Store) -> None:
    await opened(store)

    async def write_and_read(i: int) -> bool:
        done = await store.commit(Write(ONE, NOW, (piece(i),)))
        kept = await store.find(EventsAfter(ONE, done.events[0].seq - 1, 1))
        (head,) = await store.find(HeadOf(ONE))
        return kept == done.events and head.head_seq >= done.head.head_seq

    assert all(await asyncio.gather(*map(write_and_read, range(100))))
