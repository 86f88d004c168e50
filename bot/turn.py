"""One turn: from the burst to the end of the reply, with everything that is kept of it."""

import asyncio
from dataclasses import replace
from enum import Enum

from bot.brief import DECLINE_HUMAN, OFFER_HUMAN, ONLY_FILES, Brief, brief_for
from bot.bus import Status, StatusShown
from bot.errors import StaleWrite
from bot.escalation import Reason, Step, step_for
from bot.handoff import escalated, made_urgent
from bot.journal import Along, Journal, Place
from bot.log import Choice, ChoicesOffered, Citation, Notice
from bot.records import decision_record, gap_record, turn_audit, turn_record
from bot.services import Services
from bot.speech import Speech, Spoken
from bot.stores.base import Draft, Head, HeadChange, Write
from bot.texts import Said, text_for
from bot.transcript import normalised
from bot.waiting import is_set_within
from routing.decision import Attempt
from routing.engine import Run
from routing.errors import FailureKind
from routing.progress import Exhausted

LEASE_S = 4.0
"""Typing is renewed this often, within the 6 s that a screen keeps it."""


class Outcome(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    OFFERED = "offered"
    UNSURE = "unsure"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    """Cancelled before anything was visible; the next turn covers its question."""
    TAKEN = "taken"
    """The floor moved: what was visible is frozen."""
    NOTHING = "nothing"


class Turn:
    """Answers one burst."""

    def __init__(
        self, services: Services, head: Head, number: int, reopen: str | None = None
    ) -> None:
        self.number = number
        self.covers_seq = 0
        """Seq of the last customer message that it answers; 0 until it has read the log."""
        self._services = services
        self._head = head
        self._reopen = reopen
        self._began_at = 0.0
        self._cut: Outcome | None = None
        self._work: asyncio.Task[Spoken | None] | None = None
        self._speech: Speech | None = None
        self._run: Run | None = None
        self._shown: Journal | None = None

    @property
    def is_visible(self) -> bool:
        """True once the customer may have seen some of the reply."""
        return self._shown is not None and self._shown.visible.is_set()

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
        brief = await brief_for(self._services, self._head, self.number)
        if brief is None:
            return Outcome.NOTHING
        self.covers_seq = brief.covers_seq
        journal = await self._journal(brief)
        spoken: Spoken | None = None
        is_taken = False
        try:
            async with asyncio.TaskGroup() as group:
                # In this order: the request leaves first, the rest is done while the vendor thinks.
                self._work = group.create_task(self._speak(brief, journal))
                company = group.create_task(self._accompany(brief, journal))
                group.create_task(journal.write())
                if self._cut is not None:
                    self._work.cancel()
                await asyncio.wait((self._work,))
                journal.close()
                company.cancel()
            if not self._work.cancelled():
                spoken = self._work.result()
            outcome = await self._end(brief, journal, spoken)
        except* StaleWrite:
            is_taken = True
        finally:
            await self._show(Status.IDLE)
        if is_taken:
            await journal.freeze()
            outcome = Outcome.TAKEN
        self._count(outcome, journal)
        return outcome

    def _end_early(self, outcome: Outcome) -> None:
        if self._cut is None:
            self._cut = outcome
            if self._work is not None:
                self._work.cancel()

    async def _journal(self, brief: Brief) -> Journal:
        services, head = self._services, self._head
        message_id = self._reopen or f"b{self.number}-{brief.trace_id[:8]}"
        place = Place(head.conversation, head.fence, head.epoch, brief.trace_id)
        vault = await services.vaults.of(head.conversation)
        journal = Journal(services.scribe, services.clock, place, message_id, vault)
        if self._reopen:
            journal.reopen()
            await journal.reset()
        self._shown = journal
        self._speech = Speech(journal, services.redactor, vault, brief.earlier, brief.public)
        return journal

    async def _speak(self, brief: Brief, journal: Journal) -> Spoken | None:
        """Let the models speak; None when a fixed path says it."""
        if brief.decision is None or brief.request is None:
            return None
        assert self._speech is not None
        self._run = self._services.router.answer(brief.decision, brief.request)
        try:
            return await self._speech.speak(self._run)
        finally:
            await self._run.aclose()

    async def _accompany(self, brief: Brief, journal: Journal) -> None:
        """Show what is being done until the first text, then that more is coming."""
        head, services = self._head, self._services
        pace = services.tenant.pace
        await self._show(Status.TYPING)
        if brief.decision is not None:
            journal.at_start = Along(records=(decision_record(brief, services.clock.now()),))
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
        if self._cut is not None and spoken is None and self._work and self._work.cancelled():
            return await self._end_cut(brief, journal)
        if brief.path is ONLY_FILES:
            return await self._thank_for_files(brief, journal)
        if brief.path is not None:
            return await self._escalate(brief, journal, brief.path.reason, brief.path.said)
        assert spoken is not None
        assert self._speech is not None
        if spoken.is_repeat:
            return await self._escalate(brief, journal, Reason.REPEATED_ANSWER, Said.REPEATED)
        if isinstance(spoken.ended, Exhausted):
            return await self._end_unanswered(brief, journal)
        outcome = Outcome.ANSWERED if spoken.ended else Outcome.STOPPED
        status = "done" if spoken.ended else "stopped"
        assert brief.request is not None
        citations = self._speech.citations(brief.request.passages)
        await self._close(brief, journal, outcome, status, Along(), citations)
        return outcome

    async def _end_cut(self, brief: Brief, journal: Journal) -> Outcome:
        cut = self._cut
        assert cut is not None
        if cut is Outcome.SUPERSEDED and not journal.is_started and not journal.text:
            kept = self._along(brief, cut, "")
            await self._services.scribe.write(
                Write(
                    self._head.conversation,
                    self._services.clock.now(),
                    fence=self._head.fence,
                    records=kept.records,
                    audit=kept.audit,
                )
            )
            return cut
        await self._close(brief, journal, Outcome.STOPPED, "stopped", Along())
        return Outcome.STOPPED

    async def _end_unanswered(self, brief: Brief, journal: Journal) -> Outcome:
        gap = Along(records=(gap_record(brief, self._services.clock.now()),))
        if self._is_outage(brief):
            return await self._escalate(brief, journal, Reason.OUTAGE, Said.OUTAGE)
        match step_for(Reason.LOW_CONFIDENCE, brief.standing):
            case Step.OFFER:
                return await self._offer(brief, journal, gap)
            case _ if brief.standing.is_waiting:
                said = Said.ALREADY_WAITING
            case _:
                said = Said.UNSURE
        text = text_for(said, self._head.locale)
        if said is Said.UNSURE and normalised(text) in brief.earlier:
            return await self._escalate(brief, journal, Reason.REPEATED_ANSWER, Said.REPEATED)
        journal.say(text)
        await self._close(brief, journal, Outcome.UNSURE, "done", gap)
        return Outcome.UNSURE

    def _is_outage(self, brief: Brief) -> bool:
        """Return whether a vendor is why there is no answer: one has failed, or is left alone."""
        assert brief.decision is not None
        considered = {candidate.model for candidate in brief.decision.candidates}
        kinds = {attempt.failed for attempt in self._attempts()}
        return bool(kinds - {FailureKind.UNGROUNDED} or considered & self._services.router.down)

    async def _offer(
        self, brief: Brief, journal: Journal, gap: Along, said: Said = Said.UNSURE_OFFER
    ) -> Outcome:
        locale = self._head.locale
        choices = (
            Choice(OFFER_HUMAN, text_for(Said.YES_HUMAN, locale)),
            Choice(DECLINE_HUMAN, text_for(Said.NO_HUMAN, locale)),
        )
        journal.say(text_for(said, locale))
        along = replace(gap, events=(ChoicesOffered(choices),))
        await self._close(brief, journal, Outcome.OFFERED, "done", along)
        return Outcome.OFFERED

    async def _thank_for_files(self, brief: Brief, journal: Journal) -> Outcome:
        if step_for(ONLY_FILES.reason, brief.standing) is Step.OFFER:
            return await self._offer(brief, journal, Along(), Said.GOT_FILE_OFFER)
        journal.say(text_for(ONLY_FILES.said, self._head.locale))
        await self._close(brief, journal, Outcome.UNSURE, "done", Along())
        return Outcome.UNSURE

    async def _escalate(
        self, brief: Brief, journal: Journal, reason: Reason, said: Said
    ) -> Outcome:
        locale = self._head.locale
        if step_for(reason, brief.standing) is Step.NOTHING:
            return await self._stay_waiting(brief, journal, reason, said)
        journal.say(text_for(said, locale))
        along = escalated(self._head, reason, self._services.clock.now())
        await self._close(brief, journal, Outcome.HANDED_OVER, "done", along)
        self._services.metrics.handoffs.labels(reason.value).inc()
        self._services.outbox.kick()
        return Outcome.HANDED_OVER

    async def _stay_waiting(
        self, brief: Brief, journal: Journal, reason: Reason, said: Said
    ) -> Outcome:
        """Answer someone who already waits; only a grave matter changes what the desk sees."""
        is_grave = reason is Reason.SENSITIVE_TOPIC
        along = made_urgent(self._head, reason, self._services.clock.now()) if is_grave else Along()
        text = said if is_grave else Said.ALREADY_WAITING
        journal.say(text_for(text, self._head.locale))
        await self._close(brief, journal, Outcome.UNSURE, "done", along)
        self._services.outbox.kick()
        return Outcome.UNSURE

    async def _close(  # noqa: PLR0913 - one end of a reply has these parts
        self,
        brief: Brief,
        journal: Journal,
        outcome: Outcome,
        status: str,
        along: Along,
        citations: tuple[Citation, ...] = (),
    ) -> None:
        change = along.change or HeadChange()
        own = self._along(brief, outcome, change.reason or "")
        await journal.end(
            status,
            citations=citations,
            along=Along(
                events=along.events,
                change=replace(change, turn=self.number, answered_seq=brief.covers_seq),
                records=(*own.records, *along.records, *journal.unwritten_records()),
                audit=(*own.audit, *along.audit),
                outbox=along.outbox,
            ),
        )

    def _along(self, brief: Brief, outcome: Outcome, reason: str) -> Along:
        attempts = self._attempts()
        now = self._services.clock.now()
        return Along(
            records=(turn_record(brief, outcome.value, reason, attempts, now),),
            audit=(turn_audit(brief, outcome.value, attempts),),
        )

    def _attempts(self) -> tuple[Attempt, ...]:
        return self._run.attempts if self._run is not None else ()

    def _count(self, outcome: Outcome, journal: Journal) -> None:
        metrics, attempts = self._services.metrics, self._attempts()
        if journal.visible_at is not None:
            metrics.first_text.observe(journal.visible_at - self._began_at)
        metrics.turns.labels(outcome.value, attempts[-1].model if attempts else "none").inc()
        for attempt in attempts:
            metrics.cost_usd.labels(attempt.model).inc(float(attempt.cost_usd))
            if attempt.failed is not None:
                metrics.fallbacks.labels(attempt.model, attempt.failed.value).inc()
