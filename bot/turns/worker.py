"""The one task of an active conversation: reads its mail, asks the state machine, does as told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from bot.bus import (
    AskedForHuman,
    FloorMoved,
    HeardOnly,
    IsTyping,
    Letter,
    PressedStop,
    Spoke,
    TurnEnded,
    Woken,
)
from bot.humans.escalation import Reason
from bot.services import Services
from bot.stores.base import EventsOfType, Head, HeadOf, Owner, Write
from bot.transcript import BUBBLE_TYPES, open_message
from bot.turns.conversation import (
    BUSY,
    MOST_MERGES,
    Conversation,
    Effect,
    Happened,
    State,
    step,
    stopped_typing,
)
from bot.turns.ending import Outcome
from bot.turns.interruption import keep_heard
from bot.turns.turn import Turn
from channels.base import ConversationId

LOOK_EVERY_S = 60.0
"""A wait for the end of a turn looks up this often, although a letter will come."""
MOST_EVENTS = 400
"""How far back an unfinished message is looked for."""
HandOver = Callable[[ConversationId, Reason], Awaitable[None]]


class Worker:
    """Owns a conversation from the first letter until there is nothing left to do."""

    def __init__(
        self, services: Services, conversation: ConversationId, hand_over: HandOver
    ) -> None:
        self._services = services
        self._id = conversation
        self._hand_over = hand_over
        self._machine = Conversation()
        self._pace = services.tenant.pace
        self._fence = 0
        self._turn: Turn | None = None
        self._task: asyncio.Task[Outcome] | None = None
        self._reopen: str | None = None
        self._answered_seq = 0
        self._reason = Reason.BUTTON
        self.is_draining = False
        """Set from outside: begin no turn, leave as soon as the running one is over."""
        self.has_let_go = False
        """True once the mailbox was empty and given up: another owner may exist already."""

    async def run(self) -> None:
        """Work until the mailbox is empty and nothing is going on.

        Raises:
            StaleFence: another process has taken the conversation; nothing more was written.
            StoreFailed: the disk failed.
        """
        try:
            await self._begin()
            while not (self.is_draining and self._machine.state not in BUSY):
                letters = await self._services.bus.receive(self._id, self._patience_s())
                for letter in letters:
                    await self._take(letter)
                if self._is_quiet():
                    await self._happen(Happened.QUIET_CAME)
                elif not letters and self._patience_s() is None:
                    self.has_let_go = True
                    return
        finally:
            if self._task is not None and not self._task.done():
                self._task.cancel()
                await asyncio.wait((self._task,))

    async def _begin(self) -> None:
        """Take the fence, and go on from where the log says the conversation stands."""
        write = Write(self._id, self._services.clock.now(), take_fence=True)
        head = (await self._services.scribe.write(write)).head
        self._fence = head.fence
        self._pace = self._services.tenant.pace.on(head.channel)
        self._answered_seq = head.answered_seq
        state = State.WITH_HUMAN if head.owner is Owner.HUMAN else State.IDLE
        self._machine = Conversation(state=state, turn=head.turn)
        if state is State.IDLE and head.asked_seq > head.answered_seq:
            events = await self._services.store.find(
                EventsOfType(self._id, BUBBLE_TYPES, MOST_EVENTS)
            )
            left = open_message(events)
            self._reopen = left.message_id if left else None
            await self._happen(Happened.SPOKE)

    def _patience_s(self) -> float | None:
        """How long to wait for a letter; None when there is nothing to wait for."""
        if self._machine.quiet_at is not None:
            return max(0.0, self._machine.quiet_at - self._services.clock.monotonic())
        return LOOK_EVERY_S if self._machine.state in BUSY else None

    def _is_quiet(self) -> bool:
        quiet_at = self._machine.quiet_at
        return quiet_at is not None and self._services.clock.monotonic() >= quiet_at

    async def _take(self, letter: Letter) -> None:
        if self._machine.state is State.THINKING and self._turn and self._turn.is_visible:
            await self._happen(Happened.TURN_SPOKE)
        match letter:
            case Spoke(seq=seq):
                covered = self._turn.covers_seq if self._turn is not None else 0
                if seq > max(covered, self._answered_seq):
                    await self._happen(Happened.SPOKE)
            case IsTyping(is_on=True):
                await self._happen(Happened.TYPED)
            case IsTyping():
                now = self._services.clock.monotonic()
                self._machine = stopped_typing(self._machine, now, self._pace)
            case PressedStop():
                await self._happen(Happened.PRESSED_STOP)
            case HeardOnly(message_id=message_id):
                # A late interruption of an earlier message does not stop what answers the next one.
                if self._turn is not None and self._turn.message_id == message_id:
                    await self._happen(Happened.PRESSED_STOP)
                await keep_heard(self._services, await self._head(), self._fence, letter)
            case AskedForHuman(reason=reason):
                self._reason = Reason(reason)
                await self._happen(Happened.ASKED_FOR_HUMAN)
            case FloorMoved():
                await self._look_at_floor()
            case TurnEnded(turn=turn):
                await self._turn_ended(turn)
            case Woken():
                pass
            case _:
                assert_never(letter)

    async def _happen(self, happened: Happened) -> None:
        now = self._services.clock.monotonic()
        self._machine, effects = step(self._machine, happened, now, self._pace)
        for effect in effects:
            await self._do(effect)

    async def _do(self, effect: Effect) -> None:
        match effect:
            case Effect.WAIT | Effect.WAIT_LONGER:
                pass
            case Effect.START_TURN:
                await self._start_turn()
            case Effect.CANCEL_TURN:
                if self._turn is not None:
                    self._turn.cancel()
                await self._finish_turn()
            case Effect.STOP_TURN:
                if self._turn is not None:
                    self._turn.stop()
                await self._finish_turn()
            case Effect.FINISH_SENTENCE:
                if self._turn is not None:
                    self._turn.finish_sentence()
            case Effect.HAND_OVER:
                await self._hand_over(self._id, self._reason)
                self._answered_seq = (await self._head()).answered_seq
            case _:
                assert_never(effect)

    async def _start_turn(self) -> None:
        head = await self._head()
        yields = self._machine.merges < MOST_MERGES
        self._turn = Turn(self._services, head, self._machine.turn, self._reopen, yields)
        self._reopen = None
        self._task = asyncio.get_running_loop().create_task(self._run(self._turn))

    async def _run(self, turn: Turn) -> Outcome:
        try:
            return await turn.run()
        finally:
            await self._services.bus.submit(self._id, TurnEnded(turn.number))

    async def _finish_turn(self) -> None:
        """Wait for the end of a turn that was told to end; its failure is the worker's."""
        if self._task is not None:
            task, self._task = self._task, None
            await task
            self._answered_seq = max(self._answered_seq, (await self._head()).answered_seq)

    async def _turn_ended(self, number: int) -> None:
        if number != self._machine.turn:
            return
        await self._finish_turn()
        if self._machine.state in BUSY:
            await self._happen(Happened.TURN_ENDED)

    async def _look_at_floor(self) -> None:
        head = await self._head()
        if head.owner is Owner.HUMAN:
            await self._happen(Happened.HUMAN_JOINED)
            return
        await self._happen(Happened.HUMAN_LEFT)
        if self._machine.state is State.IDLE and head.asked_seq > head.answered_seq:
            await self._happen(Happened.SPOKE)

    async def _head(self) -> Head:
        """Return the head as it is now: after any slow step the truth is read again."""
        head = (await self._services.store.find(HeadOf(self._id)))[0]
        return head
