"""Brings the log of one conversation out by SMS, in order and once."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from bot.log import Event
from bot.outlets.ledger import MOST_READ
from bot.privacy.reveal import reveal
from bot.sms.ledger import Letter, Reached
from bot.sms.parts import Nudge, SmsParts
from bot.sms.rows import AGAIN_SUFFIX, OVER, Row, State
from bot.sms.sayings import told_of
from bot.sms.sender import Part, Sender
from bot.sms.telling import FILES_LEFT_OUT, tell_desk
from bot.sms.words import words_for
from bot.stores.base import EventsAfter, HeadOf
from channels.base import ConversationId
from channels.sms.pack import pack
from channels.sms.plain import plain


class Courier:
    """Works until everything in the log is out, or nothing more can be brought out now.

    A message is begun when the one before it is at Twilio's, or never will be.
    """

    def __init__(self, parts: SmsParts, conversation: ConversationId) -> None:
        self._parts = parts
        self._id = conversation
        self._nudge = Nudge(parts.time)
        self._sender = Sender(parts, self._nudge, lambda: self.is_draining)
        self._again: deque[Row] = deque()
        self._is_woken = True
        self.is_draining = False
        """Set from outside: begin nothing more."""

    @property
    def has_more(self) -> bool:
        """Whether it was woken after it had looked for the last time."""
        return self._is_woken

    def wake(self) -> None:
        """Say that something has changed: the log, the consent, or what Twilio says."""
        self._is_woken = True
        self._nudge.set()

    def again(self, row: Row) -> None:
        """Have a message that did not arrive sent once more."""
        if all(one.id != row.id for one in self._again):
            self._again.append(row)
        self.wake()

    async def run(self) -> None:
        """Bring out what is there and what comes.

        Raises:
            StoreFailed: the disk failed.
        """
        while self._is_woken and not self.is_draining:
            self._is_woken = False
            await self._send_again()
            await self._bring_out()

    async def _send_again(self) -> None:
        while self._again and not self.is_draining:
            row = self._again.popleft()
            part = Part(f"{row.id}{AGAIN_SUFFIX}", self._id, row.body)
            sent = await self._sender.send(part)
            if sent.state in OVER:
                await self._parts.rows.settle(row.id)

    async def _bring_out(self) -> None:
        ledger = self._parts.ledger
        reached = await ledger.standing(self._parts.services.store, self._id)
        while not self.is_draining:
            if reached.letter is None:
                following = await self._read_on(reached)
                if following is None:
                    return
                reached = following
            elif await self._is_out(reached, reached.letter):
                reached = Reached(reached.letter.through)
                await ledger.keep(self._id, reached)
            else:
                return

    async def _read_on(self, reached: Reached) -> Reached | None:
        """Return what is to be said next, already in the ledger; None when the log ends."""
        services = self._parts.services
        seq = reached.seq
        while events := await services.store.find(EventsAfter(self._id, seq, MOST_READ)):
            letter = await self._letter(events)
            seq = events[-1].seq if letter is None else letter.through
            if letter is not None and letter.parts:
                following = Reached(reached.seq, letter)
                await self._parts.ledger.keep(self._id, following)
                return following
        if seq > reached.seq:
            await self._parts.ledger.keep(self._id, Reached(seq))
        return None

    async def _letter(self, events: Sequence[Event]) -> Letter | None:
        services, terms = self._parts.services, self._parts.terms
        head = (await services.store.find(HeadOf(self._id)))[0]
        vault = await services.vaults.of(self._id)
        told = told_of(events, words_for(head.locale), lambda text: reveal(text, vault))
        if told is None:
            return None
        if told.has_files:
            await tell_desk(services, self._id, f"sms-files-{told.first}", FILES_LEFT_OUT)
        text = plain(told.text)
        parts = pack(text, most_segments=terms.most_segments or None) if text.strip() else ()
        return Letter(told.first, told.through, parts)

    async def _is_out(self, reached: Reached, letter: Letter) -> bool:
        """Send what is left of a letter; return whether there is nothing more to do about it."""
        for number in range(letter.out, len(letter.parts)):
            if number > letter.out:
                on = replace(reached, letter=replace(letter, out=number))
                await self._parts.ledger.keep(self._id, on)
            part = Part(f"{self._id}-{letter.first}-{number}", self._id, letter.parts[number])
            row = await self._sender.send(part)
            if row.state not in OVER:
                return False
            if row.state is not State.SENT:
                await self._leave(letter, number + 1)
                return True
        return True

    async def _leave(self, letter: Letter, number: int) -> None:
        """Cancel the rest of a letter of which something was not taken: half of it misleads."""
        for index, body in enumerate(letter.parts[number:], number):
            row_id = f"{self._id}-{letter.first}-{index}"
            if await self._parts.rows.of(row_id) is None:
                row = Row(row_id, self._id, body, since=self._parts.now())
                await self._parts.rows.put(replace(row, state=State.CANCELLED))
