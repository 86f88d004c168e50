"""What a person does on the page, turned into what people do in the emulator."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.slack.page_shown import TEAM, reaction_taken_back
from tests.emulators.slack.server import SlackServer
from tests.emulators.slack.state import Dict, Message, SlackError

EVENT_SENT = 0
"""Instead of a status, for acts that Slack does not wait for."""


class ActRefused(Exception):
    """Slack itself would not let him; the words are for the page."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as the page has sent it."""

    user: str
    fields: Dict

    def text(self, name: str, usual: str | None = None) -> str:
        """Return a text; one without a usual value is needed.

        Raises:
            ActRefused: it is missing, or is no text.
        """
        value = self.fields.get(name, usual)
        if not isinstance(value, str):
            raise ActRefused(f"{name} must be a text")
        return value

    @property
    def channel(self) -> str:
        return self.text("channel")

    @property
    def ts(self) -> str:
        return self.text("ts")


async def do(server: SlackServer, user: str, fields: Dict) -> int:
    """Do one act; return what the app has answered where Slack waits for it.

    Raises:
        ActRefused: there is no such act, or Slack would not let him.
    """
    act = Act(user, fields)
    kind = act.text("act")
    if kind not in ACTS:
        raise ActRefused(f"{kind!r} is not known")
    try:
        return await ACTS[kind](server, act)
    except (AssertionError, SlackError, KeyError) as refused:
        raise ActRefused(str(refused)) from None


async def say(server: SlackServer, act: Act) -> int:
    text, thread = act.text("text"), act.text("thread", "")
    files = [_file(file) for file in act.fields.get("files", [])]
    if not text.strip() and not files:
        raise ActRefused("there is nothing to be sent")
    is_broadcast = act.fields.get("isBroadcast") is True
    await server.says(TEAM, act.channel, act.user, text, thread, files, is_broadcast)
    return EVENT_SENT


def _file(file: object) -> tuple[str, bytes]:
    match file:
        case {"name": str() as name, "content": str() as content} if name:
            try:
                return name.replace("/", "_"), b64decode(content, validate=True)
            except binascii.Error:
                raise ActRefused(f"{name!r} is not in Base64") from None
        case _:
            raise ActRefused("a file has a name and a content")


async def edit(server: SlackServer, act: Act) -> int:
    _own(server, act)
    if not act.text("text").strip():
        raise ActRefused("there is nothing left of it: delete it instead")
    await server.edits(TEAM, act.channel, act.ts, act.text("text"))
    return EVENT_SENT


async def delete(server: SlackServer, act: Act) -> int:
    _own(server, act)
    await server.deletes(TEAM, act.channel, act.ts)
    return EVENT_SENT


def _own(server: SlackServer, act: Act) -> Message:
    message = server.message(TEAM, act.channel, act.ts)
    if message.user != act.user:
        raise ActRefused("somebody else has written that")
    return message


async def react(server: SlackServer, act: Act) -> int:
    name = act.text("name")
    message = server.message(TEAM, act.channel, act.ts)
    if act.user in message.reacted.get(name, []):
        event = reaction_taken_back(server, act.channel, act.ts, act.user, name)
        await server.event(TEAM, event)
    else:
        await server.reacts(TEAM, act.channel, act.ts, act.user, name)
    return EVENT_SENT


async def click(server: SlackServer, act: Act) -> int:
    action, value = act.text("action"), act.text("value", "")
    match act.text("where"):
        case "home":
            return await server.clicks_in_home(TEAM, act.user, action, value)
        case "view":
            return await server.clicks_in_view(TEAM, act.user, action, value)
        case _:
            return await server.clicks(TEAM, act.channel, act.ts, act.user, action, value)


async def submit(server: SlackServer, act: Act) -> int:
    values: Any = act.fields.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
        raise ActRefused("values must be texts by block")
    return await server.submits(TEAM, act.user, values)


async def close(server: SlackServer, act: Act) -> int:
    return await server.closes(TEAM, act.user)


async def command(server: SlackServer, act: Act) -> int:
    words = act.text("command"), act.text("text", "")
    return await server.commands(TEAM, act.channel, act.user, *words)


async def opens(server: SlackServer, act: Act) -> int:
    await server.opens_home(TEAM, act.user, act.text("tab", "home"))
    return EVENT_SENT


async def shortcut(server: SlackServer, act: Act) -> int:
    where = act.text("channel", ""), act.text("ts", "")
    return await server.uses_shortcut(TEAM, act.user, act.text("id"), *where)


async def stop(server: SlackServer, act: Act) -> int:
    await server.stops(TEAM, act.channel, act.text("thread"), act.user)
    return EVENT_SENT


ACTS: dict[str, Callable[[SlackServer, Act], Awaitable[int]]] = {
    "say": say,
    "edit": edit,
    "delete": delete,
    "react": react,
    "click": click,
    "submit": submit,
    "close": close,
    "command": command,
    "open": opens,
    "shortcut": shortcut,
    "stop": stop,
}
