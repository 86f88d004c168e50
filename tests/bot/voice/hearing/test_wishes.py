"""What a caller says to a choice, and how he says where he can be reached."""

import pytest

from bot.humans.ladder import GO_ON, LEAVE_CONTACT, WAIT
from bot.log import Choice
from bot.privacy.redact import fixed
from bot.voice.hearing.wishes import CallsFromIt, Chosen, Contact, Saying, Unfinished, Wishes

LADDER = tuple(Choice(one, fixed("-")) for one in (WAIT, LEAVE_CONTACT, GO_ON))
OFFER = (Choice("human", fixed("Yes")), Choice("decline", fixed("No")))
WAITS = {
    "en-US": ["I'll wait.", "Keep waiting please", "Okay, I will wait for a human", "Wait.",
              "I'd rather hold the line", "The first one", "Option one"],
    "es-ES": ["Espero.", "Sí, prefiero esperar", "Seguir esperando", "Lo primero"],
    "fr-FR": ["J'attends.", "Je préfère attendre", "Continuer d'attendre", "Le premier"],
    "de-DE": ["Ich warte.", "Ich möchte lieber warten", "Weiter warten, bitte", "Das erste"],
}  # fmt: skip
LEAVES = {
    "en-US": ["Leave my contact details", "I'd like to leave my number, please", "Call me back.",
              "Leave contact details", "The second option", "I want to leave a phone number"],
    "es-ES": ["Dejar mis datos de contacto", "Quiero dejar mi número", "Que me llamen",
              "Datos de contacto"],
    "fr-FR": ["Laisser mes coordonnées", "Je voudrais laisser mon numéro", "Rappelez-moi"],
    "de-DE": ["Kontakt hinterlassen", "Ich möchte meine Nummer hinterlassen", "Rückruf bitte",
              "Ich hinterlasse meine Telefonnummer", "Rufen Sie mich bitte zurück"],
}  # fmt: skip
GOES_ON = {
    "en-US": ["Go on with the assistant", "I'll talk to the bot", "The assistant", "Number three"],
    "es-ES": ["Seguir con el asistente", "Prefiero hablar con el robot", "El asistente"],
    "fr-FR": ["Continuer avec l'assistant", "Je préfère parler avec le robot"],
    "de-DE": ["Weiter mit dem Assistenten", "Mit dem Assistenten weitermachen",
              "Ich möchte mit dem Bot weitersprechen"],
}  # fmt: skip
QUESTIONS = {
    "en-US": ["How long do I have to wait?", "What is my contact number?", "Can the assistant help",
              "One more question", "Wait, what about my card?", "My number is wrong in your app"],
    "es-ES": ["¿Cuánto tengo que esperar?", "¿Dónde está mi número?"],
    "fr-FR": ["Combien de temps dois-je attendre ?", "Où est ma carte ?"],
    "de-DE": ["Wie lange muss ich warten?", "Wo steht meine Nummer?", "Ich warte auf meine Karte"],
}  # fmt: skip


def said(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(locale, text) for locale, texts in table.items() for text in texts]


def waiting() -> Wishes:
    wishes = Wishes()
    assert wishes.offer(LADDER)
    return wishes


@pytest.mark.parametrize(("locale", "text"), said(WAITS))
def test_who_waits_says_so(locale: str, text: str) -> None:
    assert waiting().meant(text, locale) == Chosen(WAIT)


@pytest.mark.parametrize(("locale", "text"), said(LEAVES))
def test_who_leaves_contact_details_says_so(locale: str, text: str) -> None:
    assert waiting().meant(text, locale) == Chosen(LEAVE_CONTACT)


@pytest.mark.parametrize(("locale", "text"), said(GOES_ON))
def test_who_goes_on_with_the_assistant_says_so(locale: str, text: str) -> None:
    assert waiting().meant(text, locale) == Chosen(GO_ON)


@pytest.mark.parametrize(("locale", "text"), said(QUESTIONS))
def test_a_question_is_no_choice(locale: str, text: str) -> None:
    assert waiting().meant(text, locale) == Saying(text)


def test_the_choices_stay_while_one_asks_something_else_and_are_gone_with_the_answer() -> None:
    wishes = waiting()
    wishes.forget_offer()

    assert wishes.meant("I'll wait", "en-US") == Chosen(WAIT)
    assert wishes.meant("I'll wait", "en-US") == Saying("I'll wait")


def test_yes_and_no_answer_an_offer_until_something_else_is_said() -> None:
    wishes = Wishes()

    assert not wishes.offer(OFFER)
    assert wishes.meant("Yes, please.", "en-US") == Chosen("human")
    wishes.offer(OFFER)
    wishes.forget_offer()
    assert wishes.meant("No.", "en-US") == Saying("No.")


@pytest.mark.parametrize(
    "text", ["My number is 555 012 3456.", "It's dana@bank.example", "+1 (555) 010-0123"]
)
def test_a_number_or_an_address_is_how_one_can_be_reached(text: str) -> None:
    wishes = Wishes()

    assert wishes.meant(text, "en-US") == Saying(text)
    wishes.ask_contact()
    assert wishes.meant(text, "en-US") == Contact(text)
    assert wishes.meant(text, "en-US") == Saying(text)


def test_a_number_may_come_in_pieces() -> None:
    wishes = Wishes()
    wishes.ask_contact()

    assert wishes.meant("It is 555", "en-US") == Unfinished()
    assert wishes.meant("012", "en-US") == Unfinished()
    assert wishes.meant("3456", "en-US") == Contact("It is 555 012 3456")


def test_what_began_like_a_number_and_goes_on_otherwise_is_lost_in_no_case() -> None:
    wishes = Wishes()
    wishes.ask_contact()

    assert wishes.meant("It is 555", "en-US") == Unfinished()
    assert wishes.meant("oh, forget it", "en-US") == Saying("It is 555 oh, forget it")


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-US", "Call me back on this number."),
        ("en-US", "The number I'm calling from, please"),
        ("es-ES", "A este número."),
        ("fr-FR", "Au même numéro"),
        ("de-DE", "Unter dieser Nummer bitte"),
    ],
)
def test_who_can_be_reached_where_he_calls_from_says_so(locale: str, text: str) -> None:
    wishes = Wishes()
    wishes.ask_contact()

    assert wishes.meant(text, locale) == CallsFromIt()


def test_a_question_meanwhile_is_a_question_and_the_number_is_still_awaited() -> None:
    wishes = Wishes()
    wishes.ask_contact()

    assert wishes.meant("Who will call me?", "en-US") == Saying("Who will call me?")
    assert wishes.typed("12") is False
    assert wishes.typed("5550123456") is True
    assert wishes.typed("5550123456") is False


def test_when_a_human_has_come_nothing_is_awaited() -> None:
    wishes = waiting()
    wishes.ask_contact()
    wishes.forget()

    assert wishes.meant("I'll wait", "en-US") == Saying("I'll wait")
    assert wishes.meant("555 012 3456", "en-US") == Saying("555 012 3456")
