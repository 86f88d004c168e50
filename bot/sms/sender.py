"""Sends one text message, once, whatever happens on the way."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.sms.addresses import Route, per_s_of
from bot.sms.events import SmsLooped, SmsSenderRefused
from bot.sms.parts import Nudge, SmsParts, pause_s
from bot.sms.routes import Known
from bot.sms.rows import DOUBTFUL, OVER, Row, State
from bot.sms.statuses import looked_at_in_s
from channels.base import ConversationId
from channels.slots import Turns
from channels.sms.segments import segments
from channels.sms.statuses import is_later
from channels.twilio.base import Address, Outgoing, Sent, Template
from channels.twilio.codes import Action, action_for
from channels.twilio.errors import (
    TwilioBusy,
    TwilioError,
    TwilioFailed,
    TwilioRefused,
    TwilioUnclear,
)

log = logging.getLogger("copilot.sms")
STATUS_PATH, ROW = "/channels/sms/status", "o"
"""Where Twilio says what becomes of a message, and the parameter that says of which row."""
SKEW_S = 60.0
"""How far Twilio's clock may be behind ours."""
NEEDS_TEMPLATE_CODE = 63016
EXPIRED_CODE = 30036
UNAUTHORIZED = 401
AT_ONCE = 0.0
SLOW_DOWN_S = 60.0
AGAIN = frozenset({Action.BACK_OFF, Action.SLOW_DOWN, Action.LOOP_GUARD})
"""Not done, and may be done later."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message as it is to be sent."""

    row_id: str
    conversation: ConversationId
    body: str = field(repr=False)
    is_knock: bool = False
    """The template that asks the customer to write, without a text of ours."""


class Sender:
    """Brings one message at a time of one conversation to Twilio.

    Before it is sent its row says `sending`; what died then, or had no answer, is looked for at
    Twilio's, and sent again only if it is not there. Whatever waits, waits in the row: the next
    process waits on from there.
    """

    def __init__(self, parts: SmsParts, nudge: Nudge, is_draining: Callable[[], bool]) -> None:
        self._parts = parts
        self._rows = parts.rows
        self._nudge = nudge
        self._is_draining = is_draining

    async def send(self, part: Part) -> Row:
        """Return what became of a message; one that is not over waits: see `Row.state`.

        It waits when the process is told to end, or when WhatsApp takes no text now.

        Raises:
            StoreFailed: the disk failed.
        """
        row = await self._rows.of(part.row_id)
        if row is None:
            row = await self._rows.put(
                Row(part.row_id, part.conversation, part.body, since=self._parts.now())
            )
        is_paced = False
        while row.state not in OVER and not self._is_draining():
            known = await self._parts.routes.of(part.conversation)
            if known is None:
                # Nobody has ever written to us in it, so that there is nowhere to send it.
                log.error("sms.no_route", extra={"conversation": part.conversation})
                return row
            wait_s = row.not_before - self._parts.now()
            if row.state is State.PENDING and await self._parts.consents.is_revoked(known.route):
                row = await self._changed(row, partial(_over, state=State.CANCELLED), AT_ONCE)
            elif wait_s > 0:
                await self._nudge.rest(wait_s)
                row = await self._read(row)
            elif row.state in DOUBTFUL:
                row = await self._looked_for(row, known)
            elif row.tries and self._parts.now() - row.since > self._parts.terms.give_up_s:
                over = partial(_over, state=State.FAILED, code=EXPIRED_CODE)
                row = await self._changed(row, over, AT_ONCE)
            elif not await self._may_go(part, known):
                return await self._read(row)
            elif not is_paced:
                is_paced = True
                row = await self._paced(row, known.route)
            else:
                is_paced = False
                row = await self._sent(row, part, known)
        return row

    async def _may_go(self, part: Part, known: Known) -> bool:
        """Return whether the medium takes it; where it takes only a template, knock once."""
        terms = self._parts.terms
        if part.is_knock or known.takes_text(self._now(), terms.window_s):
            return True
        if not terms.template or terms.template_variable:
            return True
        knock_id = f"{part.conversation}-k{known.heard_at.timestamp():.0f}"
        await self.send(Part(knock_id, part.conversation, "", is_knock=True))
        return False

    async def _paced(self, row: Row, route: Route) -> Row:
        """Wait for a turn of the sender, one for each segment, and for what looks like a loop.

        Each conversation waits for one message at a time, so that nobody is starved.
        """
        parts = self._parts
        silent_s = await parts.loops.wait_s(row.conversation)
        if silent_s:
            tenant = parts.services.tenant.id
            parts.services.alerts.notice(SmsLooped(tenant, row.conversation))
        wait_s = await self._booked(row, route)
        until = parts.now() + max(wait_s, silent_s)
        if until <= parts.now():
            return row
        return await self._changed(row, lambda now: replace(now, not_before=until))

    async def _booked(self, row: Row, route: Route) -> float:
        turns = Turns(1.0 / per_s_of(route, self._parts.terms))
        count = 1 if route.is_whatsapp else max(1, segments(row.body).count)
        key = self._sender_key(route)
        waits = [await self._parts.cabinet.book(key, turns) for _ in range(count)]
        return waits[0]

    def _sender_key(self, route: Route) -> str:
        return f"sms.sender:{self._parts.names.sender(route)}"

    async def _sent(self, row: Row, part: Part, known: Known) -> Row:
        """Send it: the row says so before."""
        parts, now = self._parts, self._parts.now()
        message = self._outgoing(part, known)
        if message is None:
            over = partial(_over, state=State.FAILED, code=NEEDS_TEMPLATE_CODE)
            return await self._changed(row, over, AT_ONCE)

        def sending(before: Row) -> Row:
            if before.state is not State.PENDING:
                return before
            return replace(
                before,
                state=State.SENDING,
                sent_at=now,
                not_before=now + parts.terms.reconcile_s,
                tries=before.tries + 1,
                is_template=message.template is not None,
            )

        tries = row.tries
        row = await self._changed(row, sending)
        if row.tries == tries:
            return row
        try:
            sent = await parts.twilio.send(message)
        except TwilioRefused as refused:
            return await self._refused(row, refused, known.route)
        except TwilioBusy as busy:
            return await self._later(row, busy.retry_after_s)
        except TwilioFailed:
            return await self._later(row)
        except TwilioUnclear:
            log.warning("sms.unclear", extra={"row": row.id})
            parts.count("unclear")
            return await self._changed(row, _unknown)
        await self._rows.claim(sent.sid, row.id)
        return await self._linked(row, sent)

    def _outgoing(self, part: Part, known: Known) -> Outgoing | None:
        """Return the message; None when only a template may be sent, and there is none."""
        parts, terms, route = self._parts, self._parts.terms, known.route
        template: Template | None = None
        if part.is_knock or not known.takes_text(self._now(), terms.window_s):
            if not terms.template:
                return None
            values = {terms.template_variable: part.body} if terms.template_variable else {}
            template = Template(terms.template, values)
        return Outgoing(
            to=route.theirs,
            sender=Address("") if route.service else route.ours,
            service=route.service,
            body=part.body,
            template=template,
            status_callback=f"{parts.public_url}{STATUS_PATH}?{ROW}={parts.names.signed(part.row_id)}",
        )

    async def _refused(self, row: Row, refused: TwilioRefused, route: Route) -> Row:
        """Do what follows from Twilio's no: later, or never."""
        parts, action = self._parts, action_for(refused.code)
        if refused.status == UNAUTHORIZED or action is Action.SLOW_DOWN:
            tenant = parts.services.tenant.id
            parts.services.alerts.notice(SmsSenderRefused(tenant, refused.code))
        if refused.status == UNAUTHORIZED:
            return await self._later(row)
        if action is Action.SLOW_DOWN:
            # It is the queue of all that leaves this sender which is full.
            await parts.cabinet.block(self._sender_key(route), SLOW_DOWN_S)
        if action is Action.LOOP_GUARD:
            await parts.loops.silence(row.conversation)
            return await self._later(row, parts.terms.loop.rest_s)
        if action in AGAIN:
            return await self._later(row)
        wait_s = parts.terms.retry_s if action is Action.ONE_RETRY else AT_ONCE
        return await self._changed(
            row, partial(_over, state=State.FAILED, code=refused.code), wait_s
        )

    async def _later(self, row: Row, least_s: float = 0.0) -> Row:
        """Try again after a while: nothing was done."""
        wait_s = pause_s(row.tries - 1, self._parts.time.chance())
        until = self._parts.now() + max(wait_s, least_s)
        return await self._changed(
            row,
            lambda now: (
                now if now.state in OVER else replace(now, state=State.PENDING, not_before=until)
            ),
        )

    async def _looked_for(self, row: Row, known: Known) -> Row:
        """Find out whether a message of unknown outcome is at Twilio's; if not, it may go again."""
        parts = self._parts
        since = datetime.fromtimestamp(row.since, UTC) - timedelta(seconds=SKEW_S)
        try:
            found = await parts.twilio.sent_to(known.route.theirs, since)
        except TwilioError as failed:
            log.warning("sms.not_looked_up", extra={"row": row.id, "class": type(failed).__name__})
            until = parts.now() + pause_s(row.tries, parts.time.chance())
            return await self._changed(row, lambda now: replace(now, not_before=until))
        for sent in reversed(found):
            is_it = _is_from(sent, known.route) and (row.is_template or _same(sent.body, row.body))
            if is_it and await self._rows.claim(sent.sid, row.id):
                parts.count("reconciled")
                return await self._linked(row, sent)
        log.warning("sms.lost", extra={"row": row.id})
        parts.count("lost")
        return await self._changed(
            row,
            lambda now: now if now.state in OVER else replace(now, state=State.PENDING),
        )

    async def _linked(self, row: Row, sent: Sent) -> Row:
        """Note that Twilio has it, unless its status was here first."""
        wait_s = looked_at_in_s(sent.status, sent.error_code or 0, self._parts.terms.retry_s)
        return await self._changed(row, partial(_with, sent=sent), wait_s)

    async def _changed(
        self, row: Row, changed: Callable[[Row], Row], due_in_s: float | None = None
    ) -> Row:
        return await self._rows.change(row.id, changed, due_in_s) or row

    async def _read(self, row: Row) -> Row:
        return await self._rows.of(row.id) or row

    def _now(self) -> datetime:
        return self._parts.services.clock.now()


def _over(row: Row, state: State, code: int = 0) -> Row:
    """Return a row that is over, unless it turned out that Twilio has the message."""
    return row if row.state in OVER else replace(row, state=state, code=code)


def _unknown(row: Row) -> Row:
    return replace(row, state=State.UNKNOWN) if row.state is State.SENDING else row


def _with(row: Row, sent: Sent) -> Row:
    """Return a row with what Twilio has said about it; what it has said since counts more."""
    if row.sid:
        return row
    status = sent.status if is_later(sent.status, row.status) else row.status
    code = sent.error_code or row.code
    return replace(row, state=State.SENT, sid=sent.sid, status=status, code=code)


def _is_from(sent: Sent, route: Route) -> bool:
    """Return whether a message left this sender; a service has several."""
    return bool(route.service) or sent.sender in ("", route.ours)


def _same(theirs: str, ours: str) -> bool:
    """Return whether it is the same text; spaces at the ends and between words do not count."""
    return theirs.split() == ours.split()
