"""What an answer of Anthropic has used, its advisor's share apart: pure.

Source: Anthropic API, "Messages", usage; "Advisor tool", `usage.iterations`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from routing.models.base import Counted
from routing.request import Usage

ADVISOR = "advisor_message"
UNKNOWN = Usage(estimated=True)
Others = tuple[tuple[str, Usage], ...]


class UsageReport:
    """Gathers what the stream says of its usage; what it says last holds.

    What is not a count is as good as missing: an answer is not thrown away for its bill.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._iterations: Sequence[Mapping[str, Any]] = ()
        self._is_final = False

    def begin(self, usage: object) -> tuple[Counted, ...]:
        """Take over what the first event says, and return what it says of the prompt."""
        if not isinstance(usage, Mapping):
            return ()
        self._counts.update(counts_of(usage))
        counted = usage_of({**self._counts, "output_tokens": 0})
        return () if counted.estimated else (Counted(counted),)

    def end(self, usage: object) -> None:
        """Take over what the last one says."""
        if isinstance(usage, Mapping):
            self._counts.update(counts_of(usage))
            self._is_final = self._is_final or isinstance(usage.get("output_tokens"), int)
            iterations = usage.get("iterations")
            if isinstance(iterations, list):
                self._iterations = [each for each in iterations if isinstance(each, Mapping)]

    def counted(self) -> tuple[Usage, Others]:
        """Return the model's own usage, and that of each call of another model.

        With iterations, the model's own is the sum of its iterations: the numbers at the top leave
        the advisor out, and how they sum up the input is documented in two ways.
        """
        if not self._is_final:
            return UNKNOWN, ()
        own = [
            usage_of(counts_of(each)) for each in self._iterations if each.get("type") != ADVISOR
        ]
        others = tuple(
            (str(each.get("model") or ""), usage_of(counts_of(each)))
            for each in self._iterations
            if each.get("type") == ADVISOR
        )
        usage = total_of(own) if own else usage_of(self._counts)
        if any(each.estimated or not model for model, each in others):
            return UNKNOWN, ()
        return usage, others


def counts_of(usage: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts, those of the cache's parts among them."""
    flat = {**usage, **(usage.get("cache_creation") or {})}
    return {key: each for key, each in flat.items() if isinstance(each, int)}


def usage_of(counts: Mapping[str, int]) -> Usage:
    """Return counts, which the vendor gives disjoint already, as ours."""
    if "input_tokens" not in counts or "output_tokens" not in counts:
        return UNKNOWN
    written = counts.get("cache_creation_input_tokens", 0)
    written_1h = min(counts.get("ephemeral_1h_input_tokens", 0), written)
    return Usage(
        input_tokens=counts["input_tokens"],
        output_tokens=counts["output_tokens"],
        cache_read_tokens=counts.get("cache_read_input_tokens", 0),
        cache_write_tokens=written - written_1h,
        cache_write_1h_tokens=written_1h,
    )


def total_of(usages: Iterable[Usage]) -> Usage:
    """Return the sum of several usages; unknown as soon as one of them is."""
    total = Usage()
    for each in usages:
        total = Usage(
            input_tokens=total.input_tokens + each.input_tokens,
            output_tokens=total.output_tokens + each.output_tokens,
            cache_read_tokens=total.cache_read_tokens + each.cache_read_tokens,
            cache_write_tokens=total.cache_write_tokens + each.cache_write_tokens,
            cache_write_1h_tokens=total.cache_write_1h_tokens + each.cache_write_1h_tokens,
            estimated=total.estimated or each.estimated,
        )
    return UNKNOWN if total.estimated else total
