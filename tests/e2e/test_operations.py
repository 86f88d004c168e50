"""What an operator sees: health, metrics, the doctor, and how the process begins and ends."""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from channels.wire.web_seen import Delta
from tests.e2e.product import Product, running
from tests.e2e.visitor import WAIT_S, is_ended, visiting
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.server import Emulator

pytestmark = pytest.mark.slow

POLICY = """
tenant: aurelis
version: operations
pace: {quiet_s: 0.0}
default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}}
"""
BROKEN = """tenant: aurelis
version: broken
default:
  models: [claude-haiku-4.5]
  budget: {max_cost_usd: a lot}
"""


async def get(url: str) -> tuple[int, str]:
    """Return status and body."""
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def until(url: str, is_wanted: Callable[[tuple[int, str]], bool]) -> tuple[int, str]:
    """Return the first answer that is wanted."""
    async with asyncio.timeout(WAIT_S):
        while not is_wanted(answer := await get(url)):  # noqa: ASYNC110 - HTTP has no event for it
            await asyncio.sleep(0.02)
    return answer


async def copilot(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run a command to its end; returns exit code, output and errors."""
    usual = {"PATH": os.defpath, "LANG": "C.UTF-8", "COPILOT_DATA_DIR": str(folder / "data")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        env=usual | dict(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WAIT_S):
            out, error = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(), error.decode()


@asynccontextmanager
async def answering(folder: Path) -> AsyncIterator[tuple[Product, Emulator]]:
    """Run the product against a vendor."""
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    async with AnthropicEmulator() as vendor:
        environment = {
            "ANTHROPIC_API_KEY": "test",
            "ANTHROPIC_BASE_URL": vendor.url,
            "COPILOT_POLICY": str(policy),
        }
        async with running(folder, environment) as product:
            yield product, vendor


def samples_of(answer: tuple[int, str]) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and labels; fails when it is not Prometheus' text."""
    return {
        (sample.name, *sorted(map("=".join, sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer[1])
        for sample in family.samples
    }


async def test_a_process_that_runs_is_healthy_and_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as product:
        health = await get(f"{product.url}/healthz")
        ready = await get(f"{product.url}/readyz")

        assert (health[0], json.loads(health[1])) == (200, {"status": "ok"})
        assert (ready[0], json.loads(ready[1])) == (200, {"status": "ok", "store": "up"})


@pytest.mark.promise("O2")
async def test_a_process_that_drains_is_healthy_and_not_ready_until_the_last_answer_is_whole(
    tmp_path: Path,
) -> None:
    async with answering(tmp_path) as (product, vendor), visiting(product.url) as visitor:
        gate = asyncio.Event()
        vendor.plans.queue.append(Plan(Fault.EOF, 5, gate=gate))
        await visitor.client.say("How do I order a new card?")
        await visitor.until(lambda frame: isinstance(frame, Delta))
        ending = asyncio.ensure_future(product.terminate())
        draining = await until(f"{product.url}/readyz", lambda answer: answer[0] != 200)
        health = await get(f"{product.url}/healthz")
        gate.set()
        await visitor.until(is_ended)

        assert (draining[0], json.loads(draining[1])) == (503, {"status": "draining"})
        assert health[0] == 200
        assert await ending == 0


async def test_told_to_end_with_nothing_to_do_it_ends_well_and_says_nothing(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product:
        code = await product.terminate()
        events = [json.loads(line)["event"] for line in product.log.read_text().splitlines()]

        assert code == 0
        assert events == ["app.ready", "app.draining"]


async def test_a_turn_is_counted_with_its_cost_in_prometheus_words(tmp_path: Path) -> None:
    async with answering(tmp_path) as (product, _), visiting(product.url) as visitor:
        await visitor.ask("How do I order a new card?")
        counted = ("copilot_turns_total", "model=claude-haiku-4.5", "outcome=answered")
        answer = await until(f"{product.url}/metrics", lambda got: counted in samples_of(got))
        samples = samples_of(answer)

        assert samples[counted] == 1
        assert samples["copilot_messages_total",] == 1
        assert samples["copilot_cost_usd_total", "model=claude-haiku-4.5"] > 0
        assert samples["copilot_web_views",] == 1


async def test_an_unknown_path_of_the_api_is_json_and_any_other_plain(tmp_path: Path) -> None:
    async with running(tmp_path) as product:
        status, text = await get(f"{product.url}/v1/nothing")

        assert (status, json.loads(text)["error"]["type"]) == (404, "not_found")
        assert (await get(f"{product.url}/nothing"))[0] == 404


async def test_a_broken_policy_is_named_with_its_line_and_no_traceback(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(BROKEN)
    code, out, error = await copilot(tmp_path, "serve", "--port", "0", "--policy", str(policy))

    assert (code, out) == (1, "")
    assert error.startswith(f"Error: {policy}:5: default.budget.max_cost_usd: ")
    assert "Traceback" not in error
    assert len(error.splitlines()) == 1


async def test_a_database_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "copilot.db").write_bytes(bytes(range(256)) * 64)
    code, out, error = await copilot(tmp_path, "serve", "--port", "0")

    assert (code, out) == (1, "")
    assert error.startswith("Error: cannot open the database")
    assert len(error.splitlines()) == 1


async def test_a_log_level_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    _, _, error = await copilot(tmp_path, "serve", environment={"COPILOT_LOG_LEVEL": "LOUD"})

    assert "COPILOT_LOG_LEVEL" in error
    assert "Traceback" not in error


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, error = await copilot(tmp_path, "serve", "--port", str(port))
    told = [line for line in error.splitlines() if not line.startswith("{")]

    assert (code, out) == (1, "")
    assert len(told) == 1
    assert re.match(rf"Error: .*127\.0\.0\.1.*{port}.*in use", told[0])


@pytest.mark.promise("O1")
async def test_a_second_process_on_the_same_data_and_port_disturbs_no_answer(
    tmp_path: Path,
) -> None:
    async with answering(tmp_path) as (product, vendor), visiting(product.url) as visitor:
        vendor.plans.queue.append(Plan(Fault.STALL_WITH_PINGS, 5))
        await visitor.client.say("How do I order a new card?")
        await visitor.until(lambda frame: isinstance(frame, Delta))
        policy = str(tmp_path / "policy.yaml")
        code, _, error = await copilot(
            tmp_path, "serve", environment={"PORT": str(product.port), "COPILOT_POLICY": policy}
        )

        assert code == 1
        assert '"recovered": 1' not in error


async def findings(folder: Path, *arguments: str, **environment: str) -> tuple[int, Any]:
    """Return the doctor's exit code, and what it found by subject."""
    code, out, error = await copilot(
        folder, "doctor", "--json", *arguments, environment=environment
    )
    assert error == ""
    return code, {found["about"]: (found["state"], found["message"]) for found in json.loads(out)}


async def test_the_doctor_finds_a_fresh_place_in_order(tmp_path: Path) -> None:
    code, found = await findings(tmp_path, PORT="0")

    assert code == 0
    assert {state for state, _ in found.values()} == {"ok", "note"}
    assert found["policy"][0] == found["data folder"][0] == found["port"][0] == "ok"
    assert found["claude-haiku-4.5"] == ("note", "not used: set ANTHROPIC_API_KEY to use it")
    assert found["offline"][0] == "ok"


async def test_the_doctor_sees_keys_and_the_sandbox(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.replace("haiku-4.5]", "haiku-4.5, gpt-5.5]"))
    both = ("--policy", str(policy))
    _, with_key = await findings(tmp_path, *both, ANTHROPIC_API_KEY="test")
    _, simulated = await findings(tmp_path, *both, COPILOT_SANDBOX="1")

    assert with_key["claude-haiku-4.5"] == ("ok", "a key is set")
    assert with_key["gpt-5.5"] == ("note", "not used: set OPENAI_API_KEY to use it")
    assert simulated["gpt-5.5"] == ("note", "simulated, since COPILOT_SANDBOX is set")


async def test_the_doctor_names_the_line_of_a_wrong_policy(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(BROKEN)
    code, found = await findings(tmp_path, "--policy", str(policy))

    assert code == 1
    assert found["policy"][0] == "wrong"
    assert found["policy"][1].startswith(f"{policy}:5: default.budget.max_cost_usd: ")


async def test_the_doctor_names_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    code, found = await findings(tmp_path)

    assert code == 1
    assert found["data folder"][0] == "wrong"
    assert "COPILOT_DATA_DIR" in found["data folder"][1]


async def test_the_doctor_names_a_setting_that_cannot_be(tmp_path: Path) -> None:
    code, found = await findings(tmp_path, PORT="eighty")
    shown = await copilot(tmp_path, "doctor", environment={"PORT": "eighty"})

    assert code == 1
    assert found["environment"] == ("wrong", "PORT is 'eighty', expected a number from 0 to 65535")
    assert "✗ environment: PORT is 'eighty'" in shown[1]
    assert shown[0] == 1
