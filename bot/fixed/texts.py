"""The fixed texts that no model words, by language."""

from enum import Enum

from bot.privacy.redact import fixed
from routing.request import Redacted


class Said(Enum):
    """What a fixed text says."""

    HANDED_OVER = "handed_over"
    ALREADY_WAITING = "already_waiting"
    REPEATED = "repeated"
    SENSITIVE = "sensitive"
    SELF_HARM = "self_harm"
    FRAUD = "fraud"
    OUTAGE = "outage"
    FAULT = "fault"
    BEGIN_AGAIN = "begin_again"
    UNSURE_OFFER = "unsure_offer"
    UNSURE = "unsure"
    SORRY_OFFER = "sorry_offer"
    YES_HUMAN = "yes_human"
    NO_HUMAN = "no_human"
    GO_ON = "go_on"
    WELCOME = "welcome"
    HELLO = "hello"
    GOODBYE = "goodbye"
    GOT_FILE = "got_file"
    GOT_FILE_OFFER = "got_file_offer"
    LOOKING = "looking"
    STILL_WORKING = "still_working"
    BOT_AGAIN = "bot_again"
    RESOLVED = "resolved"


TEXTS: dict[str, dict[Said, Redacted]] = {
    "en": {
        Said.HANDED_OVER: fixed(
            "I am passing you on to a colleague, together with what you have told me. Someone will "
            "answer you here as soon as a person is free. Until then you can go on asking me."
        ),
        Said.ALREADY_WAITING: fixed(
            "A colleague has already been asked and will answer you here. You keep your place."
        ),
        Said.REPEATED: fixed(
            "I would only be repeating myself, and that does not help you. A colleague will take "
            "this over here as soon as a person is free."
        ),
        Said.SENSITIVE: fixed(
            "This needs a person, not a bot. I have passed your message on with priority; a "
            "colleague will answer you here."
        ),
        Said.SELF_HARM: fixed(
            "I am sorry that you are going through this. You do not have to be alone with it: if "
            "you are in danger right now, please call your local emergency number, or in the US "
            "and Canada call or text 988 at any hour. I have asked a colleague to come here now."
        ),
        Said.FRAUD: fixed(
            "Please do not share any codes or passwords with anyone, and freeze the card in your "
            "app if you can. I have passed this on with priority; a colleague will answer you here."
        ),
        Said.OUTAGE: fixed(
            "I am sorry, I cannot look this up right now because of a technical problem on our "
            "side. Your question is not lost: a colleague will answer you here."
        ),
        Said.FAULT: fixed(
            "I am sorry, something went wrong on our side. Your message is not lost: a colleague "
            "will answer you here."
        ),
        Said.BEGIN_AGAIN: fixed("I am sorry, I was interrupted. Here is my answer again."),
        Said.UNSURE_OFFER: fixed(
            "I am not sure about this: I found nothing in our help centre that answers it. Shall I "
            "bring in a colleague?"
        ),
        Said.SORRY_OFFER: fixed(
            "I am sorry that this costs you so much patience. Shall I bring in a colleague?"
        ),
        Said.UNSURE: fixed(
            "I am sorry, I found nothing in our help centre that answers this. You can ask for a "
            "person at any time."
        ),
        Said.YES_HUMAN: fixed("Yes, please"),
        Said.NO_HUMAN: fixed("No, thanks"),
        Said.GO_ON: fixed("All right. What else can I look up for you?"),
        Said.WELCOME: fixed("You are welcome. Is there anything else I can do for you?"),
        Said.HELLO: fixed("Hello! What can I do for you?"),
        Said.GOODBYE: fixed(
            "Goodbye, and thank you for getting in touch. You can come back at any time."
        ),
        Said.GOT_FILE: fixed(
            "Thank you, your file has arrived and is kept here for a colleague. I cannot read "
            "files myself."
        ),
        Said.GOT_FILE_OFFER: fixed(
            "Thank you, your file has arrived. I cannot read files myself, a colleague can. Shall "
            "I bring one in?"
        ),
        Said.LOOKING: fixed("Looking through our help centre"),
        Said.STILL_WORKING: fixed("I am still working on your question. Thank you for waiting."),
        Said.BOT_AGAIN: fixed("You are talking to the assistant again."),
        Said.RESOLVED: fixed("This conversation is closed. Write any time to open it again."),
    },
    "es": {
        Said.HANDED_OVER: fixed(
            "Le paso con un compañero, junto con lo que me ha contado. Le responderá aquí en "
            "cuanto una persona esté libre. Mientras tanto puede seguir preguntándome."
        ),
        Said.ALREADY_WAITING: fixed("Ya hemos avisado a un compañero, que le responderá aquí."),
        Said.REPEATED: fixed(
            "Solo me estaría repitiendo, y eso no le ayuda. Un compañero seguirá aquí con usted."
        ),
        Said.SENSITIVE: fixed(
            "Esto necesita una persona. He pasado su mensaje con prioridad; un compañero le "
            "responderá aquí."
        ),
        Said.SELF_HARM: fixed(
            "Siento mucho que esté pasando por esto. No tiene que estar solo: si está en peligro, "
            "llame ahora al número de emergencias (112; en España también 024). He pedido a un "
            "compañero que venga aquí."
        ),
        Said.FRAUD: fixed(
            "No comparta códigos ni contraseñas con nadie y bloquee la tarjeta en la aplicación si "
            "puede. Lo he pasado con prioridad; un compañero le responderá aquí."
        ),
        Said.OUTAGE: fixed(
            "Lo siento, ahora no puedo consultarlo por un problema técnico nuestro. Su pregunta no "
            "se pierde: un compañero le responderá aquí."
        ),
        Said.FAULT: fixed(
            "Lo siento, algo ha fallado por nuestra parte. Su mensaje no se pierde: un compañero "
            "le responderá aquí."
        ),
        Said.BEGIN_AGAIN: fixed("Perdone, me he interrumpido. Aquí está mi respuesta de nuevo."),
        Said.UNSURE_OFFER: fixed(
            "No estoy seguro: no encuentro nada en nuestra ayuda que lo responda. ¿Llamo a un "
            "compañero?"
        ),
        Said.SORRY_OFFER: fixed(
            "Siento que esto le cueste tanta paciencia. ¿Llamo a un compañero?"
        ),
        Said.UNSURE: fixed("Lo siento, no encuentro nada en nuestra ayuda que lo responda."),
        Said.YES_HUMAN: fixed("Sí, por favor"),
        Said.NO_HUMAN: fixed("No, gracias"),
        Said.GO_ON: fixed("De acuerdo. ¿Qué más puedo buscar?"),
        Said.WELCOME: fixed("De nada. ¿Puedo ayudarle en algo más?"),
        Said.HELLO: fixed("¡Hola! ¿En qué puedo ayudarle?"),
        Said.GOODBYE: fixed("Hasta luego, y gracias por contactarnos. Puede volver cuando quiera."),
        Said.GOT_FILE: fixed(
            "Gracias, su archivo ha llegado y queda aquí para un compañero. Yo no puedo leer "
            "archivos."
        ),
        Said.GOT_FILE_OFFER: fixed(
            "Gracias, su archivo ha llegado. Yo no puedo leer archivos, un compañero sí. ¿Quiere "
            "que lo avise?"
        ),
        Said.LOOKING: fixed("Buscando en nuestra ayuda"),
        Said.STILL_WORKING: fixed("Sigo trabajando en su pregunta. Gracias por esperar."),
        Said.BOT_AGAIN: fixed("Vuelve a hablar con el asistente."),
        Said.RESOLVED: fixed("Esta conversación está cerrada. Escriba cuando quiera."),
    },
    "fr": {
        Said.HANDED_OVER: fixed(
            "Je vous passe un collègue, avec ce que vous m'avez dit. Quelqu'un vous répondra ici "
            "dès qu'une personne sera libre. D'ici là, vous pouvez continuer à m'interroger."
        ),
        Said.ALREADY_WAITING: fixed("Un collègue est déjà prévenu et vous répondra ici."),
        Said.REPEATED: fixed(
            "Je ne ferais que me répéter, et cela ne vous aide pas. Un collègue prend le relais."
        ),
        Said.SENSITIVE: fixed(
            "Cela demande une personne. J'ai transmis votre message en priorité; un collègue vous "
            "répondra ici."
        ),
        Said.SELF_HARM: fixed(
            "Je suis désolé que vous traversiez cela. Vous n'êtes pas seul: en cas de danger, "
            "appelez le 112, ou en France le 3114 à toute heure. J'ai demandé à un collègue de "
            "venir ici."
        ),
        Said.FRAUD: fixed(
            "Ne donnez aucun code ni mot de passe, et bloquez la carte dans l'application si vous "
            "le pouvez. C'est transmis en priorité; un collègue vous répondra ici."
        ),
        Said.OUTAGE: fixed(
            "Désolé, un problème technique de notre côté m'empêche de chercher. Votre question "
            "n'est pas perdue: un collègue vous répondra ici."
        ),
        Said.FAULT: fixed(
            "Désolé, une erreur s'est produite de notre côté. Votre message n'est pas perdu: un "
            "collègue vous répondra ici."
        ),
        Said.BEGIN_AGAIN: fixed("Pardon, j'ai été interrompu. Voici de nouveau ma réponse."),
        Said.UNSURE_OFFER: fixed(
            "Je n'en suis pas sûr: je ne trouve rien dans notre aide qui y réponde. Dois-je "
            "appeler un collègue?"
        ),
        Said.SORRY_OFFER: fixed(
            "Je suis désolé que cela vous demande tant de patience. Dois-je appeler un collègue?"
        ),
        Said.UNSURE: fixed("Désolé, je ne trouve rien dans notre aide qui y réponde."),
        Said.YES_HUMAN: fixed("Oui, merci"),
        Said.NO_HUMAN: fixed("Non merci"),
        Said.GO_ON: fixed("D'accord. Que puis-je chercher d'autre?"),
        Said.WELCOME: fixed("Je vous en prie. Puis-je faire autre chose pour vous ?"),
        Said.HELLO: fixed("Bonjour ! Que puis-je faire pour vous ?"),
        Said.GOODBYE: fixed(
            "Au revoir, et merci de nous avoir contactés. Vous pouvez revenir à tout moment."
        ),
        Said.GOT_FILE: fixed(
            "Merci, votre fichier est bien arrivé et reste ici pour un collègue. Je ne peux pas "
            "lire les fichiers moi-même."
        ),
        Said.GOT_FILE_OFFER: fixed(
            "Merci, votre fichier est bien arrivé. Je ne peux pas lire les fichiers moi-même, un "
            "collègue le peut. Dois-je faire venir quelqu'un ?"
        ),
        Said.LOOKING: fixed("Recherche dans notre aide"),
        Said.STILL_WORKING: fixed("Je travaille encore sur votre question. Merci d'attendre."),
        Said.BOT_AGAIN: fixed("Vous parlez de nouveau à l'assistant."),
        Said.RESOLVED: fixed("Cette conversation est close. Écrivez quand vous voulez."),
    },
    "de": {
        Said.HANDED_OVER: fixed(
            "Ich gebe an eine Kollegin oder einen Kollegen weiter, mit allem, was Sie mir gesagt "
            "haben. Sobald jemand frei ist, bekommen Sie hier Antwort. Fragen Sie ruhig weiter."
        ),
        Said.ALREADY_WAITING: fixed("Es ist schon jemand verständigt und antwortet Ihnen hier."),
        Said.REPEATED: fixed(
            "Ich würde mich nur wiederholen, das hilft Ihnen nicht. Ein Mensch übernimmt hier, "
            "sobald jemand frei ist."
        ),
        Said.SENSITIVE: fixed(
            "Das braucht einen Menschen. Ich habe Ihre Nachricht mit Vorrang weitergegeben; Sie "
            "bekommen hier Antwort."
        ),
        Said.SELF_HARM: fixed(
            "Es tut mir leid, dass es Ihnen so geht. Sie müssen damit nicht allein sein: bei "
            "Gefahr rufen Sie bitte 112 an, in Deutschland rund um die Uhr auch 0800 111 0 111. "
            "Ich habe jemanden gebeten, sofort hierher zu kommen."
        ),
        Said.FRAUD: fixed(
            "Bitte geben Sie niemandem Codes oder Passwörter und sperren Sie die Karte in der App, "
            "wenn Sie können. Ich habe es mit Vorrang weitergegeben; Sie bekommen hier Antwort."
        ),
        Said.OUTAGE: fixed(
            "Es tut mir leid, wegen einer technischen Störung bei uns kann ich gerade nicht "
            "nachsehen. Ihre Frage geht nicht verloren: ein Mensch antwortet Ihnen hier."
        ),
        Said.FAULT: fixed(
            "Es tut mir leid, bei uns ist etwas schiefgegangen. Ihre Nachricht geht nicht "
            "verloren: ein Mensch antwortet Ihnen hier."
        ),
        Said.BEGIN_AGAIN: fixed(
            "Entschuldigung, ich wurde unterbrochen. Hier ist meine Antwort noch einmal."
        ),
        Said.UNSURE_OFFER: fixed(
            "Da bin ich nicht sicher: in unserer Hilfe finde ich dazu nichts. Soll ich jemanden "
            "dazuholen?"
        ),
        Said.SORRY_OFFER: fixed(
            "Es tut mir leid, dass Sie das so viel Geduld kostet. Soll ich jemanden dazuholen?"
        ),
        Said.UNSURE: fixed("Es tut mir leid, in unserer Hilfe finde ich dazu nichts."),
        Said.YES_HUMAN: fixed("Ja, bitte"),
        Said.NO_HUMAN: fixed("Nein, danke"),
        Said.GO_ON: fixed("Gut. Was kann ich sonst nachsehen?"),
        Said.WELCOME: fixed("Gern geschehen. Kann ich sonst noch etwas für Sie tun?"),
        Said.HELLO: fixed("Guten Tag! Was kann ich für Sie tun?"),
        Said.GOODBYE: fixed(
            "Auf Wiedersehen, und danke, dass Sie sich gemeldet haben. Sie können jederzeit "
            "wiederkommen."
        ),
        Said.GOT_FILE: fixed(
            "Danke, Ihre Datei ist angekommen und liegt hier für eine Kollegin oder einen Kollegen "
            "bereit. Ich selbst kann keine Dateien lesen."
        ),
        Said.GOT_FILE_OFFER: fixed(
            "Danke, Ihre Datei ist angekommen. Ich selbst kann keine Dateien lesen, ein Mensch "
            "kann es. Soll ich jemanden dazuholen?"
        ),
        Said.LOOKING: fixed("Ich sehe in unserer Hilfe nach"),
        Said.STILL_WORKING: fixed("Ich bin noch dabei. Danke für Ihre Geduld."),
        Said.BOT_AGAIN: fixed("Sie sprechen wieder mit dem Assistenten."),
        Said.RESOLVED: fixed("Dieses Gespräch ist beendet. Schreiben Sie jederzeit wieder."),
    },
}


def text_for(said: Said, locale: str) -> Redacted:
    """Return a fixed text in the customer's language; English where there is no other."""
    return TEXTS.get(locale.split("-")[0].lower(), TEXTS["en"])[said]
