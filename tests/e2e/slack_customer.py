"""A customer of the whole product who writes to the app in Slack, directly."""

import asyncio
from dataclasses import dataclass

from bot.app import App
from bot.log import MessageAccepted
from bot.slack.customers.place import Place, conversation_at
from bot.stores.base import EventsOfType
from channels.base import ConversationId
from channels.slack.base import TeamId
from tests.e2e.slack_place import TEAM
from tests.e2e.visitor import WAIT_S
from tests.emulators.slack import SlackServer
from tests.emulators.slack.state import Message

ANNA = "U7"


@dataclass(frozen=True, slots=True)
class Direct:
    """Direct messages of a member with the app."""

    slack: SlackServer
    user: str = ANNA
    team: str = TEAM

    @property
    def channel(self) -> str:
        """Its id."""
        return self.slack.direct_of(self.team, self.user)

    @property
    def conversation(self) -> ConversationId:
        """The one at its top."""
        return conversation_at(Place(TeamId(self.team), self.channel))

    async def says(self, text: str, thread: str = "", file: bytes = b"") -> str:
        """Write to the app; returns the ts."""
        files = [("photo.png", file)] if file else []
        return await self.slack.direct(self.team, self.user, text, thread, files)

    def told(self) -> list[Message]:
        """Return what the app has written, in order."""
        bot = self.slack.team(self.team).bot_user
        found = self.slack.state.direct(self.team, self.user).messages.values()
        return [one for one in found if one.user == bot]

    def read(self) -> list[str]:
        """Return what the member reads of that."""
        return [shown(one) for one in self.told()]

    def with_text(self, text: str) -> list[Message]:
        """Return which of that says something."""
        return [one for one in self.told() if text in shown(one) and not one.is_streaming]

    async def hears(self, text: str) -> Message:
        """Wait until the app has said something, and return it."""
        await self.slack.until(lambda: bool(self.with_text(text)))
        return self.with_text(text)[-1]

    def button(self, label: str) -> tuple[Message, str] | None:
        """Return a button by its label: where it is, and its id."""
        for message in self.told():
            for block in message.blocks or ():
                for element in block.get("elements", ()):
                    if element.get("type") == "button" and element["text"]["text"] == label:
                        return message, str(element["action_id"])
        return None

    async def presses(self, label: str) -> int:
        """Press a button; returns the status of the app's answer."""
        found = self.button(label)
        assert found is not None, f"no button says {label!r}"
        message, action = found
        return await self.slack.clicks(self.team, self.channel, message.ts, self.user, action)


def shown(message: Message) -> str:
    """Return what a reader sees: with blocks, the text is for notifications only."""
    blocks = message.blocks or ()
    return "".join(one["text"] for one in blocks if one["type"] == "markdown") or message.text


async def accepted(app: App, conversation: ConversationId) -> list[MessageAccepted]:
    """Return what was taken in a conversation, in order."""
    query = EventsOfType(conversation, (MessageAccepted.TYPE,), 100)
    found = await app.services.store.find(query)
    return [event.body for event in found if isinstance(event.body, MessageAccepted)]


async def until_accepted(app: App, conversation: ConversationId, count: int) -> list[str]:
    """Wait until so much was taken, and return what it says, in order."""
    async with asyncio.timeout(WAIT_S):
        while len(await accepted(app, conversation)) < count:  # noqa: ASYNC110 - the log tells nobody here
            await asyncio.sleep(0.02)
    return [one.text for one in await accepted(app, conversation)]
