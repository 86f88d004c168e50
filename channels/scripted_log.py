"""One conversation's log in memory, with live views: what `channels.scripted` is made of."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType

from channels.base import Frame

Fields = dict[str, object]


class ScriptedLog:
    """An append-only log of frames; every append reaches every view."""

    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.epoch = 1
        self.frames: list[Frame] = []
        self.events: list[Fields] = []
        self.views: set[ScriptedWatch] = set()

    @property
    def head(self) -> int:
        """Seq of the last event."""
        return len(self.frames)

    def append(self, ts: str, type: str, fields: Mapping[str, object]) -> Frame:
        """Add one event and show it."""
        event: Fields = {"seq": self.head + 1, "ts": ts, "type": type, **fields}
        frame = Frame(self.head + 1, type, encoded(event))
        self.events.append(event)
        self.frames.append(frame)
        self.show(frame)
        return frame

    def show(self, frame: Frame) -> None:
        """Give a frame to every view; an unlogged one goes nowhere else."""
        for view in tuple(self.views):
            view.put(frame)

    def end_views(self) -> None:
        """Let every view end after what waits for it."""
        for view in tuple(self.views):
            view.end()

    def snapshot(self) -> Frame:
        """Return everything that was said as one frame."""
        messages: dict[str, Fields] = {}
        for event in self.events:
            _tell(messages, event)
        whole = {"type": "snapshot", "head_seq": self.head, "messages": list(messages.values())}
        return Frame(self.head, "snapshot", encoded(whole))

    def coalesced(self, last_seq: int) -> tuple[Frame, ...]:
        """Return what came after `last_seq`, with runs of deltas joined."""
        joined: list[Fields] = []
        for event in self.events[last_seq:]:
            last = joined[-1] if joined else {}
            is_delta = event["type"] == last.get("type") == "message.delta"
            if is_delta and event["message_id"] == last["message_id"]:
                text = f"{last['text']}{event['text']}"
                joined[-1] = {**event, "i": last["i"], "text": text}
            else:
                joined.append(event)
        return tuple(
            Frame(int(str(event["seq"])), str(event["type"]), encoded(event)) for event in joined
        )


class ScriptedWatch:
    """A bounded live view; see `channels.base.Watch`."""

    def __init__(self, log: ScriptedLog, bound: int) -> None:
        self._log = log
        self._bound = bound
        self._frames: deque[Frame] = deque()
        self._wake = asyncio.Event()
        self._is_over = False
        self._is_lagged = False

    @property
    def lagged(self) -> bool:
        """True once more than the bound was waiting."""
        return self._is_lagged

    @property
    def waiting(self) -> tuple[Frame, ...]:
        """What the reader has not taken yet; never more than the bound."""
        return tuple(self._frames)

    def put(self, frame: Frame) -> None:
        """Add a frame; over the bound, everything that waits is dropped and the view ends."""
        if self._is_over:
            return
        self._frames.append(frame)
        if len(self._frames) > self._bound:
            self._frames.clear()
            self._is_lagged = self._is_over = True
        self._wake.set()

    def end(self) -> None:
        """Let the view end after what waits."""
        self._is_over = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[tuple[Frame, ...]]:
        """Yield what happened, in order, in batches."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch = tuple(self._frames)
            self._frames.clear()
            if batch:
                yield batch
            if self._is_over and not self._frames:
                return

    async def __aenter__(self) -> "ScriptedWatch":
        """Begin to follow."""
        self._log.views.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop following."""
        self._log.views.discard(self)


def encoded(fields: Mapping[str, object]) -> str:
    """Return fields as compact JSON."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def words(text: str) -> Sequence[str]:
    """Return a text cut into words that keep the space before them."""
    return [f" {word}" if number else word for number, word in enumerate(text.split(" "))]


def _tell(messages: dict[str, Fields], event: Fields) -> None:
    """Bring the messages of a snapshot up to date with one event."""
    name = str(event.get("message_id", ""))
    body = {key: value for key, value in event.items() if key not in {"seq", "type"}}
    match event["type"]:
        case "message.accepted":
            messages[name] = {**body, "author": "customer", "status": "done"}
        case "message.start":
            messages[name] = {**body, "text": "", "status": "open", "i": 0}
        case "message.delta":
            message = messages[name]
            message["text"] = f"{message['text']}{event['text']}"
            message["i"] = int(str(event["i"])) + 1
        case "message.reset":
            messages[name].update(text="", i=0)
        case "message.end":
            messages[name] = body
        case _:
            pass
