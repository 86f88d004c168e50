"""Where cards go when several workspaces have the app: never to whoever came along."""

from datetime import UTC, datetime

import pytest

from bot.clock import Clock
from bot.humans.terms import DeskTerms
from bot.slack.installations import CabinetInstallations
from bot.slack.rooms import Own, Room, Rooms
from bot.stores.cabinet import MemoryCabinet
from channels.slack.base import Installation, TeamId

OURS, A_STRANGERS = TeamId("T5"), TeamId("T1")
TOKEN = "xoxb-ours"


def clock() -> Clock:
    return Clock(now=lambda: datetime(2026, 11, 25, tzinfo=UTC))


async def installed(*teams: TeamId) -> CabinetInstallations:
    found = CabinetInstallations(MemoryCabinet(), clock())
    for team in teams:
        token = TOKEN if team == OURS else "xoxb-another"
        await found.save(Installation(team, bot_token=token))
    return found


@pytest.mark.promise("K82")
@pytest.mark.parametrize(
    ("teams", "written", "own", "expected"),
    [
        ((OURS,), "C1", Own(), Room(OURS, "C1")),
        ((A_STRANGERS, OURS), "C1", Own(TOKEN, is_open=True), Room(OURS, "C1")),
        ((A_STRANGERS, OURS), "T5/C1", Own(is_open=True), Room(OURS, "C1")),
        ((A_STRANGERS,), "T5/C1", Own(is_open=True), Room(OURS, "C1")),
        ((A_STRANGERS,), "C1", Own(is_open=True), None),
        ((A_STRANGERS, OURS), "C1", Own(is_open=True), None),
        ((A_STRANGERS, OURS), "C1", Own(), None),
        ((), "C1", Own(TOKEN), None),
        ((A_STRANGERS,), "C1", Own(TOKEN, is_open=True), None),
        ((OURS,), "", Own(TOKEN), None),
    ],
)
async def test_a_card_goes_to_the_companys_own_workspace_or_waits(
    teams: tuple[TeamId, ...], written: str, own: Own, expected: Room | None
) -> None:
    rooms = Rooms(await installed(*teams), DeskTerms(), written, own=own)

    assert await rooms.for_handoff("default", "button") == expected


async def test_channels_of_the_policy_are_in_the_workspace_that_the_setting_names() -> None:
    terms = DeskTerms(channels={"billing": "C7"})
    rooms = Rooms(await installed(A_STRANGERS, OURS), terms, "T5/C1", own=Own(is_open=True))

    assert await rooms.for_handoff("billing", "button") == Room(OURS, "C7")
    assert await rooms.for_operations() is None


@pytest.mark.parametrize(
    ("handoffs", "billing", "expected"),
    [
        ("C1", "C7", OURS),
        ("T5/C1", "C7", OURS),
        ("T5/C1", "T1/C7", None),
        ("", "T5/C7", OURS),
        ("", "", None),
    ],
)
async def test_it_is_known_whether_all_cards_go_to_one_workspace(
    handoffs: str, billing: str, expected: TeamId | None
) -> None:
    terms = DeskTerms(channels={"billing": billing} if billing else {})
    rooms = Rooms(await installed(A_STRANGERS, OURS), terms, handoffs, own=Own(TOKEN))

    assert await rooms.only() == expected


def test_the_own_token_is_not_shown() -> None:
    assert TOKEN not in repr(Own(TOKEN))
    assert "xoxb" not in repr(Installation(OURS, bot_token="xoxb-1", refresh_token="xoxb-2"))
