"""The fixed texts of a call, by language. Pure."""

import re
from enum import Enum

from bot.privacy.redact import fixed
from routing.request import Redacted


class Spoken(Enum):
    """What such a text says."""

    GREETING = "greeting"
    DISCLOSURE = "disclosure"
    STILL_THERE = "still_there"
    GOODBYE = "goodbye"
    HOLD = "hold"
    TROUBLE = "trouble"
    """Something does not work, and the answer will not come."""
    NO_HUMAN_NOW = "no_human_now"
    """The line was lost too often, and there is nobody to put the caller through to."""
    PUTTING_THROUGH = "putting_through"
    AGAIN = "again"
    """The line is connected again in a moment."""
    NOBODY = "nobody"
    """Nobody has answered whom we have called."""
    CHOICES = "choices"
    """What may be answered by who waits for long."""
    CONTACT_NOTED = "contact_noted"


TEXTS: dict[str, dict[Spoken, Redacted]] = {
    "en": {
        Spoken.GREETING: fixed("Hello! How can I help you today?"),
        Spoken.DISCLOSURE: fixed(
            "You are talking to an automated assistant. You can ask for a person at any time."
        ),
        Spoken.STILL_THERE: fixed("Are you still there? I am listening."),
        Spoken.GOODBYE: fixed("I cannot hear you, so I will hang up now. Goodbye."),
        Spoken.HOLD: fixed("Please hold the line, a colleague will be with you."),
        Spoken.TROUBLE: fixed("I am sorry, I have a technical problem right now."),
        Spoken.NO_HUMAN_NOW: fixed(
            "I am sorry, the line keeps breaking. Please call again in a little while. Goodbye."
        ),
        Spoken.PUTTING_THROUGH: fixed("I am putting you through to a colleague."),
        Spoken.AGAIN: fixed("One moment please, I am reconnecting you."),
        Spoken.NOBODY: fixed("I am sorry, nobody can answer right now. Please call again later."),
        Spoken.CHOICES: fixed(
            "You can say: I will wait, leave my contact details, or go on with the assistant."
        ),
        Spoken.CONTACT_NOTED: fixed("Thank you, I have noted how we can reach you."),
    },
    "es": {
        Spoken.GREETING: fixed("¡Hola! ¿En qué puedo ayudarle?"),
        Spoken.DISCLOSURE: fixed(
            "Está hablando con un asistente automático. Puede pedir una persona cuando quiera."
        ),
        Spoken.STILL_THERE: fixed("¿Sigue ahí? Le escucho."),
        Spoken.GOODBYE: fixed("No le oigo, así que voy a colgar. Adiós."),
        Spoken.HOLD: fixed("Por favor, no cuelgue, enseguida le atenderá un compañero."),
        Spoken.TROUBLE: fixed("Lo siento, en este momento tengo un problema técnico."),
        Spoken.NO_HUMAN_NOW: fixed(
            "Lo siento, la línea se corta una y otra vez. Llame de nuevo dentro de un rato. Adiós."
        ),
        Spoken.PUTTING_THROUGH: fixed("Le paso con un compañero."),
        Spoken.AGAIN: fixed("Un momento, por favor, vuelvo a conectarle."),
        Spoken.NOBODY: fixed(
            "Lo siento, ahora no hay nadie libre. Por favor, llame más tarde. Adiós."
        ),
        Spoken.CHOICES: fixed(
            "Puede decir: espero, dejar mis datos de contacto, o seguir con el asistente."
        ),
        Spoken.CONTACT_NOTED: fixed("Gracias, he anotado cómo podemos contactarle."),
    },
    "fr": {
        Spoken.GREETING: fixed("Bonjour ! Comment puis-je vous aider ?"),
        Spoken.DISCLOSURE: fixed(
            "Vous parlez à un assistant automatique. Vous pouvez demander une personne à tout "
            "moment."
        ),
        Spoken.STILL_THERE: fixed("Êtes-vous toujours là ? Je vous écoute."),
        Spoken.GOODBYE: fixed("Je ne vous entends pas, je vais donc raccrocher. Au revoir."),
        Spoken.HOLD: fixed("Ne quittez pas, un collègue va vous répondre."),
        Spoken.TROUBLE: fixed("Désolé, j'ai un problème technique en ce moment."),
        Spoken.NO_HUMAN_NOW: fixed(
            "Désolé, la ligne est sans cesse coupée. Rappelez un peu plus tard. Au revoir."
        ),
        Spoken.PUTTING_THROUGH: fixed("Je vous passe un collègue."),
        Spoken.AGAIN: fixed("Un instant, je rétablis la communication."),
        Spoken.NOBODY: fixed("Désolé, personne n'est libre. Rappelez plus tard. Au revoir."),
        Spoken.CHOICES: fixed(
            "Vous pouvez dire : j'attends, laisser mes coordonnées, ou continuer avec l'assistant."
        ),
        Spoken.CONTACT_NOTED: fixed("Merci, j'ai noté comment vous joindre."),
    },
    "de": {
        Spoken.GREETING: fixed("Guten Tag! Wie kann ich Ihnen helfen?"),
        Spoken.DISCLOSURE: fixed(
            "Sie sprechen mit einem automatischen Assistenten. Sie können jederzeit nach einem "
            "Menschen fragen."
        ),
        Spoken.STILL_THERE: fixed("Sind Sie noch da? Ich höre Ihnen zu."),
        Spoken.GOODBYE: fixed("Ich höre Sie nicht und lege jetzt auf. Auf Wiederhören."),
        Spoken.HOLD: fixed("Bitte bleiben Sie in der Leitung, gleich ist jemand für Sie da."),
        Spoken.TROUBLE: fixed("Es tut mir leid, ich habe gerade ein technisches Problem."),
        Spoken.NO_HUMAN_NOW: fixed(
            "Es tut mir leid, die Leitung bricht immer wieder ab. Bitte rufen Sie etwas später "
            "noch einmal an. Auf Wiederhören."
        ),
        Spoken.PUTTING_THROUGH: fixed("Ich verbinde Sie weiter."),
        Spoken.AGAIN: fixed("Einen Moment bitte, ich verbinde Sie neu."),
        Spoken.NOBODY: fixed("Es ist leider niemand frei. Bitte rufen Sie später noch einmal an."),
        Spoken.CHOICES: fixed(
            "Sie können sagen: ich warte, Kontakt hinterlassen, oder weiter mit dem Assistenten."
        ),
        Spoken.CONTACT_NOTED: fixed("Danke, ich habe notiert, wie wir Sie erreichen."),
    },
}
FILLERS: dict[str, tuple[Redacted, ...]] = {
    "en": (fixed("One moment, please. "), fixed("I am still looking. "), fixed("Almost there. ")),
    "es": (fixed("Un momento, por favor. "), fixed("Sigo buscando. "), fixed("Ya casi está. ")),
    "fr": (fixed("Un instant. "), fixed("Je cherche encore. "), fixed("J'y suis presque. ")),
    "de": (
        fixed("Einen Moment bitte. "),
        fixed("Ich suche noch. "),
        fixed("Gleich habe ich es. "),
    ),
}
DISCLOSED = re.compile(
    r"\b(?:AI|IA|KI|artificial|artificielle|künstliche\w*|virtual|virtuel\w*|virtuell\w*|"
    r"automated|automatic|automatique|autom[aá]tic[oa]|automatisch\w*|robot|bot)\b"
)
"""What a greeting says that does not hide who speaks."""
YES: dict[str, frozenset[str]] = {
    "en": frozenset({"yes", "yes please", "yeah", "yep", "sure", "ok", "okay", "please do"}),
    "es": frozenset({"sí", "si", "sí por favor", "si por favor", "claro", "vale", "de acuerdo"}),
    "fr": frozenset({"oui", "oui s'il vous plaît", "d'accord", "volontiers", "bien sûr"}),
    "de": frozenset({"ja", "ja bitte", "ja gerne", "gerne", "okay", "ok", "bitte"}),
}
NO: dict[str, frozenset[str]] = {
    "en": frozenset({"no", "no thanks", "no thank you", "nope", "not now"}),
    "es": frozenset({"no", "no gracias", "ahora no"}),
    "fr": frozenset({"non", "non merci", "pas maintenant"}),
    "de": frozenset({"nein", "nein danke", "nicht jetzt"}),
}


def spoken_language(locale: str) -> str:
    """Return the language in which such a text is said: English where there is no other."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in TEXTS else "en"


def spoken_text(said: Spoken, locale: str) -> Redacted:
    """Return a fixed text in the caller's language; English where there is no other."""
    return TEXTS[spoken_language(locale)][said]


def answer_to_offer(text: str, locale: str) -> bool | None:
    """Return whether a caller has said yes to what he was offered; None when it is neither."""
    bare = " ".join("".join(one for one in text.lower() if one not in ".,!?¿¡").split())
    language = spoken_language(locale)
    if bare in YES[language]:
        return True
    return False if bare in NO[language] else None
