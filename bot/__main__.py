"""The command `copilot`: a group whose commands are loaded only when they are called."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

import click

from bot.errors import BotError, SettingsRefused
from bot.version import VERSION
from channels.errors import ChannelError
from routing.errors import RoutingError

HELP_OF: Mapping[str, str] = MappingProxyType(
    {
        "serve": "Start the bot: web chat, widget and health checks.",
        "chat": "Talk to a running bot in the terminal.",
        "desk": "Answer escalated conversations as a human.",
        "doctor": "Name what is missing or wrong, and how to mend it.",
        "policy": "Check, explain and compare policy files.",
        "knowledge": "Add, list and search the articles that ground answers.",
        "intents": "Train and measure the intents of a policy.",
        "billing": "Show what was spent, by model, intent, channel or day.",
        "keys": "Make, list and revoke the keys of the HTTP API.",
        "audit": "Verify and export the record of every decision.",
    }
)
"""What each command is for; stands here so that `copilot --help` imports none of them."""


class BadSetting(click.ClickException):
    """An option or environment variable is wrong: bad use, exit code 2."""

    exit_code = 2


class Commands(click.Group):
    """The commands of `bot/commands`, in the order of HELP_OF; one that has no file is left out."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that exist."""
        return [name for name in HELP_OF if find_spec(f"bot.commands.{name}") is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None when there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"bot.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP_OF[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what it refuses becomes a message and an exit code.

        Raises:
            click.ClickException: with exit code 1, or 2 when a setting is wrong.
        """
        try:
            result: object = super().invoke(ctx)
            return result
        except SettingsRefused as error:
            raise BadSetting(str(error)) from None
        except (RoutingError, BotError, ChannelError) as error:
            raise click.ClickException(str(error) or type(error).__name__) from None
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise click.ClickException(f"{error.strerror or error}{where}") from None


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: copilot serve --port 8080",
)
@click.version_option(VERSION, prog_name="copilot")
def copilot() -> None:
    """A support copilot: redacts, picks the cheapest good-enough model, streams, hands over."""


def main() -> None:
    """Run the command line and exit."""
    copilot(prog_name="copilot")


if __name__ == "__main__":
    main()
