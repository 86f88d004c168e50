"""What a customer said aloud, as it stands in a transcript: numbers, dates and e-mail addresses.

English in full; of other languages the digits and tens that telephone numbers are read in.
"""

import re
from collections.abc import Iterator

from bot.privacy.detect import words
from bot.privacy.detect.cards import LONGEST, SHORTEST
from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.kinds import Kind, Span

_DIGITS = """
zero oh o nought one two three four five six seven eight nine null eins zwei zwo drei vier fünf
sechs sieben acht neun cero uno una dos tres cuatro cinco seis siete ocho nueve zéro un deux trois
quatre cinq sept huit neuf sei due tre quattro cinque sette otto nove um dois duas três quatro sete
oito nul een twee drie zes zeven negen
"""
_TENS = """
ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
fourty fifty sixty seventy eighty ninety zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn
siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig diez
once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte treinta cuarenta
cincuenta sesenta setenta ochenta noventa dix onze douze treize quatorze quinze seize vingt vingts
trente quarante cinquante soixante septante nonante dieci undici dodici venti trenta quaranta
cinquanta sessanta settanta ottanta novanta tien elf twaalf twintig dertig veertig vijftig zestig
zeventig tachtig
"""
_SIZES = dict.fromkeys(_DIGITS.split(), 1) | dict.fromkeys(_TENS.split(), 2)
NUMBERS = frozenset(_SIZES) | {"double", "triple", "doble", "doppel"}
"""Every word of a number."""
_SIZES |= {"sechs": 1, "acht": 1, "vier": 1}
_JOINTS = frozenset(("and", "et", "y", "und", "e", "dash", "hyphen", "space", "then"))
_REPEATED = {"double": 2, "triple": 3, "doble": 2, "doppel": 2}
_WORD = re.compile(r"[^\W\d_]+|\d+")
_GAP = re.compile(r"[ ,.-]{1,3}")
_FEWEST_WORDS, _FEWEST_DIGITS = 3, 4
_MOST_WORDS = 48

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_DAY = rf"(?:(?:twenty|thirty)[ -])?(?:{_ORDINALS})|\d{{1,2}}(?:st|nd|rd|th)?|[a-z]{{3,9}}"
_YEAR = (
    r"(?:(?:nineteen|twenty|two thousand)(?: (?:and )?(?:hundred|oh|[a-z]{3,9}))"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:19|20)\d\d|\d\d)"
)
_DATE = re.compile(
    rf"\b(?:the )?(?:(?:{_DAY})(?: day)?(?: of)? (?:{_MONTHS})|(?:{_MONTHS})(?: the)? (?:{_DAY}))"
    rf",? {_YEAR}\b",
    re.IGNORECASE,
)

_TOP = (
    "com|org|net|edu|gov|co|uk|de|fr|es|it|nl|pt|br|eu|io|me|info|biz|us|ca|au|in|ie|ch|at|be|se"
    "|example"
)
DOTS = frozenset(("dot", "punkt", "punto", "point", "ponto"))
"""How a full stop is said."""
_AT = re.compile(r" (?:at|arroba|arobase|chiocciola) ", re.IGNORECASE)
_STOP = r" ?(?:dot|punkt|punto|point|ponto|\.) ?"
_DOMAIN = re.compile(
    r"(?:[a-z0-9-]{1,30} ){0,2}?[a-z0-9-]{1,40}"
    rf"(?:{_STOP}[a-z0-9-]{{1,30}}){{0,3}}{_STOP}(?:{_TOP})\b",
    re.IGNORECASE,
)
_PART = re.compile(r"[\w.+-]+")
_LONGEST_LOCAL = 120
_WRITTEN_TOP = re.compile(rf" at [\w-]{{1,40}}\.(?:{_TOP})\b", re.IGNORECASE)
_MAIL_JOINTS = DOTS | {"underscore", "dash", "hyphen", "minus", "plus", "tiret", "guion"}
_MAIL_CUES = re.compile(
    r"\b(?:e-?mails?|mail|address|correo|courriel|posta|write|reach|send)\b", re.IGNORECASE
)
_MAIL_HOST = re.compile(
    r"(?:g ?mail|google ?mail|yahoo|hot ?mail|outlook|icloud|aol|proton(?: ?mail)?|gmx|live|msn)\b",
    re.IGNORECASE,
)
_NO_LOCAL_WORDS = """
is it me you at look looking shop shopping bought buy order ordered purchase was am are us charged
store account payment made spent works work job the a my to on in of email mail address uh um so
yes that's it's for and or correo es ist est
"""
_NO_LOCAL = frozenset(_NO_LOCAL_WORDS.split())


def find_said(text: str, spoken: frozenset[str]) -> Iterator[Span]:
    """Yield what was said in words; `spoken` are all words of a whole message, lower case."""
    if not DOTS.isdisjoint(spoken) or _WRITTEN_TOP.search(text):
        yield from _emails(text)
    if not spoken.isdisjoint(NUMBERS) or not spoken.isdisjoint(words.BIRTHS):
        window = Window.of(text, 0)
        yield from _numbers(window)
        yield from _dates(window)


def _dates(window: Window) -> Iterator[Span]:
    if words.BIRTHS.isdisjoint(window.words):
        return
    for match in _DATE.finditer(window.text):
        if words.BIRTH_CUES & with_pairs(window.words_before(match.start())):
            yield Span(match.start(), match.end(), Kind.DATE_OF_BIRTH)


def _numbers(window: Window) -> Iterator[Span]:
    """Yield runs of number words; those of digits alone in English are found elsewhere, too."""
    start, end, count, size, repeat = 0, 0, 0, 0, 1
    for match in _WORD.finditer(window.text):
        word = match[0].lower()
        is_next = count == 0 or bool(_GAP.fullmatch(window.text, end, match.start()))
        if count and (not is_next or count >= _MOST_WORDS or not _is_number(word)):
            yield from _number(window, start, end, (count, size))
            count, size, repeat = 0, 0, 1
        if word in _REPEATED and (count or word != "double"):
            repeat = _REPEATED[word]
        if word in _REPEATED or (word in _JOINTS and count) or word in _SIZES:
            if not count:
                start, size = match.start(), 0
            if word in _REPEATED:
                repeat, count = _REPEATED[word], max(count, 1)
            elif word in _SIZES:
                count, size, repeat = count + 1, size + _SIZES[word] * repeat, 1
            end = match.end() if word in _SIZES else max(end, match.end())
    if count:
        yield from _number(window, start, end, (count, size))


def _is_number(word: str) -> bool:
    return word in _SIZES or word in _REPEATED or word in _JOINTS


def _number(window: Window, start: int, end: int, counted: tuple[int, int]) -> Iterator[Span]:
    count, size = counted
    before = window.words_before(start)
    cues = with_pairs(before)
    kind = _kind_of(size, count, cues, before)
    if kind:
        yield Span(start, end, kind)


def _kind_of(size: int, count: int, cues: frozenset[str], before: list[str]) -> Kind | None:
    if count < _FEWEST_WORDS or size < _FEWEST_DIGITS or not words.ORDERS.isdisjoint(before[-3:]):
        return None
    if words.SSN_CUES & cues and size in (4, 9):
        return Kind.SSN
    if size <= 8 and words.SECRET_CUES & cues and words.OTHER_CODES.isdisjoint(cues):
        return Kind.SECRET
    if words.ZIP_CUES & cues and size <= 9:
        return Kind.ADDRESS
    if words.ACCOUNT_CUES & cues and size >= 6:
        return Kind.ACCOUNT
    if words.ID_CUES & cues and size >= 6:
        return Kind.ID
    if SHORTEST <= size <= LONGEST and (count > 10 or words.CARD_CUES & cues):
        return Kind.CREDIT_CARD
    if size < 7 or count < 5:
        return None
    return Kind.PHONE if size <= 12 else Kind.NUMBER


def _emails(text: str) -> Iterator[Span]:
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        start, is_built = _local_start(text, at.start())
        if not domain or text[start : at.start()].lower() in _NO_LOCAL:
            continue
        is_asked = _MAIL_CUES.search(text, max(0, at.start() - 60), domain.end() + 24)
        is_meant = at[0].isupper() or _MAIL_HOST.match(text, at.end())
        is_alone = not text[:start].strip() and not text[domain.end() :].strip(" .!")
        if start < at.start() and (is_built or is_asked or is_meant or is_alone):
            yield Span(start, domain.end(), Kind.EMAIL)


def _local_start(text: str, end: int) -> tuple[int, bool]:
    """Return where the part before `at` begins, and whether it is spelled or joined."""
    base = max(0, end - _LONGEST_LOCAL)
    parts = list(_PART.finditer(text, base, end))
    if not parts or parts[-1].end() != end:
        return end, False
    first, is_built = len(parts) - 1, any(c.isdigit() or c in "._+" for c in parts[-1][0])
    while first > 0:
        here, left = parts[first][0].lower(), parts[first - 1][0].lower()
        is_spelled = len(here) == 1 and len(left) == 1
        is_joined = here in _MAIL_JOINTS or left in _MAIL_JOINTS or left.isdigit()
        if not (is_joined or is_spelled or (here.isdigit() and left not in _NO_LOCAL)):
            break
        first, is_built = first - 1, True
    return parts[first].start(), is_built
