"""Tools in a call: what was looked up stays kept, whoever interrupts whom."""

import asyncio
from pathlib import Path

import pytest

from routing.models.scripted import Hold, Script
from tests.bot.stage import END, words
from tests.bot.turns.test_turn_tools import KYC, LOOKUP, QUESTION, asks, whole
from tests.bot.voice.stage import on_the_line


@pytest.mark.promise("V40")
async def test_what_a_tool_has_found_is_kept_although_the_answer_was_interrupted(
    tmp_path: Path,
) -> None:
    half: Script = (*words("It waits for you: upload the "), Hold(asyncio.Event()), END)
    scripts = (asks(LOOKUP), half, whole("Upload the photo again."))
    async with on_the_line(tmp_path, scripts, policy=KYC) as call:
        await call.says(QUESTION)
        await call.until(lambda: "waits" in call.line.spoken)
        await call.cuts_in("It waits")
        await call.says("What about my ticket?")
        await call.answered()
        (kept,) = await call.kept("tool")
        told = [result for m in call.stage.model.requests[-1].messages for result in m.results]

        assert "waiting for the customer" in kept["result"][1]
        assert kept["tries"] == 1
        assert [result.text for result in told] == [kept["result"][1]]
