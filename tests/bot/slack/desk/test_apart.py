"""Who may act at the desk: nobody of another workspace, no stranger, no forged button."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.humans.terms import DeskTerms, Mode
from bot.slack.desk import actions, assigning, commands, menu, revealing, shortcuts
from bot.slack.desk.apart import Apart, is_ours
from bot.slack.desk.home_shown import HomeShown
from bot.slack.desk.messages import Messages
from bot.slack.desk.suggesting import Suggesting
from bot.slack.parts import SlackParts
from bot.slack.people import Person
from bot.slack.target import Place, packed, value_of
from channels.slack.base import Installation, Listeners, TeamId
from tests.bot.slack.desk.floor import CHANNEL, DANA, LEE, TEAM, SlackFloor, merged, slack_floor
from tests.emulators.slack import Fault
from tests.emulators.slack.events import INTERACTIVE, interaction

STRANGER, GUEST, THEIRS, THEIR_MAN = "U7", "U8", "T2", "U9"
CARD_BUTTONS = ("claim", "assign", "suggest", "reveal", "release", "resolve")


def whole_desk(parts: SlackParts) -> Listeners:
    """Return what the desk listens to, as it is wired."""
    home, messages, suggesting = HomeShown(parts), Messages(parts), Suggesting(parts)
    rooms = (actions, assigning, commands, menu, revealing, shortcuts)
    return Apart(parts).guarded(
        merged(
            [
                home.listeners(),
                messages.listeners(),
                suggesting.listeners(),
                *(room.listeners(parts) for room in rooms),
            ]
        )
    )


@asynccontextmanager
async def apart_floor(folder: Path) -> AsyncIterator[SlackFloor]:
    """Set the scene, with a stranger and a guest in the channel, and another workspace."""
    async with slack_floor(folder, (whole_desk,)) as floor:
        floor.server.user(TEAM, STRANGER, "Sam").home = "T9"
        floor.server.user(TEAM, GUEST, "Gil").is_guest = True
        await floor.join(THEIRS)
        yield floor


async def press(floor: SlackFloor, team: str, user: str, action: str, value: str) -> None:
    """Send a click that no card has led to."""
    payload: dict[str, Any] = interaction(floor.server.state, "block_actions", team, user)
    channel = CHANNEL if team == TEAM else "C2"
    payload |= {
        "container": {"type": "message", "channel_id": channel, "message_ts": floor.card},
        "channel": {"id": channel},
        "actions": [{"action_id": action, "value": value, "type": "button"}],
    }
    await floor.server.emit(INTERACTIVE, payload, team)


async def submit(
    floor: SlackFloor, team: str, user: str, callback: str, answers: dict[str, Any]
) -> None:
    """Send a form that was never opened."""
    payload: dict[str, Any] = interaction(floor.server.state, "view_submission", team, user)
    values = {name: {name: answer} for name, answer in answers.items()}
    payload["view"] = {
        "type": "modal",
        "id": f"V{user}{callback}",
        "callback_id": callback,
        "private_metadata": packed(Place(floor.target, CHANNEL, floor.card)),
        "state": {"values": values},
    }
    await floor.server.emit(INTERACTIVE, payload, team)


FORMS: dict[str, dict[str, Any]] = {
    "assign_view": {"field": {"selected_user": THEIR_MAN}},
    "send_view": {"field": {"value": "From nobody you know"}},
    "note_view": {"field": {"value": "Seen by me"}},
    "reveal_view": {
        "field": {"selected_option": {"value": "[EMAIL_1]"}},
        "why": {"value": "curiosity"},
    },
}


@pytest.mark.promise("K82")
async def test_another_workspace_does_nothing_with_a_button_or_a_form_of_ours(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        before, audit = await floor.stage.head(), await floor.audit()
        events = len(await floor.stage.events())
        calls = len(floor.server.calls)
        value = value_of(floor.target)
        for action in CARD_BUTTONS:
            await press(floor, THEIRS, THEIR_MAN, action, value)
        for word in ("reply", "note", "transcript", "faq"):
            await press(floor, THEIRS, THEIR_MAN, "more", f"{word}:{value}")
        for action in ("claim_send", "keep_note"):
            fields = {**json.loads(value), "thread": floor.card, "ts": floor.card}
            await press(floor, THEIRS, THEIR_MAN, action, json.dumps(fields))
        for callback, answers in FORMS.items():
            await submit(floor, THEIRS, THEIR_MAN, callback, answers)

        assert await floor.stage.head() == before
        assert len(await floor.stage.events()) == events
        assert await floor.audit() == audit
        assert floor.failures == []
        done = {call.method for call in floor.server.calls[calls:]}
        assert done <= {
            "users.info",
            "chat.postEphemeral",
            "conversations.open",
            "chat.postMessage",
        }
        assert all(call.team == THEIRS for call in floor.server.calls[calls:])
        shown = json.dumps([call.arguments for call in floor.server.calls[calls:]])
        assert "card" not in shown.replace(floor.card, "")


@pytest.mark.promise("K82")
async def test_another_workspaces_home_command_and_shortcut_show_nothing_of_ours(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        server, conversation = floor.server, floor.stage.conversation
        calls = len(server.calls)
        await server.opens_home(THEIRS, THEIR_MAN)
        texts = ("status", "who", "take", f"take {conversation}", f"transcript {conversation}")
        for text in (*texts, f"done {conversation}", f"pause bot {conversation}"):
            await server.commands(THEIRS, "C2", THEIR_MAN, "/support", text)
        await server.uses_shortcut(THEIRS, THEIR_MAN, "take_next")

        assert (await floor.stage.head()).human == ""
        told = json.dumps([call.arguments for call in server.calls[calls:]])
        assert value_of(floor.target) not in told
        assert "new card" not in told
        assert "*0* waiting" in told


@pytest.mark.promise("K82")
async def test_the_last_workspace_left_does_not_inherit_the_conversations_of_one_that_went(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        await floor.parts.installations.delete(TEAM)
        await floor.server.commands(THEIRS, "C2", THEIR_MAN, "/support", "status")
        await floor.server.commands(THEIRS, "C2", THEIR_MAN, "/support", "take")

        assert (await floor.stage.head()).human == ""
        [status, taken] = floor.server.ephemerals(THEIRS, "C2", THEIR_MAN)
        assert "*0* waiting" in status.text
        assert taken.text == "Nobody waits."


@pytest.mark.parametrize("user", [STRANGER, f"U{TEAM}OTHER"])
async def test_strangers_in_a_shared_channel_and_bots_do_nothing(tmp_path: Path, user: str) -> None:
    async with apart_floor(tmp_path) as floor:
        floor.server.state.user(TEAM, f"U{TEAM}OTHER", "Deploy Bot", is_bot=True)
        await floor.click(user, "claim")
        await floor.server.commands(TEAM, CHANNEL, user, "/support", "take")
        for callback, answers in FORMS.items():
            await submit(floor, TEAM, user, callback, answers)

        assert (await floor.stage.head()).human == ""
        assert await floor.to_customer() == []
        assert "only members" in floor.whispers(user)[0].text.lower()


async def test_a_stranger_or_a_bot_is_not_given_a_conversation(tmp_path: Path) -> None:
    async with apart_floor(tmp_path) as floor:
        floor.server.state.user(TEAM, f"U{TEAM}OTHER", "Deploy Bot", is_bot=True)
        for colleague in (STRANGER, f"U{TEAM}OTHER"):
            chosen = {"field": {"selected_user": colleague}}
            await submit(floor, TEAM, DANA, "assign_view", chosen)

        assert (await floor.stage.head()).human == ""


async def test_a_guest_acts_on_the_card_before_him_and_sees_no_more_of_the_desk(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        server = floor.server
        await server.opens_home(TEAM, GUEST)
        await server.commands(TEAM, CHANNEL, GUEST, "/support", "status")
        await server.uses_shortcut(TEAM, GUEST, "take_next")

        assert server.home_of(TEAM, GUEST) is None
        assert (await floor.stage.head()).human == ""
        await floor.click(GUEST, "claim")
        assert (await floor.stage.head()).human == f"slack:{TEAM}:{GUEST}"


async def test_while_slack_does_not_tell_who_somebody_is_members_act_and_strangers_do_not(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        floor.server.faults.add(Fault("users.info", "error", times=9, error="internal_error"))
        await floor.click(STRANGER, "claim")
        assert (await floor.stage.head()).human == ""

        await floor.click(LEE, "claim")
        assert (await floor.stage.head()).human == f"slack:{TEAM}:{LEE}"


async def test_where_the_desk_is_private_only_who_is_in_it_has_a_home_or_a_command(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        server = floor.server
        server.channel(TEAM, "C5", "general")
        desk = server.channel(TEAM, CHANNEL, kind="group")
        desk.members.add(DANA)
        for user in (LEE, DANA):
            await server.opens_home(TEAM, user)
            await server.commands(TEAM, "C5", user, "/support", "status")
        refused, told = server.ephemerals(TEAM, "C5", LEE), server.ephemerals(TEAM, "C5", DANA)
        await server.uses_shortcut(TEAM, LEE, "take_next")

        assert "channel is private" in refused[0].text
        assert "*1* waiting" in told[0].text
        assert [server.home_of(TEAM, user) is not None for user in (LEE, DANA)] == [False, True]
        assert (await floor.stage.head()).human == ""
        assert len(server.called("conversations.members")) == 1


@pytest.mark.promise("K85")
async def test_what_a_stranger_writes_in_a_shared_channel_is_not_even_a_note(
    tmp_path: Path,
) -> None:
    async with apart_floor(tmp_path) as floor:
        for user, home in ((STRANGER, "T9"), (DANA, TEAM)):
            event = {
                "type": "message",
                "channel": CHANNEL,
                "user": user,
                "user_team": home,
                "text": f";; {user} says: promise everybody a refund",
                "ts": floor.server.state.ts(),
                "thread_ts": floor.card,
            }
            await floor.server.event(TEAM, event)

        notes = [one["text"] for one in await floor.stage.kept("note")]
        assert notes == [f"{DANA} says: promise everybody a refund"]


async def test_what_a_listener_refuses_is_told_and_not_tried_again(tmp_path: Path) -> None:
    terms = DeskTerms(mode=Mode.ALERTS)
    async with slack_floor(tmp_path, (whole_desk,), terms=terms) as floor:
        await floor.server.uses_shortcut(TEAM, DANA, "take_next")

        assert (await floor.stage.head()).human == ""
        alone = floor.server.direct_of(TEAM, DANA)
        assert "only alerts" in floor.server.messages(TEAM, alone)[-1].text


ALONE = Installation(TeamId("T1"))
OF_MANY = Installation(TeamId("T1"), enterprise="E1")
WHOLE = Installation(TeamId("E1"), enterprise="E1", is_enterprise=True)


@pytest.mark.parametrize(
    ("person", "installation", "came_from", "expected"),
    [
        (Person("A", home="T1"), ALONE, "", True),
        (Person("A", home="T2"), ALONE, "T1", False),
        (Person("A", home="T2", organisation="E1"), ALONE, "", False),
        (Person("A", home="T2", organisation="E1"), OF_MANY, "T2", True),
        (Person("A", home="T2", organisation="E1"), WHOLE, "T2", True),
        (Person("A", home="T2", organisation="E2"), WHOLE, "T2", False),
        (Person("A", home="T1", is_stranger=True), ALONE, "T1", False),
        (Person("A", home="T1", is_person=False), ALONE, "T1", False),
        (Person("A"), ALONE, "T1", True),
        (Person("A"), ALONE, "T2", False),
        (Person("A"), ALONE, "", True),
        (Person("A"), WHOLE, "T2", True),
    ],
)
def test_who_belongs_to_the_workspace(
    person: Person, installation: Installation, came_from: str, expected: bool
) -> None:
    assert is_ours(person, installation, came_from) is expected
