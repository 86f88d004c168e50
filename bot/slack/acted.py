"""What was done already, for what cannot be told from the conversation itself."""

import json
from datetime import timedelta

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry

KIND = "slack.acted"
REMEMBERED = timedelta(days=1)
"""Far longer than the queue tries anything again."""


class Acted:
    """Remembers by the ids of what Slack sent; every method raises StoreFailed."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def has(self, what: str, id: str) -> bool:
        """Return whether it was done."""
        return bool(await self._cabinet.find(KIND, f"{what}:{id}"))

    async def remember(self, what: str, id: str) -> None:
        """Remember that it is done: afterwards, so that what failed is done again."""
        await self._cabinet.put(Entry(KIND, f"{what}:{id}", "{}", self._clock.now()))

    async def chosen(self, what: str, id: str, choice: str) -> str:
        """Return what was chosen the first time; it is remembered before it is acted on."""
        key = f"{what}:{id}"
        entry = Entry(KIND, key, json.dumps(choice), self._clock.now())
        await self._cabinet.put(entry, is_new=True)
        found = await self._cabinet.find(KIND, key)
        return str(json.loads(found[0].value)) if found else choice

    async def prune(self) -> int:
        """Forget what is old; return how much."""
        return await self._cabinet.remove(KIND, None, self._clock.now() - REMEMBERED)
