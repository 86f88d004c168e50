import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from channels.base import ConversationId, Frame, History, Opening
from channels.errors import ChannelRefused
from channels.scripted import Script, ScriptedConversations
from channels.web_feed import Cursor, follow
from tests.channels.served import until

VISITOR = Opening("pk_demo", "", None, "en")


class Shown:
    """A view that remembers."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.welcomes: list[History] = []
        self.seqs: list[int | None] = []
        self.types: list[str] = []

    async def welcome(self, history: History) -> None:
        self.welcomes.append(history)

    async def show(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self.seqs.append(frame.seq)
            self.types.append(frame.type)
            self.cursor.passed(frame)
        await asyncio.sleep(0)


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedConversations]:
    conversations = ScriptedConversations(Script(watch_frames=5))
    yield conversations
    await conversations.close()


async def test_what_happens_between_watch_and_history_is_shown_once() -> None:
    class Racing(ScriptedConversations):
        async def history(
            self, conversation: ConversationId, last_seq: int, epoch: int | None, verified: bool
        ) -> History:
            self.say(conversation, "in the watch and in history")
            return await super().history(conversation, last_seq, epoch, verified)

    racing = Racing()
    conversation = (await racing.open(VISITOR)).conversation
    view = Shown(Cursor(conversation, is_verified=False, last_seq=0))
    following = asyncio.ensure_future(follow(racing, view.cursor, None, view))
    await until(lambda: view.cursor.sent >= 3)
    racing.say(conversation, "later")
    await racing.close()
    await following

    assert view.seqs == [1, 2, 3, 4, 5, 6]
    assert len(view.welcomes) == 1


async def test_a_view_that_lags_goes_on_from_the_last_event_it_was_given(
    scripted: ScriptedConversations,
) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    view = Shown(Cursor(conversation, is_verified=False, last_seq=0))
    following = asyncio.ensure_future(follow(scripted, view.cursor, None, view))
    for _ in range(40):
        scripted.say(conversation, "fast")
        await asyncio.sleep(0)
    for _ in range(40):
        scripted.say(conversation, "too fast to follow")
    await until(lambda: view.cursor.sent >= 240)
    await scripted.close()
    await following

    assert view.seqs == list(range(1, 241))
    assert len(view.welcomes) == 1


async def test_a_snapshot_moves_the_cursor_to_its_head(scripted: ScriptedConversations) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    scripted.say(conversation, "before")
    view = Shown(Cursor(conversation, is_verified=False, last_seq=77))
    following = asyncio.ensure_future(follow(scripted, view.cursor, None, view))
    await until(lambda: bool(view.types))
    scripted.say(conversation, "after")
    await scripted.close()
    await following

    assert view.types == ["snapshot", "message.start", "message.delta", "message.end"]
    assert view.seqs == [3, 4, 5, 6]


async def test_a_conversation_that_is_gone_is_refused(scripted: ScriptedConversations) -> None:
    view = Shown(Cursor(ConversationId("c_none"), is_verified=False, last_seq=0))

    with pytest.raises(ChannelRefused):
        await follow(scripted, view.cursor, None, view)
    assert view.welcomes == []


async def test_a_view_does_not_stay_subscribed_after_its_end() -> None:
    scripted = ScriptedConversations()
    conversation = (await scripted.open(VISITOR)).conversation
    view = Shown(Cursor(conversation, is_verified=False, last_seq=0))
    following = asyncio.ensure_future(follow(scripted, view.cursor, None, view))
    await until(lambda: bool(view.welcomes))
    following.cancel()
    await asyncio.wait({following})

    assert scripted.log_of(conversation).views == set()
