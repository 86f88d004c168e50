"""What happens on a socket once the call is taken."""

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.errors import ChannelRefused
from channels.voice.base import (
    Dtmf,
    End,
    Heard,
    Interrupted,
    Language,
    Line,
    Prompt,
    RelayError,
    Setup,
    Text,
)
from channels.voice.frames import MOST_FRAME_BYTES
from channels.voice.line import LineTerms, SocketLine
from channels.voice.relay import HARD_FRAME_BYTES
from tests.channels.voice.connected import (
    LOST,
    TERMS,
    ListeningCallee,
    soon,
    switchboard,
    until,
)

BIG = "x" * 200_000
"""Its frame is a large part of what the system keeps for a reader."""
FRAMES = 100


def unsent(line: Line) -> int:
    assert isinstance(line, SocketLine)
    return line.unsent_bytes


async def full(line: Line) -> None:
    """Wait until the system takes nothing more for a peer that does not read."""
    before = 0
    while not before or before != unsent(line):
        before = unsent(line)
        await asyncio.sleep(0.03)


async def test_what_is_heard_comes_in_the_order_of_the_wire() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        await peer.send("prompt", voicePrompt="What", lang="en-US", last=False)
        await peer.send("prompt", voicePrompt="What is", lang="en-US", last=True)
        await peer.send("interrupt", utteranceUntilInterrupt="", durationUntilInterruptMs="12")
        await peer.send("dtmf", digit="#")
        await until(lambda: len(callee.told) == 4)

        assert callee.told == [
            Prompt("What", "en-US", False),
            Prompt("What is", "en-US", True),
            Interrupted("", 12),
            Dtmf("#"),
        ]


@pytest.mark.promise("V33")
async def test_tokens_are_written_in_order_with_their_spaces() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        tokens = ["A card", " costs ", "one", " euro.", ""]
        for token in tokens:
            callee.line.say(Text(token, is_last=not token), 1)
        frames = [await peer.next() for _ in tokens]

        assert [frame["token"] for frame in frames] == tokens
        assert [frame["last"] for frame in frames] == [False, False, False, False, True]


@pytest.mark.promise("V51")
async def test_a_change_of_language_is_written_before_the_next_token() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        callee.line.say(Text("Hello."), 1)
        callee.line.say(Language("de-DE", "de-DE"), 1)
        callee.line.say(Text("Hallo."), 1)
        types = [(await peer.next())["type"] for _ in range(3)]

        assert types == ["text", "language", "text"]


@pytest.mark.promise("V34")
async def test_after_a_cut_no_frame_of_an_older_generation_is_written() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        callee.line.say(Text("old"), 1)
        callee.line.say(Text("old", is_last=True), 1)
        callee.line.cut(2)
        callee.line.say(Text("late"), 1)
        callee.line.say(Text("new"), 2)

        assert await peer.tokens(1) == ["new"]
        assert board.counts["relay_frame_cut"] == 3


@pytest.mark.promise("V34")
async def test_a_cut_reaches_what_a_slow_reader_has_not_taken() -> None:
    terms = replace(TERMS, line=replace(TERMS.line, queued_chars=64 * 1024 * 1024))
    async with switchboard(terms) as board, board.call() as (peer, callee):
        for number in range(FRAMES):
            callee.line.say(Text(f"{number} {BIG}"), 1)
        await peer.tokens(1)
        callee.line.cut(2)
        callee.line.say(Text("new"), 2)
        later = 0
        while await peer.tokens(1) != ["new"]:
            later += 1
        cut = board.counts["relay_frame_cut"]

        assert later + 1 + cut == FRAMES
        assert cut > FRAMES / 2, "what the system has not taken is cut"


@pytest.mark.promise("V34")
async def test_of_what_was_written_one_frame_at_most_is_kept_back_where_no_cut_reaches_it() -> None:
    small = "x" * 8_000
    terms = replace(TERMS, line=LineTerms(queued_frames=4_000, queued_chars=64 * 1024 * 1024))
    async with switchboard(terms) as board, board.call() as (_, callee):
        for _ in range(2_500):
            callee.line.say(Text(small), 1)
        await full(callee.line)

        assert unsent(callee.line) < 2 * len(small)


@pytest.mark.promise("V34")
async def test_a_caller_is_heard_while_nothing_can_be_written() -> None:
    terms = replace(TERMS, line=LineTerms(queued_chars=64 * 1024 * 1024, write_s=60.0))
    async with switchboard(terms) as board, board.call() as (peer, callee):
        peer.ws.transport.pause_reading()
        for _ in range(FRAMES):
            callee.line.say(Text(BIG), 1)
        await full(callee.line)
        # Who answers it while reading hears nothing more before somebody reads the answer.
        await peer.ws.ping()
        await peer.send("interrupt")
        await until(lambda: bool(callee.told))

        assert callee.told == [Interrupted("", None)]


@pytest.mark.promise("V42")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"type":"pong"}', "unknown_type"),
        ("{", "bad_json"),
        (b"\x00\xff", "binary"),
        (json.dumps({"type": "prompt", "voicePrompt": "x" * MOST_FRAME_BYTES}), "too_big"),
        ('{"type":"setup"}', "bad_setup"),
        (
            '{"type":"setup","sessionId":"VX1","callSid":"CA1"}',
            "setup",
        ),
    ],
)
async def test_a_frame_that_makes_no_sense_is_counted_and_not_answered(
    raw: str | bytes, reason: str
) -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        await peer.ws.send(raw)
        await peer.send("dtmf", digit="1")
        await until(lambda: bool(callee.told))
        callee.line.say(Text("first"), 1)

        assert callee.told == [Dtmf("1")]
        assert board.counts == {f"relay_ignored_{reason}": 1}
        assert await peer.tokens(1) == ["first"], "nothing was said before"


@pytest.mark.promise("V42")
async def test_text_that_is_no_utf_8_is_ignored_and_the_call_goes_on() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        await peer.ws.send(b'{"type":"prompt","voicePrompt":"\xff"}', text=True)
        await peer.send("dtmf", digit="1")
        await until(lambda: bool(callee.told))

        assert board.counts == {"relay_ignored_bad_encoding": 1}


@pytest.mark.promise("V42")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.text() | st.binary(max_size=200), max_size=8))
def test_no_junk_ends_a_call_or_is_answered(junk: list[str | bytes]) -> None:
    async def story() -> None:
        async with switchboard() as board, board.call() as (peer, callee):
            for raw in junk:
                await peer.ws.send(raw)
            await peer.send("dtmf", digit="1")
            await until(lambda: bool(callee.told))
            callee.line.say(Text("first"), 1)

            assert callee.told == [Dtmf("1")]
            assert sum(board.counts.values()) == len(junk)
            assert await peer.tokens(1) == ["first"]

    asyncio.run(story())


@pytest.mark.promise("V43")
async def test_an_error_of_the_relay_is_told_and_does_not_end_the_call() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        words = "Invalid message received, code: 64107, message: x"
        await peer.send("error", description=words)
        await peer.send("dtmf", digit="1")
        await until(lambda: len(callee.told) == 2)

        assert callee.told == [RelayError(words, 64107), Dtmf("1")]
        assert board.counts == {"relay_error": 1}


@pytest.mark.promise("V43")
async def test_a_frame_that_the_vendor_would_refuse_is_our_bug_and_does_not_leave() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        with pytest.raises(AssertionError):
            callee.line.say(Language(), 1)
        with pytest.raises(AssertionError):
            callee.line.say(End(), 1)
        callee.line.say(Text("first"), 1)

        assert await peer.tokens(1) == ["first"]


async def test_the_end_comes_behind_all_that_was_said_whatever_is_cut() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        callee.line.say(Text("Goodbye."), 3)
        ending = asyncio.get_running_loop().create_task(callee.line.end("transfer:7"))
        await asyncio.sleep(0)
        callee.line.cut(2)
        callee.line.say(Text("late"), 3)
        frames = [await peer.next() for _ in range(2)]
        await soon(ending)
        await peer.ws.close(1000)
        await until(lambda: callee.closed_with is not None)

        assert frames[0]["token"] == "Goodbye."
        assert frames[1] == {"type": "end", "handoffData": "transfer:7"}
        assert callee.closed_with == 1000
        assert board.counts == {}


async def test_an_end_that_the_vendor_does_not_answer_is_closed_by_us() -> None:
    terms = replace(TERMS, line=replace(TERMS.line, end_s=0.02))
    async with switchboard(terms) as board, board.call() as (peer, callee):
        await soon(callee.line.end())

        assert await peer.closed() == ([{"type": "end"}], 1000)
        await until(lambda: callee.closed_with is not None)
        assert callee.closed_with == 1000
        assert board.counts["relay_end_unanswered"] == 1


async def test_a_call_can_be_ended_and_closed_while_something_is_heard() -> None:
    async def hang_up(event: Heard) -> None:
        await callee.line.end()
        await callee.line.close(1000)

    async with switchboard() as board, board.call() as (peer, callee):
        callee.on_heard = hang_up
        await peer.send("dtmf", digit="1")

        assert await peer.closed() == ([{"type": "end"}], 1000)
        await until(lambda: callee.closed_with is not None)
        assert callee.closed_with == 1000


async def test_after_the_call_is_gone_everything_said_is_dropped_in_silence() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        await peer.ws.close(1000)
        await until(lambda: callee.closed_with is not None)
        callee.line.say(Text("late"), 1)
        callee.line.cut(2)
        await soon(callee.line.end("x"))
        await soon(callee.line.close(1000))

        assert callee.closed_with == 1000
        assert board.relay.sockets == 0


async def test_a_connection_that_breaks_is_told_as_lost() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        peer.ws.transport.abort()
        await until(lambda: callee.closed_with is not None)

        assert callee.closed_with == LOST
        assert board.counts == {"relay_lost": 1}


async def test_a_peer_that_answers_no_ping_is_lost() -> None:
    terms = replace(TERMS, heartbeat_s=0.05)
    async with switchboard(terms) as board, board.call() as (peer, callee):
        peer.ws.transport.pause_reading()
        await until(lambda: callee.closed_with is not None)

        assert callee.closed_with == LOST


async def test_a_peer_that_answers_pings_stays_and_is_answered_itself() -> None:
    terms = replace(TERMS, heartbeat_s=0.2)
    async with switchboard(terms) as board, board.call() as (peer, callee):
        await soon(await peer.ws.ping())
        # Long enough for our ping, and for giving up a peer that has not answered it.
        await asyncio.sleep(0.35)

        assert callee.closed_with is None


async def test_an_application_that_breaks_ends_the_call_and_is_told() -> None:
    async def breaks(event: Heard) -> None:
        raise RuntimeError("a bug of the application")

    async with switchboard() as board, board.call() as (peer, callee):
        callee.on_heard = breaks
        await peer.send("dtmf", digit="1")

        assert await peer.closed() == ([], 1011)
        await until(lambda: board.relay.sockets == 0)
        assert callee.closed_with == 1011


@pytest.mark.parametrize(
    "line",
    [
        replace(TERMS.line, write_s=0.05, queued_chars=64 * 1024 * 1024),
        replace(TERMS.line, queued_chars=len(BIG) * 50),
        replace(TERMS.line, queued_frames=50, queued_chars=64 * 1024 * 1024),
    ],
)
async def test_a_peer_that_stops_reading_loses_the_call(line: LineTerms) -> None:
    async with switchboard(replace(TERMS, line=line)) as board, board.call() as (_, callee):
        for _ in range(FRAMES):
            callee.line.say(Text(BIG), 1)
        await until(lambda: callee.closed_with is not None)

        assert callee.closed_with == LOST
        assert board.counts["relay_slow"] == 1


async def test_a_frame_of_more_than_a_mebibyte_ends_the_socket() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        await peer.ws.send("x" * (HARD_FRAME_BYTES + 1))

        assert (await peer.closed())[1] == 1009
        await until(lambda: callee.closed_with is not None)


async def test_a_drain_lets_calls_end_and_takes_no_new_ones() -> None:
    async with switchboard() as board, board.call() as (peer, callee):
        draining = asyncio.get_running_loop().create_task(board.relay.drain(5.0))
        await asyncio.sleep(0)
        url = f"wss://bank.example/channels/voice/relay/{board.tokens.mint('CA' + '3' * 32)}"
        assert await board.status(url) == 503
        callee.line.say(Text("Goodbye."), 1)
        assert await peer.tokens(1) == ["Goodbye."]
        await peer.ws.close(1000)
        await soon(draining)

        assert callee.closed_with == 1000


async def test_a_drain_closes_what_is_left_as_going_away() -> None:
    async with switchboard() as board, board.call() as (peer, callee), board.socket():
        await soon(board.relay.drain(0.0))

        assert await peer.closed() == ([], 1001)
        assert callee.closed_with == 1001
        assert board.relay.sockets == 0


async def test_an_application_that_cannot_take_the_call_closes_it() -> None:
    class BusyCallee(ListeningCallee):
        async def answered(self, setup: Setup, line: Line) -> None:
            raise ChannelRefused("busy")

    async with switchboard() as board:
        board.make = BusyCallee
        token = board.tokens.mint("CA" + "1" * 32)
        async with board.socket(token) as peer:
            await peer.setup(token)

            assert await peer.closed() == ([], 1011)
            assert board.counts == {"relay_not_answered": 1}
            assert board.callees[0].closed_with is None
