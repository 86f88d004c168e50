"""Processes that die, or are told to end, with text messages under way in both directions."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.e2e.sms_place import ANSWER, QUESTION
from tests.e2e.sms_process import SmsProcess, sms_process
from tests.e2e.twilio_place import HERS, HIS, OURS
from tests.e2e.visitor import WAIT_S
from tests.emulators.twilio import Fault

pytestmark = pytest.mark.slow

ENDS_WITHIN_S = 10.0
DEATHS = 4
EACH_TIME = 6
"""Customers who write before each death."""


THEIRS, LAST = "+15550125", "+15550126"


def number_of(death: int, customer: int) -> str:
    return f"+155503{death:02}{customer:02}"


def passed(place: SmsProcess) -> tuple[int, ...]:
    """Return how much has happened, stage by stage: taken, sent, at Twilio, reported."""
    twilio = place.twilio
    return (
        sum(one.is_ok for one in twilio.deliveries),
        len(twilio.called("send")),
        len(twilio.messages),
        sum(len(message.reported) for message in twilio.messages),
    )


async def dies(place: SmsProcess, death: int, chance: random.Random) -> None:
    """Let customers write, and kill the product at some stage, with all of it under way."""
    stage = death % len(passed(place))
    enough = passed(place)[stage] + chance.randint(1, EACH_TIME)
    senders = [number_of(death, customer) for customer in range(EACH_TIME)]
    sending = [asyncio.ensure_future(place.keeps_texting(QUESTION, one)) for one in senders]
    async with asyncio.timeout(WAIT_S):
        while passed(place)[stage] < enough:  # noqa: ASYNC110 - finer than anybody tells
            await asyncio.sleep(0.001)
    await place.product.kill()
    await place.product.start()
    await asyncio.gather(*sending)


@pytest.mark.promise("O1", "B3", "S9", "S16")
async def test_killed_at_any_point_every_message_is_answered_exactly_once(tmp_path: Path) -> None:
    """Without a key: the product itself says that it does not know, which starts faster."""
    chance = random.Random(20)
    async with sms_process(tmp_path, more={"ANTHROPIC_API_KEY": ""}) as place:
        for death in range(DEATHS):
            await dies(place, death, chance)
        numbers = tuple(number_of(d, c) for d in range(DEATHS) for c in range(EACH_TIME))
        await place.until_got(1, numbers)
        await place.texts(QUESTION)
        await place.until_got(1)

        [answer] = place.got()
        assert [place.got(number) for number in numbers] == [[answer]] * len(numbers)


@pytest.mark.promise("O1", "S12", "S16")
async def test_killed_while_messages_are_sent_each_is_there_once_and_a_stop_counts(
    tmp_path: Path,
) -> None:
    """Twilio has one and never answers, has another after the death; one is stopped, one waits."""
    async with sms_process(tmp_path) as place:
        place.twilio.reports = "none"
        place.twilio.faults.add(Fault("send", "hang", to=HERS))
        place.twilio.faults.add(Fault("send", "slow", to=HIS, delay_s=1.0))
        await asyncio.gather(*(place.texts(QUESTION, number) for number in (HERS, HIS)))
        await place.until(lambda: len(place.twilio.called("send")) == 2)
        place.model.hold()
        await place.texts(QUESTION, THEIRS)
        await place.until(lambda: len(place.model.bodies) == 3)
        stopped = await place.texts("STOP", THEIRS)
        await place.texts(QUESTION, LAST)
        await place.until(lambda: len(place.model.bodies) == 4)
        await place.product.kill()
        place.model.gate.set()
        await place.until_got(1, (HERS, HIS))
        await place.product.start()
        await place.texts("Are you there?", THEIRS)
        await place.until(lambda: len(place.twilio.called("list")) >= 2)
        await place.until_got(1, (LAST,))
        code = await place.product.terminate()

        assert (code, stopped.status) == (0, 200)
        assert place.got() == place.got(HIS) == place.got(LAST) == [ANSWER]
        sent = [call.params["To"] for call in place.twilio.called("send")]
        assert sorted(sent) == [HERS, HIS, LAST]


@pytest.mark.promise("X109", "O2")
async def test_told_to_end_what_runs_is_finished_or_left_to_the_next_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """One answer hangs at Twilio, one is being written, and one question comes meanwhile."""
    async with sms_process(tmp_path) as place:
        place.twilio.reports = "none"
        place.twilio.faults.add(Fault("send", "hang", to=HIS))
        await place.texts(QUESTION, HIS)
        await place.until(lambda: place.got(HIS))
        place.model.hold()
        await place.texts(QUESTION)
        await place.until(lambda: len(place.model.bodies) == 2)
        ending = asyncio.ensure_future(place.product.terminate())
        await place.until_draining()
        late = await place.texts(QUESTION, THEIRS)
        place.model.gate.set()
        async with asyncio.timeout(ENDS_WITHIN_S):
            code = await ending
        asked = len(place.model.bodies)
        await place.product.start()
        await place.until_got(1, (HERS, THEIRS))
        await place.until(lambda: place.twilio.called("list"))
        await place.texts("And now?", LAST)
        await place.until_got(1, (LAST,))

        assert (code, late.status, asked) == (0, 200, 2)
        assert [place.got(one) for one in (HERS, HIS, THEIRS)] == [[ANSWER]] * 3
        assert {call.params["From"] for call in place.twilio.called("send")} == {OURS}
