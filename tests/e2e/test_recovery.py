"""The line cut after every token, and the server killed in mid-answer: the text is the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from channels.client import ChatClient, ClientTerms
from channels.wire.web_seen import Delta, Ended, Received
from tests.e2e.product import Product, running
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.server import Emulator

pytestmark = pytest.mark.slow
WAIT_S = 60.0
AT_ONCE = ClientTerms(first_delay_s=0.02, longest_delay_s=0.1, going_away_s=0.1)
QUESTION = "How do I order a new card?"
LONG = " ".join(f"word{number}." for number in range(200))
POLICY = """
tenant: aurelis
version: recovery
pace: {quiet_s: 0.0}
default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}, max_output_tokens: 2000}
"""


@asynccontextmanager
async def answering(folder: Path, pace_s: float) -> AsyncIterator[tuple[Product, Emulator]]:
    """Run the product against a vendor that says 200 words, one every `pace_s` seconds."""
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    async with AnthropicEmulator(LONG, pace_s) as vendor:
        environment = {
            "ANTHROPIC_API_KEY": "test",
            "ANTHROPIC_BASE_URL": vendor.url,
            "COPILOT_POLICY": str(policy),
        }
        async with running(folder, environment) as product:
            yield product, vendor


async def read_until_end(client: ChatClient, received: list[Received]) -> Ended:
    """Read frames until the answer ends."""
    async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
        async for frame in frames:
            if isinstance(frame, Received):
                received.append(frame)
            if isinstance(frame, Ended):
                return frame
    raise AssertionError("the conversation ended without an answer")


@pytest.mark.promise("B5", "W90")
async def test_cut_after_every_delta_the_text_is_the_uninterrupted_text(tmp_path: Path) -> None:
    async with answering(tmp_path, 0.005) as (product, _):
        async with ChatClient(product.url, "pk_demo", AT_ONCE) as client:
            await client.say(QUESTION)
            cuts = 0
            async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
                async for frame in frames:
                    if isinstance(frame, Delta):
                        cuts += 1
                        await client.cut()
                    if isinstance(frame, Ended):
                        break

            assert isinstance(frame, Ended)
            assert frame.text == LONG
            assert client.screen.text_of(frame.message_id) == LONG
            assert cuts > 5


@pytest.mark.promise("O1", "B5", "W94")
async def test_killed_in_mid_answer_ten_times_the_answer_is_completed_after_each_restart(
    tmp_path: Path,
) -> None:
    async with answering(tmp_path, 0.004) as (product, _):
        for round_ in range(10):
            async with ChatClient(product.url, "pk_demo", AT_ONCE) as client:
                await client.say(f"{QUESTION} ({round_})")
                deltas = 0
                async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
                    async for frame in frames:
                        if isinstance(frame, Delta):
                            deltas += 1
                        if isinstance(frame, Delta) and deltas == round_ + 1:
                            await product.kill()
                            await product.start()
                        if isinstance(frame, Ended):
                            break

                assert isinstance(frame, Ended)
                assert (frame.text, frame.status) == (LONG, "done")
                assert client.screen.text_of(frame.message_id) == LONG


@pytest.mark.promise("O1", "B3")
async def test_killed_right_after_the_acknowledgement_the_question_is_answered(
    tmp_path: Path,
) -> None:
    async with answering(tmp_path, 0.0) as (product, _):
        async with ChatClient(product.url, "pk_demo", AT_ONCE) as client:
            await client.say(QUESTION)
            async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
                async for frame in frames:
                    if type(frame).__name__ == "Accepted":
                        await product.kill()
                        await product.start()
                    if isinstance(frame, Ended):
                        break

            assert isinstance(frame, Ended)
            assert frame.text == LONG


@pytest.mark.promise("O2", "W100")
async def test_told_to_end_the_running_answer_is_finished_first(tmp_path: Path) -> None:
    async with answering(tmp_path, 0.005) as (product, vendor):
        async with ChatClient(product.url, "pk_demo", AT_ONCE) as client:
            await client.say(QUESTION)
            ending: asyncio.Task[int] | None = None
            async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
                async for frame in frames:
                    if isinstance(frame, Delta) and ending is None:
                        ending = asyncio.ensure_future(product.terminate())
                    if isinstance(frame, Ended):
                        break

            assert ending is not None
            assert isinstance(frame, Ended)
            assert (frame.text, frame.status) == (LONG, "done")
            assert await ending == 0
            assert not vendor.left_early.is_set()
