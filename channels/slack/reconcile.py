"""Looks for what was said in threads while no socket was open."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from channels.errors import ChannelBusy
from channels.slack.base import Inbox, Slack
from channels.slack.errors import SlackBusy, SlackRefused, SlackRevoked, SlackUnreachable
from channels.slack.missed import Thread, livelier, missed, oldest, order

log = logging.getLogger("copilot.slack")
REPLIES, HISTORY = "conversations.replies", "conversations.history"


@dataclass(frozen=True, slots=True)
class ReconcilerTerms:
    """How a gap is looked through; seconds where it says `_s`."""

    page: int = 200
    """Messages a call; Slack gives some apps fewer."""
    most_pages: int = 20
    """Of one thread."""
    pause_s: float = 5.0
    """Before a thread is tried again whose messages could not be had, or kept."""
    most_tries: int = 60
    """Of one thread; with these pauses five minutes."""


Threads = Callable[[float], Awaitable[Iterable[Thread]]]
"""Returns the threads to look into for a gap that began at an instant, in Unix seconds."""


class Reconciler:
    """Puts into the inbox what the door may have missed, as if it had come.

    `ask` may be called at any time; several gaps that are not yet looked through become one.
    """

    def __init__(
        self,
        slack: Slack,
        inbox: Inbox,
        kick: Callable[[], None],
        threads: Threads,
        terms: ReconcilerTerms | None = None,
    ) -> None:
        """Look into what `threads` returns, keep in `inbox`, and call `kick` then."""
        self._slack = slack
        self._inbox = inbox
        self._kick = kick
        self._threads = threads
        self._terms = terms or ReconcilerTerms()
        self._since = math.inf
        self._asked = asyncio.Event()

    def ask(self, since: float) -> None:
        """Say that something may have been missed since an instant, in Unix seconds."""
        self._since = min(self._since, since)
        self._asked.set()

    async def run(self) -> None:
        """Look through the gaps as they are asked for, for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            since, self._since = self._since, math.inf
            # Whatever `threads` raises is an outcome: the gap must not be forgotten.
            [found] = await asyncio.gather(self._filled(since), return_exceptions=True)
            if isinstance(found, BaseException):
                log.error("slack.not_reconciled", extra={"error": type(found).__name__})
                await asyncio.sleep(self._terms.pause_s)
                self.ask(since)
            else:
                log.info("slack.reconciled", extra={"found": found})

    async def _filled(self, since: float) -> int:
        return await self.reconcile(await self._threads(since), since)

    async def reconcile(self, threads: Iterable[Thread], since: float) -> int:
        """Keep what was said in these threads since then; return how much of it was new.

        A thread that Slack does not show any more is left out, loudly.
        """
        waiting = deque((thread, 1) for thread in threads)
        found = 0
        while waiting:
            thread, tries = waiting.popleft()
            pause_s = self._terms.pause_s
            try:
                new, threads = await self._look_into(thread, since)
                found += new
                waiting.extend((one, 1) for one in threads)
                continue
            except (SlackRefused, SlackRevoked):
                log.warning("slack.thread_gone", extra={"team": thread.team})
                continue
            except (SlackBusy, ChannelBusy) as busy:
                pause_s = busy.retry_after_s
            except SlackUnreachable:
                pass
            if tries >= self._terms.most_tries:
                log.error("slack.not_reconciled", extra={"team": thread.team})
                continue
            waiting.append((thread, tries + 1))
            await asyncio.sleep(pause_s)
        return found

    async def _look_into(self, thread: Thread, since: float) -> tuple[int, Sequence[Thread]]:
        """Keep what was missed in one thread; returns how much, and what else to look into.

        Raises:
            SlackFailed, ChannelBusy: not to the end; what was kept stays, and counts no more.
        """
        after = oldest(thread, since)
        messages = await self._messages(thread, min(after, thread.tops or after, key=order))
        new = 0
        for envelope in missed(thread, after, messages):
            new += await self._inbox.keep(envelope)
        if new:
            self._kick()
        return new, livelier(thread, after, messages)

    async def _messages(self, thread: Thread, after: str) -> Sequence[object]:
        """Return what Slack shows there after a message, and maybe the thread's first one."""
        asked: dict[str, object] = {
            "channel": thread.channel,
            "oldest": after,
            "limit": self._terms.page,
        }
        if thread.ts:
            asked["ts"] = thread.ts
        messages: list[object] = []
        for _ in range(self._terms.most_pages):
            method = REPLIES if thread.ts else HISTORY
            answer = await self._slack.call(thread.team, method, asked)
            found = answer.get("messages")
            messages += found if isinstance(found, list) else []
            cursor = _next(answer.get("response_metadata"))
            if not cursor:
                return messages
            asked["cursor"] = cursor
        log.warning("slack.thread_too_long", extra={"team": thread.team})
        return messages


def _next(metadata: object) -> str:
    cursor = metadata.get("next_cursor") if isinstance(metadata, dict) else None
    return cursor if isinstance(cursor, str) else ""
