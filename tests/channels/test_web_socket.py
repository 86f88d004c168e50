"""What a socket shows and takes; conformance cases W89-W95, W98, W99, W101, W102."""

import json

import pytest

from channels.base import Stopped
from channels.screen import Screen
from channels.scripted import ANSWER, Script
from channels.web import WebTerms
from channels.wire.web_seen import read_server_frame
from tests.channels.served import FAST, Json, Served, View, logged, serving

pytestmark = pytest.mark.slow


def shown_by(frames: list[Json]) -> Screen:
    screen = Screen()
    for frame in frames:
        screen.show(read_server_frame(json.dumps(frame)).frame)
    return screen


async def test_an_answer_streams_and_its_pieces_make_the_whole() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("When is my statement ready?")
            frames = await view.until("message.end")

    deltas = [str(frame["text"]) for frame in frames if frame["type"] == "message.delta"]
    assert [frame["seq"] for frame in logged(frames)] == list(range(1, len(logged(frames)) + 1))
    assert "".join(deltas) == frames[-1]["text"] == ANSWER
    assert frames[-1]["author"] == "bot"
    assert frames[-1]["citations"]
    assert frames[-1]["trace_id"]


@pytest.mark.promise("W89")
async def test_a_message_that_comes_three_times_is_one_and_each_time_accepted() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as one, served.view(session) as two:
            await one.say("Hi", "same")
            first = (await one.until("message.accepted"))[-1]
            await one.until("message.end")
            await two.until("message.end")
            await one.say("Hi", "same")
            again = (await one.until("message.accepted"))[-1]
            await two.say("Hi", "same")
            other_tab = (await two.until("message.accepted"))[-1]
        async with served.view(session, last_seq=len(served.log(session.conversation))) as back:
            await back.say("Hi", "same")
            after_reconnect = (await back.until("message.accepted"))[-1]

        assert first == again == other_tab == after_reconnect
        assert len(served.conversations.acts) == 1


@pytest.mark.promise("W90")
@pytest.mark.promise("W91")
@pytest.mark.promise("W94")
@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(coalesces=True),
        Script(reset_after=9),
        Script(reset_after=9, coalesces=True),
    ],
    ids=str,
)
async def test_who_returns_after_any_frame_of_an_answer_gets_exactly_the_rest(
    script: Script,
) -> None:
    async with serving(script) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            await view.until("message.end")
        log = served.log(session.conversation)

        for cut in range(len(log) + 1):
            async with served.view(session, last_seq=cut) as view:
                welcome = await view.next()
                await view.send("ping", t=0)
                rest = logged(await view.until("pong"))
            screen = shown_by([*log[:cut], *rest])

            assert welcome["head_seq"] == len(log)
            assert [bubble.text for bubble in screen.bubbles] == ["Hi", ANSWER]
            assert all(int(str(frame["seq"])) > cut for frame in rest)


@pytest.mark.promise("W92")
@pytest.mark.parametrize("last_seq", [1, 10_000])
async def test_who_cannot_be_replayed_to_gets_a_snapshot_and_then_what_happens(
    last_seq: int,
) -> None:
    async with serving(Script(window=10)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi", "a")
            await view.until("message.end")
        head = len(served.log(session.conversation))
        async with served.view(session, last_seq=last_seq) as view:
            welcome, snapshot = await view.next(), await view.next()
            await view.say("More", "b")
            live = logged(await view.until("message.end"))

        assert welcome["resume"] == snapshot["type"] == "snapshot"
        assert [bubble.text for bubble in shown_by([snapshot]).bubbles] == ["Hi", ANSWER]
        assert [frame["seq"] for frame in live] == list(range(head + 1, head + len(live) + 1))


@pytest.mark.promise("W92")
async def test_another_epoch_gets_a_snapshot_and_the_same_one_a_replay() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            await view.until("message.end")
        async with served.view(session, last_seq=2, epoch=7) as other:
            assert (await other.next())["resume"] == "snapshot"
        async with served.view(session, last_seq=2, epoch=1) as same:
            assert (await same.next())["resume"] == "replay"


@pytest.mark.promise("W93")
async def test_closing_the_tab_does_not_stop_the_answer() -> None:
    async with serving(Script(pace_s=0.002)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            await view.until("message.delta")
        await served.conversations.settle()

        last = served.log(session.conversation)[-1]
        assert (last["status"], last["text"]) == ("done", ANSWER)


@pytest.mark.promise("W93")
async def test_stop_ends_the_answer_with_what_was_shown() -> None:
    async with serving(Script(pace_s=0.01)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            delta = (await view.until("message.delta"))[-1]
            await view.send("stop", message_id=delta["message_id"])
            end = (await view.until("message.end"))[-1]

        assert end["status"] == "stopped"
        assert ANSWER.startswith(str(end["text"]))
        assert len(str(end["text"])) < len(ANSWER)
        assert Stopped(str(delta["message_id"])) in [act for _, act in served.conversations.acts]


@pytest.mark.promise("W95")
async def test_two_tabs_see_the_same_events_in_the_same_order() -> None:
    async with serving(Script(pace_s=0.001)) as served:
        session = await served.session()
        async with served.view(session) as one, served.view(session) as two:
            await one.say("From one", "a")
            await two.say("From two", "b")
            seen_by_one = [*await one.until("message.end"), *await one.until("message.end")]
            seen_by_two = [*await two.until("message.end"), *await two.until("message.end")]

        assert logged(seen_by_one) == logged(seen_by_two) == served.log(session.conversation)


async def test_the_eleventh_tab_closes_the_first() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as first:
            await first.next()
            views: list[View] = []
            await open_tabs(served, session.token, views, 10)

            assert await first.closed() == 4409
            await views[0].send("ping", t=1)
            assert (await views[0].until("pong"))[-1]["t"] == 1
            for view in views:
                await view.ws.close()


async def open_tabs(served: Served, token: str, views: list[View], count: int) -> None:
    for _ in range(count):
        ws = await served.http.ws_connect(served.url.replace("http", "ws") + "/v1/chat/ws")
        views.append(View(ws))
        await views[-1].send("hello", token=token)
        await views[-1].next()


@pytest.mark.promise("W98")
async def test_a_frame_over_32_kib_closes_with_1009() -> None:
    async with serving() as served:
        session = await served.session()
        for size in (40 * 1024, 200 * 1024):
            async with served.view(session) as view:
                await view.next()
                await view.ws.send_str(json.dumps({"type": "later", "x": "é" * (size // 2)}))

                assert await view.closed() == 1009


@pytest.mark.promise("W98")
async def test_a_binary_frame_closes_with_1003() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            await view.ws.send_bytes(b"{}")

            assert await view.closed() == 1003


@pytest.mark.promise("W98")
async def test_bad_json_is_an_error_twice_and_the_end_the_third_time() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            for _ in range(2):
                await view.ws.send_str("{")
                assert await view.next() == {"type": "error", "code": "bad_json"}
            await view.send("ping", t=1)
            assert (await view.next())["type"] == "pong"
            await view.ws.send_str("{")

            assert await view.closed() == 1008


async def test_a_text_that_is_too_long_is_named_and_ends_nothing() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            for number in range(4):
                await view.say("x" * 8_001, f"n{number}")
                error = await view.next()
                assert (error["code"], error["client_id"]) == ("text_too_long", f"n{number}")


@pytest.mark.promise("W99")
async def test_a_flood_is_told_to_wait_then_closed_and_others_go_on() -> None:
    async with serving() as served:
        session, other = await served.session(), await served.session()
        async with served.view(session) as flood, served.view(other) as calm:
            await flood.next()
            for number in range(20):
                await flood.say("again", f"n{number}")
            error = (await flood.until("error"))[-1]
            code = await flood.closed()
            await calm.say("Hi")
            end = (await calm.until("message.end"))[-1]

        assert error["code"] == "rate_limited"
        assert error["client_id"] == "n5"
        assert 0 < float(str(error["retry_after"])) <= 1.1
        assert code == 4429
        assert end["status"] == "done"
        assert served.chat.counts["flood"] == 1


@pytest.mark.promise("W99")
async def test_two_tabs_share_one_rate_and_so_does_the_stream() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as one, served.view(session) as two:
            for number in range(3):
                await one.say("x", f"a{number}")
                await two.say("x", f"b{number}")
            await one.until("message.accepted")
            headers = {"Authorization": f"Bearer {session.token}", "Idempotency-Key": "c"}
            address = f"{served.url}/v1/chat/messages"
            await two.until("message.accepted")
            async with served.http.post(address, json={"text": "x"}, headers=headers) as answer:
                status = answer.status

        assert status == 429


async def test_a_server_that_is_busy_says_so_and_keeps_the_socket() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            served.conversations.is_busy = True
            await view.say("Hi", "a")
            error = await view.next()
            served.conversations.is_busy = False
            await view.say("Hi", "a")
            await view.until("message.end")

        assert (error["code"], error["client_id"], error["retry_after"]) == ("busy", "a", 1.1)


@pytest.mark.promise("W101")
async def test_markup_in_a_text_travels_as_text() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\u2028</textarea>"
    async with serving(Script(answer=evil)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say(evil)
            frames = await view.until("message.end")

    accepted = next(frame for frame in frames if frame["type"] == "message.accepted")
    assert accepted["text"] == frames[-1]["text"] == evil


@pytest.mark.promise("W102")
async def test_a_human_who_takes_over_stops_the_answer_before_speaking() -> None:
    async with serving(Script(pace_s=0.01)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            await view.until("message.delta")
            served.conversations.join(session.conversation, "Ada")
            after = await view.until("message.end")
            served.conversations.say(session.conversation, "Ada here.")
            human = logged(await view.until("message.end"))

    types = [frame["type"] for frame in after]
    assert "message.delta" not in types[types.index("escalation") :]
    assert after[-1]["status"] == "stopped"
    assert (human[-1]["author"], human[-1]["text"]) == ("agent", "Ada here.")


async def test_what_is_not_logged_has_no_seq() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            served.conversations.show(session.conversation, "status", text="looking it up")

            assert await view.next() == {"type": "status", "text": "looking it up"}


async def test_the_welcome_says_what_is_allowed() -> None:
    async with serving(terms=WebTerms(FAST.timings)) as served:
        session = await served.session()
        async with served.view(session) as view:
            welcome = await view.next()

    assert welcome["resume"] == "fresh"
    assert welcome["head_seq"] == 0
    assert welcome["heartbeat_s"] == 20
    assert welcome["limits"] == {
        "frame_bytes": 32768,
        "text_chars": 8000,
        "file_bytes": 5 * 1024 * 1024,
        "files": 5,
        "messages": 5,
        "messages_per_s": 1.0,
    }
