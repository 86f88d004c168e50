"""What was sent lately in each conversation, kept in the cabinet: two machines must not go on."""

import json
from dataclasses import asdict
from datetime import timedelta

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from channels.sms.loop_guard import LoopTerms, Replies, after_reply, silenced

LOOP = "sms.loop"


class Loops:
    """One rule for each conversation, whichever process sends; see `channels.sms.loop_guard`.

    Every method raises StoreFailed when the disk fails.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock, terms: LoopTerms) -> None:
        self._cabinet = cabinet
        self._clock = clock
        self._terms = terms

    async def wait_s(self, conversation: ConversationId) -> float:
        """Count one message; return 0.0 when it may go, else the seconds to be silent."""
        before, now = await self._of(conversation), self._clock.now().timestamp()
        after, wait_s = after_reply(before, self._terms, now)
        if after != before:
            await self._keep(conversation, after)
        return wait_s

    async def silence(self, conversation: ConversationId) -> None:
        """Send nothing for a while: Twilio has seen a loop."""
        now = self._clock.now().timestamp()
        await self._keep(conversation, silenced(await self._of(conversation), self._terms, now))

    async def prune(self) -> int:
        """Forget what counts no more; return of how many conversations."""
        longest_s = max(self._terms.within_s, self._terms.rest_s)
        before = self._clock.now() - timedelta(seconds=longest_s)
        return await self._cabinet.remove(LOOP, None, before)

    async def _of(self, conversation: ConversationId) -> Replies:
        found = await self._cabinet.find(LOOP, conversation)
        if not found:
            return Replies()
        value = json.loads(found[0].value)
        return Replies(tuple(value["at"]), value["silent_until"])

    async def _keep(self, conversation: ConversationId, replies: Replies) -> None:
        value = json.dumps(asdict(replies))
        await self._cabinet.put(Entry(LOOP, conversation, value, self._clock.now()))
