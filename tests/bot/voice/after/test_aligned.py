"""What of a transcript is not in the log yet, however two machines wrote the same words."""

import pytest

from bot.voice.after.aligned import Heard, Sentence, unwritten

CAME = 10


def said(*turns: tuple[bool, str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(n, is_customer, text) for n, (is_customer, text) in enumerate(turns))


def log(*lines: tuple[int, bool, str]) -> tuple[Heard, ...]:
    return tuple(Heard(seq, is_customer, text) for seq, is_customer, text in lines)


def test_what_the_log_has_in_other_words_is_not_written_twice() -> None:
    heard = log(
        (11, False, "Hello how can I help"),
        (12, True, "Where's my card? I ordered it on Monday."),
        (13, False, "It is on its way, [NAME_1]."),
    )
    sentences = said(
        (False, "Hello, how can I help?"),
        (True, "Where is my card?"),
        (True, "I ordered it Monday."),
        (False, "It's on its way, [NAME_7]."),
    )

    assert unwritten(sentences, heard, CAME) == ()


def test_what_the_log_lacks_is_written_in_order() -> None:
    heard = log((11, False, "Hello, how can I help?"), (14, False, "It is on its way."))
    sentences = said(
        (False, "Hello, how can I help?"),
        (True, "Where is my card?"),
        (False, "It is on its way."),
        (True, "Thank you, goodbye."),
    )

    assert [one.number for one in unwritten(sentences, heard, CAME)] == [1, 3]


def test_the_same_word_said_twice_and_written_once_is_missing_once() -> None:
    heard = log((11, True, "Yes."), (12, False, "And your address is the same?"))
    sentences = said((True, "Yes."), (False, "And your address is the same?"), (True, "Yes."))

    assert [one.number for one in unwritten(sentences, heard, CAME)] == [2]


def test_what_was_said_to_the_bot_is_the_logs_business() -> None:
    heard = log(
        (2, True, "I want to talk to a human"),
        (3, False, "I am putting you through to a colleague."),
    )
    sentences = said(
        (True, "Uh hello anybody there?"),
        (True, "I want to talk to a human"),
        (False, "I am putting you through to a colleague."),
        (False, "Good morning, Dana speaking."),
        (True, "Good morning."),
    )

    assert [one.number for one in unwritten(sentences, heard, CAME)] == [3, 4]


@pytest.mark.parametrize("sides", [(True, False), (False, True)])
def test_each_side_is_looked_for_on_its_own(sides: tuple[bool, bool]) -> None:
    first, second = sides
    heard = log((11, first, "It is on its way."))

    assert len(unwritten(said((second, "It is on its way.")), heard, CAME)) == 1


def test_of_nothing_nothing_is_missing_and_of_an_empty_log_everything() -> None:
    sentences = said((True, "Hello."), (False, "Hello."))

    assert unwritten((), (), CAME) == ()
    assert unwritten(sentences, (), CAME) == sentences


def test_a_human_who_greets_in_the_bots_words_is_written_down() -> None:
    heard = log((1, False, "Hello! How can I help you today? You can ask for a person."))
    sentences = said((False, "Hello, how can I help you?"), (True, "Where is my card?"))

    assert unwritten(sentences, heard, CAME) == sentences
