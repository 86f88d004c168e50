"""What a company's file says about its text messages."""

import pytest

from bot.sms.section import sms_of
from bot.sms.terms import USUAL_SMS, SmsTerms
from channels.sms.words import words_of
from routing.errors import PolicyRefused
from routing.policy.text import Problems
from routing.policy.yaml_file import parse

WHOLE = """
words: {stop: [basta, STOP]}
senders:
  "+15550100": {start: [dale]}
numbers: ["+15550101", "whatsapp:+15550101"]
per_s: 3
most_segments: 6
template: HX00000000000000000000000000000000
template_variable: "1"
media: {types: [image/png], most_bytes: 1000}
reconcile_s: 60
retry_s: 600
give_up_s: 7200
loop: {most: 10, within_s: 20, rest_s: 40}
"""


def terms(text: str) -> SmsTerms:
    problems = Problems("policy.yaml")
    read = sms_of(parse(text, problems), problems)
    problems.refuse()
    return read


def test_nothing_written_is_what_is_usual() -> None:
    assert terms("{}") == USUAL_SMS


def test_everything_can_be_set() -> None:
    read = terms(WHOLE)

    assert read.words.stop == words_of(["basta", "stop"])
    assert read.words.help == USUAL_SMS.words.help
    own = read.words_for("+15550100", "")
    assert (own.start, own.stop) == (words_of(["dale"]), read.words.stop)
    assert read.words_for("+15550101", "MG1") == read.words
    assert read.numbers == ("+15550101", "whatsapp:+15550101")
    assert (read.per_s, read.most_segments, read.template_variable) == (3.0, 6, "1")
    assert (read.media_types, read.most_media_bytes) == (frozenset({"image/png"}), 1000)
    assert (read.reconcile_s, read.retry_s, read.give_up_s) == (60.0, 600.0, 7200.0)
    assert (read.loop.most, read.loop.within_s, read.loop.rest_s) == (10, 20.0, 40.0)


@pytest.mark.parametrize(
    "text",
    [
        "numbers: [hello]",
        "template: MG1",
        "media: {types: [application/zip]}",
        "media: {most_bytes: 0}",
        "senders: {hello: {stop: [x]}}",
        "words: {stopp: [x]}",
        "per_s: fast",
        "loop: {most: 31}",
        "speed: 3",
    ],
)
def test_what_is_wrong_is_named(text: str) -> None:
    with pytest.raises(PolicyRefused):
        terms(text)
