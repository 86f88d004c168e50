"""The fault matrix: an answer of 60 tokens broken in every way, the other vendor healthy.

Our router, the SDKs alone, and LiteLLM's Router with the same fallback meet the same emulators over
real sockets, each fault with a fresh memory. What is broken at token 40 breaks when whoever listens
has those 40. The healthy vendor goes on exactly where a request says that the answer stands, be it
by an instruction (ours) or by a message of its own at the end (LiteLLM's, when switched on).

Cost is held against what the emulators count: exactly where the vendor told the usage, and not
below it where the stream broke before. Prints tables in Markdown.

Run: python -m benchmarks.faults. LiteLLM takes part after python -m benchmarks.rivals.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import MappingProxyType

from benchmarks.fault_cases import CASES, Case, difference, verdict
from benchmarks.fault_town import SILENCE_S, Ours, Town, ours_of, town
from benchmarks.rivals.child import CLAUDE, GPT, Ended
from benchmarks.rivals.parent import LITELLM, Rival, Start, Urls, is_installed, started

MOST_S = 20.0
"""For one answer of a rival, whose process gives up before."""
SDK, ROUTER, CONTINUING = "SDK alone", "LiteLLM Router", "LiteLLM, continuation on"
RIVALS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {SDK: ("sdk", ()), ROUTER: (LITELLM, ()), CONTINUING: (LITELLM, ("--continuing",))}
)
OPTIONS = ("--booking", "--silence-s", str(SILENCE_S))
NOT_INSTALLED = "not installed"
HEADINGS = ("fault", "vendor", "answer", "lost", "repeated", "attempts", "event", "breaker")


def main() -> int:
    """Print both tables, and below them what our router did not do as expected."""
    asyncio.run(_main())
    return 0


async def _main() -> None:
    wrong: list[str] = []
    async with town() as place, AsyncExitStack() as stack:
        print_row((*HEADINGS, "booked / due, $"))
        print_row(("---",) * (len(HEADINGS) + 1))
        for case in CASES:
            for first in (CLAUDE, GPT):
                ours = await ours_of(place, case, first)
                print_row(cells(case, first, ours))
                wrong += [f"{case.name}, {first}: {each}" for each in ours.problems(case, first)]
        rivals = await _rivals(stack, place)
        print()
        print_row(("fault", "vendor", *RIVALS))
        print_row(("---",) * (len(RIVALS) + 2))
        for case in CASES:
            for first in (CLAUDE, GPT):
                seen = [await _theirs(place, case, first, rival) for rival in rivals]
                print_row((case.name, first, *seen))
    total = len(CASES) * 2
    print(f"\nours: {total - len({each.split(':')[0] for each in wrong})} of {total} as expected")
    print("\n".join(f"MISSED {each}" for each in wrong))


def print_row(row: Sequence[str]) -> None:
    """Print a row of a table in Markdown."""
    print(f"| {' | '.join(row)} |", flush=True)


def cells(case: Case, first: str, ours: Ours) -> tuple[str, ...]:
    """Return our router's row."""
    found = difference(ours.text)
    asked = [
        f"{each.model} {each.failed.value if each.failed else 'whole'}" for each in ours.attempts
    ]
    return (
        case.name,
        first,
        verdict(ours.text, "") if ours.is_finished else "exhausted",
        str(found.lost),
        str(found.added),
        ", ".join(asked),
        ", ".join(ours.events) or "none",
        ours.breaker.value,
        f"{ours.booked_usd:.6f} / {sum(ours.dues_usd):.6f}",
    )


async def _rivals(stack: AsyncExitStack, place: Town) -> list[Rival | None]:
    urls = Urls(place.vendors[CLAUDE].url, place.vendors[GPT].url)
    rivals: list[Rival | None] = []
    for module, options in RIVALS.values():
        if not is_installed(module):
            rivals.append(None)
            continue
        start = Start(module, urls, (*OPTIONS, *options))
        rival = await stack.enter_async_context(started(start))
        for first in (CLAUDE, GPT):  # what is loaded at the first use must not look like a stall
            await rival.answer(first, lambda text: None)
        rivals.append(rival)
    return rivals


async def _theirs(place: Town, case: Case, first: str, rival: Rival | None) -> str:
    if rival is None:
        return NOT_INSTALLED
    texts: list[str] = []
    ends: list[Ended] = []

    async def ask(heard: Callable[[str], None]) -> None:
        def heard_and_kept(text: str) -> None:
            texts.append(text)
            heard(text)

        ends.append(await rival.answer(first, heard_and_kept))

    async with asyncio.timeout(MOST_S):
        await place.with_fault(case, first, ask)
    booked = "" if ends[0].cost_usd is None else f", ${ends[0].cost_usd:.6f}"
    return f"{verdict(''.join(texts), ends[0].error)}{booked}"


if __name__ == "__main__":
    sys.exit(main())
