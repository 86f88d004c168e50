"""Who is interrupted, when, and with what."""

import asyncio

import pytest

from routing.errors import FailureKind, ModelFailed
from routing.execution.watchdog import Timeouts, Watchdog

HASTY = Timeouts(first_token_s=0.02, idle_s=0.02, total_s=5)


async def silence(watchdog: Watchdog) -> None:
    with watchdog:
        await asyncio.get_running_loop().create_future()


async def test_silence_inside_is_a_failure_and_the_task_goes_on() -> None:
    watchdog = Watchdog(HASTY)
    with pytest.raises(ModelFailed) as failed:
        await silence(watchdog)
    await asyncio.sleep(0)

    task = asyncio.current_task()
    assert failed.value.kind is FailureKind.TIMEOUT_FIRST
    assert task is not None
    assert task.cancelling() == 0


async def test_after_text_the_silence_is_called_idle() -> None:
    watchdog = Watchdog(HASTY)
    watchdog.saw_text()
    watchdog.saw_text()
    with pytest.raises(ModelFailed) as failed:
        await silence(watchdog)

    assert failed.value.kind is FailureKind.TIMEOUT_IDLE


async def test_the_whole_has_a_limit_of_its_own() -> None:
    watchdog = Watchdog(Timeouts(first_token_s=5, idle_s=5, total_s=0.02))
    with pytest.raises(ModelFailed) as failed:
        await silence(watchdog)

    assert failed.value.kind is FailureKind.TIMEOUT_TOTAL


async def test_nobody_is_interrupted_outside() -> None:
    watchdog = Watchdog(HASTY)
    await asyncio.sleep(0.07)
    with watchdog:
        await asyncio.sleep(0)
    watchdog.stop()


async def test_a_wait_that_begins_late_has_its_whole_time() -> None:
    loop = asyncio.get_running_loop()
    watchdog = Watchdog(HASTY)
    await asyncio.sleep(0.03)
    began_at = loop.time()
    with pytest.raises(ModelFailed):
        await silence(watchdog)

    assert loop.time() - began_at >= HASTY.first_token_s - 0.005


async def test_a_cancellation_from_outside_passes_through() -> None:
    watchdog = Watchdog(Timeouts())
    task = asyncio.get_running_loop().create_task(silence(watchdog))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    watchdog.stop()

    assert task.cancelled()


async def test_a_cancellation_from_outside_wins_over_the_watchdogs_own() -> None:
    """Both in one turn of the loop: the timer has fired, the task has not run since."""
    watchdog = Watchdog(Timeouts())
    task = asyncio.get_running_loop().create_task(silence(watchdog))
    await asyncio.sleep(0)
    watchdog._expire(FailureKind.TIMEOUT_IDLE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    watchdog.stop()

    assert task.cancelled()


async def test_an_error_of_the_model_is_not_replaced_by_the_timeout() -> None:
    watchdog = Watchdog(HASTY)

    async def stubborn() -> None:
        with watchdog:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                raise ModelFailed(FailureKind.CUT) from None

    with pytest.raises(ModelFailed) as failed:
        await stubborn()

    task = asyncio.current_task()
    assert failed.value.kind is FailureKind.CUT
    assert task is not None
    assert task.cancelling() == 0


async def test_a_vendor_that_says_it_works_has_longer_until_its_next_text() -> None:
    watchdog = Watchdog(Timeouts(first_token_s=0.01, idle_s=0.01, total_s=5, thinking_s=0.05))
    loop = asyncio.get_running_loop()
    watchdog.saw_text()
    watchdog.saw_thinking()
    began_at = loop.time()
    with pytest.raises(ModelFailed) as failed:
        await silence(watchdog)

    assert failed.value.kind is FailureKind.TIMEOUT_IDLE
    assert loop.time() - began_at >= 0.045


async def test_after_the_next_text_the_idle_limit_holds_again() -> None:
    watchdog = Watchdog(Timeouts(first_token_s=0.01, idle_s=0.01, total_s=5, thinking_s=4))
    watchdog.saw_thinking()
    watchdog.saw_text()
    async with asyncio.timeout(2):
        with pytest.raises(ModelFailed):
            await silence(watchdog)


async def test_the_idle_limit_may_be_the_models_own() -> None:
    watchdog = Watchdog(Timeouts(first_token_s=5, idle_s=5, total_s=5), idle_s=0.01)
    watchdog.saw_text()
    async with asyncio.timeout(2):
        with pytest.raises(ModelFailed) as failed:
            await silence(watchdog)

    assert failed.value.kind is FailureKind.TIMEOUT_IDLE
