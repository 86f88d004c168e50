"""Refresh the rates in routing/money/prices.yaml from the package genai-prices.

What is kept by hand in that file (vendor id, limits, quality, first token, token percent) stays; a
new model is added there with `rates: []` before this runs. Models that the package does not know
keep the rates they have.

    .venv/bin/python scripts/prices.py
"""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import yaml
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, StartDateConstraint, TieredPrices

from routing.money.prices import LOADER, BookText, EntryText

FILE = Path(__file__).parent.parent / "routing" / "money" / "prices.yaml"
ALWAYS = date.min
"""The day from which an undated price is valid."""
HEADER = """\
# The price book. scripts/prices.py writes the rates from genai-prices; the rest is kept by hand.
# rates: [since, above_tokens, input, output, cache_read, cache_write, cache_write_1h], USD per
# million tokens; a row applies to the whole request when its prompt is longer than above_tokens.
# quality (0 to 1) and first_token_s are priors of ours, never derived from the price.
# token_percent: tokens of one text relative to other models; 130 is the vendor's word for opus-4.7
# and a precaution for its successors. The limits of chat-latest are not published: low guesses.
# A vendor that does not charge for cache writes, or gives no discount for reads, has input's rate.
# abilities: tools and JSON schemas by the vendors' pages, for every model that writes text; vision
# by our knowledge of the families. region: global is the vendors' usual address: anywhere.
"""


def rows_of(provider: str, vendor_id: str) -> Iterator[list[str]]:
    """Yield the rates of one model, oldest first, lowest tier first; nothing when unknown.

    Raises:
        ValueError: the package dates a price in a way that a row cannot say.
    """
    try:
        _, model = get_snapshot().find_provider_model(vendor_id, None, provider, None)
    except LookupError:
        return
    if isinstance(model.prices, ModelPrice):
        yield from rows_since(ALWAYS, model.prices)
        return
    for conditional in model.prices:
        match conditional.constraint:
            case None:
                yield from rows_since(ALWAYS, conditional.prices)
            case StartDateConstraint(start_date=start):
                yield from rows_since(start, conditional.prices)
            case other:
                raise ValueError(f"{vendor_id!r} is priced by {other!r}, expected a start date")


def rows_since(since: date, price: ModelPrice) -> Iterator[list[str]]:
    """Yield one row per tier."""
    names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    rates = [getattr(price, name) for name in (*names, "cache_write_1h_mtok")]
    starts = {tier.start for rate in rates if isinstance(rate, TieredPrices) for tier in rate.tiers}
    for start in sorted({0} | starts):
        uncached, output, read, write, write_1h = (rate_at(rate, start) for rate in rates)
        base = uncached or Decimal(0)
        short = base if write is None else write
        known = (
            base,
            output or Decimal(0),
            base if read is None else read,
            short,
            short if write_1h is None else write_1h,
        )
        yield [since.isoformat(), str(start), *(format(rate.normalize(), "f") for rate in known)]


def rate_at(rate: Decimal | TieredPrices | None, start: int) -> Decimal | None:
    """Return the rate of the tier that begins at `start`."""
    if not isinstance(rate, TieredPrices):
        return rate
    return max(((0, rate.base), *((t.start, t.price) for t in rate.tiers if t.start <= start)))[1]


def refreshed(book: BookText, today: date) -> str:
    """Return the new content of the file."""
    lines = [HEADER.rstrip(), f"as_of: {today}", f"source: genai-prices {version('genai-prices')}"]
    lines.append("models:")
    for name, entry in book["models"].items():
        rows = list(rows_of(entry["provider"], entry["vendor_id"])) or entry["rates"]
        lines.extend(entry_lines(name, entry, rows))
    return "\n".join(lines) + "\n"


def entry_lines(name: str, entry: EntryText, rows: list[list[str]]) -> Iterator[str]:
    """Yield the lines of one model."""
    hand = {key: value for key, value in entry.items() if key not in ("abilities", "rates")}
    fields = [f"{key}: {value}" for key, value in hand.items()]
    fields.insert(-1, f"abilities: [{', '.join(entry['abilities'])}]")
    yield f"  {name}:"
    yield from (f"    {field}" for field in fields)
    yield "    rates:"
    yield from (f"      - [{', '.join(row)}]" for row in rows)


def main() -> None:
    """Rewrite the file."""
    book: BookText = yaml.load(FILE.read_text("utf-8"), Loader=LOADER)
    FILE.write_text(refreshed(book, datetime.now(UTC).date()), "utf-8")
    sys.stdout.write(f"{FILE}: {len(book['models'])} models\n")


if __name__ == "__main__":
    main()
