"""Who may open which conversation, and what a view of it shows."""

from pathlib import Path

import pytest

from channels.base import ConversationId, Opening
from channels.errors import ChannelRefused
from tests.bot.stage import staged


@pytest.mark.promise("B15")
async def test_the_second_user_of_a_browser_cannot_open_the_first_ones_conversation(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, customer="kim") as stage:
        asked = Opening("pk_demo", "robin", stage.conversation, "en")

        with pytest.raises(ChannelRefused, match="not_yours"):
            await stage.reception.open(asked)
        again = await stage.reception.open(Opening("pk_demo", "kim", stage.conversation, "en"))
        assert (again.conversation, again.is_new) == (stage.conversation, False)


async def test_an_unknown_site_or_conversation_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with pytest.raises(ChannelRefused, match="unknown_site"):
            await stage.reception.open(Opening("pk_other", "", None, "en"))
        with pytest.raises(ChannelRefused, match="gone"):
            await stage.reception.open(Opening("pk_demo", "", ConversationId("x"), "en"))


@pytest.mark.promise("W105")
async def test_history_shows_values_to_the_proven_customer_only(tmp_path: Path) -> None:
    async with staged(tmp_path, customer="kim") as stage:
        await stage.say("My address is kim@example.com, my card 4111 1111 1111 1111")
        await stage.answers()
        own = await stage.reception.history(stage.conversation, 0, None, True)
        other = await stage.reception.history(stage.conversation, 0, None, False)
        snapshot = await stage.reception.history(stage.conversation, 10_000, None, False)

        assert "kim@example.com" in own.frames[0].json
        assert "4111 1111" not in own.frames[0].json
        assert "kim@example.com" not in repr(other) + repr(snapshot)
        assert (own.resume, snapshot.resume) == ("fresh", "snapshot")


@pytest.mark.promise("P1")
async def test_a_card_split_over_two_messages_of_a_burst_is_found_in_the_second(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("my card is 4111 1111")
        await stage.say("1111 1111")
        said = [frame.json for frame in (await stage.history()).frames if "accepted" in frame.type]

        assert "[CREDIT_CARD" in said[1]
        assert "1111 1111" not in said[1]
