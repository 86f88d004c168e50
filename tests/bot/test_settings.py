import pytest

from bot.errors import SettingsRefused
from bot.settings import SLACK_URL, Settings, SlackSettings, Vendor, read_settings


def test_without_any_variable_the_demo_runs() -> None:
    settings = read_settings({})

    assert settings == Settings()
    assert settings.is_demo
    assert settings.policy.exists()


def test_the_vendors_own_names_are_read() -> None:
    settings = read_settings(
        {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": " ", "ANTHROPIC_BASE_URL": "http://h/"}
    )

    assert settings.anthropic == Vendor("k", "http://h")
    assert settings.openai is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("COPILOT_PUBLIC_URL", "chat.example.com"),
        ("COPILOT_SECRET_KEY", "short"),
        ("COPILOT_API_PER_S", "0"),
        ("COPILOT_API_PER_S", "many"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_and_what_was_expected(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsRefused, match=f"{name}.*expected"):
        read_settings({name: value})


@pytest.mark.parametrize(("written", "per_s"), [("", 20.0), ("2.5", 2.5), (" 100", 100.0)])
def test_the_rate_of_the_api_is_read(written: str, per_s: float) -> None:
    assert read_settings({"COPILOT_API_PER_S": written}).api_per_s == per_s


def test_slack_is_read_when_anything_of_it_is_set() -> None:
    settings = read_settings(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": "s",
            "COPILOT_HANDOFF_CHANNEL": "C01",
            "COPILOT_OPS_CHANNEL": "T1/C02",
            "COPILOT_SLACK_BASE_URL": "http://127.0.0.1:9/",
        }
    )

    assert settings.slack == SlackSettings(
        bot_token="xoxb-1",
        signing_secret="s",
        base_url="http://127.0.0.1:9",
        handoff_channel="C01",
        operations_channel="T1/C02",
    )
    assert read_settings({"COPILOT_HANDOFF_CHANNEL": "C01"}).slack is None


HEARD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxp-1", "SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN.*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "1"}, "SLACK_APP_TOKEN.*xapp-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET.*SLACK_APP_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "s", "SLACK_CLIENT_ID": "1"}, "SLACK_CLIENT_SECRET"),
        (HEARD | {"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "2"}, "COPILOT_PUBLIC_URL"),
        (HEARD | {"COPILOT_HANDOFF_CHANNEL": "#support"}, "COPILOT_HANDOFF_CHANNEL.*'#support'"),
        (HEARD | {"COPILOT_OPS_CHANNEL": "ops"}, "COPILOT_OPS_CHANNEL.*'ops'"),
        (HEARD | {"COPILOT_SLACK_BASE_URL": "slack.com"}, "COPILOT_SLACK_BASE_URL"),
    ],
)
def test_a_half_set_slack_is_refused_in_words(variables: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsRefused, match=words) as refused:
        read_settings(variables)

    assert "xoxp-1" not in str(refused.value)


def test_no_secret_is_shown_where_settings_are_printed() -> None:
    secrets = [f"hidden-{number}" for number in range(6)]
    slack = SlackSettings(
        bot_token=secrets[0],
        signing_secret=secrets[1],
        app_token=secrets[2],
        client_secret=secrets[3],
    )
    shown = repr(Settings(secret=secrets[4], anthropic=Vendor(secrets[5], None), slack=slack))

    assert "hidden" not in shown
    assert SLACK_URL in shown
