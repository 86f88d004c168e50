"""WhatsApp: a conversation of its own, and templates when the customer has been silent."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bot.sms.stage import DANA, OURS, SAM, TERMS, Scene, conversation_of, scene
from tests.bot.stage import ANSWER, says

OUR_WHATSAPP, SAM_WHATSAPP = f"whatsapp:{OURS}", f"whatsapp:{SAM}"
SAID = "Your card arrives in five working days. You can follow it in the app."
TEMPLATE = "HX" + "7" * 32
KNOCKING = replace(TERMS, template=TEMPLATE)
TELLING = replace(KNOCKING, template_variable="1")
DAY_S = 86_400.0


async def silent_for_two_days(here: Scene) -> None:
    await here.texts(sender=SAM_WHATSAPP, to=OUR_WHATSAPP)
    await here.rest()
    here.shared.time.by += 2 * DAY_S


@pytest.mark.promise("S23")
async def test_whatsapp_and_the_bare_number_are_two_conversations(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 2) as here:
        await here.texts(sender=SAM_WHATSAPP, to=OUR_WHATSAPP)
        await here.texts()
        await here.rest()

        whatsapp = here.server.phone(SAM_WHATSAPP)
        assert (whatsapp.received, here.sam.received) == ([SAID], [SAID])
        assert [message.sender for message in whatsapp.messages] == [OUR_WHATSAPP]
        assert await here.head(conversation_of(SAM_WHATSAPP, OUR_WHATSAPP)) is not None
        assert await here.head() is not None


@pytest.mark.promise("S23")
async def test_outside_of_the_window_a_template_tells_it(tmp_path: Path) -> None:
    async with scene(tmp_path, terms=TELLING) as here:
        here.server.template(TEMPLATE, "News from your bank: {{1}}")
        await silent_for_two_days(here)
        await here.says("Your card has arrived.", SAM_WHATSAPP, OUR_WHATSAPP)
        await here.rest()

        assert here.server.phone(SAM_WHATSAPP).received == [
            SAID,
            "News from your bank: Your card has arrived.",
        ]


@pytest.mark.promise("S23")
async def test_a_template_without_a_place_for_it_knocks_once_and_the_text_waits(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 2, terms=KNOCKING) as here:
        here.server.template(TEMPLATE, "We have news for you.")
        await silent_for_two_days(here)
        await here.says("Your card has arrived.", SAM_WHATSAPP, OUR_WHATSAPP)
        await here.rest()
        await here.says("And your PIN.", SAM_WHATSAPP, OUR_WHATSAPP)
        await here.rest()
        knocked = list(here.server.phone(SAM_WHATSAPP).received)
        await here.texts("Hello?", sender=SAM_WHATSAPP, to=OUR_WHATSAPP)
        await here.rest()

        assert knocked == [SAID, "We have news for you."]
        assert here.server.phone(SAM_WHATSAPP).received[2:4] == [
            "Your card has arrived.",
            "And your PIN.",
        ]


@pytest.mark.promise("S23")
async def test_without_a_template_humans_are_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await silent_for_two_days(here)
        conversation = conversation_of(SAM_WHATSAPP, OUR_WHATSAPP)
        await here.stage.handoffs.claim(conversation, DANA)
        await here.says("Your card has arrived.", SAM_WHATSAPP, OUR_WHATSAPP)
        await here.rest()

        assert here.server.phone(SAM_WHATSAPP).received == [SAID]
        [line] = await here.lines()
        assert "no template" in line


@pytest.mark.promise("S23")
@pytest.mark.parametrize("refusal", ["report", "create"])
async def test_a_window_that_only_twilio_knows_to_be_closed_asks_for_the_template(
    tmp_path: Path, refusal: str
) -> None:
    async with scene(tmp_path, terms=TELLING) as here:
        here.server.template(TEMPLATE, "News from your bank: {{1}}")
        here.server.window_refusal = refusal
        await here.texts(sender=SAM_WHATSAPP, to=OUR_WHATSAPP)
        await here.rest()
        here.server.state.heard_at.clear()
        await here.says("Your card has arrived.", SAM_WHATSAPP, OUR_WHATSAPP)
        await here.rest()

        assert here.server.phone(SAM_WHATSAPP).received == [
            SAID,
            "News from your bank: Your card has arrived.",
        ]


async def test_a_message_that_was_read_is_known_to_be(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.texts(sender=SAM_WHATSAPP, to=OUR_WHATSAPP)
        await here.rest()
        [row] = await here.rows()
        await here.server.report(row.sid, "read")

        assert [one.status for one in await here.rows()] == ["read"]
