"""What follows when a message did not reach a customer: once more, or humans are told."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.sms.arrivals import Arrivals
from bot.sms.events import SmsNotDelivered, SmsOptOutFound, SmsSenderRefused
from bot.sms.parts import SmsParts
from bot.sms.rows import AGAIN_SUFFIX, Row, State
from bot.sms.statuses import Statuses
from bot.sms.telling import OPTED_OUT, tell_desk, undelivered
from channels.sms.statuses import FAILED
from channels.twilio.codes import Action, action_for

log = logging.getLogger("copilot.sms")
ONCE_MORE = frozenset({Action.ONE_RETRY, Action.BACK_OFF, Action.NEEDS_TEMPLATE})
OPERATIONS = frozenset({Action.OPERATIONS, Action.SLOW_DOWN, Action.OUR_BUG})


class Troubles:
    """Looks at rows of messages that did not arrive; safe to do again."""

    def __init__(self, parts: SmsParts, statuses: Statuses, again: Callable[[Row], None]) -> None:
        """`again` has a message sent once more, and settles its row then."""
        self._parts = parts
        self._statuses = statuses
        self._again = again
        self._arrivals = Arrivals(parts.services, parts.rows, parts.receipts)

    async def look_at(self, row: Row) -> None:
        """Do what follows.

        Raises:
            StoreFailed: the disk failed.
        """
        parts = self._parts
        if row.state is State.SENT and row.status not in FAILED:
            await self._statuses.ask(row)
            return
        action = action_for(row.code) if row.code else None
        if row.state is State.CANCELLED:
            await tell_desk(parts.services, row.conversation, f"sms-{row.id}", OPTED_OUT)
        elif action is Action.OPT_OUT:
            await self._opted_out(row)
        elif await self._may_go_again(row, action):
            if action is Action.NEEDS_TEMPLATE:
                await parts.routes.close_window(row.conversation, _sent_at(row))
            self._again(row)
            return
        else:
            await self._tell(row, action or Action.OPERATIONS)
        await self._arrivals.look_at(row)
        await parts.rows.settle(row.id)

    async def _may_go_again(self, row: Row, action: Action | None) -> bool:
        if action not in ONCE_MORE or row.id.endswith(AGAIN_SUFFIX) or not row.body:
            return False
        return action is not Action.NEEDS_TEMPLATE or bool(self._parts.terms.template)

    async def _opted_out(self, row: Row) -> None:
        """Remember what Twilio knew and we did not; humans are told once."""
        parts = self._parts
        known = await parts.routes.of(row.conversation)
        assert known is not None, "what was sent had a route"
        if not await parts.consents.is_revoked(known.route):
            tenant = parts.services.tenant.id
            parts.services.alerts.notice(SmsOptOutFound(tenant, row.conversation))
        # What the customer has wished since then counts more.
        await parts.consents.revoke(known.route, _sent_at(row))
        await tell_desk(parts.services, row.conversation, f"sms-{row.id}", OPTED_OUT)

    async def _tell(self, row: Row, action: Action) -> None:
        services = self._parts.services
        log.warning("sms.not_delivered", extra={"row": row.id, "code": row.code})
        services.alerts.notice(SmsNotDelivered(services.tenant.id, row.code, action.value))
        if action in OPERATIONS and row.code:
            services.alerts.notice(SmsSenderRefused(services.tenant.id, row.code))
        text = undelivered(action, row.code)
        await tell_desk(services, row.conversation, f"sms-{row.id}", text)


def _sent_at(row: Row) -> datetime:
    return datetime.fromtimestamp(row.sent_at, UTC)
