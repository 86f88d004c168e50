"""The features of a text: words, pairs of words and character n-grams, as stable 32-bit numbers.

Nothing but CRC-32 numbers leaves this file, so a trained model holds no text. Placeholders such as
`[EMAIL_1]` are one word for each kind, numbers are one word for all, case, accents and
apostrophes do not count.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

PLACEHOLDER = re.compile(r"\[([A-Z][A-Z_]*?)(?:_\d+| [*\d]+)?\]")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
APOSTROPHES = re.compile("(?<=\\w)['\u2019\u02bc`](?=\\w)")
MARK_OF_LATIN = re.compile("[\u0300-\u036f]")
WORD = re.compile(r"<\w+>|[\w#]+")
SHORTEST_GRAM, LONGEST_GRAM = 2, 5
MOST_CHARS = 2_000
"""Only so much of a text is looked at, so that a pasted book costs no more than a page."""


def words(text: str) -> list[str]:
    """Return the words of a text in order, normalised; a placeholder is `<its kind>`, a number `#`.

    >>> words("Was [EMAIL_2] charged 12.50 twice? I can't say.")
    ['was', '<email>', 'charged', '#', 'twice', 'i', 'cant', 'say']
    """
    marked = PLACEHOLDER.sub(lambda found: f" <{found[1].casefold()}> ", text[:MOST_CHARS])
    if not marked.isascii():
        folded = MARK_OF_LATIN.sub("", unicodedata.normalize("NFKD", marked))
        marked = unicodedata.normalize("NFC", folded)
    bare = APOSTROPHES.sub("", marked.casefold())
    return WORD.findall(NUMBER.sub("#", bare))


def says_something(text: Sequence[str]) -> bool:
    """Return whether any word is more than a placeholder or a number."""
    return any(word != "#" and not word.startswith("<") for word in text)


def grams_of_word(word: str) -> Iterator[int]:
    """Yield the numbers of the character n-grams of one word and of its borders."""
    framed = f" {word} "
    for size in range(SHORTEST_GRAM, min(LONGEST_GRAM, len(framed)) + 1):
        for start in range(len(framed) - size + 1):
            yield crc32(framed[start : start + size].encode())


def word_grams(text: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the words and of the pairs of neighbours."""
    for word in text:
        yield crc32(f"w {word}".encode())
    for first, second in pairwise(text):
        yield crc32(f"w {first} {second}".encode())
