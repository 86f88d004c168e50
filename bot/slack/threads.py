"""Which thread belongs to which handoff, and which messages under cards were said to customers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.slack.rooms import Room
from bot.slack.target import Target
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from channels.slack.base import TeamId

THREAD, CARD_AT, SAID = "slack.thread", "slack.card_at", "slack.said"
REMEMBERED = timedelta(days=90)
"""How long after its last change a thread still leads to its customer."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The thread under a card."""

    target: Target
    room: Room
    ts: str
    """Of the card."""


@dataclass(frozen=True, slots=True)
class SaidAs:
    """What a message in Slack became."""

    conversation: ConversationId
    message_id: str
    """Of the message to the customer; empty while it is not known whether it was sent."""
    text: str = ""
    """As a human wrote it: drafts that wait for Claim and send. Sealed at rest."""


class Threads:
    """Remembers bindings in the cabinet; every method raises StoreFailed when the disk fails."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def bind(self, thread: Thread) -> None:
        """Remember where a card is."""
        # The way back first: alone it harms nobody, and a card that nothing leads to is looked for.
        back = {"conversation": thread.target.conversation, "episode": thread.target.episode}
        await self._put(CARD_AT, _place(thread.room, thread.ts), back)
        there = {"team": thread.room.team, "channel": thread.room.channel, "ts": thread.ts}
        await self._put(THREAD, _name(thread.target), there)

    async def of(self, target: Target) -> Thread | None:
        """Return the thread of a handoff; None when it has no card yet."""
        found = await self._cabinet.find(THREAD, _name(target))
        if not found:
            return None
        there = json.loads(found[0].value)
        return Thread(target, Room(TeamId(there["team"]), there["channel"]), there["ts"])

    async def at(self, room: Room, ts: str) -> Target | None:
        """Return whose card a message is; None for any other message."""
        found = await self._cabinet.find(CARD_AT, _place(room, ts))
        if not found:
            return None
        back = json.loads(found[0].value)
        return Target(ConversationId(back["conversation"]), back["episode"])

    async def all(self) -> Sequence[Thread]:
        """Return every thread that is remembered."""
        threads = []
        for entry in await self._cabinet.find(CARD_AT):
            team, channel, ts = entry.key.split(":")
            back = json.loads(entry.value)
            target = Target(ConversationId(back["conversation"]), back["episode"])
            threads.append(Thread(target, Room(TeamId(team), channel), ts))
        return threads

    async def remember(self, room: Room, ts: str, said: SaidAs, is_new: bool = False) -> bool:
        """Remember what a message became; with `is_new` only if nothing is known of it yet."""
        value = {
            "conversation": said.conversation,
            "message_id": said.message_id,
            "text": said.text,
        }
        return await self._put(SAID, _place(room, ts), value, is_new)

    async def said(self, room: Room, ts: str) -> SaidAs | None:
        """Return what a message became; None when nothing is known of it."""
        found = await self._cabinet.find(SAID, _place(room, ts))
        if not found:
            return None
        value = json.loads(found[0].value)
        return SaidAs(ConversationId(value["conversation"]), value["message_id"], value["text"])

    async def forget(self, room: Room, ts: str) -> None:
        """Forget what a message became."""
        await self._cabinet.remove(SAID, _place(room, ts))

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        before = self._clock.now() - REMEMBERED
        return sum(
            [await self._cabinet.remove(kind, None, before) for kind in (THREAD, CARD_AT, SAID)]
        )

    async def _put(
        self, kind: str, key: str, value: Mapping[str, object], is_new: bool = False
    ) -> bool:
        return await self._cabinet.put(
            Entry(kind, key, json.dumps(value), self._clock.now()), is_new
        )


def _name(target: Target) -> str:
    return f"{target.conversation}:{target.episode}"


def _place(room: Room, ts: str) -> str:
    return f"{room.team}:{room.channel}:{ts}"
