"""Whether a customer's patience runs out: the trend over his last messages, not one of them. Pure.

Phrases are about the service, not about the matter: who has lost a card may be upset, and wants an
answer. A single sharp message decides nothing.
"""

import re
from collections.abc import Sequence

from bot.fixed.phrases import compiled, spoken

LOOKS_BACK = 4
ENOUGH = 3
"""Points of the last messages together; at least two of them have some, the last one among them."""
_SHARP = compiled(
    """
    (this|that|it|you) ?(is|'s|are|'re)( \\w+)? (ridiculous|useless|unacceptable|a joke|absurd|
      terrible|awful|pathetic|a disgrace|infuriating|hopeless|the worst)
    (useless|stupid|dumb|terrible|awful|pathetic|worst) (bot|robot|thing|answer|service|support|
      help|app|company|bank|shop)
    (i'm|i am|getting|really|so|very) (\\w+ )?(angry|furious|fed up|frustrated|annoyed|sick of this)
    fed up|sick and tired|had enough|(waste of|wasting) (my )?time|what the hell|wtf|for god's sake
    (das ist|du bist|sie sind|ihr seid)( \\w+)? (lächerlich|unverschämt|nutzlos|eine frechheit|
      unmöglich|inakzeptabel|ein witz)
    bin (\\w+ )?(wütend|sauer|verärgert|genervt|stinksauer)
    mir reicht('s| es)|zeitverschwendung|so ein (mist|quatsch|unsinn)
    (esto|eso) es( \\w+)? (ridículo|inaceptable|una vergüenza|inútil|una broma|absurdo)
    estoy (\\w+ )?(harto|harta|furioso|furiosa|enfadado|enfadada|cansado de|cansada de)
    pérdida de tiempo|no sirven? para nada
    c'est( \\w+)? (ridicule|inacceptable|une honte|inutile|n'importe quoi|une blague)
    j'en ai (marre|assez)|ras le bol|perte de temps
    je suis (\\w+ )?(furieux|furieuse|énervé|énervée|en colère)
    """
)
_MILD = compiled(
    """
    (that|this|it)( still)? (does not|doesn't|did not|didn't|is not|isn't)( \\w+)? (help|helping|
      answer|what i asked|my question|work|working)
    (again|still)( \\w+)? (not|no|the same|wrong|waiting|nothing)
    (already|just) (told|said|asked|wrote|explained)
    (you|you're|you are)( \\w+)? (not listening|don't understand|do not understand|not helping)
    how many times|for the (second|third|fourth|last|hundredth) time|read (my|what)
    same (answer|thing) again|not what i asked
    (das|es) (hilft|stimmt|funktioniert)( \\w+)? nicht|schon wieder|immer noch (nicht|kein\\w*)
    habe? ich (doch )?(schon|bereits) (gesagt|geschrieben|gefragt)|verstehst du nicht
    zum (zweiten|dritten|letzten) mal
    (eso|esto) no (me )?(ayuda|sirve|funciona|responde)|otra vez lo mismo|sigue sin
    (te|le|os) lo he dicho|ya lo (dije|he dicho)|por (segunda|tercera|última) vez
    no (me )?(entiendes|entiende|escuchas)
    (ça|cela) ne (m'aide|marche|fonctionne|répond)|toujours (pas|rien|la même)|encore la même
    j'ai déjà (dit|écrit|demandé|expliqué)|je l'ai déjà (dit|écrit|demandé|expliqué)
    pour la (deuxième|troisième|dernière) fois|vous ne comprenez
    """
)
_LOUD = re.compile(r"[!?]{2,}")
LEAST_LETTERS = 12
SHOUTED = 0.7
"""A share of capital letters from which a text is shouted."""


def is_frustrated(texts: Sequence[str]) -> bool:
    """Return whether the last messages of a customer, oldest first, show a rising frustration."""
    points = [points_of(text) for text in texts[-LOOKS_BACK:]]
    is_last = bool(points) and points[-1] > 0
    return is_last and sum(points) >= ENOUGH and sum(one > 0 for one in points) > 1


def points_of(text: str) -> int:
    """Return how frustrated one message sounds, from 0 to 3."""
    plain = spoken(text)
    points = 2 * bool(_SHARP.search(plain)) + bool(_MILD.search(plain))
    return min(3, points + (bool(_LOUD.search(text)) or _is_shouted(text)))


def _is_shouted(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return len(letters) >= LEAST_LETTERS and capitals >= SHOUTED * len(letters)
