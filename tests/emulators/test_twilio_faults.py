"""What goes wrong in the emulator of Twilio, and what the real SDK makes of it."""

import asyncio
import json

import aiohttp
import pytest
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)

from tests.emulators.twilio import Fault
from tests.emulators.twilio_scene import CALLBACK, OLD_AUTH, OURS, THEIRS, refusal_of, staged

pytestmark = OLD_AUTH


async def test_a_refusal_bears_its_code_there_and_only_there() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", "refused", to=THEIRS, code=21408))
        await scene.send("elsewhere", to="+15550124")

        assert await refusal_of(scene.send()) == (400, 21408)
        await scene.send("now it works")
        assert scene.server.phone(THEIRS).received == ["now it works"]
        assert [fault.code for fault in scene.server.faults.seen] == [21408]
        assert [call.outcome for call in scene.server.called("send")] == ["201", "400", "201"]


@pytest.mark.parametrize(
    ("kind", "code", "status", "said"),
    [
        ("refused", 20003, 0, (401, 20003)),
        ("refused", 20404, 0, (404, 20404)),
        ("refused", 21610, 0, (400, 21610)),
        ("refused", 30001, 403, (403, 30001)),
        ("busy", 0, 0, (429, 20429)),
        ("server_error", 0, 0, (502, 502)),
        ("server_error", 0, 503, (503, 503)),
    ],
)
async def test_a_fault_becomes_the_documented_exception_and_nothing_is_sent(
    kind: str, code: int, status: int, said: tuple[int, int]
) -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", kind, code=code, status=status))

        assert await refusal_of(scene.send()) == said
        assert scene.server.messages == []


async def test_a_problem_is_another_exception_which_is_no_rest_exception() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", "problem", code=20429))
        with pytest.raises(TwilioException) as caught:
            await scene.send()

        assert isinstance(caught.value, TwilioServiceException)
        assert not isinstance(caught.value, TwilioRestException)
        assert (caught.value.status, caught.value.code) == (429, 20429)
        assert scene.server.messages == []


async def test_an_answer_that_is_no_json_is_no_message() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", "not_json"))
        with pytest.raises(json.JSONDecodeError):
            await scene.send()

        assert scene.server.messages == []


async def test_what_was_lost_was_sent_and_what_was_dropped_was_not() -> None:
    async with staged() as scene:
        for kind, sent in (("lost", ["lost"]), ("dropped", ["lost"])):
            scene.server.faults.add(Fault("send", kind))
            with pytest.raises(aiohttp.ClientError):
                await scene.send(kind, status_callback=CALLBACK)
            assert scene.server.phone(THEIRS).received == sent
        await scene.server.settled()

        assert scene.app.statuses == ["queued", "sent", "delivered"]
        assert [call.outcome for call in scene.server.called("send")] == ["dropped", "dropped"]


@pytest.mark.parametrize(("kind", "status"), [("server_error_after", 502), ("problem_after", 503)])
async def test_an_error_may_come_although_the_message_was_sent(kind: str, status: int) -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", kind, status=503 if "problem" in kind else 0))
        with pytest.raises(TwilioException) as caught:
            await scene.send()

        assert caught.value.status == status
        assert scene.server.phone(THEIRS).received == ["hello"]


async def test_a_hang_is_accepted_and_never_answered() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", "hang"))
        sending = asyncio.ensure_future(scene.send())
        await scene.server.until(lambda: scene.server.phone(THEIRS).received)

        assert not sending.done()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize(("kind", "done"), [("slow", []), ("slow_after", ["hello"])])
async def test_a_slow_answer_is_that_of_something_not_yet_or_already_done(
    kind: str, done: list[str]
) -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", kind, delay_s=60))
        sending = asyncio.ensure_future(scene.send())
        await scene.server.until(lambda: scene.server.faults.seen)

        assert scene.server.phone(THEIRS).received == done
        assert not sending.done()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        scene.server.faults.add(Fault("send", kind, delay_s=0.01))
        assert (await scene.send("again")).status == "queued"


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [("undelivered", ["queued", "sent", "undelivered"]), ("failed", ["queued", "failed"])],
)
async def test_a_carrier_may_refuse_what_twilio_took(kind: str, statuses: list[str]) -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("send", kind, code=30003))
        sent = await scene.send(status_callback=CALLBACK)
        await scene.server.settled()
        found = await sent.fetch_async()

        assert (sent.status, sent.error_code) == ("queued", None)
        assert (found.status, found.error_code) == (kind, 30003)
        assert scene.app.statuses == statuses
        assert [got.form.get("ErrorCode") for got in scene.app.got][-1] == "30003"
        assert scene.server.phone(THEIRS).received == []


async def test_a_get_that_was_dropped_is_dropped_again_when_the_client_repeats_it() -> None:
    async with staged() as scene:
        sent = await scene.send()
        scene.server.faults.add(Fault("find", "dropped"))
        scene.server.faults.add(Fault("list", "dropped"))
        with pytest.raises(aiohttp.ClientError):
            await sent.fetch_async()
        with pytest.raises(aiohttp.ClientError):
            await scene.client.messages.list_async(to=THEIRS)

        assert [call.target for call in scene.server.calls[1:]] == ["find"] * 2 + ["list"] * 2
        assert (await sent.fetch_async()).sid == sent.sid
        assert len(await scene.client.messages.list_async(to=THEIRS)) == 1


async def test_a_server_that_is_down_does_nothing_until_it_is_up() -> None:
    async with staged() as scene:
        scene.server.is_down = True
        with pytest.raises(aiohttp.ClientError):
            await scene.send()
        scene.server.is_down = False
        await scene.send("back")

        assert scene.server.phone(THEIRS).received == ["back"]


async def test_faults_without_an_end_last_until_they_are_cleared() -> None:
    async with staged() as scene:
        scene.server.faults.add(Fault("*", "busy", times=0))
        for _ in range(3):
            assert await refusal_of(scene.send()) == (429, 20429)
        assert len(scene.server.faults.left) == 1
        scene.server.faults.clear()
        await scene.send()


async def test_retry_after_is_said_only_when_there_is_one() -> None:
    async with staged() as scene:
        server = scene.server
        server.faults.add(Fault("send", "busy", retry_after_s=7))
        server.faults.add(Fault("send", "busy"))
        secret = aiohttp.encode_basic_auth(server.account, server.auth_token)
        url = f"{server.url}/2010-04-01/Accounts/{server.account}/Messages.json"
        async with aiohttp.ClientSession(headers={"Authorization": secret}) as session:
            said = []
            for _ in range(2):
                async with session.post(url, data={"To": THEIRS}) as answer:
                    said.append(answer.headers.get("Retry-After"))

        assert said == ["7", None]


async def test_a_sender_may_send_one_segment_a_second_and_another_is_not_in_its_way() -> None:
    async with staged() as scene:
        server, time = scene.server, [100.0]
        server.state.clock = lambda: time[0]
        server.number("+18885550100")
        server.limits_on = True
        await scene.send("a" * 320)
        time[0] += 1

        assert await refusal_of(scene.send("too early")) == (429, 20429)
        for _ in range(3):
            await scene.send("from another", from_="+18885550100")
            time[0] += 1 / 3
        time[0] += 1
        await scene.send("in time")
        assert server.limits.refused == 1
        assert server.phone(THEIRS).received.count("from another") == 3


async def test_what_is_too_much_may_be_queued_for_up_to_ten_hours() -> None:
    async with staged() as scene:
        server = scene.server
        server.state.clock = lambda: 100.0
        server.limits_on = server.limits.queues = True
        server.limits.per_s["long"] = 1 / 9000
        server.limits.most_replies = 100
        for _ in range(5):
            await scene.send()

        assert await refusal_of(scene.send()) == (400, 21611)
        assert server.limits.longest_s == 36000
        assert server.limits.refused == 0


async def test_a_schedule_of_faults_has_calls_that_go_well() -> None:
    async with staged() as scene:
        for kind in ("none", "busy", "none"):
            scene.server.faults.add(Fault("send", kind))
        await scene.send()

        assert await refusal_of(scene.send()) == (429, 20429)
        await scene.send()


async def test_more_than_thirty_messages_between_two_numbers_are_a_loop() -> None:
    async with staged() as scene:
        server, time = scene.server, [100.0]
        server.state.clock = lambda: time[0]
        server.limits_on = True
        server.limits.per_s["long"] = 100
        for _ in range(30):
            await scene.send()
            time[0] += 0.5

        assert await refusal_of(scene.send()) == (400, 14107)
        await scene.send("to another", to="+15550124")
        time[0] += 30
        await scene.send("calm again")


def test_a_fault_that_means_nothing_is_refused() -> None:
    for target, kind in (("sent", "busy"), ("send", "bisy"), ("find", "undelivered")):
        with pytest.raises(AssertionError):
            Fault(target, kind)


async def test_an_unknown_path_or_another_form_of_body_is_refused() -> None:
    async with staged() as scene:
        server = scene.server
        secret = aiohttp.encode_basic_auth(server.account, server.auth_token)
        base = f"{server.url}/2010-04-01/Accounts/{server.account}"
        async with aiohttp.ClientSession(headers={"Authorization": secret}) as session:
            async with session.get(f"{base}/Balance.json") as unknown:
                assert (unknown.status, (await unknown.json())["code"]) == (404, 20404)
            async with session.post(f"{base}/Messages.json", json={"To": OURS}) as other:
                assert other.status == 415
            async with session.get(f"{base}/Messages.json?PageSize=0") as none:
                assert none.status == 400
