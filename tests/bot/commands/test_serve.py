"""How the server begins and ends, inside the test's process."""

import asyncio
import os
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.serve import command, serve
from bot.errors import SettingsRefused
from bot.settings import Settings
from routing.errors import PolicyRefused
from tests.e2e.product import free_port

POLICY = "tenant: aurelis\nversion: serve\ndefault: {models: [claude-haiku-4.5]}\n"


def settings(folder: Path, policy: str = POLICY) -> Settings:
    path = folder / "policy.yaml"
    path.write_text(policy)
    return Settings(data=folder / "data", policy=path, port=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "eighty"), "'eighty' is not a valid integer range"),
        (("--port", "65536"), "65536 is not in the range 0<=x<=65535"),
        (("--policy", "nowhere.yaml"), "File 'nowhere.yaml' does not exist"),
    ],
)
def test_a_wrong_option_is_bad_use(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 2
    assert words in result.output


async def test_a_wrong_policy_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match=r"policy\.yaml:1: tenant"):
        await serve(settings(tmp_path, "tenant: [a]\nversion: 1\n"))
    assert not (tmp_path / "data").exists()


async def test_a_data_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(SettingsRefused, match="COPILOT_DATA_DIR"):
        await serve(settings(tmp_path))


@pytest.mark.slow
async def test_a_port_in_use_is_an_error_that_leaves_nothing_running(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            await serve(replace(settings(tmp_path), port=port))
    assert asyncio.all_tasks() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_and_ends_when_told(
    tmp_path: Path, name: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    serving = asyncio.ensure_future(serve(replace(settings(tmp_path), port=port)))
    async with asyncio.timeout(30):
        await until_open(port)
        os.kill(os.getpid(), name)
        await serving

    assert capsys.readouterr().out == f"Ready: http://127.0.0.1:{port} (Ctrl-C ends it)\n"


async def until_open(port: int) -> None:
    """Return once somebody listens."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
