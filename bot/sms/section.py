"""The `sms` section of a company's file, read with line numbers."""

import re
from types import MappingProxyType

from bot.sms.terms import USUAL_SMS, SmsTerms
from channels.sms.loop_guard import LoopTerms
from channels.sms.words import OptOutWords, words_of
from channels.upload import KINDS, MOST_FILE_BYTES
from routing.policy.text import Problems
from routing.policy.yaml_file import Field, Section

ADDRESS = re.compile(r"(whatsapp:|rcs:)?\+[1-9][0-9]{6,14}|[0-9]{3,8}")
SENDER = re.compile(rf"{ADDRESS.pattern}|MG[0-9a-fA-F]{{32}}")
TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")
MOST_PER_S, MOST_S = 1_000.0, 604_800.0
MOST_SEGMENTS = 24
"""What Twilio takes: 1600 characters that are not in GSM-7."""
NO_TYPES: tuple[str, ...] = ()


def sms_of(section: Section, problems: Problems) -> SmsTerms:
    """Return what a company has set about its text messages; notes what is wrong."""
    usual = USUAL_SMS
    senders = section.section("senders")
    loop, media = section.section("loop"), section.section("media")
    types = media.read("types", _types, NO_TYPES)
    words = words_in(section.section("words"), usual.words)
    terms = SmsTerms(
        words=words,
        words_of=MappingProxyType(
            {
                name: words_in(senders.section(name), words)
                for name in tuple(senders)
                if _is_sender(senders, name, problems)
            }
        ),
        numbers=section.read("numbers", _numbers, usual.numbers),
        per_s=section.seconds("per_s", usual.per_s, MOST_PER_S),
        most_segments=section.whole("most_segments", usual.most_segments, 0, MOST_SEGMENTS),
        template=section.read("template", _template, usual.template),
        template_variable=section.text("template_variable", usual.template_variable),
        media_types=frozenset(types) if types else usual.media_types,
        most_media_bytes=media.whole("most_bytes", usual.most_media_bytes, 1, MOST_FILE_BYTES),
        reconcile_s=section.seconds("reconcile_s", usual.reconcile_s, MOST_S),
        retry_s=section.seconds("retry_s", usual.retry_s, MOST_S),
        give_up_s=section.seconds("give_up_s", usual.give_up_s, MOST_S),
        loop=LoopTerms(
            most=loop.whole("most", usual.loop.most, 1, 30),
            within_s=loop.seconds("within_s", usual.loop.within_s, MOST_S),
            rest_s=loop.seconds("rest_s", usual.loop.rest_s, MOST_S),
        ),
    )
    loop.close()
    media.close()
    section.close()
    return terms


def words_in(section: Section, usual: OptOutWords) -> OptOutWords:
    """Return the words of a sender; each list takes the place of the usual one."""
    words = OptOutWords(
        stop=words_of(section.texts("stop")) or usual.stop,
        start=words_of(section.texts("start")) or usual.start,
        help=words_of(section.texts("help")) or usual.help,
    )
    section.close()
    return words


def _is_sender(senders: Section, name: str, problems: Problems) -> bool:
    is_one = bool(SENDER.fullmatch(name))
    if not is_one:
        message = f"{name!r}, expected an address of ours, or a service such as MG0123…"
        problems.add(senders.place_of(name), message)
    return is_one


def _numbers(field: Field) -> tuple[str, ...] | None:
    fields = field.fields()
    if fields is None:
        return None
    return tuple(written for one in fields if (written := _number(one)) is not None)


def _number(field: Field) -> str | None:
    written = field.text()
    if written is not None and not ADDRESS.fullmatch(written):
        field.wrong('an address, such as "+15550100" or "whatsapp:+15550100"')
        return None
    return written


def _template(field: Field) -> str | None:
    written = field.text()
    if written is not None and not TEMPLATE.fullmatch(written):
        field.wrong("the id of a template: HX and 32 hexadecimal digits")
        return None
    return written


def _types(field: Field) -> tuple[str, ...] | None:
    fields = field.fields()
    if fields is None:
        return None
    return tuple(written for one in fields if (written := _type(one)) is not None)


def _type(field: Field) -> str | None:
    written = field.text()
    if written is not None and written not in KINDS:
        field.wrong(f"one of {', '.join(KINDS)}")
        return None
    return written
