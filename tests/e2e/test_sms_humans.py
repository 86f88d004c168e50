"""Customers by SMS and humans in Slack: handed over, answered, told what did not arrive."""

from pathlib import Path

import pytest

from bot.log import MessageAccepted
from bot.stores.base import Owner
from tests.e2e.slack_place import DANA, OPERATIONS, SUPPORT, TEAM
from tests.e2e.sms_place import ANSWER, HeldModel, SmsPlace, sms_place
from tests.e2e.twilio_place import HERS, HIS, OURS
from tests.emulators.slack import Message
from tests.emulators.twilio import Fault

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
PDF = b"%PDF-1.7 a statement of account"
TWO = ((PNG, "image/png"), (PDF, "application/pdf"))
GOOD, BAD = "white_check_mark", "x"


def told(place: SmsPlace, card: Message) -> list[str]:
    """Return what stands under a card and was not written by a human."""
    return [one.text for one in place.desk.thread(card) if one.bot_id]


@pytest.mark.promise("X107", "K65")
async def test_a_handoff_opens_one_card_and_the_reply_reaches_the_phone_once(
    tmp_path: Path,
) -> None:
    async with sms_place(tmp_path) as place:
        await place.texts("I am kim@example.com, is my card on its way?")
        await place.rest()
        card = await place.claimed()
        waiting = place.got()
        ts = await place.replies(card, "Hello, it was posted *today*.")
        await place.rest()
        await place.texts("Thank you!")
        await place.desk.said(card, "Thank you!")
        await place.rest()

        assert len(place.desk.cards()) == 1
        shown = str(card.blocks) + card.text
        assert "Channel: sms" in shown
        assert "kim@example.com" not in shown
        assert HERS.removeprefix("+") not in shown
        assert waiting[0] == ANSWER
        assert place.got()[len(waiting) :] == ["Hello, it was posted today."]
        assert place.signs(ts) == {GOOD}
        assert len(place.model.bodies) == 1


@pytest.mark.promise("X107", "S20")
async def test_a_long_reply_of_a_human_comes_in_parts_whole_and_in_order(tmp_path: Path) -> None:
    link = "https://help.aurelis.example/" + "a" * 200
    sentences = [f"This is sentence number {number} of it." for number in range(70)]
    whole = " ".join((*sentences[:40], f"See {link} for more.", *sentences[40:]))
    async with sms_place(tmp_path) as place:
        card = await place.claimed()
        before = len(place.got())
        ts = await place.replies(card, whole)
        await place.desk.slack.until(lambda: place.signs(ts))
        await place.rest()

        parts = place.got()[before:]
        assert len(whole) > 2000
        assert len(parts) > 1
        assert "".join(parts) == whole
        assert all(len(part) <= 1600 and part.rstrip().endswith(".") for part in parts)
        assert sum(link in part for part in parts) == 1


@pytest.mark.promise("S12", "X107")
async def test_after_stop_a_reply_is_not_sent_and_the_human_is_told(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        card = await place.claimed()
        before = place.tried()
        await place.texts("STOP")
        await place.desk.said(card, "nothing reaches them now")
        ts = await place.replies(card, "Are you still there?")
        await place.desk.said(card, "Not sent: the customer has opted out")
        await place.desk.slack.until(lambda: place.signs(ts))
        await place.rest()

        assert place.tried() == before
        assert len(told(place, card)) == 2
        assert place.signs(ts) == {BAD}


@pytest.mark.promise("S14")
async def test_a_refusal_for_opting_out_is_not_tried_again_and_told_once(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        card = await place.claimed()
        before = place.tried()
        place.phones.twilio.opted_out.update({(OURS, HERS), (OURS, HIS)})
        ts = await place.replies(card, "Are you still there?")
        await place.desk.said(card, "opted out")
        await place.desk.slack.until(lambda: place.signs(ts))
        await place.texts("Where is my card?", HIS)
        await place.rest()
        await place.texts("Hello?", HIS)
        await place.rest()
        await place.phones.app.services.alerts.flush()
        alerts = place.desk.slack.messages(TEAM, OPERATIONS)

        assert (place.tried() - before, place.tried(HIS)) == (1, 1)
        assert sum("opted out" in one for one in told(place, card)) == 1
        assert place.signs(ts) == {BAD}
        assert len(place.model.bodies) == 1
        assert ["sms.opt_out_found" in str(one.blocks) for one in alerts] == [True, True]


@pytest.mark.promise("S19", "X107")
@pytest.mark.parametrize("code", [30005, 30007])
async def test_what_did_not_arrive_is_told_under_the_card_with_its_reason(
    tmp_path: Path, code: int
) -> None:
    async with sms_place(tmp_path) as place:
        card = await place.claimed()
        place.phones.twilio.faults.add(Fault("send", "undelivered", code=code))
        before = place.tried()
        ts = await place.replies(card, "It was posted today.")
        await place.desk.said(card, f"(Twilio {code})")
        await place.desk.slack.until(lambda: place.signs(ts))
        await place.rest()

        assert place.signs(ts) == {BAD}
        assert sum("Not delivered" in one for one in told(place, card)) == 1
        assert place.tried() - before == 1


@pytest.mark.promise("S22")
async def test_pictures_without_a_word_are_seen_by_the_human(tmp_path: Path) -> None:
    async with sms_place(tmp_path) as place:
        card = await place.claimed()
        await place.phones.twilio.texts(HERS, OURS, "", TWO)
        await place.desk.slack.until(lambda: len(place.desk.slack.state.files) == 2)
        await place.rest()

        [said] = [
            event.body
            for event in await place.events()
            if isinstance(event.body, MessageAccepted) and event.body.attachments
        ]
        assert said.text == ""
        assert [one.media_type for one in said.attachments] == ["image/png", "application/pdf"]
        assert [file.content for file in place.desk.slack.state.files.values()] == [PNG, PDF]
        assert len(place.phones.twilio.called("media")) == 2
        assert card.text.startswith("Claimed")


@pytest.mark.promise("S22")
async def test_pictures_are_a_turn_and_what_is_no_picture_is_refused_in_words(
    tmp_path: Path,
) -> None:
    async with sms_place(tmp_path) as place:
        await place.phones.twilio.texts(HERS, OURS, "", TWO)
        await place.rest()
        large = PNG + bytes(5 * 1024 * 1024)
        bad = ((b"MZ a program", "image/png"), (large, "image/png"), (b"x", "audio/amr"))
        await place.phones.twilio.texts(HIS, OURS, "", bad)
        await place.rest()

        assert place.model.bodies == []
        assert len(place.got()) == 1
        assert "your file has arrived" in place.got()[0]
        assert await place.said() == [""]
        assert [text for text in place.got(HIS) if "could not be accepted" in text]
        assert len(place.got(HIS)) == 1


@pytest.mark.promise("X107")
async def test_back_with_the_bot_the_customer_is_answered_by_it(tmp_path: Path) -> None:
    async with sms_place(tmp_path, model=HeldModel()) as place:
        card = await place.claimed()
        before = len(place.got())
        await place.desk.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "release")
        await place.desk.slack.until(lambda: card.text.startswith("Returned"))
        await place.texts("Where is my card?")
        await place.rest()
        head = await place.head()

        assert head is not None
        assert head.owner is Owner.BOT
        assert len(place.got()) == before + 2
        assert place.got()[-1] == ANSWER
