"""What the doctor finds, and how he says it."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.doctor import command

OWN = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT",
    "COPILOT_DATA_DIR", "COPILOT_POLICY", "COPILOT_PUBLIC_URL", "COPILOT_SANDBOX",
    "COPILOT_SECRET_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN",
    "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "COPILOT_SLACK_BASE_URL", "COPILOT_HANDOFF_CHANNEL",
    "COPILOT_OPS_CHANNEL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM",
    "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET",
)  # fmt: skip
"""What the environment of whoever runs the tests may say, and must not."""


def run(folder: Path, *arguments: str, **environment: str) -> Result:
    data = ("--data", str(folder / "data"))
    env = dict.fromkeys(OWN) | {"PORT": "0"} | environment
    return CliRunner(env=env).invoke(command, [*data, *arguments])


def test_a_fresh_place_is_in_order(tmp_path: Path) -> None:
    result = run(tmp_path)

    assert result.exit_code == 0
    assert "✗" not in result.output
    assert f"✓ data folder: {tmp_path / 'data'} can be written" in result.output
    assert "✓ policy: " in result.output
    assert "✓ offline: always there" in result.output
    assert "set ANTHROPIC_API_KEY to use it" in result.output
    assert "· COPILOT_PUBLIC_URL: not set" in result.output


def test_everything_is_there_as_json(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json").output)

    assert {tuple(one) for one in found} == {("state", "about", "message")}
    assert [one["about"] for one in found][:4] == ["python", "sqlite", "data folder", "port"]


def test_a_key_is_seen_and_not_shown(tmp_path: Path) -> None:
    result = run(tmp_path, ANTHROPIC_API_KEY="sk-ant-secret", OPENAI_API_KEY="sk-secret")

    assert "✓ claude-haiku-4.5: a key is set" in result.output
    assert "secret" not in result.output.replace("secret.key", "")


def test_the_sandbox_is_named(tmp_path: Path) -> None:
    assert "simulated, since COPILOT_SANDBOX is set" in run(tmp_path, COPILOT_SANDBOX="1").output


def test_a_public_address_needs_no_note(tmp_path: Path) -> None:
    result = run(tmp_path, COPILOT_PUBLIC_URL="https://chat.example.com")

    assert "· COPILOT_PUBLIC_URL" not in result.output


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORT", "eighty", "PORT is 'eighty', expected a number from 0 to 65535"),
        ("PORT", "65536", "PORT is '65536'"),
        ("PORT", "²", "PORT is '²'"),
        ("COPILOT_PUBLIC_URL", "chat.example.com", "expected an address like https://"),
        ("COPILOT_SECRET_KEY", "short", "COPILOT_SECRET_KEY has 5 characters"),
    ],
)
def test_a_wrong_variable_is_named_with_what_was_expected(
    tmp_path: Path, variable: str, value: str, words: str
) -> None:
    result = run(tmp_path, **{variable: value})

    assert result.exit_code == 1
    assert "✗ environment: " in result.output
    assert words in result.output


def test_a_wrong_policy_is_named_with_every_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("tenant: a\nversion: 1\ndefault:\n  goal: fast\n  models: [nobody]\n")
    result = run(tmp_path, "--policy", str(policy))
    (line,) = [line for line in result.output.splitlines() if line.startswith("✗")]

    assert result.exit_code == 1
    assert f"{policy}:4: default.goal: " in line
    assert f"{policy}:5: default.models" in line


def test_a_policy_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    result = run(tmp_path, "--policy", str(tmp_path / "nowhere.yaml"))

    assert result.exit_code == 1
    assert "✗ policy: " in result.output
    assert "set COPILOT_POLICY" in result.output


def test_a_folder_that_cannot_be_written_is_wrong_and_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    env = dict.fromkeys(OWN) | {"COPILOT_DATA_DIR": str(tmp_path / "file")}
    result = CliRunner(env=env).invoke(command)

    assert result.exit_code == 1
    assert "✗ data folder: cannot keep a secret" in result.output
    assert "set COPILOT_DATA_DIR to a folder that can be written" in result.output


def test_slack_that_is_not_set_is_a_note_that_says_how_to_begin(tmp_path: Path) -> None:
    result = run(tmp_path)

    assert result.exit_code == 0
    assert "· slack: not set" in result.output
    assert "copilot doctor slack --manifest" in result.output


def test_half_a_slack_is_named_with_what_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, SLACK_BOT_TOKEN="xoxb-secret")

    assert result.exit_code == 1
    assert "✗ environment: set SLACK_SIGNING_SECRET" in result.output
    assert "xoxb-secret" not in result.output


def test_what_is_set_of_slack_is_told_without_asking_it(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        SLACK_BOT_TOKEN="xoxb-hidden",
        SLACK_APP_TOKEN="xapp-hidden",
        COPILOT_SLACK_SOCKET_CLIENT="websockets",
        COPILOT_HANDOFF_CHANNEL="C0DESK",
        COPILOT_SLACK_BASE_URL="http://127.0.0.1:9",
    )

    assert result.exit_code == 0
    assert (
        "✓ slack: a bot token is set; events come over Socket Mode (websockets); "
        "cards go to C0DESK; no alerts"
    ) in result.output
    assert "hidden" not in result.output


def test_both_ways_for_events_are_told(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        SLACK_CLIENT_ID="1.2",
        SLACK_CLIENT_SECRET="hidden",
        SLACK_APP_TOKEN="xapp-hidden",
        SLACK_SIGNING_SECRET="hidden",
        COPILOT_OPS_CHANNEL="T1/C0OPS",
        COPILOT_PUBLIC_URL="https://chat.example.com",
    )

    assert (
        "✓ slack: workspaces install the app themselves; events come over Socket Mode (aiohttp) "
        "or by HTTP; no desk, set COPILOT_HANDOFF_CHANNEL; alerts go to T1/C0OPS"
    ) in result.output
    assert "hidden" not in result.output


@pytest.mark.slow
def test_a_port_in_use_is_a_note_since_a_bot_may_be_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run(tmp_path, PORT=str(port))

    assert result.exit_code == 0
    assert f"· port: {port} is in use" in result.output
