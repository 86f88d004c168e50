"""HTML pages and snippets as articles' Markdown; imported only when there is HTML to read.

Trafilatura finds the main text of a page; importing it takes half a second.
"""

from dataclasses import dataclass

import trafilatura


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says."""

    title: str
    """Empty when it has none."""
    url: str
    """Its canonical address, when it names one."""
    text: str
    """Markdown; empty when nothing was found."""


def page_of(html: str) -> Page:
    """Return the main text of a page, without menus and footers."""
    about = trafilatura.extract_metadata(html)
    title = (about.title or "") if about is not None else ""
    url = (about.url or "") if about is not None else ""
    return Page(title.strip(), url, _text(html))


def snippet_text(html: str) -> str:
    """Return the Markdown of a piece of HTML that is an article and nothing else."""
    return _text(f"<html><body><main><article>{html}</article></main></body></html>")


def _text(html: str) -> str:
    found = trafilatura.extract(
        html, output_format="markdown", include_formatting=True, include_comments=False, fast=True
    )
    return (found or trafilatura.html2txt(html) or "").strip()
