"""The buttons of a card: one winner, everybody else told privately, nothing done twice."""

import asyncio
from pathlib import Path

import pytest

from bot.slack.desk import actions, assigning
from bot.slack.desk.cards import CLAIM
from bot.slack.target import Target, value_of
from channels.base import ConversationId
from tests.bot.slack.desk.floor import (
    CHANNEL,
    DANA,
    LEE,
    TEAM,
    Meeting,
    SlackFloor,
    human,
    slack_floor,
)
from tests.emulators.slack import Fault

SHARES = (actions.listeners, assigning.listeners)
READS = 4
"""Of the head: each of two clicks looks whether the card is good, then claims."""


@pytest.mark.promise("K63")
async def test_of_two_who_click_claim_at_once_one_wins_and_only_the_other_is_told(
    tmp_path: Path,
) -> None:
    store = Meeting()
    async with slack_floor(tmp_path, SHARES, store=store) as floor:
        store.reads_left = READS
        await asyncio.gather(floor.click(DANA, CLAIM), floor.click(LEE, CLAIM))

        head = await floor.stage.head()
        winner, loser = (DANA, LEE) if head.human == human(DANA).id else (LEE, DANA)
        assert head.human == human(winner).id
        assert floor.whispers(winner) == []
        (told,) = floor.whispers(loser)
        assert f"<@{winner}> has this conversation" in told.text
        assert [m.ts for m in floor.server.messages(TEAM, CHANNEL)] == [floor.card]


@pytest.mark.promise("K63")
async def test_a_double_click_by_the_same_human_claims_once_and_says_nothing(
    tmp_path: Path,
) -> None:
    store = Meeting()
    async with slack_floor(tmp_path, SHARES, store=store) as floor:
        store.reads_left = READS
        await asyncio.gather(floor.click(DANA, CLAIM), floor.click(DANA, CLAIM))
        await floor.repeat()

        head = await floor.stage.head()
        assert (head.human, head.epoch) == (human(DANA).id, 3)
        assert floor.whispers(DANA) == []
        assert floor.failures == []


async def test_who_claims_late_is_told_who_has_it(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.click(DANA, CLAIM)
        await floor.click(LEE, CLAIM)

        assert [f"<@{DANA}> has this" in one.text for one in floor.whispers(LEE)] == [True]


async def test_returned_by_the_button_the_bot_has_it_again_and_the_card_claims_nothing(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.claim()
        await floor.click(DANA, "release")
        await floor.repeat()

        assert (await floor.stage.head()).owner.value == "bot"
        assert floor.whispers(DANA) == []
        await floor.server.emit(*_click_on(floor, floor.target))
        assert (await floor.stage.head()).owner.value == "bot"


async def test_only_who_has_it_may_resolve_and_twice_is_once(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.claim()
        await floor.click(LEE, "resolve")
        assert [f"<@{DANA}> has this" in one.text for one in floor.whispers(LEE)] == [True]
        await floor.click(DANA, "resolve")
        await floor.repeat()

        types = [event.body.TYPE for event in await floor.stage.events()]
        assert types.count("conversation.closed") == 1
        assert floor.whispers(DANA) == []


async def test_a_card_of_an_earlier_episode_does_nothing_and_says_so(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.server.emit(*_click_on(floor, Target(floor.stage.conversation, 7)))
        await floor.server.emit(*_click_on(floor, Target(ConversationId("gone"), 1)))

        assert (await floor.stage.head()).owner.value == "queue"
        first, second = (one.text for one in floor.whispers(DANA))
        assert "an earlier matter" in first
        assert "no such conversation" in second


async def test_where_nothing_can_be_whispered_a_direct_message_tells(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.click(DANA, CLAIM)
        floor.server.faults.add(Fault("chat.postEphemeral", "error", error="not_in_channel"))
        await floor.click(LEE, CLAIM)

        direct = floor.server.messages(TEAM, floor.server.direct_of(TEAM, LEE))
        assert [f"<@{DANA}> has this" in one.text for one in direct] == [True]


async def test_assigned_by_the_form_it_is_the_colleagues_who_is_called_once(
    tmp_path: Path,
) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.click(DANA, "assign")
        await floor.server.submits(TEAM, DANA, {"field": LEE})
        await floor.repeat()

        assert (await floor.stage.head()).human == human(LEE).id
        under = floor.server.messages(TEAM, CHANNEL, floor.card)[1:]
        assert [one.text for one in under] == [
            f"<@{LEE}>: <@{DANA}> has given you this conversation."
        ]


async def test_the_bot_is_no_colleague(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        await floor.click(DANA, "assign")
        await floor.server.submits(TEAM, DANA, {"field": floor.server.team(TEAM).bot_user})

        assert (await floor.stage.head()).owner.value == "queue"
        assert "cannot be a colleague" in floor.whispers(DANA)[0].text


@pytest.mark.promise("K84")
async def test_a_form_that_comes_too_late_is_offered_again_and_then_opens(tmp_path: Path) -> None:
    async with slack_floor(tmp_path, SHARES) as floor:
        floor.server.faults.add(Fault("views.open", "error", error="expired_trigger_id"))
        await floor.click(DANA, "assign")

        (told,) = floor.whispers(DANA)
        assert floor.server.view_of(TEAM, DANA) is None
        assert floor.failures == []
        await floor.server.clicks(TEAM, CHANNEL, told.ts, DANA, "assign")
        assert floor.view(DANA)["callback_id"] == "assign_view"


def _click_on(floor: SlackFloor, target: Target) -> tuple[str, dict[str, object], str]:
    """Return a click of Dana's on a Claim button that is not there any more."""
    payload: dict[str, object] = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": DANA, "team_id": TEAM},
        "trigger_id": "1.1",
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "message_ts": floor.card, "channel_id": CHANNEL},
        "actions": [{"type": "button", "action_id": CLAIM, "value": value_of(target)}],
    }
    return "interactive", payload, TEAM
