"""A caller who waits for long: what he is offered, how he chooses, and how he can be reached."""

from pathlib import Path

import pytest

from bot.fixed.waits import Wait, wait_text
from bot.humans.holidays import calendar_of
from bot.humans.ladder import Rung
from bot.humans.rungs import Step, write_for
from bot.log import Notice
from bot.stores.base import Owner, ParcelsDue
from bot.voice.speaking.aloud import aloud
from bot.voice.words import Spoken, spoken_text
from tests.bot.stage import says
from tests.bot.voice.stage import CALLER, OnTheLine, on_the_line

WANTED = "I want to talk to a human"


async def has_waited(call: OnTheLine) -> None:
    """Ask for a human, and wait until the ladder offers something else."""
    await call.says(WANTED)
    await call.answered()
    services = call.stage.services
    desk, now = services.tenant.desk, services.clock.now()
    step = Step(Rung.TELL, await call.head(), now)
    await services.scribe.write(write_for(step, desk.sla, calendar_of(desk.hours, now)))
    await call.until(lambda: "You can say" in call.line.spoken)


async def contact(call: OnTheLine) -> list[str]:
    bodies = [event.body for event in await call.events()]
    return [b.text for b in bodies if isinstance(b, Notice) and b.code == "contact_left"]


async def parcels(call: OnTheLine) -> str:
    services = call.stage.services
    due = await services.store.find(ParcelsDue(services.clock.now()))
    return "\n".join(parcel.json for parcel in due)


async def test_who_waits_for_long_hears_what_he_may_say(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await has_waited(call)
        told = call.line.spoken

        assert wait_text(Wait.STILL_WAITING, "en") in told
        assert told.endswith(spoken_text(Spoken.CHOICES, "en"))
        assert "voice_choices" in await call.notices()


async def test_who_goes_on_waiting_keeps_his_place(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await has_waited(call)
        before = call.line.spoken
        await call.says("I'll keep waiting, please.")
        told = aloud(wait_text(Wait.WAITING_ON, "en"), "en", False)
        await call.until(lambda: told in call.line.spoken.removeprefix(before))
        await call.stage.until_idle()

        assert (await call.head()).owner is Owner.QUEUE
        assert call.stage.model.requests == []


async def test_who_goes_on_with_the_assistant_has_it_back(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (says("Five days."),)) as call:
        await has_waited(call)
        await call.says("Go on with the assistant")
        await call.until(lambda: "What else can I look up" in call.line.spoken)
        await call.says("When will my card arrive?")
        await call.until(lambda: "Five days." in call.line.spoken)

        assert (await call.head()).owner is Owner.BOT


@pytest.mark.parametrize(
    "sentences", [("My number is 555 010 4567.",), ("It's 555", "010", "4567"), ()]
)
async def test_who_leaves_his_number_is_noted_and_told_so(
    tmp_path: Path, sentences: tuple[str, ...]
) -> None:
    async with on_the_line(tmp_path) as call:
        await has_waited(call)
        await call.says("Leave my contact details")
        await call.until(lambda: "Tell me an e-mail address" in call.line.spoken)
        for sentence in sentences:
            await call.says(sentence)
        if not sentences:
            await call.presses("5550104567#")
        noted = spoken_text(Spoken.CONTACT_NOTED, "en")
        await call.until(lambda: call.line.spoken.endswith(noted))
        await call.stage.until_idle()
        (left,) = await contact(call)

        assert "[PHONE_1]" in left
        assert "4567" not in left
        assert "How to reach the customer" in await parcels(call)
        assert (await call.head()).owner is Owner.QUEUE
        assert call.stage.model.requests == []


async def test_the_number_from_which_one_calls_is_noted_when_one_says_so(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await has_waited(call)
        await call.says("Leave contact details")
        await call.until(lambda: "Tell me an e-mail address" in call.line.spoken)
        await call.says("Call me on this number.")
        await call.until(lambda: "noted how we can reach you" in call.line.spoken)
        await call.stage.until_idle()

        (left,) = await contact(call)
        assert left.strip() == "[PHONE_1]"
        assert CALLER not in await parcels(call)


async def test_a_question_meanwhile_is_answered(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (says("Five days."),)) as call:
        await has_waited(call)
        await call.says("When will my card arrive?")
        await call.until(lambda: "Five days." in call.line.spoken)
        await call.says("I'll wait.")
        await call.until(lambda: "you keep your place" in call.line.spoken.split("Five days.")[1])

        assert (await call.head()).owner is Owner.QUEUE
