"""What a caller says to what he was offered, and how he says that he can be reached. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.humans.ladder import GO_ON, LEAVE_CONTACT, WAIT
from bot.log import Choice
from bot.voice.hearing.wish_words import CALL_THIS, CHOICES, LEAD, ORDINALS, TAIL
from bot.voice.words import answer_to_offer, spoken_language

LADDER = (WAIT, LEAVE_CONTACT, GO_ON)
"""Ids of what may be chosen by who waits for long."""
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
DIGIT = re.compile(r"\d")
WORD = re.compile(r"[^\W\d_]+")
LEAST_DIGITS, MOST_DIGITS = 7, 15
"""Of a telephone number. Source: ITU-T E.164 for the most."""
LEAST_PIECE = 3
MOST_WORDS = 4
"""In what is a piece of a number and nothing else, such as `my number is 555`."""
MARKS = re.compile(r"[\s.,!?;:\u00a1\u00bf\u2026]+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the choices."""

    id: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How the caller can be reached (raw)."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallsFromIt:
    """He can be reached under the number from which he calls."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A piece of a number: the rest follows."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Anything else (raw)."""

    text: str = field(repr=False)


Meant = Chosen | Contact | CallsFromIt | Unfinished | Saying


class Wishes:
    """What one caller was asked, and has not answered yet."""

    def __init__(self) -> None:
        self._offered: tuple[Choice, ...] = ()
        self._awaits_contact = False
        self._piece = ""

    def offer(self, items: Sequence[Choice]) -> bool:
        """Take what was offered; return whether it must be said what may be answered."""
        self._offered = tuple(items)
        return self._is_ladder

    def ask_contact(self) -> None:
        """Expect that the caller says how he can be reached."""
        self._awaits_contact = True

    def forget_offer(self) -> None:
        """The caller has said something else: an offer of yes or no is over; a wait goes on."""
        if not self._is_ladder:
            self._offered = ()

    def forget(self) -> None:
        """A human has come, or nobody is waited for any more."""
        self._offered, self._awaits_contact, self._piece = (), False, ""

    def meant(self, text: str, locale: str) -> Meant:
        """Return what a caller means with a whole sentence, spoken digits written as digits."""
        bare = " ".join(MARKS.sub(" ", text.lower().replace("\u2019", "'")).split())
        language = spoken_language(locale)
        chosen = self._chosen(text, bare, language)
        if chosen is not None:
            self._offered = ()
            return Chosen(chosen)
        if not self._awaits_contact:
            return Saying(text)
        whole, self._piece = f"{self._piece} {text}".strip(), ""
        if CALL_THIS[language].fullmatch(_stripped(bare, language)):
            self._awaits_contact = False
            return CallsFromIt()
        if is_contact(whole):
            self._awaits_contact = False
            return Contact(whole)
        if _is_piece(text):
            self._piece = whole
            return Unfinished()
        return Saying(whole)

    def typed(self, digits: str) -> bool:
        """Return whether typed keys say how the caller can be reached."""
        is_contact_typed = self._awaits_contact and LEAST_DIGITS <= len(digits) <= MOST_DIGITS
        self._awaits_contact = self._awaits_contact and not is_contact_typed
        return is_contact_typed

    @property
    def _is_ladder(self) -> bool:
        return bool(self._offered) and all(one.id in LADDER for one in self._offered)

    def _chosen(self, text: str, bare: str, language: str) -> str | None:
        if self._is_ladder:
            wanted = choice_of(bare, language)
            return wanted if wanted in {one.id for one in self._offered} else None
        said_yes = answer_to_offer(text, language) if len(self._offered) == 2 else None
        if said_yes is None:
            return None
        return self._offered[0].id if said_yes else self._offered[1].id


def choice_of(bare: str, language: str) -> str | None:
    """Return which of the three choices of who waits for long this is; None if it is none.

    Only a sentence that says nothing else counts: who waits may ask anything meanwhile.
    """
    said = _stripped(bare, language)
    for choice, pattern in zip(LADDER, CHOICES[language], strict=True):
        if pattern.fullmatch(said):
            return choice
    for choice, pattern in zip(LADDER, ORDINALS[language], strict=True):
        if pattern.fullmatch(said):
            return choice
    return None


def is_contact(text: str) -> bool:
    """Return whether a text holds a telephone number or an e-mail address."""
    digits = len(DIGIT.findall(text))
    return LEAST_DIGITS <= digits <= MOST_DIGITS or MAIL.search(text) is not None


def _is_piece(text: str) -> bool:
    digits = len(DIGIT.findall(text))
    return LEAST_PIECE <= digits < LEAST_DIGITS and len(WORD.findall(text)) <= MOST_WORDS


def _stripped(bare: str, language: str) -> str:
    """Return a sentence without what people put before and behind what they mean."""
    return TAIL[language].sub("", LEAD[language].sub("", bare))
