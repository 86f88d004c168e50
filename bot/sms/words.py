"""What customers read in text messages around the answers, by language. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    yes_or_no: str
    """Under an offer."""
    choose: str
    """Before what may be chosen: it is answered with a number."""
    survey: str
    files_refused: str


ENGLISH = Words(
    yes_or_no="Reply YES or NO.",
    choose="Reply with a number:",
    survey="How did we do? Reply with a number from 1 (very poor) to 5 (very good).",
    files_refused=(
        "A file could not be accepted: only pictures (PNG, JPEG, WebP), PDF and text files of up "
        "to 5 MB can, and only so many in one conversation."
    ),
)
WORDS: dict[str, Words] = {
    "en": ENGLISH,
    "es": Words(
        yes_or_no="Responda SÍ o NO.",
        choose="Responda con un número:",
        survey="¿Cómo lo hicimos? Responda con un número del 1 (muy mal) al 5 (muy bien).",
        files_refused=(
            "No se pudo aceptar un archivo: solo imágenes (PNG, JPEG, WebP), PDF y archivos de "
            "texto de hasta 5 MB, y un número limitado por conversación."
        ),
    ),
    "fr": Words(
        yes_or_no="Répondez OUI ou NON.",
        choose="Répondez par un chiffre :",
        survey=(
            "Qu'avez-vous pensé de nous ? Répondez par un chiffre de 1 (très mauvais) à 5 "
            "(très bien)."
        ),
        files_refused=(
            "Un fichier n'a pas pu être accepté : seulement des images (PNG, JPEG, WebP), des PDF "
            "et des textes de 5 Mo au plus, en nombre limité par conversation."
        ),
    ),
    "de": Words(
        yes_or_no="Antworten Sie JA oder NEIN.",
        choose="Antworten Sie mit einer Zahl:",
        survey=(
            "Wie waren wir? Antworten Sie mit einer Zahl von 1 (sehr schlecht) bis 5 (sehr gut)."
        ),
        files_refused=(
            "Eine Datei konnte nicht angenommen werden: nur Bilder (PNG, JPEG, WebP), PDF und "
            "Textdateien bis 5 MB, und nur begrenzt viele je Gespräch."
        ),
    ),
}


def words_for(locale: str) -> Words:
    """Return the words of a customer's language; English where there is no other."""
    return WORDS.get(locale.replace("_", "-").split("-")[0].lower(), ENGLISH)
