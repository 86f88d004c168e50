"""One call on its way: routed, spoken and recorded."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import assert_never

from bot.api.answer import Answer, Called, Changed, Piece, Said, TakenBack
from bot.api.cleaning import Cleaning, Spoken
from bot.api.errors import ApiRefused, NoCandidate, OverBudget, TimedOut
from bot.api.keys import TEST_CALLS
from bot.fixed.texts import Said as SaidWords
from bot.fixed.texts import text_for
from bot.log import Author, MessageAccepted, MessageEnded, MessageStarted
from bot.privacy.redact import fixed, joined
from bot.services import Services
from bot.stores.base import Draft, Write
from bot.turns.brief import Brief
from bot.turns.citations import citations_of
from bot.turns.ending import Outcome
from bot.turns.records import decision_record, turn_audits, turn_record
from bot.watch.watching import TurnEnded
from routing.cache.run import CachedRun
from routing.decision import Attempt, Purpose
from routing.errors import BudgetExceeded, FailureKind
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
    Progress,
    SeamFailed,
)
from routing.reply import Reply
from routing.request import Passage
from routing.router import Router

SILENT = frozenset({FailureKind.TIMEOUT_FIRST, FailureKind.TIMEOUT_IDLE, FailureKind.TIMEOUT_TOTAL})


@dataclass(slots=True)
class _Heard:
    """What was heard of the models so far."""

    calls: list[Called]
    cited: dict[int, Cited]
    text: list[str]
    passages: tuple[Passage, ...]
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """How texts come in and go out."""

    cleaning: Cleaning
    spoken: Spoken


class Call:
    """One call on its way; `pieces` may be asked for once."""

    def __init__(
        self,
        services: Services,
        brief: Brief,
        voice: Voice,
        start: Callable[[], Reply],
        router: Router,
    ) -> None:
        assert brief.decision is not None
        assert brief.request is not None
        self.trace_id = brief.trace_id
        self.model = str(brief.decision.order[0])
        """The first that will be asked."""
        self._services = services
        self._brief = brief
        self._decision = brief.decision
        self._request = brief.request
        self._cleaning = voice.cleaning
        self._spoken = voice.spoken
        self._start = start
        self._router = router
        self._unclaimed: tuple[Attempt, ...] = ()
        self._heard = _Heard([], {}, [], brief.request.passages)
        self._run: Reply | None = None
        self._is_booked = False
        self._short: BudgetExceeded | None = None

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
        self._run = self._start()
        try:
            async for progress in self._run:
                for piece in await self._told(progress):
                    yield piece
        finally:
            await self._run.aclose()
            self._unclaimed = self._router.unclaimed(self._request)
            if not self._is_booked:
                await self._close(Outcome.STOPPED)

    async def _told(self, progress: Progress) -> list[Piece]:
        """Return what a step of the engine means to the caller; an end is in the log by then."""
        match progress:
            case Finished():
                rest = self._said(self._spoken.flush())
                await self._close(Outcome.ANSWERED)
                said = [Said(rest)] if rest else []
                return [*said, *self._heard.calls, self._answer(progress)]
            case Exhausted():
                self._short = progress.short
                await self._close(Outcome.UNSURE)
                raise failure_of(progress, self._brief)
            case _:
                return self._heard_of(progress)

    def _heard_of(
        self, progress: Began | Delta | Cited | ToolCalled | FellBack | SeamFailed | Advised | Hit
    ) -> list[Piece]:
        """Return what a step means that ends nothing."""
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
            case Hit(passages=passages, similarity=similarity):
                self._heard.is_cached = True
                self._brief = replace(self._brief, reused=similarity)
                self._heard.passages = passages or self._heard.passages
                return []
            case Began() | Advised():
                return []
            case _ as never:
                assert_never(never)

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
            case _ as never:
                assert_never(never)

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
            attempts=self._attempts(),
            skipped=finished.skipped,
            left_out=self._brief.left_out,
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
        self._is_booked = True
        brief, now, attempts = self._brief, self._services.clock.now(), self._attempts()
        tell(self._services, brief, attempts, outcome.value, self._short)
        if isinstance(self._run, CachedRun):
            self._services.watching.looked_up(self._heard.is_cached)
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
                audit=turn_audits(brief, outcome.value, attempts),
            )
        )

    def _attempts(self) -> tuple[Attempt, ...]:
        """Return every attempt that was made for the call, those beside the answer included."""
        made = self._run.attempts if self._run is not None else ()
        is_billed = any(attempt.purpose is Purpose.CLASSIFY for attempt in made)
        return (*(() if is_billed else self._brief.beside), *made, *self._unclaimed)


def tell(
    services: Services,
    brief: Brief,
    attempts: tuple[Attempt, ...],
    outcome: str,
    short: BudgetExceeded | None = None,
) -> None:
    """Tell operations of a call what a turn of a conversation tells them; nothing of a test."""
    if brief.head.conversation.startswith(TEST_CALLS) or brief.decision is None:
        return
    metrics = services.metrics
    metrics.turns.labels(outcome, attempts[-1].model if attempts else "none").inc()
    for attempt in attempts:
        metrics.cost_usd.labels(attempt.model).inc(float(attempt.cost_usd))
        if attempt.failed not in (None, FailureKind.CANCELLED):
            metrics.fallbacks.labels(attempt.model, attempt.failed.value).inc()
    services.watching.turn_ended(TurnEnded(brief.decision.rule, brief.trace_id, attempts, short))


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
