"""Calls through the pinned outside: the product's address, an emulated Twilio, a real stream."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.log import Author
from bot.stores.base import Owner
from tests.e2e.slack_place import OPERATIONS, TEAM
from tests.e2e.twilio_place import OURS
from tests.e2e.voice_place import (
    ANSWER,
    ASKED,
    BY_PHONE,
    KIM,
    PERSON,
    SlowTalker,
    VoicePlace,
    policy_of,
    voice_place,
)
from tests.emulators.faults import Fault, Plan
from tests.emulators.twilio.relay import Caller, calling

pytestmark = pytest.mark.slow

HALF = "Your new card arrives in five days. You| can follow it in the app."
COSTS = "What does a card cost?"
ONE = "It costs one euro."
MANY = 20
CANCELLED_S = 0.5
"""The issue says 0.1: the bench measures that, on a machine that does nothing else."""


@pytest.mark.promise("V29", "V30")
async def test_only_the_vendor_gets_in_and_with_each_token_once(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place:
        server, url = place.phones.twilio, place.phones.url
        statuses = []
        for signature in ("", "d3Jvbmc="):
            async with calling(server, url, KIM, OURS, signature=signature) as caller:
                statuses.append(caller.upgrade_status)
        headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        async with place.called(headers=headers, host="10.0.0.7:8080") as caller:
            statuses.append(caller.upgrade_status)
            used = caller.twiml
            await caller.drops()
            before = place.side.active
            await caller.connects_again(used)
            statuses.append(caller.upgrade_status)
            active = place.side.active

        assert statuses == [403, 403, 101, 403]
        assert (before, active) == (0, 0)
        assert "wss://help.aurelis.example/channels/voice/relay" in used


@pytest.mark.promise("V31")
async def test_who_says_anything_before_setup_is_shown_the_door(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place, place.called(sends_setup=False) as caller:
        await caller.sends({"type": "prompt", "voicePrompt": ASKED, "lang": "en-US", "last": True})
        await caller.until(lambda: caller.close_code is not None)

        assert caller.close_code == 1008
        assert place.model.bodies == []
        assert await place.said(caller) == []


@pytest.mark.promise("V34", "V35", "V39")
async def test_who_cuts_in_stops_the_model_and_the_log_holds_what_was_heard(
    tmp_path: Path,
) -> None:
    """The only wall-clock limit here, a generous one, is for the vendor to see the stream go."""
    model = SlowTalker(HALF, {COSTS: ONE})
    async with voice_place(tmp_path, model=model) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.until(lambda: "five days" in caller.spoken + caller.queued)
        cut = await caller.interrupts(after="arrives in")
        since = time.perf_counter()
        async with asyncio.timeout(5):
            await model.left_early.wait()
        left_after_s = time.perf_counter() - since
        model.goes_on.set()
        await caller.says(COSTS)
        heard = await caller.hears_out()
        await place.rest()

        assert left_after_s < CANCELLED_S
        assert cut.late == []
        assert heard == ONE
        assert await place.lines(caller) == [
            (Author.CUSTOMER, ASKED),
            (Author.BOT, "Your new card arrives in"),
            (Author.CUSTOMER, COSTS),
            (Author.BOT, ONE),
        ]
        assert "interrupted" in [one.status for one in await place.ended(caller)]


@pytest.mark.promise("V35", "V36")
async def test_an_answer_that_is_still_playing_is_truncated_and_one_unheard_leaves_nothing(
    tmp_path: Path,
) -> None:
    model = SlowTalker(ANSWER, {COSTS: ONE})
    async with voice_place(tmp_path, model=model) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.until(lambda: ANSWER[-8:] in caller.queued)
        await place.rest()
        await caller.interrupts(after="new card arrives")
        await caller.says(COSTS)
        await caller.until(lambda: ONE in caller.queued)
        await place.rest()
        await caller.sends(
            {"type": "interrupt", "utteranceUntilInterrupt": "", "durationUntilInterruptMs": "0"}
        )
        await caller.says("How do I freeze it?", is_over_it=True)
        await place.rest()
        await place.until(lambda: len(model.bodies) == 3)
        await place.rest()

        assert (await place.lines(caller))[:4] == [
            (Author.CUSTOMER, ASKED),
            (Author.BOT, "Your new card arrives"),
            (Author.CUSTOMER, COSTS),
            (Author.CUSTOMER, "How do I freeze it?"),
        ]


@pytest.mark.promise("V32", "V33", "V39")
async def test_partials_start_nothing_and_a_second_sentence_is_answered_with_the_first(
    tmp_path: Path,
) -> None:
    model = SlowTalker(f"|{ANSWER}", {"new card arrive?": ANSWER})
    async with voice_place(tmp_path, model=model) as place, place.called() as caller:
        await caller.starts_to_say("When will")
        await caller.says("When will my", partials=("When", "When will"))
        await place.until(lambda: len(model.bodies) == 1)
        await caller.says("new card arrive?")
        heard = await caller.hears_out()
        model.goes_on.set()
        await place.rest()
        await caller.listens()
        answered = [one for one in caller.generations if one.frames]

        assert heard == ANSWER
        assert len(model.bodies) == 2
        assert model.left_early.is_set()
        assert "".join(frame.token for frame in answered[0].frames) == ANSWER
        assert [sum(frame.is_last for frame in one.frames) for one in answered] == [1]
        assert [line for who, line in await place.lines(caller) if who is Author.BOT] == [ANSWER]


@pytest.mark.promise("V41")
async def test_a_slow_model_has_a_filler_that_the_answer_displaces(tmp_path: Path) -> None:
    policy = policy_of("voice: {filler_after_s: 0.1}")
    model = SlowTalker(f"|{ANSWER}")
    async with voice_place(tmp_path, policy, model) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.until(lambda: "One moment" in caller.queued)
        model.goes_on.set()
        heard = await caller.hears_out()
        await place.rest()
        fillers = [frame for frame in caller.frames if frame.fields.get("preemptible")]

        assert [frame.token for frame in fillers] == ["One moment, please. "]
        assert heard == ANSWER
        assert (await place.lines(caller))[-1] == (Author.BOT, ANSWER)


@pytest.mark.promise("V51")
async def test_a_caller_in_another_language_is_switched_to_before_the_next_word(
    tmp_path: Path,
) -> None:
    """He speaks into the greeting, which is a moment when what is queued is dropped."""
    policy = policy_of("voice: {languages: [en-US, es-ES]}")
    async with voice_place(tmp_path, policy) as place, place.called() as caller:
        await caller.interrupts(after="Hello")
        await caller.says("¿Cuándo llega mi tarjeta?", lang="es-MX")
        await caller.hears_out()
        await caller.says("Quando arriva?", lang="it-IT")
        await caller.hears_out()
        kinds = [frame.type for frame in caller.frames]
        switches = [frame.fields for frame in caller.frames if frame.type == "language"]

        assert kinds[0] == "language"
        assert [one["transcriptionLanguage"] for one in switches] == ["es-ES"]
        assert (await place.head(caller)).locale == "es-ES"


@pytest.mark.promise("V46", "V47")
async def test_who_wants_a_person_is_dialled_through_with_a_reference_only(tmp_path: Path) -> None:
    async with voice_place(tmp_path, policy_of(BY_PHONE)) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.says(PERSON)
        heard = await caller.hears_out()
        await caller.until(lambda: caller.transferred_to)
        head = await place.head(caller)

        assert "colleague" in heard
        assert caller.call.handoffs == [f'{{"reference": "{place.conversation(caller)}"}}']
        assert [one.session_status for one in caller.ended] == ["ended"]
        assert caller.transferred_to == "+15550199"
        assert head.owner is Owner.HUMAN


@pytest.mark.promise("V47")
@pytest.mark.parametrize("closes_first", [True, False])
async def test_who_hangs_up_cancels_the_model_and_nothing_is_left_open(
    tmp_path: Path, closes_first: bool
) -> None:
    model = SlowTalker(HALF)
    async with voice_place(tmp_path, model=model) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.hears("arrives")
        await caller.hangs_up(closes_first)
        async with asyncio.timeout(5):
            await model.left_early.wait()
        await place.rest()
        turns = await place.kept("turn", caller)

        statuses = [one.status for one in await place.ended(caller)]
        assert statuses == ["stopped", "interrupted"]
        assert [turn["outcome"] for turn in turns] == ["stopped"]
        assert caller.ended[-1].status == 200
        assert place.side.active == 0


@pytest.mark.promise("V49")
async def test_with_the_vendor_down_the_caller_hears_an_apology_and_gets_a_person(
    tmp_path: Path,
) -> None:
    async with voice_place(tmp_path, policy_of(BY_PHONE)) as place, place.called() as caller:
        place.model.plans.queue.extend([Plan(Fault.SERVER)] * MANY)
        await caller.says("What is the airspeed of a swallow?")
        heard = await caller.hears_out()
        await caller.until(lambda: caller.transferred_to)

        assert heard
        assert "sorry" in heard.lower()
        assert caller.transferred_to == "+15550199"


@pytest.mark.promise("V54")
async def test_times_are_kept_per_turn_and_call_and_operations_are_told(tmp_path: Path) -> None:
    policy = policy_of("voice: {budget_s: 0.0001}")
    async with voice_place(tmp_path, policy) as place, place.called() as caller:
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.says(COSTS)
        await caller.hears_out()
        await caller.hangs_up()
        calls = await place.until_kept("voice_call", caller)
        turns = await place.kept("voice_turn", caller)
        slack = place.desk.slack
        await slack.until(lambda: slack.messages(TEAM, OPERATIONS))
        told = slack.messages(TEAM, OPERATIONS)

        assert [turn["turn"] for turn in turns] == [1, 2]
        assert all(turn["first_token_ms"] > 0 for turn in turns)
        assert calls[0]["p95_first_token_ms"] == max(turn["first_token_ms"] for turn in turns)
        assert calls[0]["is_over"]
        assert ["voice.slow" in str(one.blocks) for one in told] == [True]


async def heard_of(place: VoicePlace, caller: Caller, text: str) -> str:
    """Say something, and return the answer."""
    await caller.says(text)
    heard = await caller.hears_out()
    await place.rest()
    return heard


@pytest.mark.promise("X106")
async def test_one_customer_by_voice_and_by_text_has_two_conversations(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place, place.called() as caller:
        heard = await heard_of(place, caller, ASKED)
        await place.phones.texts("Does it cost anything?", sender=KIM)
        texts = await place.phones.received(number=KIM)
        await place.rest()
        requests = [str(body["messages"]) for body in place.model.bodies]

        assert heard == texts[0] == ANSWER
        assert await place.said(caller) == [ASKED]
        assert (ASKED in requests[0], ASKED in requests[1]) == (True, False)


@pytest.mark.promise("X106")
async def test_two_calls_from_one_number_know_nothing_of_each_other(tmp_path: Path) -> None:
    async with voice_place(tmp_path) as place, place.called() as one, place.called() as other:
        await asyncio.gather(heard_of(place, one, ASKED), heard_of(place, other, COSTS))

        assert await place.said(one) == [ASKED]
        assert await place.said(other) == [COSTS]
