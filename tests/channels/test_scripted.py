import json
from collections.abc import AsyncIterator

import pytest

from channels.base import Opening, Rated, Said, Stopped, WantsHuman
from channels.errors import ChannelBusy, ChannelRefused
from channels.scripted import ANSWER, Script, ScriptedConversations

VISITOR = Opening("pk_demo", "", None, "en")


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedConversations]:
    conversations = ScriptedConversations()
    yield conversations
    await conversations.close()


async def test_a_message_is_accepted_and_answered(scripted: ScriptedConversations) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    await scripted.accept(conversation, Said("a", "Hi"))
    await scripted.settle()
    events = [json.loads(frame.json) for frame in scripted.log_of(conversation).frames]

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events[:3]] == [
        "message.accepted",
        "message.start",
        "message.delta",
    ]
    assert "".join(e["text"] for e in events if e["type"] == "message.delta") == ANSWER
    assert events[-1]["text"] == ANSWER


async def test_a_repeat_gives_the_first_acceptance_and_no_second_answer(
    scripted: ScriptedConversations,
) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    first = await scripted.accept(conversation, Said("a", "Hi"))
    again = await scripted.accept(conversation, Said("a", "Hi"))
    await scripted.settle()
    head = scripted.log_of(conversation).head
    third = await scripted.accept(conversation, Said("a", "Hi"))

    assert first == ()
    assert again == third == (scripted.log_of(conversation).frames[0],)
    assert scripted.log_of(conversation).head == head


async def test_stop_before_the_first_word_leaves_an_empty_message(
    scripted: ScriptedConversations,
) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    await scripted.accept(conversation, Said("a", "Hi"))
    await scripted.accept(conversation, Stopped("m_2"))
    await scripted.settle()
    end = json.loads(scripted.log_of(conversation).frames[-1].json)

    assert (end["status"], end["text"], end["citations"]) == ("stopped", "", [])


async def test_the_button_asks_for_a_human_and_a_thumb_is_noted(
    scripted: ScriptedConversations,
) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    await scripted.accept(conversation, WantsHuman())
    await scripted.accept(conversation, Rated("m", "up"))
    types = [frame.type for frame in scripted.log_of(conversation).frames]

    assert types == ["escalation", "notice"]
    assert scripted.acts[-1] == (conversation, Rated("m", "up"))


async def test_a_conversation_belongs_to_its_customer(scripted: ScriptedConversations) -> None:
    mine = (await scripted.open(Opening("pk_demo", "u1", None, "en"))).conversation

    assert not (await scripted.open(Opening("pk_demo", "u1", mine, "en"))).is_new
    with pytest.raises(ChannelRefused, match="conversation_refused"):
        await scripted.open(Opening("pk_demo", "u2", mine, "en"))
    with pytest.raises(ChannelRefused, match="conversation_refused"):
        await scripted.open(Opening("pk_demo", "", mine, "en"))


async def test_a_view_that_is_not_read_lags_and_ends() -> None:
    scripted = ScriptedConversations(Script(watch_frames=3))
    conversation = (await scripted.open(VISITOR)).conversation
    async with scripted.watch(conversation, verified=False) as watch:
        scripted.say(conversation, "one")
        assert not watch.lagged
        scripted.say(conversation, "two")

        assert watch.lagged
        assert [batch async for batch in watch] == []
    await scripted.close()


async def test_a_view_ends_when_the_double_closes_but_gives_what_waits_first(
    scripted: ScriptedConversations,
) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    async with scripted.watch(conversation, verified=False) as watch:
        scripted.say(conversation, "one")
        await scripted.close()
        batches = [batch async for batch in watch]

    assert [frame.seq for batch in batches for frame in batch] == [1, 2, 3]
    assert not watch.lagged


async def test_busy_means_not_stored(scripted: ScriptedConversations) -> None:
    conversation = (await scripted.open(VISITOR)).conversation
    scripted.is_busy = True

    with pytest.raises(ChannelBusy):
        await scripted.accept(conversation, Said("a", "Hi"))
    assert scripted.log_of(conversation).head == 0


async def test_a_snapshot_in_the_middle_of_an_answer_shows_it_open() -> None:
    scripted = ScriptedConversations()
    conversation = (await scripted.open(VISITOR)).conversation
    scripted.append(conversation, "message.start", message_id="m", author="bot")
    scripted.append(conversation, "message.delta", message_id="m", i=0, text="One")
    scripted.append(conversation, "message.reset", message_id="m")
    scripted.append(conversation, "message.delta", message_id="m", i=0, text="Two")
    scripted.append(conversation, "conversation.closed", reason="idle")
    history = await scripted.history(conversation, 99, None, verified=False)
    (message,) = json.loads(history.frames[0].json)["messages"]

    assert history.resume == "snapshot"
    assert (message["text"], message["status"], message["i"]) == ("Two", "open", 1)
