"""Where an answer must end for want of money, although its vendor goes on. Pure.

A vendor keeps to the `max_tokens` that were paid for, so with a known price nothing is overspent.
The fuse ends such an answer at a sentence rather than within a word, and stops a vendor that does
not keep to it. Tokens are not known in the stream: three bytes are taken for one, which is more
tokens than any usual text has. A vendor that ignores its limit has then been sent home after 1.5
times the tokens set aside, if its tokens are as short as that, and sooner than the limit if not.
"""

import re

BYTES_PER_TOKEN = 3
"""An upper estimate of the tokens. Source: routing.md, part 5, 13."""
MOST_BYTES_PER_TOKEN = 6
"""A lower one: an answer with more bytes for each token of its limit has ignored the limit."""
STRETCH_BYTES = 200
"""So long before the end a sentence that ends is the last one."""
END = re.compile(
    r"[.!?\u2026\u3002][\"'\u201d\u2019)\]*]*(?:\s*\[\d+\])*(?=\s+(?!\[(?:\d|$))\S)|\n"
)
LOOK_BACK = 24
UNLIMITED = 10**9


def most_bytes(affordable_tokens: int, max_output_tokens: int) -> int:
    """Return how many bytes of text an attempt may bring.

    Args:
        affordable_tokens: tokens of answer that all that is left of the cap pays for.
        max_output_tokens: the limit that the vendor was given; not more than the former.
    """
    if affordable_tokens >= UNLIMITED // BYTES_PER_TOKEN:
        return UNLIMITED
    bound = BYTES_PER_TOKEN * affordable_tokens
    is_money_the_limit = affordable_tokens <= max_output_tokens
    return bound if is_money_the_limit else max(bound, MOST_BYTES_PER_TOKEN * max_output_tokens)


class Fuse:
    """Counts the text of one attempt."""

    __slots__ = ("_over", "_tail", "room")

    def __init__(self, most: int) -> None:
        self.room = most - STRETCH_BYTES
        """Bytes until the stretch in which a sentence that ends is the last; below 0 within it."""
        self._over = -STRETCH_BYTES
        self._tail = ""

    def has_room(self, text: str) -> bool:
        """Count a piece that is far from the end; otherwise return False, and `take` must."""
        room = self.room - (len(text) if text.isascii() else len(text.encode("utf-8", "replace")))
        if room < 0:
            return False
        self.room = room
        self._tail = text
        return True

    def take(self, text: str) -> int | None:
        """Return after how many characters of a piece the answer must end; None if it goes on.

        However the text is cut, that is the same sentence, or else the same word give or take one.
        """
        calm = self.room
        if self.has_room(text):
            return None
        raw = text.encode("utf-8", "replace")
        self.room -= len(raw)
        before = self._tail[-LOOK_BACK:]
        for end in END.finditer(before + text):
            # An end counts once the next sentence begins: `$29.` may go on with `50`, and the mark
            # of a source belongs to the sentence before it.
            at = end.end() - len(before)
            if at >= 0 and len(text[:at].encode("utf-8", "replace")) >= calm:
                return at
            if at < 0 and calm < 0 and not before[end.end() :].strip():
                return 0
        self._tail = before + text
        if self.room >= self._over:
            return None
        kept = raw[: max(0, calm - self._over)].decode("utf-8", "ignore")
        return kept.rfind(" ") + 1 or len(kept)
