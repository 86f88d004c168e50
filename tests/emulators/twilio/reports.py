"""What becomes of a message that we sent: it reaches its phone, and its reports are sent."""

import asyncio
import random
from collections.abc import Sequence

from tests.emulators.twilio.driver import Delivery
from tests.emulators.twilio.sender import Sender
from tests.emulators.twilio.state import VERSION, Problem, StoredMessage

ORDERS = frozenset({"all", "none", "reversed", "doubled", "shuffled"})
EXPIRED = 30036


class Reports(Sender):
    """See the package's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.reports = "all"
        self.statuses: Sequence[str] = ("queued", "sent", "delivered")
        """What is reported of a message that arrives, by itself, in this order."""
        self.report_lag_s = 0.0
        """Before each report."""
        self.reports_first = False
        """Whether reports are sent before the create is answered."""
        self.chance = random.Random(5)
        """Of `reports = "shuffled"`."""
        self.is_stuck = False
        """Whether messages stay with Twilio: neither sent nor reported until `carry`."""
        self._stuck: list[StoredMessage] = []

    async def report(
        self, sid: str, status: str, error_code: int | None = None, **fields: str
    ) -> Delivery:
        """Send one status callback, and let the message have the status if it is a later one."""
        message = self.state.message(sid)
        assert message.callback, f"{sid!r} has no StatusCallback"
        message.become(status, self.state.now(), error_code)
        form = {
            "SmsSid": sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.to,
            "MessageSid": sid,
            "AccountSid": self.state.account,
            "From": message.sender,
            "ApiVersion": VERSION,
        }
        if message.service:
            form["MessagingServiceSid"] = message.service
        if ":" in message.to:
            form |= {
                "ChannelPrefix": message.to.partition(":")[0],
                "ChannelInstallSid": "XE" + "0" * 32,
            }
            form |= {"EventType": status.upper()} if status in ("delivered", "read") else {}
        if error_code is not None:
            form["ErrorCode"] = str(error_code)
        elif status == "delivered" and ":" not in message.to:
            form["RawDlrDoneDate"] = f"{self.state.now():%y%m%d%H%M}"
        message.reported.append(status)
        return await self.posts(message.callback, form | fields)

    def carry(self) -> None:
        """Let what is stuck at Twilio go on, each message with its reports."""
        stuck, self._stuck = self._stuck, []
        for message in stuck:
            self.arrive(message)
            self.spawn(self.report_all(message))
        self.wake()

    def arrive(self, message: StoredMessage) -> None:
        """Let a message reach its phone, or fail on its way."""
        now = self.state.now()
        late_s = self.state.clock() - message.at
        if message.validity_s is not None and late_s > message.validity_s:
            message.fails_with, message.fails_as = EXPIRED, "failed"
        if message.status == "canceled":
            return
        if message.fails_with is not None:
            message.become(message.fails_as, now, message.fails_with)
        else:
            self.state.phone(message.to).messages.append(message)
            message.become("sent", now)
            if self.reports != "none":
                message.become("delivered", now)

    async def accepted(self, message: StoredMessage) -> None:
        """Go on with a message that was created: to its phone, and to its reports."""
        if message.status == "scheduled":
            return
        if self.is_stuck:
            self._stuck.append(message)
            return
        self.arrive(message)
        if self.reports_first:
            await self.report_all(message)
        else:
            self.spawn(self.report_all(message))

    async def report_all(self, message: StoredMessage) -> None:
        """Send the reports of a message, in the order that `reports` names."""
        assert self.reports in ORDERS, f"{self.reports!r} is none of {sorted(ORDERS)}"
        if not message.callback or self.reports == "none" or message.status == "canceled":
            return
        if not self.target or not self.is_of_app(message.callback):
            self.debugger.append(Problem(11210, message.callback))
            return
        for status, code in self._to_be_reported(message):
            await asyncio.sleep(self.report_lag_s)
            if message not in self.state.messages:
                return
            copies = 2 if self.reports == "doubled" else 1
            sending = [self.report(message.sid, status, code) for _ in range(copies)]
            await asyncio.gather(*sending)

    def _to_be_reported(self, message: StoredMessage) -> list[tuple[str, int | None]]:
        statuses: list[tuple[str, int | None]] = [(status, None) for status in self.statuses]
        if message.fails_with is not None:
            early = [one for one in statuses if one[0] in ("queued", "sending", "sent")]
            was_sent = message.fails_as == "undelivered"
            kept = early if was_sent else [one for one in early if one[0] != "sent"]
            statuses = [*kept, (message.fails_as, message.fails_with)]
        if self.reports == "reversed":
            statuses.reverse()
        elif self.reports == "shuffled":
            self.chance.shuffle(statuses)
        return statuses
