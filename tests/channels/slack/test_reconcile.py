"""What was said while no socket was open is found in the threads, and kept once."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from channels.errors import ChannelBusy
from channels.slack.base import Json, TeamId, Upload
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
    SlackRevoked,
    SlackUnreachable,
)
from channels.slack.missed import Thread, missed, oldest, order
from channels.slack.reconcile import Reconciler, ReconcilerTerms
from channels.slack.single_call import SingleCall, answer_to
from channels.slack.socket import SocketClient
from tests.channels.slack.socket_doors import Around, Kept, all_acknowledged, door_of
from tests.emulators.slack import Fault, SlackServer
from tests.emulators.slack.sockets import sockets_running

T1 = TeamId("T1")
FAST = ReconcilerTerms(pause_s=0.0, most_tries=3)


class Calls:
    """The port, over the wire to the emulator, with failures that come first."""

    def __init__(self, server: SlackServer, *failures: SlackFailed) -> None:
        self.server = server
        self.failures = list(failures)

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        if self.failures:
            raise self.failures.pop(0)
        token = self.server.team(team).bot_token
        url = f"{self.server.url}/api/"
        return await answer_to(SingleCall(method, arguments, token, base_url=url))

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        raise NotImplementedError

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        raise NotImplementedError


async def texts_of(inbox: Kept) -> list[str]:
    return [json.loads(one.body)["event"]["text"] for one in await inbox.lease(60.0, 1000)]


@pytest.mark.promise("K77")
async def test_what_was_said_during_a_reset_is_found_and_kept_once() -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        slack.user("T1", "U1", "Dana Reyes")
        slack.channel("T1", "C1")
        async with door_of(sockets, inbox, around, SocketClient.AIOHTTP):
            await sockets.until(lambda: bool(sockets.sockets))
            top = await slack.says("T1", "C1", "U1", "the card")
            seen = await slack.says("T1", "C1", "U1", "heard", thread=top)
            await sockets.until(all_acknowledged(sockets))
            # Slack gives up what it cannot send: the next two are lost for good.
            sockets.is_forgetful = True
            sockets.error = "internal_error"
            sockets.reset()
            await sockets.until(lambda: not sockets.sockets)
            await slack.says("T1", "C1", "U1", "lost", thread=top)
            await slack.says("T1", "C1", "U1", "lost, too", thread=top)
            await slack.bot_says("T1", "C1", "beep", thread=top)
            sockets.error = ""
            await around.until(lambda: bool(around.since))
            reconciler = Reconciler(Calls(slack), inbox, around.kick, lambda since: none())
            threads = [Thread(T1, "C1", top, seen)]

            assert await reconciler.reconcile(threads, float("inf")) == 2
            assert await reconciler.reconcile(threads, float("inf")) == 0
            assert await texts_of(inbox) == ["the card", "heard", "lost", "lost, too"]


async def test_of_direct_messages_the_threads_in_them_are_looked_into_as_well() -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack, now = sockets.server, [1_000.0]
        slack.unix = lambda: now[0]
        direct = slack.direct_of("T1", "U7")
        ages = [await slack.direct("T1", "U7", "from before yesterday")]
        now[0] = 100_000.0
        ages += [await slack.direct("T1", "U7", text) for text in ("quiet", "lively")]
        now[0] = 150_000.0
        for top, text in zip(ages, ("too old", "", "a reply"), strict=True):
            if text:
                await slack.direct("T1", "U7", text, thread=top)
        await slack.direct("T1", "U7", "a new one")
        reconciler = Reconciler(Calls(slack), inbox, around.kick, lambda since: none())
        whole = Thread(T1, direct, seen="140000.000000", tops="60000.000000")
        before = len(slack.calls)

        assert await reconciler.reconcile([whole], 149_000.0) == 2
        assert await reconciler.reconcile([whole], 149_000.0) == 0
        assert await texts_of(inbox) == ["a new one", "a reply"]
        asked = [call.method for call in slack.calls[before:]]
        assert asked == ["conversations.history", "conversations.replies"] * 2


async def none() -> Iterable[Thread]:
    return ()


async def test_what_is_asked_for_is_looked_through_even_when_the_threads_fail_first() -> None:
    inbox, around = Kept(), Around()
    asked: list[float] = []
    async with sockets_running() as sockets:
        slack = sockets.server
        top = await slack.says("T1", "C1", "U1", "the card")
        await slack.says("T1", "C1", "U1", "lost", thread=top)

        async def threads(since: float) -> Iterable[Thread]:
            asked.append(since)
            if len(asked) == 1:
                raise ChannelBusy(1.0)
            return [Thread(T1, "C1", top)]

        reconciler = Reconciler(Calls(slack), inbox, around.kick, threads, FAST)
        running = asyncio.get_running_loop().create_task(reconciler.run())
        reconciler.ask(20.0)
        reconciler.ask(10.0)
        await around.until(lambda: around.kicks == 1)

        assert asked == [10.0, 10.0]
        assert await texts_of(inbox) == ["lost"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "failure",
    [SlackBusy("conversations.replies", 0.0), SlackUnreachable("conversations.replies", False)],
)
async def test_a_thread_that_cannot_be_read_now_is_read_later(failure: SlackFailed) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        top = await slack.says("T1", "C1", "U1", "the card")
        await slack.says("T1", "C1", "U1", "lost", thread=top)
        calls = Calls(slack, failure, failure)
        reconciler = Reconciler(calls, inbox, around.kick, lambda since: none(), FAST)

        assert await reconciler.reconcile([Thread(T1, "C1", top)], 0.0) == 1


@pytest.mark.parametrize(
    "failure",
    [SlackRefused("conversations.replies", "channel_not_found"), SlackRevoked("gone")],
)
async def test_a_thread_that_is_gone_does_not_keep_the_others(failure: SlackFailed) -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        top = await slack.says("T1", "C1", "U1", "the card")
        await slack.says("T1", "C1", "U1", "lost", thread=top)
        reconciler = Reconciler(
            Calls(slack, failure), inbox, around.kick, lambda since: none(), FAST
        )
        threads = [Thread(T1, "C9", "1.000001"), Thread(T1, "C1", top)]

        assert await reconciler.reconcile(threads, 0.0) == 1


async def test_a_thread_is_given_up_after_so_many_tries() -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        slack.faults.add(Fault("conversations.replies", "refused", times=0))
        reconciler = Reconciler(Calls(slack), inbox, around.kick, lambda since: none(), FAST)

        assert await reconciler.reconcile([Thread(T1, "C1", "1.000001")], 0.0) == 0
        assert len(slack.called("conversations.replies")) == FAST.most_tries


async def test_a_long_thread_is_read_page_by_page() -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        top = await slack.says("T1", "C1", "U1", "the card")
        for number in range(7):
            await slack.says("T1", "C1", "U1", f"{number}", thread=top)
        terms = ReconcilerTerms(page=3)
        reconciler = Reconciler(Calls(slack), inbox, around.kick, lambda since: none(), terms)

        assert await reconciler.reconcile([Thread(T1, "C1", top)], 0.0) == 7
        assert len(slack.called("conversations.replies")) >= 3
        assert await texts_of(inbox) == [f"{number}" for number in range(7)]


async def test_what_a_customer_wrote_directly_is_found_too() -> None:
    inbox, around = Kept(), Around()
    async with sockets_running() as sockets:
        slack = sockets.server
        seen = await slack.direct("T1", "U1", "heard")
        for number in range(5):
            await slack.direct("T1", "U1", f"{number}")
        channel = slack.direct_of("T1", "U1")
        terms = ReconcilerTerms(page=2)
        reconciler = Reconciler(Calls(slack), inbox, around.kick, lambda since: none(), terms)

        assert await reconciler.reconcile([Thread(T1, channel, seen=seen)], float("inf")) == 5
        bodies = [json.loads(one.body)["event"] for one in await inbox.lease(60.0, 10)]
        assert [body["text"] for body in bodies] == [f"{number}" for number in range(5)]
        assert {body["channel_type"] for body in bodies} == {"im"}
        assert not any("thread_ts" in body for body in bodies)


def message(ts: str, **more: object) -> Mapping[str, Any]:
    return {"type": "message", "user": "U1", "text": "hi", "ts": ts, **more}


def test_only_what_persons_wrote_after_it_counts_as_missed() -> None:
    thread = Thread(T1, "C1", "5.000001")
    given = [
        message("10.000002"),
        message("9.000002"),
        message("5.000001"),
        message("11.000001", bot_id="B1"),
        message("12.000001", subtype="tombstone"),
        message("13.000001", subtype="file_share", files=[]),
        message("no ts"),
        {"ts": "14.000001"},
        "not even an object",
    ]

    found = missed(thread, "9.000001", given)
    assert [one.id for one in found] == [
        "reconciled.T1.C1.9.000002",
        "reconciled.T1.C1.10.000002",
        "reconciled.T1.C1.13.000001",
    ]
    body = json.loads(found[0].body)
    assert body["type"] == "event_callback"
    assert body["event_id"] == found[0].id
    assert body["event"]["channel"] == "C1"
    assert body["event"]["thread_ts"] == "5.000001"


@pytest.mark.parametrize(
    ("seen", "since", "after"),
    [
        ("", 900.0, "100.000001"),
        ("500.000001", float("inf"), "500.000001"),
        ("500.000001", 900.0, "500.000001"),
        # What came after the gap hides nothing that was said in it.
        ("950.000001", 900.7, "900.000000"),
        ("950.000001", 50.0, "100.000001"),
    ],
)
def test_it_is_asked_from_the_newest_that_came_but_no_later_than_the_gap(
    seen: str, since: float, after: str
) -> None:
    assert oldest(Thread(T1, "C1", "100.000001", seen), since) == after


def test_seconds_of_another_length_still_sort_by_time() -> None:
    assert order("999.000001") < order("1000.000000")
