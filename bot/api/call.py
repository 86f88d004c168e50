"""One call on its way: routed, spoken and recorded."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from bot.api.answer import Answer, Called, Changed, Piece, Said, TakenBack
from bot.api.cleaning import Cleaning, Spoken
from bot.api.errors import ApiRefused, NoCandidate, OverBudget, TimedOut
from bot.brief import Brief
from bot.ending import Outcome
from bot.log import Author, Citation, MessageAccepted, MessageEnded, MessageStarted
from bot.records import decision_record, turn_audit, turn_record
from bot.redact import fixed, joined
from bot.services import Services
from bot.stores.base import Draft, Write
from bot.texts import Said as SaidWords
from bot.texts import text_for
from routing.engine import Run
from routing.errors import FailureKind
from routing.models.base import Cited, ToolCalled
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    SeamFailed,
)
from routing.request import Passage
from routing.router import Router

QUOTE_CHARS = 300
MARK = re.compile(r"\[(\d{1,2})\]")
SILENT = frozenset({FailureKind.TIMEOUT_FIRST, FailureKind.TIMEOUT_IDLE, FailureKind.TIMEOUT_TOTAL})


@dataclass(slots=True)
class _Heard:
    """What was heard of the models so far."""

    calls: list[Called]
    cited: dict[int, Cited]
    text: list[str]
    passages: tuple[Passage, ...]
    is_cached: bool = False


class Call:
    """One call on its way; `pieces` may be asked for once."""

    def __init__(
        self,
        services: Services,
        router: Router,
        brief: Brief,
        cleaning: Cleaning,
        spoken: Spoken,
    ) -> None:
        assert brief.decision is not None
        assert brief.request is not None
        self.trace_id = brief.trace_id
        self.model = str(brief.decision.order[0])
        """The first that will be asked."""
        self._services = services
        self._router = router
        self._brief = brief
        self._decision = brief.decision
        self._request = brief.request
        self._cleaning = cleaning
        self._spoken = spoken
        self._heard = _Heard([], {}, [], brief.request.passages)
        self._run: Run | None = None
        self._is_booked = False

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Yield the answer; the last piece is the whole `Answer`.

        The decision is in the log before a model is asked. Closing the generator stops the model;
        what it cost is booked however the call ends.

        Raises:
            OverBudget: no model that was left fitted in what could still be spent.
            NoCandidate: every model failed.
            TimedOut: every model was silent for too long.
            StoreFailed: the disk failed.
        """
        await self._open()
        self._run = self._router.answer(self._decision, self._request)
        try:
            async for progress in self._run:
                match progress:
                    case Finished():
                        if rest := self._said(self._spoken.flush()):
                            yield Said(rest)
                        await self._close(Outcome.ANSWERED)
                        for called in self._heard.calls:
                            yield called
                        yield self._answer(progress)
                    case Exhausted():
                        await self._close(Outcome.UNSURE)
                        raise failure_of(progress, self._brief)
                    case _:
                        for piece in self._heard_of(progress):
                            yield piece
        finally:
            await self._run.aclose()
            if not self._is_booked:
                await self._close(Outcome.STOPPED)

    def _heard_of(
        self, progress: Began | Delta | Cited | ToolCalled | FellBack | SeamFailed | Advised | Hit
    ) -> list[Piece]:
        """Return what a step of the engine means to the caller."""
        match progress:
            case Delta(text=text):
                shown = self._said(self._spoken.feed(text))
                return [Said(shown)] if shown else []
            case Cited(n=n):
                self._heard.cited[n] = progress
                return []
            case ToolCalled(call=call):
                called = Called(call, self._cleaning.revealed_arguments(call.arguments))
                self._heard.calls.append(called)
                return []
            case FellBack():
                self._heard.calls.clear()
                changed = Changed(
                    progress.failed, progress.next, progress.kind.value, progress.mend
                )
                return [changed, *self._mended(progress.mend)]
            case SeamFailed(mend=mend):
                return self._mended(mend)
            case Hit(passages=passages):
                self._heard.is_cached = True
                self._heard.passages = passages or self._heard.passages
                return []
            case Began() | Advised():
                return []

    def _mended(self, mend: Mend) -> list[Piece]:
        match mend:
            case Mend.UNSEEN:
                return []
            case Mend.CONTINUE:
                assert self._run is not None
                shown = self._said(self._spoken.cut())
                self._run.shown(self._spoken.present)
                return [Said(shown)] if shown else []
            case Mend.RETRACT | Mend.APOLOGISE:
                self._heard.cited.clear()
                if self._request.can_retract:
                    self._spoken.take_back()
                    self._heard.text.clear()
                    return [TakenBack()]
                sorry = text_for(SaidWords.BEGIN_AGAIN, self._request.locale)
                words = joined((fixed("…\n\n"), sorry, fixed("\n\n")))
                return [Said(self._said(self._spoken.begin_again(words)))]

    def _said(self, text: str) -> str:
        self._heard.text.append(text)
        return text

    def _answer(self, finished: Finished) -> Answer:
        heard = self._heard
        text = "".join(heard.text)
        return Answer(
            trace_id=self.trace_id,
            text=text,
            calls=tuple(heard.calls),
            citations=citations_of(text, heard.cited, heard.passages),
            reason=finished.reason,
            model=finished.model,
            decision=self._decision,
            attempts=finished.attempts,
            skipped=finished.skipped,
            is_cached=heard.is_cached,
            first_token_s=finished.first_token_s,
        )

    async def _open(self) -> None:
        """Write what is asked and what was decided, before anything is asked of a model."""
        brief, now = self._brief, self._services.clock.now()
        asked = MessageAccepted(self.trace_id, f"q-{self.trace_id[:8]}", brief.question)
        await self._services.scribe.write(
            Write(
                brief.head.conversation,
                now,
                events=(Draft(asked, "customer", self.trace_id),),
                create=brief.head,
                records=(decision_record(brief, now),),
            )
        )

    async def _close(self, outcome: Outcome) -> None:
        """Write what was said and what it cost."""
        assert self._run is not None
        self._is_booked = True
        brief, now, attempts = self._brief, self._services.clock.now(), self._run.attempts
        text, message_id = self._spoken.redacted, f"b1-{self.trace_id[:8]}"
        if outcome is Outcome.UNSURE:
            text = fixed("")
        status = "done" if outcome is Outcome.ANSWERED else "stopped"
        ended = MessageEnded(message_id, text, status, Author.BOT, (), self.trace_id)
        started = MessageStarted(message_id, Author.BOT)
        bodies = (started, ended) if text else ()
        await self._services.scribe.write(
            Write(
                brief.head.conversation,
                now,
                events=tuple(Draft(body, "bot", self.trace_id) for body in bodies),
                records=(turn_record(brief, outcome.value, "", attempts, now),),
                audit=(turn_audit(brief, outcome.value, attempts),),
            )
        )


def citations_of(
    text: str, cited: Mapping[int, Cited], passages: tuple[Passage, ...]
) -> tuple[Citation, ...]:
    """Return the sources that the text names as `[n]`, in order of n."""
    by_id = {passage.id: passage for passage in passages}
    found: list[Citation] = []
    for n in sorted({int(mark) for mark in MARK.findall(text)}):
        one = cited.get(n)
        passage = by_id.get(one.passage_id) if one is not None else None
        if passage is None and 1 <= n <= len(passages):
            passage = passages[n - 1]
        if passage is not None:
            quote = one.quote if one is not None else passage.text
            found.append(Citation(n, passage.title, passage.url, quote[:QUOTE_CHARS]))
    return tuple(found)


def failure_of(exhausted: Exhausted, brief: Brief) -> ApiRefused:
    """Return how a call is refused after every model has failed."""
    assert brief.decision is not None
    attempts, short = exhausted.attempts, exhausted.short
    kinds = {attempt.failed for attempt in attempts} - {FailureKind.UNGROUNDED, None}
    models = ", ".join(dict.fromkeys(attempt.model for attempt in attempts)) or "none"
    out = [f"{one.model}: {one.excluded}" for one in brief.decision.candidates if one.excluded]
    why = f"asked: {models}" + "".join(f"; {each}" for each in out)
    refused: ApiRefused = NoCandidate(
        f"no model of rule {brief.decision.rule!r} had an answer ({why})"
    )
    if kinds and kinds <= SILENT:
        refused = TimedOut(f"every model was silent for too long ({why})")
    if short is not None:
        refused = OverBudget(short.needed_usd, short.left_usd, short.account)
    refused.trace_id = brief.trace_id
    return refused
