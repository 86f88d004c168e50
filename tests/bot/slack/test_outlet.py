"""What customers in Slack are told: streamed, in order, once, whoever dies meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.log import Attachment, Author, MessageEnded
from bot.privacy.redact import fixed, stored
from bot.reception.files import About
from bot.slack.customer_blocks import unpinged
from bot.stores.cabinet import MemoryCabinet
from bot.stores.memory import MemoryStore
from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.errors import SlackRevoked
from channels.slack.stream import StreamClock
from routing.models.scripted import Hold, Script
from tests.bot.slack.customer_stage import ANNA, TEAM, Scene, buttons_of, human, process, scene
from tests.bot.stage import ANSWER, END, says, words
from tests.emulators.slack import Fault, Message, slack_running

HALF = "Your card arrives in five "
REST = "working days [1]. You can follow it in the app."
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
    def clock(self) -> StreamClock:
        return StreamClock(self.monotonic, self.sleep)


class Mortal:
    """A Slack that can be reached until the process dies; then nothing comes back, or leaves."""

    def __init__(self, slack: Slack, dies_at: int = 0) -> None:
        """Let the process die with a call of this number, which is done; 0: when it is told."""
        self.slack = slack
        self.dies_at = dies_at
        self.died = asyncio.Event()
        self.is_buried = asyncio.Event()
        """Set at the end of a test: what hangs may end."""
        self.calls = 0

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        await self._live()
        self.calls += 1
        is_last = self.calls == self.dies_at
        answer = await self.slack.call(team, method, arguments)
        if is_last:
            self.died.set()
        await self._live()
        return answer

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        await self.slack.upload(team, channel, thread, file)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        return await self.slack.download(team, url, most_bytes)

    async def _live(self) -> None:
        if self.died.is_set():
            await self.is_buried.wait()
            raise SlackRevoked("dead")


def halved(held: asyncio.Event) -> Script:
    return (*words(HALF), Hold(held), *words(REST), END)


async def half_said(here: Scene) -> tuple[str, Message]:
    """Ask, and wait until the first half of the answer is there; return the thread and it."""
    ts = await here.asks()

    def streaming() -> list[Message]:
        return [one for one in here.shown(ts) if one.is_streaming and "arrives" in one.text]

    await here.server.until(lambda: bool(streaming()))
    return ts, streaming()[0]


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
    script = (*words(HALF), Hold(held), *words("working days "), Hold(again), *words("more."), END)
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


@asynccontextmanager
async def dying(folder: Path, script: Script, dies_at: int = 0) -> AsyncIterator["Will"]:
    """Run a process that dies; what is asked of the next one is in the will."""
    store, cabinet = MemoryStore(), MemoryCabinet()
    for name in ("first", "second"):
        (folder / name).mkdir()
    mortals: list[Mortal] = []

    def mortal(slack: Slack) -> Slack:
        mortals.append(Mortal(slack, dies_at))
        return mortals[0]

    async with (
        slack_running() as server,
        process(folder / "first", server, cabinet, [script], store=store, through=mortal) as here,
    ):
        try:
            yield Will(here, mortals[0], folder / "second", store, cabinet)
        finally:
            mortals[0].is_buried.set()


@dataclass
class Will:
    here: Scene
    mortal: Mortal
    folder: Path
    store: MemoryStore
    cabinet: MemoryCabinet

    async def die(self) -> None:
        self.mortal.died.set()
        await self.here.stage.manager.drain(0)

    @asynccontextmanager
    async def heir(self) -> AsyncIterator[Scene]:
        """Run the next process, once it has done what the dead one left."""
        server = self.here.server
        async with process(
            self.folder, server, self.cabinet, [says(ANSWER)], store=self.store
        ) as there:
            await there.outlet.recover()
            await there.stage.manager.recover()
            yield there


@pytest.mark.promise("K71")
@pytest.mark.promise("K72")
async def test_an_answer_that_a_dead_process_left_is_made_whole_once(tmp_path: Path) -> None:
    async with dying(tmp_path, halved(asyncio.Event())) as will:
        ts, half = await half_said(will.here)
        await will.die()
        async with will.heir() as there:
            answer = await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert answer.ts == half.ts
            assert buttons_of(answer)[0] == "customer_rate:up"
            assert {call.outcome for call in there.server.called(UPDATE)} == {"ok"}


@pytest.mark.promise("K71")
@pytest.mark.parametrize("dies_at", range(1, 10))
async def test_whenever_a_process_dies_everything_is_there_once(
    tmp_path: Path, dies_at: int
) -> None:
    held = asyncio.Event()
    async with dying(tmp_path, halved(held), dies_at) as will:
        here = will.here
        ts = await here.asks()
        asyncio.get_running_loop().call_later(0.05, held.set)

        def is_over() -> bool:
            return will.mortal.died.is_set() or ANSWER in here.texts(ts)

        await here.server.until(is_over)
        await will.die()
        async with will.heir() as there:
            await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert not any(message.is_streaming for message in there.shown(ts))


async def test_an_answer_that_was_cut_by_a_deploy_is_made_whole(tmp_path: Path) -> None:
    async with dying(tmp_path, halved(asyncio.Event())) as will:
        ts, half = await half_said(will.here)
        await will.here.stage.manager.drain(0)
        await will.here.outlet.drain(0.2)
        assert not half.is_streaming
        async with will.heir() as there:
            answer = await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert answer.ts == half.ts


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
