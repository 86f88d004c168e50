import stat
from pathlib import Path

import pytest

from bot.errors import SettingsRefused
from bot.settings import Settings, Vendor, kept_secret, read_settings


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
    ],
)
def test_a_wrong_value_is_refused_with_the_name_and_what_was_expected(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsRefused, match=f"{name}.*expected"):
        read_settings({name: value})


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    first = kept_secret(settings)

    assert kept_secret(settings) == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


def test_a_secret_that_is_set_is_used(tmp_path: Path) -> None:
    assert kept_secret(Settings(data=tmp_path, secret="x" * 32)) == b"x" * 32


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsRefused, match="COPILOT_DATA_DIR"):
        kept_secret(Settings(data=tmp_path / "file" / "data"))
