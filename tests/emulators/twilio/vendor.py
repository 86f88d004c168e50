"""How Twilio writes what it reports of a call, which is not how the app wrote it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
         "nineteen")  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMERALS: Mapping[str, int] = {
    **{word: value for value, word in enumerate(UNITS)},
    **{word: 10 * (place + 2) for place, word in enumerate(TENS)},
    **{
        f"{tens}-{unit}": 10 * (place + 2) + value + 1
        for place, tens in enumerate(TENS)
        for value, unit in enumerate(UNITS[1:10])
    },
}
NUMERAL = re.compile(rf"\b({'|'.join(sorted(NUMERALS, key=len, reverse=True))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vendor:
    """What is different in the reports; the defaults are none of it."""

    spacing: bool = False
    """Spaces before punctuation, and two where there was one."""
    case: bool = False
    """All in small letters."""
    numerals: bool = False
    """Small numbers in digits."""
    punctuation: bool = False
    """Without any."""
    duration_as_text: bool = False
    """`durationUntilInterruptMs` as a string, as in older documents."""
    nonsense: str = ""
    """Instead of the utterance: words that were never said."""

    def utterance(self, heard: str) -> str:
        """Return how the vendor writes what was heard."""
        if self.nonsense:
            return self.nonsense
        text = heard
        if self.numerals:
            text = NUMERAL.sub(lambda found: str(NUMERALS[found[0].lower()]), text)
        if self.punctuation:
            text = re.sub(r"[^\w\s'-]", "", text)
        if self.spacing:
            text = re.sub(r"([.,;:!?])", r" \1", text).replace(" ", "  ")
        return text.lower() if self.case else text

    def duration(self, seconds: float) -> int | str:
        """Return a duration in milliseconds."""
        whole = round(seconds * 1000)
        return str(whole) if self.duration_as_text else whole
