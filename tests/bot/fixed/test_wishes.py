import pytest

from bot.fixed.topics import asks_for_human

ASKED = [
    "talk to a person", "agent please", "I want to speak to a human", "connect me to an agent",
    "can I talk to someone?", "human", "Human please!", "Representative", "get me a manager",
    "I need to speak with a real person now", "transfer me to customer service",
    "is there a real person I can talk to?", "no AI please", "I don't want to talk to a bot",
    "let me talk to your supervisor", "Can you put me through to somebody",
    "speak to an advisor", "I'd like a human", "stop the bot, give me a person",
    "quiero hablar con una persona", "agente por favor", "ponme con un humano",
    "je veux parler à un humain", "un conseiller svp", "parler à quelqu'un",
    "passez-moi un conseiller", "ich möchte mit einem Menschen sprechen", "Mitarbeiter bitte",
    "verbinden Sie mich mit einem Mitarbeiter", "Kann ich mit jemandem sprechen?",
    "Ich will einen Menschen", "vorrei parlare con un operatore", "operatore per favore",
    "quero falar com um atendente", "falar com uma pessoa", "ik wil met een mens praten",
    "medewerker graag", "kan ik iemand spreken",
]  # fmt: skip

MENTIONED = [
    "my agent told me the rate", "human error", "it was a human error on your side",
    "I spoke with an agent yesterday", "a person stole my card",
    "I sent money to the wrong person", "I talked to my travel agent",
    "do I need to talk to someone to activate the card?", "human resources number",
    "I don't want to talk to a human", "the person at the branch",
    "Can someone help me with my card?", "I need someone to explain fees",
    "my estate agent needs the deposit", "are you a human?", "how many people use this card?",
    "can I add a person to my account?", "no charges please", "send it over to the agent",
    "mi agente me dijo", "la persona que llamó", "der Mitarbeiter in der Filiale war nett",
    "I need a person's IBAN", "the operator of the app store", "",
]  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_the_wish_for_a_human_is_heard(text: str) -> None:
    assert asks_for_human(text)
    assert asks_for_human(f"{text.capitalize()} ")


@pytest.mark.parametrize("text", MENTIONED)
def test_the_mention_of_a_human_is_no_wish(text: str) -> None:
    assert not asks_for_human(text)
