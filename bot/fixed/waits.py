"""The fixed texts for a customer who waits for a human, by language."""

from enum import Enum

from bot.privacy.redact import fixed
from routing.request import Redacted


class Wait(Enum):
    """What such a text says."""

    NOBODY_THERE = "nobody_there"
    BACK_AT = "back_at"
    """With `{opening}`."""
    USUAL_MINUTE = "usual_minute"
    USUAL_MINUTES = "usual_minutes"
    """With `{minutes}`, more than one."""
    PLEASE_CALL = "please_call"
    LEAVE_CONTACT = "leave_contact"
    STILL_WAITING = "still_waiting"
    CHOICE_WAIT = "choice_wait"
    CHOICE_CONTACT = "choice_contact"
    CHOICE_GO_ON = "choice_go_on"
    WAITING_ON = "waiting_on"
    TICKET = "ticket"
    """With `{ticket}`."""
    TOO_LONG = "too_long"
    REQUEUED = "requeued"
    QUIET = "quiet"


TEXTS: dict[str, dict[Wait, Redacted]] = {
    "en": {
        Wait.NOBODY_THERE: fixed("Nobody from our team is here right now."),
        Wait.BACK_AT: fixed("We are back on {opening}."),
        Wait.USUAL_MINUTE: fixed("Usually that takes about a minute."),
        Wait.USUAL_MINUTES: fixed("Usually that takes about {minutes} minutes."),
        Wait.PLEASE_CALL: fixed(
            "At this hour it can take a while until a colleague reads this, so please do call."
        ),
        Wait.LEAVE_CONTACT: fixed(
            "Leave an e-mail address or a phone number here, and we will get back to you."
        ),
        Wait.STILL_WAITING: fixed(
            "I am sorry, nobody is free yet, and I cannot tell how long it will take. You keep "
            "your place. What would you like to do?"
        ),
        Wait.CHOICE_WAIT: fixed("Go on waiting"),
        Wait.CHOICE_CONTACT: fixed("Leave contact details"),
        Wait.CHOICE_GO_ON: fixed("Go on with the assistant"),
        Wait.WAITING_ON: fixed("All right, you keep your place. A colleague will answer you here."),
        Wait.TICKET: fixed("I have noted your request under number {ticket}; it cannot get lost."),
        Wait.TOO_LONG: fixed(
            "You have waited for longer than you should have to, and I am sorry. You keep your "
            "place."
        ),
        Wait.REQUEUED: fixed(
            "I am sorry, the colleague who was with you cannot answer at the moment. I have asked "
            "the others again; whoever comes can see what was said here."
        ),
        Wait.QUIET: fixed(
            "It has been quiet here for a while, so you are talking to the assistant again. You "
            "can ask for a person at any time."
        ),
    },
    "es": {
        Wait.NOBODY_THERE: fixed("En este momento no hay nadie de nuestro equipo."),
        Wait.BACK_AT: fixed("Volvemos el {opening}."),
        Wait.USUAL_MINUTE: fixed("Suele tardar alrededor de un minuto."),
        Wait.USUAL_MINUTES: fixed("Suele tardar unos {minutes} minutos."),
        Wait.PLEASE_CALL: fixed(
            "A esta hora un compañero puede tardar en leer esto, así que llame, por favor."
        ),
        Wait.LEAVE_CONTACT: fixed(
            "Déjenos aquí un correo electrónico o un teléfono y nos pondremos en contacto con "
            "usted."
        ),
        Wait.STILL_WAITING: fixed(
            "Lo siento, todavía no hay nadie libre y no puedo decirle cuánto tardará. Conserva su "
            "turno. ¿Qué prefiere?"
        ),
        Wait.CHOICE_WAIT: fixed("Seguir esperando"),
        Wait.CHOICE_CONTACT: fixed("Dejar mis datos de contacto"),
        Wait.CHOICE_GO_ON: fixed("Seguir con el asistente"),
        Wait.WAITING_ON: fixed("De acuerdo, conserva su turno. Un compañero le responderá aquí."),
        Wait.TICKET: fixed("He anotado su petición con el número {ticket}; no se perderá."),
        Wait.TOO_LONG: fixed(
            "Lleva esperando más de lo debido, y lo siento mucho. Conserva su turno."
        ),
        Wait.REQUEUED: fixed(
            "Lo siento, el compañero que le atendía no puede responder en este momento. He vuelto "
            "a avisar a los demás; quien venga verá lo que se ha dicho aquí."
        ),
        Wait.QUIET: fixed(
            "Como no ha habido mensajes durante un rato, vuelve a hablar con el asistente. Puede "
            "pedir una persona cuando quiera."
        ),
    },
    "fr": {
        Wait.NOBODY_THERE: fixed("Personne de notre équipe n'est là en ce moment."),
        Wait.BACK_AT: fixed("Nous serons de retour le {opening}."),
        Wait.USUAL_MINUTE: fixed("Cela prend d'habitude environ une minute."),
        Wait.USUAL_MINUTES: fixed("Cela prend d'habitude environ {minutes} minutes."),
        Wait.PLEASE_CALL: fixed(
            "À cette heure, un collègue peut tarder à lire ceci: appelez, s'il vous plaît."
        ),
        Wait.LEAVE_CONTACT: fixed(
            "Laissez ici une adresse e-mail ou un numéro de téléphone, et nous vous recontacterons."
        ),
        Wait.STILL_WAITING: fixed(
            "Désolé, personne n'est encore libre et je ne peux pas dire combien de temps cela "
            "prendra. Vous gardez votre place. Que préférez-vous?"
        ),
        Wait.CHOICE_WAIT: fixed("Continuer d'attendre"),
        Wait.CHOICE_CONTACT: fixed("Laisser mes coordonnées"),
        Wait.CHOICE_GO_ON: fixed("Continuer avec l'assistant"),
        Wait.WAITING_ON: fixed("D'accord, vous gardez votre place. Un collègue vous répondra ici."),
        Wait.TICKET: fixed(
            "J'ai noté votre demande sous le numéro {ticket}; elle est en sécurité."
        ),
        Wait.TOO_LONG: fixed(
            "Vous attendez depuis plus longtemps que vous ne devriez, et j'en suis désolé. Vous "
            "gardez votre place."
        ),
        Wait.REQUEUED: fixed(
            "Désolé, le collègue qui était avec vous ne peut pas répondre pour le moment. J'ai de "
            "nouveau prévenu les autres; celui qui viendra verra ce qui a été dit ici."
        ),
        Wait.QUIET: fixed(
            "Il n'y a plus eu de message depuis un moment: vous parlez de nouveau à l'assistant. "
            "Vous pouvez demander une personne à tout moment."
        ),
    },
    "de": {
        Wait.NOBODY_THERE: fixed("Im Moment ist niemand aus unserem Team da."),
        Wait.BACK_AT: fixed("Wir sind wieder da: {opening}."),
        Wait.USUAL_MINUTE: fixed("Das dauert meist etwa eine Minute."),
        Wait.USUAL_MINUTES: fixed("Das dauert meist etwa {minutes} Minuten."),
        Wait.PLEASE_CALL: fixed(
            "Um diese Zeit kann es dauern, bis jemand dies liest: bitte rufen Sie an."
        ),
        Wait.LEAVE_CONTACT: fixed(
            "Lassen Sie uns hier eine E-Mail-Adresse oder Telefonnummer da, wir melden uns bei "
            "Ihnen."
        ),
        Wait.STILL_WAITING: fixed(
            "Es tut mir leid, noch ist niemand frei, und ich kann nicht sagen, wie lange es "
            "dauert. Sie behalten Ihren Platz. Was möchten Sie tun?"
        ),
        Wait.CHOICE_WAIT: fixed("Weiter warten"),
        Wait.CHOICE_CONTACT: fixed("Kontakt hinterlassen"),
        Wait.CHOICE_GO_ON: fixed("Mit dem Assistenten weitermachen"),
        Wait.WAITING_ON: fixed("Gut, Sie behalten Ihren Platz. Jemand antwortet Ihnen hier."),
        Wait.TICKET: fixed(
            "Ich habe Ihr Anliegen unter der Nummer {ticket} notiert, es geht nicht verloren."
        ),
        Wait.TOO_LONG: fixed(
            "Sie warten länger, als Sie sollten, das tut mir leid. Sie behalten Ihren Platz."
        ),
        Wait.REQUEUED: fixed(
            "Es tut mir leid, wer für Sie da war, kann gerade nicht antworten. Ich habe die "
            "anderen noch einmal verständigt; wer kommt, sieht, was hier gesagt wurde."
        ),
        Wait.QUIET: fixed(
            "Hier war es eine Weile still, deshalb sprechen Sie wieder mit dem Assistenten. Sie "
            "können jederzeit nach einem Menschen fragen."
        ),
    },
}


def language_of(locale: str) -> str:
    """Return the language in which such a text is said: English where there is no other."""
    language = locale.split("-")[0].lower()
    return language if language in TEXTS else "en"


def wait_text(said: Wait, locale: str) -> Redacted:
    """Return a fixed text in the customer's language; English where there is no other."""
    return TEXTS[language_of(locale)][said]
