"""The fixed texts on the telephone: nothing in them is for who reads a screen."""

import re

import pytest

from bot.fixed.texts import TEXTS, Said
from bot.fixed.waits import TEXTS as WAITS
from bot.fixed.waits import Wait
from bot.voice.speaking.aloud import ALOUD, PUT_THROUGH, aloud
from bot.voice.words import TEXTS as OWN

OF_A_SCREEN = {
    "en": r"\b(?:here|write|writes|read|reads|typed?|chat|message|button|form|come back)\b",
    "es": r"\b(?:aquí|escrib\w+|leer|mensajes?|formulario|volver cuando)\b",
    "fr": r"\b(?:ici|écri\w+|lire|message|formulaire|revenir)\b",
    "de": r"\b(?:hier(?:her)?|schreib\w*|liest|lesen|nachricht|formular|wiederkommen)\b",
}
NOT_IN_CALLS = {Said.GOT_FILE, Said.GOT_FILE_OFFER, Said.LOOKING}
MEANT = (
    "text 988",
    "D'ici là",
    "D'ici",
    "Here is my answer again",
    "hier am Telefon",
    "Hier ist meine Antwort",
    "Aquí está mi respuesta",
    "Voici",
)
"""Words that say something else, or are right on the telephone."""


def fixed_texts(language: str) -> dict[str, str]:
    texts = {said.value: str(text) for said, text in TEXTS[language].items()}
    for left_out in NOT_IN_CALLS:
        del texts[left_out.value]
    return texts | {f"wait {one.value}": str(text) for one, text in WAITS[language].items()}


@pytest.mark.parametrize("language", sorted(OF_A_SCREEN))
@pytest.mark.parametrize("is_put_through", [True, False])
def test_nothing_that_is_said_is_for_who_reads(language: str, is_put_through: bool) -> None:
    found = {}
    for name, text in fixed_texts(language).items():
        said = aloud(text, language, is_put_through)
        for meant in MEANT:
            said = said.replace(meant, "")
        if words := re.findall(OF_A_SCREEN[language], said.lower()):
            found[name] = words

    assert found == {}


@pytest.mark.parametrize("language", sorted(ALOUD))
def test_every_part_that_is_said_otherwise_is_in_a_fixed_text(language: str) -> None:
    everything = "\n".join(fixed_texts(language).values())
    pairs = (*ALOUD[language], *PUT_THROUGH[language])
    said = "\n".join(text for _, text in ALOUD[language])

    unknown = [written for written, _ in pairs if written not in everything + said]
    assert unknown == []


def test_who_is_put_through_is_not_invited_to_go_on_asking() -> None:
    text = TEXTS["en"][Said.HANDED_OVER]

    assert "you can go on asking me" in aloud(text, "en-US", False)
    assert "go on asking" not in aloud(text, "en-US", True)
    assert "putting you through to a colleague" in aloud(text, "en-US", True)


def test_joined_texts_and_other_words_are_said_as_they_are() -> None:
    told = f"{TEXTS['en'][Said.OUTAGE]} {WAITS['en'][Wait.USUAL_MINUTE]}"

    assert aloud(told, "it-IT", False).endswith("on this line. Usually that takes about a minute.")
    assert aloud("Your card is here to stay.", "en-US", False) == "Your card is here to stay."


@pytest.mark.parametrize("language", sorted(OWN))
def test_what_was_made_for_calls_is_for_who_listens(language: str) -> None:
    texts = " ".join(OWN[language].values()).lower()

    assert re.findall(OF_A_SCREEN[language], texts) == []
