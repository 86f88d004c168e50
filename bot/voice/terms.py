"""What a company has set about its calls. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_FILLERS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Transfer:
    """Where a call goes that needs a human; one of both is set."""

    number: str = field(default="", repr=False)
    """Dialled."""
    queue: str = ""
    """Name of a queue of the vendor's, or SID of its workflow."""


@dataclass(frozen=True, slots=True)
class VoiceTerms:
    """How calls are taken; the defaults hold where the file says nothing."""

    greeting: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """First words by language; that a machine speaks is said in any case."""
    languages: tuple[str, ...] = ()
    """As the vendor writes them, the first one is spoken at first; empty: the company's own."""
    fillers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_FILLERS)
    """By language, what is said while an answer is awaited."""
    filler_after_s: float = 0.7
    silence_s: float = 20.0
    keys_after_s: float = 2.5
    """Without a further key: when what was typed is complete. `#` completes it at once."""
    transfer: Transfer | None = None
    """None: humans answer in writing, and what they write is spoken."""
    budget_s: float = 0.75
    """From the end of what the caller says to the first word of the answer: 95 of 100 are faster,
    or operations are told. Source: Twilio's guide to latency, limit of the model's first token."""
    transcribes: bool = True
    """What is said after a transfer is written down, too."""
    intelligence_service: str = ""
    """`GA…`: the vendor makes a transcript after each call, and tells us of it; empty for none."""


NO_TERMS = VoiceTerms()
USUAL_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "en-US", "es": "es-ES", "fr": "fr-FR", "de": "de-DE"}
)


def languages_of(terms: VoiceTerms, locale: str) -> tuple[str, ...]:
    """Return the languages of a call, the first one first; never empty."""
    if terms.languages:
        return terms.languages
    wanted = locale.replace("_", "-")
    return (wanted if "-" in wanted else USUAL_LANGUAGES.get(wanted, "en-US"),)


def nearest(lang: str, languages: tuple[str, ...]) -> str | None:
    """Return the configured language that a caller speaks: the very one, or another country's."""
    wanted = lang.replace("_", "-").lower()
    for one in languages:
        if one.lower() == wanted:
            return one
    for one in languages:
        if wanted and one.split("-")[0].lower() == wanted.split("-")[0]:
            return one
    return None
