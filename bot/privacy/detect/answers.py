"""What a bare answer is: the bot's question decides."""

import re

from bot.privacy.kinds import Kind, Span


def _any(phrases: str) -> re.Pattern[str]:
    ways = "|".join(" ".join(phrase.split()) for phrase in phrases.split(","))
    return re.compile(rf"\b(?:{ways})\b", re.IGNORECASE)


_ASKS_NAME = _any(
    r"""(?:your|the|account holder'?s?|cardholder'?s?)(?: \w+)?(?: \w+)?(?: \w+)? names?,
    who am i (?:speaking|talking|chatting) (?:with|to), cómo te llamas, cómo se llama, su nombre,
    tu nombre, votre nom, comment vous appelez, ihr(?:en)? (?:\w+ )?namen?, wie heißen sie,
    come si chiama, il suo nome, seu nome, uw naam"""
)
_ASKS_ADDRESS = _any(
    r"""zip, post ?code, postal code, postleitzahl, plz, code postal, código postal, cap, cep,
    (?:your|the|mailing|billing|home|shipping|delivery|street|postal|current) address,
    where do you live, ihre (?:\w+ )?adresse, votre adresse, su dirección"""
)
_ASKS_SECRET = _any(
    """security (?:answer|question|word), maiden name, passwords?, passphrase,
    memorable (?:word|answer)"""
)
_OTHER_ADDRESS = _any("e-?mail address, ip address, web address")
_OTHER_NAME = _any(
    "(?:user|product|company|business|merchant|file|brand|bank|shop|store|pet)(?:'s)? ?names?"
)
_NO_ANSWER = _any(
    """yes, no, ok, okay, sure, yeah, nope, why, what, how, stop, help, human, agent, person,
    don'?t, cannot, can'?t, not, hello, hi, hey, thanks, thank, please, wait, need, want, the, is,
    it, my, i, you, card, account, sí, si, oui, non, ja, nein, never ?mind, none, nothing, later,
    sorry, forgot, lost, and, a, to, skip, idk, again, same, where, who, when, this, that, of,
    with, for"""
)
_PHRASE = re.compile(
    r"[^\W\d_](?:[^\W\d_]|['.,-]){0,30}(?: [^\W\d_](?:[^\W\d_]|['.,-]){0,30}){0,4}"
)
_CODE = re.compile(r"(?=[A-Za-z0-9 -]{0,8}\d)[A-Za-z0-9](?:[A-Za-z0-9]|[ -](?=[A-Za-z0-9])){2,9}")


def find_answer(text: str, question: str) -> Span | None:
    """Return the span of a bare answer: the whole text but its outer blanks and full stop.

    A sentence is no bare answer, and a question that asks for nothing personal makes none.
    """
    body = text.strip(" \t\r\n.!,")
    if not body or not question or len(body) > 120 or "\n" in body:
        return None
    start = text.index(body)
    kind = _kind_of(body, question)
    return Span(start, start + len(body), kind) if kind else None


def _kind_of(body: str, question: str) -> Kind | None:
    is_answer = not _NO_ANSWER.search(body)
    is_phrase = is_answer and bool(_PHRASE.fullmatch(body))
    if _ASKS_SECRET.search(question):
        return Kind.SECRET if is_phrase or (is_answer and " " not in body) else None
    if _ASKS_NAME.search(question) and not _OTHER_NAME.search(question):
        return Kind.NAME if is_phrase else None
    if _ASKS_ADDRESS.search(question) and not _OTHER_ADDRESS.search(question):
        is_address = _CODE.fullmatch(body) or (is_answer and re.search(r"\d", body))
        return Kind.ADDRESS if is_address else None
    return None


def as_context(question: str) -> str:
    """Return the end of a question as the words before its answer: `... date of birth: `.

    Empty when it asks for the name of something that is no person.
    """
    if _OTHER_NAME.search(question):
        return ""
    asked = question.strip()[-72:].rstrip(" ?.!:\n")
    for mark in ("\n", ". ", "! ", "? "):
        asked = asked.rpartition(mark)[2]
    return f"{asked}: " if asked else ""
