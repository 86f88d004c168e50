"""Processes that die, or are told to end, with calls under way."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.voice_place import ANSWER, ASKED, BY_PHONE, PAUSE, SlowTalker, policy_of
from tests.e2e.voice_process import VoiceProcess, reconnected, voice_process
from tests.emulators.twilio.relay import Caller

pytestmark = pytest.mark.slow

HALVES = "Your new card arrives in five days. You", " can follow it in the app."
COSTS, ONE = "What does a card cost?", "It costs one euro."
OTHER, SINCE = "+12125550148", "How long have you had that card?"
PAUSE_S = 0.3
SETTLED_S = 1.2
"""So long after the vendor says that we are silent an answer counts as heard."""
ENDS_WITHIN_S = 10.0
"""Source: X109."""


async def dies(place: VoiceProcess, caller: Caller) -> None:
    """Kill the process, begin another one on the same data, and let Twilio connect again."""
    await place.product.kill()
    place.model.goes_on.set()
    await place.product.start()
    await reconnected(caller)


@pytest.mark.promise("V45", "O1")
async def test_killed_in_the_middle_of_an_answer_the_call_goes_on_with_the_next_process(
    tmp_path: Path,
) -> None:
    model = SlowTalker(PAUSE.join(HALVES), {COSTS: ONE})
    policy = policy_of(BY_PHONE)
    async with (
        voice_process(tmp_path, policy, model) as place,
        place.called() as caller,
    ):
        await caller.says(ASKED)
        await caller.hears("five days")
        await dies(place, caller)
        first = caller.twiml
        rest = await caller.hears("in the app.")
        await caller.listens()
        await caller.says(COSTS)
        cost = await caller.hears_out()
        asked = [one["content"] for one in model.bodies[-1]["messages"]]

        assert [one.session_status for one in caller.ended] == ["failed"]
        assert caller.ended[0].fields["ErrorCode"] == "64105"
        assert "welcomeGreeting=" not in first
        assert rest.endswith(HALVES[1].strip())
        assert cost == ONE
        assert ASKED in str(asked[0])
        assert ANSWER in str(asked)
        assert caller.spoken.count("in the app.") == 1


@pytest.mark.promise("V45")
async def test_the_third_loss_dials_a_human_whoever_counts(tmp_path: Path) -> None:
    async with (
        voice_process(tmp_path, policy_of(BY_PHONE)) as place,
        place.called() as caller,
    ):
        await caller.listens()
        await caller.drops()
        await caller.connects_again()
        await dies(place, caller)
        await caller.says(ASKED)
        heard = await caller.hears_out()
        await caller.drops()
        await caller.until(lambda: caller.transferred_to)

        assert heard == ANSWER
        assert [one.session_status for one in caller.ended] == ["failed"] * 3
        assert caller.transferred_to == "+15550199"


@pytest.mark.promise("X109", "O2")
async def test_told_to_end_with_calls_under_way_says_1001_and_the_next_process_has_them(
    tmp_path: Path,
) -> None:
    """One caller is being answered, the other one has heard his answer.

    What was not played yet when the line went is said again: the vendor drops what it has queued.
    """
    model = SlowTalker(ANSWER, {ASKED: PAUSE.join(HALVES), COSTS: ONE, SINCE: "Two years."})
    async with (
        voice_process(tmp_path, policy_of(BY_PHONE), model) as place,
        place.called() as one,
        place.called(OTHER) as other,
    ):
        await other.says(COSTS)
        await other.hears_out()
        await asyncio.sleep(SETTLED_S)
        await one.says(ASKED)
        await one.hears("five days")
        place.front.delay_s = PAUSE_S
        ending = asyncio.ensure_future(place.product.terminate())
        model.goes_on.set()
        async with asyncio.timeout(ENDS_WITHIN_S):
            code = await ending
        codes = [one.close_code, other.close_code]
        place.front.delay_s = 0.0
        await place.product.start()
        await asyncio.gather(reconnected(one), reconnected(other))
        await one.until(lambda: said_since(one) == ANSWER)
        for caller in (one, other):
            await caller.says(SINCE)
            await caller.hears("Two years.")

        assert code == 0
        assert codes == [1001, 1001]
        assert said_since(one) == f"{ANSWER}Two years."
        assert said_since(other) == "Two years."
        assert len(model.bodies) == 4
        assert (one.transferred_to, other.transferred_to) == ("", "")


def said_since(caller: Caller) -> str:
    """Return what was said on the last line, without fillers."""
    session = caller.call.socket.session
    said = [frame for frame in caller.frames if frame.session == session]
    return "".join(frame.token for frame in said if not frame.fields.get("preemptible"))
