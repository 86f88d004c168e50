"""Identical questions at the same time: one is asked, the others wait for its answer."""

import asyncio
from contextlib import suppress

from routing.cache.entry import Found


class Flight:
    """One question that is being answered."""

    def __init__(self) -> None:
        self._landed = asyncio.Event()
        self._found: Found | None = None

    def land(self, found: Found | None) -> None:
        """Tell everybody who waits; None when the answer is for the asker alone, or failed."""
        self._found = found
        self._landed.set()

    async def outcome(self, most_s: float) -> Found | None:
        """Return the answer once it is whole; None when there is none, or it takes longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._landed.wait()
        return self._found


class Flights:
    """The questions that are being answered, by their exact key.

    Whoever leads a flight must land it, however its turn ends. Who waits is never told by
    cancelling, and cancelling who waits does nothing to the flight.
    """

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def under_way(self, key: str) -> Flight | None:
        """Return the flight of a key; None when nobody is asking this."""
        return self._flights.get(key)

    def lead(self, key: str) -> bool:
        """Begin a flight; returns False when there is one already."""
        if key in self._flights:
            return False
        self._flights[key] = Flight()
        return True

    def land(self, key: str, found: Found | None) -> None:
        """End a flight; one that has landed already stays as it is."""
        flight = self._flights.pop(key, None)
        if flight is not None:
            flight.land(found)
