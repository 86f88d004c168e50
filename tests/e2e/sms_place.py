"""The whole product behind an emulated Twilio, a Slack and a model, in this process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from bot.clock import Clock
from bot.log import Event, MessageAccepted
from bot.secret import telephone_key
from bot.settings import Settings, Vendor
from bot.sms.addresses import Names, Route
from bot.stores.base import EventsAfter, Head, HeadOf
from channels.base import ConversationId
from channels.slack.ingress import PATH
from channels.twilio.base import Address
from tests.e2e.product import free_port
from tests.e2e.slack_place import DANA, SIGNING_SECRET, SUPPORT, TEAM, SlackPlace, prepared
from tests.e2e.twilio_place import HERS, OURS, PUBLIC, TwilioPlace, reached_by
from tests.e2e.visitor import SECRET, WAIT_S, served, settings_for
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.replies import Reply
from tests.emulators.server import Emulator, Step
from tests.emulators.slack import Message, slack_running
from tests.emulators.twilio import Delivery, StoredMessage, twilio_running

ANSWER = "Your new card is on its way and takes five working days to arrive."
SECOND = "It costs ten euros a month, and the first year is free."
QUESTION = "When will my new card arrive?"
PERSON = "I want to talk to a person"
POLICY = dedent("""
    tenant: aurelis
    version: sms
    pace: {quiet_s: 0.0, sms_quiet_s: 0.0}
    sms: {per_s: 1000, reconcile_s: 0.3, retry_s: 0.2}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}, max_output_tokens: 2000}
""")
INBOX, ROWS = "sms.inbox", "sms.outbox"


class HeldModel(AnthropicEmulator):
    """A model that begins to answer, and says no word while it is held."""

    def __init__(self, answer: str = ANSWER, pace_s: float = 0.0) -> None:
        super().__init__(answer, pace_s)
        self.gate = asyncio.Event()
        self.gate.set()

    def hold(self) -> None:
        """Let it say nothing until `gate` is set."""
        self.gate.clear()

    def steps(self, body: dict[str, Any], reply: Reply) -> Sequence[Step]:
        """Return the words, behind the gate."""
        return [self.gate, *super().steps(body, reply)]


@dataclass(frozen=True, slots=True)
class SmsPlace:
    """A running product, and everybody whom it talks to."""

    phones: TwilioPlace
    desk: SlackPlace
    model: HeldModel

    async def texts(
        self, body: str = QUESTION, sender: str = HERS, to: str = OURS, **fields: str
    ) -> Delivery:
        """Let a customer send a message, which is taken."""
        delivery = await self.phones.twilio.texts(sender, to, body, (), **fields)  # type: ignore[arg-type]
        assert delivery.is_ok, delivery
        return delivery

    async def until_asked(self, count: int = 1) -> None:
        """Wait until the model was asked so often."""
        async with asyncio.timeout(WAIT_S):
            while len(self.model.bodies) < count:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    async def rest(self) -> None:
        """Wait until nothing is left to be done, here and at Twilio."""
        await until_rest(self.phones)

    def got(self, number: str = HERS) -> list[str]:
        """Return what a phone shows."""
        return self.phones.twilio.phone(number).received

    def sent(self, number: str = HERS) -> list[StoredMessage]:
        """Return what Twilio has taken for a phone."""
        return [one for one in self.phones.twilio.messages if one.to == number]

    def tried(self, number: str = HERS) -> int:
        """Return how often Twilio was asked to send something to a phone."""
        calls = self.phones.twilio.called("send")
        return sum(call.params["To"] == number for call in calls)

    async def head(self, number: str = HERS, ours: str = OURS) -> Head | None:
        """Return where a customer's conversation stands."""
        found = await self.phones.app.services.store.find(HeadOf(conversation(number, ours)))
        return found[0] if found else None

    async def events(self, number: str = HERS, ours: str = OURS) -> Sequence[Event]:
        """Return the log of a customer's conversation."""
        query = EventsAfter(conversation(number, ours), 0)
        return await self.phones.app.services.store.find(query)

    async def said(self, number: str = HERS, ours: str = OURS) -> list[str]:
        """Return what a customer has said, as it is kept."""
        bodies = [event.body for event in await self.events(number, ours)]
        return [body.text for body in bodies if isinstance(body, MessageAccepted)]

    async def claimed(self, number: str = HERS) -> Message:
        """Have a customer ask for a person, and Dana claim; return the card."""
        await self.texts(PERSON, number)
        card = await self.desk.card()
        await self.desk.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
        await self.desk.slack.until(lambda: card.text.startswith("Claimed"))
        await self.rest()
        return card

    async def replies(self, card: Message, text: str) -> str:
        """Let Dana write under a card; return her message's ts."""
        return await self.desk.slack.says(TEAM, SUPPORT, DANA, text, thread=card.ts)

    def signs(self, ts: str) -> set[str]:
        """Return the receipts on a message of a human's."""
        return set(self.desk.slack.message(TEAM, SUPPORT, ts).reactions)


async def until_rest(phones: TwilioPlace) -> None:
    """Wait until nothing is left to be done, in the product and at Twilio."""
    async with asyncio.timeout(WAIT_S):
        while not await is_at_rest(phones):  # noqa: ASYNC110 - several things at once
            await asyncio.sleep(0.01)


async def is_at_rest(phones: TwilioPlace) -> bool:
    """Return whether nobody does anything, and nothing is due."""
    side = phones.app.configured.sms
    assert side is not None, "Twilio is set"
    await phones.twilio.settled()
    await phones.app.manager.idle()
    entries = [*await side.parts.cabinet.find(INBOX), *await side.parts.cabinet.find(ROWS)]
    is_due = any(entry.due_at is not None for entry in entries)
    return not (is_due or side.outlet.active or side.queue.held)


def conversation(number: str = HERS, ours: str = OURS) -> ConversationId:
    """Return the id of a customer's conversation."""
    names = Names(telephone_key(SECRET.encode()))
    return names.conversation(Route(Address(ours), Address(number)))


@asynccontextmanager
async def sms_place(
    folder: Path,
    policy: str = POLICY,
    model: HeldModel | None = None,
    clock: Clock | None = None,
    *,
    has_web: bool = False,
) -> AsyncIterator[SmsPlace]:
    """Let the product be texted, with humans in Slack.

    With `has_web` its public address is the loopback one, so that the web chat works, too.
    """
    port = free_port() if has_web else 0
    public = f"http://127.0.0.1:{port}" if has_web else PUBLIC
    async with AsyncExitStack() as stack:
        vendor = model or HeldModel()
        await stack.enter_async_context(vendor)
        twilio = await stack.enter_async_context(twilio_running())
        slack = await stack.enter_async_context(slack_running())
        settings = reached_by(twilio, settings_of(folder, policy, vendor))
        settings = replace(settings, slack=prepared(slack), public_url=public)
        here = await stack.enter_async_context(served(settings, clock=clock, port=port))
        twilio.deliver_to(here.url, public)
        slack.deliver_to(f"{here.url}{PATH}", SIGNING_SECRET)
        phones = TwilioPlace(here.app, here.url, twilio)
        yield SmsPlace(phones, SlackPlace(here.app, here.url, slack), vendor)


def settings_of(folder: Path, policy: str, vendor: Emulator) -> Settings:
    """Return the settings of the rest."""
    return settings_for(folder, policy, anthropic=Vendor("test", vendor.url))
