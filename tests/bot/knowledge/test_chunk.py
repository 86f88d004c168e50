import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.chunk import MOST_CHARS, chunked

STEPS = "\n".join(
    f"{n}. Do step number {n} of the long list and wait for it." for n in range(1, 60)
)
SAMPLES = (
    "One short paragraph.",
    "# Fees\n\nIt costs €5.\n\n## Abroad\n\nIt costs €7.\n\n- one\n- two",
    "A paragraph of prose. " * 120,
    "word" * 700,
    f"## Steps\n\n{STEPS}\n\n## After\n\nDone.",
    "| Account | Fee |\n|---|---|\n| Classic | €3.90 |\n| Plus | €8.90 |",
    "## A heading without text\n\n## Another one\n\nText.\n\n## The last one",
    "Text\n# Heading right below\nand more text\n\n\n\nend",
)


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_no_text_is_lost_or_doubled(text: str) -> None:
    assert bare("".join(chunk.text for chunk in chunked(text))) == bare(text)


@given(st.text(alphabet=" \n#-*.|1aä!?", max_size=400), st.integers(20, 120))
def test_no_text_is_lost_whatever_it_is(text: str, most_chars: int) -> None:
    chunks = chunked(text, most_chars)

    assert bare("".join(chunk.text for chunk in chunks)) == bare(text)
    assert all(chunk.text.strip() for chunk in chunks)


@pytest.mark.parametrize("text", [SAMPLES[2], SAMPLES[4]], ids=["prose", "steps"])
def test_a_chunk_is_about_as_long_as_asked_and_ends_with_a_sentence(text: str) -> None:
    chunks = chunked(text)

    assert len(chunks) > 2
    assert all(len(chunk.text) <= MOST_CHARS + 100 for chunk in chunks)
    assert all(chunk.text.endswith(".") for chunk in chunks)


def test_an_empty_article_has_no_chunks() -> None:
    assert chunked(" \n\n ") == ()


def test_a_section_of_some_length_is_a_chunk_with_its_heading() -> None:
    section = "This sentence is about one thing only. " * 8
    chunks = chunked(f"{section}\n\n## Fees\n\n{section}\n\n## Limits\n\n{section}")

    assert [chunk.heading for chunk in chunks] == ["", "Fees", "Limits"]
    assert chunks[1].text.startswith("## Fees\n\nThis sentence")


def test_short_sections_share_a_chunk_that_knows_all_its_headings() -> None:
    (chunk,) = chunked("Opening.\n\n## Fees\n\nNone.\n\n## Limits\n\nNone either.")

    assert chunk.heading == ""
    assert chunk.headings.split("\n") == ["", "Fees", "Limits"]


def test_a_heading_stays_with_what_follows_it() -> None:
    chunks = chunked("Text of the opening. " * 40 + "\n\n## Fees\n\n" + "It costs a lot. " * 40)

    assert all(not chunk.text.splitlines()[-1].startswith("#") for chunk in chunks)


def test_a_long_section_that_is_cut_keeps_its_heading_on_every_chunk() -> None:
    chunks = chunked(f"## Steps\n\n{STEPS}")

    assert {chunk.heading for chunk in chunks} == {"Steps"}
