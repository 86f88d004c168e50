"""Markdown, plain text and exported rows as articles; pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from bot.knowledge.article import Article

TITLES = ("title", "name", "subject", "question", "headline", "heading")
TEXTS = ("text", "content", "body", "answer", "html", "body_html", "page_content", "markdown",
         "description", "solution", "response", "article")  # fmt: skip
URLS = ("url", "html_url", "web_url", "permalink", "link", "source_url", "href")
IDS = ("id", "_id", "uuid", "key", "article_id", "doc_id", "slug")
MOST_TITLE_CHARS = 120

_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_TAGS = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|br|table|span|article|section)\b", re.IGNORECASE)


class Unreadable(ValueError):
    """A file or line is not an article; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is read, and the id that it gets when it has none of its own."""

    source: str
    """For messages: `faq.jsonl:12`."""
    id: str
    name: str
    """A title for the worst case, such as the file's name without its ending."""


def markdown_article(text: str, place: Place) -> Article:
    """Return a Markdown file as an article.

    Front matter may say id, title and url; otherwise the first heading is the title.

    Raises:
        Unreadable: the front matter is not YAML, or there is no text.
    """
    front, body = _front_matter(text)
    title = front.get("title", "")
    heading = _HEADING.search(body)
    if heading and not body[: heading.start()].strip() and title in ("", heading.group(1)):
        title = heading.group(1)
        body = body[heading.end() :]
    id = front.get("id", "") or place.id
    return _article(id, title or place.name, front.get("url", ""), body, place)


def plain_article(text: str, place: Place) -> Article:
    """Return a text file as an article; a short first line alone is the title.

    Raises:
        Unreadable: there is no text.
    """
    first, _, rest = text.lstrip("\ufeff").strip().partition("\n")
    is_title = len(first) <= MOST_TITLE_CHARS and not first.rstrip().endswith((".", "!", ":"))
    if is_title and rest.strip():
        return _article(place.id, first.strip(), "", rest, place)
    return _article(place.id, place.name, "", text.lstrip("\ufeff"), place)


def row_article(line: str, place: Place, html: Callable[[str], str]) -> Article | None:
    """Return one line of JSONL as an article; None for a draft.

    Args:
        line: a JSON object; the field names of common exports are known.
        place: where it stands.
        html: turns a piece of HTML into Markdown.

    Raises:
        Unreadable: it is not an object, or has no text.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"not JSON ({error})") from None
    if not isinstance(row, dict):
        raise Unreadable(f"a JSON {type(row).__name__}, expected an object with title and text")
    if row.get("draft") is True or row.get("state") == "draft" or row.get("published") is False:
        return None
    return _row(row, place, html)


def _row(row: Mapping[str, object], place: Place, html: Callable[[str], str]) -> Article:
    text = _first(row, TEXTS)
    if not text:
        raise Unreadable(f"no text, expected it in one of the fields {', '.join(TEXTS)}")
    if _TAGS.search(text):
        text = html(text)
    about = row.get("metadata")
    more = about if isinstance(about, dict) else {}
    title = _first(row, TITLES) or _first(more, TITLES)
    url = _first(row, URLS) or _first(more, URLS)
    own = _first(row, IDS)
    if not title:
        return markdown_article(text, Place(place.source, own or place.id, place.name))
    return _article(own or place.id, title, url, text, place)


def _first(row: Mapping[str, object], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    match = _FRONT.match(text)
    if match is None:
        return {}, text.lstrip("\ufeff")
    try:
        front = yaml.safe_load(match.group(1))
    except yaml.YAMLError as error:
        line = error.problem_mark.line + 2 if isinstance(error, yaml.MarkedYAMLError) and (
            error.problem_mark
        ) else 1  # fmt: skip
        raise Unreadable(f"line {line}: the front matter is not YAML") from None
    if front is not None and not isinstance(front, dict):
        raise Unreadable("the front matter is not YAML of the form `title: ...`")
    known = {str(key): str(value).strip() for key, value in (front or {}).items() if value}
    return known, text[match.end() :]


def _article(id: str, title: str, url: str, text: str, place: Place) -> Article:
    if not text.strip():
        raise Unreadable("no text")
    return Article(id, " ".join(title.split()), url, text.strip(), place.source)
