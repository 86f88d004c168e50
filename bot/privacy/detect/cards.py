"""Payment cards by range, length and checksum."""

_RANGES: tuple[tuple[int, int, frozenset[int]], ...] = (
    (300000, 305999, frozenset({14, 16, 19})),
    (309500, 309599, frozenset({14, 16, 19})),
    (360000, 369999, frozenset({14, 16, 19})),
    (380000, 399999, frozenset({14, 16, 19})),
    (340000, 349999, frozenset({15})),
    (370000, 379999, frozenset({15})),
    (213100, 213199, frozenset({15})),
    (180000, 180099, frozenset({15})),
    (352800, 358999, frozenset({16, 17, 18, 19})),
    (400000, 499999, frozenset({13, 16, 19})),
    (510000, 559999, frozenset({16})),
    (222100, 272099, frozenset({16})),
    (220000, 220499, frozenset({16, 17, 18, 19})),
    (500000, 509999, frozenset(range(12, 20))),
    (560000, 589999, frozenset(range(12, 20))),
    (600000, 699999, frozenset(range(12, 20))),
    (810000, 817199, frozenset({16, 17, 18, 19})),
    (970400, 979299, frozenset({16, 19})),
)
"""First six digits from, to, and the lengths in use.

Source: ISO/IEC 7812 ranges as published by the schemes (Visa, Mastercard including 2-series, Amex,
Diners, JCB, Discover, UnionPay, Maestro, Mir, Verve, Troy).
"""
SHORTEST, LONGEST = 12, 19


_BY_FIRST = {
    digit: tuple(row for row in _RANGES if str(row[0])[0] <= digit <= str(row[1])[0])
    for digit in "0123456789"
}


def has_range(digits: str) -> bool:
    """Return whether cards that begin so, and are as long, are in use."""
    head, size = int(digits[:6]), len(digits)
    return any(low <= head <= high and size in sizes for low, high, sizes in _BY_FIRST[digits[0]])


def has_check_digit(digits: str) -> bool:
    """Return whether the last digit is what the others make it by Luhn's rule.

    Source: ISO/IEC 7812-1, annex B. Five lines, since the library for them costs 1.4 MiB at start.
    """
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def is_card(digits: str) -> bool:
    """Return whether a string of digits is a card number: length, range and Luhn."""
    return (
        SHORTEST <= len(digits) <= LONGEST
        and len(set(digits)) > 1
        and has_range(digits)
        and has_check_digit(digits)
    )
