"""The product as a process of its own behind an emulated Twilio: to be killed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.e2e.product import Product, running
from tests.e2e.sms_place import POLICY, HeldModel
from tests.e2e.twilio_place import HERS, OURS, PUBLIC
from tests.e2e.visitor import SECRET, WAIT_S
from tests.emulators.twilio import Delivery, TwilioServer, twilio_running


@dataclass(frozen=True, slots=True)
class SmsProcess:
    """A product that can be killed, and those that outlive it."""

    product: Product
    twilio: TwilioServer
    model: HeldModel

    async def texts(self, body: str, sender: str = HERS) -> Delivery:
        """Let a customer send a message, whatever becomes of it."""
        return await self.twilio.texts(sender, OURS, body)

    async def keeps_texting(self, body: str, sender: str) -> Delivery:
        """Send a message, and again as Twilio would at a second address, until it is taken."""
        delivery = await self.texts(body, sender)
        async with asyncio.timeout(WAIT_S):
            while not delivery.is_ok:
                await asyncio.sleep(0.02)
                delivery = await self.twilio.redelivers(delivery)
        return delivery

    def got(self, number: str = HERS) -> list[str]:
        """Return what a phone shows."""
        return self.twilio.phone(number).received

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until this is true: longer than a start takes on a loaded machine."""
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110 - of several servers
                await asyncio.sleep(0.01)

    async def until_got(self, count: int, numbers: tuple[str, ...] = (HERS,)) -> None:
        """Wait until phones show so many messages each."""
        await self.until(lambda: all(len(self.got(number)) >= count for number in numbers))

    async def until_draining(self) -> None:
        """Wait until the product says that it ends."""
        async with asyncio.timeout(WAIT_S), aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"{self.product.url}/readyz") as answer:
                    if answer.status == 503:
                        return
                await asyncio.sleep(0.01)


def environment_of(twilio: TwilioServer, model: HeldModel, policy: Path) -> dict[str, str]:
    """Return the variables by which the product reaches Twilio and the model."""
    return {
        "ANTHROPIC_API_KEY": "test",
        "ANTHROPIC_BASE_URL": model.url,
        "COPILOT_POLICY": str(policy),
        "COPILOT_PUBLIC_URL": PUBLIC,
        "COPILOT_SECRET_KEY": SECRET,
        "COPILOT_TWILIO_BASE_URL": twilio.url,
        "TWILIO_ACCOUNT_SID": twilio.account,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": OURS,
    }


@asynccontextmanager
async def sms_process(
    folder: Path,
    model: HeldModel | None = None,
    more: Mapping[str, str] | None = None,
    policy: str = POLICY,
) -> AsyncIterator[SmsProcess]:
    """Run the product, a Twilio and a model."""
    path = folder / "policy.yaml"
    path.write_text(policy)
    vendor = model or HeldModel()
    async with vendor, twilio_running() as twilio:
        twilio.number(OURS)
        whole = {**environment_of(twilio, vendor, path), **(more or {})}
        async with running(folder, whole) as product:
            twilio.deliver_to(product.url, PUBLIC)
            yield SmsProcess(product, twilio, vendor)
