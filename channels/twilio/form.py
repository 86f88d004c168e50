"""The fields of a webhook: a form, bounded and strict. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from channels.errors import ChannelRefused

MOST_BYTES = 65_536
MOST_FIELDS = 300
"""Twilio sends some forty, and three for each of ten files."""


@dataclass(frozen=True, slots=True)
class Form:
    """Names with values, as they were sent; a name may stand there more than once.

    Iterating yields each name once, in the order of their first appearance.
    """

    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a name."""
        for other, value in self.pairs:
            if other == name:
                return value
        return default

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a name, in order."""
        return tuple(value for other, value in self.pairs if other == name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.pairs))

    def __len__(self) -> int:
        """Return how many different names there are."""
        return len({name for name, _ in self.pairs})

    def __contains__(self, name: str) -> bool:
        """Return whether a field is there, blank or not."""
        return any(other == name for other, _ in self.pairs)


def read_form(body: bytes) -> Form:
    """Return the fields of a form, blank ones included.

    Raises:
        ChannelRefused: `too_large`, or `not_a_form`: no UTF-8, or more fields than anybody sends.
    """
    if len(body) > MOST_BYTES:
        raise ChannelRefused("too_large")
    try:
        text = body.decode("utf-8")
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise ChannelRefused("not_a_form") from None
    return Form(tuple(pairs))
