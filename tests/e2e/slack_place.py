"""The whole product with a desk in the emulated Slack, in this process, over real sockets."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import App
from bot.settings import DEMO, Settings, SlackSettings
from bot.slack.target import target_in
from channels.slack.ingress import PATH
from tests.e2e.visitor import SECRET, served
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.server import Routes
from tests.emulators.slack.state import Message

TEAM, SUPPORT, OPERATIONS = "T1", "C1", "C2"
DANA, ROBIN = "U1", "U2"
SIGNING_SECRET = "the secret between Slack and us"


@dataclass(frozen=True, slots=True)
class SlackPlace:
    """A running product, and the Slack it works in."""

    app: App
    url: str
    slack: SlackServer

    def cards(self) -> list[Message]:
        """Return the cards in the desk's channel."""
        shown = self.slack.messages(TEAM, SUPPORT)
        return [one for one in shown if target_in({"metadata": one.metadata}) is not None]

    async def card(self, number: int = 0) -> Message:
        """Wait for a card, and return it."""
        await self.slack.until(lambda: len(self.cards()) > number)
        return self.cards()[number]

    def thread(self, card: Message) -> list[Message]:
        """Return what stands under a card."""
        return list(self.slack.messages(TEAM, SUPPORT, card.ts)[1:])

    async def said(self, card: Message, text: str) -> Message:
        """Wait until something with these words stands under a card."""

        def found() -> list[Message]:
            return [one for one in self.thread(card) if text in one.text]

        await self.slack.until(lambda: bool(found()))
        return found()[0]


def prepared(server: SlackServer) -> SlackSettings:
    """Make the workspace, and return how the product reaches it."""
    team = server.team(TEAM, "Aurelis")
    server.channel(TEAM, SUPPORT, "support")
    server.channel(TEAM, OPERATIONS, "ops")
    server.user(TEAM, DANA, "Dana Reyes")
    server.user(TEAM, ROBIN, "Robin Park")
    return SlackSettings(
        bot_token=team.bot_token,
        signing_secret=SIGNING_SECRET,
        base_url=server.url,
        handoff_channel=SUPPORT,
        operations_channel=OPERATIONS,
    )


@asynccontextmanager
async def slack_place(
    folder: Path, settings: Settings | None = None, parts: Sequence[Routes] = ()
) -> AsyncIterator[SlackPlace]:
    """Let the product work in a fresh Slack; `settings` are those of the rest."""
    async with slack_running(parts) as server:
        usual = settings or Settings(policy=DEMO / "policy.yaml")
        whole = replace(usual, data=folder / "data", secret=SECRET, slack=prepared(server))
        async with served(whole) as place:
            server.deliver_to(f"{place.url}{PATH}", SIGNING_SECRET)
            yield SlackPlace(place.app, place.url, server)
