import pytest

from bot.fixed.frustration import is_frustrated, points_of

CALM = [
    "Where is my new card?", "My card was stolen, please help!", "thank you, that helps",
    "I am so happy", "ok", "", "Is it safe to use in Spain?", "Ist das für mich kostenlos?",
    "¿Cuánto tarda una transferencia?", "Où est ma carte?", "IBAN DE89", "Can I just ask again?",
]  # fmt: skip
SHARP = [
    "This is ridiculous", "you are useless", "I'm really annoyed", "what a waste of my time",
    "Das ist eine Frechheit", "Mir reicht's", "esto es inútil", "estoy harto", "C'est une honte",
    "j'en ai marre",
]  # fmt: skip
MILD = [
    "That does not help.", "I already told you", "for the third time", "WHERE IS MY MONEY",
    "where is it???", "Das hilft mir nicht", "schon wieder", "otra vez lo mismo",
    "Ça ne marche pas",
]  # fmt: skip


@pytest.mark.parametrize("text", CALM)
def test_a_question_is_no_frustration(text: str) -> None:
    assert points_of(text) == 0


@pytest.mark.parametrize("text", SHARP)
def test_sharp_words_count_more_than_mild_ones(text: str) -> None:
    assert points_of(text) >= 2
    assert not is_frustrated([text])


@pytest.mark.parametrize("text", MILD)
def test_mild_words_count_once(text: str) -> None:
    assert points_of(text) == 1


@pytest.mark.parametrize(
    ("texts", "is_so"),
    [
        (["Where is my card?", "That does not help.", "This is ridiculous"], True),
        (["That does not help.", "I already told you", "for the third time"], True),
        (["This is ridiculous!!", "Where is my card?", "Thank you"], False),
        (["This is ridiculous", "you are useless", "Sorry. Where is my card?"], False),
        (["you are useless", "a", "b", "c", "This is ridiculous"], False),
        (["THIS IS RIDICULOUS!!"], False),
        ([], False),
    ],
)
def test_the_trend_of_the_last_messages_decides(texts: list[str], is_so: bool) -> None:
    assert is_frustrated(texts) is is_so


def test_one_message_has_three_points_at_most() -> None:
    assert points_of("THIS IS RIDICULOUS!! I ALREADY TOLD YOU, YOU ARE USELESS!!!") == 3
