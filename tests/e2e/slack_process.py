"""The product as a process of its own with a desk in the emulated Slack: to be killed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from channels.slack.ingress import PATH
from channels.wire.web_seen import Ended
from tests.e2e.product import Product, running
from tests.e2e.slack_place import DANA, OPERATIONS, SIGNING_SECRET, SUPPORT, TEAM, prepared
from tests.e2e.visitor import Visitor
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.state import Message

AGENT = "agent"
"""Who a human is on the wire."""
PERSON = "I want to talk to a person."
POLICY = dedent("""
    tenant: aurelis
    version: deaths
    pace: {quiet_s: 0.0}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}, max_output_tokens: 2000}
""")


@dataclass(frozen=True, slots=True)
class SlackProcess:
    """A product that can be killed, and the Slack that outlives it."""

    product: Product
    slack: SlackServer

    @property
    def cards(self) -> list[Message]:
        """What our bot has posted at the top of the desk's channel."""
        return self.slack.messages(TEAM, SUPPORT)

    def thread(self, card: Message) -> list[str]:
        """Return what stands under a card."""
        return [one.text for one in self.slack.messages(TEAM, SUPPORT, card.ts)[1:]]

    def direct(self) -> list[Message]:
        """Return what the app has written to Dana in her direct messages, wherever."""
        bot = self.slack.team(TEAM).bot_user
        found = self.slack.state.direct(TEAM, DANA).messages.values()
        return [one for one in found if one.user == bot]

    def told(self) -> list[str]:
        """Return what Dana reads of that."""
        return [_shown(one) for one in self.direct()]

    async def card(self) -> Message:
        """Wait for the first card."""
        await self.slack.until(lambda: self.cards)
        return self.cards[0]

    async def claimed(self, visitor: Visitor) -> Message:
        """Have a customer ask for a person, and Dana claim; returns the card."""
        await visitor.ask(PERSON)
        card = await self.card()
        await self.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
        await self.slack.until(lambda: card.text.startswith("Claimed"))
        return card

    def is_marked(self, ts: str) -> bool:
        """Return whether a message of Dana's carries a receipt."""
        return bool(self.slack.message(TEAM, SUPPORT, ts).reactions)


def _shown(message: Message) -> str:
    """Return what a reader sees: with blocks, the text is for notifications only."""
    blocks = message.blocks or ()
    return "".join(one["text"] for one in blocks if one["type"] == "markdown") or message.text


def said_by_humans(visitor: Visitor) -> list[str]:
    """Return what a customer was told by humans, in order."""
    ended = [frame for frame in visitor.frames if isinstance(frame, Ended)]
    return [frame.text for frame in ended if frame.author == AGENT]


@asynccontextmanager
async def slack_process(
    folder: Path, environment: Mapping[str, str] | None = None, policy: str = POLICY
) -> AsyncIterator[SlackProcess]:
    """Run the product, and a Slack."""
    path = folder / "policy.yaml"
    path.write_text(policy)
    async with slack_running() as server:
        slack = prepared(server)
        whole = {
            "COPILOT_POLICY": str(path),
            "COPILOT_SLACK_BASE_URL": server.url,
            "COPILOT_HANDOFF_CHANNEL": SUPPORT,
            "COPILOT_OPS_CHANNEL": OPERATIONS,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            **(environment or {}),
        }
        async with running(folder, whole) as product:
            server.deliver_to(f"{product.url}{PATH}", SIGNING_SECRET)
            yield SlackProcess(product, server)
