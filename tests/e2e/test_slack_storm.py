"""Five hundred calls a minute whose first model fails: operations read one message."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest

from bot.api.keys import KeyFile, made_key
from bot.settings import Settings, Vendor
from routing.request import TenantId
from tests.e2e.slack_place import OPERATIONS, TEAM, SlackPlace
from tests.e2e.slack_time import becomes, in_turned_time, passes, turned_place
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow

FALLBACKS = 500
AT_ONCE = 25
MINUTE_S = 60.0
QUIET_S = 600.0
"""Of the feed: what is quiet for so long is over."""
RECOVERED = f":large_green_circle: Recovered: it came {FALLBACKS} times"
POLICY = dedent("""
    tenant: aurelis
    version: storm
    default:
      models: [claude-haiku-4.5]
      fallback: {models: [gpt-6.1-terra], max_retries: 1}
      budget: {max_cost_usd: 0.2}
""")


def incidents(place: SlackPlace) -> list[Message]:
    """Return what the channel of operations shows."""
    return place.slack.messages(TEAM, OPERATIONS)


def live_key(folder: Path) -> dict[str, str]:
    """Make a key whose calls count, and return the header that shows it."""
    folder.mkdir()
    secret, key = made_key(TenantId("aurelis"), False, "", datetime.now(UTC))
    KeyFile(folder).add(key)
    return {"Authorization": f"Bearer {secret}"}


async def answered_by(http: aiohttp.ClientSession, url: str, number: int) -> str:
    """Ask something, and return which model has answered."""
    said = {"role": "user", "content": f"What about the matter called {number:x} of mine?"}
    async with http.post(f"{url}/v1/route", json={"messages": [said]}) as answer:
        found: str = (await answer.json())["routing"]["model"]
        return found


@pytest.mark.promise("K80", "X108")
def test_five_hundred_fallbacks_in_a_minute_are_one_message_with_a_count(tmp_path: Path) -> None:
    async def story() -> None:
        headers = live_key(tmp_path / "data")
        policy = tmp_path / "policy.yaml"
        policy.write_text(POLICY)
        async with AnthropicEmulator() as first, OpenAIEmulator() as second:
            # Of one request each: no circuit opens, so that every call is a fallback.
            first.plans.by_model["claude-haiku-4-5"] = Plan(Fault.BAD_REQUEST)
            settings = Settings(
                policy=policy,
                api_per_s=10_000,
                anthropic=Vendor("test", first.url),
                openai=Vendor("test", f"{second.url}/v1"),
            )
            async with (
                turned_place(tmp_path, settings) as place,
                aiohttp.ClientSession(headers=headers) as http,
            ):
                await becomes(lambda: place.slack.called("auth.test"))
                models: list[str] = []
                for begin in range(0, FALLBACKS, AT_ONCE):
                    calls = [answered_by(http, place.url, begin + n) for n in range(AT_ONCE)]
                    models += await asyncio.gather(*calls)
                    await passes(MINUTE_S * AT_ONCE / FALLBACKS)
                await becomes(lambda: f"({FALLBACKS} times)" in incidents(place)[0].text)
                during = [one.text for one in incidents(place)]
                updates = len(place.slack.called("chat.update"))
                await becomes(lambda: incidents(place)[0].text.startswith("Recovered"), 2 * QUIET_S)
                thread = place.slack.messages(TEAM, OPERATIONS, incidents(place)[0].ts)[1:]

                assert models == ["gpt-6.1-terra"] * FALLBACKS
                assert [text.count(f"({FALLBACKS} times)") for text in during] == [1]
                assert len(incidents(place)) == 1
                assert [text.text.partition(" within ")[0] for text in thread] == [RECOVERED]
                assert 1 <= updates <= MINUTE_S / 3
                assert place.slack.limits.refused == 0

    in_turned_time(story())
