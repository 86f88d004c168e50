from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.stores.base import (
    Head,
    HeadChange,
    HeadOf,
    HeadsOwnedBy,
    Owner,
    Store,
    Unanswered,
    Write,
)
from channels.base import ConversationId
from tests.bot.stores.samples import NOW, ONE, first_head, later, opened, piece, said

START = replace(
    first_head(),
    owner=Owner.HUMAN,
    human="Ada",
    epoch=4,
    episode=2,
    fence=3,
    turn=6,
    asked_seq=0,
    answered_seq=0,
    reason="legal",
    waiting_since=NOW,
)


async def changed(store: Store, change: HeadChange, events: int = 2) -> Head:
    """Return the head after a change that comes with events."""
    await store.commit(Write(ONE, NOW, create=START))
    pieces = tuple(piece(i) for i in range(events))
    done = await store.commit(Write(ONE, NOW, pieces, change))
    assert await store.find(HeadOf(ONE)) == (done.head,)
    return done.head


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (HeadChange(), {}),
        (HeadChange(owner=Owner.BOT), {"owner": Owner.BOT, "epoch": 5}),
        (HeadChange(owner=Owner.QUEUE), {"owner": Owner.QUEUE, "epoch": 5}),
        (HeadChange(owner=Owner.HUMAN), {}),
        (HeadChange(human=""), {"human": ""}),
        (HeadChange(is_open=False), {"is_open": False}),
        (HeadChange(turn=7), {"turn": 7}),
        (HeadChange(answered_seq=2), {"answered_seq": 2}),
        (HeadChange(reason=""), {"reason": ""}),
        (HeadChange(locale="pt-BR"), {"locale": "pt-BR"}),
        (HeadChange(customer="cu-7"), {"customer": "cu-7"}),
        (HeadChange(waiting_since=later(1)), {"waiting_since": later(1)}),
        (HeadChange(asked=True), {"asked_seq": 2}),
        (HeadChange(new_episode=True), {"episode": 3}),
        (HeadChange(new_episode=True, is_open=False), {"episode": 3, "is_open": True}),
    ],
    ids=repr,
)
async def test_a_change_moves_its_own_field_only(
    store: Store, change: HeadChange, expected: dict[str, Any]
) -> None:
    head = await changed(store, change)

    assert head == replace(START, head_seq=2, **expected)


async def test_a_new_episode_opens_a_closed_conversation(store: Store) -> None:
    await opened(store)
    await store.commit(Write(ONE, NOW, change=HeadChange(is_open=False)))
    done = await store.commit(Write(ONE, NOW, (said("again"),), HeadChange(new_episode=True)))

    assert (done.head.is_open, done.head.episode) == (True, 2)


async def test_asked_without_an_event_changes_nothing(store: Store) -> None:
    head = await changed(store, HeadChange(asked=True), events=0)

    assert head == START


async def test_unknown_conversations_have_no_head(store: Store) -> None:
    assert await store.find(HeadOf(ConversationId("nobody"))) == ()


async def with_owner(
    store: Store, name: str, owner: Owner, since: datetime | None, is_open: bool = True
) -> ConversationId:
    conversation = ConversationId(name)
    head = replace(first_head(conversation), owner=owner, waiting_since=since, is_open=is_open)
    await store.commit(Write(conversation, NOW, create=head))
    return conversation


@pytest.mark.parametrize("owner", Owner)
async def test_heads_of_an_owner_come_longest_waiting_first(store: Store, owner: Owner) -> None:
    other = Owner.BOT if owner is Owner.QUEUE else Owner.QUEUE
    third = await with_owner(store, "c", owner, later(2))
    last = await with_owner(store, "a", owner, None)
    first = await with_owner(store, "b", owner, later(0))
    second = await with_owner(store, "d", owner, later(1))
    await with_owner(store, "other", other, later(0))
    await with_owner(store, "closed", owner, later(0), is_open=False)
    found = await store.find(HeadsOwnedBy(owner))

    assert [head.conversation for head in found] == [first, second, third, last]
    assert await store.find(HeadsOwnedBy(owner, 2)) == found[:2]


@pytest.mark.parametrize("owner", Owner)
async def test_heads_of_an_owner_are_narrowed_to_those_that_wait_since_a_time(
    store: Store, owner: Owner
) -> None:
    for name, at in (("a", later(0)), ("b", later(1)), ("c", later(2)), ("none", None)):
        await with_owner(store, name, owner, at)

    async def names(since: datetime | None, until: datetime | None) -> str:
        found = await store.find(HeadsOwnedBy(owner, since=since, until=until))
        return "".join(head.conversation for head in found)

    assert await names(later(1), None) == "bc"
    assert await names(None, later(1)) == "ab"
    assert await names(later(1), later(1)) == "b"


async def test_unanswered_are_those_that_a_turn_still_owes(store: Store) -> None:
    for name, owner in (("b", Owner.BOT), ("a", Owner.QUEUE), ("h", Owner.HUMAN)):
        conversation = await with_owner(store, name, owner, None)
        await store.commit(Write(conversation, NOW, (said("hi"),), HeadChange(asked=True)))
    quiet = await with_owner(store, "quiet", Owner.BOT, None)
    await store.commit(Write(quiet, NOW, (said("hi"),), HeadChange(asked=True)))
    await store.commit(Write(quiet, NOW, (piece(0),), HeadChange(answered_seq=1)))

    found = await store.find(Unanswered())
    assert [head.conversation for head in found] == ["a", "b"]
    assert await store.find(Unanswered(1)) == found[:1]
