"""What was heard of several things that were said, whatever the vendor reports."""

import pytest

from bot.log import Author
from bot.voice.speaking.mouth import Cut, Mouth
from channels.voice.base import Language, Said, Text
from channels.voice.heard import heard_prefix
from channels.voice.speech import SpeechStream
from tests.bot.voice.stage import RecordingLine

COSTS = "A card costs $29.50 a year. You can pay in **two** parts. "


def mouth_on() -> tuple[Mouth, RecordingLine]:
    line = RecordingLine(lambda: 0.0)
    return Mouth(line, SpeechStream, heard_prefix), line


class LateLine(RecordingLine):
    """A line that has not written yet what it was given, as a socket has not at first."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)
        self.of: list[int] = []

    def cut(self, generation: int) -> None:
        super().cut(generation)
        kept = [number for number, one in enumerate(self.of) if one >= generation]
        self.frames = [self.frames[number] for number in kept]
        self.of = [self.of[number] for number in kept]

    def say(self, frame: Said, generation: int) -> None:
        before = len(self.frames)
        super().say(frame, generation)
        self.of += [generation] * (len(self.frames) - before)


@pytest.mark.promise("V51")
def test_a_change_of_language_outlives_the_interruption_that_it_comes_with() -> None:
    line = LateLine()
    mouth = Mouth(line, SpeechStream, heard_prefix)
    say(mouth, "b1", COSTS)
    mouth.switch("es-ES")
    mouth.cut(None, 1.0)
    say(mouth, "b2", "Hola. ")

    assert line.frames[0] == Language("es-ES", "es-ES")
    assert line.spoken == "Hola."


def say(mouth: Mouth, message_id: str, text: str, *, ends: bool = True) -> None:
    mouth.begin(message_id, Author.BOT)
    for word in text.split(" "):
        mouth.feed(message_id, f"{word} ", f"{word} ")
    if ends:
        mouth.end(message_id)
    mouth.plays_until(100.0)


@pytest.mark.promise("V38")
@pytest.mark.promise("V35")
def test_of_a_spoken_number_the_log_keeps_what_was_written() -> None:
    mouth, line = mouth_on()
    say(mouth, "b1", COSTS)

    assert "$" not in line.spoken
    assert "*" not in line.spoken
    cuts = mouth.cut("a card costs twenty-nine dollars and fifty cents a year", 1.0)
    assert cuts == (Cut("b1", "A card costs $29.50 a year."),)


def test_what_was_said_before_in_the_same_breath_is_not_mistaken_for_the_answer() -> None:
    mouth, _ = mouth_on()
    mouth.fill("One moment, please. ")
    mouth.tell("I am still working on it.")
    say(mouth, "b1", "Your card arrives in five days.")

    heard = "One moment, please. I am still working on it. Your card arrives"
    assert mouth.cut(heard, 1.0) == (Cut("b1", "Your card arrives"),)


def test_of_two_answers_the_first_was_heard_and_the_second_was_not() -> None:
    mouth, _ = mouth_on()
    say(mouth, "b1", "It is on its way.")
    say(mouth, "b2", "Shall I bring in a colleague?")

    assert mouth.cut("It is on its way. Shall I", 1.0) == (Cut("b2", "Shall I"),)


def test_an_answer_in_the_filler_nothing_of_the_answer_was_heard() -> None:
    mouth, _ = mouth_on()
    mouth.fill("One moment, please. ")
    say(mouth, "b1", "Your card arrives in five days.", ends=False)

    assert mouth.cut("One moment", 1.0) == (Cut("b1", ""),)


def test_what_was_heard_to_its_end_is_left_alone() -> None:
    mouth, _ = mouth_on()
    say(mouth, "b1", "It is on its way.")

    assert mouth.cut("it is on its way", 1.0) == ()


@pytest.mark.promise("V34")
def test_nothing_of_a_message_that_was_cut_is_said_any_more() -> None:
    mouth, line = mouth_on()
    say(mouth, "b1", "Your card arrives", ends=False)
    mouth.cut("Your", 1.0)
    before = list(line.frames)
    mouth.feed("b1", "in five days. ", "in five days. ")
    mouth.end("b1")
    mouth.close()

    assert not mouth.begin("b1", Author.BOT)
    assert line.frames == before


def test_a_message_that_is_taken_back_begins_again() -> None:
    mouth, line = mouth_on()
    say(mouth, "b1", "It is lost", ends=False)
    mouth.restart("b1")
    mouth.feed("b1", "It is here. ", "It is here. ")
    mouth.end("b1")
    mouth.close()

    assert line.spoken.endswith("It is here.") or line.spoken.endswith("It is here. ")
    assert line.frames[-1] == Text("", is_last=True)
    assert line.lasts == 1


def test_nothing_is_closed_that_was_not_opened() -> None:
    mouth, line = mouth_on()
    mouth.close()
    mouth.tell("Hello.")
    mouth.close()
    mouth.close()

    assert line.lasts == 1
