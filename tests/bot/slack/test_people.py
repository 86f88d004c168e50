"""Who is looked up, and how often."""

from pathlib import Path

from bot.slack.people import MOST_NAMED, Person
from tests.bot.slack.desk.floor import DANA, TEAM, slack_floor


async def test_a_text_that_mentions_everybody_uses_up_no_calls(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, ()) as floor:
        users = [f"UMANY{number}" for number in range(500)]
        for user in users:
            floor.server.user(TEAM, user, "Many")
        named = await floor.parts.people.names(TEAM, users)

        assert len(named) == MOST_NAMED
        assert len(floor.server.called("users.info")) == MOST_NAMED


async def test_who_was_looked_up_is_known_for_an_hour_and_what_he_is(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, ()) as floor:
        floor.server.user(TEAM, "U7", "Sam").home = "T9"
        people = floor.parts.people
        dana = [await people.person(TEAM, DANA) for _ in range(3)][-1]
        sam = await people.person(TEAM, "U7")

        assert len(floor.server.called("users.info")) == 2
        assert (dana.name, dana.home, dana.is_stranger) == ("Dana", TEAM, False)
        assert (sam.home, sam.is_stranger) == ("T9", True)
        assert Person("Nobody").is_person
