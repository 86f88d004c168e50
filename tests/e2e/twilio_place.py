"""The whole product behind an emulated Twilio, in this process, over real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import App
from bot.clock import Clock
from bot.settings import DEMO, Settings, TwilioSettings
from tests.e2e.visitor import SECRET, served
from tests.emulators.twilio import TwilioServer, twilio_running

OURS, HERS, HIS = "+15550100", "+15550123", "+15550124"
PUBLIC = "https://help.aurelis.example"


@dataclass(frozen=True, slots=True)
class TwilioPlace:
    """A running product, and the Twilio it is reached through."""

    app: App
    url: str
    twilio: TwilioServer

    async def texts(self, body: str, sender: str = HERS, to: str = OURS) -> None:
        """Let a customer send a message, which is taken."""
        assert (await self.twilio.texts(sender, to, body)).is_ok

    async def received(self, count: int = 1, number: str = HERS) -> list[str]:
        """Wait until a phone has so many messages, and return all of them."""
        phone = self.twilio.phone(number)
        await self.twilio.until(lambda: len(phone.received) >= count)
        return list(phone.received)


def reached_by(server: TwilioServer, settings: Settings | None = None) -> Settings:
    """Return settings with which the product uses this Twilio."""
    server.number(OURS)
    twilio = TwilioSettings(
        account_sid=server.account,
        auth_token=server.auth_token,
        sender=OURS,
        base_url=server.url,
    )
    usual = settings or Settings(policy=DEMO / "policy.yaml")
    return replace(usual, twilio=twilio, public_url=PUBLIC, secret=SECRET)


@asynccontextmanager
async def twilio_place(
    folder: Path, settings: Settings | None = None, clock: Clock | None = None
) -> AsyncIterator[TwilioPlace]:
    """Let the product be called and texted; `settings` are those of the rest."""
    async with twilio_running() as server:
        whole = replace(reached_by(server, settings), data=folder / "data")
        async with served(whole, clock=clock) as place:
            server.deliver_to(place.url, PUBLIC)
            yield TwilioPlace(place.app, place.url, server)
