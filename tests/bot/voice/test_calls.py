"""The registry of calls, when two change one at the same moment."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.clock import Clock
from bot.stores.cabinet import Entry, MemoryCabinet
from bot.voice.calls import Calls

CALL, SECRET = "CA" + "1" * 32, b"a secret of thirty-two characters"


class SlowCabinet(MemoryCabinet):
    """Lets everybody else go first after each look."""

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        found = await super().find(kind, key)
        for _ in range(3):
            await asyncio.sleep(0)
        return found


@pytest.mark.promise("V45")
async def test_a_loss_counts_although_the_old_line_notes_at_that_moment_how_far_it_was() -> None:
    calls = Calls(SlowCabinet(), Clock(), SECRET)
    known = await calls.begin(CALL, "en-US")
    await asyncio.gather(
        calls.change(CALL, heard_up_to=7),
        calls.lost(known, "VX1"),
        calls.change(CALL, language="es-US"),
    )
    after = await calls.find(CALL)

    assert after is not None
    assert (after.losses, after.heard_up_to, after.language) == (1, 7, "es-US")


async def test_a_call_that_ended_keeps_what_was_noted_of_it() -> None:
    calls = Calls(SlowCabinet(), Clock(), SECRET)
    known = await calls.begin(CALL, "en-US")
    await asyncio.gather(calls.lost(known, "VX1"), calls.end(known))
    after = await calls.find(CALL)

    assert after is not None
    assert (after.losses, after.is_over) == (1, True)
