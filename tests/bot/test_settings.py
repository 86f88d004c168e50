import pytest

from bot.errors import SettingsRefused
from bot.settings import Settings, Vendor, read_settings


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
