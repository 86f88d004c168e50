import pytest

from routing.models.excerpt import MOST_CHARS, MOST_STEPS, Asked, excerpt
from routing.models.extract import weights_of

TITLE = "Cash and cards"
TEXT = """\
You find everything about cash here. Cash is free at our machines.

## Limits

You can take out €500 a day. It can be raised to €1,500. Ask at a branch for more.

## Raise the limit

Do it in the app:

1. Tap **Cards**.
2. Tap **Limits**.
3. Move the slider.

## Fees

| Machine | Fee |
|---|---|
| Ours | free |
| Foreign currency | 1.75 % |
| Other machines in euro | €2.00 |
| Petrol stations | €3.00 |

## Swallowed cards

- Wait for thirty seconds.
- Call us on 555-0111 about the swallowed card.
- Order another card.
- Destroy the old card.

## Delivery

1. Choose express.
2. Pay for it.
"""


def lines(question: str, text: str = TEXT) -> tuple[str, ...]:
    found = excerpt(Asked(question, weights_of(question)), TITLE, text)
    assert found is not None
    return found.lines


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what is the limit a day?", "You can take out €500 a day. It can be raised to €1,500."),
        ("is cash free at your machines?", "Cash is free at our machines."),
    ],
)
def test_whole_sentences_answer_in_order(question: str, answer: str) -> None:
    assert answer in " ".join(lines(question))


def test_steps_come_all_together_with_the_sentence_that_leads_to_them() -> None:
    assert lines("how do I raise the limit?") == (
        "Do it in the app:",
        "1. Tap Cards.",
        "2. Tap Limits.",
        "3. Move the slider.",
    )


def test_a_list_without_a_leading_sentence_has_its_heading() -> None:
    assert lines("express delivery") == ("Delivery:", "1. Choose express.", "2. Pay for it.")


def test_only_the_rows_that_fit_are_taken_from_a_table() -> None:
    assert lines("what is the fee at petrol stations?") == (
        "Fees:",
        "- Petrol stations: €3.00",
    )


def test_a_sentence_that_leans_on_the_one_before_is_not_left_alone() -> None:
    text = "A recall is possible. It needs the consent of the recipient bank."

    assert lines("consent recipient bank", text) == (text,)


def test_an_answer_stays_short() -> None:
    steps = "\n".join(f"{n}. Tap the button with number {n} on it." for n in range(1, 30))
    long = "\n".join(f"{n}. " + "Tap the long button. " * 12 for n in range(1, 9))

    assert len(lines("how do I tap the button?", f"Steps:\n\n{steps}")) <= MOST_STEPS + 1
    assert sum(map(len, lines("tap button", f"Steps:\n\n{long}"))) <= MOST_CHARS


def test_the_quote_is_the_sentence_that_carries_the_answer() -> None:
    question = "what is the limit a day?"
    found = excerpt(Asked(question, weights_of(question)), TITLE, TEXT)

    assert found is not None
    assert found.quote == "You can take out €500 a day."


@pytest.mark.parametrize("text", ["", "\n\n", "## Only a heading"])
def test_a_passage_without_sentences_has_no_answer(text: str) -> None:
    assert excerpt(Asked("limit", weights_of("limit")), TITLE, text) is None


def test_what_was_told_is_not_said_again_and_what_is_not_about_it_is_not_said_instead() -> None:
    text = "A new card costs 10 dollars. It arrives in five days. Choose a PIN in the app."
    first = excerpt(
        Asked("what does a card cost", weights_of("what does a card cost")), TITLE, text
    )
    assert first is not None
    told = "\n".join(first.lines)
    weights = weights_of("what about the pin", "what does a card cost")
    more = excerpt(Asked("what about the pin", weights, told), TITLE, text)

    assert more is not None
    assert more.quote == "Choose a PIN in the app."
    weights = weights_of("what about umbrellas", "what does a card cost")
    assert excerpt(Asked("what about umbrellas", weights, told), TITLE, text) is None
