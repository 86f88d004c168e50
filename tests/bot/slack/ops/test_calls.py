"""Who is called when nobody reacts to an incident, and what counts as a reaction."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.bot.slack.ops.stage import (
    BACK,
    DOWN,
    FELL,
    ON_CALL,
    OPS,
    TEAM,
    Stage,
    staged,
    text_of,
)
from tests.emulators.slack import Message


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


def button_of(message: Message) -> dict[str, Any]:
    """Return the only button of a message."""
    (button,) = next(one for one in message.blocks if one["type"] == "actions")["elements"]
    assert isinstance(button, dict)
    return button


async def test_an_error_that_nobody_reacts_to_calls_those_on_call_twice_at_most(
    stage: Stage,
) -> None:
    one, _ = await stage.begin(), await stage.begin()
    one.feed.notice(DOWN)
    await stage.passes(295)
    early = stage.thread()
    await stage.passes(10)
    first = stage.thread()
    await stage.passes(4000, 5)

    assert early == []
    assert [line.partition(" nobody")[0] for line in first] == [ON_CALL]
    assert "for 5 min" in first[0]
    assert len(stage.thread()) == 2
    assert "for 15 min" in stage.thread()[1]


async def test_a_warning_calls_nobody(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(FELL)
    await stage.passes(590, 5)

    assert stage.thread() == []


@pytest.mark.parametrize("how", ["button", "reply", "reaction"])
async def test_whoever_reacts_is_named_and_nobody_is_called(stage: Stage, how: str) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    ts = stage.shown()[0].ts
    match how:
        case "button":
            await stage.server.clicks(TEAM, OPS, ts, "U1", "ops_ack")
        case "reply":
            await stage.server.says(TEAM, OPS, "U1", "looking", ts)
        case _:
            await stage.server.reacts(TEAM, OPS, ts, "U1", "eyes")
    await stage.passes(1500, 5)

    (message,) = stage.shown()
    assert "<@U1> is on it" in text_of(message)
    assert "ops_ack" not in text_of(message)
    assert [line for line in stage.thread() if ON_CALL in line] == []


async def test_what_bots_or_others_elsewhere_say_is_no_reaction(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    await stage.server.bot_says(TEAM, OPS, "deployed", stage.shown()[0].ts)
    await stage.server.says(TEAM, OPS, "U1", "good morning")
    elsewhere = await stage.server.says(TEAM, "C1", "U1", "hello")
    await stage.server.says(TEAM, "C1", "U1", "looking", elsewhere)
    await stage.passes(10)

    assert "Nobody is on it yet" in text_of(stage.shown()[0])


async def test_the_button_of_an_old_incident_says_nothing_about_a_new_one(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(5)
    value = button_of(stage.shown()[0])["value"]
    for event in (BACK, DOWN):
        process.feed.notice(event)
        await stage.passes(10)
    new = stage.shown()[1]
    button_of(new)["value"] = value
    await stage.server.clicks(TEAM, OPS, new.ts, "U1", "ops_ack")
    await stage.passes(5)

    assert "Nobody is on it yet" in text_of(stage.shown()[1])


async def test_an_incident_that_is_over_in_time_calls_nobody(stage: Stage) -> None:
    process = await stage.begin()
    process.feed.notice(DOWN)
    await stage.passes(200)
    process.feed.notice(BACK)
    await stage.passes(1500, 5)

    assert len(stage.thread()) == 1
    assert "Recovered" in stage.thread()[0]
