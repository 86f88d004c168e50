"""What customers in Slack are told: streamed, in order, once, whoever dies meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.log import Attachment, Author, MessageEnded
from bot.privacy.redact import fixed, stored
from bot.reception.files import About
from bot.slack.customers.blocks import unpinged
from channels.slack.clock import SlackClock
from routing.models.scripted import Hold, Script
from tests.bot.slack.customers.stage import (
    ANNA,
    HALF,
    TEAM,
    Scene,
    buttons_of,
    half_said,
    halved,
    human,
    scene,
)
from tests.bot.stage import ANSWER, END, says, words
from tests.emulators.slack import Fault

START, APPEND, STOP = "chat.startStream", "chat.appendStream", "chat.stopStream"
POST, UPDATE = "chat.postMessage", "chat.update"


class Turned:
    """A clock that stands still until a test turns it; who sleeps wakes when it is turned."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self._turned = asyncio.Event()

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, for_s: float) -> None:
        until = self.passed_s + for_s
        while self.passed_s < until:
            await self._turned.wait()

    def turn(self, by_s: float) -> None:
        self.passed_s += by_s
        self._turned.set()
        self._turned = asyncio.Event()

    @property
    def clock(self) -> SlackClock:
        return SlackClock(self.monotonic, self.sleep)


def whole(here: Scene, thread: str) -> str:
    """Return what the answer says, all its messages together."""
    return "".join(here.texts(thread))


@pytest.mark.promise("K70")
async def test_an_answer_is_streamed_as_it_comes(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held)]) as here:
        ts, half = await half_said(here)
        assert HALF.startswith(half.text)
        held.set()
        answer = await here.until_said(ts, ANSWER)
        await here.rest()

        assert here.texts(ts) == [ANSWER]
        assert len(here.server.called(START)) == len(here.server.called(STOP)) == 1
        assert buttons_of(answer)[0] == "customer_rate:up"
        assert here.server.status_of(here.direct, ts) == ""


async def test_while_nothing_is_said_a_status_line_tells_what_is_done(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [(Hold(held), *words(ANSWER), END)]) as here:
        ts = await here.asks()
        await here.server.until(lambda: here.shown(ts) and here.server.status_of(here.direct, ts))
        assert here.server.status_of(here.direct, ts) == "is writing an answer…"
        await here.server.until(lambda: here.server.session_of(here.direct, ts) == "processing")
        held.set()
        await here.until_said(ts, ANSWER)
        await here.rest()

        assert here.server.status_of(here.direct, ts) == ""


async def test_a_status_that_slack_does_not_take_is_not_tried_again(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On Monday.")]) as here:
        status = "assistant.threads.setStatus"
        here.server.faults.add(Fault(status, "error", times=0, error="missing_scope"))
        for answer in (ANSWER, "On Monday."):
            ts = await here.asks(f"When will my card arrive? {answer[:2]}")
            await here.until_said(ts, answer)
            await here.rest()

        assert len(here.server.called(status)) == 1


@pytest.mark.promise("K71")
async def test_an_answer_of_five_minutes_rolls_over_and_is_whole(tmp_path: Path) -> None:
    held, time = asyncio.Event(), Turned()
    async with scene(tmp_path, [halved(held)], clock=time.clock) as here:
        here.server.clock = time.monotonic
        ts, _ = await half_said(here)
        time.turn(285.0)
        await here.server.until(lambda: here.server.called(STOP))
        held.set()
        await here.server.until(lambda: len(here.server.called(START)) == 2)
        time.turn(1.0)
        await here.until_said(ts, "in the app.")
        await here.rest()

        assert whole(here, ts) == ANSWER
        assert len(here.texts(ts)) == 2
        assert here.server.called(UPDATE) == []


@pytest.mark.promise("K74")
async def test_the_native_stop_ends_the_answer_where_it_is(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held)]) as here:
        ts, half = await half_said(here)
        said = half.text
        await here.server.stops(TEAM, here.direct, ts, ANNA)
        await here.stage.until_idle()
        held.set()
        await here.rest()

        assert here.texts(ts) == [said]
        [ended] = [e.body for e in await here.events() if isinstance(e.body, MessageEnded)]
        assert ended.status == "stopped"
        assert here.stage.model.open_streams == 0
        assert here.server.called(UPDATE) == []


@pytest.mark.promise("K74")
async def test_a_stop_that_only_the_next_append_tells_of_ends_the_generation(
    tmp_path: Path,
) -> None:
    held, again = asyncio.Event(), asyncio.Event()
    script: Script = [
        *words(HALF),
        Hold(held),
        *words("working days "),
        Hold(again),
        *words("more."),
        END,
    ]
    async with scene(tmp_path, [script]) as here:
        ts, half = await half_said(here)
        said = half.text
        here.server.faults.add(Fault(APPEND, "error", times=0, error="stopped_by_user"))
        held.set()
        await here.server.until(lambda: here.server.called(APPEND)[-1].outcome == "stopped_by_user")
        again.set()
        await here.rest()

        assert here.texts(ts) == [said]
        assert here.stage.model.open_streams == 0
        assert here.server.called(UPDATE) == []


@pytest.mark.promise("K74")
async def test_nobody_else_can_stop_an_answer(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held)]) as here:
        ts, _ = await half_said(here)
        event = {"type": "agent_session_stopped", "user": "U9", "channel": here.direct}
        await here.server.event(TEAM, {**event, "thread_ts": ts})
        held.set()
        await here.until_said(ts, ANSWER)
        await here.rest()

        assert here.texts(ts) == [ANSWER]


async def test_a_human_who_takes_over_stops_the_answer_and_speaks_after_it(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held)]) as here:
        ts, half = await half_said(here)
        handoffs = here.stage.handoffs
        await handoffs.claim(here.conversation, human())
        await handoffs.reply(here.conversation, human(), Reply(fixed("I am here."), key="r1"))
        await here.until_said(ts, "I am here.")
        held.set()
        await here.rest()

        assert here.texts(ts) == [half.text, "Dana has joined the chat.", "I am here."]
        [ended] = [
            event.body
            for event in await here.events()
            if isinstance(event.body, MessageEnded) and event.body.author is Author.BOT
        ]
        assert (half.text, ended.status) == (ended.text, "stopped")
        assert len(half.text) < len(ANSWER)
        assert not any(message.is_streaming for message in here.shown(ts))


async def test_a_corrected_reply_is_changed_where_it_stands(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        handoffs = here.stage.handoffs
        await handoffs.claim(here.conversation, human())
        said = Reply(fixed("On Munday."), key="r1")
        message_id = await handoffs.reply(here.conversation, human(), said)
        await here.until_said(ts, "On Munday.")
        await handoffs.correct(here.conversation, human(), message_id, fixed("On Monday."))
        await here.until_said(ts, "On Monday.")
        await here.rest()

        assert here.texts(ts)[-1] == "On Monday."
        assert "On Munday." not in here.texts(ts)


@pytest.mark.promise("K83")
async def test_without_the_scope_for_names_a_reply_comes_all_the_same(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.team(TEAM).scopes.discard("chat:write.customize")
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.stage.handoffs.claim(here.conversation, human())
        reply = Reply(fixed("I am here."), key="r1")
        await here.stage.handoffs.reply(here.conversation, human(), reply)
        said = await here.until_said(ts, "I am here.")
        await here.rest()

        assert said.username == ""
        assert here.texts(ts)[-2:] == ["Dana has joined the chat.", "I am here."]


async def test_a_file_of_a_human_is_shared_under_his_words(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.stage.handoffs.claim(here.conversation, human())
        file_id, content = f"f-{'0' * 24}", b"your statement"
        about = About("statement.txt", "text/plain", len(content))
        await here.stage.services.files.put(here.conversation, file_id, about, content, 10)
        attached = (Attachment(file_id, fixed("statement.txt"), "text/plain", len(content)),)
        reply = Reply(fixed("Here it is."), attached, key="r1")
        await here.stage.handoffs.reply(here.conversation, human(), reply)
        await here.server.until(lambda: any(message.files for message in here.shown(ts)))
        await here.rest()

        [shared] = [message for message in here.shown(ts) if message.files]
        assert (shared.files[0].name, shared.files[0].content) == ("statement.txt", content)
        assert "Here it is." in here.texts(ts)


@pytest.mark.promise("K73")
async def test_where_nothing_can_be_streamed_the_answer_is_posted(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held)]) as here:
        here.server.faults.add(Fault(START, "error", times=0, error="missing_scope"))
        ts = await here.asks()
        await here.server.until(lambda: here.server.called(START))
        held.set()
        await here.until_said(ts, ANSWER)
        await here.rest()

        assert here.texts(ts) == [ANSWER]


async def test_a_post_without_an_answer_is_not_said_twice(tmp_path: Path) -> None:
    time = Turned()
    async with scene(tmp_path, clock=time.clock) as here:
        here.server.faults.add(Fault(POST, "lost"))
        ts = await here.asks()
        await here.server.until(lambda: here.server.called(POST))
        await here.stage.until_idle()
        time.turn(60.0)
        await here.until_said(ts, ANSWER)
        await here.rest()

        greetings = [one for one in here.shown(ts) if buttons_of(one) == ["customer_human"]]
        assert len(greetings) == 1
        assert here.texts(ts) == [ANSWER]


async def test_while_slack_is_down_nothing_is_lost(tmp_path: Path) -> None:
    time = Turned()
    async with scene(tmp_path, clock=time.clock) as here:
        ts = await here.asks()
        here.server.is_down = True
        await here.stage.until_idle()
        await here.server.until(lambda: here.server.calls[-1].outcome == "refused")
        here.server.is_down = False
        async with turning(time):
            await here.until_said(ts, ANSWER)
        await here.rest()

        assert here.texts(ts) == [ANSWER]


@asynccontextmanager
async def turning(time: Turned) -> AsyncIterator[None]:
    """Let time pass, a minute at a time, for as long as something is waited for."""

    async def turn() -> None:
        while True:
            await asyncio.sleep(0.01)
            time.turn(60.0)

    task = asyncio.get_running_loop().create_task(turn())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_slack_does_not_want_at_all_is_left_out_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [halved(held), says("On Monday.")]) as here:
        for method in (START, POST):
            here.server.faults.add(Fault(method, "error", times=0, error="restricted_action"))
        lost = await here.asks()
        await here.server.until(lambda: here.server.called(START))
        held.set()
        await here.rest()
        here.server.faults.clear()
        ts = await here.asks("When exactly will my new card arrive?")
        await here.until_said(ts, "On Monday.")
        await here.rest()

        assert here.shown(lost) == []
        assert await here.outlet.recover() == 0


async def test_a_long_reply_is_said_in_pieces(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.stage.handoffs.claim(here.conversation, human())
        long = stored(" ".join(f"line{number}" for number in range(3_000)))
        await here.stage.handoffs.reply(here.conversation, human(), Reply(long, key="r1"))
        await here.until_said(ts, "line2999")
        await here.rest()

        pieces = [text for text in here.texts(ts) if "line" in text]
        assert len(pieces) == 3
        assert " ".join(piece.strip() for piece in pieces).split() == long.split()


async def test_conversations_beyond_the_bound_wait_for_their_turn(tmp_path: Path) -> None:
    held = asyncio.Event()
    scripts = [halved(held), says("On Monday.")]
    async with scene(tmp_path, scripts, most_at_once=1) as here:
        first, _ = await half_said(here)
        second = await here.server.direct(TEAM, "U9", "And my card, when will it arrive?")
        await here.stage.until_asked(2)
        assert len(here.server.called(START)) == 1
        held.set()
        other = here.server.direct_of(TEAM, "U9")
        await here.until_said(second, "On Monday.", other)
        await here.rest()

        assert here.texts(first) == [ANSWER]


async def test_a_workspace_that_threw_us_out_is_left_alone(tmp_path: Path) -> None:
    time = Turned()
    async with scene(tmp_path, clock=time.clock) as here:
        here.server.team(TEAM).token_error = "account_inactive"
        await here.asks()
        await here.stage.until_idle()
        await here.server.until(lambda: here.server.called(POST))
        await here.rest()
        time.turn(600.0)
        await here.rest()

        assert len(here.server.called(POST)) == 1


def test_nobody_is_pinged_however_a_text_was_cut() -> None:
    text = "Hello <!channel> and <@U1>, 2 < 3"
    for cut in range(len(text) + 1):
        said = unpinged(text[:cut]) + unpinged(text[cut:])

        assert not re.search("<[!@#]", said)
        assert said.replace("\u200b", "") == text
