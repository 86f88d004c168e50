"""One turn: from the burst to the end of the reply, with everything that is kept of it."""

import asyncio
from dataclasses import replace
from functools import cache, partial
from typing import assert_never

from bot.bus import Status, StatusShown
from bot.errors import StaleQuestion, StaleWrite
from bot.fixed.texts import Said, text_for
from bot.humans.escalation import OFFER_FOR, Reason
from bot.humans.handoff_words import form_if_closed, told
from bot.humans.parcels import answer_line, escalated, made_urgent, spoken
from bot.log import Author, Body, Choice, ChoicesOffered, Citation, Notice
from bot.services import Services
from bot.stores.base import Draft, Head, HeadChange, Owner, Parcel, Write
from bot.transcript import normalised
from bot.turns.brief import DECLINE_HUMAN, Brief, about, brief_for
from bot.turns.ending import Ending, FixedPath, Heard, Outcome, Then, ending_after, ending_by_rule
from bot.turns.journal import Along, Journal, Place
from bot.turns.medium import fits_on
from bot.turns.records import decision_record, gap_record, turn_audits, turn_record
from bot.turns.reply import has_failed_tool, is_left_open, reply_to
from bot.turns.speech import Speech, Spoken
from bot.waiting import is_set_within
from bot.watch.watching import TurnEnded
from routing.cache.run import CachedRun
from routing.decision import Attempt, Purpose
from routing.errors import FailureKind
from routing.progress import Exhausted
from routing.reply import Reply
from routing.watching.events import ANSWERING

LEASE_S = 4.0
"""Typing is renewed this often, within the 6 s that a screen keeps it."""


class Turn:
    """Answers one burst."""

    def __init__(
        self,
        services: Services,
        head: Head,
        number: int,
        reopen: str | None = None,
        yields: bool = True,
    ) -> None:
        """Begin nothing yet; who `yields` shows nothing to a customer who has said more."""
        self.number = number
        self.covers_seq = 0
        """Seq of the last customer message that it answers; 0 until it has read the log."""
        self._services = services
        self._head = head
        self._reopen = reopen
        self._yields = yields
        self._began_at = 0.0
        self._cut: Outcome | None = None
        self._work: asyncio.Task[Spoken | None] | None = None
        self._speech: Speech | None = None
        self._run: Reply | None = None
        self._beside: tuple[Attempt, ...] = ()
        self._unclaimed: tuple[Attempt, ...] = ()
        self._shown: Journal | None = None

    @property
    def is_visible(self) -> bool:
        """True once the customer may have seen some of the reply."""
        return self._shown is not None and self._shown.visible.is_set()

    @property
    def message_id(self) -> str:
        """The message that the reply is written in; empty until it is known."""
        return "" if self._shown is None else self._shown.message_id

    def finish_sentence(self) -> None:
        """End the reply at the next end of a sentence."""
        if self._speech is not None:
            self._speech.finish_sentence()

    def stop(self) -> None:
        """End the reply where it is; the bubble keeps what is there."""
        self._end_early(Outcome.STOPPED)

    def cancel(self) -> None:
        """Give up a turn that nobody has seen."""
        self._end_early(Outcome.SUPERSEDED)

    async def run(self) -> Outcome:
        """Answer, and return how it ended; everything is in the log by then.

        Raises:
            StaleFence: another process owns the conversation.
            StoreFailed: the disk failed.
        """
        if self._cut is not None:
            return self._cut
        self._began_at = self._services.clock.monotonic()
        # To know what a turn is about may take a call of a model.
        await self._show(Status.TYPING)
        brief = await brief_for(self._services, self._head, self.number)
        if brief is None:
            await self._show(Status.IDLE)
            return Outcome.NOTHING
        self.covers_seq, self._beside = brief.covers_seq, brief.beside
        journal = await self._journal(brief)
        spoken: Spoken | None = None
        is_taken = is_overtaken = False
        try:
            async with asyncio.TaskGroup() as group:
                # In this order: the request leaves first, the rest is done while the vendor thinks.
                self._work = group.create_task(self._speak(brief, journal))
                company = group.create_task(self._accompany(brief, journal))
                if self._cut is not None:
                    self._work.cancel()
                await asyncio.wait((self._work,))
                company.cancel()
            if not self._work.cancelled():
                spoken = self._work.result()
            outcome = await self._end(brief, journal, spoken)
        except* StaleQuestion:
            is_overtaken = True
        except* StaleWrite:
            is_taken = True
        finally:
            await self._show(Status.IDLE)
        if is_taken:
            await journal.freeze()
            outcome = Outcome.TAKEN
        elif is_overtaken:
            outcome = await self._leave_unseen(brief)
        self._count(outcome, journal)
        self._tell(brief, spoken)
        await self._book(brief)
        return outcome

    def _end_early(self, outcome: Outcome) -> None:
        if self._cut is None:
            self._cut = outcome
            if self._work is not None and self._speech is not None:
                self._speech.interrupt(self._work)

    async def _journal(self, brief: Brief) -> Journal:
        services, head = self._services, self._head
        message_id = self._reopen or f"b{self.number}-{brief.trace_id[:8]}"
        place = Place(head.conversation, head.fence, head.epoch, brief.trace_id)
        vault = await services.vaults.of(head.conversation)
        journal = Journal(services.scribe, services.clock, place, message_id, vault)
        journal.covers = brief.covers_seq if self._yields else None
        if self._reopen:
            journal.reopen()
            await journal.reset()
        if brief.decision is not None:
            journal.opening = cache(partial(self._opening, brief))
        self._shown = journal
        self._speech = Speech(journal, services.redactor, vault, brief.earlier, brief.public)
        self._speech.gather_s = services.tenant.pace.on(head.channel).gather_s
        self._speech.fits = fits_on(head.channel)
        return journal

    def _opening(self, brief: Brief) -> Along:
        """Return what is kept of the decision before any text is seen."""
        return Along(records=(decision_record(brief, self._services.clock.now()),))

    async def _speak(self, brief: Brief, journal: Journal) -> Spoken | None:
        """Let the models speak; None when a fixed path says it."""
        if brief.decision is None or brief.request is None:
            return None
        assert self._speech is not None
        vault = await self._services.vaults.of(self._head.conversation)
        self._run = reply_to(self._services, brief, vault, journal.message_id)
        try:
            sorry = text_for(Said.BEGIN_AGAIN, self._head.locale)
            return await self._speech.speak(self._run, sorry)
        finally:
            await self._run.aclose()
            self._unclaimed = self._services.router.unclaimed(brief.request)

    async def _accompany(self, brief: Brief, journal: Journal) -> None:
        """Show what is being done until the first text, then that more is coming."""
        head, services = self._head, self._services
        pace = services.tenant.pace
        journal.opening()
        if not await is_set_within(journal.visible, pace.say_what_s):
            await self._show(Status.TYPING, text_for(Said.LOOKING, head.locale))
            if not await is_set_within(journal.visible, pace.say_in_text_s - pace.say_what_s):
                await self._say_wait()
        while True:
            await self._show(Status.TYPING)
            await asyncio.sleep(LEASE_S)

    async def _say_wait(self) -> None:
        text = text_for(Said.STILL_WORKING, self._head.locale)
        await self._services.scribe.write(
            Write(
                self._head.conversation,
                self._services.clock.now(),
                events=(Draft(Notice("still_working", text), "bot"),),
                fence=self._head.fence,
                epoch=self._head.epoch,
            )
        )

    async def _show(self, status: Status, text: str = "") -> None:
        shown = StatusShown(self._head.conversation, status, text)
        await self._services.bus.publish((shown,))

    async def _end(self, brief: Brief, journal: Journal, spoken: Spoken | None) -> Outcome:
        """Write the end of the reply, and what follows from it, in one step."""
        if self._work is not None and self._work.cancelled():
            return await self._end_cut(brief, journal)
        ending = self._ending(brief, spoken)
        if ending.said is not None:
            terms, now = self._services.tenant.desk, self._services.clock.now()
            journal.say(told(ending.said, self._head.locale, terms, now))
        citations: tuple[Citation, ...] = ()
        if spoken is not None and ending.said is None:
            assert self._speech is not None
            assert brief.request is not None
            citations = self._speech.citations(brief.request.passages)
        if spoken is not None and spoken.hit is not None:
            brief = replace(brief, reused=spoken.hit.similarity)
        await self._close(brief, journal, ending, citations)
        if ending.reason is not None or self._head.owner is Owner.QUEUE:
            self._services.outbox.kick()
        if ending.then is Then.HAND_OVER and ending.reason is not None:
            self._services.metrics.handoffs.labels(ending.reason.value).inc()
        return ending.outcome

    def _ending(self, brief: Brief, spoken: Spoken | None) -> Ending:
        if brief.path is not None:
            return ending_by_rule(brief.path, brief.standing)
        assert spoken is not None
        is_exhausted = isinstance(spoken.ended, Exhausted)
        if is_exhausted and is_left_open(self._run):
            return ending_by_rule(FixedPath(Reason.POLICY, Said.HANDED_OVER), brief.standing)
        heard = Heard(
            is_complete=spoken.ended is not None or spoken.is_enough,
            is_exhausted=is_exhausted,
            is_repeat=spoken.is_repeat,
            is_outage=is_exhausted and self._is_outage(brief),
            doubt=self._doubt(spoken),
            is_frustrated=brief.is_frustrated,
        )
        unsure = normalised(text_for(Said.UNSURE, self._head.locale))
        return ending_after(heard, brief.standing, unsure in brief.earlier)

    def _doubt(self, spoken: Spoken) -> Reason:
        """Return why there is no answer, if no vendor is."""
        if has_failed_tool(self._run):
            return Reason.TOOL_FAILURE
        is_short = isinstance(spoken.ended, Exhausted) and spoken.ended.short is not None
        return Reason.BUDGET if is_short else Reason.LOW_CONFIDENCE

    def _is_outage(self, brief: Brief) -> bool:
        """Return whether a vendor is why there is no answer: one has failed, or is left alone."""
        assert brief.decision is not None
        considered = {candidate.model for candidate in brief.decision.candidates}
        answering = [one for one in self._attempts() if one.purpose in ANSWERING]
        failed = {one.failed for one in answering} - {None, FailureKind.UNGROUNDED}
        return bool(failed or considered & self._services.router.down)

    async def _end_cut(self, brief: Brief, journal: Journal) -> Outcome:
        """End a turn that was told to end; unseen it leaves its attempts and nothing else."""
        if self._cut is Outcome.SUPERSEDED and not journal.is_started and not journal.text:
            return await self._leave_unseen(brief)
        await self._close(brief, journal, Ending(Outcome.STOPPED), ())
        return Outcome.STOPPED

    async def _leave_unseen(self, brief: Brief) -> Outcome:
        """Keep the attempts of a turn that nobody has seen; the next one covers its question."""
        kept = self._kept(brief, Ending(Outcome.SUPERSEDED))
        await self._services.scribe.write(
            Write(
                self._head.conversation,
                self._services.clock.now(),
                fence=self._head.fence,
                records=kept.records,
                audit=kept.audit,
            )
        )
        return Outcome.SUPERSEDED

    async def _close(
        self, brief: Brief, journal: Journal, ending: Ending, citations: tuple[Citation, ...]
    ) -> None:
        follows, kept = self._follows(ending), self._kept(brief, ending)
        change = follows.change or HeadChange()
        await journal.end(
            ending.status,
            citations=citations,
            along=Along(
                events=follows.events,
                change=replace(change, turn=self.number, answered_seq=brief.covers_seq),
                records=(*kept.records, *journal.unwritten_records()),
                audit=(*kept.audit, *follows.audit),
                outbox=(*follows.outbox, *self._shown_to_humans(journal, ending)),
            ),
        )

    def _shown_to_humans(self, journal: Journal, ending: Ending) -> tuple[Parcel, ...]:
        """Return what those who will answer next should know of the reply."""
        if ending.said is not None:
            return ()
        now = self._services.clock.now()
        return answer_line(self._head, journal.message_id, journal.text, now)

    def _follows(self, ending: Ending) -> Along:
        """Return what follows from the end of the reply."""
        head, now = self._head, self._services.clock.now()
        match ending.then:
            case Then.NOTHING:
                return Along()
            case Then.OFFER_HUMAN:
                yes = Choice(OFFER_FOR[ending.offers], text_for(Said.YES_HUMAN, head.locale))
                no = Choice(DECLINE_HUMAN, text_for(Said.NO_HUMAN, head.locale))
                return Along(events=(*self._sorry(ending), ChoicesOffered((yes, no))))
            case Then.HAND_OVER:
                assert ending.reason is not None
                along = escalated(head, ending.reason, now)
                form = form_if_closed(head.locale, self._services.tenant.desk, now)
                return replace(along, events=(*along.events, *form))
            case Then.MAKE_URGENT:
                assert ending.reason is not None
                return made_urgent(head, ending.reason, now)
            case _:
                assert_never(ending.then)

    def _sorry(self, ending: Ending) -> tuple[Body, ...]:
        """Return what stands between an answer and the offer of a human, if it is no doubt."""
        if ending.offers is not Reason.FRUSTRATION:
            return ()
        text = text_for(Said.SORRY_OFFER, self._head.locale)
        return spoken(f"f{self.number}-{self._head.epoch}", Author.BOT, text)

    def _kept(self, brief: Brief, ending: Ending) -> Along:
        """Return what is kept of the turn: its record, its audit entry, the gap it found."""
        attempts, now = self._attempts(), self._services.clock.now()
        reason = ending.reason.value if ending.reason else ""
        turn = turn_record(brief, ending.outcome.value, reason, attempts, now)
        return Along(
            records=(turn, gap_record(brief, now)) if ending.is_gap else (turn,),
            audit=turn_audits(brief, ending.outcome.value, attempts),
        )

    def _attempts(self) -> tuple[Attempt, ...]:
        """Return every attempt that was made for the turn, those beside the answer included."""
        made = self._run.attempts if self._run is not None else ()
        beside = () if self._is_billed else self._beside
        return (*beside, *made, *self._unclaimed)

    @property
    def _is_billed(self) -> bool:
        """Whether the answer has the calls beside it on its bill."""
        made = self._run.attempts if self._run is not None else ()
        return any(attempt.purpose is Purpose.CLASSIFY for attempt in made)

    async def _book(self, brief: Brief) -> None:
        """Count on the shared budgets what the answer could not: there was none, or none paid."""
        left = (*(() if self._is_billed else self._beside), *self._unclaimed)
        if left and brief.guess is not None:
            await self._services.router.book(about(brief), self._rule(brief), left)

    def _rule(self, brief: Brief) -> str:
        assert brief.guess is not None
        return self._services.tenant.policy.rule_for(brief.guess.intent).name

    def _tell(self, brief: Brief, spoken: Spoken | None) -> None:
        """Tell what operations should know of the turn."""
        attempts = self._attempts()
        if brief.decision is None and not attempts:
            return
        watching, ended = self._services.watching, spoken.ended if spoken is not None else None
        if isinstance(self._run, CachedRun) and spoken is not None:
            watching.looked_up(spoken.hit is not None)
        short = ended.short if isinstance(ended, Exhausted) else None
        watching.turn_ended(TurnEnded(self._rule(brief), brief.trace_id, attempts, short))

    def _count(self, outcome: Outcome, journal: Journal) -> None:
        metrics, attempts = self._services.metrics, self._attempts()
        if journal.visible_at is not None:
            metrics.first_text.observe(journal.visible_at - self._began_at)
        models = [attempt.model for attempt in attempts if attempt.purpose in ANSWERING]
        metrics.turns.labels(outcome.value, models[-1] if models else "none").inc()
        for attempt in attempts:
            metrics.cost_usd.labels(attempt.model).inc(float(attempt.cost_usd))
            if attempt.failed not in (None, FailureKind.CANCELLED):
                metrics.fallbacks.labels(attempt.model, attempt.failed.value).inc()
