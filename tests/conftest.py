"""What every test may use, and the check that promises are kept."""

import pytest

from tests.promises import PROMISES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that marks a promise nobody made."""
    for item in items:
        for mark in item.iter_markers("promise"):
            unknown = [name for name in mark.args if name not in PROMISES]
            if unknown:
                raise pytest.UsageError(f"{item.nodeid} proves an unknown promise: {unknown}")
