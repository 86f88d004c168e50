"""The emulator with its page, a small app that answers what people do there, and their tabs."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.humans.desk import Card
from bot.privacy.redact import stored
from bot.slack.desk.cards import card_message
from bot.slack.desk.home import Row, home_view
from bot.slack.desk.modals import drafting_modal, reveal_modal, send_modal
from bot.slack.target import Place, Target
from channels.base import ConversationId
from routing.request import TenantId
from tests.e2e.browser import LONGEST_WAIT_MS, Complaints
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.delivery import Answer
from tests.emulators.slack.events import decoded
from tests.emulators.slack.page import page

Json = dict[str, Any]
TARGET = Target(ConversationId("c1"), 1)
CARD = Card(
    conversation=TARGET.conversation,
    tenant=TenantId("aurelis"),
    episode=TARGET.episode,
    reason="explicit_request",
    cause="customer",
    ask=stored("I was charged twice for [ORDER_1], and nobody answers at [EMAIL_1]"),
    summary=(
        stored("customer: Why was I charged twice?"),
        stored("bot: The second line is a reservation; it disappears within three days."),
        stored("customer: It has been five days. I want to talk to a person."),
    ),
    locale="en",
    channel="web",
    is_verified=True,
    waiting_since=datetime.now(UTC),
    trace_id="t1",
    intent="billing.double_charge",
)
DRAFT = "I am sorry about that. The reservation of 42 euros was released this morning."
ANSWER = (
    "Your **statement** is ready on the *first* working day of each month.\n\n"
    "- Open the app\n- Press `Documents`\n\nSee https://help.example.com/statements for more."
)


@dataclass
class App:
    """Answers clicks, modals, commands and direct messages over the real Web API."""

    server: SlackServer
    client: AsyncWebClient
    heard: list[Json] = field(default_factory=list)
    """Payloads of what people did, in order."""
    status: int = 200
    pace_s: float = 0.05
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: a draft that has begun is finished."""
    answer: Json = field(default_factory=dict)
    """What a `view_submission` is answered with."""

    async def deliver(
        self, body: bytes, headers: Mapping[str, str], content_type: str
    ) -> int | Answer:
        kind, payload = decoded(body, content_type)
        self.heard.append(payload)
        if self.status == 200:
            self.server.spawn(self._act(kind, payload))
        if self.answer and payload.get("type") == "view_submission":
            return Answer(200, json.dumps(self.answer).encode())
        return self.status

    def of(self, kind: str) -> list[Json]:
        """Return what was heard of a kind, events by their own type."""
        return [one for one in self.heard if kind in (one.get("type"), event_of(one).get("type"))]

    async def call(self, method: str, **arguments: object) -> Json:
        answer = await self.client.api_call(method, json=arguments)
        return dict(answer.data)  # type: ignore[arg-type]

    async def card(self, card: Card = CARD, ts: str = "", trace_url: str = "") -> str:
        """Post the card, or show it anew."""
        message = card_message(card, trace_url=trace_url)
        content = {"channel": "C1", "text": message.text, "blocks": list(message.blocks)}
        method, where = ("chat.update", {"ts": ts}) if ts else ("chat.postMessage", {})
        shown = await self.call(method, **content, **where, metadata=message.metadata)
        return str(shown["ts"])

    async def whisper(self, user: str, text: str, thread: str = "") -> None:
        where = {"channel": "C1", "thread_ts": thread} if thread else {"channel": "C1"}
        await self.call("chat.postEphemeral", **where, user=user, text=text)

    async def stream(self, channel: str, thread: str, pieces: Sequence[str]) -> str:
        """Say something bit by bit; returns the ts. Whoever is stopped stops."""
        where = {"channel": channel, "thread_ts": thread}
        people = {"recipient_user_id": "U1", "recipient_team_id": "T1"}
        started = await self.call("chat.startStream", **where, **people)
        ts = str(started["ts"])
        for piece in pieces:
            await asyncio.sleep(self.pace_s)
            if not self.server.message("T1", channel, ts).is_streaming:
                return ts
            await self.call("chat.appendStream", channel=channel, ts=ts, markdown_text=piece)
        await self.call("chat.stopStream", channel=channel, ts=ts)
        return ts

    async def _act(self, kind: str, payload: Json) -> None:
        match payload:
            case {"type": "block_actions", "actions": [{"action_id": action}]}:
                await self._clicked(payload, str(action))
            case {"type": "view_submission", "view": view}:
                values = view["state"]["values"]
                words = values["field"]["field"].get("value")
                if words and not self.answer:
                    parent = self.server.messages("T1", "C1")[0].ts
                    said = f"*Sent:* {words}"
                    await self.call("chat.postMessage", channel="C1", thread_ts=parent, text=said)
            case {"command": "/support"}:
                await self.whisper(payload["user_id"], f"*2* wait; you asked `{payload['text']}`")
            case {"event": {"type": "message", "channel_type": "im", "user": "U1"} as event}:
                if not event.get("bot_id") and "subtype" not in event:
                    await self._answered(event)
            case {"event": {"type": "app_home_opened", "tab": "home", "user": user}}:
                rows = [Row(CARD), Row(replace(CARD, conversation=ConversationId("c2")), "", True)]
                await self.call(
                    "views.publish", user_id=user, view=home_view(rows, f"slack:T1:{user}")
                )
            case {"event": {"type": "message", "thread_ts": _, "ts": ts} as event}:
                if not event.get("bot_id"):
                    where = {"channel": event["channel"], "timestamp": ts}
                    await self.call("reactions.add", **where, name="white_check_mark")
            case _:
                pass

    async def _clicked(self, payload: Json, action: str) -> None:
        user = payload["user"]["id"]
        match action:
            case "claim" if "message" in payload:
                claimed = replace(CARD, owner="human", human=f"slack:T1:{user}")
                await self.card(claimed, payload["message"]["ts"])
            case "suggest":
                place = Place(TARGET, "C1", payload["message"]["ts"])
                trigger = payload["trigger_id"]
                opened = await self.call(
                    "views.open", trigger_id=trigger, view=drafting_modal(place, "I am sorry")
                )
                await self.go_on.wait()
                whole = send_modal(place, DRAFT, ["Reservations and refunds", "Opening hours"])
                await self.call("views.update", view_id=opened["view"]["id"], view=whole)
            case "reveal":
                view = reveal_modal(Place(TARGET, "C1"), ["[EMAIL_1]", "[ORDER_1]"])
                await self.call("views.open", trigger_id=payload["trigger_id"], view=view)
            case _:
                pass

    async def _answered(self, event: Json) -> None:
        where = {"channel_id": event["channel"], "thread_ts": event["ts"]}
        await self.call("assistant.threads.setStatus", **where, status="is looking it up…")
        await asyncio.sleep(self.pace_s * 4)
        pieces = [piece + " " for piece in ANSWER.split(" ")]
        await self.stream(event["channel"], event["ts"], pieces)


def event_of(payload: Json) -> Json:
    event = payload.get("event", {})
    return event if isinstance(event, dict) else {}


@asynccontextmanager
async def served(port: int = 0) -> AsyncIterator[App]:
    """Run the emulator with its page, and the app."""
    async with slack_running(parts=[page], port=port) as server:
        client = AsyncWebClient(
            token=server.team("T1").bot_token,
            base_url=f"{server.url}/api/",
            retry_handlers=[],
            timeout=5,
        )
        app = App(server, client)
        server.deliver = app.deliver
        yield app


@dataclass
class Person:
    """Somebody with the page open."""

    page: Page
    complaints: Complaints

    @property
    def main(self) -> Locator:
        return self.page.locator("#main")

    @property
    def thread(self) -> Locator:
        return self.page.locator("#thread")

    @property
    def modal(self) -> Locator:
        return self.page.locator("#modal")

    def row(self, ts: str) -> Locator:
        return self.page.locator(f"#main .row[data-ts='{ts}']")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def says(self, text: str) -> None:
        """Write in the middle."""
        area = self.main.get_by_role("textbox", name="Message", exact=False)
        await area.fill(text)
        await area.press("Enter")

    async def replies(self, text: str) -> None:
        """Write in the thread that is open."""
        area = self.thread.get_by_role("textbox", name="Reply…")
        await area.fill(text)
        await area.press("Enter")


@asynccontextmanager
async def tab(
    browser: Browser, server: SlackServer, user: str = "U1", at: str = "C1", **options: object
) -> AsyncIterator[Person]:
    """Open the page as somebody; at the end its console must have been silent."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(LONGEST_WAIT_MS)
    complaints = Complaints(context)
    try:
        page = await context.new_page()
        await page.goto(f"{server.url}/?as={user}#{at}")
        await expect(page.locator("#app[data-phase=online]")).to_be_visible()
        yield Person(page, complaints)
    finally:
        await context.close()
    complaints.check()
