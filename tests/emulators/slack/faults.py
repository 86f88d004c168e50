"""What can go wrong at Slack, chosen per method and channel."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Busy:
    """429; nothing is done."""

    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Broken:
    """5xx; nothing is done."""

    status: int = 503


@dataclass(frozen=True, slots=True)
class Refused:
    """`{ok: false}`."""

    error: str


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is dropped before anything is done."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer comes, although it was done."""

    is_done: bool = True
    is_reset: bool = False
    """The connection is reset at once, instead of being silent."""


Fault = Busy | Broken | Refused | Down | Hang


@dataclass(slots=True)
class Planned:
    method: str
    fault: Fault
    channel: str
    left: int
    """How often still; -1 for ever."""


@dataclass(slots=True)
class Rate:
    every_s: float
    burst: int
    free_at: dict[str, float] = field(default_factory=dict)


class Faults:
    """Which call fails, and how."""

    def __init__(self) -> None:
        self.limited = 0
        """How often a rate limit was hit."""
        self._planned: list[Planned] = []
        self._rates: dict[str, Rate] = {}

    def plan(self, method: str, fault: Fault, channel: str = "", times: int = 1) -> None:
        """Let the next calls of a method fail; `times=0` for ever."""
        self._planned.append(Planned(method, fault, channel, times or -1))

    def limit(self, method: str, every_s: float, burst: int = 1) -> None:
        """Allow a method so often per channel, as Slack does."""
        self._rates[method] = Rate(every_s, burst)

    def clear(self) -> None:
        """Let everything work again."""
        self._planned.clear()
        self._rates.clear()

    def take(self, method: str, channel: str, now: float) -> Fault | None:
        """Return what becomes of a call."""
        for planned in self._planned:
            fits = planned.method in ("*", method) and planned.channel in ("", channel)
            if fits and planned.left:
                planned.left -= 1 if planned.left > 0 else 0
                return planned.fault
        return self._over_rate(method, channel, now)

    def _over_rate(self, method: str, channel: str, now: float) -> Fault | None:
        rate = self._rates.get(method)
        if rate is None:
            return None
        free_at = rate.free_at.get(channel, 0.0)
        if free_at - now > (rate.burst - 1) * rate.every_s:
            self.limited += 1
            return Busy(max(1, round(free_at - now)))
        rate.free_at[channel] = max(free_at, now) + rate.every_s
        return None
