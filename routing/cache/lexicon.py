"""Words that turn the meaning of a question round, in English, German, French and Spanish; pure.

They are looked up without case, accents and apostrophes, whatever the locale is: customers do not
always write in the language of the page. A word too many here costs a hit, a missing one may cost a
wrong answer.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NEGATIONS = """
not no never none nothing nobody nowhere neither nor without unable cannot fail failed fails
dont doesnt didnt cant couldnt wont wouldnt isnt arent wasnt werent hasnt havent hadnt shouldnt
mustnt neednt aint
nicht nichts nie niemals kein keine keinen keinem keiner keines niemand nirgends ohne weder noch
pas jamais rien aucun aucune personne sans ni ne non
nunca jamas nada nadie ningun ninguna ninguno sin tampoco"""
NEGATIONS = frozenset(_NEGATIONS.split())
"""Each of them negates what follows."""

DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {
        word: side
        for side, words in {
            "from": "from off von vom aus ab depuis desde",
            "to": "to into onto zu zum zur nach vers a al hacia",
            "with": "with using mit avec con",
            "before": "before until bevor vor avant antes",
            "after": "after since nach apres despues",
            "above": "over above more uber mehr plus mas",
            "below": "under below less unter weniger moins menos",
        }.items()
        for word in words.split()
    }
)
"""What a word says of the content word after it."""

OPPOSED = frozenset(
    frozenset(pair)
    for pair in (("from", "to"), ("before", "after"), ("above", "below"), ("with", "without"))
)
"""Directions of one thing that cannot stand for each other."""

ANTONYMS: tuple[tuple[str, str], ...] = (
    ("open opens opening opened", "close closes closing closed closure delete terminate"),
    ("activate enable", "deactivate disable"),
    ("lock locked block blocked freeze frozen", "unlock unlocked unblock unblocked unfreeze"),
    ("increase raise raised higher upgrade", "decrease reduce lower lowered downgrade"),
    ("send sent sending pay paying", "receive received receiving"),
    ("deposit deposited", "withdraw withdrew withdrawn withdrawal"),
    ("incoming", "outgoing"),
    ("lost lose stolen missing", "found find"),
    ("buy buying bought purchase", "sell selling sold"),
    ("debit", "credit"),
    ("order request apply start", "cancel cancelled canceled cancelling stop return"),
    ("accept accepted approved", "reject rejected decline declined refused denied"),
    ("add added adding", "remove removed removing"),
    ("maximum max most highest", "minimum min least lowest"),
    ("physical plastic", "virtual digital"),
    ("personal private", "business commercial"),
    ("domestic national local", "international foreign abroad overseas"),
    ("first", "last"),
    ("on", "off"),
    ("in", "out"),
    ("up", "down"),
    ("more", "less"),
    ("new", "old expired"),
    ("login", "logout"),
    ("borrow", "lend"),
    ("allowed permitted possible legal", "forbidden prohibited impossible illegal"),
    ("always", "never"),
    ("early earlier sooner", "late later"),
    ("single", "joint shared"),
    ("adult adults", "child children kid kids minor minors"),
    ("men male man", "women female woman"),
    ("mother wife daughter", "father husband son"),
    ("yes", "no"),
    ("offnen eroffnen", "schliessen auflosen kundigen"),
    ("aktivieren", "deaktivieren"),
    ("sperren gesperrt", "entsperren freischalten"),
    ("erhohen", "senken verringern"),
    ("senden schicken uberweisen", "empfangen erhalten bekommen"),
    ("einzahlen", "abheben auszahlen"),
    ("verloren", "gefunden"),
    ("kaufen", "verkaufen"),
    ("bestellen beantragen", "stornieren widerrufen abbrechen"),
    ("hinzufugen", "entfernen loschen"),
    ("inland", "ausland"),
    ("ouvrir", "fermer cloturer"),
    ("activer", "desactiver"),
    ("bloquer bloquee bloque", "debloquer debloquee"),
    ("augmenter", "diminuer reduire baisser"),
    ("envoyer", "recevoir"),
    ("deposer verser", "retirer"),
    ("perdu perdue", "retrouve retrouvee"),
    ("acheter", "vendre"),
    ("commander demander", "annuler resilier"),
    ("ajouter", "supprimer retirer"),
    ("abrir", "cerrar"),
    ("activar", "desactivar"),
    ("bloquear bloqueada", "desbloquear"),
    ("aumentar subir", "reducir bajar disminuir"),
    ("enviar", "recibir"),
    ("depositar ingresar", "retirar sacar"),
    ("perdido perdida", "encontrado encontrada"),
    ("comprar", "vender"),
    ("pedir solicitar", "cancelar anular"),
    ("anadir agregar", "eliminar quitar"),
)
"""Words of the left and of the right side exclude each other."""

SIDES: Mapping[str, frozenset[tuple[int, bool]]] = MappingProxyType(
    {
        word: frozenset(
            (number, side is pair[1])
            for number, pair in enumerate(ANTONYMS)
            for side in pair
            if word in side.split()
        )
        for pair in ANTONYMS
        for side in pair
        for word in side.split()
    }
)
"""Which sides of which pairs of antonyms a word is on."""
REVERSING = ("un", "de", "dis", "in", "im", "ir", "non", "ent", "des")
"""What turns a word round when put in front of it: (un)freeze, (de)activate."""

ASKING: Mapping[str, str] = MappingProxyType(
    {
        word: kind
        for kind, words in {
            "when": "when wann quand cuando",
            "where": "where wo wohin woher ou donde adonde",
            "why": "why warum weshalb wieso pourquoi",
            "who": "who whom wer wem wen qui quien",
            "should": "should must shall sollte soll muss dois devrais debo deberia",
        }.items()
        for word in words.split()
    }
)
"""What is asked for; `what`, `which` and `how` may ask for anything."""
ALWAYS_TELLING = frozenset(("why", "should"))
"""Who does not ask this asks something else; `when` may be left out."""
AMOUNTS = ("much", "many", "long", "often", "old", "far")
"""After `how`: they ask for different things."""

NUMBER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        word: str(number)
        for number, words in {
            0: "zero null cero",
            1: "once first einmal erste ersten premier premiere primero primera",
            2: "two twice double second zwei zweimal doppelt deux dos doble",
            3: "three third drei trois tres",
            4: "four fourth vier quatre cuatro",
            5: "five funf cinq cinco",
            6: "six sechs seis",
            7: "seven sieben sept siete",
            8: "eight acht huit ocho",
            9: "nine neun neuf nueve",
            10: "ten zehn dix diez",
            12: "twelve zwolf douze doce",
            14: "fortnight vierzehn quatorze catorce",
            20: "twenty zwanzig vingt veinte",
            30: "thirty dreissig trente treinta",
            50: "fifty funfzig cinquante cincuenta",
            100: "hundred hundert cent cien",
            1000: "thousand tausend mille mil",
            1_000_000: "million millionen millon",
        }.items()
        for word in words.split()
    }
)
"""Numbers that are written as words; `one` is not there, since it mostly stands for a thing."""

_KNOWN_NAMES = """
visa mastercard maestro amex american express apple google samsung paypal klarna swift sepa iban
bic bacs chaps ach atm pin cvv android iphone ios ipad windows mac whatsapp facebook
eur usd gbp chf jpy aud cad sek nok dkk pln czk inr cny euro euros dollar dollars pound pounds
sterling franc francs yen rupee rupees zloty krona bitcoin crypto ethereum
uk usa eu britain england scotland wales ireland france germany spain italy portugal austria
switzerland belgium netherlands luxembourg denmark sweden norway finland poland greece turkey
russia ukraine china japan india australia canada mexico brazil argentina africa asia europe
america morocco egypt thailand singapore israel dubai
frankreich deutschland spanien italien osterreich schweiz polen turkei england
allemagne espagne italie autriche suisse pologne turquie angleterre
alemania francia espana italia austria suiza polonia turquia inglaterra
monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday weekend
weekends christmas easter january february april june july august september october november
december montag dienstag mittwoch donnerstag freitag samstag sonntag heute morgen gestern
lundi mardi mercredi jeudi vendredi samedi dimanche demain hier
lunes martes miercoles jueves viernes sabado domingo hoy manana ayer
student students child children kid kids baby babies pet pets dog dogs cat cats pregnant
wife husband spouse partner son daughter mother father parents friend friends
day days daily week weeks weekly month months monthly year years yearly annual hour hours minute
minutes tag tage woche wochen monat monate jahr jahre jour jours semaine semaines mois ans annee
dia dias semana semanas meses ano anos
joint savings current checking mortgage loan overdraft premium gold platinum standard metal"""
KNOWN_NAMES = frozenset(_KNOWN_NAMES.split())
"""Products, places, times and kinds of people: names however they are written."""
SYMBOLS = frozenset("$€£¥%")
