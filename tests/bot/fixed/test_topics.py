import pytest

from bot.fixed.phrases import compiled, spoken
from bot.fixed.topics import Topic, topic_of

FOUND = {
    Topic.SELF_HARM: [
        "I want to kill myself", "i just want to die", "I don't want to live anymore",
        "honestly I'm suicidal", "im going to end my life", "I took a bunch of pills",
        "thinking about ending it all", "I can't go on anymore", "they'd be better off without me",
        "my son wants to kill himself", "i wish i was dead", "there is no reason to live",
        "I've been cutting myself again", "gonna unalive myself", "I think I overdosed",
        "ich will mich umbringen", "quiero morir", "je veux mourir", "voglio morire",
        "quero morrer", "ik wil dood",
    ],
    Topic.THREAT: [
        "I will kill you", "I'm going to shoot everyone in your branch", "I know where you live",
        "There is a bomb in the lobby", "I'll burn down your office", "he threatened to kill me",
        "Ich bringe euch alle um", "os voy a matar", "je vais vous tuer", "vou te matar",
    ],
    Topic.FRAUD: [
        "someone is using my card right now", "I gave my code to a caller",
        "my account was hacked", "I just got scammed", "they have access to my account",
        "I told him my PIN", "he asked me to install anydesk", "somebody logged into my account",
        "a man claiming to be from the bank called me", "move my money to a safe account",
        "jemand benutzt meine Karte", "alguien está usando mi tarjeta",
        "quelqu'un utilise ma carte", "alguém está usando meu cartão",
    ],
    Topic.LEGAL: [
        "I will sue you", "I'm going to take you to court", "see you in court",
        "my lawyer will contact you", "I will file a complaint with the CFPB",
        "we are considering legal action", "I'll report you to the ombudsman",
        "I am joining the class action", "Ich werde Sie verklagen", "acciones legales",
    ],
    Topic.PRESS: [
        "I'm a journalist at the Herald", "I'm going to the press with this",
        "I am writing an article about your fees", "I will tell the newspapers",
        "this is a press enquiry", "je suis journaliste", "soy periodista",
    ],
}  # fmt: skip

ORDINARY = [
    "this app is killing me", "someone named Sue called me", "I'm dying to know my balance",
    "How do I change my PIN?", "my card was stolen", "I lost my card",
    "I don't want to take legal action, just fix it", "I need a power of attorney form",
    "press 1 for balance", "I pressed the button", "kill the subscription",
    "I can't live without my card", "I nearly died laughing", "can I cancel my direct debit",
    "I'm not suicidal, just annoyed", "my phone is dead", "I'd kill for a coffee",
    "how do I dispute a charge?", "I will not sue you", "so sue me",
    "I gave my card to my wife", "I shared the receipt with you",
    "how do I stop someone from using my card", "my lawyer needs a bank statement",
    "cut myself off from the mailing list", "I was killing myself laughing",
    "there is a charge I don't recognise", "I want to close my account", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "text"), [(topic, text) for topic, texts in FOUND.items() for text in texts]
)
def test_a_sensitive_topic_is_noticed(topic: Topic, text: str) -> None:
    assert topic_of(text) is topic
    assert topic_of(f"Hello. {text.upper()}! Please answer") is topic


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_message_has_no_topic(text: str) -> None:
    assert topic_of(text) is None


def test_danger_comes_before_law() -> None:
    assert topic_of("I will sue you and then kill myself") is Topic.SELF_HARM


def test_a_long_message_is_looked_at_in_its_first_part_only() -> None:
    assert topic_of("word " * 2_000 + "I want to kill myself") is None


def test_curly_marks_and_missing_ones_make_no_difference() -> None:
    assert spoken("I don\u2019t   CARE, dont ask") == "i don't care, don't ask"


def test_a_phrase_may_go_on_in_the_next_line_while_a_bracket_is_open() -> None:
    pattern = compiled(
        """
        one (two|
          three)
        four END
        """
    )

    assert pattern.search("say one three")
    assert pattern.search("say four.")
    assert not pattern.search("four five")
