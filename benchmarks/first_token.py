"""How much later a customer sees the first text than the vendor says it.

The same vendor is asked directly, at the same pace and by as many at once; what the product adds is
the difference of the medians. Redaction shows a usual first word at once; any other one it holds
until the vendor has said enough to know that it is no part of a name. The last case begins with
such a word, and its last row counts from the token that lets it go.

Run: python -m benchmarks.first_token
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from benchmarks.bare import HEADERS, body_of
from benchmarks.customers import Crowd
from benchmarks.policies import write_policy
from benchmarks.processes import Program, product, running
from benchmarks.relay import check
from benchmarks.table import Limit, Row, show
from benchmarks.vendor import QUESTION, tokens_of
from bot.privacy.redact import Redactor, StreamRedactor
from bot.privacy.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.request import TenantId

PACE_S = 0.02
WARM_UP = 10
FRAME = b"text_delta"
LIMIT = Limit(5.0)

Times = tuple[float, ...]
"""When each token, or the first text alone, came after the question, in milliseconds."""
Ask = Callable[[], Awaitable[Times]]


@dataclass(frozen=True, slots=True)
class Case:
    """How many conversations there are at once, and how often each place asks."""

    at_once: int
    times: int
    tokens: int
    """Per answer."""
    skipped: int = 0
    """Tokens left out at the start of the answer."""


CASES = (
    Case(at_once=1, times=20, tokens=30),
    Case(at_once=50, times=3, tokens=100),
    Case(at_once=1, times=20, tokens=30, skipped=4),
)


def main() -> int:
    """Print the table."""
    rows = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            rows += _measured(case, Path(name))
    show(f"first token: the vendor says one every {PACE_S * 1e3:.0f} ms", rows)
    return 0


def tokens_held(skipped: int) -> int:
    """Return how many tokens the vendor says before the first word is let go."""
    vault = Vault(VaultKey(b"benchmark" * 4), TenantId("benchmark"), ConversationId("benchmark"))
    stream = StreamRedactor(Redactor(), vault)
    tokens = tokens_of(30)[skipped:]
    tokens[0] = tokens[0].lstrip()
    return next(n for n, token in enumerate(tokens) if stream.feed(token))


def _measured(case: Case, folder: Path) -> list[Row]:
    policy = write_policy(folder / "policy.yaml")
    arguments = ("--pace", str(PACE_S), "--tokens", str(case.tokens), "--skip", str(case.skipped))
    with (
        running(Program("benchmarks.vendor", arguments, folder)) as vendor,
        running(product(folder, policy, vendor.url)) as server,
    ):
        direct, through = asyncio.run(_asked_both(case, vendor.url, server.url))
    first = Row("", tuple(times[0] for times in direct), "ms")
    seen = Row("", tuple(times[0] for times in through), "ms")
    held = tokens_held(case.skipped)
    name = f"{case.at_once} at once" + (", another first word" if held else "")
    rows = [
        Row(f"{name}: vendor's first token", first.values, "ms", 1.0),
        Row(f"{name}: first text shown", seen.values, "ms", seen.median / first.median),
        Row(f"{name}: added", (seen.median - first.median,), "ms", None, LIMIT),
    ]
    if held:
        let_go = Row("", tuple(times[held] for times in direct), "ms")
        worked = (seen.median - let_go.median,)
        rows.append(Row(f"{name}: added, {held} token not counted", worked, "ms", None, LIMIT))
    return rows


async def _asked_both(case: Case, vendor: str, server: str) -> tuple[list[Times], list[Times]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with Crowd(server) as crowd, aiohttp.ClientSession(connector=connector) as client:
        through = partial(_through_product, crowd)
        await asked(through, Case(WARM_UP, 1, case.tokens))
        return await asked(partial(_directly, client, vendor), case), await asked(through, case)


async def asked(ask: Ask, case: Case) -> list[Times]:
    """Return when text came, each time that it was asked for.

    The places begin spread over one answer, so that first tokens come evenly.
    """
    seen: list[Times] = []

    async def place(number: int) -> None:
        await asyncio.sleep(number / case.at_once * PACE_S * case.tokens)
        for _ in range(case.times):
            times = await ask()
            seen.append(times)

    async with asyncio.TaskGroup() as group:
        for number in range(case.at_once):
            group.create_task(place(number))
    return seen


async def _directly(client: aiohttp.ClientSession, vendor: str) -> Times:
    times: list[float] = []
    began = time.perf_counter()
    url = f"{vendor}/v1/messages"
    async with client.post(url, json=body_of(QUESTION), headers=HEADERS) as response:
        async for chunk in response.content.iter_any():
            times += [(time.perf_counter() - began) * 1e3] * chunk.count(FRAME)
    return tuple(times)


async def _through_product(crowd: Crowd) -> Times:
    customer = await crowd.open()
    reply = await customer.ask(QUESTION)
    await customer.leave()
    check(reply)
    return (reply.first_s * 1e3,)


if __name__ == "__main__":
    sys.exit(main())
