"""The words for what a caller may choose who waits for long, by language. Pure."""

import re


def _any(*lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines))


LEAD: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"^(?:(?:yes|yeah|no|ok|okay|well|um|uh|so|then|please|all right|i think)\s)+"
    ),
    "es": re.compile(r"^(?:(?:sí|si|no|vale|bueno|pues|entonces|por favor|eh|mejor)\s)+"),
    "fr": re.compile(r"^(?:(?:oui|non|ok|d'accord|bon|alors|euh|s'il vous plaît|plutôt)\s)+"),
    "de": re.compile(r"^(?:(?:ja|nein|ok|okay|gut|also|äh|dann|bitte|na|lieber)\s)+"),
}
TAIL: dict[str, re.Pattern[str]] = {
    "en": re.compile(r"(?:\s(?:please|then|thanks|thank you|now|instead))+$"),
    "es": re.compile(r"(?:\s(?:por favor|gracias|entonces|mejor))+$"),
    "fr": re.compile(r"(?:\s(?:s'il vous plaît|merci|alors|plutôt))+$"),
    "de": re.compile(r"(?:\s(?:bitte|danke|dann|lieber|gerne|gern))+$"),
}
_EN = (
    r"(?:(?:i'll|i will|i would|i'd|i want to|i'd like to|i would like to|let me|can i|could i|"
    r"i can|i'd rather|i would rather|i prefer to)\s)?(?:just |rather |like to )?"
)
_DE = (
    r"(?:(?:ich\s)?(?:will|möchte|würde|kann|werde)\s(?:ich\s)?)?"
    r"(?:gerne |gern |lieber |noch |einfach )*"
)
_ES = r"(?:(?:quiero|prefiero|quisiera|puedo|voy a|me gustaría)\s)?"
_FR = r"(?:(?:je|puis-je)\s)?(?:(?:veux|voudrais|préfère|vais|souhaite|peux)\s)?(?:d')?"
_DETAILS = (
    r"(?:my |a |some |you my )?(?:contact details|contact information|contact|details|"
    r"(?:phone |telephone |call ?back )?number|e-?mail(?: address)?)"
)
_DATEN = (
    r"(?:(?:meine|meinen|einen|eine|den|die)\s)?(?:kontakt(?:daten)?|daten|(?:telefon|handy|"
    r"rückruf)?nummer|e-?mail(?:-?\s?adresse)?)"
)
CHOICES: dict[str, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]] = {
    "en": (
        _any(
            _EN + r"(?:(?:go on|keep|keep on|continue|carry on) waiting|continue to wait|stay|hold|"
            r"wait|hold the line|stay on the line|keep my place)(?: (?:a bit|a little|longer|on|"
            r"some more|for (?:a|the) (?:human|person|colleague|agent)|for (?:someone|somebody)))?",
        ),
        _any(
            _EN + r"(?:leave|give) " + _DETAILS + r"(?: here)?",
            _DETAILS,
            r"(?:have (?:someone|somebody) )?call me(?: back)?",
            _EN + r"(?:a |get a |have a )?call ?back",
        ),
        _any(
            _EN + r"(?:go on|continue|carry on|talk|speak|keep talking) (?:with|to) "
            r"(?:the |an )?(?:assistant|bot|machine|robot|you)",
            r"(?:with )?(?:the )?(?:assistant|bot)",
        ),
    ),
    "es": (
        _any(
            r"(?:yo )?(?:me )?(?:espero|esperaré|sigo esperando|no cuelgo)(?: un poco más)?",
            _ES + r"(?:esperar|esperarme|seguir esperando)(?: un poco más)?",
        ),
        _any(
            _ES + r"(?:dejar|dejo|dejarles?|dar|darles|doy)\s(?:(?:mis?|un|el|los|la)\s)?"
            r"(?:datos(?: de contacto)?|contacto|número(?: de teléfono)?|teléfono|"
            r"correo(?: electrónico)?)",
            r"(?:mis |los )?(?:datos(?: de contacto)?|contacto)",
            r"(?:que me llamen|llámenme|llámeme)(?: de vuelta| más tarde)?",
        ),
        _any(
            _ES + r"(?:seguir|sigo|continuar|continúo|hablar)(?: hablando)? con "
            r"(?:el asistente|el robot|el bot|la máquina|usted)",
            r"(?:con )?(?:el )?asistente",
        ),
    ),
    "fr": (
        _any(
            r"j'attends(?: encore)?|j'attendrai|je patiente|je continue d'attendre",
            _FR + r"(?:attendre|patienter|continuer d'attendre|rester en ligne)(?: encore)?",
            r"je reste en ligne",
        ),
        _any(
            _FR + r"(?:laisser|laisse|donner|donne)\s(?:(?:mes|mon|un|une|vous)\s)?"
            r"(?:coordonnées|contact|numéro(?: de téléphone)?|adresse(?: e-?mail)?|e-?mail)",
            r"(?:mes )?coordonnées",
            r"rappelez-moi|qu'on me rappelle|" + _FR + r"être rappelée?",
        ),
        _any(
            _FR + r"(?:continuer|continue|parler|poursuivre) avec "
            r"(?:l'assistant|le robot|le bot|la machine|vous)",
            r"(?:avec )?l'assistant|assistant",
        ),
    ),
    "de": (
        _any(
            r"(?:ich )?warte(?: (?:noch|weiter|gerne|lieber|einfach|ein bisschen|etwas))*",
            _DE + r"(?:weiter ?)?warten",
            r"(?:ich )?bleibe? (?:dran|in der leitung)",
        ),
        _any(
            _DE + _DATEN + r"\s(?:(?:gerne|lieber|hier)\s)?(?:hinterlassen|hinterlegen|geben|"
            r"angeben|da ?lassen)",
            r"ich (?:hinterlasse|gebe)(?: ihnen)? " + _DATEN,
            _DATEN,
            r"(?:rufen sie mich|ruft mich)(?: bitte)? (?:zurück|an)|(?:einen )?rückruf|"
            + _DE
            + r"(?:einen rückruf|zurückgerufen werden)",
        ),
        _any(
            _DE + r"(?:weiter )?mit (?:dem |der )?(?:assistenten?|bot|maschine|computer|ihnen)"
            r"(?: weiter ?(?:machen|sprechen|reden)?| sprechen| reden)?",
            r"(?:ich mache |weiter )mit (?:dem )?assistenten(?: weiter)?",
        ),
    ),
}
"""To wait, to leave contact details, to go on with the assistant; of a sentence nothing else."""
ORDINALS: dict[str, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]] = {
    "en": (
        re.compile(r"(?:(?:the )?first(?: one| option)?|(?:number |option )?(?:one|1))"),
        re.compile(r"(?:(?:the )?second(?: one| option)?|(?:number |option )?(?:two|2))"),
        re.compile(r"(?:(?:the )?third(?: one| option)?|(?:number |option )?(?:three|3))"),
    ),
    "es": (
        re.compile(r"(?:(?:lo|la|el) )?(?:primer[oa]?)(?: opción)?|(?:el )?(?:uno|1)"),
        re.compile(r"(?:(?:lo|la|el) )?(?:segund[oa])(?: opción)?|(?:el )?(?:dos|2)"),
        re.compile(r"(?:(?:lo|la|el) )?(?:tercer[oa]?)(?: opción)?|(?:el )?(?:tres|3)"),
    ),
    "fr": (
        re.compile(r"(?:la |le )?premi(?:er|ère)(?: option)?|(?:le )?(?:un|1)"),
        re.compile(r"(?:la |le )?(?:deuxième|seconde?)(?: option)?|(?:le )?(?:deux|2)"),
        re.compile(r"(?:la |le )?troisième(?: option)?|(?:le )?(?:trois|3)"),
    ),
    "de": (
        re.compile(r"(?:das |die )?erste(?: möglichkeit)?|(?:nummer )?(?:eins|1)"),
        re.compile(r"(?:das |die )?zweite(?: möglichkeit)?|(?:nummer )?(?:zwei|2)"),
        re.compile(r"(?:das |die )?dritte(?: möglichkeit)?|(?:nummer )?(?:drei|3)"),
    ),
}
"""The same by their place, as they were said."""
CALL_THIS: dict[str, re.Pattern[str]] = {
    "en": _any(
        r"(?:(?:you can )?(?:call|reach) me (?:back )?|use )?(?:on |at |under )?"
        r"(?:this|the same|my) (?:phone )?number",
        r"(?:(?:call|reach) me (?:back )?)?(?:on |at |under )?the number (?:that )?"
        r"(?:i am|i'm) calling from",
        r"you (?:already )?have my number",
    ),
    "es": _any(
        r"(?:(?:llámenme|llámeme|que me llamen) )?(?:a |en )?(?:este(?: mismo)?|el mismo) número",
        r"(?:al|el) número desde el que (?:le )?llamo",
        r"ya tiene(?:n)? mi número",
    ),
    "fr": _any(
        r"(?:(?:rappelez-moi|appelez-moi) )?(?:à |sur |au )?(?:ce|même|le même) numéro",
        r"(?:au|le) numéro d'où j'appelle",
        r"vous avez (?:déjà )?mon numéro",
    ),
    "de": _any(
        r"(?:(?:rufen sie mich|ruft mich) )?(?:unter |auf )?(?:dieser|diese|derselben|dieselbe|die "
        r"gleiche) nummer(?: (?:an|zurück))?",
        r"(?:unter )?(?:der|die) nummer,? (?:von|mit) der ich (?:anrufe|gerade anrufe)",
        r"sie haben (?:ja |doch |schon )?meine nummer",
    ),
}
"""That the number from which he calls is good."""
