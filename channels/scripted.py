"""The shipped double of `Conversations`: logs in memory, answers from a script.

For tests of web chat, for demonstrations of the widget, and for anybody who writes a medium.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.base import (
    Act,
    ConversationId,
    Frame,
    History,
    Opened,
    Opening,
    Said,
    Stopped,
    Uploaded,
    WantsHuman,
)
from channels.errors import ChannelBusy, ChannelRefused
from channels.scripted_log import ScriptedLog, ScriptedWatch, encoded, words
from channels.upload import MOST_FILES

ANSWER = (
    "Your statement is ready on the **first working day** of each month. You find it under "
    "*Documents* in the Aurelis Bank app, and we keep it there for ten years [1]."
)
CITATION = {
    "n": 1,
    "title": "When is my statement ready?",
    "url": "https://help.example.com/statements",
    "quote": "Statements are ready on the first working day of each month.",
}


@dataclass(frozen=True, slots=True)
class Script:
    """How the double behaves."""

    answer: str = ANSWER
    """Streamed word by word to every message."""
    pace_s: float = 0.0
    """Between two words; 0 is at once."""
    reset_after: int | None = None
    """Take back what was shown after so many words, and begin again; None for never."""
    window: int = 1_000
    """Events that are kept for replay; who has missed more gets a snapshot."""
    watch_frames: int = 256
    """Frames that wait for one view before it lags."""
    coalesces: bool = False
    """Replay joins the deltas of a message, as a real store does."""


class ScriptedConversations:
    """`Conversations` in memory; every message gets the script's answer.

    `acts` holds everything that was accepted, in order; `is_busy` makes it refuse. Close it at the
    end: answers run in tasks of its own, whoever watches.
    """

    def __init__(
        self,
        script: Script | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.script = script or Script()
        self.acts: list[tuple[ConversationId, Act]] = []
        self.is_busy = False
        self.files: dict[tuple[ConversationId, str], Uploaded] = {}
        """What was uploaded, by conversation and file id."""
        self._now = now
        self._logs: dict[ConversationId, ScriptedLog] = {}
        self._accepted: dict[tuple[ConversationId, str], Frame] = {}
        self._stopped: set[str] = set()
        self._with_human: set[ConversationId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, opening: Opening) -> Opened:
        """Find or create the conversation of a session."""
        if opening.conversation is None:
            name = ConversationId(f"c_{len(self._logs) + 1}")
            self._logs[name] = ScriptedLog(opening.customer)
            return Opened(name, is_new=True)
        found = self._logs.get(opening.conversation)
        if found is None or found.customer != opening.customer:
            raise ChannelRefused("conversation_refused")
        return Opened(opening.conversation, is_new=False)

    async def accept(self, conversation: ConversationId, act: Act) -> tuple[Frame, ...]:
        """Take what a customer did; answers run on by themselves."""
        if self.is_busy:
            raise ChannelBusy(1.0)
        self.log_of(conversation)
        if isinstance(act, Said) and (conversation, act.client_id) in self._accepted:
            return (self._accepted[conversation, act.client_id],)
        self._check_files(conversation, act)
        self.acts.append((conversation, act))
        match act:
            case Said():
                self._hear(conversation, act)
            case Uploaded():
                self.files[conversation, act.file_id] = act
            case Stopped():
                self._stopped.add(act.message_id)
            case WantsHuman():
                text = "A person will be with you shortly."
                self.append(conversation, "escalation", state="requested")
                self.append(conversation, "notice", code="handoff.requested", text=text)
            case _:
                pass
        return ()

    async def history(
        self, conversation: ConversationId, last_seq: int, epoch: int | None, verified: bool
    ) -> History:
        """Return what happened after `last_seq`, or a snapshot."""
        log = self.log_of(conversation)
        is_kept = max(0, log.head - self.script.window) <= last_seq <= log.head
        if not is_kept or (epoch is not None and epoch != log.epoch):
            return History("snapshot", log.epoch, log.head, (log.snapshot(),))
        missed = tuple(log.frames[last_seq:])
        if self.script.coalesces:
            missed = log.coalesced(last_seq)
        return History("replay" if log.head else "fresh", log.epoch, log.head, missed)

    def watch(
        self, conversation: ConversationId, verified: bool
    ) -> AbstractAsyncContextManager[ScriptedWatch]:
        """Follow a conversation live."""
        return ScriptedWatch(self.log_of(conversation), self.script.watch_frames)

    def log_of(self, conversation: ConversationId) -> ScriptedLog:
        """Return the log of a conversation.

        Raises:
            ChannelRefused: there is none.
        """
        found = self._logs.get(conversation)
        if found is None:
            raise ChannelRefused("conversation_gone")
        return found

    def append(self, conversation: ConversationId, type: str, **fields: object) -> Frame:
        """Add an event of any type to a log."""
        ts = self._now().isoformat(timespec="milliseconds")
        return self.log_of(conversation).append(ts, type, fields)

    def show(self, conversation: ConversationId, type: str, **fields: object) -> None:
        """Send an unlogged frame, such as `typing`, to every view."""
        frame = Frame(None, type, encoded({"type": type, **fields}))
        self.log_of(conversation).show(frame)

    def join(self, conversation: ConversationId, name: str) -> None:
        """A human takes over: the bot stops before its next word."""
        self._with_human.add(conversation)
        self.append(conversation, "escalation", state="joined", name=name)

    def say(self, conversation: ConversationId, text: str, author: str = "agent") -> str:
        """Write a whole message, as a human does; return its id."""
        message_id = self._start(conversation, author)
        self.append(conversation, "message.delta", message_id=message_id, i=0, text=text)
        self._end(conversation, message_id, text, author=author)
        return message_id

    def forget(self, conversation: ConversationId) -> None:
        """Lose a conversation, as after an erasure; its views end."""
        self._logs.pop(conversation).end_views()

    async def settle(self) -> None:
        """Wait until every answer has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Stop the answers under way and end every view."""
        for log in self._logs.values():
            log.end_views()
        for task in self._tasks:
            task.cancel()
        await self.settle()

    def _hear(self, conversation: ConversationId, said: Said) -> None:
        message_id = f"m_{self.log_of(conversation).head + 1}"
        self._accepted[conversation, said.client_id] = self.append(
            conversation,
            "message.accepted",
            client_id=said.client_id,
            message_id=message_id,
            text=said.text,
            **self._attached(conversation, said),
        )
        if conversation not in self._with_human:
            self._spawn(self._answer(conversation))

    def _check_files(self, conversation: ConversationId, act: Act) -> None:
        match act:
            case Said(attachments=ids):
                if any((conversation, each) not in self.files for each in ids):
                    raise ChannelRefused("unknown_file")
            case Uploaded():
                if sum(owner == conversation for owner, _ in self.files) >= MOST_FILES:
                    raise ChannelRefused("too_many_files")
            case _:
                pass

    def _attached(self, conversation: ConversationId, said: Said) -> dict[str, object]:
        """Return the field of an accepted message that shows its files; none without files."""
        files = [self.files[conversation, each] for each in said.attachments]
        shown = [
            {"file_id": f.file_id, "name": f.name, "media_type": f.media_type,
             "size": len(f.content)}
            for f in files
        ]  # fmt: skip
        return {"attachments": shown} if shown else {}

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, conversation: ConversationId) -> None:
        self.show(conversation, "typing", on=True)
        message_id = self._start(conversation, "bot")
        shown: list[str] = []
        status = "done"
        has_reset = False
        while len(shown) < len(words(self.script.answer)):
            if message_id in self._stopped or conversation in self._with_human:
                status = "stopped"
                break
            if len(shown) == self.script.reset_after and not has_reset:
                has_reset = True
                shown.clear()
                self.append(conversation, "message.reset", message_id=message_id)
            word = words(self.script.answer)[len(shown)]
            i = len(shown)
            self.append(conversation, "message.delta", message_id=message_id, i=i, text=word)
            shown.append(word)
            await asyncio.sleep(self.script.pace_s)
        self._end(conversation, message_id, "".join(shown), status)
        self.show(conversation, "typing", on=False)

    def _start(self, conversation: ConversationId, author: str) -> str:
        message_id = f"m_{self.log_of(conversation).head + 1}"
        self.append(conversation, "message.start", message_id=message_id, author=author)
        return message_id

    def _end(
        self,
        conversation: ConversationId,
        message_id: str,
        text: str,
        status: str = "done",
        author: str = "bot",
    ) -> None:
        is_cited = author == "bot" and status == "done"
        self.append(
            conversation,
            "message.end",
            message_id=message_id,
            text=text,
            status=status,
            author=author,
            citations=[CITATION] if is_cited else [],
            trace_id=f"{self.log_of(conversation).head:032x}",
        )
