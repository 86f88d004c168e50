"""A view of one conversation: what was missed, then what happens, each event once."""

from collections.abc import Sequence
from typing import Protocol

from channels.base import ConversationId, Conversations, Frame, History


class Cursor:
    """How far one view has got."""

    def __init__(self, conversation: ConversationId, is_verified: bool, last_seq: int) -> None:
        self.conversation = conversation
        self.is_verified = is_verified
        self.sent = last_seq
        """Seq of the last logged event that was written to the view."""

    def is_news(self, frame: Frame) -> bool:
        """Return whether the view has not been given this frame yet."""
        return frame.seq is None or frame.seq > self.sent

    def passed(self, frame: Frame) -> None:
        """Remember that the frame was written."""
        if frame.seq is not None and frame.seq > self.sent:
            self.sent = frame.seq


class View(Protocol):
    """Where a feed ends: a socket or an event stream."""

    async def welcome(self, history: History) -> None:
        """Show where the log stands; once, before anything else."""
        ...

    async def show(self, frames: Sequence[Frame]) -> None:
        """Write frames in order and move the cursor; slow readers make it slow.

        Raises:
            ConnectionError: the other side is gone.
        """
        ...


async def follow(
    conversations: Conversations, cursor: Cursor, epoch: int | None, view: View
) -> None:
    """Feed a view until the server drains.

    The watch is entered before history is read, so nothing falls between them; what comes twice
    is dropped by seq. A view that cannot keep up loses its queue, not its events: history is
    read again from the last seq that was written, where deltas are coalesced.

    Raises:
        ChannelRefused: the conversation is gone.
        ChannelBusy: history cannot be read now.
        ConnectionError: the other side is gone.
    """
    is_welcome = False
    is_lagging = True
    while is_lagging:
        async with conversations.watch(cursor.conversation, cursor.is_verified) as watch:
            history = await conversations.history(
                cursor.conversation, cursor.sent, epoch, cursor.is_verified
            )
            if not is_welcome:
                await view.welcome(history)
            if history.resume == "snapshot":
                cursor.sent = 0
            await view.show(history.frames)
            cursor.sent = max(cursor.sent, history.head_seq)
            async for batch in watch:
                await view.show([frame for frame in batch if cursor.is_news(frame)])
            is_lagging = watch.lagged
        is_welcome, epoch = True, None
