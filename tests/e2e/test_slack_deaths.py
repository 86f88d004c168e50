"""Processes that die, or are told to end, while something is on its way from or to Slack."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from channels.wire.web_seen import Delta, Ended
from tests.e2e.slack_place import DANA, ROBIN, SUPPORT, TEAM
from tests.e2e.slack_process import AGENT, PERSON, SlackProcess, said_by_humans, slack_process
from tests.e2e.visitor import Visitor, is_ended, visiting
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.server import Emulator
from tests.emulators.slack import Fault

pytestmark = pytest.mark.slow

WAIT_S = 60.0
ENDS_WITHIN_S = 10.0
LONG = " ".join(f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200))
ASKS_WHO = f"Ask <@{ROBIN}>, he knows."
"""Its listener has to look up a name first."""
READ = "Ask @Robin, he knows."


def vendor_in(vendor: Emulator) -> dict[str, str]:
    """Return the variables by which the product reaches a vendor."""
    return {"ANTHROPIC_API_KEY": "test", "ANTHROPIC_BASE_URL": vendor.url}


async def until_said(visitor: Visitor, count: int) -> list[str]:
    """Wait until humans have said so much to a customer, and return it."""

    def is_humans(frame: object) -> bool:
        return isinstance(frame, Ended) and frame.author == AGENT

    await visitor.until(is_humans, count)
    return said_by_humans(visitor)


async def until_draining(place: SlackProcess) -> None:
    """Wait until the product says that it ends."""
    async with asyncio.timeout(WAIT_S), aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{place.product.url}/readyz") as answer:
                if answer.status == 503:
                    return
            await asyncio.sleep(0.02)


@pytest.mark.promise("K61", "B3")
@pytest.mark.parametrize("held_up_at", ["users.info", "reactions.add"])
async def test_a_reply_that_was_acknowledged_reaches_the_customer_once_whoever_dies(
    tmp_path: Path, held_up_at: str
) -> None:
    async with slack_process(tmp_path) as place, visiting(place.product.url) as visitor:
        card = await place.claimed(visitor)
        place.slack.faults.add(Fault(held_up_at, "slow", delay_s=WAIT_S))
        ts = await place.slack.says(TEAM, SUPPORT, DANA, ASKS_WHO, thread=card.ts)
        await place.slack.until(lambda: place.slack.faults.seen)
        acknowledged = place.slack.emitted[-1].statuses
        await place.product.kill()
        await place.product.start()
        said = await until_said(visitor, 1)
        await place.slack.until(lambda: place.is_marked(ts))
        await place.slack.says(TEAM, SUPPORT, DANA, "And there is more.", thread=card.ts)
        last = await until_said(visitor, 2)

        assert acknowledged == [200]
        assert said == [READ]
        assert last == [READ, "And there is more."]


@pytest.mark.promise("B3", "X107")
async def test_killed_while_cards_are_posted_each_is_there_once(tmp_path: Path) -> None:
    """One of the two posts arrives after the death, the other one never does."""
    async with (
        slack_process(tmp_path) as place,
        visiting(place.product.url) as first,
        visiting(place.product.url) as second,
    ):
        place.slack.faults.add(Fault("chat.postMessage", "slow", delay_s=0.3))
        place.slack.faults.add(Fault("chat.postMessage", "slow", delay_s=600))
        for visitor in (first, second):
            await visitor.client.say(PERSON)
        await place.slack.until(lambda: len(place.slack.faults.seen) == 2)
        await place.product.kill()
        await place.product.start()
        for number, visitor in enumerate((first, second)):
            await visitor.client.say(f"I am customer {number}.")
        async with asyncio.timeout(WAIT_S):
            while sum(len(place.thread(card)) for card in place.cards) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        threads = [place.thread(card) for card in place.cards]
        assert sorted(threads) == [["I am customer 0."], ["I am customer 1."]]


@pytest.mark.promise("B3", "K71", "O1")
async def test_killed_while_an_answer_streams_into_slack_it_is_there_whole_and_once(
    tmp_path: Path,
) -> None:
    async with (
        AnthropicEmulator(LONG, 0.02) as vendor,
        slack_process(tmp_path, vendor_in(vendor)) as place,
    ):
        await place.slack.direct(TEAM, DANA, "How do I order a new card?")
        await place.slack.until(lambda: any(one.is_streaming for one in place.direct()))
        await place.slack.until(lambda: "wordab" in place.told()[-1])
        await place.product.kill()
        await place.product.start()
        async with asyncio.timeout(WAIT_S):
            while LONG not in place.told():  # noqa: ASYNC110 - Slack tells nobody of it
                await asyncio.sleep(0.05)
        await place.slack.direct(TEAM, DANA, PERSON)
        await place.slack.until(lambda: len(place.told()) > 2)

        assert [one == LONG for one in place.told()] == [False, True, False]
        assert not any("word" in one for one in place.told() if one != LONG)
        assert not any(one.is_streaming for one in place.direct())


@pytest.mark.promise("X109", "K61", "O2")
async def test_told_to_end_it_ends_in_time_and_the_next_process_does_the_rest(
    tmp_path: Path,
) -> None:
    async with (
        AnthropicEmulator(LONG, 0.2) as vendor,
        slack_process(tmp_path, vendor_in(vendor)) as place,
        visiting(place.product.url) as visitor,
        visiting(place.product.url) as asker,
    ):
        card = await place.claimed(visitor)
        await asker.client.say("How do I order a new card?")
        await asker.until(lambda frame: isinstance(frame, Delta))
        place.slack.faults.add(Fault("users.info", "slow", delay_s=WAIT_S))
        await place.slack.says(TEAM, SUPPORT, DANA, ASKS_WHO, thread=card.ts)
        await place.slack.until(lambda: place.slack.faults.seen)
        ending = asyncio.ensure_future(place.product.terminate())
        await until_draining(place)
        await place.slack.says(TEAM, SUPPORT, DANA, "And there is more.", thread=card.ts)
        acknowledged = place.slack.emitted[-1].statuses
        async with asyncio.timeout(ENDS_WITHIN_S):
            code = await ending
        vendor.pace_s = 0.0
        await place.product.start()
        said = await until_said(visitor, 2)
        ended = (await asker.until(is_ended))[0]

        assert (code, acknowledged) == (0, [200])
        assert said == [READ, "And there is more."]
        assert isinstance(ended, Ended)
        assert ended.text == LONG
