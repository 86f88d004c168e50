"""The methods of the Web API, and those about conversations and people."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.emulators.slack import chat, events, files, streams, views
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.state import APP, Channel, Dict, Message, SlackError, State, Team

Act = Callable[[State, Team, Arguments], Dict]
MOST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Method:
    """One method."""

    act: Act
    scopes: tuple[str, ...] = ()
    """Any of them is enough."""
    takes_json: bool = True
    """Where not, Slack does not look into a JSON body: its arguments are missing."""


def auth_test(state: State, team: Team, said: Arguments) -> Dict:
    return {
        "url": f"{state.url}/",
        "team": team.name,
        "user": state.users[team.id, team.bot_user].display_name,
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "app_id": APP,
        "is_enterprise_install": False,
    }


def history(state: State, team: Team, said: Arguments) -> Dict:
    channel = _readable(state, team, said)
    tops = [m for m in channel.messages.values() if not m.thread or m.is_broadcast]
    page, cursor = _page(_between(tops, said)[::-1], said, 100)
    return {"messages": _shown(state, channel, page, said), **cursor}


def replies(state: State, team: Team, said: Arguments) -> Dict:
    channel = _readable(state, team, said)
    ts = said.needed("ts")
    found = channel.messages.get(ts)
    if found is None:
        raise SlackError("thread_not_found")
    thread = state.thread(channel, found.thread or ts)
    page, cursor = _page(_between(thread[1:], said), said, MOST_PAGE)
    return {"messages": _shown(state, channel, [thread[0], *page], said), **cursor}


def conversation(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.visible(team, said.needed("channel"))
    return {"channel": _channel_json(team, channel)}


def open_conversation(state: State, team: Team, said: Arguments) -> Dict:
    if said.text("channel"):
        return conversation(state, team, said)
    users = [name for name in said.needed("users").split(",") if name]
    if len(users) != 1 or (team.id, users[0]) not in state.users:
        raise SlackError("user_not_found" if len(users) == 1 else "too_many_users")
    channel = state.direct(team.id, users[0])
    shown = _channel_json(team, channel) if said.flag("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": shown}


def members(state: State, team: Team, said: Arguments) -> Dict:
    found = sorted(state.visible(team, said.needed("channel")).members)
    start, limit = _start(said), max(1, min(said.number("limit", 100), MOST_PAGE))
    cursor = _cursor(start + limit) if len(found) > start + limit else ""
    page = found[start : start + limit]
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def join(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.visible(team, said.needed("channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    warning = {"warning": "already_in_channel"} if team.bot_user in channel.members else {}
    channel.members.add(team.bot_user)
    return {"channel": _channel_json(team, channel), **warning}


def list_conversations(state: State, team: Team, said: Arguments) -> Dict:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    asked = {kinds.get(word, "") for word in said.text("types", "public_channel").split(",")}
    found = [
        channel
        for channel in state.channels.values()
        if channel.team == team.id
        and channel.kind in asked
        and not (said.flag("exclude_archived") and channel.is_archived)
        and (channel.kind == "channel" or team.bot_user in channel.members)
    ]
    start = _start(said)
    limit = max(1, min(said.number("limit", 100), MOST_PAGE))
    is_more = len(found) > start + limit
    return {
        "channels": [_channel_json(team, channel) for channel in found[start : start + limit]],
        "response_metadata": {"next_cursor": _cursor(start + limit) if is_more else ""},
    }


def user(state: State, team: Team, said: Arguments) -> Dict:
    found = state.users.get((team.id, said.needed("user")))
    if found is None:
        raise SlackError("user_not_found")
    shown: Dict = {
        "id": found.id,
        "team_id": found.home or found.team,
        "is_stranger": bool(found.home),
        "is_restricted": found.is_guest,
        "is_ultra_restricted": False,
        "name": found.display_name.lower(),
        "deleted": False,
        "real_name": found.name,
        "tz": found.tz,
        "tz_label": found.tz,
        "tz_offset": 3600,
        "is_bot": found.is_bot,
        "is_app_user": False,
        "updated": 1,
        "profile": {
            "real_name": found.name,
            "real_name_normalized": found.name,
            "display_name": found.display_name,
            "display_name_normalized": found.display_name,
            "team": found.team,
        },
    }
    return {"user": shown | ({"locale": found.locale} if said.flag("include_locale") else {})}


def _readable(state: State, team: Team, said: Arguments) -> Channel:
    channel = state.visible(team, said.needed("channel"))
    if team.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _shown(
    state: State, channel: Channel, messages: Sequence[Message], said: Arguments
) -> list[Dict]:
    is_whole = said.flag("include_all_metadata")
    return [
        events.message_json(state, channel, message, with_metadata=is_whole) for message in messages
    ]


def _between(messages: Sequence[Message], said: Arguments) -> list[Message]:
    oldest, latest = said.text("oldest", "0"), said.text("latest")
    is_inclusive = said.flag("inclusive")

    def is_in(message: Message) -> bool:
        at = _instant(message.ts)
        if is_inclusive and at in (_instant(oldest), _instant(latest)):
            return True
        return at > _instant(oldest) and (not latest or at < _instant(latest))

    return [message for message in messages if is_in(message)]


def _instant(ts: str) -> tuple[int, int]:
    seconds, _, rest = ts.partition(".")
    try:
        return int(seconds or 0), int(rest[:6].ljust(6, "0"))
    except ValueError:
        raise SlackError("invalid_ts_latest") from None


def _page(
    messages: Sequence[Message], said: Arguments, default: int
) -> tuple[Sequence[Message], Dict]:
    limit = max(1, min(said.number("limit", default), MOST_PAGE))
    start = _start(said)
    is_more = len(messages) > start + limit
    more: Dict = {"has_more": is_more}
    if is_more:
        more["response_metadata"] = {"next_cursor": _cursor(start + limit)}
    return messages[start : start + limit], more


def _cursor(start: int) -> str:
    return base64.b64encode(f"next:{start}".encode()).decode()


def _start(said: Arguments) -> int:
    if not said.text("cursor"):
        return 0
    try:
        return int(base64.b64decode(said.text("cursor")).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None


def _channel_json(team: Team, channel: Channel) -> Dict:
    shown: Dict = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "is_ext_shared": False,
        "context_team_id": team.id,
    }
    if channel.kind == "im":
        return shown | {"user": next(iter(channel.members - {team.bot_user}), "")}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": team.bot_user in channel.members,
        "num_members": len(channel.members),
    }


WRITE = ("chat:write",)
HISTORY = ("channels:history", "groups:history", "im:history")
READ = ("channels:read", "groups:read", "im:read")
METHODS: Mapping[str, Method] = {
    "agents.sessions.setStatus": Method(streams.set_session, WRITE),
    "assistant.threads.setStatus": Method(streams.set_status, ("assistant:write", "chat:write")),
    "assistant.threads.setSuggestedPrompts": Method(streams.set_prompts, ("assistant:write",)),
    "assistant.threads.setTitle": Method(streams.set_title, ("assistant:write",)),
    "auth.test": Method(auth_test),
    "chat.appendStream": Method(streams.append, WRITE),
    "chat.delete": Method(chat.delete, WRITE),
    "chat.getPermalink": Method(chat.permalink, takes_json=False),
    "chat.postEphemeral": Method(chat.post_ephemeral, WRITE),
    "chat.postMessage": Method(chat.post_message, WRITE),
    "chat.startStream": Method(streams.start, WRITE),
    "chat.stopStream": Method(streams.stop, WRITE),
    "chat.update": Method(chat.update, WRITE),
    "conversations.history": Method(history, HISTORY, takes_json=False),
    "conversations.info": Method(conversation, READ, takes_json=False),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.list": Method(list_conversations, READ, takes_json=False),
    "conversations.members": Method(members, READ, takes_json=False),
    "conversations.open": Method(open_conversation, ("im:write",)),
    "conversations.replies": Method(replies, HISTORY, takes_json=False),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(files.upload_url, ("files:write",), takes_json=False),
    "files.info": Method(files.info, ("files:read",), takes_json=False),
    "reactions.add": Method(chat.react, ("reactions:write",)),
    "reactions.remove": Method(chat.unreact, ("reactions:write",)),
    "users.info": Method(user, ("users:read",), takes_json=False),
    "views.open": Method(views.open_view),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}
