"""What a turn may still spend: the estimate before a call, and the ledger of one request."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from routing.errors import BudgetExceeded
from routing.money.prices import Price

WORD = re.compile(r"[A-Za-z]+")
MARK = re.compile(r"[\x00-\x08\x0e-\x1f!-@\[-`{-\x7f]")
BREAK = re.compile(r"[\t-\r]| {2,16}")
LETTERS_PER_TOKEN = 3
"""English prose has more than four; names and German compounds come down to about three."""


def estimate_tokens(text: str) -> int:
    """Return an upper estimate of the tokens of a text, for any of the vendors.

    An ASCII word counts one token per three letters, rounded up; a digit, a mark, a line break and
    a run of spaces one each; any other character one, two or four when UTF-8 needs two, three or
    four bytes for it. So it is about 1.4 times the true number for English, more for other scripts.
    """
    # Nothing that is counted goes over the end of a line, and articles are sent again and again.
    lines = text.split("\n")
    return len(lines) - 1 + sum(map(_tokens_of_line, lines))


@lru_cache(maxsize=4096)
def _tokens_of_line(text: str) -> int:
    words = sum(-(-len(word) // LETTERS_PER_TOKEN) for word in WORD.findall(text))
    ascii_tokens = words + len(MARK.findall(text)) + len(BREAK.findall(text))
    if text.isascii():
        return ascii_tokens
    in_ascii = len(text.encode("ascii", "ignore"))
    of_four = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    shorter = len(text) - in_ascii - of_four
    bytes_of_shorter = len(text.encode("utf-8", "surrogatepass")) - in_ascii - 4 * of_four
    # `shorter` characters have two or three bytes: one token each, and one more per third byte.
    return ascii_tokens + bytes_of_shorter - shorter + 4 * of_four


def most_output_tokens(left_usd: Decimal, price: Price, input_tokens: int) -> int:
    """Return how many tokens of answer what is left can pay for; 0 when not even the prompt."""
    prompt = price.prompt_tokens(input_tokens)
    return price.rates_for(prompt).most_output_tokens(left_usd, prompt)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one attempt."""

    number: int
    amount_usd: Decimal


class Ledger:
    """The cap of one request: what is spent, what is set aside, what is left.

    An attempt reserves its worst case before it starts and settles what it really cost. While no
    attempt costs more than it reserved, spent and reserved together never exceed the cap; a vendor
    that bills more is booked in full, and nothing is reserved after that.
    """

    def __init__(self, cap_usd: Decimal, spent_usd: Decimal = Decimal(0)) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = spent_usd
        self._open: dict[int, Decimal] = {}
        self._count = 0

    @property
    def reserved_usd(self) -> Decimal:
        """Set aside for attempts that have not settled."""
        return sum(self._open.values(), Decimal(0))

    @property
    def left_usd(self) -> Decimal:
        """What may still be reserved; never negative."""
        return max(Decimal(0), self.cap_usd - self.spent_usd - self.reserved_usd)

    def reserve(self, amount_usd: Decimal) -> Reservation:
        """Set an amount aside.

        Raises:
            BudgetExceeded: more than is left; nothing was set aside.
        """
        if amount_usd > self.left_usd:
            raise BudgetExceeded(amount_usd, self.left_usd)
        self._count += 1
        self._open[self._count] = amount_usd
        return Reservation(self._count, amount_usd)

    def spend(self, cost_usd: Decimal) -> None:
        """Book what was spent without a reservation here: beside the answer, under its own cap."""
        self.spent_usd += cost_usd

    def settle(self, reservation: Reservation, cost_usd: Decimal) -> None:
        """Book what an attempt cost and free the rest; a second settlement is a mistake of ours."""
        assert reservation.number in self._open, f"{reservation!r} is settled already"
        del self._open[reservation.number]
        self.spent_usd += cost_usd
