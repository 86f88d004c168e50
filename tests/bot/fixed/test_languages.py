"""Our texts follow the language that a customer writes in."""

import pytest

from bot.fixed.languages import locale_after


@pytest.mark.parametrize(
    ("text", "locale", "after"),
    [
        ("¿Cuánto cuesta la tarjeta de crédito?", "en", "es"),
        ("Combien coûte la carte et quand puis-je la recevoir ?", "en", "fr"),
        ("Wie kann ich meine Karte sperren?", "en-GB", "de"),
        ("How do I block my card?", "de", "en"),
        ("How do I block my card?", "en-US", None),
        ("Wie kann ich meine Karte sperren?", "de-AT", None),
        ("ok", "es", None),
        ("la tarjeta", "en", None),
        ("T-1042 4711 [EMAIL_1]", "en", None),
        ("[NAME_1] [IBAN_1] XK-99", "en", None),
        ("Quanto costa la carta e come posso averla?", "en", None),
        ("カードはいつ届きますか", "en", None),
        ("", "en", None),
    ],
)
def test_three_words_of_another_language_of_ours_change_it(
    text: str, locale: str, after: str | None
) -> None:
    assert locale_after(text, locale) == after
