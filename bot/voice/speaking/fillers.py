"""What is said while an answer is awaited."""

from collections.abc import Mapping

from bot.voice.words import FILLERS, spoken_language


class Fillers:
    """One after the other, from the first for each answer."""

    def __init__(self, own: Mapping[str, tuple[str, ...]]) -> None:
        """Take the company's own, by language."""
        self._own = own
        self._said = 0

    def begin(self) -> None:
        """Begin with the first again."""
        self._said = 0

    def following(self, locale: str) -> str:
        """Return the next one."""
        language = spoken_language(locale)
        texts = self._own.get(language) or FILLERS[language]
        self._said += 1
        return texts[(self._said - 1) % len(texts)]
