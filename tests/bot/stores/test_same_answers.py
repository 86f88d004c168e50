"""Any sequence of writes gives the same answers from every store."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.errors import StaleWrite, StoreFailed
from bot.stores.base import (
    AuditAfter,
    AuditDraft,
    Committed,
    Draft,
    EventsAfter,
    EventsOfType,
    HeadChange,
    HeadOf,
    HeadsOwnedBy,
    Owner,
    Parcel,
    ParcelsDue,
    ParcelState,
    Query,
    Record,
    RecordsOf,
    Sealed,
    Store,
    Unanswered,
    VaultOf,
    Write,
)
from bot.stores.memory import MemoryStore
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from tests.bot.stores.samples import AURELIS, ONE, TWO, first_head, later, piece, said

small = st.integers(0, 3)
words = st.sampled_from(["", "a", "b"])
instants = st.integers(0, 5).map(later)
drafts: st.SearchStrategy[Draft] = st.one_of(words.map(said), small.map(piece))
changes = st.builds(
    HeadChange,
    owner=st.none() | st.sampled_from(Owner),
    human=st.none() | words,
    is_open=st.none() | st.booleans(),
    turn=st.none() | small,
    answered_seq=st.none() | small,
    waiting_since=st.none() | instants,
    asked=st.booleans(),
    new_episode=st.booleans(),
)


def of_one(conversation: ConversationId) -> st.SearchStrategy[Write]:
    """Return writes on one conversation; the few values meet often."""
    here = st.just(conversation)
    sealed = st.builds(
        Sealed,
        here,
        st.sampled_from(["[EMAIL_1]", "[SSN]"]),
        st.just("EMAIL"),
        st.sampled_from([b"one", b"two"]),
        st.none() | st.just(b"sealed"),
    )
    record = st.builds(Record, st.sampled_from(["decision", "usage"]), words, here, instants, words)
    parcel = st.builds(
        Parcel,
        words.map(lambda word: f"{conversation}:{word}"),
        here,
        st.just("desk"),
        st.just("card"),
        words,
        instants,
        st.sampled_from(ParcelState),
        small,
    )
    return st.builds(
        Write,
        here,
        instants,
        events=st.lists(drafts, max_size=3).map(tuple),
        change=st.none() | changes,
        create=st.none() | st.just(first_head(conversation)),
        fence=st.none() | small,
        epoch=st.none() | small,
        take_fence=st.booleans(),
        key=st.none() | words,
        vault=st.lists(sealed, max_size=2).map(tuple),
        records=st.lists(record, max_size=2).map(tuple),
        audit=st.lists(st.builds(AuditDraft, st.just(AURELIS), words, words), max_size=2).map(
            tuple
        ),
        outbox=st.lists(parcel, max_size=2).map(tuple),
    )


writes = st.lists(of_one(ONE) | of_one(TWO), max_size=15)
Result = Committed | type[StaleWrite] | type[StoreFailed]


async def result_of(store: Store, write: Write) -> Result:
    try:
        return await store.commit(write)
    except (StaleWrite, StoreFailed) as error:
        return type(error)


def all_questions() -> list[Query[Any]]:
    questions: list[Query[Any]] = [
        Unanswered(),
        RecordsOf("decision"),
        RecordsOf("usage", id="a", limit=1),
        ParcelsDue(later(3)),
        AuditAfter(),
        *map(HeadsOwnedBy, Owner),
    ]
    for conversation in (ONE, TWO):
        questions += [
            HeadOf(conversation),
            EventsAfter(conversation, 0),
            EventsOfType(conversation, ("message.delta",), 2),
            VaultOf(conversation),
            RecordsOf("usage", conversation=conversation),
        ]
    return questions


async def everything_in(store: Store) -> list[tuple[Any, ...]]:
    return [await store.find(question) for question in all_questions()]


async def compare(sequence: list[Write], at_once: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory, sqlite = MemoryStore(), await open_sqlite(Path(folder) / "copilot.db")
        expected = [await result_of(memory, write) for write in sequence]
        if at_once:
            got = await asyncio.gather(*(result_of(sqlite, write) for write in sequence))
        else:
            got = [await result_of(sqlite, write) for write in sequence]
        kept = await everything_in(sqlite)
        await sqlite.close()

    assert got == expected
    assert kept == await everything_in(memory)


def quiet(examples: int) -> settings:
    # Without shrinking: each try opens a file, and a failure would take minutes to become small.
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=checks,
        phases=(Phase.explicit, Phase.generate),
    )


@quiet(12)
@given(writes, st.booleans())
def test_the_same_writes_give_the_same_answers(sequence: list[Write], at_once: bool) -> None:
    asyncio.run(compare(sequence, at_once))


@pytest.mark.slow
@quiet(200)
@given(writes, st.booleans())
def test_many_sequences_of_writes_give_the_same_answers(
    sequence: list[Write], at_once: bool
) -> None:
    asyncio.run(compare(sequence, at_once))
