"""The API of the product as it is started: keys from the command line, a fuzzer at the door."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.product import Product, running

pytestmark = pytest.mark.slow


async def made_key(product: Product, *options: str) -> str:
    """Return a new key of the running product."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "keys", "create", *options, "--data", str(product.data),
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode().strip()


async def test_a_key_made_while_it_runs_opens_the_api_and_the_help_centre_answers(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product, aiohttp.ClientSession() as http:
        body = {"messages": [{"role": "user", "content": "I lost my card, what now?"}]}
        url = f"{product.url}/v1/route"
        async with http.post(url, json=body) as answer:
            closed = answer.status
        headers = {"Authorization": f"Bearer {await made_key(product)}"}
        async with http.post(url, json=body, headers=headers) as answer:
            routed = await answer.json()

        assert closed == 401
        assert routed["routing"]["model"] == "offline"
        assert routed["citations"] != []
        assert headers["Authorization"].split()[1] not in product.log.read_text()


async def test_a_fuzzer_finds_no_fault_in_what_the_document_promises(tmp_path: Path) -> None:
    async with running(tmp_path, {"COPILOT_API_PER_S": "10000"}) as product:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            "--no-color", "run", f"{product.url}/v1/openapi.json", "--url", product.url,
            "-H", f"Authorization: Bearer {await made_key(product, '--test')}",
            "--phases", "coverage,fuzzing", "--max-examples", "2", "--seed", "1",
            # What no schema says, such as that the last message is the user's, is refused, too.
            "--exclude-checks", "positive_data_acceptance",
            "--generation-database", "none", "--warnings", "off",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(180):
            output, _ = await process.communicate()

        assert process.returncode == 0, output.decode()[-4000:]
