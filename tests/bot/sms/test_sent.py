"""What becomes of a message: sent once, its status known, its failure told to humans."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sms.sender import SKEW_S
from channels.sms.segments import segments
from routing.models.scripted import Script
from tests.bot.sms.stage import ANNA, DANA, TERMS, Scene, scene
from tests.bot.stage import says
from tests.emulators.twilio import Fault

SAID = "Your card arrives in five working days. You can follow it in the app."
LONG = " ".join(f"Sentence number {n} of a long answer says something new." for n in range(40))
HOUR_S = 3600.0
WAITED_FOR = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("hang", "slow_after")]


async def outcomes(here: Scene) -> list[str]:
    return [call.outcome for call in here.server.called("send")]


@pytest.mark.promise("S15")
async def test_what_comes_too_fast_is_sent_later(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "busy", times=2, retry_after_s=2))
        await here.texts()
        await here.rest()

        assert await outcomes(here) == ["429", "429", "201"]
        first, second, third = (call.at for call in here.server.called("send"))
        assert second - first >= 2
        assert third - second >= 2
        assert here.sam.received == [SAID]


@pytest.mark.promise("S15")
async def test_what_a_carrier_filters_is_not_sent_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "undelivered", code=30007))
        await here.texts()
        await here.rest()

        assert await outcomes(here) == ["201"]
        assert await here.told() == ["sms.not_delivered"]


@pytest.mark.promise("S15")
@pytest.mark.parametrize(("times", "received"), [(1, [SAID]), (2, [])])
async def test_a_phone_that_cannot_be_reached_is_tried_once_more(
    tmp_path: Path, times: int, received: list[str]
) -> None:
    terms = replace(TERMS, retry_s=30.0)
    async with scene(tmp_path, terms=terms) as here:
        here.server.faults.add(Fault("send", "undelivered", times=times, code=30003))
        await here.texts()
        await here.rest()

        first, second = (call.at for call in here.server.called("send"))
        assert second - first >= terms.retry_s
        assert here.sam.received == received
        assert await here.told() == ["sms.not_delivered"] * (times - 1)


@pytest.mark.promise("S16")
@pytest.mark.parametrize(
    "kind",
    [
        "lost",
        "server_error_after",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("hang", "slow_after")),
    ],
)
async def test_a_message_whose_answer_was_lost_is_linked_by_its_status(
    tmp_path: Path, kind: str
) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", kind, delay_s=1))
        await here.texts()
        await here.rest()

        assert here.sam.received == [SAID]
        assert len(here.server.called("send")) == 1
        assert here.server.called("list") == []
        [row] = await here.rows()
        assert (row.state.value, row.sid) == ("sent", here.sam.messages[0].sid)


@pytest.mark.promise("S16")
@pytest.mark.parametrize("is_stuck", [pytest.param(False, marks=pytest.mark.slow), True])
async def test_a_message_whose_answer_and_status_were_lost_is_looked_for(
    tmp_path: Path, is_stuck: bool
) -> None:
    async with scene(tmp_path) as here:
        here.server.reports, here.server.is_stuck = "none", is_stuck
        now = here.server.state.now
        here.server.state.now = lambda: now() - timedelta(seconds=SKEW_S - 5)
        here.server.faults.add(Fault("send", "lost"))
        await here.texts()
        await here.rest()
        here.server.carry()

        assert here.sam.received == [SAID]
        assert len(here.server.called("send")) == 1
        assert len(here.server.called("list")) == 1


@pytest.mark.promise("S16")
async def test_the_same_words_again_are_not_taken_for_those_before(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.reports = "none"
        await here.meets()
        await here.says("All right.")
        await here.rest()
        here.server.faults.add(Fault("send", "dropped"))
        await here.says("All right.")
        await here.rest()

        assert here.sam.received == ["All right.", "All right."]


@pytest.mark.promise("S17")
async def test_an_error_of_the_server_is_not_answered_by_sending_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "server_error"))
        await here.texts()
        await here.until(lambda: len(here.server.called("send")) == 1)
        await here.rest()

        assert [call.target for call in here.server.calls] == ["send", "list", "send"]
        assert here.sam.received == [SAID]


@pytest.mark.promise("S18")
@pytest.mark.parametrize("order", ["reversed", "doubled", "shuffled"])
async def test_statuses_in_any_order_end_in_the_last_one(tmp_path: Path, order: str) -> None:
    async with scene(tmp_path) as here:
        here.server.reports = order
        await here.texts()
        await here.rest()
        [row] = await here.rows()
        news = [await here.server.report(row.sid, status) for status in ("delivered", "sent")]

        assert row.status == "delivered"
        assert {one.status for one in news} == {200}
        assert await here.rows() == [row]


@pytest.mark.promise("S18")
async def test_a_status_is_one_transition(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.reports = "none"
        await here.texts()
        await here.rest()
        [row] = await here.rows()
        statuses = ("delivered", "delivered", "sent", "queued", "read", "delivered")
        seen = []
        for status in statuses:
            await here.server.report(row.sid, status)
            [now] = await here.rows()
            seen.append(now.status)

        assert seen == ["delivered"] * 4 + ["read"] * 2


async def test_a_status_that_we_have_not_asked_for_changes_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.texts()
        await here.rest()
        before = await here.rows()
        fields = {"MessageSid": "SM" + "7" * 32, "MessageStatus": "read", "AccountSid": ""}
        fields["AccountSid"] = here.server.account
        path = "/channels/sms/status"
        signed = here.side.parts.names.signed(before[0].id)
        for query in ("", "?o=", f"?o={before[0].id}.00", "?o=%C3%A9.%C3%A9", f"?o={signed}"):
            delivery = await here.server.posts(path + query, fields)
            assert delivery.status == 200, query

        assert await here.rows() == before


@pytest.mark.promise("S19")
async def test_humans_see_that_their_words_did_not_arrive(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        here.server.faults.add(Fault("send", "undelivered", code=30005))
        await here.says("Good morning")
        await here.rest()

        assert await here.lines() == [
            "Not delivered: this number takes no text messages. (Twilio 30005)"
        ]
        assert await here.told() == ["sms.not_delivered"]


async def test_what_twilio_refuses_for_ever_is_told_and_the_rest_of_it_left(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        here.server.faults.add(Fault("send", "refused", code=21211))
        await here.says(LONG)
        await here.rest()
        await here.says("Short")
        await here.rest()

        assert await outcomes(here) == ["400", "201"]
        assert await here.states() == ["failed", "cancelled", "sent"]
        assert len(await here.lines()) == 1


@pytest.mark.promise("S20")
async def test_a_long_answer_comes_in_order_and_in_whole_sentences(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.says(LONG)
        await here.rest()

        first, second = here.sam.received
        assert first + second == LONG
        assert len(first) <= 1600
        assert first.endswith(". ")


async def test_the_customers_own_values_are_put_back_but_no_card(tmp_path: Path) -> None:
    script: Script = says("I have written to [EMAIL_1] about [CREDIT_CARD_****1111].")
    async with scene(tmp_path, [script]) as here:
        await here.texts("My mail is sam@example.com and my card is 4111 1111 1111 1111, when?")
        await here.rest()

        [received] = here.sam.received
        assert "sam@example.com" in received
        assert "4111 1111" not in received


async def test_when_the_keys_are_wrong_operations_are_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "refused", times=2, code=20003, status=401))
        await here.texts()
        await here.rest()

        assert here.sam.received == [SAID]
        assert await here.told() == ["sms.sender_refused"]


async def test_what_twilio_does_not_take_for_hours_is_given_up(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        here.server.faults.add(Fault("send", "busy", times=0))
        await here.says("Good morning")
        await here.until(lambda: bool(here.server.called("send")))
        here.shared.time.by += 5 * HOUR_S
        here.side.outlet.push(here.conversation)
        await here.rest()
        here.server.faults.clear()

        assert await here.states() == ["failed"]
        assert await here.told() == ["sms.not_delivered"]


@pytest.mark.promise("S25")
async def test_two_machines_do_not_answer_each_other_for_ever(tmp_path: Path) -> None:
    loop = replace(TERMS.loop, within_s=HOUR_S)
    async with scene(tmp_path, terms=replace(TERMS, per_s=1000.0, loop=loop)) as here:
        await here.meets()
        for number in range(loop.most + 1):
            await here.says(f"Reply {number}")
        await here.rest()

        times = [call.at for call in here.server.called("send")]
        assert here.sam.received == [f"Reply {number}" for number in range(loop.most + 1)]
        assert times[-1] - times[-2] >= loop.rest_s
        assert await here.told() == ["sms.looped"]
        assert (TERMS.loop.most, TERMS.loop.within_s) == (20, 30.0)


@pytest.mark.promise("S25")
async def test_when_twilio_says_that_it_is_a_loop_we_are_silent_for_a_while(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "refused", code=14107))
        await here.texts()
        await here.rest()

        first, second = (call.at for call in here.server.called("send"))
        assert second - first >= TERMS.loop.rest_s
        assert here.sam.received == [SAID]


@pytest.mark.promise("S27")
async def test_a_long_answer_is_paced_and_starves_nobody(tmp_path: Path) -> None:
    async with scene(tmp_path, terms=replace(TERMS, per_s=0.0, most_segments=1)) as here:
        await here.meets()
        await here.meets(ANNA)
        await here.says(LONG)
        await here.until(lambda: bool(here.sam.received))
        await here.says("Your card is on its way.", ANNA)
        await here.rest()

        sent = here.server.called("send")
        assert "".join(here.sam.received) == LONG
        assert len(here.sam.received) >= segments(LONG).count > 10
        assert [call.params["To"] for call in sent].index(ANNA) <= 3
        # Each has its turn a second after the one before; how long it takes then is another matter.
        assert sent[-1].at - sent[0].at >= len(sent) - 2


async def test_a_process_that_ends_finishes_what_it_is_sending_and_begins_nothing(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, terms=replace(TERMS, per_s=0.1)) as here:
        await here.meets()
        await here.says(LONG)
        await here.until(lambda: bool(here.sam.received))
        await here.side.stop_taking()
        await here.side.drain()
        await here.server.settled()

        assert len(here.sam.received) == 1
        assert await here.states() == ["sent", "pending"]
        parts = here.side.parts
        standing = await parts.ledger.standing(parts.services.store, here.conversation)
        assert standing.letter is not None
        assert standing.letter.out == 1
