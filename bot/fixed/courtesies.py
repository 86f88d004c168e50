"""Messages that are nothing but courtesy: thanks, greetings, goodbyes, and a plain yes or no. Pure.

Nobody wants them looked up in a help centre, and no model needs to be paid for them.
"""

import re
from enum import Enum

from bot.fixed.phrases import spoken


class Courtesy(Enum):
    """What such a message is."""

    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    YES = "yes"
    """Agreed; after an offer it takes the offer."""
    NO = "no"
    """Nothing more; after an offer it declines."""


_WORDS: dict[Courtesy, str] = {
    Courtesy.THANKS: """
        thanks|thank you|thank u|thx|ty|tysm|cheers|much appreciated|appreciate it|i appreciate it
        thanks a lot|thanks a million|many thanks|thank you (so |very )*much|thanks (so |very )*much
        (thanks|thank you) (so much |very much |a lot )?for (your |the |all your )?(help|time)
        that helps?|that helped|this helps?|this helped
        gracias|muchas gracias|mil gracias|gracias por (su|tu|la) ayuda|te lo agradezco
        merci|merci beaucoup|merci bien|un grand merci|merci (pour|de) (votre|ton|l') ?aide
        danke|danke schön|danke sehr|vielen dank|herzlichen dank|besten dank|danke dir|danke ihnen
        danke für (die|ihre|deine) hilfe|vielen dank für (die|ihre|deine) hilfe|dankeschön
        """,
    Courtesy.GREETING: """
        hello|hi|hey|hi there|hello there|hey there|good (morning|afternoon|evening|day)|greetings
        hola|buenas|buenos días|buenas tardes|buenas noches|bonjour|bonsoir|salut|coucou
        hallo|guten (tag|morgen|abend)|moin|servus|grüezi|grüß gott|anybody there|anyone there
        """,
    Courtesy.GOODBYE: """
        bye|bye bye|goodbye|good bye|good night|see you|see ya|take care
        have a (nice|good|great) (day|evening|weekend)
        adiós|adios|hasta luego|hasta pronto|chao|au revoir|à bientôt|bonne (journée|soirée|nuit)
        tschüss|tschüs|tschau|ciao|auf wiedersehen|bis bald|schönen (tag|abend)( noch)?
        """,
    Courtesy.YES: """
        ok|okay|okey|k|kk|alright|all right|fine|great|perfect|good|got it|i see|understood|cool
        yes|yes please|yeah|yep|yup|sure|please|please do|sounds good|ok great|that works|nice
        sí|si|vale|de acuerdo|perfecto|entendido|bueno|claro|sí por favor|por favor|está bien
        oui|d'accord|parfait|compris|très bien|oui s'il vous plaît|s'il vous plaît|bien sûr
        ja|ja bitte|bitte|gut|alles klar|verstanden|prima|super|in ordnung|passt|gerne|ja gerne
        """,
    Courtesy.NO: """
        no|nope|no thanks|no thank you|not now|nothing|nothing else|that's all|that's it|that is all
        no that's all|no i'm fine|i'm good|i'm fine|never mind|nevermind|no need|all good
        no gracias|nada|nada más|eso es todo|non|non merci|rien|rien d'autre|c'est tout|ça ira
        nein|nein danke|nichts|das ist alles|das war's|das wars|passt schon|nicht nötig
        """,
}
_OF: dict[str, re.Pattern[str]] = {
    courtesy.value: re.compile("|".join(line.strip() for line in words.strip().splitlines()))
    for courtesy, words in _WORDS.items()
}
_SIGNS = re.compile(r"[\s.,!?;:\u00a1\u00bf\u2026\-\u2013\u2014()\ufe0f\u200d]+")
_SMILES = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\u2764]+|[:;]-?[)dp]\b")
_MOST_CHARS = 80
_JOINED = re.compile(r" (?:and|y|et|und) ")
_ORDER = (Courtesy.THANKS, Courtesy.GOODBYE, Courtesy.NO, Courtesy.YES, Courtesy.GREETING)
"""Of several in one message the first in this order is answered: `ok, thanks, bye` is thanks."""


def courtesy_of(text: str) -> Courtesy | None:
    """Return what a message is that is nothing but courtesy; None for any other message."""
    if len(text) > _MOST_CHARS:
        return None
    said = spoken(text)
    bare = _SMILES.sub(" ", said)
    if said and not bare.strip():
        return Courtesy.YES
    parts = [_plain(part) for part in re.split(r"[.,!?;\n]+", bare)]
    found: set[Courtesy] = set()
    for part in (piece for whole in parts for piece in _JOINED.split(whole) if piece):
        kinds = [one for one in _ORDER if _OF[one.value].fullmatch(part)]
        if not kinds:
            return None
        found.add(kinds[0])
    return next((one for one in _ORDER if one in found), None)


def _plain(part: str) -> str:
    return _SIGNS.sub(" ", part).strip()
