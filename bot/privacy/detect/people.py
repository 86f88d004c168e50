"""Names in what a customer wrote, found by looking at the whole of it.

The rules for streams see one unit at a time. A customer's message is there as a whole, so here what
comes after a word counts as well: greetings, signatures on one line, relatives, lists of people.
"""

import re
from collections.abc import Iterable, Iterator

from bot.privacy.detect.first_names import FIRST_NAMES
from bot.privacy.detect.names import WORD, extent
from bot.privacy.detect.surnames import SURNAMES
from bot.privacy.detect.words import NOT_NAMES, PARTICLES, TITLES
from bot.privacy.kinds import Kind, Span

_GREETINGS = """
hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|hola|buenos días|buenas|bonjour|salut
|hallo|guten (?:tag|morgen|abend)|moin|liebe|lieber|liebes|sehr geehrte|sehr geehrter|ciao
|buongiorno|olá|oi|bom dia|querido|querida|estimado|estimada|prezado|prezada|cher|chère|gentile
|hej|beste|geachte|drogi|droga
"""
_SIGN_OFFS = """
thanks(?: again| a lot| so much| in advance)?|thank you(?: very much| so much)?|thx|ty|cheers|ta
|(?:kind |best |warm |kindest |with )?regards|best(?: wishes)?|(?:yours )?sincerely
|yours(?: faithfully| truly)?|saludos|un saludo|gracias|merci(?: beaucoup| d'avance)?|cordialement
|bien à vous
|(?:viele |liebe |beste |freundliche |mit freundlichen )?
(?:grüße|grüßen|grüss|grüsse|grüssen|gruß|gruss)
|lg|vg|mfg|danke|grazie|saluti|(?:cordiali |distinti )saluti|obrigado|obrigada|abraços|groet
|groeten|groetjes|bedankt|pozdrawiam|hälsningar|mvh|hilsen|love|xx|sent from my iphone
"""
_RELATIVES = """
wife|husband|spouse|partner|fiance|fiancé|fiancee|fiancée|boyfriend|girlfriend|ex|son|daughter
|child|kid|baby|mother|mum|mom|mama|father|dad|papa|parents?|brother|sister|sibling|uncle|aunt
|auntie|cousin|nephew|niece|stepson|stepdaughter|stepmother|stepfather|grandma|grandpa|grandmother
|grandfather|grandson|granddaughter|godmother|godfather|godson|goddaughter|gran|granny|nan|nana
|grandad|friend|mate|buddy|neighbor|neighbour|colleague|coworker|co-worker|boss|manager|assistant
|secretary|accountant|bookkeeper|lawyer|attorney|solicitor|landlord|landlady|tenant|roommate
|flatmate|housemate|carer|caregiver|nurse|doctor|executor|trustee|guardian|beneficiary|adviser
|advisor|banker|agent|representative|esposa|esposo|mujer|marido|hijo|hija|madre|padre|hermano
|hermana|amigo|amiga|femme|mari|fils|fille|mère|père|frère|sœur|moglie|marito|figlio|figlia|filho
|filha|vrouw|zoon|dochter|broer|zus
"""
_PERSON_CUES = """
(?:told|advised|helped|served|assisted|opened|signed|sent|handled|written|issued) by
|(?:spoke|spoken|speak|speaking|talk|talked|talking|chat|chatted|chatting) (?:to|with)
|(?:on )?behalf of|in the name of|under the name(?: of)?|name of|attn:?|attention(?: of)?:?|c/o
|payable to|made out to|addressed to|belongs to|belonging to|held by|owned by|registered to
|issued to
|(?:beneficiary|payee|recipient|remitter|sender|account holder|cardholder|signatory|guarantor
|executor|guardian|witness|co-signer|cosigner|joint holder|applicant|policyholder|next of kin)
(?: is|:| called| named|,)?
|(?:his|her|their|wife's|husband's|son's|daughter's|mother's|father's|partner's
|full|last|first|maiden|married) name (?:is|was)
|named|renamed|(?:he|she) is called|signed|hey its|hi its
"""
_SELF = """
this is|i'?m|i am|it'?s|its|(?:my )?name'?s|here is|here's|it is|you can call me|just call me|i be
|soy|je suis|c'est|ich bin|hier ist|hier spricht|sono|sou(?: [ao])?|ik ben|met|jag är|jestem
"""


def _cue(ways: str, before: str, after: str) -> re.Pattern[str]:
    return re.compile(f"{before}(?:{ways.replace(chr(10), '')}){after}", re.IGNORECASE)


_WORD_OF = re.compile(r"[^\W\d_]{2,}")
_EDGE = r"(?:^|[\n.!?;,] {0,2})"
_GREETING = _cue(_GREETINGS, r"(?:^|[\n.!?] {0,2})", r"(?: there| again)?,? {1,2}")
_SIGN_OFF = _cue(_SIGN_OFFS, _EDGE, r"(?:[,.!:\u2013-]{1,3} ?|\s)\s{0,4}(?:[-~\u2013\u2014] ?)?")
_DASHED = re.compile(r"(?:^|\n|[.!?] {0,2})[-~\u2013\u2014]{1,2} ?(?=[^\W\d_])")
_RELATIVE = _cue(
    _RELATIVES,
    r"\b(?:my|his|her|our|their|your|the|a|an|mi|su|ma|mon|mia|mio|minha|meu|mijn)"
    r"(?: [\w-]{2,10})? ",
    r"(?:'s name is| is called| is named|,| called| named|'s)? {1,2}",
)
_PERSON = _cue(_PERSON_CUES, r"(?<!\w)", r" {1,2}")
_HEADER = re.compile(r"(?:^|\n)(?:from|to|cc|attn): {0,2}", re.IGNORECASE)
_MYSELF = _cue(_SELF, r"(?<![\w'])", r" {1,2}")
_HERE = re.compile(
    r" (?:here|speaking|calling|writing|on the line|at your service)\b", re.IGNORECASE
)
_AFTER_GREETING = re.compile(r"\s*(?:[,!.:;\n-]|$)")
_AFTER_SIGN = re.compile(r"[ .,!)xX]*(?:\n|$)")
_AFTER_SELF = re.compile(
    r"\s*(?:[,.!?;\n]|$)|\s+(?:here|calling|speaking|from|and|writing|again|with|at|y|et|und|e|en|aus"
    r"|i|my|the|also|but|who|on|in)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r", (?:and |or )?| (?:and|or|y|et|und|e) ")
_FIRM_WORDS = """
bank banking ltd inc llc corp corporation gmbh ag plc team support group insurance airlines air
hotel store shop market supermarket street road avenue company co services service express pay
card credit union university college hospital school court police embassy customer branch app
office department netflix tesco walmart uber ebay microsoft facebook zelle venmo wise revolut
monzo chase citi citibank barclays hsbc santander lloyds natwest wells target costco dhl fedex
ups ikea spotify lyft airbnb booking aldi lidl sainsbury asda instagram whatsapp telegram tiktok
stripe klarna western disney samsung sony dell nike adidas expedia ryanair lufthansa xbox steam
playstation hulu verizon vodafone equifax experian irs hmrc dwp fbi fraud disputes mortgage loans
compliance security billing sales management reception hr everyone folks sirs chatbot assistant
yours fees branch christmas easter schwab fargo lynch stanley wyman islands street's
"""
_FIRMS = frozenset(_FIRM_WORDS.split())
"""Words of firms and their departments, which people greet and speak to as well."""
_PLACE_WORDS = (
    "san santa saint st fort port lake mount cape new north south east west los las el la"
)
_PLACES = frozenset(_PLACE_WORDS.split())
_CONTRACTED = re.compile(
    r"'(?:m|ve|d|ll|re|t)$|^(?:it|that|what|here|there|let|who|how)'s$|^c'est$"
)
_OWNED = re.compile(
    r"(?<![\w'])([^\W\d_][\w-]{1,20})'s (?:account|card|address|phone|mobile|e-?mail|name|number"
    r"|birthday"
    r"|wife|husband|daughter|son|mother|father|mum|mom|dad|passport|date of birth|password)\b"
)
_FIRM_NAMES = frozenset(("edward jones", "raymond james", "charles schwab", "jp morgan"))
_CAPITAL = re.compile(r"(?!I\b)[^\W\d_a-z\xdf-\xff]")
_HERE_WORDS = frozenset(("here", "speaking", "calling", "writing", "line", "service"))
_COMMON_WORDS = """
so much in very you with un vous from my iphone lot good to by of the on is was his her him he she
their last first full account out it him again bien best kind love
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Words that stand in a cue beside a rarer one; a text may have them and not be searched."""
GREETED = frozenset(_WORD_OF.findall(_GREETINGS + _SIGN_OFFS)) - _COMMON | {
    "regards",
    "love",
    "best",
}
"""Words of greetings and of the ends of letters."""
_RELATIVE_WORDS = frozenset(_WORD_OF.findall(_RELATIVES)) - _COMMON
_SELF_WORDS = frozenset(re.findall(r"[^\W_]+", f"{_SELF} im")) - {"my", "i", "call", "name"}
_PERSON_WORDS = frozenset(_WORD_OF.findall(_PERSON_CUES)) - _COMMON
CUES = _RELATIVE_WORDS | _PERSON_WORDS | _HERE_WORDS
"""Words that a rule for names of people in capitals needs."""
_RULES = (
    (_GREETING, GREETED, _AFTER_GREETING),
    (_SIGN_OFF, GREETED, _AFTER_SIGN),
    (_RELATIVE, _RELATIVE_WORDS, None),
    (_PERSON, _PERSON_WORDS, None),
    (_HEADER, frozenset(("from", "to", "cc", "attn")), None),
)
_DOUBTFUL_NAMES = """
jackson hudson lincoln marshall campbell hamilton hilton murphy kraft porter morgan barclay lloyd
sanders turner lambert phillips wright knight kelley gibson costa ferrari garmin armstrong mercer
gallo bravo santos rosario cruz vega rivera mendoza duran guerrero juarez juárez campos melo moss
rocha nash barton newton burton bristol lancaster bradford carlisle preston durham warwick stafford
clayton kent dayton houston dallas austin savannah madison trenton lawrence cleveland columbus
jefferson franklin monroe harrison richmond houston pierce wayne douglas carson hoffmann bosch
weber siemens henkel miele braun krüger kruger müller mueller becker berg lund holm wolff parker
moore holmes carter foster cooper fuller chandler mason miller taylor walker cook baker fisher
hunter weaver potter burns banks woods brooks fields parks hills stone rivers waters young long
green brown white black king bishop pope prince duke noble love day may june bell ball bush rose
flowers ross webb price cash gold silver diamond best good rich sharp small little short strong
hardy wise savage moody grant rush chase page read power speed frost snow rain winter summer hall
kitchen church temple bird fox wolf lamb bull crane drake swan finch martin robin starling
"""
_DOUBTFUL = frozenset(_DOUBTFUL_NAMES.split())
"""Last names that are towns, firms or words too, and count only beside a first name."""
_WHERE = frozenset(("in", "near", "at", "of", "from", "via"))
_SHORTEST_ALONE = 4
_LEFT = 40
_LISTED_LEFT = re.compile(r"(?<![\w'.-])([^\W\d_][^\W\d_'-]{1,20})(?:,|,? (and|or|y|et|und|e)) $")
_MOST_LISTED = 12


def find_people(text: str, spoken: frozenset[str], named: Iterable[Span] = ()) -> Iterator[Span]:
    """Yield names in the plain text of a whole message; spans may overlap.

    `spoken` are all its words, lower case; `named` are names that were found already.
    """
    has_name = not (spoken.isdisjoint(FIRST_NAMES) and spoken.isdisjoint(SURNAMES))
    if not has_name and not _CAPITAL.search(text):
        return
    found = list(_found(text, spoken, has_name))
    yield from found
    yield from _listed_with(text, (*found, *named))


def _found(text: str, spoken: frozenset[str], has_name: bool) -> Iterator[Span]:
    for pattern, gate, after in _RULES:
        if not spoken.isdisjoint(gate):
            for match in pattern.finditer(text):
                yield from _name_behind(text, match.end(), after)
    for match in _DASHED.finditer(text) if "-" in text or "~" in text else ():
        yield from _name_behind(text, match.end(), _AFTER_SIGN)
    if has_name and not spoken.isdisjoint(_SELF_WORDS):
        for match in _MYSELF.finditer(text):
            yield from _self_named(text, match.end())
    for match in _OWNED.finditer(text) if "'s " in text else ():
        if match[1][0].isupper() and _may_be_name(match[1]) and match[1].lower() not in _FIRMS:
            yield Span(match.start(1), match.end(1), Kind.NAME)
    if has_name:
        yield from _alone(text)
        yield from _pairs(text)
    if not spoken.isdisjoint(_HERE_WORDS):
        yield from _before_here(text)


def _name_behind(text: str, place: int, after: re.Pattern[str] | None) -> Iterator[Span]:
    """Yield the name that begins at a place; in lower case only a well-known first name does."""
    word = WORD.match(text, place)
    if not word or not _may_be_name(word[0]):
        return
    lower = word[0].lower()
    if lower in TITLES:
        return
    if word[0][0].isupper():
        end = extent(text, word, True)
    elif lower.removesuffix("'s") in FIRST_NAMES:
        end = _small_extent(text, word)
    elif lower in PARTICLES:
        end = extent(text, word, True)
    else:
        return
    if _is_firm(text, word.start(), end) or (after and not after.match(text, end)):
        return
    yield Span(word.start(), end, Kind.NAME)


def _small_extent(text: str, word: re.Match[str]) -> int:
    """Return where a name in lower case ends: a second word counts if it is a last name."""
    end = word.end()
    if text.endswith("'s", 0, end):
        return end - 2
    following = WORD.match(text, end + 1) if text[end : end + 1] == " " else None
    if following and _stem(following[0]) in SURNAMES:
        return word.end() + 1 + len(following[0].removesuffix("'s"))
    return end


def _self_named(text: str, place: int) -> Iterator[Span]:
    """Yield the name behind `this is` and the like, where much else may stand."""
    word = WORD.match(text, place)
    if not word or not _may_be_name(word[0]):
        return
    lower = _stem(word[0])
    following = (
        WORD.match(text, word.end() + 1) if text[word.end() : word.end() + 1] == " " else None
    )
    is_full = bool(following) and _stem(following[0]) in SURNAMES if following else False
    if lower not in FIRST_NAMES and not is_full:
        return
    if word[0][0].isupper():
        yield Span(word.start(), extent(text, word, True), Kind.NAME)
        return
    end = following.end() if following and _may_be_name(following[0]) else word.end()
    if following and end == following.end() and not is_full:
        end = end if _AFTER_SELF.match(text, end) else word.end()
    yield Span(word.start(), end - 2 if text.endswith("'s", 0, end) else end, Kind.NAME)


def _alone(text: str) -> Iterator[Span]:
    """Yield well-known last names in capitals that nothing introduces, and that name no place."""
    for word in WORD.finditer(text):
        stem = _stem(word[0])
        if stem not in SURNAMES or word[0][0].islower() or not _stands_alone(word[0], stem):
            continue
        before = text[max(0, word.start() - 16) : word.start()].lower().split()
        if before and (before[-1] in _PLACES or before[-1] in _WHERE):
            continue
        end = extent(text, word, True)
        is_pair = text.startswith(" &", end) or text.endswith("& ", 0, word.start())
        if not (is_pair or _is_firm(text, word.start(), end)):
            yield Span(word.start(), end, Kind.NAME)


def _stands_alone(word: str, stem: str) -> bool:
    return len(stem) >= _SHORTEST_ALONE and stem not in _DOUBTFUL and not word.isupper()


def _pairs(text: str) -> Iterator[Span]:
    """Yield a word before a common last name, both alike in case, and full names before `here`."""
    last: re.Match[str] | None = None
    for word in WORD.finditer(text):
        if last and text[last.end() : word.start()] == " ":
            yield from _pair(text, last, word)
        last = word


def _before_here(text: str) -> Iterator[Span]:
    for match in _HERE.finditer(text):
        words = list(WORD.finditer(text, max(0, match.start() - 48), match.start()))[-2:]
        if len(words) == 2 and words[1].end() == match.start():
            is_name = all(w[0][0].isupper() and _may_be_name(w[0]) for w in words)
            is_alone = not text[: words[0].start()].rstrip(" ,.!\n-").endswith(("the", "a"))
            if is_name and is_alone and text[words[0].end() : words[1].start()] == " ":
                yield Span(words[0].start(), words[1].end(), Kind.NAME)


def _pair(text: str, first: re.Match[str], second: re.Match[str]) -> Iterator[Span]:
    if _stem(second[0]) not in SURNAMES or not _may_be_name(first[0]):
        return
    is_capital = first[0][0].isupper()
    if is_capital != second[0][0].isupper():
        return
    if not is_capital and _stem(first[0]) not in FIRST_NAMES:
        return
    if first[0].isupper() and not text.isupper() and len(first[0]) <= 3:
        return
    end = extent(text, second, True) if is_capital else second.end()
    end -= 2 if text.endswith("'s", 0, end) else 0
    if not _is_firm(text, first.start(), end):
        yield Span(first.start(), end, Kind.NAME)


def _listed_with(text: str, names: Iterable[Span]) -> Iterator[Span]:
    """Yield the capital words in one list with a name: before it, and after it."""
    reached = 0
    for span in sorted(names, key=lambda span: span.start):
        if span.end <= reached:
            continue
        after, is_list = _after_name(text, span.end)
        if is_list:
            yield from after
            reached = after[-1].end
        before = text[max(0, span.start - _LEFT) : span.start]
        left = _LISTED_LEFT.search(before)
        if left and left[1][0].isupper() and (is_list or left[2]):
            word = WORD.match(text, span.start - len(before) + left.start(1))
            if word and _is_listed(text, word):
                yield Span(word.start(), word.end(), Kind.NAME)


def _after_name(text: str, place: int) -> tuple[list[Span], bool]:
    """Return the names that follow in a list, and whether an `and` makes it one."""
    names, is_list = list[Span](), False
    for _ in range(_MOST_LISTED):
        joint = _BETWEEN.match(text, place)
        word = WORD.match(text, joint.end()) if joint else None
        if not joint or not word or not _is_listed(text, word):
            break
        place = extent(text, word, True)
        names.append(Span(word.start(), place, Kind.NAME))
        is_list = is_list or joint[0] != ", "
    return names, is_list


def _is_listed(text: str, word: re.Match[str]) -> bool:
    if not word[0][0].isupper() or not _may_be_name(word[0]) or word[0].isupper():
        return False
    return not _is_firm(text, word.start(), word.end())


def _may_be_name(word: str) -> bool:
    stem = _stem(word)
    return stem not in NOT_NAMES and stem not in _PLACES and not _CONTRACTED.search(stem)


def _stem(word: str) -> str:
    return word.lower().removesuffix("'s")


def _is_firm(text: str, start: int, end: int) -> bool:
    """Return whether a word of it, or the next one, says that it is a firm or a department."""
    following = WORD.match(text, end + 1)
    said = text[start:end].lower().split()
    if " ".join(said) in _FIRM_NAMES:
        return True
    return not _FIRMS.isdisjoint(said) or bool(following and following[0].lower() in _FIRMS)
