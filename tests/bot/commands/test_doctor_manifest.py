"""The manifest as the command prints it."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from bot.commands.doctor import command
from tests.bot.commands.test_doctor import OWN

ROOT = Path(__file__).parents[3]
PUBLIC = "https://support.example.com"


def doctor(*arguments: str, **environment: str) -> Result:
    """Run the command where there is no Slack."""
    env = dict.fromkeys(OWN) | environment
    return CliRunner(env=env).invoke(command, ["slack", *arguments])


def test_the_manifest_is_the_one_that_is_shipped() -> None:
    shipped = (ROOT / "slack-manifest.yaml").read_text("utf-8")

    assert doctor("--manifest").output == shipped
    assert doctor("--manifest", "--name", "Support Copilot").output == shipped


def test_with_a_public_address_the_manifest_is_for_http() -> None:
    manifest = yaml.safe_load(doctor("--manifest", COPILOT_PUBLIC_URL=PUBLIC).output)

    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["event_subscriptions"]["request_url"].startswith(PUBLIC)


def test_with_an_app_token_the_manifest_is_for_socket_mode_and_installs() -> None:
    result = doctor(
        "--manifest",
        COPILOT_PUBLIC_URL=PUBLIC,
        SLACK_BOT_TOKEN="xoxb-1",
        SLACK_APP_TOKEN="xapp-1",
    )
    manifest = yaml.safe_load(result.output)

    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in manifest["settings"]["event_subscriptions"]
    assert manifest["oauth_config"]["redirect_urls"] == [f"{PUBLIC}/channels/slack/oauth_redirect"]


def test_an_address_that_slack_would_not_take_is_left_out_of_the_manifest() -> None:
    result = doctor("--manifest", COPILOT_PUBLIC_URL="http://127.0.0.1:8080")

    assert "127.0.0.1" not in result.output
    assert yaml.safe_load(result.output)["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize("name", ["", "  ", "n" * 36])
def test_a_name_that_slack_would_not_take_is_refused(name: str) -> None:
    result = doctor("--manifest", "--name", name)

    assert result.exit_code == 2
    assert "expected 1 to 35 characters" in result.output
