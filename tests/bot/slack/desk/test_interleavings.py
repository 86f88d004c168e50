"""Everybody acts at once, in a random order that a seed gives: what must hold, whatever happens."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.log import Author, Escalation, Event, MessageEnded
from bot.slack.desk import actions, assigning, menu, shortcuts
from bot.slack.desk.apart import Apart
from bot.slack.desk.suggesting import Suggesting
from bot.slack.merged import merged
from bot.slack.target import Place, Target, packed, target_in, value_of
from bot.stores.base import Owner
from channels.errors import ChannelError
from channels.slack.base import Envelope
from channels.slack.bolt import BoltHandler
from channels.slack.envelope import read_request
from tests.bot.humans.watched import watch_of
from tests.bot.slack.desk.scene import CHANNEL, DANA, LEE, NAMES, TEAM, Scene, human, scene
from tests.emulators.slack import Fault, Message
from tests.emulators.slack.events import INTERACTIVE, interaction

pytestmark = pytest.mark.slow

SEEDS = range(12)
ROUNDS, MOST_AT_ONCE, MOST_TRIES = 40, 6, 200
MARK = re.compile(r"\b[mnf]\d+\b")
"""How everything that a human writes is known: `m` is a message, `n` a note, `f` from a form."""


@dataclass
class Play:
    """One random play."""

    scene: Scene
    chance: Random
    written: dict[str, tuple[str, str]] = field(default_factory=dict)
    """`ts` and author, by mark, of what was written under a card."""
    typed: set[str] = field(default_factory=set)
    """Marks of what may have been said by other ways than the thread."""
    turns: dict[str, asyncio.Lock] = field(
        default_factory=lambda: {user: asyncio.Lock() for user in NAMES}
    )
    """A human writes one message after the other."""
    retries: set[asyncio.Task[None]] = field(default_factory=set)
    number: int = 0
    is_broken: bool = False
    """Slack has failed: then a mark may be missing, as the product says."""

    def mark(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def user(self) -> str:
        return self.chance.choice(sorted(NAMES))

    def cards(self) -> list[Message]:
        shown = self.scene.server.messages(TEAM, CHANNEL)
        return [one for one in shown if target_in({"metadata": one.metadata}) is not None]

    def target(self) -> tuple[Target, str]:
        """Return one of the handoffs that have a card, mostly the last, and where the card is."""
        cards = self.cards()
        card = cards[-1] if self.chance.random() < 0.8 else self.chance.choice(cards)
        found = target_in({"metadata": card.metadata})
        assert found is not None
        return found, card.ts

    async def run(self) -> None:
        """Let everything happen, then wait until all is quiet."""
        for _ in range(ROUNDS):
            acts = self.chance.choices(ACTS, WEIGHTS, k=self.chance.randint(1, MOST_AT_ONCE))
            await asyncio.gather(*(self.after_a_while(act) for act in acts))
        self.scene.server.faults.clear()
        for _ in range(20):
            await asyncio.gather(*self.retries)
            self.scene.stage.ahead.by += timedelta(seconds=120)
            await self.scene.outbox.send_due()
            await self.scene.stage.until_idle()

    async def after_a_while(self, act: "Doing") -> None:
        for _ in range(self.chance.randint(0, 40)):
            await asyncio.sleep(0)
        await act(self)

    # What people and the product do

    async def says(self) -> None:
        await self.writes("m", "")

    async def notes(self) -> None:
        await self.writes("n", self.chance.choice([";; ", "note: "]))

    async def writes(self, kind: str, before: str) -> None:
        if not self.cards():
            return
        user, mark, (_, ts) = self.user(), self.mark(kind), self.target()
        async with self.turns[user]:
            text = f"{before}This is {mark}"
            wrote = await self.scene.server.says(TEAM, CHANNEL, user, text, ts)
            self.written[mark] = (wrote, user)

    async def edits(self) -> None:
        if self.written:
            mark = self.chance.choice(list(self.written))
            ts = self.written[mark][0]
            before = ";; " if mark.startswith("n") else ""
            if not self.scene.server.message(TEAM, CHANNEL, ts).is_tombstone:
                text = f"{before}This was {mark}"
                await self.scene.server.edits(TEAM, CHANNEL, ts, text)

    async def deletes(self) -> None:
        if self.written:
            mark = self.chance.choice(list(self.written))
            ts, _ = self.written.pop(mark)
            await self.scene.server.deletes(TEAM, CHANNEL, ts)

    async def presses(self) -> None:
        if self.cards():
            target, ts = self.target()
            action = self.chance.choice(["claim", "claim", "claim", "release", "resolve"])
            await self.press(self.user(), action, value_of(target), ts)

    async def press(self, user: str, action: str, value: str, ts: str) -> None:
        payload: dict[str, Any] = interaction(self.scene.server.state, "block_actions", TEAM, user)
        payload |= {
            "container": {"type": "message", "channel_id": CHANNEL, "message_ts": ts},
            "channel": {"id": CHANNEL},
            "actions": [{"action_id": action, "value": value, "action_ts": self.now()}],
        }
        await self.scene.server.emit(INTERACTIVE, payload, TEAM)

    async def answers(self) -> None:
        """Press one of the buttons under what somebody was asked about his message."""
        user = self.user()
        whispers = self.scene.server.ephemerals(TEAM, CHANNEL, user)
        asked = [one for one in whispers if "claim_send" in json.dumps(one.blocks)]
        if asked:
            button = self.chance.choice(self.chance.choice(asked).blocks[-1]["elements"])
            fields = json.loads(button["value"])
            for mark, (ts, _) in self.written.items():
                self.typed |= {mark} if ts == fields["ts"] else set()
            await self.press(user, button["action_id"], button["value"], fields["thread"])

    async def uses(self) -> None:
        """Send a message, or keep it as a note, by its shortcut."""
        if self.written:
            mark = self.chance.choice(list(self.written))
            callback = self.chance.choice(["send_to_customer", "keep_as_note"])
            self.typed.add(mark)
            ts = self.written[mark][0]
            await self.scene.server.uses_shortcut(TEAM, self.user(), callback, CHANNEL, ts)

    async def submits(self) -> None:
        """Assign to somebody, or send by the form."""
        if not self.cards():
            return
        (target, ts), mark = self.target(), self.mark("f")
        view, answer = self.chance.choice(
            [
                ("assign_view", {"selected_user": self.user()}),
                ("send_view", {"value": f"This is {mark}"}),
                ("note_view", {"value": f"This is {self.mark('n')}"}),
            ]
        )
        state = self.scene.server.state
        payload: dict[str, Any] = interaction(state, "view_submission", TEAM, self.user())
        payload["view"] = {
            "type": "modal",
            "id": f"V{mark}",
            "callback_id": view,
            "private_metadata": packed(Place(target, CHANNEL, ts)),
            "state": {"values": {"field": {"field": answer}}},
        }
        await self.scene.server.emit(INTERACTIVE, payload, TEAM)

    async def asks(self) -> None:
        await self.scene.stage.say("I want to talk to a person")

    async def chats(self) -> None:
        await self.scene.stage.say("Where is my new card?")

    async def repeats(self) -> None:
        """Let Slack send something again that has come."""
        emitted = self.scene.server.emitted
        if emitted:
            await self.scene.server.redeliver(self.chance.choice(emitted), 1)

    async def posts(self) -> None:
        await self.scene.outbox.send_due()

    async def waits(self) -> None:
        """Let time pass, and the ladders be looked at."""
        self.scene.stage.ahead.by += timedelta(seconds=self.chance.choice([1, 40, 200, 700]))
        await watch_of(self.scene.stage).look()

    async def breaks(self) -> None:
        """Let Slack fail for a moment, in one of its ways."""
        kind = self.chance.choice(["rate", "server_error", "lost", "refused"])
        fault = Fault(self.chance.choice(BREAKABLE), kind, times=1, retry_after_s=1)
        self.scene.server.faults.add(fault)
        self.is_broken = True

    def now(self) -> str:
        return self.scene.server.state.ts()


BREAKABLE = (
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "conversations.history",
    "reactions.add",
    "users.info",
    "views.open",
)


Doing = Callable[[Play], Awaitable[None]]
ACTS: Sequence[Doing] = (
    Play.says,
    Play.notes,
    Play.edits,
    Play.deletes,
    Play.presses,
    Play.answers,
    Play.uses,
    Play.submits,
    Play.asks,
    Play.chats,
    Play.repeats,
    Play.posts,
    Play.waits,
    Play.breaks,
)
WEIGHTS = (12, 3, 3, 2, 8, 3, 2, 3, 4, 2, 3, 5, 1, 2)


def hear(play: Play) -> None:
    """Let the whole desk listen; what fails for now comes again, as our queue lets it."""
    parts = play.scene.parts
    rooms = (actions, assigning, menu, shortcuts)
    whole = merged(
        [
            play.scene.messages.listeners(),
            Suggesting(parts).listeners(),
            *(room.listeners(parts) for room in rooms),
        ]
    )
    handler = BoltHandler(Apart(parts).guarded(whole), parts.installations)

    async def until_done(envelope: Envelope) -> None:
        for _ in range(MOST_TRIES):
            try:
                await handler.handle(envelope)
                return
            except ChannelError:
                await asyncio.sleep(0.002)
        raise AssertionError(f"never done: {envelope.id}")

    async def deliver(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
        envelope = read_request(content_type, body)
        assert isinstance(envelope, Envelope)
        trying = asyncio.get_running_loop().create_task(until_done(envelope))
        play.retries.add(trying)
        await asyncio.wait({trying}, timeout=0.02)
        return 200

    play.scene.server.deliver = deliver
    play.scene.server.unix = lambda: play.scene.stage.ahead.now().timestamp()


def floors(events: Sequence[Event]) -> list[tuple[Event, str]]:
    """Return each event with the name of who had the floor when it was written."""
    name, found = "", []
    for event in events:
        if isinstance(event.body, Escalation):
            name = event.body.name if event.body.state == "joined" else ""
        found.append((event, name))
    return found


def said_by_humans(events: Sequence[Event]) -> list[tuple[Event, str, MessageEnded]]:
    return [
        (event, name, event.body)
        for event, name in floors(events)
        if isinstance(event.body, MessageEnded) and event.body.author is Author.HUMAN
    ]


def check_sayings(play: Play, events: Sequence[Event]) -> None:
    """Each message once, by whoever had the floor, no note ever, in the order of the thread."""
    said = said_by_humans(events)
    first: dict[str, str] = {}
    for event, name, body in said:
        [mark] = set(MARK.findall(body.text))
        assert mark[0] != "n", f"a note reached the customer: {body.text}"
        assert first.setdefault(mark, body.message_id) == body.message_id, f"{mark} came twice"
        author = event.cause.split(":")[-1]
        assert NAMES[author] == name, f"{mark} was said by {author} while {name!r} had the floor"
    for user in NAMES:
        ours = [mark for mark in first if play.written.get(mark, ("", ""))[1] == user]
        stamps = [play.written[mark][0] for mark in ours if mark not in play.typed]
        assert stamps == sorted(stamps), f"out of order: {ours}"
    for mark, (ts, _) in play.written.items():
        marks = play.scene.server.message(TEAM, CHANNEL, ts).reactions
        is_marked = "white_check_mark" in marks
        assert mark in first or not is_marked, f"{mark} was not said, and is marked {marks}"
        assert is_marked or play.is_broken or mark not in first, f"{mark} was said, not marked"


async def check_floor(play: Play, events: Sequence[Event]) -> None:
    """The head agrees with the log, and every handoff has one card."""
    head = await play.scene.stage.head()
    name = floors(events)[-1][1] if events else ""
    holder = NAMES.get(head.human.split(":")[-1], "")
    assert (head.owner is Owner.HUMAN) == bool(head.human)
    assert holder == name
    targets = [target_in({"metadata": one.metadata}) for one in play.cards()]
    assert max(Counter(targets).values()) == 1, "a handoff has two cards"
    assert {one.conversation for one in targets if one} == {play.scene.stage.conversation}
    if head.owner is not Owner.BOT:
        assert Target(head.conversation, head.episode) in targets


@pytest.mark.promise("K63", "K65", "K66", "K68", "K85")
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_happens_at_once_each_is_said_once_by_whose_turn_it_is(
    tmp_path: Path, seed: int
) -> None:
    async with scene(tmp_path) as staged:
        play = Play(staged, Random(seed))
        hear(play)
        await staged.queue()
        await play.press(DANA if seed % 2 else LEE, "claim", value_of(staged.target), "")
        await play.run()
        events = await staged.stage.events()

        check_sayings(play, events)
        await check_floor(play, events)
        assert said_by_humans(events)


async def test_a_late_press_of_claim_and_send_holds_nothing_up_when_the_matter_is_over(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as staged:
        await staged.queue()
        await staged.says(DANA, "I will look into it")
        await staged.answers(DANA, "claim_send")
        pressed = [one for one in staged.server.emitted if one.kind == INTERACTIVE][-1]
        handoffs, conversation = staged.stage.handoffs, staged.stage.conversation
        await handoffs.resolve(conversation, human(DANA))
        await staged.stage.say("I want to talk to a person")
        await staged.stage.until_idle()
        await staged.server.redeliver(pressed, 1)
        await staged.says(DANA, "Too late, I know")

        assert staged.failures == []
        assert await staged.said() == ["I will look into it"]
        assert "Too late, I know" in await staged.notes()
