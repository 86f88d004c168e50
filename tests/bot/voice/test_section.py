"""The `voice` section of a company's file."""

import pytest

from bot.tenant import read_tenant
from bot.voice.terms import Transfer, VoiceTerms, languages_of, nearest
from routing.errors import PolicyRefused
from tests.bot.stage import POLICY

SERVICE = "GA" + "0" * 32


def read(section: str) -> VoiceTerms:
    return read_tenant(f"{POLICY}voice:\n{section}", "policy.yaml").voice


def test_what_is_not_written_has_its_default() -> None:
    assert read_tenant(POLICY, "policy.yaml").voice == VoiceTerms()


def test_everything_can_be_set() -> None:
    terms = read(
        "  greeting: {en: Welcome., de: Willkommen.}\n"
        "  languages: [en-GB, de-DE]\n"
        "  fillers: {en: [One second.]}\n"
        "  filler_after_s: 0.5\n"
        "  silence_s: 15\n"
        "  transfer: {number: '+15550199'}\n"
        "  budget_s: 0.6\n"
        f"  intelligence_service: {SERVICE}\n"
    )

    assert terms.greeting["de"] == "Willkommen."
    assert terms.languages == ("en-GB", "de-DE")
    assert terms.fillers["en"] == ("One second.",)
    assert (terms.filler_after_s, terms.silence_s, terms.budget_s) == (0.5, 15.0, 0.6)
    assert terms.transfer == Transfer(number="+15550199")
    assert terms.intelligence_service == SERVICE


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("  transfer: {number: '0199'}\n", "a phone number"),
        ("  transfer: {number: '+15550199', queue: a}\n", "expected one of them"),
        ("  languages: [english]\n", "a language with its country"),
        ("  languages: [en-us]\n", "a language with its country"),
        ("  languages: [en]\n", "a language with its country"),
        ("  intelligence_service: GA1\n", "the SID of an Intelligence Service"),
        ("  greeting: {english: Hello}\n", "unknown key 'english'"),
        ("  filler_after_s: 9\n", "a number from 0 to 2.5"),
        ("  silence: 9\n", "unknown key 'silence'"),
    ],
)
def test_what_is_wrong_is_said(section: str, problem: str) -> None:
    with pytest.raises(PolicyRefused, match=problem):
        read(section)


def test_a_company_speaks_its_own_language_where_none_is_listed() -> None:
    assert languages_of(VoiceTerms(), "de") == ("de-DE",)
    assert languages_of(VoiceTerms(), "en-GB") == ("en-GB",)
    assert languages_of(VoiceTerms(), "pt") == ("en-US",)


@pytest.mark.promise("V51")
@pytest.mark.parametrize(
    ("lang", "found"),
    [("de-DE", "de-DE"), ("de_AT", "de-DE"), ("EN-us", "en-US"), ("it-IT", None), ("", None)],
)
def test_a_language_of_another_country_is_the_nearest(lang: str, found: str | None) -> None:
    assert nearest(lang, ("en-US", "de-DE")) == found
