"""One decision carried out: one attempt after another until a reply is complete."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from routing.advice import Advises
from routing.budget import most_output_tokens
from routing.budgets import Account
from routing.decision import Attempt, Decision
from routing.errors import BudgetExceeded, FailureKind, ModelFailed
from routing.fuse import most_bytes
from routing.health import Turned
from routing.ladder import Failure, Ladder, Means, Rung, Terms
from routing.mend import Rest, mend_of, rest_of
from routing.meter import others_usd
from routing.models.base import Piece, Stopped, StopReason, Text, Thinking, ToolCalled
from routing.parts import Parts
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
from routing.prompt import prompt_tokens
from routing.purse import Earmark, Purse
from routing.request import ModelName, Redacted, Request, Usage, derived
from routing.seam import Joint, Seam
from routing.seam_text import ends_sentence
from routing.stage import Sign, Stage
from routing.trial import Start, Trial
from routing.watchdog import Watchdog

GIVEN_UP = ModelFailed(FailureKind.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Offer:
    """The next attempt, with the money for it."""

    rung: Rung
    earmark: Earmark


class Run(AsyncIterator[Progress]):
    """One decision being carried out: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`; a `Delta` belongs to the last
    `Began`; `FellBack` comes before the `Began` of the next attempt, and says what becomes of the
    deltas before it. `aclose` (or cancelling the task that waits for the next step) closes the
    model's connection and books the attempt under way. Never sleeps between attempts. Read
    `attempts` and `cost_usd` at any time: every attempt that is over is in them.
    """

    def __init__(
        self, parts: Parts, decision: Decision, request: Request, accounts: Sequence[Account] = ()
    ) -> None:
        self._parts = parts
        self._decision = decision
        self._request = request
        self._today = parts.clock.today()
        self._input_tokens = decision.input_tokens
        terms = Terms(
            decision=decision,
            prices={name: parts.prices.price(name, self._today) for name in decision.order},
            configured=frozenset(parts.models),
            max_output_tokens=request.max_output_tokens,
        )
        self._ladder = Ladder(terms)
        self._purse = Purse(decision.max_cost_usd, parts.budgets, accounts)
        self._monotonic = parts.clock.monotonic
        self._attempts: list[Attempt] = []
        self._turned: list[Turned] = []
        self._ready: deque[Progress] = deque()
        self._answer: list[str] = []
        """What stands of the answer: yielded, or told by `shown`, and not taken back."""
        self._first_s: float | None = None
        self._offer: _Offer | None = None
        self._trial: Trial | None = None
        self._claimed: ModelName | None = None
        self._wants_advice = decision.wants_advisor and parts.advisor is not None
        self._is_over = False

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, in order; one that was closed early has CANCELLED."""
        return tuple(self._attempts)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every model that was passed over, with the reason, in order."""
        return self._ladder.skipped

    @property
    def turned(self) -> tuple[Turned, ...]:
        """Every circuit that has opened or closed by an attempt of this run, in order."""
        return tuple(self._turned)

    @property
    def cost_usd(self) -> Decimal:
        """Sum over `attempts`."""
        return sum((attempt.cost_usd for attempt in self._attempts), Decimal(0))

    def spend(self, attempt: Attempt) -> None:
        """Book a call that was made for this turn beside the answer; before the first step."""
        self._attempts.append(replace(attempt, number=len(self._attempts) + 1))
        self._purse.spend(attempt.cost_usd)

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
        offer, self._offer = self._offer, None
        if offer is not None:
            await self._purse.settle(offer.earmark, Decimal(0))
        self._give_claim_back()
        if self._trial is not None:
            await self._book(self._trial, GIVEN_UP)
        await self._purse.close()

    async def _step(self) -> None:
        if self._trial is not None:
            await self._take(self._trial, await self._trial.read())
        elif self._offer is not None:
            self._open(self._offer)
        else:
            await self._begin()

    async def _begin(self) -> None:
        advisor = self._parts.advisor
        if advisor is not None and self._wants_advice:
            self._wants_advice = False
            await self._take_advice(advisor)
        elif await self._climb(None) is None:
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

    async def _climb(self, failure: Failure | None) -> Rung | None:
        """Set money aside for the next attempt, and return it; None when there is none."""
        means = Means(self._purse.left_usd, self._tokens_to_go_on(), self._admits)
        rung = self._ladder.climb(failure, means)
        while rung is not None:
            self._claimed = None if rung.price.is_local else rung.model
            try:
                earmark = await self._purse.reserve(rung.worst_usd)
            except BudgetExceeded as short:
                self._give_claim_back()
                rung = self._ladder.refuse(short, means)
            else:
                self._offer = _Offer(rung, earmark)
                return rung
        return None

    def _tokens_to_go_on(self) -> int:
        if not self._answer:
            return self._input_tokens
        return max(self._input_tokens, prompt_tokens(self._continuing()))

    def _continuing(self) -> Request:
        # The model's own words about redacted text, where the caller did not tell what was shown.
        return replace(self._request, said=derived("".join(self._answer)))

    def _admits(self, model: ModelName) -> bool:
        return self._parts.health.admits(model, self._monotonic())

    def _open(self, offer: _Offer) -> None:
        """Begin an attempt; it goes on from what stands of the answer."""
        self._offer = self._claimed = None
        rung, request = offer.rung, self._request
        if self._answer:
            request = self._continuing()
            rung = rung.refitted(prompt_tokens(request), offer.earmark.amount_usd)
            if rung.max_output_tokens < 1:
                rung, request = offer.rung, self._request
                self._part()
        parts, price = self._parts, rung.price
        affordable = most_output_tokens(
            offer.earmark.amount_usd + self._purse.left_usd, price, rung.input_tokens
        )
        start = Start(
            rung=rung,
            number=len(self._attempts) + 1,
            earmark=offer.earmark,
            said=request.said,
            most_bytes=most_bytes(affordable, rung.max_output_tokens),
        )
        timeouts = parts.timeouts
        watchdog = Watchdog(timeouts, parts.health.idle_s(rung.model, timeouts.idle_s))
        pieces = parts.models[rung.model].stream(request, rung.max_output_tokens)
        self._ladder.begin()
        self._trial = Trial(start, pieces, watchdog, self._monotonic)
        self._ready.append(Began(rung.model, start.number))

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
            before_s = sum(attempt.total_s for attempt in self._attempts)
            self._first_s = before_s + (trial.meter.first_token_s or 0.0)

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
        """Write down what came of an attempt, whatever it was, and close its stream."""
        now, health = self._monotonic(), self._parts.health
        retry_after_s: float | None = None
        match outcome:
            case Stopped():
                is_whole = ends_sentence(trial.said)
                attempt = trial.meter.stopped(outcome, now, may_be_empty=is_whole)
                beside_usd = others_usd(outcome, self._parts.prices, self._today)
                attempt = replace(attempt, cost_usd=attempt.cost_usd + beside_usd)
            case ModelFailed():
                attempt = trial.meter.broken(outcome, now)
                retry_after_s = outcome.retry_after_s
        kind = attempt.failed
        if is_seam:
            # It is the answer that does not fit: the model is as healthy as before.
            attempt = replace(attempt, failed=FailureKind.MALFORMED)
            kind = FailureKind.CANCELLED
        trial.see(Sign.STOPPED if attempt.failed is None else Sign.BROKE)
        self._trial = None
        self._attempts.append(attempt)
        turned = health.record(attempt.model, kind, now, retry_after_s, attempt.first_token_s)
        health.learn_gaps(attempt.model, trial.gaps_s)
        if turned is not None:
            self._turned.append(turned)
        try:
            await self._purse.settle(trial.earmark, attempt.cost_usd)
        finally:
            await trial.close(self._parts.timeouts)
        return attempt

    def _fall_back(self, trial: Trial, kind: FailureKind) -> None:
        assert self._offer is not None
        rung = self._offer.rung
        mend = mend_of(kind, self._request, has_text=bool(self._answer), next_price=rung.price)
        if mend in (Mend.RETRACT, Mend.APOLOGISE):
            self._forget()
        self._ready.append(FellBack(trial.rung.model, rung.model, kind, mend, rung.is_retry))

    async def _finish(self, attempt: Attempt, reason: StopReason) -> None:
        self._is_over = True
        await self._purse.close()
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
        await self._purse.close()
        exhausted = Exhausted(
            attempts=self.attempts,
            cost_usd=self.cost_usd,
            retract=bool(self._answer) and self._request.can_retract,
            skipped=self.skipped,
            short=self._ladder.short,
        )
        self._ready.append(exhausted)

    def _give_claim_back(self) -> None:
        """Let go of a probe that was granted for an attempt that never began."""
        if self._claimed is not None:
            now = self._monotonic()
            self._parts.health.record(self._claimed, FailureKind.CANCELLED, now)
            self._claimed = None
