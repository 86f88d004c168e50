"""Slack down for ten minutes, at the start, or not at all ours: the whole product meanwhile."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from bot.fixed.texts import Said, text_for
from bot.fixed.waits import Wait, wait_text
from bot.settings import Settings
from channels.wire.web_seen import Ended, ServerFrame
from tests.e2e.slack_hook import HOOK_SECRET, HOOK_VARIABLE, Hook, hooked
from tests.e2e.slack_place import DANA, OPERATIONS, SUPPORT, TEAM, SlackPlace
from tests.e2e.slack_terminal import at_terminal
from tests.e2e.slack_time import becomes, in_turned_time, passes, turned_place
from tests.e2e.visitor import Visitor, is_other, visiting
from tests.emulators.slack import SlackServer
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow

CUSTOMERS = 50
OUTAGE_S = 600.0
PERSON = "I want to talk to a person."
NAMES = ("alpha", "beta", "gamma")
"""What each customer goes on to write, besides whose it is."""
STILL_WAITING = wait_text(Wait.STILL_WAITING, "en")
POLICY = dedent("""
    tenant: aurelis
    version: outage
    brand: {name: Aurelis Bank}
    pace: {quiet_s: 0.0}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.05}}
    webhooks:
      - {url: "HOOK", secret_env: VARIABLE}
""")


def settings_with(folder: Path, hook: Hook) -> Settings:
    """Return the settings of a product that tells a webhook what goes wrong."""
    path = folder / "policy.yaml"
    path.write_text(POLICY.replace("HOOK", hook.url).replace("VARIABLE", HOOK_VARIABLE))
    return Settings(policy=path)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOOK_VARIABLE, HOOK_SECRET)


def is_waiting_told(frame: ServerFrame) -> bool:
    """Return whether a customer is told that nobody is free yet."""
    return isinstance(frame, Ended) and frame.text == STILL_WAITING


is_choices = is_other("choices")


def has_choices(visitor: Visitor) -> bool:
    """Return whether a customer may choose what to do about the wait."""
    return any(is_waiting_told(frame) for frame in visitor.frames) and any(
        is_choices(frame) for frame in visitor.frames
    )


def line_of(number: int, name: str) -> str:
    """Return what a customer writes."""
    return f"{name} of customer {number}"


def lines_under(place: SlackPlace, card: Message) -> list[str]:
    """Return what stands under a card from the customer."""
    return [one.text for one in place.thread(card) if "of customer" in one.text]


def conversation_of(card: Message) -> str:
    """Return whose card it is."""
    found: str = card.metadata["event_payload"]["conversation"]
    return found


def by_conversation(visitors: Iterable[Visitor]) -> dict[str, Visitor]:
    """Return customers by their conversations."""
    return {visitor.client.conversation: visitor for visitor in visitors}


def read_by(visitor: Visitor, text: str) -> list[ServerFrame]:
    """Return the messages with this text that a customer was sent."""
    return [one for one in visitor.frames if isinstance(one, Ended) and one.text == text]


def called_in_vain(place: SlackPlace) -> list[str]:
    """Return calls of whoever is in the channel, made once those on call are called."""
    said = [one.text for card in place.cards() for one in place.thread(card)]
    return [text for text in said if text.startswith("<!here>")]


def operations(place: SlackPlace, headline: str) -> list[Message]:
    """Return the incidents in the channel of operations that say this."""
    found = place.slack.messages(TEAM, OPERATIONS)
    return [one for one in found if headline in one.text]


async def writes(visitors: list[Visitor], name: str) -> None:
    """Let every customer write one more line."""
    for number, visitor in enumerate(visitors):
        await visitor.client.say(line_of(number, name))
        await asyncio.sleep(0)


@pytest.mark.promise("X107", "K79", "X108", "K68")
def test_ten_minutes_without_slack_lose_and_double_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def levels_of(name: str) -> list[int]:
        return [record.levelno for record in caplog.records if record.message == name]

    async def story() -> None:
        async with (
            hooked() as hook,
            turned_place(tmp_path, settings_with(tmp_path, hook)) as place,
            AsyncExitStack() as stack,
        ):
            await becomes(lambda: place.slack.called("auth.test"))
            place.slack.is_down = True
            visitors = [
                await stack.enter_async_context(visiting(place.url)) for _ in range(CUSTOMERS)
            ]
            asked = await asyncio.gather(*(visitor.ask(PERSON) for visitor in visitors))
            await writes(visitors, "alpha")
            await passes(200)
            await writes(visitors, "beta")
            await becomes(lambda: all(has_choices(visitor) for visitor in visitors))
            await passes(OUTAGE_S - 300)
            down = (place.cards(), hook.of("slack.unreachable"), levels_of("slack.unreachable"))
            place.slack.is_down = False
            back_at = place.slack.clock()
            await writes(visitors, "gamma")
            await becomes(lambda: len(place.cards()) >= CUSTOMERS)
            all_shown_s = place.slack.clock() - back_at
            await becomes(
                lambda: (
                    sum(len(lines_under(place, card)) for card in place.cards())
                    >= CUSTOMERS * len(NAMES)
                )
            )
            await becomes(lambda: hook.of("slack.reachable"))
            await becomes(lambda: operations(place, "Slack does not answer"))

            card = place.cards()[0]
            customer = by_conversation(visitors)[conversation_of(card)]
            await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
            await becomes(lambda: card.text.startswith("Claimed"))
            await place.slack.says(TEAM, SUPPORT, DANA, "I am here now.", thread=card.ts)
            await becomes(lambda: read_by(customer, "I am here now."))

            cards, hooks, logged = down
            assert cards == []
            assert [(one["severity"], one["state"]) for one in hooks] == [("error", "new")]
            assert hook.unsigned == 0
            assert logged == [logging.ERROR]
            assert {one.ended.text for one in asked} == {text_for(Said.HANDED_OVER, "en")}
            assert len(place.cards()) == CUSTOMERS
            # A channel takes one message a second, and each customer has four more to be told.
            assert all_shown_s < 2 * CUSTOMERS
            assert {conversation_of(card): lines_under(place, card) for card in place.cards()} == {
                visitor.client.conversation: [line_of(number, name) for name in NAMES]
                for number, visitor in enumerate(visitors)
            }
            assert [one["state"] for one in hook.of("slack.reachable")] == ["recovered"]
            assert len(operations(place, "Slack does not answer")) == 1
            assert operations(place, "Recovered: Slack does not answer")
            assert [one.method for one in place.slack.calls if one.outcome == "ratelimited"] == []
            assert called_in_vain(place) == []
            assert len(read_by(customer, "I am here now.")) == 1

    in_turned_time(story())


async def helped_at_terminal(place: SlackPlace, visitor: Visitor) -> list[int]:
    """Help a customer without Slack, and return the statuses on the way."""
    async with at_terminal(place.url) as desk:
        assert await desk.is_ready()
        assert await desk.queue() == [visitor.client.conversation]
        return [
            await desk.act(visitor.client.conversation, "claim"),
            await desk.act(visitor.client.conversation, "reply", "I am here now."),
        ]


@pytest.mark.promise("X107", "X108")
def test_started_while_slack_is_down_everything_else_works_and_cards_come_with_slack(
    tmp_path: Path,
) -> None:
    def break_down(server: SlackServer) -> None:
        server.is_down = True

    async def story() -> None:
        async with (
            hooked() as hook,
            turned_place(tmp_path, settings_with(tmp_path, hook), break_down) as place,
            visiting(place.url) as visitor,
            visiting(place.url) as waiting,
        ):
            await visitor.ask(PERSON)
            statuses = await helped_at_terminal(place, visitor)
            await visitor.until(lambda frame: read_by(visitor, "I am here now.") != [])
            await waiting.ask(PERSON)
            await waiting.client.say(line_of(1, "alpha"))
            await passes(120)
            down = [one["type"] for one in hook.told]
            place.slack.is_down = False
            await becomes(lambda: len(place.cards()) == 2, within_s=30)
            by_customer = {conversation_of(card): card for card in place.cards()}
            card = by_customer[waiting.client.conversation]
            await becomes(lambda: lines_under(place, card))
            await becomes(lambda: hook.of("slack.reachable"))
            await becomes(lambda: operations(place, "Recovered: Slack does not answer"))

            assert statuses == [200, 200]
            assert down == ["slack.unreachable"]
            assert by_customer[visitor.client.conversation].text.startswith("Claimed")
            assert card.text.startswith("A customer waits")
            assert lines_under(place, card) == [line_of(1, "alpha")]

    in_turned_time(story())


@pytest.mark.promise("K78")
def test_with_a_wrong_token_the_product_works_and_says_so_elsewhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def change_token(server: SlackServer) -> None:
        server.team(TEAM).bot_token = "xoxb-another-one"

    async def story() -> None:
        async with (
            hooked() as hook,
            turned_place(tmp_path, settings_with(tmp_path, hook), change_token) as place,
            visiting(place.url) as visitor,
        ):
            await visitor.ask(PERSON)
            statuses = await helped_at_terminal(place, visitor)
            await visitor.until(lambda frame: read_by(visitor, "I am here now.") != [])
            await passes(180)
            asked = len(place.slack.called("auth.test"))

            assert statuses == [200, 200]
            assert [one["type"] for one in hook.told] == ["slack.revoked"]
            assert "slack.token_refused" in caplog.messages
            assert asked <= 4
            assert place.cards() == []

    in_turned_time(story())
