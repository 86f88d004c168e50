"""The product as workspaces install it themselves, each with somebody's browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.clock import Clock
from bot.settings import DEMO, Settings, SlackSettings
from channels.slack.ingress import PATH
from channels.slack.install import INSTALL
from tests.e2e.product import free_port
from tests.e2e.slack_place import OPERATIONS, SIGNING_SECRET, SUPPORT, TEAM
from tests.e2e.visitor import SECRET, Place, served
from tests.emulators.slack import SlackServer
from tests.emulators.slack.oauth import OAuth

USUAL = Settings(policy=DEMO / "policy.yaml")


@asynccontextmanager
async def distributed(
    folder: Path,
    oauth: OAuth,
    server: SlackServer,
    usual: Settings = USUAL,
    clock: Clock | None = None,
) -> AsyncIterator[Place]:
    """Serve a product that workspaces install themselves; `usual` are the settings of the rest."""
    port = free_port()
    slack = SlackSettings(
        signing_secret=SIGNING_SECRET,
        client_id=oauth.client_id,
        client_secret=oauth.client_secret,
        base_url=server.url,
        handoff_channel=f"{TEAM}/{SUPPORT}",
        operations_channel=f"{TEAM}/{OPERATIONS}",
    )
    url = f"http://127.0.0.1:{port}"
    settings = replace(
        usual, data=folder / "data", secret=SECRET, port=port, public_url=url, slack=slack
    )
    async with served(settings, clock=clock, port=port) as place:
        server.deliver_to(f"{place.url}{PATH}", SIGNING_SECRET)
        yield place


async def install(place: Place, oauth: OAuth, team: str) -> tuple[int, int]:
    """Install it in a workspace; returns the status, and that of the same address once more."""
    oauth.team = team
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{place.url}{INSTALL}", allow_redirects=False) as answer:
            to_slack = answer.headers["Location"]
        back = await oauth.allows(to_slack)
        async with browser.get(back) as answer:
            installed = answer.status
        async with browser.get(back) as answer:
            return installed, answer.status
