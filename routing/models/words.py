"""The words of a question that matter: stop words out, endings off, everyday synonyms together."""

import re
import unicodedata
import zlib

_STOP = """
a about actually again all already also am an and any anyone anything are aren as ask at be
because been before being both but by can cannot could couldn d did didn do does doesn doing don
done dont each either else etc ever every everything few first for from further get gets getting
give given go goes going gonna got guys had hadn has hasn have haven having he hello help her
here hers hey hi him his how i id if im in into is isn it its itself ive just kind know let like
ll look looking m made make makes many maybe me mean might mine more most much must my myself
need needed needs no nor not now of off ok okay on one only onto or other our ours out over
please possible put quite rather re really s said same say see seem seems she should shouldn
simply since so some somehow someone something soon still stuff such sure t take tell than thank
thanks that the their them then there these they thing things think this those through to today
too try trying u under until up upon us use used using ve very via want wanted wants was wasn
way we well went were weren what whats when where wheres which while who whom whose why will
with within without wont would wouldn yes yet you your yours yourself able possibly anyway
currently recently happen happened happens happening find tried show shows showing supposed
explain understand wondering wonder question questions problem problems issue issues long tells
next last new keep keeps two gave ago yesterday tonight tomorrow morning evening night afternoon
week weeks weekend month months year years day days minute minutes couple right away bit lot per
three four five several guy sir madam dear sorry hope great good ca wo sha em"""
STOP_WORDS = frozenset(_STOP.split())
"""Words that say nothing about what a question is about, in English."""

PHRASES: tuple[tuple[str, str], ...] = (
    (r"how (?:long|soon|fast|quick(?:ly)?|many (?:working |business )?days)", "duration"),
    (
        r"how (?:much|many) (?:can|may|could)|how (?:much|many) \w+ (?:can|may|could)"
        r"|how (?:much|many) (?:\w+ )?you can|the most (?:i|you) can|up to how much",
        "limit",
    ),
    (r"how much (?:is|are|does|do|would|will|to|did)|what (?:\w+ )?costs?", "fee"),
    (r"how old|what age|years old", "age"),
    (
        r"what(?: is|'s|s) your (?:\w+ )?number|(?:which|what) number (?:do|can|should|to)",
        "contact",
    ),
    (r"cash ?(?:machines?|points?|dispensers?)|bank machines?|holes? in the wall", "atm"),
    (r"top(?:ped|ping|s)?[ -]?ups?", "topup"),
    (r"log(?:ged|ging)?[ -]?(?:in|on|into)|sign(?:ed|ing)?[ -]?in(?:to)?", "login"),
    (r"e[ -]mail", "email"),
    (r"(?:money|cash|payment) back", "refund"),
    (r"pass ?(?:code|word|phrase)s?", "password"),
    (r"cell ?phones?|mobile(?: phone)?s?|smart ?phones?", "phone"),
    (
        r"tap(?:ped|ping)?(?: to | and | & )pay|tap(?:ped|ping)? (?:my |the |your )?card"
        r"|tapping",
        "contactless",
    ),
    (r"(?:apple|google|samsung) ?pay", "wallet"),
    (r"get(?:ting)? rid of|shut(?:ting)? down", "close"),
    (
        r"(?:deposit(?:ing)?|pay(?:ing)? in|cash(?:ing)?|bounced?|paper) (?:a |my |the )?checks?",
        "deposit cheque",
    ),
    (r"(?:paid|pay|paying|pays) in(?= (?:\w+ )?(?:cash|cheques?|money|notes|coins)\b)", "deposit"),
    (
        r"(?:take|taking|taken|took|takes|get|getting) (?:\w+ )?out\b|(?:get|getting|got) (?=cash)",
        "withdraw",
    ),
    (
        r"(?:someone|somebody|a man|a woman|a caller|a stranger) (?:\w+ )?(?:called|rang|phoned"
        r"|texted|asked|asks|calls)",
        "scam call",
    ),
    (
        r"(?:not|never) (?:\w+ )?(?:recogni[sz]ed?|make|made|authori[sz]ed?|do|did|approved?)"
        r"|(?:was|is) not (?:me|mine)|(?:not|never) (?:know|knew) (?:about )?(?:this|the|it)",
        "unrecognised",
    ),
    (
        r"(?:not|never) (?:\w+ )?(?:arrived?|come|came|received?|got|turned up|shown? up|showed up"
        r"|showing|appeared|appear|reached?|here)",
        "missing arrive",
    ),
    (r"(?:not|stopped) (?:\w+ )?work(?:ing|s|ed)?", "broken"),
    (r"speed(?:ing)? (?:\w+ )?up", "faster"),
    (r"part(?:s|ed)? of|instead of|because of|out of|kinds? of|by (?:itself|themselves)", ""),
)
"""Expressions of several words, and what the rest of the code knows them by; in this order."""

GROUPS: tuple[str, ...] = (
    "lost lose losing misplace misplaced",
    "stolen steal stole theft thief robbed",
    "close closing closure delete terminate",
    "payment pay paid payable purchase bought transaction",
    "withdraw withdrawal withdrew withdrawn",
    "decline reject refuse unsuccessful fail failure denied",
    "fee charge cost price charges commission",
    "block blocked frozen freeze locked lock suspended",
    "unblock unlock unfreeze",
    "verify verification identity prove proof kyc",
    "deposit deposited lodge",
    "transfer wire send sent sending remittance",
    "recipient beneficiary payee",
    "abroad overseas foreign international travel travelling trip vacation country countries "
    "japan china india america usa australia canada brazil mexico turkey thailand africa asia",
    "currency currencies euro euros dollar dollars",
    "exchange conversion convert converted",
    "refund reimburse reimbursement",
    "merchant retailer shop store seller",
    "cancel cancellation cancelled",
    "activate activation",
    "apply application",
    "register registration signup enrol",
    "complain complaint complaining",
    "child children kid kids teen teenager son daughter minor",
    "address residence",
    "replace replacement reissue",
    "swallow swallowed retain retained ate eaten",
    "double twice duplicate duplicated",
    "arrive arrival delivery deliver delivered ship shipping receive received post posted mail",
    "cheque cheques",
    "increase raise higher",
    "open opening opened",
    "mortgage homeloan remortgage",
    "loan borrow lend lending",
    "scam fraud fraudulent fraudster phishing scammed scammer",
    "card cards creditcard",
    "expire expiry expiration expiring",
    "dispute chargeback",
    "limit maximum cap allowance",
    "minimum least",
    "unrecognised unrecognized unauthorised unauthorized strange suspicious unknown",
    "joint shared partner spouse wife husband",
    "pending processing",
    "wallet apple google",
    "broken faulty malfunction malfunctioning unusable",
    "change edit modify update amend",
    "forget forgot forgotten",
    "balance balances",
    "interest apr aer",
    "branch branches",
    "hour hours",
    "speak talk call contact telephone",
    "device handset",
    "job salary wage wages payroll",
    "atm atms",
    "faster quick quickly fast express expedite expedited urgent urgently sooner",
    "home house flat apartment property",
    "less little fewer short",
    "missing disappeared vanished",
    "duration",
)
"""Words that customers and articles use for the same thing; the first one stands for all."""

_STEMMER = 2
"""Raise it when `stem` changes."""
_NOT = re.compile(r"(?<=[a-z])n't\b|(?<=do|ca|wo|is|as|re|ve|id|ld|es)nt\b")
_PLACEHOLDER = re.compile(r"\[[A-Z_]+[ _][^\]\n]{0,20}\]")
_WORD = re.compile(r"[a-z0-9]+")
_PHRASES = tuple((re.compile(rf"\b(?:{pattern})\b"), f" {word} ") for pattern, word in PHRASES)
_VOWEL = re.compile(r"[aeiouy]")


def folded(text: str) -> str:
    """Return the text in lower case, without accents and without placeholders."""
    plain = unicodedata.normalize("NFKD", _PLACEHOLDER.sub(" ", text)).replace("\u2019", "'")
    lower = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    return _NOT.sub(" not", lower)


def stem(word: str) -> str:
    """Return a word without its grammatical ending; not always a word itself."""
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    if len(word) > 6 and word.endswith("ation"):
        word = word[:-3]
    if len(word) > 7 and word.endswith("ically"):
        word = word[:-4]
    elif len(word) > 4 and word.endswith("ly"):
        word = word[:-2]
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word.endswith("y") and not _VOWEL.match(word[-2]):
        word = word[:-1] + "i"
    return word


def _without_plural(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]


_GROUP_OF = {stem(word): stem(group.split()[0]) for group in GROUPS for word in group.split()}


def content_words(text: str) -> tuple[str, ...]:
    """Return the stems of what matters in a text, in order, synonyms made equal."""
    plain = folded(text)
    for pattern, word in _PHRASES:
        plain = pattern.sub(word, plain)
    found: list[str] = []
    for word in _WORD.findall(plain):
        if word in STOP_WORDS or (len(word) < 2 and not word.isdigit()):
            continue
        stemmed = stem(word)
        found.append(_GROUP_OF.get(stemmed, stemmed))
    return tuple(found)


def rules_version() -> int:
    """Return a number that changes with the tables above: stored words are then made anew."""
    return zlib.crc32(repr((sorted(STOP_WORDS), PHRASES, GROUPS, _STEMMER)).encode())
