"""A locale, as far as speech depends on it. Pure."""

from dataclasses import dataclass

SPOKEN = frozenset({"en", "es", "fr", "de"})
"""Languages in which values are spelled; in others digits stay, and the speech engine says them."""
POINT_REGIONS = frozenset({"MX", "US", "PR", "DO", "GT", "SV", "HN", "NI", "PA", "CH", "LI"})
"""Where a decimal point is written although the language has a comma."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language and what its region changes."""

    language: str
    """Lower case, such as `en`."""
    region: str
    """Upper case, such as `US`; may be empty."""

    @property
    def is_spelled(self) -> bool:
        """Return whether numbers become words."""
        return self.language in SPOKEN

    @property
    def decimal_mark(self) -> str:
        """Return what stands before the decimals."""
        if self.language == "en" or self.language not in SPOKEN:
            return "."
        return "." if self.region in POINT_REGIONS else ","

    @property
    def has_month_first(self) -> bool:
        """Return whether 11/24/2026 is written month first."""
        return self.language == "en" and self.region in ("", "US")


def tongue_of(locale: str) -> Tongue:
    """Return the tongue of a locale such as `en-US`, `de` or `es_MX`."""
    language, _, region = locale.replace("_", "-").partition("-")
    return Tongue(language.lower(), region.upper() if len(region) == 2 else "")
