"""The line cut after every token, and the server killed in mid-answer: the text is the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from channels.client import ChatClient, ClientTerms
from channels.wire.web_seen import Accepted, Delta, Ended, Received, ServerFrame
from tests.e2e.product import Product, running
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.server import Emulator

pytestmark = pytest.mark.slow
WAIT_S = 60.0
AT_ONCE = ClientTerms(first_delay_s=0.02, longest_delay_s=0.1, going_away_s=0.1)
QUESTION = "How do I order a new card?"
LETTERS = "abcdefghij"
LONG = " ".join(
    "token" + "".join(LETTERS[int(digit)] for digit in f"{number:03}") for number in range(200)
)
"""200 tokens, each of its own; without digits, which a redactor must look at longer."""
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


async def until_ended(
    client: ChatClient, meanwhile: Callable[[ServerFrame], Awaitable[None]]
) -> Ended:
    """Read frames until the answer ends, doing something at each."""
    async with asyncio.timeout(WAIT_S), aclosing(client.frames()) as frames:
        async for received in frames:
            if isinstance(received, Received):
                await meanwhile(received.frame)
                if isinstance(received.frame, Ended):
                    return received.frame
    raise AssertionError("the conversation ended without an answer")


@pytest.mark.promise("B5", "W90")
async def test_cut_after_every_token_the_text_is_the_uninterrupted_text(tmp_path: Path) -> None:
    """A token every 60 ms, so that each comes as a delta of its own: coalescing takes 40 ms."""
    cuts = 0

    async with (
        answering(tmp_path, 0.06) as (product, _),
        ChatClient(product.url, "pk_demo", AT_ONCE) as client,
    ):

        async def cut(frame: ServerFrame) -> None:
            nonlocal cuts
            if isinstance(frame, Delta):
                cuts += 1
                await client.cut()

        await client.say(QUESTION)
        ended = await until_ended(client, cut)

        assert (ended.text, ended.status) == (LONG, "done")
        assert client.screen.text_of(ended.message_id) == LONG
        assert cuts > 100


@pytest.mark.promise("O1", "B5", "W94")
async def test_killed_in_mid_answer_five_times_the_answer_is_completed_after_each_restart(
    tmp_path: Path,
) -> None:
    async with answering(tmp_path, 0.004) as (product, _):
        for fifth in range(5):
            seen_chars, kills = 0, 0

            async def kill(frame: ServerFrame, fifth: int = fifth) -> None:
                nonlocal seen_chars, kills
                if isinstance(frame, Delta) and not kills:
                    seen_chars += len(frame.text)
                    if seen_chars > len(LONG) * fifth / 5:
                        kills += 1
                        await product.kill()
                        await product.start()

            async with ChatClient(product.url, "pk_demo", AT_ONCE) as client:
                await client.say(f"{QUESTION} ({fifth})")
                ended = await until_ended(client, kill)

                assert (ended.text, ended.status) == (LONG, "done")
                assert client.screen.text_of(ended.message_id) == LONG
                assert kills == 1


@pytest.mark.promise("O1", "B3")
async def test_killed_right_after_the_acknowledgement_the_question_is_answered(
    tmp_path: Path,
) -> None:
    async with (
        answering(tmp_path, 0.0) as (product, _),
        ChatClient(product.url, "pk_demo", AT_ONCE) as client,
    ):
        kills = 0

        async def kill(frame: ServerFrame) -> None:
            nonlocal kills
            if isinstance(frame, Accepted) and not kills:
                kills += 1
                await product.kill()
                await product.start()

        await client.say(QUESTION)
        ended = await until_ended(client, kill)

        assert (ended.text, kills) == (LONG, 1)


@pytest.mark.promise("O2", "W100")
async def test_told_to_end_the_running_answer_is_finished_first(tmp_path: Path) -> None:
    endings: list[asyncio.Task[int]] = []

    async with (
        answering(tmp_path, 0.005) as (product, vendor),
        ChatClient(product.url, "pk_demo", AT_ONCE) as client,
    ):

        async def terminate(frame: ServerFrame) -> None:
            if isinstance(frame, Delta) and not endings:
                endings.append(asyncio.ensure_future(product.terminate()))

        await client.say(QUESTION)
        ended = await until_ended(client, terminate)

        assert (ended.text, ended.status) == (LONG, "done")
        assert await endings[0] == 0
        assert not vendor.left_early.is_set()
