"""The `voice` section of a company's file, read with line numbers."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.voice.terms import NO_TERMS, Transfer, VoiceTerms
from channels.voice.frames import is_language
from routing.policy.text import Problems
from routing.policy.yaml_file import Field, Section, some_texts_of

SPOKEN = re.compile(r"[a-z]{2}")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
QUEUE = re.compile(r"[A-Za-z0-9_. -]{1,64}")
SERVICE = re.compile(r"GA[0-9a-fA-F]{32}")
MOST_S = 300.0
NONE: tuple[str, ...] = ()


def voice_of(section: Section, problems: Problems) -> VoiceTerms:
    """Return what a company has set about its calls; notes what is wrong."""
    usual = NO_TERMS
    terms = VoiceTerms(
        greeting=greeting_of(section.section("greeting")),
        languages=section.read("languages", languages_in, NONE),
        fillers=fillers_of(section.section("fillers")),
        filler_after_s=section.seconds("filler_after_s", usual.filler_after_s, 2.5),
        silence_s=section.seconds("silence_s", usual.silence_s, MOST_S),
        keys_after_s=section.seconds("keys_after_s", usual.keys_after_s, MOST_S),
        transfer=transfer_of(section.section("transfer"), problems),
        budget_s=section.seconds("budget_s", usual.budget_s, MOST_S),
        transcribes=section.flag("transcribes", usual.transcribes),
        intelligence_service=section.read("intelligence_service", service_of, ""),
    )
    section.close()
    return terms


def greeting_of(section: Section) -> Mapping[str, str]:
    """Return the first words by language."""
    return MappingProxyType({name: section.text(name, "") for name in _languages(section)})


def fillers_of(section: Section) -> Mapping[str, tuple[str, ...]]:
    """Return the fillers by language."""
    return MappingProxyType(
        {name: section.read(name, some_texts_of, NONE) for name in _languages(section)}
    )


def transfer_of(section: Section, problems: Problems) -> Transfer | None:
    """Return where a call goes that needs a human; None when nothing is set."""
    number, queue = section.read("number", number_of, ""), section.read("queue", queue_of, "")
    is_both = section.has("number") and section.has("queue")
    section.close()
    if is_both:
        problems.add(section.place, "a number and a queue, expected one of them")
    return Transfer(number, queue) if (number or queue) and not is_both else None


def languages_in(field: Field) -> tuple[str, ...] | None:
    """Return the languages that calls are taken in; None notes that they are no list."""
    fields = field.fields()
    if fields is None:
        return None
    return tuple(one for entry in fields if (one := language_in(entry)) is not None)


def language_in(field: Field) -> str | None:
    """Return a language with its country; None notes what is wrong with it."""
    written = field.text()
    if written is not None and not ("-" in written and is_language(written)):
        field.wrong("a language with its country, such as en-US")
        return None
    return written


def number_of(field: Field) -> str | None:
    """Return a phone number; None notes what is wrong with it, without showing it."""
    return _matching(field, NUMBER, "a phone number, such as +15550100")


def queue_of(field: Field) -> str | None:
    """Return the name of a queue; None notes what is wrong with it."""
    return _matching(field, QUEUE, "the name of a queue of up to 64 characters")


def service_of(field: Field) -> str | None:
    """Return the SID of a service that makes transcripts; None notes what is wrong with it."""
    return _matching(field, SERVICE, "the SID of an Intelligence Service, GA and 32 digits")


def _matching(field: Field, shape: re.Pattern[str], expected: str) -> str | None:
    written = field.text()
    if written is not None and not shape.fullmatch(written):
        field.wrong(expected)
        return None
    return written


def _languages(section: Section) -> tuple[str, ...]:
    """Return the keys that are languages; `Section.close` notes the others."""
    found = tuple(name for name in section if SPOKEN.fullmatch(name))
    section.allow(found)
    section.close()
    return found
