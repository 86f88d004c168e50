"""What a customer's screen shows after any sequence of frames. Pure."""

from dataclasses import dataclass, replace
from typing import assert_never

from channels.wire.web_seen import (
    Accepted,
    Busy,
    Delta,
    Ended,
    Escalated,
    GoingAway,
    Noticed,
    Other,
    Problem,
    Reset,
    ServerFrame,
    Snapshot,
    Started,
    Welcome,
)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the screen."""

    message_id: str
    author: str
    text: str = ""
    status: str = "open"
    """`open` while it is being written."""


class Screen:
    """The bubbles of one conversation, in the order in which they began."""

    def __init__(self) -> None:
        self._bubbles: dict[str, Bubble] = {}

    @property
    def bubbles(self) -> tuple[Bubble, ...]:
        """Everything that is shown."""
        return tuple(self._bubbles.values())

    def text_of(self, message_id: str) -> str:
        """Return the text of one bubble; empty when there is none."""
        bubble = self._bubbles.get(message_id)
        return bubble.text if bubble else ""

    def show(self, frame: ServerFrame) -> None:
        """Change the screen as a frame says; each logged frame must be given once, in order."""
        match frame:
            case Accepted():
                self._put(Bubble(frame.message_id, "customer", frame.text, "done"))
            case Started():
                self._put(Bubble(frame.message_id, frame.author))
            case Delta():
                bubble = self._of(frame.message_id)
                self._put(replace(bubble, text=bubble.text + frame.text))
            case Reset():
                self._put(replace(self._of(frame.message_id), text=""))
            case Ended():
                author = frame.author or self._of(frame.message_id).author
                self._put(Bubble(frame.message_id, author, frame.text, frame.status))
            case Snapshot():
                self._bubbles = {
                    seen.message_id: Bubble(seen.message_id, seen.author, seen.text, seen.status)
                    for seen in frame.messages
                }
            case Welcome() | Escalated() | Noticed() | Busy() | Problem() | GoingAway() | Other():
                pass
            case _:
                assert_never(frame)

    def _of(self, message_id: str) -> Bubble:
        return self._bubbles.get(message_id, Bubble(message_id, "bot"))

    def _put(self, bubble: Bubble) -> None:
        self._bubbles[bubble.message_id] = bubble
