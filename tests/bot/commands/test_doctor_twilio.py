"""What the doctor says of Twilio."""

from pathlib import Path

from tests.bot.commands.test_doctor import run

SET = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "hidden",
    "TWILIO_FROM": "+15550100",
    "COPILOT_PUBLIC_URL": "https://help.aurelis.example",
}


def test_a_twilio_that_is_not_set_is_a_note(tmp_path: Path) -> None:
    result = run(tmp_path)

    assert result.exit_code == 0
    assert "· twilio: not set: text messages and calls need TWILIO_ACCOUNT_SID" in result.output


def test_what_belongs_into_the_console_is_named_exactly(tmp_path: Path) -> None:
    result = run(tmp_path, **SET)
    base = "Webhook https://help.aurelis.example/channels"

    assert result.exit_code == 0
    assert f"✓ console, a message comes in: {base}/sms#rc=2&rp=ct,rt,5xx" in result.output
    assert f"✓ console, a call comes in: {base}/voice#rc=2&rp=ct,rt,5xx" in result.output
    assert "✓ twilio: messages leave from +15550100" in result.output
    assert "hidden" not in result.output


def test_half_a_twilio_is_named_with_what_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, **SET | {"TWILIO_AUTH_TOKEN": ""})

    assert result.exit_code == 1
    assert "✗ environment: TWILIO_AUTH_TOKEN is not as it should be" in result.output


def test_an_address_without_tls_is_wrong(tmp_path: Path) -> None:
    result = run(tmp_path, **SET | {"COPILOT_PUBLIC_URL": "http://help.aurelis.example"})

    assert result.exit_code == 1
    assert "without TLS" in result.output
