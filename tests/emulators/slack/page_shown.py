"""What one person sees of the Slack, as JSON by name: a page keeps it up to date by the changes."""

import json
from collections.abc import Iterator, Mapping

from bot.slack.desk.slash import COMMAND
from bot.slack.manifest import SHORTCUTS
from channels.slack.emoji import SIGNS
from tests.emulators.slack import events
from tests.emulators.slack.server import SlackServer
from tests.emulators.slack.state import Channel, Dict, File, Message, Whisper

TEAM = "T1"
MORE_SIGNS = {
    "again": "🔁",
    "arrow_up": "⬆️",
    "bell": "🔔",
    "closed_lock_with_key": "🔐",
    "information_source": "\u2139\ufe0f",
    "inbox_tray": "📥",
    "no_bell": "🔕",
    "pencil2": "✏️",
    "rotating_light": "🚨",
    "speech_balloon": "💬",
    "ticket": "🎫",
    "white_circle": "⚪",
}


def seen_by(server: SlackServer, user: str, marked_down: "MarkedDown") -> dict[str, str]:
    """Return everything that a person sees: a name, such as `message/C1/1.2`, and its JSON."""
    marked_down.learn(server)
    return {name: json.dumps(value) for name, value in _seen(server, user, marked_down)}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what must be told to somebody who knows `before`, as JSON; empty for nothing."""
    new = [
        f"{json.dumps(name)}:{value}" for name, value in after.items() if before.get(name) != value
    ]
    gone = [name for name in before if name not in after]
    if not new and not gone:
        return ""
    return f'{{"set":{{{",".join(new)}}},"gone":{json.dumps(gone)}}}'


class MarkedDown:
    """Remembers which texts of the app are Markdown: a message does not tell."""

    def __init__(self) -> None:
        self._read = 0
        self._texts: set[str] = set()
        self._replaced: set[tuple[str, str]] = set()

    def learn(self, server: SlackServer) -> None:
        """Read the calls that have come since."""
        for call in server.calls[self._read :]:
            said = call.arguments
            if "markdown_text" in said:
                self._texts.add(str(said["markdown_text"]))
            if call.method == "chat.update" and ("blocks" in said or "text" in said):
                self._replaced.add((str(said.get("channel")), str(said.get("ts"))))
        self._read = len(server.calls)

    def is_streamed(self, server: SlackServer, channel: Channel, message: Message) -> bool:
        """Return whether the text stands above the blocks, since it was streamed."""
        name = (channel.id, message.ts)
        return name in server.state.streams and name not in self._replaced

    def knows(self, text: str) -> bool:
        return text in self._texts


def _seen(server: SlackServer, user: str, marked_down: MarkedDown) -> Iterator[tuple[str, object]]:
    state = server.state
    direct = server.direct_of(TEAM, user)
    yield "world", _world(server, user, direct)
    yield "view", _view(server, user)
    yield "home", server.home_of(TEAM, user)
    for channel in [one for one in state.channels.values() if one.team == TEAM]:
        if channel.kind == "im" and channel.id != direct:
            continue
        server.messages(TEAM, channel.id)  # closes streams whose time has run out
        for message in channel.messages.values():
            shown = _message(server, channel, message, marked_down)
            yield f"message/{channel.id}/{message.ts}", shown
        for whisper in channel.whispers:
            if whisper.user == user:
                yield f"whisper/{channel.id}/{whisper.ts}", _whisper(channel, whisper)
        yield from _beside(server, channel)


def _beside(server: SlackServer, channel: Channel) -> Iterator[tuple[str, object]]:
    """Yield what stands at a thread without being a message."""
    state = server.state
    for place, status in state.statuses.items():
        if place[0] == channel.id and server.status_of(*place):
            words = {"text": status.text, "loading": status.loading}
            yield f"status/{channel.id}/{place[1]}", {"thread": place[1], **words}
    for place, session in state.sessions.items():
        if place[0] == channel.id:
            yield f"session/{channel.id}/{place[1]}", {"thread": place[1], "state": session}
    for place, prompts in state.prompts.items():
        if place[0] == channel.id:
            yield f"prompts/{channel.id}/{place[1]}", {"thread": place[1], "prompts": prompts}


def _world(server: SlackServer, user: str, direct: str) -> Dict:
    state = server.state
    team = state.team(TEAM)
    channels = [
        {"id": one.id, "name": one.name, "isArchived": one.is_archived}
        for one in state.channels.values()
        if one.team == TEAM and one.kind != "im"
    ]
    users = {
        id: {"id": id, "name": one.name, "short": one.display_name, "isBot": one.is_bot}
        for (team_id, id), one in state.users.items()
        if team_id == TEAM
    }
    emissions = [one for one in server.emitted[-1:] if one.statuses]
    return {
        "team": {"id": team.id, "name": team.name, "bot": team.bot_user},
        "me": user,
        "direct": direct,
        "channels": channels,
        "users": users,
        "emoji": {**SIGNS, **MORE_SIGNS},
        "command": COMMAND,
        "shortcuts": [
            {"name": name, "on": on, "id": id, "about": about} for name, on, id, about in SHORTCUTS
        ],
        "isHeard": all(one.answers[-1].is_ok for one in emissions),
    }


def _view(server: SlackServer, user: str) -> Dict | None:
    view = server.view_of(TEAM, user)
    if view is None:
        return None
    kept = ("id", "hash", "title", "submit", "close", "blocks")
    return {**{name: view[name] for name in kept}, "errors": view.get("errors", {})}


def _message(
    server: SlackServer, channel: Channel, message: Message, marked_down: MarkedDown
) -> Dict:
    is_streamed = marked_down.is_streamed(server, channel, message)
    has_body = any(block["type"] == "markdown" for block in message.blocks)
    return {
        "ts": message.ts,
        "channel": channel.id,
        "thread": message.thread,
        "user": message.user,
        "username": message.username,
        "isBot": bool(message.bot_id),
        "text": message.text,
        "blocks": message.blocks,
        "isMarkdown": is_streamed or (bool(message.bot_id) and marked_down.knows(message.text)),
        "isAboveBlocks": (is_streamed and not has_body) or not message.blocks,
        "tasks": _tasks(message),
        "isStreaming": message.is_streaming,
        "reactions": [{"name": name, "users": users} for name, users in message.reacted.items()],
        "files": [_file(file) for file in message.files],
        "isEdited": bool(message.edited),
        "isBroadcast": message.is_broadcast,
        "isGone": message.is_tombstone,
        "subtype": message.subtype,
        "hasEvent": bool(message.metadata),
    }


def _tasks(message: Message) -> list[Dict]:
    """Return the steps that a stream has told, each as it stands now."""
    tasks = {chunk["id"]: chunk for chunk in message.chunks if chunk["type"] == "task_update"}
    return [{"title": one["title"], "status": one["status"]} for one in tasks.values()]


def _file(file: File) -> Dict:
    is_image = file.media_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}
    return {
        "id": file.id,
        "name": file.title or file.name,
        "size": file.size,
        "isImage": is_image and file.content is not None,
    }


def _whisper(channel: Channel, whisper: Whisper) -> Dict:
    return {
        "ts": whisper.ts,
        "channel": channel.id,
        "thread": whisper.thread,
        "text": whisper.text,
        "blocks": whisper.blocks,
    }


def reaction_taken_back(server: SlackServer, channel: str, ts: str, user: str, name: str) -> Dict:
    """Take an emoji away from a message, and return the event that says so."""
    place = server.state.channel(TEAM, channel)
    message = server.state.message(place, ts)
    message.reacted[name].remove(user)
    if not message.reacted[name]:
        del message.reacted[name]
    return events.reacted(server.state, place, message, user, name, "reaction_removed")
