"""Two workspaces that have installed the app: both have a desk, and nothing crosses."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from bot.settings import Settings
from bot.slack.target import target_in
from channels.wire.web_seen import Ended
from tests.e2e.slack_customer import ANNA, Direct, until_accepted
from tests.e2e.slack_installs import distributed, install
from tests.e2e.slack_place import DANA, OPERATIONS, SUPPORT, TEAM, prepared
from tests.e2e.visitor import Place, Visitor, visiting
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.oauth import OAuth
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow
OTHER, OTHER_DESK, KIM = "T2", "C9", "U5"
PERSON, COMPLAINT = "I want to talk to a person.", "I want to file a complaint."
POLICY = dedent(f"""
    tenant: aurelis
    version: workspaces
    brand: {{name: Aurelis Bank}}
    pace: {{quiet_s: 0.0, slack_quiet_s: 0.0}}
    default: {{models: [claude-haiku-4.5], budget: {{max_cost_usd: 0.05}}}}
    intents:
      complaint:
        examples: ["{COMPLAINT}"]
        keywords: ["file a complaint"]
        handoff: true
    desk:
      channels: {{complaint: {OTHER}/{OTHER_DESK}}}
""")


@dataclass(frozen=True, slots=True)
class Desk:
    """A channel with cards, and who answers there."""

    slack: SlackServer
    team: str
    channel: str
    human: str

    def cards(self) -> list[Message]:
        """Return its cards."""
        shown = self.slack.messages(self.team, self.channel)
        return [one for one in shown if target_in({"metadata": one.metadata}) is not None]

    async def card(self, number: int = 0) -> Message:
        """Wait for a card."""
        await self.slack.until(lambda: len(self.cards()) > number)
        return self.cards()[number]

    async def answers(self, card: Message, text: str) -> None:
        """Claim it, and answer."""
        await self.slack.clicks(self.team, self.channel, card.ts, self.human, "claim")
        await self.slack.until(lambda: card.text.startswith("Claimed"))
        await self.slack.says(self.team, self.channel, self.human, text, thread=card.ts)


def made(server: SlackServer) -> tuple[Desk, Desk]:
    """Make both workspaces, with a desk each."""
    prepared(server)
    server.team(OTHER, "Borealis")
    server.channel(OTHER, OTHER_DESK, "complaints")
    server.user(OTHER, KIM, "Kim Lund")
    return Desk(server, TEAM, SUPPORT, DANA), Desk(server, OTHER, OTHER_DESK, KIM)


def settings_in(folder: Path) -> Settings:
    path = folder / "policy.yaml"
    path.write_text(POLICY)
    return Settings(policy=path)


async def reads(visitor: Visitor, text: str) -> list[str]:
    """Wait until a customer was told something; returns all that humans have told him."""
    await visitor.until(lambda frame: isinstance(frame, Ended) and frame.text == text)
    ended = [frame for frame in visitor.frames if isinstance(frame, Ended)]
    return [frame.text for frame in ended if frame.author == "agent"]


def crossed(server: SlackServer, since: int = 0) -> list[tuple[str, str, str]]:
    """Return calls with a token of one workspace for a channel of another."""
    own = {
        TEAM: {SUPPORT, OPERATIONS, server.direct_of(TEAM, ANNA)},
        OTHER: {OTHER_DESK, server.direct_of(OTHER, ANNA)},
    }
    named = [
        (call.team, str(call.arguments.get(name)), call.method)
        for call in server.calls[since:]
        for name in ("channel", "channel_id")
        if call.arguments.get(name)
    ]
    assert {team for team, _, _ in named} <= set(own)
    return [one for one in named if one[1] not in own[one[0]]]


@pytest.mark.promise("K82")
async def test_two_workspaces_each_have_a_desk_and_customers_and_nothing_crosses(
    tmp_path: Path,
) -> None:
    oauth = OAuth()
    # Each workspace is given a token of its own, which works nowhere else.
    oauth.rotates = True
    async with slack_running([oauth.part]) as server, AsyncExitStack() as stack:
        here, there = made(server)
        place = await stack.enter_async_context(
            distributed(tmp_path, oauth, server, settings_in(tmp_path))
        )
        statuses = [await install(place, oauth, team) for team in (TEAM, OTHER)]
        first, second = [await stack.enter_async_context(visiting(place.url)) for _ in range(2)]
        await first.ask(PERSON)
        await second.ask(COMPLAINT)
        await here.answers(await here.card(), "Dana here.")
        await there.answers(await there.card(), "Kim here.")
        read = [await reads(first, "Dana here."), await reads(second, "Kim here.")]
        customers = [Direct(server, ANNA, TEAM), Direct(server, ANNA, OTHER)]
        for customer, text in zip(customers, ("My question.", "My other question."), strict=True):
            await customer.says(text)
        taken = [await until_accepted(place.app, one.conversation, 1) for one in customers]
        # The customer of the other workspace is helped by this one, where this matter belongs.
        await customers[1].says(PERSON)
        await here.answers(await here.card(1), "Dana, too.")
        await customers[1].hears("Dana, too.")
        await server.settled()

        assert statuses == [(200, 400)] * 2
        assert read == [["Dana here."], ["Kim here."]]
        assert taken == [["My question."], ["My other question."]]
        assert customers[0].with_text("Dana, too.") == []
        assert (len(here.cards()), len(there.cards())) == (2, 1)
        assert crossed(server) == []


@pytest.mark.promise("K82", "K78")
async def test_a_workspace_that_uninstalls_leaves_the_other_one_working(tmp_path: Path) -> None:
    oauth = OAuth()
    oauth.rotates = True
    async with slack_running([oauth.part]) as server, AsyncExitStack() as stack:
        here, there = made(server)
        place: Place = await stack.enter_async_context(
            distributed(tmp_path, oauth, server, settings_in(tmp_path))
        )
        for team in (TEAM, OTHER):
            await install(place, oauth, team)
        left, stays = Direct(server, ANNA, OTHER), Direct(server, ANNA, TEAM)
        await left.says("My question.")
        await until_accepted(place.app, left.conversation, 1)
        await server.until(lambda: len(left.told()) > 1)
        await server.settled()
        await server.uninstalls(OTHER)
        gone = len(server.calls)
        visitor = await stack.enter_async_context(visiting(place.url))
        complaining = await stack.enter_async_context(visiting(place.url))
        await complaining.ask(COMPLAINT)
        await left.says("Is anybody there?")
        await stays.says("My question.")
        await until_accepted(place.app, stays.conversation, 1)
        await server.until(lambda: len(stays.told()) > 1)
        await visitor.ask(PERSON)
        await here.answers(await here.card(), "Dana here.")
        read = await reads(visitor, "Dana here.")
        await server.until(lambda: told_of_loss(server))
        called = [(call.team, call.method, call.outcome) for call in server.calls[gone:]]
        forgotten = await until_accepted(place.app, left.conversation, 1)
        # Who comes back finds what has waited for him.
        again = await install(place, oauth, OTHER)
        await there.answers(await there.card(), "Kim here.")

        assert read == ["Dana here."]
        assert [one for one in called if one[0] == OTHER] == []
        assert forgotten == ["My question."]
        assert again == (200, 400)
        assert await reads(complaining, "Kim here.") == ["Kim here."]
        assert crossed(server) == []


def told_of_loss(server: SlackServer) -> bool:
    """Return whether operations were told that a workspace has thrown us out."""
    return any(OTHER in str(one.blocks) for one in server.messages(TEAM, OPERATIONS))
