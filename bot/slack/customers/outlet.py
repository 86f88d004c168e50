"""Where what customers in Slack are told leaves the house: one courier per conversation."""

from collections.abc import Sequence
from datetime import datetime

from bot.outlets.couriers import Couriers
from bot.slack.customers.courier import Accept, Courier, Means
from bot.slack.customers.ledger import Ledger
from bot.slack.parts import SlackParts
from channels.base import ConversationId
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackRevoked


class Outlet:
    """Brings the log of every conversation in Slack out: in order, once, whoever dies meanwhile.

    `push` is for `Scribe.pushes`. Nothing is lost while Slack is down: couriers wait for it.
    """

    def __init__(self, parts: SlackParts, accept: Accept, clock: SlackClock | None = None) -> None:
        """Tell `accept`, which is `Reception.accept`, what Slack says that the customer did."""
        self._store = parts.services.store
        self._ledger = Ledger(parts.cabinet, parts.services.clock)
        means = Means(
            slack=parts.slack,
            services=parts.services,
            ledger=self._ledger,
            accept=accept,
            clock=clock or SlackClock(),
            unwanted=set(),
        )
        self._doubtful: set[ConversationId] = set()
        self.couriers = Couriers(
            lambda conversation: Courier(means, conversation, conversation in self._doubtful),
            means.clock.sleep,
            "slack",
            self._ended,
        )
        self.push = self.couriers.push

    @property
    def active(self) -> int:
        """How many conversations are followed."""
        return self.couriers.active

    async def begin(self, conversation: ConversationId) -> None:
        """Remember a conversation, before it has a log.

        Raises:
            StoreFailed: the disk failed.
        """
        await self._ledger.begin(conversation)

    def stop(self, conversation: ConversationId) -> None:
        """The customer has pressed Stop: what is being said stays as it is."""
        courier = self.couriers.of(conversation)
        if courier is not None:
            courier.stop()

    async def recover(self) -> int:
        """Bring out what a process that died has left; returns in how many conversations.

        To be called before anything is taken from Slack: what is found behind now may have been
        said without being noted, and is looked for.

        Raises:
            StoreFailed: the disk failed.
        """
        behind = await self._ledger.behind(self._store)
        self._doubtful.update(behind)
        for conversation in behind:
            self.push(conversation)
        return len(behind)

    async def recent(self, since: datetime) -> Sequence[ConversationId]:
        """Return in which conversations something was said since then, the latest first.

        Raises:
            StoreFailed: the disk failed.
        """
        return await self._ledger.recent(since)

    async def prune(self) -> int:
        """Forget what is too old to be corrected, and who has been silent; returns how much."""
        pruned = await self._ledger.prune()
        return pruned + await self._ledger.forget_silent(self._store, self._is_followed)

    async def drain(self, within_s: float) -> None:
        """Bring out what is in the log, then end; what does not make it is brought out later."""
        await self.couriers.drain(within_s)

    async def close(self) -> None:
        """End at once; streams are stopped where they stand."""
        await self.couriers.close()

    def _is_followed(self, conversation: ConversationId) -> bool:
        return self.couriers.of(conversation) is not None

    def _ended(self, conversation: ConversationId, failure: BaseException | None) -> bool:
        """Note what may have been said all the same; who has thrown us out is not asked again."""
        if failure is None:
            self._doubtful.discard(conversation)
        else:
            self._doubtful.add(conversation)
        return not isinstance(failure, SlackRevoked)
