"""Every text follows the language in which a customer writes."""

from pathlib import Path

from bot.fixed.texts import Said, text_for
from bot.log import MessageEnded
from tests.bot.stage import staged


async def test_a_conversation_goes_on_in_the_language_of_the_customer(tmp_path: Path) -> None:
    async with staged(tmp_path, channel="sms") as stage:
        await stage.say("Quiero hablar con una persona, por favor")
        events = await stage.until_idle()
        told = [event.body.text for event in events if isinstance(event.body, MessageEnded)]

        assert text_for(Said.HANDED_OVER, "es") in told
        assert (await stage.head()).locale == "es"


async def test_a_word_of_another_language_changes_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.say("Gracias")
        await stage.answers(2)

        assert (await stage.head()).locale == "en"


async def test_a_caller_speaks_the_language_that_the_vendor_hears(tmp_path: Path) -> None:
    async with staged(tmp_path, channel="voice") as stage:
        await stage.say("Quiero hablar con una persona, por favor")
        await stage.until_idle()

        assert (await stage.head()).locale == "en"
