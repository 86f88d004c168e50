"""When a call changes its language."""

from bot.voice.hearing.languages import Languages

OFFERED = ("en-US", "de-DE", "es-ES")


def languages() -> Languages:
    return Languages(OFFERED, "en-US")


def test_one_word_that_sounds_like_another_language_changes_nothing() -> None:
    spoken = languages()

    assert spoken.heard("de-DE", "Ja") is None
    assert spoken.heard("en-US", "Yes, please.") is None
    assert spoken.heard("de-DE", "Ja") is None
    assert spoken.current == "en-US"


def test_two_sentences_in_a_row_change_it() -> None:
    spoken = languages()

    assert spoken.heard("de-AT", "Meine Karte") is None
    assert spoken.heard("de-AT", "Ist weg") == "de-DE"
    assert spoken.heard("de-AT", "Hallo?") is None


def test_a_long_sentence_changes_it_at_once() -> None:
    assert languages().heard("es-MX", "Quiero saber dónde está mi tarjeta") == "es-ES"


def test_two_different_languages_in_a_row_change_nothing() -> None:
    spoken = languages()

    assert spoken.heard("de-DE", "Ja") is None
    assert spoken.heard("es-ES", "No") is None
    assert spoken.heard("", "Hm") is None
    assert spoken.heard("es-ES", "Sí") == "es-ES"


def test_a_language_that_is_not_offered_counts_as_the_one_that_is_spoken() -> None:
    spoken = languages()

    assert spoken.heard("de-DE", "Ja") is None
    assert spoken.heard("it-IT", "Quando arriva la mia carta?") is None
    assert spoken.heard("de-DE", "Ja") is None
    assert spoken.spoken_in("it-IT") == "en-US"
    assert spoken.spoken_in("de-CH") == "de-DE"
