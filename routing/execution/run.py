"""One decision carried out: one attempt after another until a reply is complete."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal

from routing.beside.advice import Advises
from routing.decision import Attempt, Decision
from routing.errors import FailureKind, ModelFailed
from routing.execution.health import Turned
from routing.execution.ladder import Failure
from routing.execution.mend import Rest, mend_of, rest_of
from routing.execution.offers import Offer, Offers, terms_of
from routing.execution.parts import Parts
from routing.execution.race import Race, has_lost
from routing.execution.seam import Joint, Seam
from routing.execution.stage import Sign, Stage
from routing.execution.trial import GIVEN_UP, Trial
from routing.execution.trials import Trials
from routing.models.base import Counted, Piece, Stopped, StopReason, Text, Thinking, ToolCalled
from routing.money.budgets import Account
from routing.money.purse import Purse
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Mend,
    Progress,
    SeamFailed,
    Skipped,
)
from routing.prompting.prompt import prompt_tokens
from routing.request import Redacted, Request, Usage, derived


class Run(AsyncIterator[Progress]):
    """One decision being carried out: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`; a `Delta` belongs to the last
    `Began`; `FellBack` comes before the `Began` of the next attempt, and says what becomes of the
    deltas before it. `aclose` (or cancelling the task that waits for the next step) closes the
    model's connection and books the attempt under way. Never sleeps between attempts. Read
    `attempts` and `cost_usd` at any time: every attempt that is over is in them.

    A decision to hedge has the first model raced by the next one when it is slower than usual to
    begin and the money holds both. The rival is heard of when it is ahead: `FellBack` with
    CANCELLED, then its `Began`. Of the other one nothing is heard but its record.
    """

    def __init__(
        self, parts: Parts, decision: Decision, request: Request, accounts: Sequence[Account] = ()
    ) -> None:
        self._parts = parts
        self._decision = decision
        self._request = request
        self._input_tokens = decision.input_tokens
        self._purse = Purse(decision.max_cost_usd, parts.budgets, accounts)
        terms = terms_of(parts, decision, request)
        self._offers = Offers(parts, terms, self._purse)
        self._trials = Trials(parts, self._purse)
        self._monotonic = parts.clock.monotonic
        self._ready: deque[Progress] = deque()
        self._answer: list[str] = []
        """What stands of the answer: yielded, or told by `shown`, and not taken back."""
        self._first_s: float | None = None
        self._trial: Trial | None = None
        self._race: Race | None = None
        """Until it is known which attempt answers; `_trial` is then the one that leads."""
        self._closing: asyncio.Task[None] | None = None
        """Settles the attempt that lost the race."""
        self._may_hedge = decision.hedge
        self._wants_advice = decision.wants_advisor and parts.advisor is not None
        self._is_over = False

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, by number; one that was closed early has CANCELLED."""
        return self._trials.attempts

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every model that was passed over, with the reason, in order."""
        return self._offers.ladder.skipped

    @property
    def turned(self) -> tuple[Turned, ...]:
        """Every circuit that has opened or closed by an attempt of this run, in order."""
        return self._trials.turned

    @property
    def cost_usd(self) -> Decimal:
        """Sum over `attempts`."""
        return self._trials.cost_usd

    def spend(self, attempt: Attempt) -> None:
        """Book a call that was made for this turn beside the answer; before the first step."""
        self._trials.spend(attempt)

    def shown(self, text: Redacted) -> None:
        """Tell, at a `FellBack` to be continued, what the customer has really seen of the answer.

        The next attempt goes on from there. Untold, it is every delta that was yielded.
        """
        self._answer = [text] if text else []

    def __aiter__(self) -> "Run":
        return self

    async def __anext__(self) -> Progress:
        ready, trial = self._ready, self._trial
        try:
            if trial is not None and trial.is_flowing and not ready:
                # Once per token: everything else takes the long way.
                piece = await trial.read()
                if type(piece) is Text and trial.fuse.has_room(piece.text):
                    self._answer.append(piece.text)
                    return Delta(piece.text)
                await self._take(trial, piece)
            while not ready and not self._is_over:
                await self._step()
        except BaseException:  # whatever ends the wait ends the attempt, and it is booked
            await self.aclose()
            raise
        if not ready:
            raise StopAsyncIteration
        return ready.popleft()

    async def aclose(self) -> None:
        """Stop: close the model's stream and book its attempt; harmless when it is over."""
        self._is_over = True
        self._ready.clear()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close_money)
            stack.push_async_callback(self._offers.withdraw)
            for trial in self._under_way():
                attempt = self._trials.note(trial, trial.given_up())
                stack.push_async_callback(self._trials.settle, trial, attempt)
            self._trial = self._race = None

    def _under_way(self) -> Sequence[Trial]:
        if self._race is not None:
            return self._race.trials
        return () if self._trial is None else (self._trial,)

    async def _close_money(self) -> None:
        try:
            if self._closing is not None:
                # Not awaited itself: a cancellation would be passed on, and it would book nothing.
                await asyncio.wait({self._closing})
                self._closing.result()
        finally:
            await self._purse.close()

    async def _step(self) -> None:
        offer = self._offers.pending
        if self._race is not None:
            await self._watch(self._race)
        elif self._trial is not None:
            await self._take(self._trial, await self._trial.read())
        elif offer is not None:
            self._open(offer)
        else:
            await self._begin()

    async def _begin(self) -> None:
        advisor = self._parts.advisor
        if advisor is not None and self._wants_advice:
            self._wants_advice = False
            await self._take_advice(advisor)
        elif not await self._climb(None):
            await self._exhaust()

    async def _take_advice(self, advisor: Advises) -> None:
        advice = await advisor.advise(self._decision, self._request, self._purse.left_usd)
        for attempt in advice.attempts:
            self.spend(attempt)
        if advice.text:
            self._request = replace(self._request, advice=advice.text)
            self._input_tokens = max(self._input_tokens, prompt_tokens(self._request))
        if advice.attempts:
            self._ready.append(Advised(advice.attempts[-1].model, advice.failed))

    async def _climb(self, failure: Failure | None) -> bool:
        """Set money aside for the next attempt; returns False when there is none."""
        return await self._offers.climb(failure, self._tokens_to_go_on()) is not None

    def _tokens_to_go_on(self) -> int:
        if not self._answer:
            return self._input_tokens
        return max(self._input_tokens, prompt_tokens(self._continuing()))

    def _continuing(self) -> Request:
        # The model's own words about redacted text, where the caller did not tell what was shown.
        return replace(self._request, said=derived("".join(self._answer)))

    def _open(self, offer: Offer) -> None:
        """Begin an attempt; it goes on from what stands of the answer."""
        self._offers.accept(offer)
        rung, request = offer.rung, self._request
        if self._answer:
            request = self._continuing()
            rung = rung.refitted(prompt_tokens(request), offer.earmark.amount_usd)
            if rung.max_output_tokens < 1:
                rung, request = offer.rung, self._request
                self._part()
        trial = self._trials.begin(rung, offer.earmark, request, self._trials.total_s)
        self._trial = trial
        self._ready.append(Began(rung.model, trial.number))
        may_hedge, self._may_hedge = self._may_hedge and not rung.price.is_local, False
        patience_s = self._parts.health.patience_s(rung.model) if may_hedge else None
        if patience_s is not None:
            self._race = Race(trial, patience_s)

    async def _watch(self, race: Race) -> None:
        """Take what happens next in a race."""
        moved = await race.next()
        if moved is None:
            await self._start_rival(race)
            return
        trial, piece = moved
        if race.has_rival and has_lost(piece):
            assert isinstance(piece, Stopped | ModelFailed)
            race.leave(trial)
            attempt = await self._book(trial, piece)
            self._let_lead(race.trials[0], attempt)
            return
        if not isinstance(piece, Thinking | Counted):
            self._end_race(race, trial)
        await self._take(trial, piece)

    async def _start_rival(self, race: Race) -> None:
        offer = await self._offers.rival(self._input_tokens)
        if offer is None:
            return
        if race.has_moved:
            await self._offers.withdraw()
            return
        self._offers.accept(offer)
        race.join(self._trials.begin_rival(race.first, offer.rung, offer.earmark, self._request))

    def _end_race(self, race: Race, winner: Trial) -> None:
        """Go on with one attempt; the other one, if any, is noted, and closed meanwhile."""
        self._race = None
        for loser in race.trials:
            if loser is winner:
                continue
            attempt = self._trials.note(loser, loser.given_up())
            if loser is race.first and attempt.failed is FailureKind.CANCELLED:
                self._parts.health.learn_slow(attempt.model, attempt.total_s)
            settling = self._trials.settle(loser, attempt)
            self._closing = asyncio.get_running_loop().create_task(settling)
            self._let_lead(winner, attempt)

    def _let_lead(self, trial: Trial, over: Attempt) -> None:
        """Go on with an attempt after the other one of a race is over."""
        if trial is self._trial:
            return
        assert over.failed is not None
        self._trial = trial
        self._offers.ladder.follow(trial.rung)
        model = trial.rung.model
        self._ready.append(FellBack(over.model, model, over.failed, Mend.UNSEEN, is_retry=False))
        self._ready.append(Began(model, trial.number))

    async def _take(self, trial: Trial, piece: Piece | ModelFailed) -> None:
        match piece:
            case Text(text=text) if trial.seam is not None:
                await self._join(trial, trial.seam, trial.seam.feed(text), None)
            case Text(text=text):
                if self._say(trial, text):
                    await self._conclude(trial, Stopped(StopReason.BUDGET, Usage()))
            case Stopped() | ModelFailed():
                await self._conclude(trial, piece)
            case Thinking():
                trial.watchdog.saw_thinking()
                trial.see(Sign.CAME)
            case Counted():
                trial.see(Sign.CAME)
            case ToolCalled() if trial.seam is not None:
                await self._join(trial, trial.seam, trial.seam.flush(), None)
                if self._trial is trial:
                    await self._take(trial, piece)
            case _:
                trial.see(Sign.CAME)
                self._ready.append(piece)

    def _say(self, trial: Trial, text: str) -> bool:
        """Yield text; returns True when the money is at its end."""
        end = trial.fuse.take(text)
        if end is not None:
            text = text[:end]
        if text:
            if trial.stage is not Stage.VISIBLE:
                self._become_visible(trial)
            self._answer.append(text)
            self._ready.append(Delta(text))
        return end is not None

    def _become_visible(self, trial: Trial) -> None:
        trial.see(Sign.SHOWN)
        trial.is_flowing = True
        if self._first_s is None:
            self._first_s = trial.before_s + (trial.meter.first_token_s or 0.0)

    async def _join(self, trial: Trial, seam: Seam, text: str, stopped: Stopped | None) -> None:
        """Take what a seam lets through of a continuation."""
        if seam.joint is Joint.OPEN:
            trial.see(Sign.CAME)
            return
        trial.seam = None
        match rest_of(seam.joint, trial.said, self._request):
            case Rest.SAY:
                pass
            case Rest.STOP:
                await self._conclude(trial, stopped or Stopped(StopReason.LENGTH, Usage()))
                return
            case Rest.BEGIN_ANEW:
                self._part()
                if await self._climb(Failure(FailureKind.MALFORMED, False, is_seam=True)):
                    await self._book(trial, stopped or GIVEN_UP, is_seam=True)
                    self._fall_back(trial, FailureKind.MALFORMED)
                    return
            case Rest.PART:
                self._part()
        if self._say(trial, text) and stopped is None:
            await self._conclude(trial, Stopped(StopReason.BUDGET, Usage()))

    def _part(self) -> None:
        """Give up what was said: another answer begins."""
        can_retract = self._request.can_retract
        self._ready.append(SeamFailed(Mend.RETRACT if can_retract else Mend.APOLOGISE))
        self._forget()

    def _forget(self) -> None:
        self._answer, self._first_s = [], None

    async def _conclude(self, trial: Trial, outcome: Stopped | ModelFailed) -> None:
        """End an attempt and go on to what follows from it."""
        is_whole = isinstance(outcome, Stopped) and outcome.reason is not StopReason.REFUSAL
        if is_whole and trial.seam is not None:
            assert isinstance(outcome, Stopped)
            await self._join(trial, trial.seam, trial.seam.flush(), outcome)
            if self._trial is not trial:
                return
        attempt = await self._book(trial, outcome)
        if attempt.failed is None:
            assert isinstance(outcome, Stopped)
            await self._finish(attempt, outcome.reason)
        elif await self._climb(Failure(attempt.failed, attempt.chars > 0)):
            self._fall_back(trial, attempt.failed)
        else:
            await self._exhaust()

    async def _book(
        self, trial: Trial, outcome: Stopped | ModelFailed, *, is_seam: bool = False
    ) -> Attempt:
        attempt = self._trials.note(trial, outcome, is_seam=is_seam)
        if self._trial is trial:
            self._trial = None
        await self._trials.settle(trial, attempt)
        return attempt

    def _fall_back(self, trial: Trial, kind: FailureKind) -> None:
        assert self._offers.pending is not None
        rung = self._offers.pending.rung
        mend = mend_of(kind, self._request, has_text=bool(self._answer), next_price=rung.price)
        if mend in (Mend.RETRACT, Mend.APOLOGISE):
            self._forget()
        self._ready.append(FellBack(trial.rung.model, rung.model, kind, mend, rung.is_retry))

    async def _finish(self, attempt: Attempt, reason: StopReason) -> None:
        self._is_over = True
        await self._close_money()
        finished = Finished(
            model=attempt.model,
            reason=reason,
            attempts=self.attempts,
            cost_usd=self.cost_usd,
            first_token_s=self._first_s,
            skipped=self.skipped,
        )
        self._ready.append(finished)

    async def _exhaust(self) -> None:
        self._is_over = True
        await self._close_money()
        exhausted = Exhausted(
            attempts=self.attempts,
            cost_usd=self.cost_usd,
            retract=bool(self._answer) and self._request.can_retract,
            skipped=self.skipped,
            short=self._offers.ladder.short,
        )
        self._ready.append(exhausted)
