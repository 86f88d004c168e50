"""The customer says more at the very moment in which an answer is about to be seen."""

import asyncio
from pathlib import Path

import pytest

from bot.log import MessageAccepted, MessageStarted
from bot.privacy.redact import published
from bot.stores.base import Draft, HeadChange, Write
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, says, staged, words


@pytest.mark.promise("B1")
async def test_nothing_is_shown_to_a_customer_who_has_said_more(tmp_path: Path) -> None:
    """His words are in the log, and nobody has told the turn yet."""
    go_on = asyncio.Event()
    first: Script = (Hold(go_on), *words("It arrives in five days."), END)
    async with staged(tmp_path, [first, says(ANSWER)]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until_asked()
        head = await stage.head()
        second = MessageAccepted("c2", "c-2", published("And the PIN?"))
        await stage.services.scribe.write(
            Write(
                head.conversation,
                stage.services.clock.now(),
                events=(Draft(second, "customer"),),
                change=HeadChange(asked=True),
            )
        )
        go_on.set()
        events = await stage.until_idle()

        assert not any(isinstance(event.body, MessageStarted) for event in events)
        assert [turn["outcome"] for turn in await stage.turns()] == ["superseded"]
        await stage.manager.recover()
        answers = await stage.answers()
        asked = [message.text for message in stage.model.requests[-1].messages]
        assert [answer.text for answer in answers] == [ANSWER]
        assert asked == ["When will my card arrive?", "And the PIN?"]
