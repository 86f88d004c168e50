"""What the parts of the SMS side work with, and the time that they rest by."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.humans.receipts import NoReceipts, Receipts
from bot.outlets.ledger import Ledger
from bot.services import Services
from bot.sms.addresses import Names
from bot.sms.consent import Consents
from bot.sms.ledger import Reached
from bot.sms.loops import Loops
from bot.sms.routes import Routes
from bot.sms.rows import Rows
from bot.sms.terms import SmsTerms
from bot.stores.cabinet import Cabinet
from channels.base import Act, ConversationId
from channels.slots import Slots
from channels.twilio.base import Twilio

Accept = Callable[[ConversationId, Act], Awaitable[object]]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 120.0


class Keeping(Cabinet, Slots, Protocol):
    """The cabinet, which keeps turns, too."""


@dataclass(frozen=True, slots=True)
class SmsTime:
    """The defaults are the real ones."""

    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """From 0 to below 1: spreads what would be tried again at the same moment."""


@dataclass(frozen=True, slots=True)
class SmsParts:
    """One company's text messages, wired."""

    twilio: Twilio
    services: Services
    cabinet: Keeping
    names: Names
    consents: Consents
    routes: Routes
    rows: Rows
    ledger: Ledger[Reached]
    loops: Loops
    terms: SmsTerms
    public_url: str
    time: SmsTime = field(default_factory=SmsTime)
    receipts: Receipts = field(default_factory=NoReceipts)
    """Where humans see what became of what they wrote."""

    def now(self) -> float:
        """Return the instant as Unix seconds."""
        return self.services.clock.now().timestamp()

    def count(self, name: str) -> None:
        """Count something that happened on the wire, by a fixed name."""
        self.services.metrics.channel_events.labels(f"sms_{name}").inc()


def pause_s(tries: int, chance: float) -> float:
    """Return how long to wait after so many tries: longer and longer, never all at once."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries, 16))
    return longest * (0.5 + chance / 2)


class Nudge:
    """A rest that somebody may end early."""

    def __init__(self, time: SmsTime) -> None:
        self._time = time
        self._is_set = asyncio.Event()

    def set(self) -> None:
        """End the rest, or the next one."""
        self._is_set.set()

    async def rest(self, seconds: float) -> None:
        """Rest, up to so many seconds."""
        loop = asyncio.get_running_loop()
        tasks = [
            loop.create_task(self._time.sleep(seconds)),
            loop.create_task(self._woken()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._is_set.clear()

    async def _woken(self) -> None:
        await self._is_set.wait()
