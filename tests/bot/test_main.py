"""The command line as a whole: what it lists, what it loads, and how it fails."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.__main__ import HELP_OF, Commands, copilot, main
from bot.errors import BotRefused, SettingsRefused
from channels.errors import ChannelRefused
from routing.errors import NoModelLeft

ROOT = Path(__file__).parent.parent.parent
EXISTING = {path.stem for path in (ROOT / "bot" / "commands").glob("[a-z]*.py")}


def failing(error: Exception) -> Commands:
    """Return a group with one command that fails."""

    class Failing(Commands):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            def fail() -> None:
                raise error

            return click.Command("fail", callback=fail)

    return Failing("copilot")


def test_help_lists_the_commands_that_exist_with_what_they_are_for() -> None:
    shown = CliRunner().invoke(copilot, ["--help"])

    assert shown.exit_code == 0
    for name, words in HELP_OF.items():
        assert (words in shown.output) is (name in EXISTING)
    assert "Example: copilot serve" in shown.output


def test_every_command_has_its_line_of_help() -> None:
    assert set(HELP_OF) >= EXISTING


@pytest.mark.parametrize("name", sorted(EXISTING))
def test_a_command_is_found_and_shows_an_example(name: str) -> None:
    shown = CliRunner().invoke(copilot, [name, "--help"])

    assert shown.exit_code == 0
    assert "Example" in shown.output


def test_an_unknown_command_is_bad_use() -> None:
    shown = CliRunner().invoke(copilot, ["serv"])

    assert shown.exit_code == 2
    assert "No such command 'serv'" in shown.output


def test_the_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(copilot, ["--version"])

    assert shown.output == f"copilot, version {version('support-copilot')}\n"


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (NoModelLeft("no model is left"), 1, "no model is left"),
        (BotRefused("it cannot be done"), 1, "it cannot be done"),
        (BotRefused(), 1, "BotRefused"),
        (ChannelRefused("unknown_site"), 1, "unknown_site"),
        (SettingsRefused("PORT 'x', expected a number"), 2, "PORT 'x', expected a number"),
        (FileNotFoundError(2, "No such file", "/a/b"), 1, "No such file: /a/b"),
        (OSError("the port is in use"), 1, "the port is in use"),
    ],
)
def test_what_a_command_refuses_is_one_line_and_an_exit_code(
    error: Exception, exit_code: int, words: str
) -> None:
    shown = CliRunner().invoke(failing(error), ["fail"])

    assert (shown.exit_code, shown.output) == (exit_code, f"Error: {words}\n")


def test_a_mistake_of_ours_is_not_hidden() -> None:
    shown = CliRunner().invoke(failing(AssertionError("ours")), ["fail"])

    assert isinstance(shown.exception, AssertionError)


def test_the_entry_point_runs_the_group_and_exits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["anything", "--version"])

    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("copilot, version ")


@pytest.mark.slow
def test_help_loads_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from bot.__main__ import copilot\n"
        "CliRunner().invoke(copilot, ['--help'])\n"
        "print(*sys.modules)\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()

    assert not [name for name in loaded if name.startswith("bot.commands.")]
    assert not set(loaded) & {"aiohttp", "numpy", "pydantic", "rich", "yaml"}


@pytest.mark.slow
def test_the_module_runs_like_the_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "bot", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert shown.stdout.startswith("Usage: copilot [OPTIONS] COMMAND")
