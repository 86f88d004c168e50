"""Whose turn it is on one line: everything that is decided in a call, without waiting."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, assert_never

from bot.bus import Status
from bot.log import Author, Escalation
from bot.privacy.reveal import reveal
from bot.privacy.vault import Vault
from bot.stores.base import Head, Owner
from bot.voice.acts import Acts
from bot.voice.calls import Known, Leaving
from bot.voice.deeds import Deeds
from bot.voice.following import Following, Grown
from bot.voice.keys import Typed
from bot.voice.mouth import Cut, Mouth
from bot.voice.parts import VoiceParts
from bot.voice.speaking import JOINED, LEFT, REQUESTED, Hearer, Speaking
from bot.voice.terms import languages_of, nearest
from bot.voice.timings import Timings
from bot.voice.words import FILLERS, Spoken, answer_to_offer, spoken_language, spoken_text
from channels.voice import base
from channels.voice.turn_taking import (
    Call,
    Effect,
    Happened,
    State,
    due,
    filled,
    said,
    spoke_on,
    step,
    worked,
)

log = logging.getLogger("copilot.voice")
LOOK_S = 3600.0
SPEAKING, CLIENT, ON = "agentSpeaking", "clientSpeaking", "on"
"""Names and values of `Info`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that was answered on a socket."""

    setup: base.Setup
    known: Known
    head: Head
    vault: Vault
    line: base.Line
    is_first: bool
    """The caller has just been greeted; else he goes on where the line was lost."""


class Talk:
    """One call on one line.

    Everything that the caller does is decided here and now, without waiting; what the application
    must know of it goes through one queue, in order. One task follows the log and speaks, one
    watches the time.
    """

    def __init__(self, parts: VoiceParts, answered: Answered) -> None:
        self._parts = parts
        self._clock = parts.services.clock
        self._manners = parts.manners
        self._line = answered.line
        head, known, vault = answered.head, answered.known, answered.vault
        self._where = {"conversation": known.conversation, "session": answered.setup.session}
        self._language = known.language
        self._languages = languages_of(parts.terms, parts.services.tenant.locale)
        self._mouth = Mouth(answered.line, parts.stream, parts.align)
        self._mouth.locale = head.locale
        hearer = Hearer(
            happen=self._happen,
            sent=self._sent,
            escalated=self._escalated,
            overtaken=self._overtaken,
            shown=lambda text: reveal(text, vault),
        )
        self._speaking = Speaking(self._mouth, hearer)
        self._acts = Acts(known.conversation, parts.wait, self._give_up)
        self._deeds = Deeds(parts, known, answered.setup.session)
        self._timings = Timings()
        is_first = answered.is_first
        seq = head.head_seq if is_first else max(known.heard_up_to, head.asked_seq)
        self._settled_seq = seq
        services = parts.services
        self._following = Following(services.store, services.bus, known.conversation, seq)
        self._machine = self._standing(head, is_first)
        self._typed = Typed()
        self._text = ""
        self._heard: str | None = None
        self._leaving = Leaving.NOT
        self._fillers = 0
        self._has_stopped = False
        self._is_gone = False
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to follow the log, and the time."""
        self._keep(self._follow())
        self._keep(self._watch_time())

    def heard(self, event: base.Heard) -> None:
        """Take what was heard; never waits."""
        match event:
            case base.Prompt(is_last=False):
                self._happen(Happened.STIRRED)
            case base.Prompt(text=text, lang=lang):
                self._finish_keys(is_forced=True)
                self._spoke(text, lang)
            case base.Interrupted(heard=heard):
                self._heard = heard
                self._happen(Happened.CUT_IN)
            case base.Dtmf(digit=digit):
                self._typed = self._typed.pressed(digit, self._clock.monotonic())
                self._happen(Happened.STIRRED)
                self._finish_keys()
            case base.RelayError(code=code):
                log.warning("voice.relay_error", extra={"code": code, **self._where})
            case base.Info():
                self._told(event)
            case base.Closed():
                pass
            case _:
                assert_never(event)

    @property
    def is_leaving(self) -> bool:
        """Whether we end this, not the caller."""
        return self._leaving is not Leaving.NOT

    def hung_up(self) -> None:
        """The caller has hung up: what is being thought or said is of no use. Once."""
        if not self._has_stopped and self._machine.state in (State.THINKING, State.SPEAKING):
            self._has_stopped = True
            self._acts.add(self._deeds.stop)

    async def end(self) -> None:
        """End with the line: what was done is written, nothing more is said."""
        self._is_gone = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        settled = self._machine.state is State.LISTENING
        seq = self._following.seq if settled else self._settled_seq
        self._acts.add(lambda: self._deeds.lost_at(seq))
        self._acts.add(lambda: self._deeds.sum_up(self._timings.all()))
        await self._acts.finish()

    async def leave(self, code: int) -> None:
        """Let the next process have the call: the vendor asks for another relay at once.

        Raises:
            StoreFailed: the disk failed.
        """
        self._leaving = Leaving.RESTART
        await self._deeds.leave(Leaving.RESTART)
        await self._line.close(code)

    def _happen(self, happened: Happened) -> None:
        before = self._machine.state
        self._machine, effects = step(self._machine, happened, self._clock.monotonic())
        for effect in effects:
            self._do(effect)
        after = self._machine.state
        if before is not State.LISTENING and after is State.LISTENING:
            self._settled_seq = self._following.seq
        if before is State.ENDING and after is not State.ENDING:
            self._leaving = Leaving.NOT
        self._changed.set()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Effect.TRUNCATE:
                self._truncate()
            case Effect.ACCEPT:
                self._accept()
            case Effect.FILL:
                self._fill()
            case Effect.ASK_AGAIN:
                self._say(Spoken.STILL_THERE)
            case Effect.ASK_TO_HOLD:
                self._say(Spoken.HOLD)
            case Effect.SAY_GOODBYE:
                self._leaving = Leaving.GOODBYE
                self._say(Spoken.GOODBYE)
            case Effect.END:
                leaving = self._leaving
                self._acts.add(lambda: self._deeds.end(self._line, leaving))
            case _:
                assert_never(effect)

    def _spoke(self, text: str, lang: str) -> None:
        """Take a whole sentence of the caller."""
        self._switch(lang)
        text = self._parts.with_digits(text, self._mouth.locale).strip()
        if not text:
            self._happen(Happened.STIRRED)
            return
        choice = self._choice(text)
        if choice is not None:
            self._happen(Happened.CUT_IN if self._mouth.is_open else Happened.STIRRED)
            self._acts.add(lambda: self._deeds.choose(choice), is_vital=True)
            return
        self._text = text
        self._happen(Happened.SPOKE)

    def _accept(self) -> None:
        """Give the application what was said; whatever was said before stands before it."""
        self._mouth.forget()
        self._finish_turn()
        self._fillers = 0
        text, self._text = self._text, ""
        if text:
            number = self._timings.begin(self._clock.monotonic())
            self._acts.add(lambda: self._deeds.said(number, text), is_vital=True)

    def _truncate(self) -> None:
        """Fall silent at once; the log will say what was heard, and no more."""
        heard, self._heard = self._heard, None
        now = self._clock.monotonic()
        for cut in self._mouth.cut(heard, now):
            self._keep_heard(cut)

    def _keep_heard(self, cut: Cut) -> None:
        self._timings.cut()
        self._acts.add(lambda: self._deeds.interrupted(cut))

    def _overtaken(self) -> None:
        """The caller spoke just before the first word of an answer to what he said earlier."""
        if self._machine.state is State.SPEAKING:
            self._happen(Happened.CUT_IN)
            self._machine, _ = step(self._machine, Happened.SPOKE, self._clock.monotonic())
        else:
            self._truncate()

    def _choice(self, text: str) -> str | None:
        """Return what the caller has chosen of what he was offered; None if it is no answer."""
        offered = self._speaking.offered
        said_yes = answer_to_offer(text, self._mouth.locale) if len(offered) == 2 else None
        if said_yes is None:
            return None
        self._speaking.offered = ()
        return offered[0].id if said_yes else offered[1].id

    def _fill(self) -> None:
        language = spoken_language(self._mouth.locale)
        texts = self._parts.terms.fillers.get(language) or FILLERS[language]
        text = texts[self._fillers % len(texts)]
        self._fillers += 1
        self._timings.filled()
        self._mouth.fill(text)
        self._machine = filled(self._machine, len(text), self._clock.monotonic(), self._manners)

    def _say(self, spoken: Spoken) -> None:
        """Say a fixed text of ours, and write down that it was said."""
        text = spoken_text(spoken, self._mouth.locale)
        token = self._mouth.tell(text)
        self._sent(token, Author.SYSTEM)
        self._mouth.close()
        self._acts.add(lambda: self._deeds.note(spoken, text))

    def _sent(self, token: str, author: Author) -> None:
        now = self._clock.monotonic()
        self._machine = said(self._machine, len(token), now, self._manners)
        self._mouth.plays_until(self._machine.firm_until)
        if author is Author.BOT:
            self._timings.began(now)

    def _switch(self, lang: str) -> None:
        """Speak the caller's language from the next word on, if it is one of ours."""
        language = nearest(lang, self._languages)
        if language is None or language == self._language:
            return
        self._language = self._mouth.locale = language
        self._mouth.switch(language)
        self._acts.add(lambda: self._deeds.switch(language))

    def _finish_keys(self, is_forced: bool = False) -> None:
        """Take what was typed as said, once it is complete."""
        typed, now = self._typed, self._clock.monotonic()
        is_complete = typed.is_complete(now, self._parts.terms.keys_after_s)
        if not is_complete and not (is_forced and typed.keys):
            return
        self._typed = Typed()
        if not typed.digits:
            return
        if self._machine.state is State.SPEAKING or self._mouth.open_message():
            self._happen(Happened.CUT_IN)
        locale = self._mouth.locale
        self._happen(Happened.SPOKE)
        number = self._timings.begin(now)
        self._acts.add(lambda: self._deeds.typed(number, typed.digits, locale), is_vital=True)

    def _told(self, info: base.Info) -> None:
        now, is_on = self._clock.monotonic(), info.value == ON
        if info.name == SPEAKING:
            self._machine = spoke_on(self._machine, is_on, now)
            self._changed.set()
        elif info.name == CLIENT and is_on:
            self._happen(Happened.STIRRED)

    def _escalated(self, escalation: Escalation) -> None:
        match escalation.state:
            case state if state == REQUESTED and self._parts.terms.transfer is not None:
                self._leaving = Leaving.TRANSFER
                self._happen(Happened.LEAVES)
            case state if state == REQUESTED:
                self._machine = replace(self._machine, is_waiting=True)
            case state if state == JOINED:
                self._machine = replace(self._machine, is_waiting=True)
                self._happen(Happened.HUMAN_CAME)
            case state if state == LEFT:
                self._machine = replace(self._machine, is_waiting=False)
                self._happen(Happened.HUMAN_LEFT)
            case _:
                pass

    def _give_up(self) -> None:
        """The application cannot be reached: say so, and let a human have the call, if any."""
        if self._is_gone or self._machine.state is State.ENDING:
            return
        can_transfer = self._parts.terms.transfer is not None
        self._leaving = Leaving.TRANSFER if can_transfer else Leaving.GOODBYE
        text = spoken_text(Spoken.TROUBLE, self._mouth.locale)
        self._sent(self._mouth.tell(text), Author.SYSTEM)
        self._mouth.close()
        self._happen(Happened.LEAVES)

    async def _follow(self) -> None:
        async for grown in self._following:
            self._grow(grown)

    def _grow(self, grown: Grown) -> None:
        self._speaking.take(grown.events)
        if not self._mouth.is_open and self._machine.state is not State.THINKING:
            self._mouth.close()
            self._finish_turn()
        if grown.status is not None:
            is_working = grown.status.status is not Status.IDLE
            self._machine = worked(self._machine, is_working, self._clock.monotonic())
        self._changed.set()

    def _finish_turn(self) -> None:
        """Keep the times of a turn that is over."""
        timing = self._timings.end()
        if timing is not None:
            self._acts.add(lambda: self._deeds.keep(timing))

    async def _watch_time(self) -> None:
        while not self._machine.is_over:
            self._changed.clear()
            next_up = due(self._machine, self._manners)
            now = self._clock.monotonic()
            keys_at = self._typed.last_at + self._parts.terms.keys_after_s
            at = LOOK_S + now if next_up is None else next_up[0]
            at = min(at, keys_at) if self._typed.keys else at
            if at > now and await self._parts.wait(self._changed, at - now):
                continue
            self._finish_keys()
            next_up, now = due(self._machine, self._manners), self._clock.monotonic()
            if next_up is not None and next_up[0] <= now:
                self._happen(next_up[1])

    def _standing(self, head: Head, is_first: bool) -> Call:
        """Return where the call stands when it is answered."""
        now = self._clock.monotonic()
        call = Call(asked_at=now, is_waiting=head.owner is not Owner.BOT)
        if head.owner is Owner.HUMAN:
            return replace(call, state=State.WITH_HUMAN)
        if is_first:
            chars = len(self._deeds.greeting(head.locale))
            return replace(said(call, chars, now, self._manners), state=State.TAIL)
        is_owed = head.asked_seq > head.answered_seq
        return replace(call, state=State.THINKING if is_owed else State.LISTENING)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Leave nobody in silence because of a defect of ours."""
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            log.error("voice.task_failed", extra={"class": type(failure).__name__, **self._where})
            self._give_up()
