"""What Twilio says about messages that it has, told or asked."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.sms.arrivals import Arrivals
from bot.sms.parts import SmsParts
from bot.sms.rows import NEVER, Row, State
from channels.base import ConversationId
from channels.sms.statuses import FAILED, StatusUpdate, is_later, is_with_carrier
from channels.twilio.codes import Action, action_for
from channels.twilio.errors import TwilioError

log = logging.getLogger("copilot.sms")
AT_ONCE = 0.0
MAY_HELP = frozenset({Action.ONE_RETRY, Action.BACK_OFF})


class Statuses:
    """Takes statuses in any order, however often; every method raises StoreFailed."""

    def __init__(self, parts: SmsParts, changed: Callable[[ConversationId], None]) -> None:
        """`changed` is told in which conversation something was news."""
        self._parts = parts
        self._changed = changed
        self._arrivals = Arrivals(parts.services, parts.rows, parts.receipts)

    async def heard(self, row_id: str, update: StatusUpdate) -> bool:
        """Take a status of a message; return whether it was news."""
        rows = self._parts.rows
        row = await rows.of(row_id)
        if row is None or not await rows.claim(update.sid, row_id):
            log.warning("sms.status_of_nothing", extra={"row": row_id})
            self._parts.count("status_of_nothing")
            return False
        is_news = False

        def changed(before: Row) -> Row:
            nonlocal is_news
            after = _with_status(before, update)
            is_news = (after.sid, after.status) != (before.sid, before.status)
            return after

        wait_s = looked_at_in_s(update.status, update.error_code or 0, self._parts.terms.retry_s)
        await rows.change(row_id, changed, wait_s)
        if is_news:
            fields = {"status": update.status, "code": update.error_code or 0}
            log.info("sms.status", extra={"row": row_id, **fields})
            await self._arrivals.look_at(replace(row, status=update.status))
            self._changed(row.conversation)
        return is_news

    async def ask(self, row: Row) -> None:
        """Ask, once, what became of a message of which nothing more was heard."""
        self._parts.count("status_asked")
        try:
            sent = await self._parts.twilio.find(row.sid)
        except TwilioError as failed:
            log.warning("sms.not_asked", extra={"row": row.id, "class": type(failed).__name__})
            sent = None
        is_news = sent is not None and await self.heard(
            row.id, StatusUpdate(sent.sid, sent.status, sent.error_code)
        )
        if not is_news:
            await self._parts.rows.settle(row.id)


def looked_at_in_s(status: str, code: int, retry_s: float) -> float:
    """Return after how long a message has to be looked at that has this status now.

    One that failed at once, or when it may be sent again; one that Twilio still has when its next
    status should be here long since.
    """
    if status in FAILED:
        may_help = bool(code) and action_for(code) in MAY_HELP
        return retry_s if may_help else AT_ONCE
    return NEVER if is_with_carrier(status) else retry_s


def _with_status(row: Row, update: StatusUpdate) -> Row:
    """Return a row with a status that says more than the one before; it is at Twilio's, then."""
    if row.sid and row.sid != update.sid:
        return row
    status = update.status if is_later(update.status, row.status) else row.status
    code = update.error_code or row.code
    return replace(row, state=State.SENT, sid=update.sid, status=status, code=code)
