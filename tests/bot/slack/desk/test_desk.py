"""The desk in Slack: one card per handoff, and what is said under it."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import DeskFailed
from bot.humans.terms import DeskTerms
from bot.slack.desk.desk import SlackDesk
from bot.slack.once import HELD_S, ON_ITS_WAY_S
from bot.slack.threads import Threads
from bot.stores.cabinet_sqlite import open_cabinet
from tests.bot.slack.desk.scene import (
    CHANNEL,
    DANA,
    LEE,
    OTHER,
    REASON,
    TEAM,
    card_now,
    human,
    line,
    scene,
    text_of,
)
from tests.bot.stage import KEY
from tests.emulators.slack import Fault


@pytest.mark.promise("X107")
async def test_a_handoff_opens_one_thread_with_channel_and_last_turns(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.stage.say("My mail is dana@example.com, where is my card?")
        await play.stage.until_idle()
        await play.queue()
        await play.outbox.send_due()
        shown = text_of(play.card.blocks)

        assert "The customer asks for a person" in shown
        assert "Channel: web" in shown
        assert "[EMAIL_1]" in shown
        assert "dana@example.com" not in shown
        thread = await play.parts.threads.of(play.target)
        assert thread is not None
        assert (thread.room.channel, thread.ts) == (CHANNEL, play.card.ts)
        assert await play.parts.threads.at(thread.room, thread.ts) == play.target


async def test_a_card_goes_to_the_channel_of_its_reason(tmp_path: Path) -> None:
    async with scene(tmp_path, DeskTerms(channels={"button": OTHER})) as play:
        await play.queue()

        assert play.cards(CHANNEL) == []
        assert len(play.cards(OTHER)) == 1


async def test_what_happens_changes_the_card_in_its_place(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        waiting = text_of(play.card.blocks)
        await play.claim()
        claimed = text_of(play.card.blocks)
        await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.outbox.send_due()
        released = text_of(play.card.blocks)

        assert "Nobody has claimed it" in waiting
        assert "Claimed by <@U1>" in claimed
        assert "Returned to the bot" in released
        assert '"actions"' not in released
        assert [one.text for one in play.thread()] == ["Returned to the bot (<@U1>)"]


async def test_an_older_card_does_not_win(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        old = await card_now(play)
        await play.claim()
        await play.desk.post(old)
        assert "Claimed by" in text_of(play.card.blocks)
        await play.stage.handoffs.resolve(play.stage.conversation, human(DANA))
        await play.outbox.send_due()
        await play.desk.post(old)

        assert "Resolved" in text_of(play.card.blocks)


async def test_a_handoff_that_begins_again_stays_in_its_thread_and_is_shown_to_all(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, DeskTerms(channels={"fault": OTHER})) as play:
        await play.queue()
        await play.claim()
        await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.outbox.send_due()
        await play.queue()
        await play.desk.post(replace(await card_now(play), reason="fault"))
        again = [one for one in play.thread() if "wanted again" in one.text]

        assert "a fault on our side" in text_of(play.card.blocks)
        assert play.cards(OTHER) == []
        assert [one.is_broadcast for one in again] == [True]


async def test_a_close_that_comes_late_leaves_the_card_of_the_one_who_has_it_again(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        await play.claim()
        await play.stage.handoffs.release(play.stage.conversation, human(DANA))
        await play.stage.handoffs.claim(play.stage.conversation, human(LEE))
        await play.desk.post(await card_now(play))
        await play.desk.close(play.stage.conversation, "released")

        assert "Claimed by <@U2>" in text_of(play.card.blocks)


async def test_a_card_that_somebody_deleted_is_posted_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        first = play.card.ts
        await play.server.deletes(TEAM, CHANNEL, first)
        await play.claim()

        assert play.card.ts != first
        await play.desk.append(line(play))
        assert [one.text for one in play.thread()] == ["Hello?"]


@pytest.mark.promise("B3")
async def test_a_post_without_an_answer_is_found_again_and_there_is_one_card(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        play.server.faults.add(Fault("chat.postMessage", "lost"))
        await play.queue()
        assert await play.parts.threads.of(play.target) is None
        play.stage.ahead.by += timedelta(seconds=5)
        await play.outbox.send_due()

        assert len(play.cards()) == 1
        thread = await play.parts.threads.of(play.target)
        assert thread is not None
        assert thread.ts == play.card.ts
        assert play.told == ["no_answer"]


@pytest.mark.promise("B3")
async def test_a_card_that_is_found_again_shows_what_has_happened_since(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        play.server.faults.add(Fault("chat.postMessage", "lost"))
        await play.queue()
        await play.stage.handoffs.claim(play.stage.conversation, human(DANA))
        await play.desk.post(await card_now(play))

        assert "Claimed by <@U1>" in text_of(play.card.blocks)


async def test_a_post_that_surely_failed_is_repeated_without_looking(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        play.server.faults.add(Fault("chat.postMessage", "rate", retry_after_s=7))
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        with pytest.raises(DeskFailed) as failed:
            await play.desk.post(await card_now(play))
        await play.desk.post(await card_now(play))

        assert failed.value.retry_after_s == 7
        assert len(play.cards()) == 1
        assert play.server.called("conversations.history") == []


@pytest.mark.promise("B3")
async def test_a_post_of_a_process_that_died_is_looked_for_once_it_cannot_come_any_more(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        note = (await play.parts.cabinet.find("slack.posting"))[0]
        value = json.dumps({**json.loads(note.value), "state": "trying", "ts": ""})
        await play.parts.cabinet.put(replace(note, value=value))
        for kind in ("slack.thread", "slack.card_at", "slack.shown"):
            await play.parts.cabinet.remove(kind, None)
        with pytest.raises(DeskFailed) as failed:
            await play.desk.post(await card_now(play))
        play.stage.ahead.by += timedelta(seconds=HELD_S + 1)
        await play.desk.post(await card_now(play))

        assert 0 < (failed.value.retry_after_s or 0) <= HELD_S
        assert len(play.cards()) == 1


@pytest.mark.promise("B3")
async def test_after_a_start_a_post_of_the_process_before_is_soon_looked_for(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as play:
        await play.queue()
        note = (await play.parts.cabinet.find("slack.posting"))[0]
        value = json.dumps({**json.loads(note.value), "state": "trying", "ts": ""})
        await play.parts.cabinet.put(replace(note, value=value))
        for kind in ("slack.thread", "slack.card_at", "slack.shown"):
            await play.parts.cabinet.remove(kind, None)
        after = SlackDesk(play.parts, alone_since=play.parts.services.clock.now())
        with pytest.raises(DeskFailed) as failed:
            await after.post(await card_now(play))
        play.stage.ahead.by += timedelta(seconds=ON_ITS_WAY_S + 1)
        await after.post(await card_now(play))

        assert 0 < (failed.value.retry_after_s or 0) <= ON_ITS_WAY_S
        assert len(play.cards()) == 1


@pytest.mark.promise("B3")
async def test_two_processes_on_one_cabinet_post_one_card(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        play = await stack.enter_async_context(scene(tmp_path))
        clock = play.stage.services.clock
        desks = []
        for _ in range(2):
            cabinet = await open_cabinet(tmp_path / "cabinet.db", KEY, clock.now)
            stack.push_async_callback(cabinet.close)
            parts = replace(play.parts, cabinet=cabinet, threads=Threads(cabinet, clock))
            desks.append(SlackDesk(parts))
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        card = await card_now(play)
        first = await asyncio.gather(*(desk.post(card) for desk in desks), return_exceptions=True)
        second = await asyncio.gather(*(desk.post(card) for desk in desks))

        assert len(play.cards()) == 1
        assert len(play.server.called("chat.postMessage")) == 1
        assert {type(one) for one in first} <= {type(None), DeskFailed}
        assert second == [None, None]


async def test_a_post_that_our_own_end_broke_off_is_looked_for(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        play.server.faults.add(Fault("chat.postMessage", "slow", delay_s=0.1))
        posting = asyncio.ensure_future(play.desk.post(await card_now(play)))
        await play.server.until(lambda: play.server.called("chat.postMessage"))
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        await play.server.until(play.cards)
        await play.desk.post(await card_now(play))

        assert len(play.cards()) == 1


async def test_a_card_is_found_behind_many_messages(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        play.server.faults.add(Fault("chat.postMessage", "lost"))
        await play.queue()
        play.server.deliver = None
        for _ in range(250):
            await play.server.says(TEAM, CHANNEL, LEE, "Lunch?")
        await play.desk.post(await card_now(play))

        assert len(play.cards()) == 1
        assert len(play.server.called("conversations.history")) == 2


async def test_a_channel_that_we_may_not_join_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        play.server.channel(TEAM, CHANNEL, "support", is_member=False)
        play.server.faults.add(Fault("conversations.join", "error", error="missing_scope"))
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        with pytest.raises(DeskFailed):
            await play.desk.post(await card_now(play))

        assert play.told == ["not_in_channel"]


async def test_a_channel_that_we_are_not_in_is_joined_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        play.server.channel(TEAM, CHANNEL, "support", is_member=False)
        await play.queue()

        assert len(play.cards()) == 1
        assert len(play.server.called("conversations.join")) == 1
        assert play.told == []


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found"])
async def test_a_channel_that_is_gone_is_told_and_tried_again_later(
    tmp_path: Path, error: str
) -> None:
    async with scene(tmp_path) as play:
        play.server.faults.add(Fault("chat.postMessage", "error", error=error))
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        with pytest.raises(DeskFailed) as failed:
            await play.desk.post(await card_now(play))
        await play.desk.post(await card_now(play))

        assert (failed.value.retry_after_s or 0) >= 60
        assert play.told == [error]
        assert len(play.cards()) == 1


async def test_a_workspace_that_has_forgotten_us_and_none_at_all_are_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        play.server.faults.add(Fault("chat.postMessage", "error", times=0, error="token_revoked"))
        with pytest.raises(DeskFailed):
            await play.desk.post(await card_now(play))
        await play.parts.installations.delete(TEAM)
        with pytest.raises(DeskFailed):
            await play.desk.post(await card_now(play))

        assert play.told == ["token_revoked", "no_channel"]


async def test_the_trace_is_linked_where_there_are_pages_for_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as play:
        await play.stage.say("Where is my card?")
        await play.stage.until_idle()
        desk = SlackDesk(play.parts, trace_url=lambda id: f"https://copilot.example/t/{id}")
        await play.stage.handoffs.request(play.stage.conversation, REASON)
        card = await card_now(play)
        await desk.post(card)

        assert card.trace_id
        assert f"<https://copilot.example/t/{card.trace_id}|Trace>" in text_of(play.card.blocks)
