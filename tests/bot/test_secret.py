import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.doctor import command
from bot.errors import SettingsRefused
from bot.secret import desk_token, kept_secret, session_key, site_secret
from bot.settings import Settings


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


def test_what_is_derived_differs_by_purpose_and_site() -> None:
    secret = b"s" * 32
    derived = {
        desk_token(secret).encode(),
        session_key(secret),
        site_secret(secret, "pk_a"),
        site_secret(secret, "pk_b"),
    }

    assert len(derived) == 4


def test_the_doctor_prints_the_secret_of_a_site_of_the_policy(tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path), "--site-secret"]
    printed = CliRunner().invoke(command, [*arguments, "pk_demo"])
    refused = CliRunner().invoke(command, [*arguments, "pk_other"])

    assert printed.output.strip().encode() == site_secret(
        kept_secret(Settings(data=tmp_path)), "pk_demo"
    )
    assert isinstance(refused.exception, SettingsRefused)
