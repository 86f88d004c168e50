"""What of an answer was heard, by what the vendor says was played."""

import asyncio
from pathlib import Path

import pytest

from bot.transcript import lines_of
from tests.bot.stage import ANSWER
from tests.bot.voice.stage import on_the_line
from tests.bot.voice.test_call import ASKED, half_said, held


@pytest.mark.promise("V38")
async def test_what_the_vendor_says_was_played_is_kept_when_its_utterance_is_nothing_we_said(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()),)) as call:
        await half_said(call)
        await call.told("tokensPlayed", "Your card arrives")
        await call.cuts_in("zzz yyy")
        await call.stage.until_idle()

        assert lines_of(await call.events())[-1].text == "Your card arrives"


async def test_who_hangs_up_while_a_finished_answer_plays_has_heard_what_was_played(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()
        await call.told("tokensPlayed", "your card arrives in five working days")
        await call.callee.gone(1000)
        await call.stage.until_idle()
        last = (await call.ended())[-1]

        assert (last.status, last.text) == (
            "interrupted",
            "Your card arrives in five working days",
        )


@pytest.mark.parametrize("reports", [("A", "B"), ()])
async def test_an_answer_that_was_played_whole_or_of_which_nobody_knows_stays_whole(
    tmp_path: Path, reports: tuple[str, ...]
) -> None:
    first, _, second = ANSWER.partition("[1]. ")
    clauses = {"A": f"{first}[1].", "B": second}
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()
        for report in reports:
            await call.told("tokensPlayed", clauses[report])
        await call.callee.gone(1000)
        await call.stage.until_idle()

        assert [(one.status, one.text) for one in await call.ended()] == [("done", ANSWER)]
