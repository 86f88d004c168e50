"""What customers sent, sealed on the disk: one file per upload under `<data>/files`.

Neither content nor name is ever written in clear: both are encrypted with the vault's key, bound
to tenant, conversation and file id, so that a file that is moved or renamed does not open. A file
is there whole or not at all, and survives power loss once `put` has returned.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.errors import BotRefused, StoreFailed
from bot.privacy.vault import VaultKey, VaultTampered
from channels.base import ConversationId
from channels.upload import FILE_ID
from routing.request import TenantId

T = TypeVar("T")
LEAST_FREE_BYTES = 256 * 1024 * 1024
"""What uploads leave free on the disk: the log needs it more."""
_MARK = b"CPF1"
_LENGTH_BYTES = 4
_MOST_ABOUT_BYTES = 4096
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a file without opening it."""

    name: str
    """As the customer wrote it, cleaned: raw."""
    media_type: str
    size: int
    """In bytes."""


class ShelfFull(BotRefused):
    """The conversation holds as many files as it may."""


class FileShelf:
    """Keeps and gives back the files of one tenant's conversations; works in threads.

    One file is written at a time, which makes the count exact and bounds the memory.
    """

    def __init__(self, folder: Path, key: VaultKey, tenant: TenantId) -> None:
        self._folder = folder
        self._key = key
        self._tenant = tenant
        self._writing = asyncio.Lock()

    async def put(
        self, conversation: ConversationId, file_id: str, about: About, content: bytes, most: int
    ) -> None:
        """Keep a file, unless the conversation holds `most` already.

        Raises:
            ShelfFull: it does.
            StoreFailed: the disk failed or has too little room, or the id is taken.
        """
        path = self._path(conversation, file_id)
        if path is None:
            raise StoreFailed(f"no file can be kept as {file_id!r}")

        def work() -> None:
            if self._count(path.parent) >= most:
                raise ShelfFull
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(self._folder).free < LEAST_FREE_BYTES + len(content):
                raise StoreFailed("the disk is too full for files of customers")
            _write(path, self._sealed(conversation, file_id, about, content))

        async with self._writing:
            await self._in_thread(work)

    async def about(self, conversation: ConversationId, file_id: str) -> About | None:
        """Return what is known of a file; None when this conversation has none of that id.

        Raises:
            StoreFailed: the disk failed, or the file was tampered with.
        """
        path = self._path(conversation, file_id)

        def work() -> About:
            assert path is not None
            with path.open("rb") as file:
                return self._about(conversation, file_id, file)

        return None if path is None else await self._if_there(work)

    async def get(self, conversation: ConversationId, file_id: str) -> bytes | None:
        """Return the content of a file; None when this conversation has none of that id.

        Raises:
            StoreFailed: the disk failed, or the file was tampered with.
        """
        path = self._path(conversation, file_id)

        def work() -> bytes:
            assert path is not None
            with path.open("rb") as file:
                self._about(conversation, file_id, file)
                place = f"file/{file_id}"
                return self._key.open_bytes(self._tenant, conversation, place, file.read())

        return None if path is None else await self._if_there(work)

    async def count(self, conversation: ConversationId) -> int:
        """Return how many files a conversation holds.

        Raises:
            StoreFailed: the disk failed.
        """
        folder = self._folder / conversation
        if not _SAFE.fullmatch(conversation):
            return 0
        return await self._in_thread(lambda: self._count(folder))

    def _path(self, conversation: ConversationId, file_id: str) -> Path | None:
        """Return where a file is; None for what cannot be a name of ours, such as `../x`."""
        if not _SAFE.fullmatch(conversation) or not FILE_ID.fullmatch(file_id):
            return None
        return self._folder / conversation / file_id

    def _count(self, folder: Path) -> int:
        if not folder.is_dir():
            return 0
        return sum(FILE_ID.fullmatch(path.name) is not None for path in folder.iterdir())

    def _sealed(
        self, conversation: ConversationId, file_id: str, about: About, content: bytes
    ) -> tuple[bytes, ...]:
        fields = {"name": about.name, "media_type": about.media_type, "size": about.size}
        head = self._key.seal_bytes(
            self._tenant, conversation, f"about/{file_id}", json.dumps(fields).encode()
        )
        body = self._key.seal_bytes(self._tenant, conversation, f"file/{file_id}", content)
        return _MARK, len(head).to_bytes(_LENGTH_BYTES, "big"), head, body

    def _about(self, conversation: ConversationId, file_id: str, file: BinaryIO) -> About:
        """Read the head of a file, up to where its content begins."""
        mark = file.read(len(_MARK))
        length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
        if mark != _MARK or length > _MOST_ABOUT_BYTES:
            raise VaultTampered(f"the file {file_id!r} is none of ours")
        head = self._key.open_bytes(
            self._tenant, conversation, f"about/{file_id}", file.read(length)
        )
        return About(**json.loads(head))

    async def _if_there(self, work: Callable[[], T]) -> T | None:
        try:
            return await self._in_thread(work)
        except FileNotFoundError:
            return None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreFailed(f"a file of a customer: {error.strerror}") from None
        except VaultTampered as error:
            raise StoreFailed(str(error)) from None


def _write(path: Path, parts: tuple[bytes, ...]) -> None:
    """Write a new file for its owner alone, under another name until it is whole on the disk."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if path.exists():
        raise StoreFailed(f"there is a file {path.name!r} already")
    unfinished = path.with_name(f".{path.name}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
