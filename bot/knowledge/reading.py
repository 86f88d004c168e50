"""Files and folders as articles; what cannot be read is reported, and the rest is read."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bot.knowledge.article import Article
from bot.knowledge.formats import (
    Place,
    Unreadable,
    markdown_article,
    plain_article,
    row_article,
)

ENDINGS = (".md", ".markdown", ".html", ".htm", ".txt", ".jsonl", ".ndjson")
MOST_BYTES = 50 * 1024 * 1024
"""A larger file is not read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a line of one, that is not an article."""

    source: str
    """`path` or `path:line`."""
    problem: str

    def __str__(self) -> str:
        return f"{self.source}: {self.problem}"


def files_in(paths: Iterable[Path]) -> Iterator[Path | Unread]:
    """Yield the files to read: those named, and those with a known ending in folders.

    Folders are walked in the order of names; hidden files and folders are left out.
    """
    for path in paths:
        if path.is_dir():
            yield from _walk(path)
        elif not path.exists():
            yield Unread(str(path), "there is no such file or folder")
        elif path.suffix.lower() not in ENDINGS:
            yield Unread(str(path), f"ending {path.suffix!r}, expected one of {' '.join(ENDINGS)}")
        else:
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        elif entry.is_file() and entry.suffix.lower() in ENDINGS:
            yield entry


def articles_of(path: Path) -> Iterator[Article | Unread]:
    """Yield the articles of one file; nothing that a file holds raises."""
    try:
        if path.stat().st_size > MOST_BYTES:
            yield Unread(str(path), f"larger than {MOST_BYTES // 1024 // 1024} MB")
            return
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        yield Unread(str(path), f"not UTF-8 (byte {error.start})")
        return
    except OSError as error:
        yield Unread(str(path), error.strerror or "cannot be read")
        return
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        yield from _rows(path, text)
        return
    try:
        yield _single(path, text)
    except Unreadable as problem:
        yield Unread(str(path), str(problem))


def read_folder(folder: Path) -> tuple[Article, ...]:
    """Return the readable articles of a folder, such as the ones of the demo."""
    found = (one for path in _walk(folder) for one in articles_of(path))
    return tuple(one for one in found if isinstance(one, Article))


def _single(path: Path, text: str) -> Article:
    place = Place(str(path), _id_of(path), path.stem.replace("-", " ").replace("_", " "))
    match path.suffix.lower():
        case ".html" | ".htm":
            page = _html().page_of(text)
            if not page.text:
                raise Unreadable("no main text was found in the page")
            article = markdown_article(page.text, place)
            return Article(
                article.id, page.title or article.title, page.url, article.text, str(path)
            )
        case ".txt":
            return plain_article(text, place)
        case _:
            return markdown_article(text, place)


def _rows(path: Path, text: str) -> Iterator[Article | Unread]:
    for number, line in enumerate(text.split("\n"), 1):
        source = f"{path}:{number}"
        if not line.strip():
            continue
        place = Place(source, f"{_id_of(path)}:{number}", f"{path.stem} {number}")
        try:
            article = row_article(line, place, lambda html: str(_html().snippet_text(html)))
        except Unreadable as problem:
            yield Unread(source, str(problem))
            continue
        if article is not None:
            yield article


def _id_of(path: Path) -> str:
    """Return the file's absolute path: adding the same file again updates the same article."""
    # Not resolve(): a symlink keeps its own name.
    return Path(os.path.abspath(path)).as_posix()


def _html() -> ModuleType:
    """Return the HTML reader; loaded late, since the server never needs it and it is slow."""
    return import_module("bot.knowledge.html")
