"""Customers who ask in Slack itself: order, what was missed, deadlines when nobody comes."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bot.fixed.texts import Said, text_for
from bot.fixed.waits import Wait, wait_text
from bot.settings import Settings
from bot.slack.customers.place import Place, conversation_at
from channels.slack.base import TeamId
from tests.e2e.slack_customer import ANNA, Direct, accepted, shown, until_accepted
from tests.e2e.slack_place import DANA, ROBIN, SUPPORT, TEAM, SlackPlace, prepared, slack_place
from tests.e2e.slack_time import becomes, in_turned_time, passes, turned_place
from tests.e2e.visitor import SECRET, served
from tests.emulators.slack import Fault, SlackServer, slack_running
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20
ROOM = "C7"
CHOICES = (Wait.CHOICE_WAIT, Wait.CHOICE_CONTACT, Wait.CHOICE_GO_ON)
PERSON = "Ich möchte mit einem Menschen sprechen."
POLICY = dedent("""
    tenant: aurelis
    version: customers
    brand: {name: Aurelis Bank}
    pace: {quiet_s: 0.0, slack_quiet_s: 0.0}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.05}}
""")


def settings_in(folder: Path) -> Settings:
    path = folder / "policy.yaml"
    path.write_text(POLICY)
    return Settings(policy=path)


@pytest.mark.promise("K56")
async def test_a_message_whose_file_comes_late_is_not_overtaken_by_the_next_one(
    tmp_path: Path,
) -> None:
    async with slack_place(tmp_path, settings_in(tmp_path)) as place:
        anna = Direct(place.slack)
        place.slack.faults.add(Fault("download", "server_error"))
        await anna.says("This is my card.", file=PNG)
        await place.slack.until(lambda: bool(place.slack.faults.seen))
        await anna.says("Is it still good?")
        said = await until_accepted(place.app, anna.conversation, 2)
        files = [len(one.attachments) for one in await accepted(place.app, anna.conversation)]

        assert said == ["This is my card.", "Is it still good?"]
        assert files == [1, 0]


@pytest.mark.promise("K77")
async def test_what_customers_wrote_while_no_socket_was_open_is_answered(tmp_path: Path) -> None:
    sockets = SocketMode()
    async with slack_running([sockets.part]) as server:
        server.deliver = sockets.deliver
        slack = replace(prepared(server), signing_secret="", app_token=APP_TOKEN)
        usual = settings_in(tmp_path)
        settings = replace(usual, data=tmp_path / "data", secret=SECRET, slack=slack)
        server.channel(TEAM, ROOM, "general")
        async with served(settings) as place:
            anna = Direct(server)
            await sockets.until(lambda: bool(sockets.sockets))
            top = await anna.says("When will my card arrive?")
            naming = f"<@{server.team(TEAM).bot_user}> how do I change my PIN?"
            thread = await server.says(TEAM, ROOM, ANNA, naming)
            await until_accepted(place.app, anna.conversation, 1)
            await server.until(lambda: len(server.messages(TEAM, ROOM, thread)) > 2)
            # Slack gives up what it cannot send: what follows is lost for good.
            sockets.is_forgetful, sockets.error = True, "internal_error"
            sockets.reset()
            await sockets.until(lambda: not sockets.sockets)
            await anna.says("Is it a new one?")
            await anna.says("And where is it now?", thread=top)
            await server.says(TEAM, ROOM, ANNA, "And on the phone?", thread=thread)
            sockets.error = ""
            said = await until_accepted(place.app, anna.conversation, 3)
            await server.until(lambda: len(server.messages(TEAM, ROOM, thread)) > 4)
            await server.settled()
            in_room = conversation_at(Place(TeamId(TEAM), ROOM, thread))

            assert said[0] == "When will my card arrive?"
            assert sorted(said[1:]) == ["And where is it now?", "Is it a new one?"]
            assert await until_accepted(place.app, in_room, 2) == [
                "how do I change my PIN?",
                "And on the phone?",
            ]


Story = Callable[[SlackPlace, Direct], Coroutine[Any, Any, None]]


def played(folder: Path, story: Story) -> None:
    """Let a customer from Germany ask for a person, and go on from there."""

    def prepare(server: SlackServer) -> None:
        server.user(TEAM, ANNA, "Anna Weiss", locale="de-DE")

    async def whole() -> None:
        async with turned_place(folder, settings_in(folder), prepare) as place:
            await becomes(lambda: place.slack.called("auth.test"))
            anna = Direct(place.slack)
            await anna.says(PERSON)
            await becomes(lambda: place.cards())
            await becomes(lambda: anna.with_text(text_for(Said.HANDED_OVER, "de")))
            await story(place, anna)

    in_turned_time(whole())


def waited_s(place: SlackPlace, message: Message) -> float:
    """Return how long after the card something was said."""
    return float(message.ts) - float(place.cards()[0].ts)


def under_card(place: SlackPlace, start: str) -> list[Message]:
    """Return what stands under the card and begins so."""
    return [one for one in place.thread(place.cards()[0]) if one.text.startswith(start)]


@pytest.mark.promise("K79")
@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        (Wait.CHOICE_WAIT, wait_text(Wait.WAITING_ON, "de")),
        (Wait.CHOICE_CONTACT, wait_text(Wait.LEAVE_CONTACT, "de")),
    ],
)
def test_who_waits_in_slack_is_told_in_his_language_may_choose_and_gets_a_ticket(
    tmp_path: Path, choice: Wait, answer: str
) -> None:
    async def story(place: SlackPlace, anna: Direct) -> None:
        await becomes(lambda: under_card(place, "<!here>"), 90)
        await becomes(lambda: under_card(place, "<!channel>"), 150)
        assert anna.with_text(wait_text(Wait.STILL_WAITING, "de")) == []
        await becomes(lambda: anna.with_text(wait_text(Wait.STILL_WAITING, "de")), 150)
        await becomes(lambda: anna.button(wait_text(choice, "de")), 30)
        labels = [one for one in CHOICES if anna.button(wait_text(one, "de"))]
        assert await anna.presses(wait_text(choice, "de")) == 200
        await becomes(lambda: anna.with_text(answer), 30)
        await becomes(lambda: anna.with_text(f"Ihre Wahl: {wait_text(choice, 'de')}"), 30)
        await becomes(lambda: anna.with_text(wait_text(Wait.TOO_LONG, "de")), 700)
        await becomes(lambda: under_card(place, "Nobody came, so there is a ticket now"), 30)
        ticket = under_card(place, "Nobody came")[0].text.rpartition(": ")[2].rstrip(".")
        await place.slack.clicks(TEAM, SUPPORT, place.cards()[0].ts, DANA, "claim")
        await becomes(lambda: place.cards()[0].text.startswith("Claimed"))
        await place.slack.says(TEAM, SUPPORT, DANA, "Guten Tag.", thread=place.cards()[0].ts)
        await becomes(lambda: anna.with_text("Guten Tag."), 30)

        rungs = [
            *under_card(place, "<!here>"),
            *under_card(place, "<!channel>"),
            *anna.with_text(wait_text(Wait.STILL_WAITING, "de")),
            *anna.with_text(wait_text(Wait.TOO_LONG, "de")),
        ]
        assert labels == list(CHOICES)
        assert [about(waited_s(place, one)) for one in rungs] == [60, 180, 300, 900]
        [told] = anna.with_text(wait_text(Wait.TOO_LONG, "de"))
        assert ticket
        assert ticket in shown(told)
        assert place.slack.limits.refused == 0

    played(tmp_path, story)


@pytest.mark.promise("K79")
def test_who_waits_in_slack_may_go_on_with_the_bot_and_nothing_follows(tmp_path: Path) -> None:
    async def story(place: SlackPlace, anna: Direct) -> None:
        await becomes(lambda: anna.button(wait_text(Wait.CHOICE_GO_ON, "de")), 330)
        await anna.presses(wait_text(Wait.CHOICE_GO_ON, "de"))
        await becomes(lambda: anna.with_text(text_for(Said.GO_ON, "de")), 30)
        await becomes(lambda: "went on with the bot" in place.cards()[0].text, 30)
        await passes(900)
        before = len(anna.told())
        await anna.says("Wie ändere ich meine PIN?")
        await becomes(lambda: len(anna.told()) > before, 30)

        assert anna.with_text(wait_text(Wait.TOO_LONG, "de")) == []
        assert under_card(place, "Nobody came") == []

    played(tmp_path, story)


@pytest.mark.promise("K79")
def test_a_human_who_says_nothing_to_a_customer_in_slack_loses_the_conversation(
    tmp_path: Path,
) -> None:
    async def story(place: SlackPlace, anna: Direct) -> None:
        card = place.cards()[0]
        await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
        await becomes(lambda: anna.with_text("Dana ist dem Chat beigetreten."), 30)
        joined = anna.with_text("Dana ist dem Chat beigetreten.")[0]
        await becomes(lambda: under_card(place, f"<@{DANA}>"), 210)
        nudged = under_card(place, f"<@{DANA}>")[0]
        assert anna.told()[-1] is joined
        await becomes(lambda: anna.with_text(wait_text(Wait.REQUEUED, "de")), 210)
        [told] = anna.with_text(wait_text(Wait.REQUEUED, "de"))
        await becomes(lambda: anna.with_text("Dana hat den Chat verlassen."), 30)
        await becomes(lambda: card.text.startswith("A customer waits"), 30)
        await place.slack.clicks(TEAM, SUPPORT, card.ts, ROBIN, "claim")
        await becomes(lambda: card.text.startswith("Claimed"), 30)
        await place.slack.says(TEAM, SUPPORT, ROBIN, "Robin hier.", thread=card.ts)
        await becomes(lambda: anna.with_text("Robin hier."), 30)

        silences = [float(one.ts) - float(joined.ts) for one in (nudged, told)]
        assert [about(seconds) for seconds in silences] == [180, 360]
        assert under_card(place, "Back in the queue: no answer for 6 min.")

    played(tmp_path, story)


def about(seconds: float) -> int:
    """Return the nearest half minute: the clock jumps, and watches look now and then."""
    return round(seconds / 30) * 30
