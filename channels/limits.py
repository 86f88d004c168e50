"""Token buckets: how often something may happen. Pure; `now` is passed in, monotonic seconds."""

from dataclasses import dataclass

MOST_BUCKETS = 20_000
"""More keys than this make the limiter forget those that are full again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How much is allowed: `burst` at once, and `per_s` more every second."""

    burst: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a rate at one moment."""

    tokens: float
    at: float
    """Monotonic seconds at which `tokens` was true."""


def refill(bucket: Bucket, rate: Rate, now: float) -> Bucket:
    """Return the bucket at `now`; time that runs backwards adds nothing."""
    gained = max(0.0, now - bucket.at) * rate.per_s
    return Bucket(min(rate.burst, bucket.tokens + gained), max(now, bucket.at))


def take(bucket: Bucket, rate: Rate, now: float) -> tuple[Bucket, float]:
    """Return the bucket after one more, and the seconds to wait: 0 when it was allowed.

    A refusal takes nothing, so waiting that long and asking again succeeds.
    """
    filled = refill(bucket, rate, now)
    if filled.tokens >= 1.0:
        return Bucket(filled.tokens - 1.0, filled.at), 0.0
    return filled, (1.0 - filled.tokens) / rate.per_s


class Limiter:
    """One rate, applied to each key on its own."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: dict[str, Bucket] = {}

    def wait_s(self, key: str, now: float) -> float:
        """Take one for `key`; return 0.0 when allowed, else the seconds to wait."""
        bucket = self._buckets.get(key, Bucket(self._rate.burst, now))
        self._buckets[key], wait_s = take(bucket, self._rate, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._forget_full(now)
        return wait_s

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def _forget_full(self, now: float) -> None:
        rate = self._rate
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if refill(bucket, rate, now).tokens < rate.burst
        }
        if len(self._buckets) > MOST_BUCKETS // 2:
            # Nothing to forget without loss: the longest known half goes, and in one step, so
            # that a flood of keys does not pay for this again and again.
            self._buckets = dict(list(self._buckets.items())[-MOST_BUCKETS // 2 :])
