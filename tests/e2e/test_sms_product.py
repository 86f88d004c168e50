"""Text messages through the whole product: what Twilio sees, and what the phone shows."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.log import MessageAccepted
from bot.settings import CABINET_FILE
from tests.e2e.sms_place import (
    ANSWER,
    POLICY,
    QUESTION,
    SECOND,
    HeldModel,
    SmsPlace,
    sms_place,
)
from tests.e2e.test_slack_transcripts import Moved
from tests.e2e.twilio_place import HERS, HIS, OURS
from tests.e2e.visitor import visiting
from tests.emulators.faults import Fault as ModelFault
from tests.emulators.faults import Plan

pytestmark = pytest.mark.slow

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
TEMPLATE = "HX" + "7" * 32
WHATSAPP_OURS, WHATSAPP_HERS = f"whatsapp:{OURS}", f"whatsapp:{HERS}"


@pytest.mark.promise("S9", "B3")
async def test_a_message_that_comes_many_times_is_one_turn_and_one_reply(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        twilio = place.phones.twilio
        place.model.hold()
        first = await place.texts()
        await place.until_asked()
        again = [await twilio.redelivers(first)]
        place.model.gate.set()
        await place.rest()
        again += [await twilio.redelivers(first), await twilio.redelivers(first, token="another")]
        at_once = await twilio.texts(HIS, OURS, QUESTION, copies=8, has_new_tokens=True)
        await place.rest()

        assert {one.status for one in (*again, at_once, *at_once.others)} == {200}
        assert {one.body for one in (*again, at_once, *at_once.others)} == {EMPTY}
        assert await place.said() == await place.said(HIS) == [QUESTION]
        assert len(place.model.bodies) == 2
        assert place.got() == place.got(HIS) == [ANSWER]
        assert place.tried() == place.tried(HIS) == 1


@pytest.mark.promise("S10", "S11")
async def test_the_webhook_does_not_wait_for_the_model(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        place.model.hold()
        first = await place.texts()
        await place.until_asked()
        second = await place.texts(sender=HIS)
        before = place.got() + place.got(HIS)
        place.model.gate.set()
        await place.rest()

        assert [first.body, second.body] == [EMPTY, EMPTY]
        assert before == []
        assert [one.direction for one in place.sent() + place.sent(HIS)] == ["outbound-api"] * 2
        assert place.got() == place.got(HIS) == [ANSWER]


@pytest.mark.promise("S11")
async def test_what_cannot_be_kept_is_asked_for_again_and_what_was_kept_is_answered(
    tmp_path: Path,
) -> None:
    async with sms_place(tmp_path) as place:
        with closing(sqlite3.connect(tmp_path / "data" / CABINET_FILE)) as cabinet:
            cabinet.execute("ALTER TABLE cabinet RENAME TO gone")
            cabinet.commit()
            refused = await place.phones.twilio.texts(HERS, OURS, QUESTION)
            cabinet.execute("ALTER TABLE gone RENAME TO cabinet")
            cabinet.commit()
        asked_before = len(place.model.bodies)
        taken = await place.phones.twilio.redelivers(refused)
        await place.rest()
        place.model.plans.by_model["claude-haiku-4-5"] = Plan(ModelFault.SERVER)
        broken = await place.texts(sender=HIS)
        await place.rest()

        assert (refused.status, asked_before) == (503, 0)
        assert (taken.status, taken.body) == (200, EMPTY)
        assert place.got() == [ANSWER]
        assert (broken.status, broken.body) == (200, EMPTY)
        assert len(place.got(HIS)) == 1
        assert place.got(HIS) != [ANSWER]


@pytest.mark.promise("S12")
@pytest.mark.parametrize("stop", [" stop ", "UnSubscribe\n"])
async def test_after_stop_nothing_leaves_until_start(tmp_path: Path, stop: str) -> None:
    async with sms_place(tmp_path) as place:
        place.model.hold()
        await place.texts()
        await place.until_asked()
        words = [await place.texts(stop)]
        place.model.gate.set()
        await place.rest()
        words += [await place.texts("HELP")]
        await place.texts("Are you there?")
        await place.rest()
        tried_before, asked_before = place.tried(), len(place.model.bodies)
        words += [await place.texts(" Start")]
        await place.rest()
        tried_after = place.tried()
        place.model.answer = SECOND
        await place.texts("And now?")
        await place.rest()
        words += [await place.texts("help")]
        await place.rest()

        assert {one.body for one in words} == {EMPTY}
        assert (tried_before, tried_after, asked_before) == (0, 0, 1)
        assert len(place.model.bodies) == 2
        assert place.got() == [SECOND]
        assert place.phones.twilio.opted_out == set()


@pytest.mark.promise("S13")
async def test_what_twilio_says_wins_and_a_sentence_is_no_wish(tmp_path: Path) -> None:
    toll_free = "+18005550100"
    senders = f'senders: {{"{toll_free}": {{stop: [STOP], start: [UNSTOP]}}}}'
    policy = POLICY.replace("sms: {", f"sms: {{{senders}, ")
    async with sms_place(tmp_path, policy) as place:
        place.phones.twilio.number(toll_free)
        await place.texts("Please stop sending reminders")
        await place.texts("YES", HIS)
        await place.texts("CANCEL", "+15550125", toll_free)
        await place.texts("STOP", "+15550126", toll_free)
        await place.texts("cancel", "+15550127")
        await place.texts("No more of this, thanks", "+15550128", OptOutType="STOP")
        await place.rest()
        for number in ("+15550127", "+15550128"):
            await place.texts("Are you there?", number)
        await place.rest()
        await place.texts("Start over, please", "+15550128", OptOutType="START")
        await place.rest()
        place.phones.twilio.opted_out.clear()
        await place.texts("And now?", "+15550128")
        await place.rest()

        assert place.got() == place.got("+15550125") == [ANSWER]
        assert len(place.got(HIS)) == 1
        assert [one.sender for one in place.sent("+15550125")] == [toll_free]
        assert place.tried("+15550126") == place.tried("+15550127") == 0
        assert place.got("+15550128") == [ANSWER]
        assert place.tried("+15550128") == 1


@pytest.mark.promise("S23")
async def test_whatsapp_is_a_conversation_of_its_own_and_has_templates_after_a_day(
    tmp_path: Path,
) -> None:
    moved = Moved()
    policy = POLICY.replace("sms: {", f'sms: {{template: {TEMPLATE}, template_variable: "1", ')
    async with sms_place(tmp_path, policy, clock=Clock(now=moved.now)) as place:
        twilio = place.phones.twilio
        twilio.number(WHATSAPP_OURS)
        twilio.template(TEMPLATE, "Our answer: {{1}}")
        await place.texts("When will it arrive?", WHATSAPP_HERS, WHATSAPP_OURS)
        await place.texts()
        await place.rest()
        place.model.hold()
        place.model.answer = SECOND
        await place.texts("And how much is it?", WHATSAPP_HERS, WHATSAPP_OURS)
        await place.until_asked(3)
        moved.by += timedelta(hours=25)
        place.model.gate.set()
        await place.rest()

        assert place.got() == [ANSWER]
        assert place.got(WHATSAPP_HERS) == [ANSWER, f"Our answer: {SECOND}"]
        first, second = place.sent(WHATSAPP_HERS)
        assert (first.sender, second.sender) == (WHATSAPP_OURS, WHATSAPP_OURS)
        assert (first.content, second.content) == ("", TEMPLATE)
        assert await place.said() == [QUESTION]
        assert len(await place.said(WHATSAPP_HERS, WHATSAPP_OURS)) == 2


@pytest.mark.promise("S24", "B1")
async def test_two_messages_of_a_burst_are_one_turn(tmp_path: Path) -> None:
    policy = POLICY.replace("sms_quiet_s: 0.0", "sms_quiet_s: 0.5")
    async with sms_place(tmp_path, policy) as place:
        await place.texts("I have a question.")
        await place.texts("Where is my card?")
        await place.rest()

        assert len(place.model.bodies) == 1
        asked = place.model.asked(place.model.bodies[0])
        assert asked.index("I have a question.") < asked.index("Where is my card?")
        assert place.got() == [ANSWER]


@pytest.mark.promise("S24", "B1")
async def test_a_message_while_the_model_answers_supersedes_or_follows(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        place.model.hold()
        await place.texts("I have a question.")
        await place.until_asked()
        await place.texts("Where is my card?")
        await place.until_asked(2)
        place.model.gate.set()
        await place.rest()

        asked = place.model.asked(place.model.bodies[-1])
        assert asked.index("I have a question.") < asked.index("Where is my card?")
        assert place.got() == [ANSWER]


@pytest.mark.promise("X106")
async def test_one_customer_in_the_web_chat_and_by_sms_has_two_conversations(
    tmp_path: Path,
) -> None:
    async with sms_place(tmp_path, has_web=True) as place, visiting(place.phones.url) as visitor:
        reply = await visitor.ask("I am kim@example.com, is my card here?")
        await place.texts("I am kim@example.com, where is my card?")
        await place.rest()
        web = visitor.client.conversation

        head = await place.head()
        assert head is not None
        assert head.channel == "sms"
        assert head.conversation != web
        assert await place.said() == ["I am [EMAIL_1], where is my card?"]
        assert reply.is_one_bubble
        assert len(visitor.client.screen.bubbles) == 2
        assert place.got() == [ANSWER]
        assert "is my card here" not in str(place.model.bodies[1])


@pytest.mark.promise("S18")
@pytest.mark.parametrize("order", ["reversed", "doubled", "shuffled"])
async def test_whatever_is_reported_of_a_message_it_is_sent_once(
    tmp_path: Path, order: str
) -> None:
    async with sms_place(tmp_path) as place:
        place.phones.twilio.reports = order
        await place.texts()
        await place.rest()
        place.model.answer = SECOND
        await place.texts("And then?")
        await place.rest()

        assert place.got() == [ANSWER, SECOND]
        assert place.tried() == 2
        assert {one.status for one in place.phones.twilio.deliveries} == {200}


@pytest.mark.promise("S20", "S21")
async def test_a_long_answer_is_one_message_of_three_segments_that_ends_with_a_sentence(
    tmp_path: Path,
) -> None:
    sentences = [f"This is \u201csentence\u201d number {number}." for number in range(70)]
    async with sms_place(tmp_path, model=HeldModel(" ".join(sentences))) as place:
        await place.texts()
        await place.rest()

        [got] = place.got()
        plain = " ".join(sentences).replace("\u201c", '"').replace("\u201d", '"')
        assert plain.startswith(got)
        assert got.endswith(".")
        assert [one.segments for one in place.sent()] == [3]


@pytest.mark.promise("S16", "B3")
async def test_while_twilio_is_down_answers_wait_and_go_out_once_afterwards(
    tmp_path: Path,
) -> None:
    async with sms_place(tmp_path) as place:
        twilio = place.phones.twilio
        twilio.is_down = True
        await place.texts()
        await twilio.until(lambda: place.tried() == 1)
        await place.texts(sender=HIS)
        await twilio.until(lambda: place.tried(HIS) == 1)
        twilio.is_down = False
        await place.rest()

        assert place.got() == place.got(HIS) == [ANSWER]


async def test_everybody_is_answered_and_nobody_with_what_another_asked(tmp_path: Path) -> None:
    numbers = [f"+155502{number:02}" for number in range(40)]

    async def ask(place: SmsPlace, number: str) -> None:
        await place.texts(f"How do I order a card for {number[-2:]}?", number)

    async with sms_place(tmp_path) as place:
        await asyncio.gather(*(ask(place, number) for number in numbers))
        await place.rest()

        assert [place.got(number) for number in numbers] == [[ANSWER]] * len(numbers)
        bodies = [event.body for number in numbers for event in await place.events(number)]
        said = [body.text for body in bodies if isinstance(body, MessageAccepted)]
        assert said == [f"How do I order a card for {number[-2:]}?" for number in numbers]
