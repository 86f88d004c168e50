"""One call on one socket, from its answer to its end."""

from bot.errors import StoreFailed
from bot.stores.base import HeadOf
from bot.voice.answered import Answered
from bot.voice.live import Live
from bot.voice.parts import VoiceParts
from bot.voice.talk import Talk
from channels.errors import ChannelBusy, ChannelRefused
from channels.voice import base

HUNG_UP = frozenset({1000, 1005})
"""Codes with which the vendor closes a call that is over; any other is a line that was lost."""
RETRY_AFTER_S = 1.0


class CustomerCall:
    """Implements `channels.voice.base.Callee`."""

    def __init__(self, parts: VoiceParts, live: Live) -> None:
        """Have the call found in `live` under its SID for as long as the socket is open."""
        self._parts = parts
        self._live = live
        self._call = ""
        self._talk: Talk | None = None

    async def answered(self, setup: base.Setup, line: base.Line) -> None:
        """Take a call that came to us before; see `Callee.answered`.

        Raises:
            ChannelRefused: nobody knows the call, or it is over.
            ChannelBusy: the disk failed.
        """
        # What an earlier line of the call has left is read below.
        await self._live.end(setup.call)
        try:
            answered = await self._answered(setup, line)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        self._call, self._talk = setup.call, Talk(self._parts, answered)
        self._live.put(setup.call, self._talk)
        self._talk.start()

    async def heard(self, event: base.Heard) -> None:
        """Take what was heard; see `Callee.heard`."""
        if self._talk is not None and self._live.has(self._call, self._talk):
            self._talk.heard(event)

    async def gone(self, code: int) -> None:
        """Note that the line is gone, and end what nobody will hear; see `Callee.gone`."""
        talk = self._talk
        if talk is None or not self._live.has(self._call, talk):
            return
        if code in HUNG_UP and not talk.is_leaving:
            talk.hung_up()
        await self._live.end(self._call)

    async def _answered(self, setup: base.Setup, line: base.Line) -> Answered:
        services = self._parts.services
        known = await self._parts.calls.find(setup.call)
        if known is None or known.is_over:
            raise ChannelRefused("unknown_call")
        heads = await services.store.find(HeadOf(known.conversation))
        if not heads:
            raise ChannelRefused("unknown_call")
        return Answered(
            setup=setup,
            known=known,
            head=heads[0],
            vault=await services.vaults.of(known.conversation),
            line=line,
            is_first=not (known.losses or known.was_left or setup.is_second),
        )
