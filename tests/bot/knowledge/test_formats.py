import json

import pytest

from bot.knowledge.formats import (
    Place,
    Unreadable,
    markdown_article,
    plain_article,
    row_article,
)

PLACE = Place("faq.md", "/kb/faq.md", "faq")


def no_html(_: str) -> str:
    raise AssertionError("there is no HTML in it")


def test_front_matter_gives_id_title_and_address() -> None:
    text = (
        '---\nid: pin\ntitle: "PIN: change it"\nurl: https://help.example.org/pin\n---\n\nText.\n'
    )
    article = markdown_article(text, PLACE)

    assert (article.id, article.title, article.url, article.text) == (
        "pin",
        "PIN: change it",
        "https://help.example.org/pin",
        "Text.",
    )


def test_without_front_matter_the_first_heading_is_the_title_and_not_repeated() -> None:
    article = markdown_article("# Change your PIN  #\n\nIn the app.\n\n## Fees\n\nNone.", PLACE)

    assert article.title == "Change your PIN"
    assert article.text == "In the app.\n\n## Fees\n\nNone."
    assert article.id == "/kb/faq.md"


@pytest.mark.parametrize("text", ["Only text.", "Text first.\n\n# Heading later\n\nMore."])
def test_without_a_heading_at_the_top_the_title_is_the_name_of_the_file(text: str) -> None:
    article = markdown_article(text, PLACE)

    assert article.title == "faq"
    assert article.text == text


def test_a_rule_of_dashes_in_the_text_is_not_front_matter() -> None:
    assert markdown_article("Text.\n\n---\n\nMore.\n\n---\n", PLACE).text.startswith("Text.")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\ntitle: a: b\n---\nText.", "line 2: the front matter is not YAML"),
        ("---\n- a\n---\nText.", "of the form `title: ...`"),
        ("---\ntitle: A\n---\n\n", "no text"),
        ("", "no text"),
    ],
)
def test_what_is_wrong_with_a_markdown_file_is_said(text: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        markdown_article(text, PLACE)


def test_a_short_first_line_is_the_title_of_a_text_file() -> None:
    article = plain_article("\ufeffOpening hours\n\nWe open at nine.\n", PLACE)

    assert (article.title, article.text) == ("Opening hours", "We open at nine.")


@pytest.mark.parametrize("text", ["We open at nine.\nWe close at five.", "One line"])
def test_a_first_line_that_is_a_sentence_or_all_there_is_stays_in_the_text(text: str) -> None:
    article = plain_article(text, PLACE)

    assert (article.title, article.text) == ("faq", text)


@pytest.mark.parametrize(
    "row",
    [
        {"id": "7", "title": "Refunds", "content": "Ten days.", "url": "https://x.example.org/7"},
        {"_id": 7, "name": "Refunds", "body": "Ten days.", "html_url": "https://x.example.org/7"},
        {
            "key": "7",
            "question": "Refunds",
            "answer": "Ten days.",
            "link": "https://x.example.org/7",
        },
        {
            "id": 7,
            "page_content": "Ten days.",
            "metadata": {"title": "Refunds", "url": "https://x.example.org/7"},
        },
    ],
)
def test_the_fields_of_common_exports_are_known(row: dict[str, object]) -> None:
    article = row_article(json.dumps(row), PLACE, no_html)

    assert article is not None
    assert (article.id, article.title, article.text, article.url) == (
        "7",
        "Refunds",
        "Ten days.",
        "https://x.example.org/7",
    )


def test_a_row_without_an_id_or_title_takes_them_from_its_place_and_heading() -> None:
    article = row_article('{"text": "# Refunds\\n\\nTen days."}', PLACE, no_html)

    assert article is not None
    assert (article.id, article.title, article.text) == ("/kb/faq.md", "Refunds", "Ten days.")


def test_html_in_a_row_is_read_as_html_and_plain_text_is_not() -> None:
    html = row_article('{"title": "A", "body": "<p>Hi</p>"}', PLACE, lambda text: f"read {text}")
    plain = row_article('{"title": "A", "body": "less < more"}', PLACE, no_html)

    assert html is not None
    assert html.text == "read <p>Hi</p>"
    assert plain is not None
    assert plain.text == "less < more"


@pytest.mark.parametrize("mark", [{"draft": True}, {"state": "draft"}, {"published": False}])
def test_a_draft_is_left_out(mark: dict[str, object]) -> None:
    assert row_article(json.dumps({"title": "A", "text": "B", **mark}), PLACE, no_html) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON list, expected an object"),
        ('{"title": "A"}', "no text, expected it in one of the fields text, content"),
        ('{"title": "A", "text": "  "}', "no text"),
        ('{"text": true}', "no text"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(line: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        row_article(line, PLACE, no_html)
