"""Words, sentence ends and joints of two pieces of text, in the languages we speak. Pure."""

import re
from dataclasses import dataclass

SIGNS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
"""Scripts without blanks between words: every sign counts as one."""
SIGN = re.compile(rf"[{SIGNS}]")
WORD = re.compile(rf"[{SIGNS}]|[^\W_{SIGNS}]+")
STOPS = ".!?\u2026\u3002\uff01\uff1f"
CLOSERS = "\"'\u201d\u2019\u00bb)*_\\]"
SENTENCE_END = re.compile(rf"(?:[{STOPS}][{CLOSERS}]*(?:\s*\[\d+\])*|\n)\s*\Z")
MARKS = re.compile(r"(?:\s*\[\d+\])+\s*\Z")
ENDS = frozenset(f"{STOPS}\n")
NOT_INSIDE = ENDS | frozenset(":\"'\u201c\u201e\u00ab\u2018(*_#`|/<>=+-\u2013\u2014\u2022")
"""After these a capital letter says nothing about the sentence."""

GREETINGS: dict[str, bool] = dict.fromkeys(
    (
        "hello", "hi", "hey", "dear", "hallo", "liebe", "lieber", "guten tag", "hola", "bonjour",
        "buenos días",
    ),
    True,
) | dict.fromkeys(
    (
        "sure", "certainly", "of course", "thank you", "thanks", "i apologize", "i apologise",
        "sorry", "i m", "here is", "here s", "gern", "gerne", "natürlich", "vielen dank",
        "selbstverständlich", "claro", "gracias", "por supuesto", "lo siento", "bien sûr",
        "merci", "désolé", "je suis",
    ),
    False,
)  # fmt: skip
"""How answers begin; True for what never stands at the start of a later sentence."""
OPENERS = frozenset(
    (
        "the", "you", "your", "if", "we", "it", "this", "there", "please", "yes", "that", "when",
        "once", "after", "our", "they", "wenn", "um", "bitte", "ja", "nein", "wir", "hier", "das",
        "ein", "eine", "su", "si", "para", "puede", "por", "una", "votre", "vous", "pour", "oui",
        "nous", "une",
    )
)  # fmt: skip
"""Words that are written with a capital letter only where a sentence begins."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word within a text."""

    text: str
    """In lower case."""
    start: int
    end: int
    is_sign: bool
    """It is complete by itself: nothing can make it longer."""


def words_of(text: str, most_chars: int, start: int = 0) -> list[Word]:
    """Return the words from a place on, none longer than so many characters."""
    found: list[Word] = []
    for match in WORD.finditer(text, start):
        is_sign = SIGN.match(text, match.start()) is not None
        for at in range(match.start(), match.end(), most_chars):
            end = min(at + most_chars, match.end())
            found.append(Word(text[at:end].lower(), at, end, is_sign))
    return found


def has_ended(between: str) -> bool:
    """Tell whether a sentence ends in what stands between two words."""
    return any(char in ENDS for char in between)


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends at the end of a sentence or line."""
    return SENTENCE_END.search(text) is not None


def is_mid_sentence(text: str) -> bool:
    """Tell whether a text breaks off within a sentence, so that no capital letter is due."""
    if ends_sentence(text):
        return False
    bare = MARKS.sub("", text).rstrip(" \t")
    return bool(bare) and bare[-1] not in NOT_INSIDE


def lead_after_overlap(said: str, tail: str, lead: str) -> str:
    """Return what is to stand between what was said and the first new word after a repetition.

    Args:
        said: what was said before.
        tail: what stands after its last word.
        lead: what stands after the repeated words.
    """
    same = 0
    while same < min(len(tail), len(lead)) and tail[same] == lead[same]:
        same += 1
    rest = lead[same:]
    if has_ended(tail) or "," in tail:
        rest = rest.lstrip(".,;:!?…")
    return rest.lstrip(" ") if _ends_in_blank(said) else rest


def lead_as_it_is(said: str, lead: str, first: str) -> str:
    """Return what is to stand between what was said and `first`, the next word's first letter."""
    if _ends_in_blank(said):
        return lead.lstrip(" ")
    if lead or not first.isalpha() or not said:
        return lead
    last = said[-1]
    if last == ".":
        return " " if first.isupper() and said[-3:-1].isalpha() and len(said) > 2 else ""
    return " " if last in ",;:!?…)]" else ""


def _ends_in_blank(text: str) -> bool:
    """Tell whether a text ends in exactly one blank: another one would be too many."""
    return text[-1:] == " " and not text[-2:-1].isspace()
