"""Whose turn it is on one line: everything that is decided in a call, without waiting."""

import asyncio
import logging
from typing import assert_never

from bot.bus import Status
from bot.log import Author, Escalation
from bot.privacy.reveal import reveal
from bot.privacy.vault import Vault
from bot.voice.acts import Acts
from bot.voice.answered import Answered
from bot.voice.calls import Leaving
from bot.voice.chores import Chores
from bot.voice.deeds import Deeds
from bot.voice.hearing.keys import Typed
from bot.voice.hearing.languages import Languages
from bot.voice.hearing.wishes import CallsFromIt, Chosen, Contact, Saying, Unfinished, Wishes
from bot.voice.parts import VoiceParts
from bot.voice.speaking.aloud import aloud
from bot.voice.speaking.fillers import Fillers
from bot.voice.speaking.following import Following, Grown
from bot.voice.speaking.heard_up_to import HeardUpTo
from bot.voice.speaking.mouth import Cut, Mouth
from bot.voice.speaking.speaking import JOINED, LEFT, REQUESTED, Hearer, Speaking
from bot.voice.terms import languages_of
from bot.voice.timing.course import Course, Timekeeping
from bot.voice.timing.timings import Timings
from bot.voice.words import Spoken, spoken_text
from channels.voice import base
from channels.voice.turn_taking import Effect, Happened, State
from routing.request import Redacted

log = logging.getLogger("copilot.voice")
SPEAKING, CLIENT, PLAYED, ON = "agentSpeaking", "clientSpeaking", "tokensPlayed", "on"
"""Names and values of `Info`."""
END_ANYWAY_S = 6.0
"""After the words that say that something is broken."""


class Talk:
    """One call on one line.

    Everything that the caller does is decided here and now, without waiting; what the application
    must know of it goes through one queue, in order. One task follows the log and speaks, one
    watches the time.
    """

    def __init__(self, parts: VoiceParts, answered: Answered) -> None:
        self._parts = parts
        self._clock = clock = parts.services.clock
        self._line = answered.line
        head, known = answered.head, answered.known
        self._where = {"conversation": known.conversation, "session": answered.setup.session}
        offered = languages_of(parts.terms, parts.services.tenant.locale)
        self._languages = Languages(offered, known.language)
        self._number = answered.setup.sender
        self._acts = Acts(known.conversation, parts.wait, self._give_up)
        self._deeds = Deeds(parts, known, answered.setup.session)
        self._timings = Timings()
        chars = len(self._deeds.greeting(head.locale))
        standing = answered.standing(chars, clock.monotonic(), parts.manners)
        time = Timekeeping(clock, parts.manners, parts.wait)
        self._course = Course(standing, time, self._do, self._moved)
        self._happen = self._course.happen
        self._mouth = Mouth(answered.line, parts.stream, parts.align)
        self._mouth.locale = head.locale
        self._wishes = Wishes()
        self._speaking = Speaking(self._mouth, self._hearer(answered.vault), self._wishes)
        self._heard_up_to = HeardUpTo(answered.seq)
        services, seq = parts.services, answered.seq
        self._following = Following(services.store, services.bus, known.conversation, seq)
        self._owes_transfer = answered.is_queued and parts.terms.transfer is not None
        self._typed = Typed()
        self._text = ""
        self._heard: str | None = None
        self._leaving = Leaving.NOT
        self._fillers = Fillers(parts.terms.fillers)
        self._has_stopped = self._is_gone = self._is_broken = False
        self._chores = Chores(self._broke, self._where)

    def start(self) -> None:
        """Begin to follow the log, and the time."""
        self._chores.begin(self._follow())
        after_s = self._parts.terms.keys_after_s
        watching = self._course.watch(lambda: self._typed.due_at(after_s), self._finish_keys)
        self._chores.begin(watching)

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
                # It belongs to what was cut now, if anything was, and to nothing later.
                self._heard = None
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
        if self._has_stopped:
            return
        state = self._course.state
        self._has_stopped = state not in (State.LISTENING, State.WITH_HUMAN)
        if state in (State.THINKING, State.SPEAKING):
            self._acts.add(self._deeds.stop)
        if self._has_stopped:
            for cut in self._mouth.unheard(self._clock.monotonic()):
                self._keep_heard(cut)

    async def end(self) -> None:
        """End with the line: what was done is written, nothing more is said."""
        self._is_gone = True
        await self._chores.end()
        self._finish_turn()
        seq = self._heard_up_to.at(self._is_quiet)
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

    def _hearer(self, vault: Vault) -> Hearer:
        can_transfer = self._parts.terms.transfer is not None
        return Hearer(
            happen=self._happen,
            sent=self._sent,
            escalated=self._escalated,
            went_on=self._went_on,
            ended=self._ended,
            shown=lambda text: aloud(reveal(text, vault), self._mouth.locale, can_transfer),
            offered=lambda: self._tell(Spoken.CHOICES),
        )

    def _moved(self, before: State, after: State) -> None:
        if after in (State.LISTENING, State.WITH_HUMAN):
            self._finish_turn()
        if before is State.THINKING and after is State.TAIL:
            # There was no answer, but maybe a filler: the talk cycle ends all the same.
            self._mouth.owes_last = True
            self._mouth.close()
        if before is State.ENDING and after is not State.ENDING:
            self._leaving = Leaving.NOT

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
        self._switch(lang, text)
        for locale in dict.fromkeys((self._mouth.locale, self._languages.spoken_in(lang))):
            text = self._parts.with_digits(text, locale)
        match self._wishes.meant(text.strip(), self._mouth.locale):
            case Saying(text=""):
                self._happen(Happened.STIRRED)
            case Saying(text=said_text):
                self._text = said_text
                self._happen(Happened.SPOKE)
            case Chosen(id=choice):
                self._listen_on()
                self._acts.add(lambda: self._deeds.choose(choice), is_vital=True)
            case Contact(text=contact):
                self._note_contact(contact)
            case CallsFromIt() if self._number.startswith("+"):
                self._note_contact(self._number)
            case CallsFromIt():
                self._text = text
                self._happen(Happened.SPOKE)
            case Unfinished():
                self._happen(Happened.STIRRED)
            case _ as never:
                assert_never(never)

    def _note_contact(self, contact: str) -> None:
        """Take how the caller can be reached, and tell him so."""
        self._listen_on()
        self._acts.add(lambda: self._deeds.leave_contact(contact), is_vital=True)
        self._tell(Spoken.CONTACT_NOTED)

    def _listen_on(self) -> None:
        """The caller has said something that no answer of the bot follows."""
        self._happen(Happened.CUT_IN if self._mouth.is_open else Happened.STIRRED)

    def _accept(self) -> None:
        """Give the application what was said; whatever was said before stands before it."""
        self._mouth.forget()
        self._finish_turn(says_more=True)
        self._fillers.begin()
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
        self._timings.cut(cut.message_id, self._clock.monotonic())
        self._acts.add(lambda: self._deeds.interrupted(cut))

    def _ended(self, message_id: str) -> None:
        took_s = self._timings.yielded(message_id, self._clock.monotonic())
        if took_s is not None:
            self._parts.services.metrics.voice_yield.observe(took_s)

    def _went_on(self) -> None:
        """What the caller has said is in the log, and whatever is being said answers less."""
        if self._mouth.open_message():
            self._truncate()
        self._timings.overtaken()
        if self._course.state in (State.LISTENING, State.SPEAKING, State.TAIL):
            self._course.go_on()

    def _fill(self) -> None:
        text = self._fillers.following(self._mouth.locale)
        self._timings.filled()
        self._mouth.fill(text)
        self._course.filled(len(text))

    def _tell(self, spoken: Spoken) -> None:
        """Say a fixed text of ours that nothing else has led to."""
        self._say(spoken)
        self._happen(Happened.TOLD)

    def _say(self, spoken: Spoken) -> None:
        """Say a fixed text of ours, and write down that it was said."""
        text = self._utter(spoken)
        self._acts.add(lambda: self._deeds.note(spoken, text))

    def _utter(self, spoken: Spoken) -> Redacted:
        text = spoken_text(spoken, self._mouth.locale)
        self._sent(self._mouth.tell(text), Author.SYSTEM)
        self._mouth.close()
        return text

    def _sent(self, token: str, author: Author) -> None:
        self._mouth.plays_until(self._course.sent(len(token)))
        if author is Author.BOT:
            self._timings.began(self._clock.monotonic())

    def _switch(self, lang: str, text: str) -> None:
        """Speak the caller's language from the next word on, if it is one of ours."""
        language = self._languages.heard(lang, text)
        if language is not None:
            self._mouth.locale = language
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
        if self._wishes.typed(typed.digits):
            self._note_contact(typed.digits)
            return
        if self._course.state is State.SPEAKING or self._mouth.open_message():
            self._happen(Happened.CUT_IN)
        locale = self._mouth.locale
        self._happen(Happened.SPOKE)
        number = self._timings.begin(now)
        self._acts.add(lambda: self._deeds.typed(number, typed.digits, locale), is_vital=True)

    def _told(self, info: base.Info) -> None:
        is_on = info.value == ON
        if info.name == SPEAKING:
            self._course.spoke_on(is_on)
        elif info.name == CLIENT and is_on:
            self._happen(Happened.STIRRED)
        elif info.name == PLAYED:
            self._mouth.played(info.value)

    def _escalated(self, escalation: Escalation) -> None:
        match escalation.state:
            case state if state == REQUESTED and self._parts.terms.transfer is not None:
                self._leaving = Leaving.TRANSFER
                self._happen(Happened.LEAVES)
            case state if state == REQUESTED:
                self._course.wait_for_human(True)
            case state if state == JOINED:
                self._course.wait_for_human(True)
                self._happen(Happened.HUMAN_CAME)
            case state if state == LEFT:
                self._course.wait_for_human(False)
                self._happen(Happened.HUMAN_LEFT)
            case _:
                pass

    def _give_up(self) -> None:
        """The application cannot be reached: say so, and let a human have the call, if any."""
        if self._is_gone or self._course.state is State.ENDING:
            return
        can_transfer = self._parts.terms.transfer is not None
        self._leaving = Leaving.TRANSFER if can_transfer else Leaving.GOODBYE
        # Not written down: that may be what does not work.
        self._utter(Spoken.TROUBLE)
        self._happen(Happened.LEAVES)

    def _broke(self) -> None:
        """A task of ours has failed, maybe the one that would end the call."""
        self._give_up()
        if not self._is_broken:
            self._is_broken = True
            self._chores.begin(self._end_anyway())

    async def _end_anyway(self) -> None:
        await self._parts.wait(asyncio.Event(), END_ANYWAY_S)
        self._do(Effect.END)

    async def _follow(self) -> None:
        async for grown in self._following:
            self._grow(grown)

    def _grow(self, grown: Grown) -> None:
        if grown.events:
            self._heard_up_to.grow(grown.events[-1].seq, self._is_quiet)
        self._speaking.take(grown.events)
        if not grown.events and self._owes_transfer:
            self._transfer()
        if not self._mouth.is_open and self._course.state is not State.THINKING:
            self._mouth.close()
        if grown.status is not None:
            self._course.worked(grown.status.status is not Status.IDLE)
        self._course.look()

    def _transfer(self) -> None:
        """The line was lost on the way to a human, and nothing that is in the log says so again."""
        self._owes_transfer = False
        if self._course.state is not State.ENDING:
            self._say(Spoken.PUTTING_THROUGH)
            self._leaving = Leaving.TRANSFER
            self._happen(Happened.LEAVES)

    @property
    def _is_quiet(self) -> bool:
        is_idle = self._course.state in (State.LISTENING, State.WITH_HUMAN)
        return is_idle and self._course.is_quiet and not self._mouth.is_open

    def _finish_turn(self, says_more: bool = False) -> None:
        """Keep the times of a turn that is over."""
        timing = self._timings.end(says_more)
        if timing is not None:
            if timing.first_token_s is not None:
                self._parts.services.metrics.voice_first_token.observe(timing.first_token_s)
            self._acts.add(lambda: self._deeds.keep(timing))
