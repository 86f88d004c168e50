"""What a write does to a conversation: checks, seqs, the new head. Pure; for every store."""

from collections.abc import Iterable
from dataclasses import fields, make_dataclass
from operator import attrgetter
from typing import Any, cast

from bot.errors import StaleEpoch, StaleFence, StaleQuestion, StoreFailed
from bot.log import Event
from bot.stores.base import Committed, Head, HeadChange, Parcel, Record, Sealed, Write


def _open_twin(kind: type) -> type[Any]:
    """Return a class with the same slots, whose objects can be changed until they are frozen.

    A frozen dataclass sets each of its fields through a call, which takes four times as long as the
    rest of making it, and one head and one event are made for every delta. So they are made open,
    and frozen by giving them their true class; Python refuses that if the slots ever differ.
    """
    named = [(field.name, Any) for field in fields(kind)]
    return make_dataclass(f"Open{kind.__name__}", named, slots=True)


_OpenHead = _open_twin(Head)
_OpenEvent = _open_twin(Event)
_fields_of = attrgetter(*(field.name for field in fields(Head)))


def project(head: Head | None, write: Write) -> Committed:
    """Return what the conversation becomes and its new events, or raise and leave all as it is.

    Events carry the epoch and the episode that hold after the write. The caller has already looked
    for a used key.

    Args:
        head: where the conversation stands now; None when there is none.
        write: what is asked.

    Raises:
        StaleFence: the head has another fence.
        StaleEpoch: the head has another epoch.
        StaleQuestion: the customer has said more.
        StoreFailed: the conversation does not exist, or exists and was to be created.
    """
    before = _standing(head, write)
    if write.fence is not None and write.fence != before.fence:
        raise StaleFence(f"fence {write.fence!r} is out of date, expected {before.fence!r}")
    if write.epoch is not None and write.epoch != before.epoch:
        raise StaleEpoch(f"epoch {write.epoch!r} is out of date, expected {before.epoch!r}")
    if write.covers is not None and before.asked_seq > write.covers:
        raise StaleQuestion(f"the customer spoke at {before.asked_seq!r}, after {write.covers!r}")
    if write.change is None and not write.take_fence and not write.events:
        return Committed(before, ())
    after = _changed(before, write)
    return Committed(after, _numbered(before.head_seq, after, write))


def check_belongs(write: Write) -> None:
    """Refuse a write that holds rows of another conversation.

    Raises:
        StoreFailed: one of its vault values, records or parcels names another one.
    """
    held: tuple[Sealed | Record | Parcel, ...] = (*write.vault, *write.records, *write.outbox)
    for one in held:
        if one.conversation != write.conversation:
            raise StoreFailed(
                f"a write on {write.conversation!r} holds a row of {one.conversation!r}, "
                "expected only its own"
            )


def is_new(sealed: Sealed, vault: Iterable[Sealed]) -> bool:
    """Return whether a value is not in the vault yet; the first to come stays.

    One-way placeholders may be shared: two cards can end in the same four digits.

    Raises:
        StoreFailed: a placeholder that can be opened stands for another value already.
    """
    there = [one for one in vault if one.placeholder == sealed.placeholder]
    if any(one.digest == sealed.digest for one in there):
        return False
    if sealed.ciphertext is not None and any(one.ciphertext is not None for one in there):
        raise StoreFailed(
            f"placeholder {sealed.placeholder!r} of {sealed.conversation!r} stands for another "
            "value already, expected a vault that was loaded after that write"
        )
    return True


def _standing(head: Head | None, write: Write) -> Head:
    """Return the head that the write starts from."""
    create = write.create
    if create is None:
        if head is None:
            raise StoreFailed(f"conversation {write.conversation!r} does not exist")
        return head
    if head is not None:
        raise StoreFailed(f"conversation {write.conversation!r} exists already")
    if create.conversation != write.conversation or create.head_seq != 0:
        raise StoreFailed(
            f"the first head of {write.conversation!r} is for {create.conversation!r} at seq "
            f"{create.head_seq!r}, expected the same conversation at 0"
        )
    return create


def _changed(head: Head, write: Write) -> Head:
    """Return the head after the write."""
    after = _OpenHead(*_fields_of(head))
    after.head_seq += len(write.events)
    if write.take_fence:
        after.fence += 1
    if write.change is not None:
        _change(after, write.change, bool(write.events))
    after.__class__ = Head
    return cast("Head", after)


def _change(head: Any, change: HeadChange, has_events: bool) -> None:  # noqa: ANN401 - an open head
    """Change an open head whose head_seq is that after the write."""
    to_another = change.human is not None and change.human != head.human
    if change.owner is not None and (change.owner is not head.owner or to_another):
        head.owner = change.owner
        head.epoch += 1
    if change.is_open is not None:
        head.is_open = change.is_open
    if change.new_episode:
        head.episode += 1
        head.is_open = True
    if change.asked and has_events:
        head.asked_seq = head.head_seq
    if change.turn is not None:
        head.turn = change.turn
    if change.answered_seq is not None:
        head.answered_seq = change.answered_seq
    if change.human is not None:
        head.human = change.human
    if change.reason is not None:
        head.reason = change.reason
    if change.locale is not None:
        head.locale = change.locale
    if change.customer is not None:
        head.customer = change.customer
    if change.waiting_since is not None:
        head.waiting_since = change.waiting_since


def _numbered(seq: int, head: Head, write: Write) -> tuple[Event, ...]:
    """Return the events of the write; the first one has the seq after `seq`."""
    events: list[Event] = []
    for number, draft in enumerate(write.events, seq + 1):
        event = _OpenEvent(
            write.conversation,
            number,
            write.at,
            draft.cause,
            head.epoch,
            head.episode,
            draft.trace_id,
            draft.body,
        )
        event.__class__ = Event
        events.append(event)
    return tuple(events)
