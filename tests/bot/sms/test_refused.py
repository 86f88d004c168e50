"""What Twilio refuses, or never says: somebody is told, or asks."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.sms.addresses import Route
from bot.sms.rows import Row, State
from bot.sms.statuses import Statuses
from bot.sms.troubles import Troubles
from channels.twilio.base import Address, Outgoing
from tests.bot.sms.stage import DANA, OURS, SAM, TERMS, scene
from tests.emulators.twilio import Fault

SAID = "Your card arrives in five working days. You can follow it in the app."
ROUTE = Route(Address(OURS), Address(SAM))


@pytest.mark.promise("S15")
@pytest.mark.parametrize(
    ("kind", "code"), [("refused", 21606), ("refused", 21408), ("undelivered", 30034)]
)
async def test_a_sender_that_is_refused_is_told_to_operations(
    tmp_path: Path, kind: str, code: int
) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", kind, code=code))
        await here.texts()
        await here.rest()

        assert await here.told() == ["sms.not_delivered", "sms.sender_refused"]
        assert len(here.server.called("send")) == 1


@pytest.mark.promise("S15")
async def test_a_full_queue_slows_the_sender_down_and_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "refused", code=21611))
        await here.texts()
        await here.rest()

        first, second = (call.at for call in here.server.called("send"))
        assert second - first >= 60
        assert await here.told() == ["sms.sender_refused"]
        assert here.sam.received == [SAID]


@pytest.mark.promise("S19")
@pytest.mark.parametrize(
    ("code", "told"), [(30005, ["sms.not_delivered"]), (None, [])], ids=["failed", "sent"]
)
async def test_a_status_that_never_comes_is_asked_for_once(
    tmp_path: Path, code: int | None, told: list[str]
) -> None:
    async with scene(tmp_path, terms=replace(TERMS, retry_s=30.0)) as here:
        here.server.reports, here.server.is_stuck = "none", code is None
        if code is not None:
            here.server.faults.add(Fault("send", "undelivered", code=code))
        await here.texts()
        await here.rest()
        await here.side.outlet.look()

        assert len(here.server.called("find")) == 1
        assert here.counted("status_asked") == 1
        assert await here.told() == told
        [row] = await here.rows()
        assert row.status == ("undelivered" if code else "queued")


async def test_a_message_whose_status_came_is_not_asked_for(tmp_path: Path) -> None:
    async with scene(tmp_path, terms=replace(TERMS, retry_s=300.0)) as here:
        await here.texts()
        await here.rest()
        here.shared.time.by += 600
        await here.side.outlet.look()

        assert here.server.called("find") == []


@pytest.mark.promise("S16")
async def test_the_same_words_from_another_sender_are_not_taken_for_ours(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.reports = "none"
        here.server.number("+15550101")
        await here.meets()
        other = Outgoing(Address(SAM), Address("+15550101"), "", "All right.")
        await here.side.parts.twilio.send(other)
        here.server.faults.add(Fault("send", "dropped"))
        await here.says("All right.")
        await here.rest()

        assert [one.sender for one in here.server.messages] == ["+15550101", OURS]
        assert (here.counted("lost"), here.counted("reconciled")) == (1, 0)


@pytest.mark.promise("S14")
async def test_who_has_come_back_since_an_opt_out_was_met_stays(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        parts, now = here.side.parts, here.shared.time.now()
        await parts.consents.restore(ROUTE, now)
        name, sent_at = f"{here.conversation}-1-0", now.timestamp() - 60
        row = Row(name, here.conversation, "Hello", State.FAILED, sent_at=sent_at, code=21610)
        troubles = Troubles(parts, Statuses(parts, lambda _: None), lambda _: None)
        await troubles.look_at(row)

        assert not await parts.consents.is_revoked(ROUTE)


@pytest.mark.promise("S12")
async def test_humans_are_told_of_a_stop_also_when_a_process_died_after_it_was_noted(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        await here.side.parts.consents.revoke(ROUTE, here.shared.time.now())
        for _ in range(2):
            await here.texts("STOP")
            await here.rest()
            lines = await here.lines()

        assert [line.partition(":")[0] for line in lines] == [
            "The customer has opted out of text messages (STOP)"
        ]


async def test_what_is_refused_repeated_or_wished_is_counted(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        delivery = await here.texts()
        await here.server.redelivers(delivery)
        await here.texts("hello", sender=OURS)
        await here.texts("hello", AccountSid="AC" + "9" * 32)
        await here.server.posts("/channels/sms", {"From": SAM})
        await here.texts("")
        await here.texts("HELP")
        await here.texts("stop")
        await here.texts("Hello?")
        await here.rest()
        names = ("repeat", "from_us", "refused_account", "refused_no_message_sid", "empty")
        wishes = ("wish_help", "wish_stop", "opted_out", "wish_start")

        assert [here.counted(name) for name in names] == [1] * 5
        assert [here.counted(name) for name in wishes] == [1, 1, 1, 0]
