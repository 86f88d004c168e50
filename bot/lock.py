"""One process per data folder.

The embedded bus lives in the process, so two of them would not see each other's mailboxes.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from bot.errors import BotRefused, SettingsRefused

LOCK_FILE = "lock"


class FolderTaken(BotRefused):
    """Another process runs on this data folder."""


class FolderLock:
    """Holds a data folder for this process; the system lets go of it however the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take the folder.

        Raises:
            FolderTaken: another process has it.
            SettingsRefused: it cannot be written.
        """
        self._descriptor = -1
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise FolderTaken(
                f"another bot is running on {str(folder)!r}: end it, or set COPILOT_DATA_DIR"
            ) from None
        except OSError as error:
            raise SettingsRefused(f"cannot lock {str(folder)!r}: {error.strerror}") from None

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the folder; harmless when it was never held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
