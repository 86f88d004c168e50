import subprocess
import sys
from pathlib import Path

import pytest

from bot.knowledge import reading
from bot.knowledge.article import Article
from bot.knowledge.reading import Unread, articles_of, files_in, read_folder

PAGE = """<html><head><title>Refund policy</title>
<link rel="canonical" href="https://shop.example.org/refunds"></head><body>
<nav><a href="/">Home</a><a href="/about">About us</a></nav>
<main><h1>Refund policy</h1>
<p>You can return anything that you bought within thirty days, and you get the whole price back to
the card that you paid with. Please keep the receipt until the money has arrived.</p>
<h2>Send it back</h2>
<ol><li>Pack the goods into a box that is strong enough for the journey.</li>
<li>Print the label from your account and stick it on the box.</li>
<li>Bring the box to the post office before the thirty days are over.</li></ol></main>
<footer>All rights reserved, imprint, cookies</footer></body></html>"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read(path: Path) -> list[Article | Unread]:
    return list(articles_of(path))


def test_a_folder_is_read_with_its_folders_in_order_but_for_hidden_and_other_files(
    tmp_path: Path,
) -> None:
    names = ("b.md", "a/z.txt", ".git/x.md", ".draft.md", "logo.png", "a/c.html", "d.jsonl")
    write(tmp_path, dict.fromkeys(names, "text"))

    found = [path.relative_to(tmp_path).as_posix() for path in files_in([tmp_path])  # type: ignore[union-attr] # all are paths
    ]  # fmt: skip
    assert found == ["a/c.html", "a/z.txt", "b.md", "d.jsonl"]


def test_a_named_file_that_is_missing_or_of_another_kind_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {"logo.png": "x"})
    missing, other = files_in([tmp_path / "nope.md", tmp_path / "logo.png"])

    assert str(missing) == f"{tmp_path}/nope.md: there is no such file or folder"
    assert str(other).startswith(f"{tmp_path}/logo.png: ending '.png', expected one of .md")


def test_the_same_file_has_the_same_id_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"kb/pin.md": "# PIN\n\nText."})
    monkeypatch.chdir(tmp_path)

    assert read(Path("kb/pin.md"))[0].id == read(tmp_path / "kb/../kb/pin.md")[0].id  # type: ignore[union-attr] # both are articles


def test_lines_of_jsonl_that_cannot_be_read_are_reported_with_their_number(tmp_path: Path) -> None:
    lines = '{"id": "1", "title": "A", "text": "B"}\n\nnot json\n{"title": "C"}\n'
    first, second, third = read(write(tmp_path, {"faq.jsonl": lines}) / "faq.jsonl")

    assert isinstance(first, Article)
    assert first.source == f"{tmp_path}/faq.jsonl:1"
    assert str(second).startswith(f"{tmp_path}/faq.jsonl:3: not JSON")
    assert str(third).startswith(f"{tmp_path}/faq.jsonl:4: no text")


def test_a_file_that_is_not_utf8_or_empty_or_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes("Gebühr".encode("latin-1"))
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "folder.md").mkdir()

    assert str(read(tmp_path / "latin.md")[0]) == f"{tmp_path}/latin.md: not UTF-8 (byte 3)"
    assert str(read(tmp_path / "empty.md")[0]) == f"{tmp_path}/empty.md: no text"
    assert str(read(tmp_path / "folder.md")[0]).startswith(f"{tmp_path}/folder.md: ")


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 3)

    assert "larger than" in str(read(write(tmp_path, {"big.md": "text"}) / "big.md")[0])


def test_the_main_text_of_a_page_is_read_with_its_headings_steps_title_and_address(
    tmp_path: Path,
) -> None:
    (article,) = read(write(tmp_path, {"refunds.html": PAGE}) / "refunds.html")

    assert isinstance(article, Article)
    assert (article.title, article.url) == ("Refund policy", "https://shop.example.org/refunds")
    assert "## Send it back" in article.text
    assert "2. Print the label" in article.text
    assert "cookies" not in article.text
    assert "About us" not in article.text


def test_a_page_without_text_is_reported(tmp_path: Path) -> None:
    page = write(tmp_path, {"empty.html": "<html><body></body></html>"}) / "empty.html"

    assert str(read(page)[0]) == f"{page}: no main text was found in the page"


def test_html_in_an_export_becomes_markdown(tmp_path: Path) -> None:
    line = '{"id": 1, "title": "Short", "body": "<p>One <b>short</b> answer.</p>"}'
    (article,) = read(write(tmp_path, {"faq.jsonl": line}) / "faq.jsonl")

    assert isinstance(article, Article)
    assert "short" in article.text
    assert "<" not in article.text


def test_reading_a_folder_keeps_what_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "# A\n\nText.", "b.md": "", "c.txt": "Title\n\nText."})

    assert [article.title for article in read_folder(tmp_path)] == ["A", "Title"]


def test_reading_markdown_does_not_load_the_html_library() -> None:
    code = (
        "import sys; from pathlib import Path; from bot.knowledge.reading import read_folder;"
        "assert len(read_folder(Path('bot/demo/articles'))) >= 34;"
        "print('trafilatura' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
