"""Files of customers on the disk: sealed, whole, and each in its own conversation."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from bot.errors import StoreFailed
from bot.privacy.vault import VaultKey
from bot.reception import files
from bot.reception.files import About, FileShelf, ShelfFull
from channels.base import ConversationId
from routing.request import TenantId

KEY = VaultKey(b"a secret of thirty-two characters")
TENANT = TenantId("aurelis")
ONE, TWO = ConversationId("c-one"), ConversationId("c-two")
FILE = "f-" + "0" * 24
CONTENT = b"%PDF-1.7 the canary sings\n" * 1000
ABOUT = About("kim.canary@example.com.pdf", "application/pdf", len(CONTENT))


def file_id(number: int) -> str:
    return f"f-{number:024x}"


def files_in(folder: Path) -> list[Path]:
    """Return every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def shelf_in(folder: Path, key: VaultKey = KEY, tenant: TenantId = TENANT) -> FileShelf:
    return FileShelf(folder / "files", key, tenant)


async def test_what_was_put_comes_back(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)

    assert await shelf.get(ONE, FILE) == CONTENT
    assert await shelf.about(ONE, FILE) == ABOUT
    assert await shelf.count(ONE) == 1
    assert await shelf_in(tmp_path).get(ONE, FILE) == CONTENT


@pytest.mark.promise("P1")
async def test_neither_content_nor_name_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    await shelf_in(tmp_path).put(ONE, FILE, ABOUT, CONTENT, 10)
    written = files_in(tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in written] == [f"files/c-one/{FILE}"]
    assert b"canary" not in written[0].read_bytes()
    assert b"%PDF" not in written[0].read_bytes()


async def test_only_the_owner_of_the_process_may_read_them(tmp_path: Path) -> None:
    await shelf_in(tmp_path).put(ONE, FILE, ABOUT, CONTENT, 10)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "files").rglob("*")}

    assert modes == {"c-one": 0o700, FILE: 0o600}
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700


async def test_a_file_of_another_conversation_is_not_there(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)

    assert await shelf.get(TWO, FILE) is None
    assert await shelf.about(TWO, FILE) is None
    assert await shelf.count(TWO) == 0


@pytest.mark.parametrize(
    ("conversation", "file"),
    [
        ("../c-one", FILE),
        ("c-one/../c-one", FILE),
        ("..", FILE),
        ("", FILE),
        ("/etc", FILE),
        ("c-one", "../c-one/" + FILE),
        ("c-one", "f-../../../etc/passwd"),
        ("c-one", ""),
        ("c-one", FILE.upper()),
        ("c-one", FILE + "\n"),
        ("c-one\n", FILE),
    ],
)
async def test_what_is_no_id_of_ours_names_no_file(
    tmp_path: Path, conversation: str, file: str
) -> None:
    shelf = shelf_in(tmp_path)
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)

    assert await shelf.get(ConversationId(conversation), file) is None
    assert await shelf.about(ConversationId(conversation), file) is None
    with pytest.raises(StoreFailed):
        await shelf.put(ConversationId(conversation), file, ABOUT, b"x", 10)


@pytest.mark.parametrize("how", ["moved", "renamed", "changed", "cut", "another key", "tenant"])
async def test_a_file_that_was_touched_does_not_open(tmp_path: Path, how: str) -> None:
    shelf = shelf_in(tmp_path)
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)
    await shelf.put(TWO, file_id(9), ABOUT, CONTENT, 10)
    path = tmp_path / "files" / ONE / FILE
    conversation, name = ONE, FILE
    match how:
        case "moved":
            conversation = TWO
            path.rename(tmp_path / "files" / TWO / FILE)
        case "renamed":
            name = file_id(7)
            path.rename(path.with_name(name))
        case "changed":
            body = bytearray(path.read_bytes())
            body[-20] ^= 1
            path.write_bytes(body)
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "another key":
            shelf = shelf_in(tmp_path, VaultKey(b"another secret of enough characters"))
        case _:
            shelf = shelf_in(tmp_path, tenant=TenantId("other"))

    with pytest.raises(StoreFailed) as caught:
        await shelf.get(conversation, name)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"CPF1", b"CPF1\xff\xff\xff\xff", b"hello there, you"])
async def test_a_file_that_is_none_of_ours_does_not_open(tmp_path: Path, content: bytes) -> None:
    shelf = shelf_in(tmp_path)
    folder = tmp_path / "files" / ONE
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(content)

    with pytest.raises(StoreFailed):
        await shelf.about(ONE, FILE)


async def test_of_many_at_once_exactly_so_many_are_kept(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    puts = (shelf.put(ONE, file_id(n), ABOUT, b"x", 10) for n in range(25))
    results = await asyncio.gather(*puts, return_exceptions=True)

    assert sum(isinstance(each, ShelfFull) for each in results) == 15
    assert await shelf.count(ONE) == 10


async def test_an_id_is_used_once(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)

    with pytest.raises(StoreFailed):
        await shelf.put(ONE, FILE, ABOUT, b"other", 10)
    assert await shelf.get(ONE, FILE) == CONTENT


async def test_what_a_crash_left_unfinished_is_no_file_and_in_nobodys_way(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    folder = tmp_path / "files" / ONE
    folder.mkdir(parents=True)
    (folder / f".{FILE}.part").write_bytes(b"half")

    assert await shelf.count(ONE) == 0
    assert await shelf.get(ONE, FILE) is None
    await shelf.put(ONE, FILE, ABOUT, CONTENT, 1)
    assert [path.name for path in folder.iterdir()] == [FILE]


async def test_a_disk_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_in(tmp_path)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreFailed, match="No space left"):
        await shelf.put(ONE, FILE, ABOUT, CONTENT, 10)

    assert files_in(tmp_path) == []


async def test_files_leave_room_for_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LEAST_FREE_BYTES", 1 << 60)

    with pytest.raises(StoreFailed, match="too full"):
        await shelf_in(tmp_path).put(ONE, FILE, ABOUT, CONTENT, 10)


async def test_a_shelf_that_nobody_used_makes_no_folder(tmp_path: Path) -> None:
    assert await shelf_in(tmp_path).count(ONE) == 0
    assert not (tmp_path / "files").exists()
