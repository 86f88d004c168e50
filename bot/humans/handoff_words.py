"""What a customer is told of humans who will come, and of when they are there."""

import math
from datetime import datetime

from bot.fixed.texts import Said, text_for
from bot.fixed.waits import Wait, language_of, wait_text
from bot.humans.holidays import calendar_of
from bot.humans.hours import Calendar, is_open, next_opening
from bot.humans.opening_words import opening_words
from bot.humans.terms import DeskTerms
from bot.log import Body, Notice
from bot.privacy.redact import joined, published
from routing.request import Redacted

PROMISING = frozenset(
    {
        Said.HANDED_OVER,
        Said.ALREADY_WAITING,
        Said.REPEATED,
        Said.SENSITIVE,
        Said.SELF_HARM,
        Said.FRAUD,
        Said.OUTAGE,
        Said.FAULT,
    }
)
"""The fixed texts that say a human will answer."""
WITH_WAIT = PROMISING - {Said.ALREADY_WAITING, Said.SELF_HARM}
"""Those that say how long it usually takes: not to who waits already, nor to who is in danger."""
LEAVE_CONTACT = "leave_contact"
"""Code of the notice under which a screen shows its form."""


def told(said: Said, locale: str, terms: DeskTerms, now: datetime) -> Redacted:
    """Return a fixed text; what promises a human says when there is one, if nobody is there."""
    text = text_for(said, locale)
    if said not in PROMISING:
        return text
    absent = absence(locale, calendar_of(terms.hours, now), now)
    if not absent:
        return joined((text, *usual_wait(said, locale, terms)), " ")
    urgent = (wait_text(Wait.PLEASE_CALL, locale),) if said is Said.SELF_HARM else ()
    return joined((text, *urgent, *absent), " ")


def usual_wait(said: Said, locale: str, terms: DeskTerms) -> tuple[Redacted, ...]:
    """Return the sentence that says how long it usually takes until a human comes, if any."""
    if said not in WITH_WAIT or not terms.wait_s:
        return ()
    minutes = math.ceil(terms.wait_s / 60)
    if minutes == 1:
        return (wait_text(Wait.USUAL_MINUTE, locale),)
    return (filled(wait_text(Wait.USUAL_MINUTES, locale), "{minutes}", str(minutes)),)


def absence(locale: str, calendar: Calendar, now: datetime) -> tuple[Redacted, ...]:
    """Return sentences that say nobody is there, and when somebody is; none when somebody is."""
    if calendar.is_always_open or is_open(calendar.hours, calendar.holidays, now):
        return ()
    sentence = wait_text(Wait.NOBODY_THERE, locale)
    opening = next_opening(calendar.hours, calendar.holidays, now)
    if opening is None:
        return (sentence,)
    language = language_of(locale)
    words = opening_words(opening, locale if locale.lower().startswith(language) else language)
    return sentence, filled(wait_text(Wait.BACK_AT, locale), "{opening}", words)


def form_if_closed(locale: str, terms: DeskTerms, now: datetime) -> tuple[Body, ...]:
    """Return what makes the customer's screen show the contact form, when nobody is there."""
    calendar = calendar_of(terms.hours, now)
    return contact_form(locale) if absence(locale, calendar, now) else ()


def contact_form(locale: str) -> tuple[Body, ...]:
    """Return what makes the customer's screen show the contact form."""
    return (Notice(LEAVE_CONTACT, wait_text(Wait.LEAVE_CONTACT, locale)),)


def filled(text: Redacted, place: str, words: str) -> Redacted:
    """Return a fixed text with words of ours in a place of it."""
    return published(text.replace(place, words))
