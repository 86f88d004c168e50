"""A streamed answer is visible once, whatever Slack does."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.slack.errors import SlackBusy, SlackRefused
from channels.slack.stream_state import StreamTerms
from channels.slack.stream_text import closed, fence_at, piece_end, reopened, seam
from tests.channels.slack.fake_streams import staged

BUTTONS = [{"type": "actions", "elements": []}]
NOT_STREAMING = "message_not_in_streaming_state"
FAULTS = ["", "", "", "429", "500", "500 after", "close"]


@pytest.mark.promise("K70")
async def test_concurrent_producers_make_one_start_coalesced_appends_and_one_stop() -> None:
    async with staged() as scene:

        async def produce(word: str) -> None:
            for number in range(20):
                scene.stream.feed(f"{word}{number} ")
                await asyncio.sleep(0)

        await asyncio.gather(*(produce(word) for word in "abc"))
        said = scene.stream
        await scene.quiet()
        scene.clock.turn(0.4)
        await scene.quiet()
        messages = await scene.run(said.finish(BUTTONS))

        fake = scene.fake
        words = fake.shown()[0].split()
        assert sorted(words) == sorted(f"{word}{number}" for word in "abc" for number in range(20))
        assert [w for w in words if w[0] == "a"] == [f"a{number}" for number in range(20)]
        assert messages == tuple(fake.messages)
        assert (fake.count("chat.startStream"), fake.count("chat.stopStream")) == (1, 1)
        assert fake.count("chat.appendStream") <= 2
        assert fake.most_at_once == 1
        assert fake.messages[messages[0]].blocks == BUTTONS


async def test_the_first_piece_goes_at_once_and_the_next_after_a_pause_or_when_it_is_long() -> None:
    async with staged() as scene:
        scene.stream.feed("first ")
        await scene.quiet()
        assert scene.fake.shown() == ["first "]
        scene.stream.feed("second ")
        await scene.quiet()
        assert scene.fake.shown() == ["first "]
        scene.clock.turn(0.4)
        await scene.quiet()
        assert scene.fake.shown() == ["first second "]
        scene.stream.feed("x" * 256)
        await scene.quiet()

        assert scene.fake.shown() == ["first second " + "x" * 256]
        await scene.run(scene.stream.finish())


@pytest.mark.promise("K71")
@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
@pytest.mark.parametrize("fault", ["close", "500", "500 after"])
async def test_a_stream_that_dies_leaves_the_whole_answer_once(method: str, fault: str) -> None:
    async with staged() as scene:
        await scene.say("The first line.\n")
        scene.fake.faults_of[method] = [fault]
        await scene.say("The second line.\n")
        await scene.say("And the end.")
        await scene.run(scene.stream.finish(BUTTONS))

        assert "".join(scene.fake.shown()) == "The first line.\nThe second line.\nAnd the end."
        assert scene.fake.updates_of_open == 0
        assert [m.blocks for m in scene.fake.messages.values() if m.blocks][-1][-1:] == BUTTONS


@pytest.mark.promise("K71")
async def test_a_long_answer_rolls_over_before_slack_closes_the_stream() -> None:
    async with staged() as scene:
        for number in range(60):
            await scene.say(f"Word {number} ", then_s=10.0)
        await scene.run(scene.stream.finish())

        assert "".join(scene.fake.shown()) == "".join(f"Word {number} " for number in range(60))
        assert scene.fake.count("chat.startStream") >= 3
        assert scene.fake.count("chat.update") == 0
        opened = [message.opened_at for message in scene.fake.messages.values()]
        assert all(later - first <= 285 for first, later in pairwise(opened))


async def test_an_idle_stream_is_stopped_before_slack_closes_it() -> None:
    async with staged() as scene:
        await scene.say("Let me look.")
        scene.clock.turn(270)
        await scene.quiet()

        assert not any(message.is_open for message in scene.fake.messages.values())
        await scene.run(scene.stream.finish())


@pytest.mark.promise("K72")
async def test_an_abandoned_stream_is_stopped_and_never_updated_while_open() -> None:
    async with staged() as scene:
        await scene.say("Half of ")
        scene.stream.feed("it")
        await scene.run(scene.stream.abandon())
        scene.stream.feed(" and more")
        await scene.quiet()

        assert scene.fake.shown() == ["Half of "]
        assert not any(message.is_open for message in scene.fake.messages.values())
        assert scene.fake.count("chat.update") == 0


@pytest.mark.promise("K72")
async def test_after_a_reset_only_the_new_answer_is_there() -> None:
    async with staged() as scene:
        await scene.say("A wrong beginning. ")
        scene.stream.replace("Right")
        await scene.say(" now.")
        await scene.run(scene.stream.finish())

        assert scene.fake.shown() == ["Right now."]
        assert scene.fake.updates_of_open == 0


@pytest.mark.promise("K73")
@pytest.mark.parametrize(
    "fault", ["missing_recipient_team_id", "channel_type_not_supported", "500", "500 after"]
)
async def test_where_no_stream_can_be_had_one_message_is_posted(fault: str) -> None:
    async with staged() as scene:
        scene.fake.faults_of["chat.startStream"] = [fault]
        await scene.say("All of ")
        await scene.say("the answer.")
        assert scene.fake.shown() == []
        await scene.run(scene.stream.finish())

        assert scene.fake.shown() == ["All of the answer."]
        assert scene.fake.count("chat.postMessage") == 1


@pytest.mark.parametrize("fault", ["500", "500 after", "429"])
async def test_a_post_without_an_answer_is_looked_up_before_it_is_repeated(fault: str) -> None:
    async with staged() as scene:
        scene.fake.faults_of["chat.startStream"] = ["channel_type_not_supported"]
        scene.fake.faults_of["chat.postMessage"] = [fault]
        await scene.say("Once.")
        messages = await scene.run(scene.stream.finish())

        assert scene.fake.shown() == ["Once."]
        assert messages == tuple(scene.fake.messages)


@pytest.mark.promise("K74")
@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_stop_keeps_what_is_there_and_nothing_is_appended(method: str) -> None:
    async with staged() as scene:
        await scene.say("Kept. ")
        scene.fake.faults_of[method] = ["stopped_by_user"]
        if method == "chat.appendStream":
            await scene.say("Never shown. ")
            assert scene.stream.was_stopped
        calls = len(scene.fake.calls)
        scene.stream.feed("Nor this.") if method == "chat.appendStream" else None
        await scene.run(scene.stream.finish(BUTTONS))

        assert scene.stream.was_stopped
        assert scene.fake.shown() == ["Kept. "] == [scene.stream.shown]
        assert len(scene.fake.calls) - calls == (method == "chat.stopStream")


@pytest.mark.promise("K74")
async def test_a_stop_that_came_as_an_event_closes_the_stream() -> None:
    async with staged() as scene:
        await scene.say("Kept. ")
        scene.stream.stop()
        scene.stream.feed("Never.")
        await scene.run(scene.stream.finish())

        assert scene.fake.shown() == ["Kept. "]
        assert not any(message.is_open for message in scene.fake.messages.values())


async def test_a_busy_slack_is_asked_again_when_it_said_and_the_text_waits() -> None:
    async with staged() as scene:
        await scene.say("One ")
        scene.fake.faults_of["chat.appendStream"] = ["429"]
        await scene.say("two ")
        calls = scene.fake.count("chat.appendStream")
        await scene.say("three ", then_s=6.0)
        assert scene.fake.count("chat.appendStream") == calls
        scene.clock.turn(1.0)
        await scene.quiet()

        assert scene.fake.shown() == ["One two three "]
        await scene.run(scene.stream.finish())


async def test_a_stream_that_never_gets_through_fails_and_says_so() -> None:
    async with staged() as scene:
        await scene.say("One ")
        scene.fake.faults_of["chat.stopStream"] = ["429"] * 9
        with pytest.raises(SlackBusy):
            await scene.run(scene.stream.finish())

    async with staged() as scene:
        scene.fake.faults = ["channel_not_found"] * 2
        await scene.say("One ")
        with pytest.raises(SlackRefused, match="channel_not_found"):
            await scene.run(scene.stream.finish())


async def test_a_code_block_is_closed_and_opened_again_where_a_message_is_full() -> None:
    code = "".join(f"line {number}\n" for number in range(80))
    answer = f"Look:\n```python\n{code}```\nDone."
    async with staged(StreamTerms(most_chars=400)) as scene:
        scene.fake.most_chars = 400
        for start in range(0, len(answer), 7):
            await scene.say(answer[start : start + 7])
        await scene.run(scene.stream.finish())
        shown = scene.fake.shown()

        assert len(shown) > 2
        assert all(text.count("```") % 2 == 0 and len(text) <= 400 for text in shown)
        joined = "|".join(shown).replace("```|```python\n", "")
        assert joined.replace("\n", "") == answer.replace("\n", "")


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab \n", min_size=1, max_size=30),
            st.sampled_from([0.0, 0.4, 40.0, 130.0]),
            st.sampled_from(FAULTS),
        ),
        min_size=1,
        max_size=10,
    ),
    st.lists(st.sampled_from(FAULTS), max_size=3),
)
@settings(max_examples=40, deadline=None)
@example([("a ", 0.4, "500 after"), ("b", 0.4, "500"), ("a", 0.4, "close")], ["500 after"])
@example([("a", 130.0, ""), ("a", 130.0, ""), ("\na", 0.0, "")], [])
@pytest.mark.promise("K71")
async def test_whatever_the_cuts_and_faults_the_answer_is_visible_once(
    pieces: list[tuple[str, float, str]], last: list[str]
) -> None:
    async with staged(StreamTerms(most_chars=180, most_tries=30)) as scene:
        scene.fake.most_chars = 180
        for text, then_s, fault in pieces:
            scene.fake.faults.append(fault)
            await scene.say(text, then_s)
        scene.fake.faults += last
        await scene.run(scene.stream.finish())

        answer = "".join(text for text, _, _ in pieces)
        assert "".join(scene.fake.shown()).rstrip() == answer.rstrip()
        assert scene.fake.updates_of_open == 0
        assert scene.fake.most_at_once <= 1


@given(st.text(alphabet="a`~ \n", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_no_cut_falls_into_a_fence_and_none_goes_back(text: str, start: int, most: int) -> None:
    start = min(start, len(text))
    end = piece_end(text, start, most)

    assert start <= seam(text, start, most) <= end <= min(len(text), start + most)


@pytest.mark.parametrize(
    ("text", "opener", "close"),
    [
        ("```py\nx = 1\n", "```py", "```"),
        ("```py\nx", "```py", "\n```"),
        ("```py\nx\n```\n", "", ""),
        ("~~~~\n```\n~~~\nx", "~~~~", "\n~~~~"),
        ("1. so\n   ```\n   x\n", "   ```", "   ```"),
        ("``` not `a` fence\n", "", ""),
    ],
)
def test_the_code_block_around_a_place_is_known(text: str, opener: str, close: str) -> None:
    assert fence_at(text, len(text)) == opener
    assert closed(opener, text.endswith("\n")) == close
    assert reopened(opener) == (opener + "\n" if opener else "")
