"""What a customer is told who waits for long, and what comes of his choice."""

from pathlib import Path

import pytest

from bot.humans.tickets import TICKET
from bot.log import ChoicesOffered, Notice
from bot.stores.base import Owner, RecordsOf
from channels.base import Chose, LeftContact, Uploaded
from channels.base import Said as Spoke
from tests.bot.humans.watched import DANA, watched
from tests.bot.stage import ANSWER

pytestmark = pytest.mark.promise("X108")


async def test_the_customer_is_told_honestly_in_his_language_and_may_choose(tmp_path: Path) -> None:
    async with watched(tmp_path, "es-MX") as one:
        await one.at(301)
        events = await one.stage.events()
        offered = [event.body for event in events if isinstance(event.body, ChoicesOffered)]

        assert "todavía no hay nadie libre" in (await one.told())[-1]
        assert [choice.id for choice in offered[0].items] == ["wait", "leave_contact", "go_on"]
        assert offered[0].items[0].label == "Seguir esperando"


@pytest.mark.parametrize("locale", ["en", "es", "fr", "de", "pt"])
async def test_the_ticket_is_named_once_in_every_language(tmp_path: Path, locale: str) -> None:
    async with watched(tmp_path, locale) as one:
        await one.at(901)
        (ticket,) = await one.stage.services.store.find(
            RecordsOf(TICKET, conversation=one.stage.conversation)
        )
        told = await one.told()

        assert [ticket.id in text for text in told] == [False, False, True]
        assert "{" not in "".join(told)


async def test_who_goes_on_with_the_bot_is_answered_and_waits_no_longer(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        stage = one.stage
        await one.at(301)
        await stage.act(Chose("go_on"))
        await stage.say("When will my card arrive?")
        answers = await stage.answers(4)
        await stage.until_idle()
        await one.at(2000)
        head = await stage.head()

        assert [body.text for body in answers[2:]] == [
            "All right. What else can I look up for you?",
            ANSWER,
        ]
        assert (head.owner, head.reason, head.epoch) == (Owner.BOT, "", 3)
        assert stage.desk.closed == [(stage.conversation, "cancelled")]
        assert await one.rungs() == ["ping", "escalate", "tell"]


async def test_going_on_with_the_bot_takes_nobody_away_from_a_human(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.at(301)
        await one.stage.handoffs.claim(one.stage.conversation, DANA)
        await one.stage.act(Chose("go_on"))

        assert (await one.stage.head()).owner is Owner.HUMAN


async def test_who_leaves_contact_sees_the_form_and_humans_see_placeholders(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.at(301)
        await one.stage.act(Chose("leave_contact"))
        await one.stage.act(LeftContact("kim@example.com", "after six"))
        await one.stage.services.outbox.send_due()
        events = await one.stage.events()
        codes = [event.body.code for event in events if isinstance(event.body, Notice)]

        assert codes == ["leave_contact", "contact_left"]
        assert one.stage.desk.lines[-1].text == ("How to reach the customer: [EMAIL_1]\nafter six")
        assert (await one.stage.head()).owner is Owner.QUEUE


async def test_who_waits_on_is_told_that_he_keeps_his_place(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.at(301)
        await one.stage.act(Chose("wait"))

        assert (await one.told())[-1].startswith("All right, you keep your place.")


async def test_files_that_come_while_somebody_waits_are_named_under_the_card(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as one:
        file = Uploaded(f"f-{1:024x}", "letter.pdf", "application/pdf", b"%PDF-1.7")
        await one.stage.act(file)
        await one.stage.act(Spoke("k1", "Here it is", (file.file_id,)))
        await one.stage.services.outbox.send_due()
        (line,) = one.stage.desk.lines

        assert line.files == (file.file_id,)
        assert line.id.endswith(":line")
