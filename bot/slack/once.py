"""Puts something into Slack once, whatever answers are lost and however many processes try."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from bot.clock import Clock
from bot.errors import DeskFailed
from bot.slack.clicks import part_of, word_in, word_of
from bot.slack.looks import Looks, Tried
from bot.slack.rooms import Room
from bot.stores.cabinet import Cabinet, Entry
from channels.slack.base import Json, Slack, TeamId
from channels.slack.errors import SlackBusy, SlackRefused, SlackRevoked, SlackUnreachable

KIND = "slack.posting"
HELD_S = 90.0
"""A message takes no longer: a turn, an answer, and the same again under our plain name."""
ON_ITS_WAY_S = 10.0
"""What a process had sent when it died is in Slack by then, or never will be."""
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that shall be in Slack once."""

    key: str
    """Readable at rest, so never personal data."""
    room: Room
    send: Callable[[Room], Awaitable[str]]
    """Puts it there and returns its `ts`, if it has one; raises what `Slack.call` raises."""
    is_it: Callable[[Json], bool]
    """Whether a message that is there already is it."""
    thread: str = ""
    """In which it is, or would be; empty for the top of the channel."""
    held_s: float = HELD_S
    """No try takes longer, looking for it apart: who noted one longer ago has died."""


@dataclass(frozen=True, slots=True)
class Put:
    """It is in Slack."""

    room: Room
    ts: str
    is_new: bool
    """It was not there before this try."""


class State(Enum):
    """What is known of a try."""

    TRYING = "trying"
    UNKNOWN = "unknown"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class _Note:
    """One try, noted before it is made; only the one who could write it makes it."""

    state: State
    room: Room
    at: datetime
    ts: str = ""


class Once:
    """Remembers tries in the cabinet, numbered from 0; a try is taken over by the next number.

    Before a thing is put again of which an earlier try had no answer, it is looked for. Two
    processes can both put it only if one is stopped in mid-call for longer than `Wanted.held_s`.
    """

    def __init__(
        self, slack: Slack, cabinet: Cabinet, clock: Clock, alone_since: datetime | None = None
    ) -> None:
        """Take since when no other process works on this data: who tried before has died."""
        self._looks = Looks(slack, clock)
        self._cabinet = cabinet
        self._clock = clock
        self._alone_since = alone_since

    async def put(self, wanted: Wanted) -> Put:
        """Put it there, unless it is.

        Raises:
            DeskFailed: somebody else is about to.
            SlackFailed: it was not put, or that is not known.
            StoreFailed: the disk failed.
        """
        doubts: list[_Note] = []
        for number in itertools.count():
            note = _Note(State.TRYING, wanted.room, self._clock.now())
            before = await self._begun(wanted.key, number, note)
            if before is None:
                break
            if before.state is State.DONE:
                return Put(before.room, before.ts, is_new=False)
            age_s = (self._clock.now() - before.at).total_seconds()
            held_s = self._held_s(wanted, before)
            if before.state is State.TRYING and age_s < held_s:
                raise DeskFailed("somebody else is about to post it", held_s - age_s)
            doubts.append(before)
        return await self._tried(wanted, number, note, doubts)

    async def forget(self, key: str) -> None:
        """Forget that it is there: it was taken away."""
        for number in itertools.count():
            if not await self._cabinet.remove(KIND, _numbered(key, number)):
                return

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        self._looks.forget()
        return await self._cabinet.remove(KIND, None, self._clock.now() - REMEMBERED)

    def _held_s(self, wanted: Wanted, tried: _Note) -> float:
        """Return how long after a try nobody else begins one."""
        is_dead = self._alone_since is not None and tried.at < self._alone_since
        return min(wanted.held_s, ON_ITS_WAY_S) if is_dead else wanted.held_s

    async def _begun(self, key: str, number: int, note: _Note) -> _Note | None:
        """Note a try; return the one that has this number already, if there is one."""
        while not await self._keep(key, number, note, is_new=True):
            found = await self._cabinet.find(KIND, _numbered(key, number))
            if found:
                return _note(found[0])
        return None

    async def _tried(
        self, wanted: Wanted, number: int, note: _Note, doubts: Sequence[_Note]
    ) -> Put:
        is_sending = False
        try:
            there = await self._found(wanted, number, doubts)
            if there is None:
                is_sending = True
                await self._keep(wanted.key, number, self._renewed(note))
                there = Put(wanted.room, await wanted.send(wanted.room), is_new=True)
        except (SlackBusy, SlackRefused, SlackRevoked):
            await self._cabinet.remove(KIND, _numbered(wanted.key, number))
            raise
        except SlackUnreachable as unreachable:
            if is_sending and unreachable.is_unknown:
                await self._keep(wanted.key, number, self._renewed(note, State.UNKNOWN))
            else:
                await self._cabinet.remove(KIND, _numbered(wanted.key, number))
            raise
        except asyncio.CancelledError:
            await self._keep(wanted.key, number, self._renewed(note, State.UNKNOWN))
            raise
        done = replace(self._renewed(note, State.DONE), room=there.room, ts=there.ts)
        await self._keep(wanted.key, number, done)
        return there

    async def _found(self, wanted: Wanted, number: int, doubts: Sequence[_Note]) -> Put | None:
        """Look for it where and when it may have been put."""
        for room in dict.fromkeys(doubt.room for doubt in doubts):
            ats = [doubt.at for doubt in doubts if doubt.room == room]
            tried = Tried(min(ats), max(ats), max(ats) + timedelta(seconds=ON_ITS_WAY_S))
            async for page in self._looks.pages(room, wanted.thread, tried):
                there = [word_of(message, "ts") for message in page if wanted.is_it(message)]
                if there:
                    return Put(room, there[0], is_new=False)
                note = _Note(State.TRYING, wanted.room, self._clock.now())
                await self._keep(wanted.key, number, note)
        return None

    def _renewed(self, note: _Note, state: State = State.TRYING) -> _Note:
        return replace(note, state=state, at=self._clock.now())

    async def _keep(self, key: str, number: int, note: _Note, is_new: bool = False) -> bool:
        value = {
            "state": note.state.value,
            "team": note.room.team,
            "channel": note.room.channel,
            "ts": note.ts,
        }
        entry = Entry(KIND, _numbered(key, number), json.dumps(value), note.at)
        return await self._cabinet.put(entry, is_new)


def marked_as(kind: str, id: str) -> dict[str, object]:
    """Return the metadata by which a message of ours is found again."""
    return {"event_type": kind, "event_payload": {"id": id}}


def is_marked_as(message: Json, kind: str, id: str) -> bool:
    """Return whether a message carries this metadata."""
    metadata = part_of(message, "metadata")
    is_kind = word_of(metadata, "event_type") == kind
    return is_kind and word_in(metadata, "event_payload", "id") == id


def _numbered(key: str, number: int) -> str:
    return f"{key}#{number}"


def _note(entry: Entry) -> _Note:
    value = json.loads(entry.value)
    room = Room(TeamId(value["team"]), value["channel"])
    return _Note(State(value["state"]), room, entry.at, value["ts"])
