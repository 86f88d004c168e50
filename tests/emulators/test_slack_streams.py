"""Streams in the emulator of Slack: the state machine and its five minutes."""

from tests.emulators.slack_scene import Dict, Scene, staged

TO = {"recipient_user_id": "U1", "recipient_team_id": "T1"}


async def streaming(scene: Scene, **more: object) -> tuple[str, str]:
    """Start a stream; returns thread and ts."""
    thread = await scene.server.says("T1", "C1", "U1", "a question")
    answer = await scene.client.api_call(
        "chat.startStream", json={"channel": "C1", "thread_ts": thread, **TO, **more}
    )
    return thread, str(answer["ts"])


async def test_a_stream_is_the_sum_of_what_was_appended() -> None:
    async with staged() as scene:
        thread, ts = await streaming(scene, markdown_text="One ")
        await scene.client.chat_appendStream(channel="C1", ts=ts, markdown_text="two ")
        [_, message] = scene.server.messages("T1", "C1", thread)
        assert (message.text, message.is_streaming) == ("One two ", True)
        await scene.client.chat_stopStream(
            channel="C1", ts=ts, markdown_text="three", blocks=[{"type": "divider"}]
        )

        assert (message.text, message.is_streaming) == ("One two three", False)
        assert [block["type"] for block in message.blocks] == ["divider"]
        after = await scene.refused("chat.appendStream", channel="C1", ts=ts, markdown_text="x")
        again = await scene.refused("chat.stopStream", channel="C1", ts=ts)
        assert {after, again} == {"message_not_in_streaming_state"}


async def test_an_open_stream_can_be_neither_updated_nor_deleted() -> None:
    async with staged() as scene:
        _, ts = await streaming(scene, markdown_text="x")

        updated = await scene.refused("chat.update", channel="C1", ts=ts, text="y")
        deleted = await scene.refused("chat.delete", channel="C1", ts=ts)
        assert (updated, deleted) == ("streaming_state_conflict", "cant_delete_message")
        await scene.client.chat_stopStream(channel="C1", ts=ts)
        await scene.client.chat_update(channel="C1", ts=ts, text="y")


async def test_a_stream_ends_five_minutes_after_its_start_however_busy() -> None:
    async with staged() as scene:
        thread, ts = await streaming(scene, markdown_text="x")
        for _ in range(2):
            scene.time.now += 149.0
            await scene.client.chat_appendStream(channel="C1", ts=ts, markdown_text="x")
        scene.time.now += 2.0

        assert not scene.server.messages("T1", "C1", thread)[1].is_streaming
        assert await scene.refused("chat.stopStream", channel="C1", ts=ts) == (
            "message_not_in_streaming_state"
        )
        await scene.client.chat_update(channel="C1", ts=ts, text="the whole answer")


async def test_outside_direct_messages_a_stream_needs_a_recipient() -> None:
    async with staged() as scene:
        thread = await scene.server.says("T1", "C1", "U1", "a question")
        start = {"channel": "C1", "thread_ts": thread}

        assert await scene.refused("chat.startStream", **start) == "missing_recipient_user_id"
        assert await scene.refused("chat.startStream", **start, recipient_user_id="U1") == (
            "missing_recipient_team_id"
        )
        assert await scene.refused("chat.startStream", channel="C1", **TO) == "invalid_arguments"
        ts = await scene.server.direct("T1", "U1", "a question")
        direct = scene.server.direct_of("T1", "U1")
        await scene.client.chat_startStream(channel=direct, thread_ts=ts)


async def test_text_and_chunks_do_not_mix() -> None:
    async with staged() as scene:
        _, ts = await streaming(scene, markdown_text="x")
        chunk = {"type": "markdown_text", "text": "y"}
        both = {"markdown_text": "x", "chunks": [chunk]}

        assert await scene.refused("chat.appendStream", channel="C1", ts=ts, **both) == (
            "markdown_text_conflict"
        )
        assert await scene.refused("chat.appendStream", channel="C1", ts=ts, chunks=[chunk]) == (
            "streaming_mode_mismatch"
        )
        assert await scene.refused("chat.appendStream", channel="C1", ts=ts) == "no_text"
        _, other = await streaming(scene, chunks=[chunk])
        odd = [{"type": "task_update", "id": "1", "title": "x" * 257, "status": "pending"}]
        assert await scene.refused("chat.appendStream", channel="C1", ts=other, chunks=odd) == (
            "invalid_chunks"
        )
        task = {"type": "task_update", "id": "1", "title": "Look", "status": "complete"}
        await scene.client.chat_appendStream(channel="C1", ts=other, chunks=[task, chunk])
        assert scene.server.message("T1", "C1", other).text == "yy"


async def test_too_much_text_is_refused_and_changes_nothing() -> None:
    async with staged() as scene:
        _, ts = await streaming(scene, markdown_text="x" * 12_000)

        refused = await scene.refused("chat.appendStream", channel="C1", ts=ts, markdown_text="x")
        assert refused == "msg_too_long"
        assert len(scene.server.message("T1", "C1", ts).text) == 12_000


async def test_stop_ends_the_streams_of_the_thread_and_tells_which() -> None:
    async with staged() as scene:
        thread, ts = await streaming(scene, markdown_text="x")
        await scene.client.api_call(
            "agents.sessions.setStatus",
            json={"channel_id": "C1", "thread_ts": thread, "status": "processing"},
        )
        await scene.server.stops("T1", "C1", thread, "U1")
        event = scene.events[-1]

        assert (event["type"], event["user"]) == ("agent_session_stopped", "U1")
        assert (event["thread_ts"], event["streaming_message_ts"]) == (thread, [ts])
        assert await scene.refused("chat.appendStream", channel="C1", ts=ts, markdown_text="x") == (
            "stopped_by_user"
        )
        assert scene.server.message("T1", "C1", ts).text == "x"
        assert scene.server.session_of("C1", thread) == "processing"


async def test_the_sdk_streams_through_it() -> None:
    async with staged() as scene:
        thread = await scene.server.says("T1", "C1", "U1", "a question")
        stream = await scene.client.chat_stream(channel="C1", thread_ts=thread, buffer_size=4, **TO)
        for word in ("A ", "whole ", "answer"):
            await stream.append(markdown_text=word)
        await stream.stop()

        assert scene.server.messages("T1", "C1", thread)[1].text == "A whole answer"


async def test_a_status_line_lasts_until_the_answer_or_two_minutes() -> None:
    async with staged() as scene:
        thread = await scene.server.says("T1", "C1", "U1", "a question")
        status: Dict = {"channel_id": "C1", "thread_ts": thread, "status": "is looking"}
        await scene.client.assistant_threads_setStatus(**status)
        assert scene.server.status_of("C1", thread) == "is looking"
        scene.time.now += 120.0
        assert scene.server.status_of("C1", thread) == ""
        await scene.client.assistant_threads_setStatus(**status)
        await scene.post("the answer", thread_ts=thread)

        assert scene.server.status_of("C1", thread) == ""
        many = await scene.refused(
            "assistant.threads.setStatus", **status, loading_messages=["x"] * 11
        )
        assert many == "invalid_arguments"
