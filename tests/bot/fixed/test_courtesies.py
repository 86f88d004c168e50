import pytest

from bot.fixed.courtesies import Courtesy, courtesy_of

SAID = {
    Courtesy.THANKS: [
        "Thank you!", "thx", "Ok, thanks!", "thank you so much for your help", "Thanks 😊",
        "ok, thanks, bye", "¡Gracias!", "Merci beaucoup !", "Alles klar, danke schön",
        "Vielen Dank für Ihre Hilfe!",
    ],
    Courtesy.GREETING: ["Hello", "hi there 👋", "Good morning", "Hola, buenas tardes", "Moin"],
    Courtesy.GOODBYE: ["bye", "Have a nice day!", "Adiós", "Au revoir", "Tschüss"],
    Courtesy.YES: ["ok", "Yes, please.", "👍", "sí", "d'accord", "ja bitte", "Perfect!"],
    Courtesy.NO: ["no", "No thanks", "no that's all", "nada más", "Non merci", "Nein danke"],
}  # fmt: skip
OTHER = [
    "", "?", "Hello, I lost my card", "thanks but it did not work", "no, my card is lost",
    "Thanks. Where is my refund?", "ok what now", "good news for my account", "no help at all",
    "yes I did restart it", "bye bye account, close it", "hi" * 60, "4242", "perfect storm",
    "Danke, aber das hilft nicht", "merci de bloquer ma carte", "hola, perdí mi tarjeta",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "courtesy"), [(text, kind) for kind, texts in SAID.items() for text in texts]
)
def test_a_message_that_is_nothing_but_courtesy_is_known(text: str, courtesy: Courtesy) -> None:
    assert courtesy_of(text) is courtesy


@pytest.mark.parametrize("text", OTHER)
def test_a_message_that_says_anything_else_is_none(text: str) -> None:
    assert courtesy_of(text) is None
