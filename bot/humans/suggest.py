"""Writes a grounded draft for a human, decided, paid for and recorded like a turn.

Nothing of it reaches the customer, and no tool is used: a human sends it, or does not.
"""

import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from bot.api.answering import policy_with
from bot.api.call import tell
from bot.api.cleaning import Spoken
from bot.canonical import canonical
from bot.errors import BotRefused, StoreFailed
from bot.humans.draft import Draft, Writing, answered_line, without_marks
from bot.humans.escalation import Standing
from bot.humans.human import Human
from bot.privacy.redact import fixed, joined, published, stored
from bot.services import Services
from bot.stores.base import EventsOfType, Head, HeadOf, Record, Write
from bot.transcript import SPOKEN_TYPES, Line, lines_of, messages_of, said_before
from bot.turns.brief import MOST_EVENTS, SYSTEM, Brief, about, notes_for
from bot.turns.citations import citations_of
from bot.turns.records import decision_record, turn_audits, turn_record
from bot.turns.remembered import DRAFT_STOPPED, DRAFTED, NO_DRAFT
from channels.base import ConversationId
from routing.decision import Attempt, Purpose
from routing.models.base import Cited
from routing.models.extract import query_of
from routing.progress import (
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Mend,
    Progress,
    SeamFailed,
)
from routing.reply import Reply
from routing.request import Redacted
from routing.router import Router

EDITED = "draft_edited"
"""Kind of the record that says how much of a draft was changed before it was sent."""
FOR_A_COLLEAGUE = fixed(
    "A human colleague will read, correct and send what you write: write it as the reply to the "
    "customer, without a word to the colleague."
)


class Suggest:
    """Writes drafts."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def pieces(
        self, conversation: ConversationId, human: Human
    ) -> AsyncGenerator[Writing | Draft, None]:
        """Yield the draft as it grows; the last is the whole `Draft`.

        The decision is in the log before a model is asked. Closing the generator stops the model;
        what it cost is booked however it ends.

        Raises:
            BotRefused: there is nothing to answer.
            NoModelLeft: not even the offline model is configured.
            StoreFailed: the disk failed.
        """
        head, lines = await self._read(conversation)
        brief, router = await self._brief(head, lines)
        await self._write(brief, (decision_record(brief, self._services.clock.now()),))
        vault = await self._services.vaults.of(conversation)
        spoken = Spoken(self._services.redactor, vault, brief.public)
        writer = _Writer(self._services, brief, router, human, spoken)
        async with aclosing(writer.pieces()) as pieces:
            async for piece in pieces:
                yield piece

    async def sent(self, conversation: ConversationId, draft_id: str, distance: float) -> None:
        """Keep how much of a draft was changed before it was sent: a sign of its quality.

        Raises:
            StoreFailed: the disk failed.
        """
        at = self._services.clock.now()
        fields = canonical({"distance": f"{distance:.4f}"})
        record = Record(EDITED, draft_id, conversation, at, fields)
        await self._services.scribe.write(Write(conversation, at, records=(record,)))

    async def _read(self, conversation: ConversationId) -> tuple[Head, tuple[Line, ...]]:
        store = self._services.store
        heads = await store.find(HeadOf(conversation))
        if not heads:
            raise BotRefused("there is no such conversation any more")
        query = EventsOfType(conversation, SPOKEN_TYPES, MOST_EVENTS)
        return heads[0], lines_of(await store.find(query))

    async def _system(self, head: Head) -> Redacted:
        """Return what a model is told before the conversation, with what humans have noted."""
        company = published(f"Company: {self._services.tenant.brand}")
        notes = await notes_for(self._services, head)
        return joined((SYSTEM, FOR_A_COLLEAGUE, company, *((notes,) if notes else ())), "\n")

    async def _brief(self, head: Head, lines: tuple[Line, ...]) -> tuple[Brief, Router]:
        """Return what the draft starts from, and a router that uses no tools."""
        services = self._services
        asked = answered_line(lines, head.episode)
        if asked is None:
            raise BotRefused("the customer has not asked anything that a draft could answer")
        guess = services.router.classify(asked.words)
        brief = Brief(
            head=head,
            number=head.turn,
            trace_id=uuid.uuid4().hex,
            covers_seq=asked.seq,
            question=asked.words,
            standing=Standing(),
            earlier=frozenset(),
            path=None,
            guess=guess,
            is_sandbox=services.is_sandbox,
        )
        before = said_before(lines, asked.seq - 1, head.episode)
        found = await services.knowledge.look_up(head.tenant, query_of(asked.words, before))
        understood = await services.router.understand(about(brief), guess)
        policy = services.tenant.policy
        usual = policy.rule_for(understood.guess.intent)
        rule = replace(usual, agent=None, handoff=False)
        router = services.router
        if rule != usual:
            router = router.under(policy_with(policy, rule))
        request = replace(
            about(brief),
            system=await self._system(head),
            messages=messages_of([line for line in lines if line.seq <= asked.seq], head.episode),
            passages=found.passages,
            max_output_tokens=rule.max_output_tokens,
        )
        brief = replace(brief, guess=understood.guess, beside=understood.attempts)
        packed = router.packed(request, understood.guess, brief.beside_usd)
        decision = router.decide(
            packed.request, understood.guess, None, packed.input_tokens, brief.beside_usd
        )
        brief = replace(
            brief,
            request=packed.request,
            decision=decision,
            left_out=packed.left_out,
            edition=found.edition,
        )
        return brief, router

    async def _write(self, brief: Brief, records: tuple[Record, ...]) -> None:
        at = self._services.clock.now()
        await self._services.scribe.write(Write(brief.head.conversation, at, records=records))


class _Writer:
    """One draft on its way."""

    def __init__(
        self, services: Services, brief: Brief, router: Router, human: Human, spoken: Spoken
    ) -> None:
        assert brief.request is not None
        assert brief.decision is not None
        self._services = services
        self._brief = brief
        self._request = brief.request
        self._router = router
        self._human = human
        self._spoken = spoken
        self._cited: dict[int, Cited] = {}
        self._run: Reply = router.answer(brief.decision, brief.request, brief.beside)
        self._is_booked = False

    async def pieces(self) -> AsyncGenerator[Writing | Draft, None]:
        """Yield the draft as it grows, then the whole."""
        try:
            async for progress in self._run:
                match progress:
                    case Finished():
                        self._spoken.flush()
                        await self._book(DRAFTED)
                        yield self._draft()
                    case Exhausted():
                        self._spoken.take_back()
                        await self._book(NO_DRAFT, progress)
                        yield Draft(self._brief.trace_id, fixed(""), ())
                    case _ if self._hears(progress):
                        yield Writing(self._spoken.redacted)
                    case _:
                        pass
        finally:
            await self._run.aclose()
            if not self._is_booked:
                await self._book(DRAFT_STOPPED)

    def _hears(self, progress: Progress) -> bool:
        """Take a step of the engine; return whether the text is another one now."""
        match progress:
            case Delta(text=text):
                return bool(self._spoken.feed(text))
            case Cited(n=n):
                self._cited[n] = progress
                return False
            case FellBack(mend=mend) | SeamFailed(mend=mend):
                return self._mended(mend)
            case _:
                return False

    def _mended(self, mend: Mend) -> bool:
        match mend:
            case Mend.UNSEEN:
                return False
            case Mend.CONTINUE:
                self._spoken.cut()
                self._run.shown(self._spoken.present)
                return False
            case Mend.RETRACT | Mend.APOLOGISE:
                # Nobody but the human has seen it: it can always be taken back.
                self._cited.clear()
                self._spoken.take_back()
                return True

    def _draft(self) -> Draft:
        text = self._spoken.redacted
        sources = citations_of(text, self._cited, self._request.passages)
        return Draft(self._brief.trace_id, stored(without_marks(text)), sources)

    def _attempts(self) -> tuple[Attempt, ...]:
        """Return every attempt that was made for the draft, those beside it included."""
        made = self._run.attempts
        is_billed = any(attempt.purpose is Purpose.CLASSIFY for attempt in made)
        beside = () if is_billed else self._brief.beside
        return (*beside, *made, *self._router.unclaimed(self._request))

    async def _book(self, outcome: str, ended: Exhausted | None = None) -> None:
        """Write what it cost: a record and an audit entry, as for a turn."""
        self._is_booked = True
        services, brief, at = self._services, self._brief, self._services.clock.now()
        attempts = self._attempts()
        tell(services, brief, attempts, outcome, ended.short if ended else None)
        *tried, whole = turn_audits(brief, outcome, attempts)
        fields = {**json.loads(whole.json), "human": self._human.id}
        audit = (*tried, replace(whole, action="draft", json=canonical(fields)))
        vault = await services.vaults.of(brief.head.conversation)
        new = vault.take_new()
        record = turn_record(brief, outcome, "", attempts, at)
        write = Write(brief.head.conversation, at, vault=new, records=(record,), audit=audit)
        try:
            await services.scribe.write(write)
        except StoreFailed:
            vault.put_back(new)
            raise
