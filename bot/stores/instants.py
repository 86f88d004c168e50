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
    minute, rest = divmod(micros_, 60_000_000)
    return f"{_minute(minute)}{rest // 1_000_000:02d}.{rest % 1_000_000:06d}+00:00"


@lru_cache(maxsize=64)
def _minute(minute: int) -> str:
    """Return a minute as ISO 8601 up to its seconds; kept, since many writes share one."""
    return (_EPOCH + timedelta(minutes=minute)).isoformat()[:17]
