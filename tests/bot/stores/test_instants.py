from datetime import UTC, datetime

import pytest

from bot.stores.instants import instant, iso, micros
from tests.bot.stores.samples import NOW

INSTANTS = [
    NOW,
    NOW.replace(microsecond=0),
    NOW.replace(microsecond=7),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_an_instant_comes_back_exactly_and_is_written_as_datetime_writes_it(at: datetime) -> None:
    assert instant(micros(at)) == at
    assert iso(micros(at)) == at.isoformat(timespec="microseconds")
