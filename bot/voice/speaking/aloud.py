"""The fixed texts that were written for a screen, as they are said on the telephone. Pure.

The log keeps the written ones; a part that makes no sense to who hears it is said in other words.
"""

from bot.voice.words import spoken_language

Pairs = tuple[tuple[str, str], ...]
"""Written, and said."""

ALOUD: dict[str, Pairs] = {
    "en": (
        (
            "Someone will answer you here as soon as a person is free.",
            "Please stay on the line: somebody will speak to you as soon as a person is free.",
        ),
        ("will answer you here", "will speak to you on this line"),
        ("will take this over here", "will take over on this line"),
        ("I have passed your message on", "I have passed on what you said"),
        ("Your message is not lost", "What you said is not lost"),
        ("to come here now", "to come to the telephone now"),
        (
            "until a colleague reads this, so please do call",
            "until a colleague comes to the telephone, so please do call that number",
        ),
        ("Write any time to open it again.", "You can call again at any time."),
        ("You can come back at any time.", "You can call again at any time."),
        (
            "Leave an e-mail address or a phone number here",
            "Tell me an e-mail address or a phone number",
        ),
        ("is here right now", "is available right now"),
        ("can see what was said here", "will know what was said on this call"),
        ("It has been quiet here for a while", "It has been quiet for a while"),
    ),
    "es": (
        (
            "Le responderá aquí en cuanto una persona esté libre.",
            "No cuelgue, por favor: le atenderá en cuanto una persona esté libre.",
        ),
        ("que le responderá aquí", "que le atenderá en esta llamada"),
        ("le responderá aquí", "le atenderá en esta llamada"),
        ("Un compañero le responderá aquí", "Un compañero le atenderá en esta llamada"),
        ("seguirá aquí con usted", "seguirá con usted en esta llamada"),
        ("He pasado su mensaje", "He pasado lo que me ha dicho"),
        ("Su mensaje no se pierde", "Lo que ha dicho no se pierde"),
        ("que venga aquí", "que se ponga al teléfono"),
        (
            "puede tardar en leer esto, así que llame, por favor",
            "puede tardar en ponerse al teléfono, así que llame a ese número, por favor",
        ),
        ("Escriba cuando quiera.", "Puede llamar cuando quiera."),
        ("Puede volver cuando quiera.", "Puede volver a llamar cuando quiera."),
        ("Déjenos aquí un correo", "Dígame un correo"),
        ("verá lo que se ha dicho aquí", "sabrá lo que se ha dicho en esta llamada"),
        ("Como no ha habido mensajes durante un rato", "Como no se ha dicho nada en un rato"),
    ),
    "fr": (
        (
            "Quelqu'un vous répondra ici dès qu'une personne sera libre.",
            "Ne quittez pas : quelqu'un vous parlera dès qu'une personne sera libre.",
        ),
        ("vous répondra ici", "vous répondra au téléphone"),
        ("J'ai transmis votre message", "J'ai transmis ce que vous avez dit"),
        ("Votre message n'est pas perdu", "Ce que vous avez dit n'est pas perdu"),
        ("venir ici", "venir au téléphone"),
        (
            "peut tarder à lire ceci: appelez, s'il vous plaît",
            "peut tarder à venir au téléphone: appelez ce numéro, s'il vous plaît",
        ),
        ("Écrivez quand vous voulez.", "Vous pouvez rappeler quand vous voulez."),
        ("Vous pouvez revenir à tout moment.", "Vous pouvez rappeler à tout moment."),
        ("Laissez ici une adresse", "Dites-moi une adresse"),
        ("verra ce qui a été dit ici", "saura ce qui a été dit dans cet appel"),
        ("Il n'y a plus eu de message depuis un moment", "Plus rien n'a été dit depuis un moment"),
    ),
    "de": (
        (
            "Sobald jemand frei ist, bekommen Sie hier Antwort. Fragen Sie ruhig weiter.",
            "Bitte bleiben Sie in der Leitung: sobald jemand frei ist, spricht er mit Ihnen. "
            "Fragen Sie ruhig weiter.",
        ),
        ("bekommen hier Antwort", "bekommen am Telefon Antwort"),
        ("antwortet Ihnen hier", "spricht hier am Telefon mit Ihnen"),
        ("Ein Mensch übernimmt hier", "Ein Mensch übernimmt das Gespräch"),
        ("Ich habe Ihre Nachricht", "Ich habe das"),
        ("Ihre Nachricht geht nicht verloren", "Was Sie gesagt haben, geht nicht verloren"),
        ("sofort hierher zu kommen", "sofort ans Telefon zu kommen"),
        (
            "bis jemand dies liest: bitte rufen Sie an",
            "bis jemand ans Telefon kommt: bitte rufen Sie die genannte Nummer an",
        ),
        ("Schreiben Sie jederzeit wieder.", "Rufen Sie jederzeit wieder an."),
        ("Sie können jederzeit wiederkommen.", "Sie können jederzeit wieder anrufen."),
        (
            "Lassen Sie uns hier eine E-Mail-Adresse oder Telefonnummer da, wir melden",
            "Nennen Sie mir eine E-Mail-Adresse oder Telefonnummer, wir melden",
        ),
        ("sieht, was hier gesagt wurde", "weiß, was in diesem Anruf gesagt wurde"),
        ("Hier war es eine Weile still", "Es war eine Weile still"),
    ),
}
PUT_THROUGH: dict[str, Pairs] = {
    "en": (
        (" Until then you can go on asking me.", ""),
        ("I am passing you on to", "I am putting you through to"),
    ),
    "es": ((" Mientras tanto puede seguir preguntándome.", ""),),
    "fr": ((" D'ici là, vous pouvez continuer à m'interroger.", ""),),
    "de": ((" Fragen Sie ruhig weiter.", ""),),
}
"""Besides, where the call itself goes to who answers: nobody is there to be asked meanwhile."""
SHORTEST = min(len(written) for pairs in ALOUD.values() for written, _ in pairs)


def aloud(text: str, locale: str, is_put_through: bool) -> str:
    """Return a text as it is said on the telephone.

    Args:
        text: as it was written.
        locale: of the caller.
        is_put_through: who is asked for comes to the telephone.
    """
    if len(text) < SHORTEST:
        return text
    language = spoken_language(locale)
    for written, said in (*ALOUD[language], *(PUT_THROUGH[language] if is_put_through else ())):
        text = text.replace(written, said)
    return text
