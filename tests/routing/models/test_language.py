import pytest

from routing.models.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I change my PIN?", "en"),
        ("my card was stolen in the city", "en"),
        ("¿Cómo puedo bloquear mi tarjeta?", "es"),
        ("Comment puis-je bloquer ma carte de crédit ?", "fr"),
        ("Wie kann ich meine Karte sperren?", "de"),
        ("Come posso bloccare la mia carta?", "it"),
        ("Como posso bloquear o meu cartão?", "pt"),
        ("Hoe kan ik mijn pas blokkeren?", "nl"),
        ("Как заблокировать карту?", "other"),
        ("カードを失くしました", "other"),
        ("PIN", None),
        ("12345 €", None),
        ("", None),
        ("card declined London Madrid", None),
    ],
)
def test_the_commonest_words_say_the_language(text: str, language: str | None) -> None:
    assert language_of(text) == language
