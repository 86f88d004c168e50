"""One answer, streamed into one thread of Slack by one writer."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, assert_never

from channels.slack.base import Json, Slack, TeamId
from channels.slack.clock import SlackClock
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
    SlackRevoked,
    SlackUnreachable,
)
from channels.slack.stream_state import (
    Append,
    Begin,
    Done,
    Ending,
    Life,
    Post,
    Settle,
    Standing,
    Step,
    Stop,
    Streamed,
    StreamTerms,
    TakeBack,
    Wait,
    next_step,
)
from channels.slack.stream_text import notice

GONE = "message_not_found"
EVENT_TYPE = "copilot_answer"
MOST_PAGES = 5
"""Of a thread, read to find out whether a message was posted."""
Write = Append | Stop | Settle | Post
METHODS: Mapping[type[Step], str] = {
    Begin: "chat.startStream",
    Append: "chat.appendStream",
    Stop: "chat.stopStream",
    Settle: "chat.update",
    Post: "chat.postMessage",
    TakeBack: "chat.delete",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer goes."""

    team: TeamId
    channel: str
    thread: str
    """`ts` of the message that it answers, or of the thread's first."""
    recipient_user: str
    """Whose question it is; Slack asks for both outside direct messages."""
    recipient_team: str


class SlackStream:
    """An answer on its way; what is visible in the end is the answer, once.

    All calls to Slack are made by one task, one after the other. What Slack does not take yet is
    kept, all of it: the limit on an answer is the caller's. Text is Markdown that pings nobody.
    Whoever has fed it calls `finish` or `abandon` in the end, also when cancelled in `finish`.
    """

    def __init__(
        self,
        slack: Slack,
        target: Target,
        clock: SlackClock | None = None,
        terms: StreamTerms | None = None,
    ) -> None:
        self._slack = slack
        self._target = target
        self._clock = clock or SlackClock()
        self._terms = terms or StreamTerms()
        self._text = ""
        self._taken = 0
        self._ending = Ending.NOT_YET
        self._blocks: Sequence[Json] = ()
        self._streamed: Streamed | None = None
        self._closed: list[Streamed] = []
        self._taken_back: list[Streamed] = []
        self._can_stream = True
        self._was_stopped = False
        self._post_key = secrets.token_hex(8)
        self._is_post_in_doubt = False
        self._holds: dict[str, float] = {}
        self._tries = 0
        self._failure: SlackFailed | None = None
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def was_stopped(self) -> bool:
        """True once the customer has pressed Stop: generating more is of no use."""
        return self._was_stopped

    @property
    def shown(self) -> str:
        """The part of the answer that Slack is known to show."""
        return self._text[: self._taken]

    def feed(self, text: str) -> None:
        """Add to the answer; never waits. After the end, or a failure, it changes nothing."""
        if text and self._ending is Ending.NOT_YET:
            self._text += text
            self._go()

    def replace(self, text: str) -> None:
        """Take back what was shown, and begin again with this."""
        if self._ending is not Ending.NOT_YET:
            return
        self._taken_back += self._closed
        if self._streamed is not None:
            self._taken_back.append(self._streamed)
        self._closed, self._streamed = [], None
        self._text, self._taken = text, 0
        self._go()

    def stop(self) -> None:
        """The customer has pressed Stop: what is there stays, nothing is added."""
        self._was_stopped = True
        self._ending = Ending.CUT
        self._wake.set()

    async def finish(self, blocks: Sequence[Json] = ()) -> tuple[str, ...]:
        """Bring out the rest, with blocks below it; returns the `ts` of the messages, in order.

        Raises:
            SlackFailed: it could not be brought out whole; `shown` says what was.
        """
        if self._ending is Ending.NOT_YET:
            self._ending = Ending.FINISHED
            self._blocks = blocks
        self._go()
        assert self._writer is not None
        await asyncio.wait({self._writer})
        self._writer.result()
        if self._failure is not None:
            raise self._failure
        return tuple(streamed.ts for streamed in self._closed)

    async def abandon(self) -> None:
        """Stop the stream where it stands; what has not been shown never is."""
        self._ending = Ending.CUT
        self._wake.set()
        if self._writer is not None:
            await asyncio.wait({self._writer})
            self._writer.result()

    def _go(self) -> None:
        self._wake.set()
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._failure is None:
            self._wake.clear()
            step = next_step(self._standing(), self._terms)
            if isinstance(step, Done):
                return
            wait_s = step.for_s if isinstance(step, Wait) else self._held_s(METHODS[type(step)])
            if isinstance(step, Begin) and wait_s and self._ending is Ending.FINISHED:
                self._can_stream = False
            elif wait_s is None or wait_s > 0:
                await self._pause(wait_s)
            else:
                await self._try(step)

    def _standing(self) -> Standing:
        return Standing(
            self._text,
            self._taken,
            self._clock.monotonic(),
            self._ending,
            self._streamed,
            tuple(self._taken_back),
            self._can_stream,
            bool(self._blocks),
        )

    async def _pause(self, for_s: float | None) -> None:
        if for_s is None:
            await self._wake.wait()
            return
        loop = asyncio.get_running_loop()
        both = (loop.create_task(self._wake.wait()), loop.create_task(self._clock.sleep(for_s)))
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def _held_s(self, method: str) -> float:
        return max(0.0, self._holds.get(method, 0.0) - self._clock.monotonic())

    async def _try(self, step: Step) -> None:
        streamed = self._streamed
        try:
            await self._do(step)
            self._tries = 0
        except SlackRefused as refused:
            self._refused(step, streamed, refused)
        except SlackBusy as busy:
            self._hold(METHODS[type(step)], busy.retry_after_s, busy)
        except SlackUnreachable as unreachable:
            self._unanswered(step, streamed, unreachable)
        except SlackRevoked as revoked:
            self._failure = revoked

    async def _do(self, step: Step) -> None:
        match step:
            case Begin():
                await self._begin()
            case Append():
                await self._append(step)
            case Stop():
                await self._stop(step)
            case Settle():
                await self._settle(step)
            case Post():
                await self._post(step)
            case TakeBack():
                await self._take_back(step.streamed)
            case Wait() | Done():
                pass
            case _:
                assert_never(step)

    async def _call(self, method: str, arguments: Json) -> Json:
        whole = {"channel": self._target.channel, **arguments}
        return await self._slack.call(self._target.team, method, whole)

    async def _begin(self) -> None:
        target = self._target
        who = {
            "recipient_user_id": target.recipient_user,
            "recipient_team_id": target.recipient_team,
        }
        known = {name: value for name, value in who.items() if value}
        answer = await self._call("chat.startStream", {"thread_ts": target.thread, **known})
        now = self._clock.monotonic()
        self._streamed = Streamed(str(answer["ts"]), now, now)

    async def _append(self, step: Append) -> None:
        streamed = self._current()
        await self._call("chat.appendStream", {"ts": streamed.ts, "markdown_text": step.text})
        self._advance(streamed, step, streamed.body + step.text, Life.OPEN)

    async def _stop(self, step: Stop) -> None:
        streamed = self._current()
        arguments: dict[str, Any] = {"ts": streamed.ts}
        if step.text.strip():
            arguments["markdown_text"] = step.text
        if step.is_last and self._blocks:
            arguments["blocks"] = list(self._blocks)
        await self._call("chat.stopStream", arguments)
        life = Life.LOST if streamed.life is Life.UNSURE else Life.CLOSED
        self._advance(streamed, step, streamed.body + step.text, life)

    async def _settle(self, step: Settle) -> None:
        streamed = self._current()
        content = self._content(step.text, step.is_last)
        await self._call("chat.update", {"ts": streamed.ts, **content})
        self._advance(streamed, step, step.text, Life.CLOSED)

    async def _post(self, step: Post) -> None:
        thread = self._target.thread
        key = f"{self._post_key}:{self._taken}"
        ts = await self._look_up(key) if self._is_post_in_doubt else ""
        if not ts:
            self._is_post_in_doubt = False
            metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": key}}
            content = self._content(step.text, step.is_last)
            arguments = {"thread_ts": thread, "metadata": metadata, **content}
            ts = str((await self._call("chat.postMessage", arguments))["ts"])
        self._is_post_in_doubt = False
        now = self._clock.monotonic()
        self._streamed = Streamed(ts, now, now)
        self._advance(self._streamed, step, step.text, Life.CLOSED)

    async def _look_up(self, key: str) -> str:
        """Return the `ts` of the message that we posted under this key, or nothing."""
        asked: dict[str, Any] = {"ts": self._target.thread, "include_all_metadata": True}
        for _ in range(MOST_PAGES):
            answer = await self._call("conversations.replies", {"limit": 200, **asked})
            for message in answer.get("messages", ()):
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("id") == key:
                    return str(message["ts"])
            asked["cursor"] = answer.get("response_metadata", {}).get("next_cursor", "")
            if not asked["cursor"]:
                break
        return ""

    async def _take_back(self, streamed: Streamed) -> None:
        ts = {"ts": streamed.ts}
        if streamed.life is not Life.CLOSED:
            with suppress(SlackRefused):  # it is closed already, by whomever
                await self._call("chat.stopStream", ts)
        try:
            await self._call("chat.delete", ts)
        except SlackRefused as refused:
            if refused.error != GONE:
                await self._call("chat.update", {**ts, "markdown_text": "…"})
        self._taken_back.remove(streamed)

    def _content(self, text: str, is_last: bool) -> Json:
        blocks = list(self._blocks) if is_last else []
        if not blocks:
            return {"markdown_text": text}
        said = [{"type": "markdown", "text": text}] if text.strip() else []
        return {"text": notice(text) or "…", "blocks": [*said, *blocks]}

    def _current(self) -> Streamed:
        assert self._streamed is not None
        return self._streamed

    def _advance(self, streamed: Streamed, step: Write, body: str, life: Life) -> None:
        if self._streamed is not streamed:
            return  # taken back while Slack was answering
        self._taken += step.count
        if not isinstance(step, Append) and step.is_last:
            self._taken, self._blocks = len(self._text), ()
        now = self._clock.monotonic()
        self._streamed = replace(streamed, body=body, life=life, flushed_at=now)
        if life is Life.CLOSED:
            self._close()

    def _close(self) -> None:
        if self._streamed is not None:
            self._closed.append(replace(self._streamed, life=Life.CLOSED))
        self._streamed = None

    def _refused(self, step: Step, streamed: Streamed | None, refused: SlackRefused) -> None:
        if isinstance(step, Begin):
            self._can_stream = False
        elif streamed is None or isinstance(step, Post | TakeBack):
            self._failure = refused
        elif self._streamed is streamed:
            self._broke_off(streamed, refused)

    def _broke_off(self, streamed: Streamed, refused: SlackRefused) -> None:
        match refused.error:
            case "message_not_in_streaming_state":
                self._streamed = replace(streamed, life=Life.LOST)
            case "streaming_state_conflict":
                self._streamed = replace(streamed, life=Life.UNSURE)
                self._count(refused)
            case "stopped_by_user":
                self._close()
                self.stop()
            case "message_not_found":
                self._streamed = None  # somebody has deleted it: the rest goes into the next
            case "msg_too_long" if streamed.body and not streamed.is_full:
                self._streamed = replace(streamed, is_full=True)
            case _:
                self._failure = refused

    def _unanswered(
        self, step: Step, streamed: Streamed | None, unreachable: SlackUnreachable
    ) -> None:
        if isinstance(step, Begin):
            self._can_stream = False
            return
        pause_s = self._terms.first_pause_s * 2**self._tries
        self._hold(METHODS[type(step)], pause_s, unreachable)
        if not unreachable.is_unknown:
            return
        if isinstance(step, Post):
            self._is_post_in_doubt = True
        elif isinstance(step, Append | Stop) and streamed and self._streamed is streamed:
            self._streamed = replace(streamed, life=Life.UNSURE)

    def _hold(self, method: str, for_s: float, failed: SlackFailed) -> None:
        self._holds[method] = self._clock.monotonic() + for_s
        self._count(failed)

    def _count(self, failed: SlackFailed) -> None:
        self._tries += 1
        if self._tries >= self._terms.most_tries:
            self._failure = failed
