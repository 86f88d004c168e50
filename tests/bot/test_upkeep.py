"""Parts that run as long as the process does."""

import asyncio

import pytest

from bot.upkeep import AGAIN_S, Upkeep


async def test_a_part_that_fails_is_logged_without_its_words_and_begun_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rested: list[float] = []
    ended = asyncio.Event()

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    async def work() -> None:
        if len(rested) < 2:
            raise ValueError("what a customer said")
        ended.set()

    upkeep = Upkeep("sms", rest)
    upkeep.keep("outlet", work)
    async with asyncio.timeout(5):
        await ended.wait()
    await upkeep.close()

    assert rested == [AGAIN_S, AGAIN_S]
    assert [record.message for record in caplog.records] == ["sms.part_failed"] * 2
    assert "what a customer said" not in caplog.text


async def test_what_runs_is_ended_with_the_room() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    upkeep = Upkeep("voice")
    upkeep.keep("pruning", work)
    await begun.wait()
    await upkeep.close()

    assert cancelled.is_set()
