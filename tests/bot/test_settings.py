import pytest

from bot.errors import SettingsRefused
from bot.settings import (
    SLACK_URL,
    SOCKET_CLIENTS,
    Settings,
    SlackSettings,
    Vendor,
    read_settings,
)
from channels.slack.socket import SocketClient


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
        (
            HEARD | {"COPILOT_SLACK_SOCKET_CLIENT": "websocket"},
            "COPILOT_SLACK_SOCKET_CLIENT is 'websocket', expected aiohttp or websockets",
        ),
    ],
)
def test_a_half_set_slack_is_refused_in_words(variables: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsRefused, match=words) as refused:
        read_settings(variables)

    assert "xoxp-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "client"), [("", "aiohttp"), ("aiohttp", "aiohttp"), (" websockets", "websockets")]
)
def test_the_client_of_the_socket_is_read(written: str, client: str) -> None:
    slack = read_settings(HEARD | {"COPILOT_SLACK_SOCKET_CLIENT": written}).slack

    assert slack is not None
    assert slack.socket_client == client
    assert {one.value for one in SocketClient} == set(SOCKET_CLIENTS)


ACCOUNT = "AC" + "0" * 32
TELEPHONE = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "hidden-token",
    "TWILIO_FROM": "+15550100",
    "COPILOT_PUBLIC_URL": "https://bank.example",
}


def test_twilio_is_read_whole() -> None:
    keys = {"COPILOT_TWILIO_SHARED_KEYS": "k1=hidden-one, k2=hidden-two=="}
    base = {"COPILOT_TWILIO_BASE_URL": "http://127.0.0.1:9/"}
    twilio = read_settings(TELEPHONE | keys | base).twilio

    assert twilio is not None
    assert (twilio.account_sid, twilio.sender, twilio.service) == (ACCOUNT, "+15550100", "")
    assert twilio.shared_keys == {"k1": "hidden-one", "k2": "hidden-two=="}
    assert twilio.base_url == "http://127.0.0.1:9"
    assert "hidden" not in repr(twilio)


def test_without_a_word_of_twilio_there_is_none() -> None:
    assert read_settings({"COPILOT_PUBLIC_URL": "https://bank.example"}).twilio is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"),
        ({"TWILIO_FROM": "0155 50100"}, "TWILIO_FROM"),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}, "one of them"),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG1"}, "TWILIO_MESSAGING_SERVICE_SID"),
        ({"TWILIO_API_KEY": "SK1"}, "TWILIO_API_SECRET"),
        ({"COPILOT_PUBLIC_URL": ""}, "COPILOT_PUBLIC_URL"),
        ({"COPILOT_TWILIO_BASE_URL": "twilio"}, "COPILOT_TWILIO_BASE_URL"),
        ({"COPILOT_TWILIO_SHARED_KEYS": "k1"}, "COPILOT_TWILIO_SHARED_KEYS.*id=secret"),
    ],
)
def test_a_half_set_twilio_is_refused_in_words(variables: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsRefused, match=words) as refused:
        read_settings(TELEPHONE | variables)

    assert "hidden" not in str(refused.value)


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
