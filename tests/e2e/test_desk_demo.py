"""`make desk-demo`: one command, two addresses, and Ctrl-C ends both."""

import asyncio
import os
import signal
import sys

import aiohttp
import pytest

from tests.e2e.product import free_port

pytestmark = pytest.mark.slow
READY_S = 60.0


async def test_the_demo_serves_a_bot_that_its_slack_can_talk_to_until_ctrl_c() -> None:
    desk, bot = free_port(), free_port()
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "DESK_PORT": str(desk), "PORT": str(bot)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.slack.demo"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            told = await process.stdout.readuntil(b"Ctrl-C")
        act = {"as": "U1", "act": "command", "channel": "C1", "command": "/support"}
        origin = f"http://127.0.0.1:{desk}"
        async with aiohttp.ClientSession(headers={"Origin": origin}) as http:
            async with http.get(f"http://127.0.0.1:{bot}/") as answer:
                assert answer.status == 200
            async with http.post(f"{origin}/page/act", json=act) as answer:
                assert await answer.json() == {"ok": True, "status": 200, "error": ""}
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(READY_S):
            _, complaints = await process.communicate()

        assert f"http://127.0.0.1:{bot} ".encode() in told
        assert f"{origin} ".encode() in told
        assert (process.returncode, complaints) == (0, b"")
        async with aiohttp.ClientSession() as http:
            for port in (desk, bot):
                with pytest.raises(aiohttp.ClientConnectionError):
                    await http.get(f"http://127.0.0.1:{port}/")
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
