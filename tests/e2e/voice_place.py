"""The whole product behind an emulated Twilio that calls it, with a Slack and a model."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from bot.log import Author, Event, MessageAccepted, MessageEnded
from bot.settings import Settings, Vendor
from bot.stores.base import EventsAfter, Head, HeadOf, RecordsOf
from bot.transcript import Line, lines_of
from bot.voice.open import VoiceSide
from channels.base import ConversationId
from channels.slack.ingress import PATH
from tests.e2e.slack_place import DANA, SIGNING_SECRET, SUPPORT, TEAM, SlackPlace, prepared
from tests.e2e.twilio_place import OURS, TwilioPlace, reached_by
from tests.e2e.visitor import WAIT_S, served, settings_for
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.replies import Reply
from tests.emulators.server import Emulator, Step
from tests.emulators.slack import Message, slack_running
from tests.emulators.twilio import twilio_running
from tests.emulators.twilio.relay import Caller, calling

KIM = "+12125550147"
"""Who calls: a number that stands nowhere else."""
ASKED = "When will my new card arrive?"
ANSWER = "Your new card arrives in five days. You can follow it in the app."
PERSON = "I want to talk to a person"
BY_PHONE = 'voice: {transfer: {number: "+15550199"}}'
PAUSE = "|"
"""Where a model waits in its answer."""


def policy_of(voice: str = "", more: str = "") -> str:
    """Return a company's file with a section about its calls."""
    head = """
        tenant: aurelis
        version: voice
        pace: {quiet_s: 0.0, sms_quiet_s: 0.0}
        default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}, max_output_tokens: 2000}
    """
    return dedent(head) + f"{voice}\n{dedent(more)}\n"


class SlowTalker(AnthropicEmulator):
    """A model that says what fits the question, and waits at each `|` for `goes_on`."""

    def __init__(self, answer: str = ANSWER, answers: Mapping[str, str] | None = None) -> None:
        super().__init__(answer)
        self.goes_on = asyncio.Event()
        self.answers = dict(answers or {})
        """By words of the question, the first that fits."""

    def steps(self, body: dict[str, Any], reply: Reply) -> Sequence[Step]:
        """Return the words, with the waiting between them."""
        first, *others = reply.text.split(PAUSE)
        steps = list(super().steps(body, Reply(first, reply.calls)))
        for part in others:
            steps += [self.goes_on, *super().steps(body, Reply(part))]
        return steps

    def _reply(self, body: dict[str, Any]) -> Reply:
        asked = self.asked(body)
        fitting = [said for words, said in self.answers.items() if words in asked]
        is_free = not self.replies and self.schema(body) is None
        return Reply(fitting[0]) if fitting and is_free else super()._reply(body)


@dataclass(frozen=True, slots=True)
class VoicePlace:
    """A running product, and everybody whom it talks to."""

    phones: TwilioPlace
    desk: SlackPlace
    model: SlowTalker
    settings: Settings = field(repr=False)

    @property
    def side(self) -> VoiceSide:
        """All calls of the product."""
        side = self.phones.app.configured.voice
        assert side is not None, "Twilio is set"
        return side

    def conversation(self, caller: Caller) -> ConversationId:
        """Return the id of a call's conversation."""
        return self.side.parts.calls.conversation_of(caller.sid)

    async def events(self, caller: Caller) -> Sequence[Event]:
        """Return the log of a call."""
        query = EventsAfter(self.conversation(caller), 0)
        return await self.phones.app.services.store.find(query)

    async def lines(self, caller: Caller) -> list[tuple[Author, str]]:
        """Return what customers, humans and the bot have said, as the log has it."""
        lines: Sequence[Line] = lines_of(await self.events(caller))
        return [(one.author, one.text) for one in lines if one.author is not Author.SYSTEM]

    async def said(self, caller: Caller) -> list[str]:
        """Return what the caller has said, as the log has it."""
        bodies = [event.body for event in await self.events(caller)]
        return [body.text for body in bodies if isinstance(body, MessageAccepted)]

    async def ended(self, caller: Caller) -> list[MessageEnded]:
        """Return every end of a message, corrections included."""
        bodies = [event.body for event in await self.events(caller)]
        return [body for body in bodies if isinstance(body, MessageEnded)]

    async def head(self, caller: Caller) -> Head:
        """Return where a call's conversation stands."""
        query = HeadOf(self.conversation(caller))
        return (await self.phones.app.services.store.find(query))[0]

    async def kept(self, kind: str, caller: Caller) -> list[dict[str, Any]]:
        """Return the records of a kind of a call, the oldest first."""
        query = RecordsOf(kind, conversation=self.conversation(caller))
        found = await self.phones.app.services.store.find(query)
        return [json.loads(record.json) for record in reversed(found)]

    async def until_kept(self, kind: str, caller: Caller) -> list[dict[str, Any]]:
        """Wait until there are records of a kind of a call, and return them."""
        async with asyncio.timeout(WAIT_S):
            while not (found := await self.kept(kind, caller)):  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.005)
        return found

    async def rest(self) -> None:
        """Wait until nothing moves any more, and the desk has what there is for it."""
        async with asyncio.timeout(WAIT_S):
            await self.phones.app.manager.idle()
            await self.phones.app.services.outbox.send_due()
            await self.desk.slack.settled()

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait until something is so, whoever makes it so."""
        async with asyncio.timeout(WAIT_S):
            while not wanted():  # noqa: ASYNC110 - any of several things may make it so
                await asyncio.sleep(0.005)

    async def claimed(self, number: int = 0) -> Message:
        """Have Dana claim a card that is there or comes."""
        card = await self.desk.card(number)
        await self.desk.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
        await self.desk.slack.until(lambda: card.text.startswith("Claimed"))
        return card

    async def replies(self, card: Message, text: str) -> str:
        """Let Dana write under a card; return her message's ts."""
        return await self.desk.slack.says(TEAM, SUPPORT, DANA, text, thread=card.ts)

    @asynccontextmanager
    async def called(
        self,
        sender: str = KIM,
        sends_setup: bool = True,
        headers: Mapping[str, str] | None = None,
        host: str = "",
    ) -> AsyncIterator[Caller]:
        """Have somebody call; in the end nothing of what we have sent was wrong."""
        ringing = calling(
            self.phones.twilio,
            self.phones.url,
            sender,
            OURS,
            sends_setup=sends_setup,
            headers=headers,
            host=host,
        )
        async with ringing as caller:
            yield caller
            assert list(caller.faults) == []


@asynccontextmanager
async def voice_place(
    folder: Path, policy: str = "", model: SlowTalker | None = None
) -> AsyncIterator[VoicePlace]:
    """Let the product be called, with humans in Slack."""
    async with AsyncExitStack() as stack:
        vendor = await stack.enter_async_context(model or SlowTalker())
        assert isinstance(vendor, SlowTalker)
        twilio = await stack.enter_async_context(twilio_running())
        slack = await stack.enter_async_context(slack_running())
        plain = settings_of(folder, policy or policy_of(), vendor)
        settings = replace(reached_by(twilio, plain), slack=prepared(slack))
        here = await stack.enter_async_context(served(settings))
        twilio.deliver_to(here.url, settings.public_url)
        slack.deliver_to(f"{here.url}{PATH}", SIGNING_SECRET)
        phones = TwilioPlace(here.app, here.url, twilio)
        yield VoicePlace(phones, SlackPlace(here.app, here.url, slack), vendor, settings)


def settings_of(folder: Path, policy: str, vendor: Emulator) -> Settings:
    """Return the settings of the rest."""
    return settings_for(folder, policy, anthropic=Vendor("test", vendor.url))
