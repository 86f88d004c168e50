"""What the app says to customers in Slack around the answers, by language. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    greeting: str
    disclosure: str
    thinking: str
    """After the app's name: what it is doing."""
    human: str
    sources: str
    helped: str
    did_not_help: str
    thanks: str
    choices: str
    chosen: str
    survey: str
    scale: tuple[str, str, str, str, str]
    surveyed: str
    joined: str
    departed: str
    somebody: str
    not_yours: str
    """To somebody who speaks in another customer's thread."""
    files_refused: str


ENGLISH = Words(
    greeting="Hello! How can I help you today?",
    disclosure=(
        "You are chatting with an AI assistant. It can be wrong: check what matters. A person is "
        "always one press away."
    ),
    thinking="is writing an answer…",
    human="Talk to a human",
    sources="Sources",
    helped="👍 This answer helped",
    did_not_help="👎 It did not help",
    thanks="Thank you for telling us.",
    choices="Choose an answer",
    chosen="You chose: {label}",
    survey="How did we do?",
    scale=("Very poor", "Poor", "All right", "Good", "Very good"),
    surveyed="Thank you for your rating.",
    joined="{name} has joined the chat.",
    departed="{name} has left the chat.",
    somebody="A person",
    not_yours=(
        "This thread belongs to somebody else's question. Mention me in a message of your own, or "
        "write to me directly."
    ),
    files_refused=(
        "A file could not be accepted: only pictures (PNG, JPEG, WebP), PDF and text files of up "
        "to 5 MB can, and only so many in one conversation."
    ),
)
WORDS: dict[str, Words] = {
    "en": ENGLISH,
    "es": Words(
        greeting="¡Hola! ¿En qué puedo ayudarle?",
        disclosure=(
            "Está hablando con un asistente de IA. Puede equivocarse: compruebe lo importante. "
            "Siempre puede pedir hablar con una persona."
        ),
        thinking="está escribiendo una respuesta…",
        human="Hablar con una persona",
        sources="Fuentes",
        helped="👍 Me ayudó",
        did_not_help="👎 No me ayudó",
        thanks="Gracias por decírnoslo.",
        choices="Elija una respuesta",
        chosen="Ha elegido: {label}",
        survey="¿Cómo lo hicimos?",
        scale=("Muy mal", "Mal", "Regular", "Bien", "Muy bien"),
        surveyed="Gracias por su valoración.",
        joined="{name} se ha unido al chat.",
        departed="{name} ha dejado el chat.",
        somebody="Una persona",
        not_yours=(
            "Este hilo es de la pregunta de otra persona. Mencióneme en un mensaje suyo o "
            "escríbame directamente."
        ),
        files_refused=(
            "No se pudo aceptar un archivo: solo imágenes (PNG, JPEG, WebP), PDF y archivos de "
            "texto de hasta 5 MB, y un número limitado por conversación."
        ),
    ),
    "fr": Words(
        greeting="Bonjour ! Comment puis-je vous aider ?",
        disclosure=(
            "Vous parlez à un assistant IA. Il peut se tromper : vérifiez ce qui compte. Vous "
            "pouvez demander une personne à tout moment."
        ),
        thinking="rédige une réponse…",
        human="Parler à une personne",
        sources="Sources",
        helped="👍 Cela m'a aidé",
        did_not_help="👎 Cela ne m'a pas aidé",
        thanks="Merci de nous l'avoir dit.",
        choices="Choisissez une réponse",
        chosen="Votre choix : {label}",
        survey="Qu'avez-vous pensé de nous ?",
        scale=("Très mauvais", "Mauvais", "Correct", "Bien", "Très bien"),
        surveyed="Merci pour votre note.",
        joined="{name} a rejoint la discussion.",
        departed="{name} a quitté la discussion.",
        somebody="Une personne",
        not_yours=(
            "Ce fil est celui de la question d'une autre personne. Mentionnez-moi dans un message "
            "à vous, ou écrivez-moi directement."
        ),
        files_refused=(
            "Un fichier n'a pas pu être accepté : seulement des images (PNG, JPEG, WebP), des PDF "
            "et des textes de 5 Mo au plus, en nombre limité par conversation."
        ),
    ),
    "de": Words(
        greeting="Guten Tag! Wie kann ich Ihnen helfen?",
        disclosure=(
            "Sie sprechen mit einem KI-Assistenten. Er kann sich irren: Prüfen Sie Wichtiges nach. "
            "Ein Mensch ist immer nur einen Klick entfernt."
        ),
        thinking="schreibt eine Antwort…",
        human="Mit einem Menschen sprechen",
        sources="Quellen",
        helped="👍 Das hat geholfen",
        did_not_help="👎 Das hat nicht geholfen",
        thanks="Danke für Ihre Rückmeldung.",
        choices="Antwort auswählen",
        chosen="Ihre Wahl: {label}",
        survey="Wie waren wir?",
        scale=("Sehr schlecht", "Schlecht", "In Ordnung", "Gut", "Sehr gut"),
        surveyed="Danke für Ihre Bewertung.",
        joined="{name} ist dem Chat beigetreten.",
        departed="{name} hat den Chat verlassen.",
        somebody="Ein Mensch",
        not_yours=(
            "Dieser Thread gehört zur Frage eines anderen. Erwähnen Sie mich in einer eigenen "
            "Nachricht, oder schreiben Sie mir direkt."
        ),
        files_refused=(
            "Eine Datei konnte nicht angenommen werden: nur Bilder (PNG, JPEG, WebP), PDF und "
            "Textdateien bis 5 MB, und nur begrenzt viele je Gespräch."
        ),
    ),
}


def words_for(locale: str) -> Words:
    """Return the words of a customer's language; English where there is no other."""
    return WORDS.get(language_of(locale), ENGLISH)


def language_of(locale: str) -> str:
    """Return the language of a locale: `de` for `de-AT`."""
    return locale.replace("_", "-").split("-")[0].lower()
