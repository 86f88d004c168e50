"""Which language a call is in: it follows the caller, not a word misheard. Pure."""

from bot.voice.terms import nearest

LONG_WORDS = 4
"""So much in another language is not misheard; less counts when it is said twice in a row."""


class Languages:
    """The languages of one call."""

    def __init__(self, offered: tuple[str, ...], current: str) -> None:
        self._offered = offered
        self._candidate = ""
        self.current = current

    def heard(self, lang: str, text: str) -> str | None:
        """Take a whole sentence; return the language that the call changes to, or None.

        Args:
            lang: as the vendor writes it; empty if unsaid.
            text: what was said.
        """
        language = nearest(lang, self._offered)
        if not lang or not text.strip():
            return None
        if language is None or language == self.current:
            self._candidate = ""
            return None
        if language != self._candidate and len(text.split()) < LONG_WORDS:
            self._candidate = language
            return None
        self._candidate, self.current = "", language
        return language

    def spoken_in(self, lang: str) -> str:
        """Return the language in which a sentence was heard, if it is one of ours."""
        return nearest(lang, self._offered) or self.current
