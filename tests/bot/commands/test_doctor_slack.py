"""What the doctor finds by asking Slack; it is asked over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.clock import Clock
from bot.commands.doctor import command
from bot.privacy.vault import VaultKey
from bot.secret import kept_secret
from bot.settings import CABINET_FILE, Settings
from bot.slack.installations import CabinetInstallations
from bot.slack.manifest import SCOPES
from bot.stores.cabinet_sqlite import open_cabinet
from channels.slack.base import Installation, TeamId
from tests.bot.commands.test_doctor import OWN
from tests.emulators.slack import Fault, SlackServer, slack_running
from tests.emulators.slack.oauth import OAuth
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode

ROOT = Path(__file__).parents[3]
PUBLIC = "https://support.example.com"
ALL_WELL = """\
✓ workspace: Aurelis (T1), as @copilot
✓ scopes: all 17 are granted in Aurelis (T1)
✓ COPILOT_HANDOFF_CHANNEL: #support is there, and the bot is in it
✓ COPILOT_OPS_CHANNEL: #ops is there, and the bot is in it
✓ app token: a socket can be opened
"""


@dataclass
class Office:
    """A Slack, and the environment of somebody who sets it up."""

    folder: Path
    server: SlackServer
    oauth: OAuth
    environment: dict[str, str] = field(default_factory=dict)

    async def doctor(self, *arguments: str) -> Result:
        """Run the command beside the Slack that it asks."""
        env = dict.fromkeys(OWN) | self.environment
        runner = CliRunner(env=env)
        given = ["--data", str(self.folder / "data"), "slack", *arguments]
        return await asyncio.to_thread(runner.invoke, command, given)

    async def line(self, about: str) -> str:
        """Return the one line about something."""
        result = await self.doctor()
        (line,) = [one for one in result.output.splitlines() if one[2:].startswith(f"{about}: ")]
        return line

    async def install(self, *installations: Installation) -> None:
        """Keep installations, as the running product does."""
        data = self.folder / "data"
        key = VaultKey(kept_secret(Settings(data=data)))
        cabinet = await open_cabinet(data / CABINET_FILE, key, Clock().now)
        for one in installations:
            await CabinetInstallations(cabinet, Clock()).save(one)
        await cabinet.close()


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    sockets, oauth = SocketMode(), OAuth()
    async with slack_running([sockets.part, oauth.part]) as server:
        team = server.team("T1", "Aurelis")
        server.channel("T1", "C0DESK", "support")
        server.channel("T1", "C0OPS", "ops")
        environment = {
            "SLACK_BOT_TOKEN": team.bot_token,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "COPILOT_SLACK_BASE_URL": server.url,
            "COPILOT_HANDOFF_CHANNEL": "C0DESK",
            "COPILOT_OPS_CHANNEL": "C0OPS",
        }
        try:
            yield Office(folder, server, oauth, environment)
        finally:
            await sockets.close()


async def test_where_all_is_well_each_thing_is_said_once(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        result = await here.doctor()

        assert result.output == ALL_WELL
        assert result.exit_code == 0


async def test_the_same_is_there_as_json_wherever_the_flag_stands(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        found = json.loads((await here.doctor("--json")).output)

        assert {tuple(one) for one in found} == {("state", "about", "message")}
        assert [one["about"] for one in found][:2] == ["workspace", "scopes"]

    before = CliRunner(env=dict.fromkeys(OWN)).invoke(command, ["--json", "slack"])
    assert [one["about"] for one in json.loads(before.output)] == ["slack"]


async def test_no_token_and_no_secret_is_ever_printed(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.environment |= {
            "SLACK_SIGNING_SECRET": "hidden-signing",
            "SLACK_CLIENT_ID": here.oauth.client_id,
            "SLACK_CLIENT_SECRET": "hidden-client",
            "COPILOT_PUBLIC_URL": PUBLIC,
        }
        output = (await here.doctor()).output + (await here.doctor("--json")).output

        assert "hidden" not in output
        assert "xoxb" not in output
        assert "xapp" not in output


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_a_missing_scope_is_named_with_what_is_missing_without_it(
    tmp_path: Path, scope: str
) -> None:
    async with office(tmp_path) as here:
        here.server.team("T1").scopes.discard(scope)
        result = await here.doctor()

        assert f" scope {scope}: missing, and so is: {SCOPES[scope]}\n" in result.output
        assert "1 of 17 are not granted" in result.output
        assert "install the app to the workspace again" in result.output
        is_wrong = scope not in ("channels:join", "chat:write.customize")
        assert result.exit_code == int(is_wrong)


async def test_a_scope_that_is_never_used_is_a_note(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.server.team("T1").scopes |= {"admin", "search:read"}
        result = await here.doctor()

        assert "· scopes: never used, and best taken away: admin, search:read" in result.output
        assert result.exit_code == 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("account_inactive", "the app was removed from the workspace"),
        ("token_revoked", "it was revoked: install the app to the workspace again"),
        ("token_expired", "set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in place"),
        ("org_login_required", "Slack says 'org_login_required'"),
    ],
)
async def test_a_token_that_slack_refuses_is_explained(
    tmp_path: Path, error: str, words: str
) -> None:
    async with office(tmp_path) as here:
        here.server.team("T1").token_error = error
        result = await here.doctor()

        assert result.exit_code == 1
        assert words in await here.line("bot token")
        assert "C0DESK cannot be looked up: no bot is there" in result.output


async def test_a_token_of_nobody_says_where_to_find_the_right_one(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.environment["SLACK_BOT_TOKEN"] = "xoxb-nobody"

        assert "copy it anew" in await here.line("bot token")


@pytest.mark.parametrize("kind", ["server_error", "not_json", "refused"])
async def test_a_slack_that_does_not_answer_is_said_to_be_silent(tmp_path: Path, kind: str) -> None:
    async with office(tmp_path) as here:
        here.server.faults.add(Fault("*", kind, times=0))
        result = await here.doctor()

        assert result.exit_code == 1
        assert "✗ bot token: Slack does not answer" in result.output


async def test_a_slack_that_was_asked_too_often_says_when_to_come_back(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.server.faults.add(Fault("auth.test", "rate", retry_after_s=30))

        assert (await here.line("bot token")).endswith("ask again in 30 s")


async def test_a_private_channel_without_the_bot_is_mended_by_an_invitation(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.server.channel("T1", "C0DESK", is_member=False, kind="group")
        line = await here.line("COPILOT_HANDOFF_CHANNEL")

        assert line.startswith("✗ COPILOT_HANDOFF_CHANNEL: C0DESK is not in Aurelis, or is private")
        assert "/invite @copilot" in line


async def test_a_public_channel_without_the_bot_is_entered_where_it_may(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.server.channel("T1", "C0DESK", is_member=False)
        may = await here.line("COPILOT_HANDOFF_CHANNEL")
        here.server.team("T1").scopes.discard("channels:join")
        may_not = await here.line("COPILOT_HANDOFF_CHANNEL")

        assert may.startswith("· COPILOT_HANDOFF_CHANNEL: #support: the bot is not in it, and ent")
        assert may_not.startswith("✗ COPILOT_HANDOFF_CHANNEL: the bot is not in #support: write")
        assert "`/invite @copilot` in #support" in may
        assert "`/invite @copilot` in #support" in may_not


async def test_a_channel_that_is_archived_or_not_there_is_wrong(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.server.channel("T1", "C0OPS").is_archived = True
        here.environment["COPILOT_HANDOFF_CHANNEL"] = "C0NOWHERE"

        assert "#ops is archived" in await here.line("COPILOT_OPS_CHANNEL")
        assert "C0NOWHERE is not in Aurelis" in await here.line("COPILOT_HANDOFF_CHANNEL")


async def test_channels_that_the_policy_names_are_looked_up_too(tmp_path: Path) -> None:
    demo = (ROOT / "bot" / "demo" / "policy.yaml").read_text("utf-8")
    assert "\ndesk:" not in demo
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"{demo}\ndesk:\n  channels: {{ card-declined: C0CARDS }}\n", "utf-8")
    async with office(tmp_path) as here:
        del here.environment["COPILOT_HANDOFF_CHANNEL"]
        result = await here.doctor("--policy", str(policy))

        assert "✗ desk.channels.card-declined: C0CARDS is not in Aurelis" in result.output
        assert "COPILOT_HANDOFF_CHANNEL" not in result.output


async def test_channels_that_are_not_set_are_a_note(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        del here.environment["COPILOT_HANDOFF_CHANNEL"], here.environment["COPILOT_OPS_CHANNEL"]
        result = await here.doctor()

        assert "· COPILOT_HANDOFF_CHANNEL: not set" in result.output
        assert "· COPILOT_OPS_CHANNEL: not set" in result.output
        assert result.exit_code == 0


async def test_an_app_token_that_opens_no_socket_is_wrong(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.environment["SLACK_APP_TOKEN"] = "xapp-1-A0COPILOT-1-wrong"

        assert (await here.line("app token")).startswith("✗ app token: Slack does not know it")


async def test_an_app_token_of_another_app_than_the_bots_is_noticed(tmp_path: Path) -> None:
    token = "xapp-1-A0OTHER-1-socket"
    sockets = SocketMode(token)
    async with office(tmp_path) as here, slack_running([sockets.part]) as other:
        other.team("T1", "Aurelis")
        other.channel("T1", "C0DESK", "support")
        here.environment |= {"SLACK_APP_TOKEN": token, "COPILOT_SLACK_BASE_URL": other.url}

        assert "belongs to the app A0OTHER, the bot to A0COPILOT" in await here.line("app token")


async def test_by_http_the_request_url_is_told(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        del here.environment["SLACK_APP_TOKEN"]
        here.environment["SLACK_SIGNING_SECRET"] = "a-signing-secret"
        unknown = await here.line("request URL")
        here.environment["COPILOT_PUBLIC_URL"] = PUBLIC
        known = await here.line("request URL")

        assert unknown.startswith("· request URL: unknown: set COPILOT_PUBLIC_URL")
        assert known.startswith(f"✓ request URL: {PUBLIC}/channels/slack/events, for events")


async def test_install_is_tried_with_the_apps_id_and_secret(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        del here.environment["SLACK_BOT_TOKEN"]
        here.environment |= {
            "SLACK_CLIENT_ID": here.oauth.client_id,
            "SLACK_CLIENT_SECRET": here.oauth.client_secret,
        }
        here.environment["COPILOT_PUBLIC_URL"] = PUBLIC
        known = await here.line("install")
        nobody = await here.line("workspaces")
        here.environment["SLACK_CLIENT_SECRET"] = "another"
        wrong = await here.line("install")

        assert known.startswith(f"✓ install: {PUBLIC}/channels/slack/install")
        assert nobody == "· workspaces: none has installed the app yet"
        assert wrong.startswith("✗ install: SLACK_CLIENT_SECRET is not the app's")


async def test_every_workspace_that_has_installed_the_app_is_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        del here.environment["SLACK_BOT_TOKEN"], here.environment["COPILOT_OPS_CHANNEL"]
        one, two = here.server.team("T1"), here.server.team("T2", "Borealis")
        here.server.channel("T2", "C0TWO", "helpdesk")
        here.environment |= {
            "SLACK_CLIENT_ID": here.oauth.client_id,
            "SLACK_CLIENT_SECRET": here.oauth.client_secret,
            "COPILOT_PUBLIC_URL": PUBLIC,
            "COPILOT_HANDOFF_CHANNEL": "T2/C0TWO",
        }
        await here.install(
            Installation(TeamId("T1"), bot_token=one.bot_token),
            Installation(TeamId("T2"), bot_token=two.bot_token),
            Installation(TeamId("T3"), bot_token="xoxb-gone"),
            Installation(TeamId("T4"), bot_token="xoxb-old", expires_at=1.0, refresh_token="r"),
        )
        result = await here.doctor()
        here.environment["COPILOT_HANDOFF_CHANNEL"] = "C0DESK"
        ambiguous = await here.line("COPILOT_HANDOFF_CHANNEL")
        here.environment["COPILOT_HANDOFF_CHANNEL"] = "T9/C0DESK"
        strange = await here.line("COPILOT_HANDOFF_CHANNEL")

        assert "✓ workspace: Aurelis (T1)" in result.output
        assert "✓ workspace: Borealis (T2)" in result.output
        assert "✗ installation in T3: Slack does not know it" in result.output
        assert "· installation in T4: its token has expired" in result.output
        assert "✓ COPILOT_HANDOFF_CHANNEL: #helpdesk is there" in result.output
        assert "of 4 workspaces it is the one of T1" in ambiguous
        assert "T9 has not installed the app" in strange


async def test_an_older_token_of_the_same_workspace_is_not_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.install(Installation(TeamId("T1"), bot_token="xoxb-replaced"))

        assert (await here.doctor()).output == ALL_WELL
        assert len(here.server.called("auth.test")) == 1


def doctor(*arguments: str, **environment: str) -> Result:
    """Run the command where there is no Slack."""
    env = dict.fromkeys(OWN) | environment
    return CliRunner(env=env).invoke(command, ["slack", *arguments])


def test_with_nothing_set_nothing_is_asked_and_the_exit_code_is_two() -> None:
    result = doctor()

    assert result.exit_code == 2
    assert "make the app with `copilot doctor slack --manifest`" in result.output


def test_half_a_slack_says_what_is_missing_and_the_exit_code_is_two() -> None:
    result = doctor(SLACK_BOT_TOKEN="xoxb-1")

    assert result.exit_code == 2
    assert "✗ environment: set SLACK_SIGNING_SECRET" in result.output


def test_there_is_no_other_topic() -> None:
    result = CliRunner(env=dict.fromkeys(OWN)).invoke(command, ["teams"])

    assert result.exit_code == 2


def test_a_sites_secret_is_printed_alone_or_not_at_all() -> None:
    result = CliRunner(env=dict.fromkeys(OWN)).invoke(command, ["--site-secret", "pk_1", "slack"])

    assert result.exit_code == 2
