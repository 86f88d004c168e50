"""Calls that humans handle: in writing from Slack, or on the telephone, with a transcript."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.log import Author
from bot.stores.base import Owner
from bot.voice.after.transcripts import QUARANTINE
from tests.e2e.slack_place import DANA, SUPPORT, TEAM
from tests.e2e.voice_place import (
    ANSWER,
    ASKED,
    KIM,
    PERSON,
    VoicePlace,
    policy_of,
    voice_place,
)
from tests.emulators.twilio.relay import Caller
from tests.emulators.twilio.transcription import Transcription

pytestmark = pytest.mark.slow

CUSTOMER, AGENT = "inbound_track", "outbound_track"
BY_QUEUE = policy_of("voice: {transfer: {queue: support}}")
GOOD = "white_check_mark"


@pytest.mark.promise("X107")
async def test_without_a_telephone_a_human_answers_in_slack_and_is_spoken_once(
    tmp_path: Path,
) -> None:
    async with voice_place(tmp_path) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.says(f"{PERSON}, I am kim@example.com")
        await caller.hears_out()
        await place.rest()
        card = await place.claimed()
        ts = await place.replies(card, "Hello, it was posted *today*.")
        await caller.hears("posted today.")
        await caller.says("Thank you!")
        await place.desk.said(card, "Thank you!")
        signs = place.desk.slack.message(TEAM, SUPPORT, ts).reactions
        await place.desk.slack.until(lambda: GOOD in signs)
        shown = str(card.blocks) + card.text

        assert len(place.desk.cards()) == 1
        assert "voice" in shown.lower()
        assert "kim@example.com" not in shown
        assert KIM.removeprefix("+") not in shown
        assert caller.spoken.count("posted today.") == 1
        assert caller.transferred_to == ""
        assert len(place.model.bodies) == 1


@pytest.mark.promise("X107")
async def test_back_with_the_bot_the_caller_is_answered_by_it(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place, place.called() as caller:
        await caller.says(PERSON)
        await caller.hears_out()
        await place.rest()
        card = await place.claimed()
        await place.desk.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "release")
        await place.desk.slack.until(lambda: card.text.startswith("Returned"))
        await place.rest()
        await caller.listens()
        await caller.says(ASKED)
        heard = await caller.hears_out()

        assert heard.endswith(ANSWER)
        assert (await place.head(caller)).owner is Owner.BOT


@pytest.mark.promise("X107")
async def test_a_human_is_told_that_nobody_hears_what_he_writes_any_more(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place, place.called() as caller:
        await caller.says(PERSON)
        await caller.hears_out()
        await place.rest()
        card = await place.claimed()
        await caller.hangs_up()
        told = await place.desk.said(card, "hung up")

        assert told.bot_id


@asynccontextmanager
async def put_through(folder: Path) -> AsyncIterator[tuple[VoicePlace, Caller]]:
    """Have a caller answered by the bot, then by a human on the telephone."""
    async with voice_place(folder, BY_QUEUE) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.says(PERSON)
        await caller.hears_out()
        await caller.until(lambda: caller.transferred_to)
        yield place, caller


async def people(place: VoicePlace, caller: Caller) -> list[tuple[Author, str]]:
    """Return what was said after the caller has asked for a person."""
    lines = await place.lines(caller)
    return lines[lines.index((Author.CUSTOMER, PERSON)) + 1 :]


@pytest.mark.promise("V52", "V55")
async def test_what_is_said_after_a_transfer_is_in_the_same_log_in_order_and_once(
    tmp_path: Path,
) -> None:
    async with put_through(tmp_path) as (place, caller):
        asked = len(place.model.bodies)
        live = Transcription(caller.call)
        started = await live.starts()
        first = live.content(AGENT, "Hello, what can I do?")
        second = live.content(CUSTOMER, "Where is my")
        second["Final"] = "false"
        third = live.content(CUSTOMER, "Where is my card four one one one one one one one one one "
                             "one one one one one one?")  # fmt: skip
        fourth = live.content(AGENT, "On its way.")
        in_disorder = (fourth, third, second, first, third, fourth)
        statuses = [(await live.posts(event)).status for event in in_disorder]
        statuses += [started.status, (await live.stops()).status]
        await place.side.transcripts.write()
        await place.rest()
        said = [line for line in await people(place, caller) if line[0] is not Author.BOT]
        card = await place.desk.card()

        assert set(statuses) == {200}
        assert said == [
            (Author.HUMAN, "Hello, what can I do?"),
            (Author.CUSTOMER, "Where is my card [CREDIT_CARD ****1111]?"),
            (Author.HUMAN, "On its way."),
        ]
        assert len(place.model.bodies) == asked
        assert (await place.head(caller)).owner is Owner.HUMAN
        assert await place.desk.said(card, "Where is my card")


@pytest.mark.promise("V53")
async def test_a_transcript_of_nobody_is_200_and_set_aside(tmp_path: Path) -> None:
    async with put_through(tmp_path) as (place, caller), place.called() as other:
        before = await place.lines(caller)
        live = Transcription(caller.call)
        unknown = {**live.content(CUSTOMER, "Who are you?"), "CallSid": "CA" + "9" * 32}
        with_the_bot = {**live.content(CUSTOMER, "And you?"), "CallSid": other.sid}
        statuses = [(await live.posts(event)).status for event in (unknown, with_the_bot)]
        await live.stops()
        statuses.append((await live.hears(AGENT, "Too late.")).status)
        await place.side.transcripts.write()
        cabinet = place.phones.app.configured.cabinet
        assert cabinet is not None
        aside = [one.value for one in await cabinet.find(QUARANTINE)]

        assert statuses == [200, 200, 200]
        assert await place.lines(caller) == before
        assert await place.said(other) == []
        for words in ("Who are you?", "And you?", "Too late."):
            assert sum(words in one for one in aside) == 1
