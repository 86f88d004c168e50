"""Instants as whole microseconds since 1970-01-01 UTC, as they are stored. Pure."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def instant(micros_: int) -> datetime:
    """Return the instant of `micros`, in UTC."""
    return _EPOCH + timedelta(microseconds=micros_)


def iso(micros_: int) -> str:
    """Return the instant of `micros` as ISO 8601 in UTC, with six digits of seconds."""
    second, rest = divmod(micros_, 1_000_000)
    return f"{_second(second)}.{rest:06d}+00:00"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    """Return a whole second as ISO 8601, without the zone; kept, since many writes share one."""
    return (_EPOCH + timedelta(seconds=second)).replace(tzinfo=None).isoformat()
