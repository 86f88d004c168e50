from pathlib import Path

import pytest

from bot.errors import SettingsRefused
from bot.lock import FolderLock, FolderTaken


def test_one_folder_has_one_holder_until_it_lets_go(tmp_path: Path) -> None:
    first = FolderLock(tmp_path / "data")
    with pytest.raises(FolderTaken, match="another bot is running"):
        FolderLock(tmp_path / "data")
    first.release()

    with FolderLock(tmp_path / "data") as again:
        again.release()
        again.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsRefused, match="file"):
        FolderLock(tmp_path / "file")
