"""The shapes of what Slack sends: messages, events, interactions, commands."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.emulators.slack.state import APP, Channel, Dict, File, Message, State, Team, Whisper

VERIFICATION_TOKEN = "never-to-be-relied-on"
EVENTS, INTERACTIVE, COMMANDS = "events_api", "interactive", "slash_commands"
"""The kinds of what is emitted, in the words of Socket Mode."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def encoded(kind: str, payload: Dict) -> tuple[bytes, str]:
    """Return the body by HTTP, and its content type."""
    if kind == EVENTS:
        return json.dumps(payload).encode(), JSON
    fields = payload if kind == COMMANDS else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM


def decoded(body: bytes, content_type: str) -> tuple[str, Dict]:
    """Return kind and payload of a body that `encoded` has made: what a socket sends."""
    if content_type.startswith(JSON):
        return EVENTS, json.loads(body)
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "payload" in fields:
        return INTERACTIVE, json.loads(fields["payload"])
    return COMMANDS, fields


def callback(state: State, team: Team, event: Mapping[str, Any]) -> Dict:
    """Return an event in its `event_callback`, with an id of its own."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": dict(event),
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.unix()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": team.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": state.new_id("4-"),
    }


def file_json(state: State, file: File) -> Dict:
    private = f"{state.url}/files-pri/{file.team}-{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": int(state.unix()),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.media_type,
        "filetype": file.name.rpartition(".")[2],
        "user": file.user,
        "user_team": file.team,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "file_access": "visible",
        "url_private": private,
        "url_private_download": f"{state.url}/files-pri/{file.team}-{file.id}/download/{file.name}",
        "permalink": f"{state.url}/files/{file.user}/{file.id}/{file.name}",
    }


def message_json(
    state: State, channel: Channel, message: Message, *, with_metadata: bool = False
) -> Dict:
    """Return a message as events and `conversations.history` show it."""
    shown: Dict = {"type": "message", "ts": message.ts, "text": message.text, "team": channel.team}
    if message.is_tombstone:
        shown |= {"subtype": "tombstone", "hidden": True, "user": "USLACKBOT"}
        return shown | _thread_json(channel, message)
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.username:
        shown["username"] = message.username
    else:
        shown["user"] = message.user
    if message.bot_id:
        team = state.teams[channel.team]
        shown |= {"bot_id": message.bot_id}
        if message.bot_id == team.bot_id:
            profile = {"id": team.bot_id, "app_id": APP, "name": "copilot", "team_id": team.id}
            shown |= {"app_id": APP, "bot_profile": profile}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.files:
        shown["files"] = [file_json(state, file) for file in message.files]
        shown["upload"] = False
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.edited}
    if message.metadata and with_metadata:
        shown["metadata"] = message.metadata
    if message.is_streaming:
        shown["streaming_state"] = "in_progress"
    if message.reacted:
        shown["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reacted.items()
        ]
    return shown | _thread_json(channel, message)


def _thread_json(channel: Channel, message: Message) -> Dict:
    if message.thread:
        parent = channel.messages[message.thread]
        return {"thread_ts": message.thread, "parent_user_id": parent.user}
    replies = [other for other in channel.messages.values() if other.thread == message.ts]
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def said(state: State, channel: Channel, message: Message) -> Dict:
    """Return the `message` event of something new."""
    shown = message_json(state, channel, message)
    return shown | {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.kind,
    }


def mentioned(state: State, channel: Channel, message: Message) -> Dict:
    """Return the `app_mention` event of a message that names our bot."""
    event = said(state, channel, message) | {"type": "app_mention"}
    event.pop("channel_type")
    event.pop("subtype", None)
    return event


def changed(state: State, channel: Channel, message: Message, before: Dict) -> Dict:
    """Return the `message_changed` event; `before` is the message as it was shown."""
    ts = state.ts()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message_json(state, channel, message),
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.kind,
    }


def deleted(state: State, channel: Channel, before: Dict) -> Dict:
    """Return the `message_deleted` event."""
    ts = state.ts()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": before["ts"],
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.kind,
    }


def reacted(
    state: State, channel: Channel, message: Message, user: str, name: str, kind: str
) -> Dict:
    """Return `reaction_added` or `reaction_removed`."""
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
        "event_ts": state.ts(),
    }


def _person(state: State, team: str, user: str) -> Dict:
    person = state.user(team, user)
    name = person.display_name.lower()
    return {"id": user, "username": name, "name": name, "team_id": person.home or team}


def interaction(state: State, kind: str, team: str, user: str) -> Dict:
    """Return what all interactions say."""
    return {
        "type": kind,
        "user": _person(state, team, user),
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "team": {"id": team, "domain": state.team(team).name.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": state.new_trigger(team, user),
    }


def container(state: State, channel: Channel, shown: Message | Whisper) -> Dict:
    """Return where a button was that stood in a message."""
    is_ephemeral = isinstance(shown, Whisper)
    place = {"type": "message", "message_ts": shown.ts, "channel_id": channel.id}
    if shown.thread:
        place["thread_ts"] = shown.thread
    payload: Dict = {
        "container": {**place, "is_ephemeral": is_ephemeral},
        "channel": {"id": channel.id, "name": channel.name if channel.kind != "im" else "direct"},
        "state": {"values": {}},
    }
    if isinstance(shown, Message):
        payload["message"] = message_json(state, channel, shown, with_metadata=True)
    return payload


def command(state: State, channel: Channel, user: str, words: str, response_url: str) -> Dict:
    """Return the fields of a slash command; `words` is the command and what follows it."""
    name, _, text = words.partition(" ")
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": channel.team,
        "team_domain": state.team(channel.team).name.lower(),
        "channel_id": channel.id,
        "channel_name": channel.name if channel.kind != "im" else "directmessage",
        "user_id": user,
        "user_name": state.user(channel.team, user).display_name.lower(),
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": state.new_trigger(channel.team, user),
    }
