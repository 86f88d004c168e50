"""What is personal in a customer's message for reasons that only the whole of it shows."""

import re
from collections.abc import Iterable, Iterator

from bot.privacy.detect.addresses import find_addresses
from bot.privacy.detect.cards import is_card
from bot.privacy.detect.ids import find_ids
from bot.privacy.detect.people import find_people
from bot.privacy.detect.said import find_said
from bot.privacy.detect.window import Window
from bot.privacy.kinds import Kind, Span

_DIGIT = re.compile(r"[0-9]")
_MAIL_END = re.compile(r"^\s?(@ ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})")


_CARD = re.compile(r"(?<!\d)\d{4}(?:[\s_,|*;-]{1,3}\d{4}){3}(?!\d)")
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:(?!-----END)[\s\S]){0,8000}")
_WORD = re.compile(r"[^\W_]+")


def find_whole(text: str, named: Iterable[Span] = ()) -> Iterator[Span]:
    """Yield spans of a plain text, which may overlap; `named` are names found in it already."""
    spoken = frozenset(_WORD.findall(text.lower()))
    if _DIGIT.search(text):
        for card in _CARD.finditer(text):
            if is_card(re.sub(r"\D", "", card[0])):
                yield Span(card.start(), card.end(), Kind.CREDIT_CARD)
        window = Window.of(text, 0)
        yield from find_ids(window)
        yield from find_addresses(window)
    yield from find_said(text, spoken)
    yield from find_people(text, spoken, named)
    for key in _PEM.finditer(text) if "-----BEGIN" in text else ():
        yield Span(key.start(), key.end(), Kind.SECRET)
    rest = _MAIL_END.match(text)
    if rest:
        yield Span(rest.start(1), rest.end(1), Kind.EMAIL)
