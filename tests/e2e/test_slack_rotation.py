"""Tokens that live for twelve hours, in the whole product: renewed once, sealed, and kept."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from channels.wire.web_seen import Ended
from tests.e2e.slack_installs import distributed, install
from tests.e2e.slack_place import DANA, SUPPORT, TEAM, SlackPlace, prepared
from tests.e2e.visitor import Visitor, visiting
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.oauth import OAuth

pytestmark = pytest.mark.slow
PERSON = "I want to talk to a person."
MANY = 8
EXPIRED = timedelta(hours=13)


class Moved:
    """A clock that a test moves, for the product and for Slack."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def refreshes(server: SlackServer) -> list[str]:
    """Return what came of every refresh, in order."""
    asked = server.called("oauth.v2.access")
    return [one.outcome for one in asked if one.arguments.get("grant_type") == "refresh_token"]


def secrets_of(oauth: OAuth) -> Iterator[str]:
    """Yield every token that was ever given out."""
    yield from oauth.server.team(TEAM).more_tokens
    yield from oauth.used_refresh_tokens
    yield from oauth.refresh_tokens


def in_clear(folder: Path, oauth: OAuth) -> list[str]:
    """Return which tokens can be read in what the product has written."""
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return [secret for secret in secrets_of(oauth) if secret.encode() in written]


async def answered(place: SlackPlace, visitor: Visitor, number: int, text: str) -> None:
    """Have a customer helped under the card with this number."""
    card = await place.card(number)
    await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
    await place.slack.until(lambda: card.text.startswith("Claimed"))
    await place.slack.says(TEAM, SUPPORT, DANA, text, thread=card.ts)
    await visitor.until(lambda frame: isinstance(frame, Ended) and frame.text == text)


@pytest.mark.promise("K82")
async def test_a_token_that_has_expired_is_renewed_once_and_a_restart_goes_on_with_it(
    tmp_path: Path,
) -> None:
    oauth, moved = OAuth(), Moved()
    oauth.rotates = True
    clock = Clock(now=moved.now)
    async with slack_running([oauth.part]) as server:
        server.unix = lambda: moved.now().timestamp()
        prepared(server)
        async with distributed(tmp_path, oauth, server, clock=clock) as place:
            installed = await install(place, oauth, TEAM)
            here = SlackPlace(place.app, place.url, server)
            async with visiting(place.url) as visitor:
                await visitor.ask(PERSON)
                await answered(here, visitor, 0, "Before.")
            first = (refreshes(server), list(oauth.refresh_tokens))
            moved.by += EXPIRED
            async with AsyncExitStack() as stack:
                many = [await stack.enter_async_context(visiting(place.url)) for _ in range(MANY)]
                await asyncio.gather(*(visitor.ask(PERSON) for visitor in many))
                for number in range(MANY):
                    await here.card(number + 1)
            second = (refreshes(server), list(oauth.refresh_tokens))
        moved.by += EXPIRED
        async with distributed(tmp_path, oauth, server, clock=clock) as place:
            here = SlackPlace(place.app, place.url, server)
            async with visiting(place.url) as visitor:
                await visitor.ask(PERSON)
                await answered(here, visitor, MANY + 1, "After.")
            third = (refreshes(server), list(oauth.refresh_tokens))
        known = list(secrets_of(oauth))

        assert installed == (200, 400)
        assert [outcomes for outcomes, _ in (first, second, third)] == [[], ["ok"], ["ok"] * 2]
        assert all(len(tokens) == 1 for _, tokens in (first, second, third))
        assert oauth.used_refresh_tokens == {*first[1], *second[1]}
        assert [one.method for one in server.calls if one.outcome == "token_expired"] == []
        assert len(known) == 6
        assert in_clear(tmp_path / "data", oauth) == []
