from dataclasses import replace

import pytest

from bot.errors import StoreFailed
from bot.log import MessageAccepted, MessageDelta
from bot.stores.audit_chain import first_break
from bot.stores.base import (
    AuditAfter,
    AuditDraft,
    AuditEnds,
    EventsAfter,
    EventsOfType,
    Head,
    Parcel,
    ParcelsDue,
    ParcelState,
    Query,
    Record,
    RecordsOf,
    Sealed,
    Store,
    VaultOf,
    Write,
)
from routing.request import TenantId
from tests.bot.stores.samples import AURELIS, NOW, ONE, TWO, later, opened, piece, said


class Unheard(Query[Head]):
    """A question that no store knows."""


async def test_a_question_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(StoreFailed, match="'Unheard' is unknown"):
        await store.find(Unheard())


async def test_events_after_a_seq_come_in_order_and_up_to_the_limit(store: Store) -> None:
    await opened(store)
    done = await store.commit(Write(ONE, NOW, tuple(piece(i) for i in range(10))))

    assert await store.find(EventsAfter(ONE, 0)) == done.events
    assert await store.find(EventsAfter(ONE, 7)) == done.events[7:]
    assert await store.find(EventsAfter(ONE, 3, 2)) == done.events[3:5]
    assert await store.find(EventsAfter(ONE, 10)) == ()
    assert await store.find(EventsAfter(ONE, 99)) == ()
    assert await store.find(EventsAfter(TWO, 0)) == ()


async def test_the_last_events_of_some_types_come_in_order(store: Store) -> None:
    await opened(store)
    done = await store.commit(
        Write(ONE, NOW, (said("a"), piece(0), piece(1), said("b"), piece(2), said("c")))
    )
    spoken = tuple(event for event in done.events if isinstance(event.body, MessageAccepted))

    assert await store.find(EventsOfType(ONE, (MessageAccepted.TYPE,))) == spoken
    assert await store.find(EventsOfType(ONE, (MessageAccepted.TYPE,), 2)) == spoken[1:]
    both = EventsOfType(ONE, (MessageAccepted.TYPE, MessageDelta.TYPE), 4)
    assert await store.find(both) == done.events[2:]
    assert await store.find(EventsOfType(ONE, ())) == ()
    assert await store.find(EventsOfType(TWO, (MessageAccepted.TYPE,))) == ()


async def test_the_vault_keeps_each_value_once_in_order(store: Store) -> None:
    mail = Sealed(ONE, "[EMAIL_1]", "EMAIL", b"\x00digest", b"\xffsealed")
    card = Sealed(ONE, "[CREDIT_CARD ****1111]", "CREDIT_CARD", b"one", None)
    other_card = replace(card, digest=b"two")
    await opened(store, ONE)
    await opened(store, TWO)
    await store.commit(Write(ONE, NOW, vault=(mail, card)))
    await store.commit(Write(ONE, NOW, vault=(mail, other_card)))
    await store.commit(Write(TWO, NOW, vault=(replace(mail, conversation=TWO),)))

    assert await store.find(VaultOf(ONE)) == (mail, card, other_card)


@pytest.mark.parametrize("is_one_write", [True, False])
async def test_a_placeholder_that_opens_never_stands_for_two_values(
    store: Store, is_one_write: bool
) -> None:
    mail = Sealed(ONE, "[EMAIL_1]", "EMAIL", b"one", b"sealed one")
    other = replace(mail, digest=b"two", ciphertext=b"sealed two")
    await opened(store)
    if not is_one_write:
        await store.commit(Write(ONE, NOW, vault=(mail,)))
    with pytest.raises(StoreFailed, match=r"'\[EMAIL_1\]' of 'c-one' stands for another value"):
        await store.commit(Write(ONE, NOW, (said("hi"),), vault=(mail, other)))

    assert await store.find(VaultOf(ONE)) == (() if is_one_write else (mail,))
    assert await store.find(EventsAfter(ONE, 0)) == ()


async def test_the_first_form_of_a_value_stays(store: Store) -> None:
    one_way = Sealed(ONE, "[SSN_1]", "SSN", b"one", None)
    await opened(store)
    await store.commit(Write(ONE, NOW, vault=(one_way,)))
    again = replace(one_way, ciphertext=b"sealed")
    other = Sealed(ONE, "[SSN_1]", "SSN", b"two", b"sealed")
    await store.commit(Write(ONE, NOW, vault=(again, other)))

    assert await store.find(VaultOf(ONE)) == (one_way, other)


async def test_records_come_newest_first_and_can_be_narrowed(store: Store) -> None:
    await opened(store, ONE)
    await opened(store, TWO)
    old = Record("decision", "a", ONE, later(0), '{"n":1}')
    same_time = Record("decision", "b", ONE, later(0), '{"n":2}')
    new = Record("decision", "c", TWO, later(5), '{"n":3}')
    usage = Record("usage", "a", ONE, later(9), "{}")
    await store.commit(Write(TWO, NOW, records=(new,)))
    await store.commit(Write(ONE, NOW, records=(old, same_time, usage)))

    assert await store.find(RecordsOf("decision")) == (new, same_time, old)
    assert await store.find(RecordsOf("decision", limit=1)) == (new,)
    assert await store.find(RecordsOf("decision", id="a")) == (old,)
    assert await store.find(RecordsOf("decision", conversation=ONE)) == (same_time, old)
    assert await store.find(RecordsOf("decision", id="c", conversation=ONE)) == ()
    assert await store.find(RecordsOf("trace")) == ()


async def test_a_record_that_is_written_again_replaces_itself(store: Store) -> None:
    await opened(store)
    first = Record("decision", "a", ONE, later(0), '{"n":1}')
    again = Record("decision", "a", ONE, later(1), '{"n":2}')
    await store.commit(Write(ONE, NOW, records=(first,)))
    await store.commit(Write(ONE, NOW, records=(again,)))

    assert await store.find(RecordsOf("decision")) == (again,)


async def test_parcels_are_due_in_order_and_leave_when_sent(store: Store) -> None:
    await opened(store)
    late = Parcel("late", ONE, "desk", "card", "{}", later(2))
    early = Parcel("early", ONE, "desk", "card", '{"a":1}', later(1))
    future = Parcel("future", ONE, "desk", "card", "{}", later(60))
    await store.commit(Write(ONE, NOW, outbox=(late, early, future)))

    assert await store.find(ParcelsDue(later(2))) == (early, late)
    assert await store.find(ParcelsDue(later(2), 1)) == (early,)
    again = replace(early, tries=1, due_at=later(90))
    gone = replace(late, state=ParcelState.SENT, tries=1)
    await store.commit(Write(ONE, NOW, outbox=(again, gone)))
    assert await store.find(ParcelsDue(later(59))) == ()
    assert await store.find(ParcelsDue(later(99))) == (future, again)


@pytest.mark.parametrize("state", [s for s in ParcelState if s is not ParcelState.PENDING])
async def test_a_parcel_that_is_not_pending_is_not_due(store: Store, state: ParcelState) -> None:
    await opened(store)
    parcel = Parcel("p", ONE, "desk", "card", "{}", NOW)
    await store.commit(Write(ONE, NOW, outbox=(parcel, replace(parcel, state=state))))

    assert await store.find(ParcelsDue(later(9))) == ()


async def test_audit_entries_form_one_chain_over_all_conversations(store: Store) -> None:
    await opened(store, ONE)
    await opened(store, TWO)
    drafts = tuple(AuditDraft(AURELIS, f"a{i}", '{"é":1}') for i in range(3))
    await store.commit(Write(ONE, later(1), audit=drafts[:2]))
    await store.commit(Write(TWO, later(2), audit=(AuditDraft(TenantId("other"), "b", "{}"),)))
    await store.commit(Write(ONE, later(3), audit=drafts[2:]))
    chain = await store.find(AuditAfter())

    assert [(entry.n, entry.action) for entry in chain] == [
        (1, "a0"),
        (2, "a1"),
        (3, "b"),
        (4, "a2"),
    ]
    assert [entry.at for entry in chain] == [later(1), later(1), later(2), later(3)]
    assert first_break(chain) is None
    assert await store.find(AuditAfter(2)) == chain[2:]
    assert await store.find(AuditAfter(1, 2)) == chain[1:3]


async def test_the_ends_of_the_audit_chain_are_found_for_any_time(store: Store) -> None:
    await opened(store, ONE)
    assert await store.find(AuditEnds()) == ()
    for hour in (1, 4, 2, 3):
        audit = (AuditDraft(AURELIS, f"a{hour}", "{}"),)
        await store.commit(Write(ONE, later(hour), audit=audit))
    chain = await store.find(AuditAfter())

    assert await store.find(AuditEnds()) == (chain[0], chain[3])
    assert await store.find(AuditEnds(since=later(2))) == (chain[1], chain[3])
    assert await store.find(AuditEnds(until=later(3))) == (chain[0], chain[2])
    assert await store.find(AuditEnds(later(2), later(3))) == (chain[2], chain[2])
    assert await store.find(AuditEnds(since=later(5))) == ()
