"""What a write does to a conversation: checks, seqs, the new head. Pure; for every store."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import StaleEpoch, StaleFence, StoreFailed
from bot.log import Event
from bot.stores.base import Head, HeadChange, Sealed, Write

UNCHANGED = HeadChange()


@dataclass(frozen=True, slots=True)
class Projected:
    """A write that may be done: the head after it and its events with their seq."""

    head: Head
    events: tuple[Event, ...]


def project(head: Head | None, write: Write) -> Projected:
    """Return what the conversation becomes, or raise and leave everything as it is.

    Events carry the epoch and the episode that hold after the write. The caller has already looked
    for a used key.

    Args:
        head: where the conversation stands now; None when there is none.
        write: what is asked.

    Raises:
        StaleFence: the head has another fence.
        StaleEpoch: the head has another epoch.
        StoreFailed: the conversation does not exist, or exists and was to be created.
    """
    before = _standing(head, write)
    if write.fence is not None and write.fence != before.fence:
        raise StaleFence(f"fence {write.fence!r} is out of date, expected {before.fence!r}")
    if write.epoch is not None and write.epoch != before.epoch:
        raise StaleEpoch(f"epoch {write.epoch!r} is out of date, expected {before.epoch!r}")
    if write.change is None and not write.take_fence and not write.events:
        return Projected(before, ())
    after = _changed(before, write)
    return Projected(after, _numbered(before.head_seq, after, write))


def check_belongs(write: Write) -> None:
    """Refuse a write that holds rows of another conversation.

    Raises:
        StoreFailed: one of its vault values, records or parcels names another one.
    """
    for held in (write.vault, write.records, write.outbox):
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
    """Return the head after the write.

    Written out in full: `dataclasses.replace` takes three times as long, on the path of every
    delta.
    """
    change = write.change or UNCHANGED
    owner = head.owner if change.owner is None else change.owner
    head_seq = head.head_seq + len(write.events)
    is_open = head.is_open if change.is_open is None else change.is_open
    return Head(
        conversation=head.conversation,
        tenant=head.tenant,
        channel=head.channel,
        customer=head.customer if change.customer is None else change.customer,
        locale=head.locale if change.locale is None else change.locale,
        owner=owner,
        human=head.human if change.human is None else change.human,
        epoch=head.epoch if owner is head.owner else head.epoch + 1,
        episode=head.episode + 1 if change.new_episode else head.episode,
        is_open=is_open or change.new_episode,
        head_seq=head_seq,
        fence=head.fence + 1 if write.take_fence else head.fence,
        turn=head.turn if change.turn is None else change.turn,
        asked_seq=head_seq if change.asked and write.events else head.asked_seq,
        answered_seq=head.answered_seq if change.answered_seq is None else change.answered_seq,
        reason=head.reason if change.reason is None else change.reason,
        waiting_since=head.waiting_since if change.waiting_since is None else change.waiting_since,
    )


def _numbered(seq: int, head: Head, write: Write) -> tuple[Event, ...]:
    """Return the events of the write; the first one has the seq after `seq`."""
    return tuple(
        Event(
            conversation=write.conversation,
            seq=seq + place,
            at=write.at,
            cause=draft.cause,
            epoch=head.epoch,
            episode=head.episode,
            trace_id=draft.trace_id,
            body=draft.body,
        )
        for place, draft in enumerate(write.events, 1)
    )
