"""The app as Slack is told of it: what it may do and why, what it hears, where it is. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.slack.desk.slash import COMMAND
from channels.slack.ingress import PATH

NAME = "Support Copilot"
REDIRECT = "/channels/slack/oauth_redirect"
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "customers begin a conversation by naming the app in a channel",
        "assistant:write": "customers are suggested what to ask; Slack treats the app as an agent",
        "channels:history": "what humans write under cards; what was missed during an outage",
        "channels:join": "the app enters the desk's channel by itself",
        "channels:read": "`copilot doctor slack` tells whether the channels are there",
        "chat:write": "cards, answers that stream, the status line, alerts",
        "chat:write.customize": "a line under a card bears the name of who said it",
        "commands": f"`{COMMAND}` and the shortcuts",
        "files:read": "files that humans send to customers, and customers to us",
        "files:write": "files that customers send, and transcripts, under the card",
        "groups:history": "the same as `channels:history` where the desk is private",
        "groups:read": "the same as `channels:read` where the desk is private",
        "im:history": "customers who write to the app directly",
        "im:write": "what one human alone is told where no channel is at hand",
        "reactions:read": "a reaction on an alert says that somebody is on it",
        "reactions:write": "receipts under what humans say",
        "users:read": "names of humans as customers see them; language of customers",
    }
)
"""What the app asks for, and why each: what is missing without it."""
DISPENSABLE = frozenset({"channels:join", "chat:write.customize"})
"""Without these something is less comfortable, and nothing is missing: the bot is invited by hand,
and writes under its own name."""
EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)
"""What the app hears. No `assistant_thread_started`: an app with an `agent_view` cannot subscribe
to it, and is sent `app_home_opened` with the tab `messages`.

Source: docs.slack.dev/ai/migrating-to-agent-messaging.
"""
SHORTCUTS = (
    ("Send to customer", "message", "send_to_customer", "Say this message to the customer"),
    ("Keep as note", "message", "keep_as_note", "Keep this message among humans"),
    ("Save as FAQ", "message", "save_as_faq", "Make a draft for the help centre of this answer"),
    ("Take the next customer", "global", "take_next", "Claim who has waited longest"),
)
"""Name, type, `callback_id`, description."""
SUGGESTED = ({"title": "Talk to a person", "message": "I would like to talk to a person"},)
"""What somebody is offered who opens the app; four at most."""
MOST_NAME = 35
MOST_HANDLE = 80


def manifest_of(name: str, public_url: str = "", by_socket: bool = False) -> Mapping[str, Any]:
    """Return the manifest: by HTTP where we have a public address, else over Socket Mode.

    With `by_socket` events come over Socket Mode all the same; the address is then for installs.

    Source: docs.slack.dev/reference/app-manifest.
    """
    over_socket = by_socket or not public_url
    reached = {} if over_socket else {"request_url": f"{public_url}{PATH}"}
    scopes: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if public_url:
        scopes = {"redirect_urls": [f"{public_url}{REDIRECT}"], **scopes}
    return {
        "display_information": {
            "name": name,
            "description": "Customers ask, the bot answers, humans take over here",
        },
        "features": _features(name, reached),
        "oauth_config": scopes,
        "settings": {
            "event_subscriptions": {**reached, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": True,
            "socket_mode_enabled": over_socket,
            "token_rotation_enabled": False,
        },
    }


def handle_of(name: str) -> str:
    """Return the name of the bot user: of what Slack allows in it, `a-z 0-9 - _ .`."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower())[:MOST_HANDLE].strip("-._") or "support"


def _features(name: str, reached: Mapping[str, str]) -> dict[str, Any]:
    shortcuts = [
        {"name": title, "type": kind, "callback_id": callback, "description": words}
        for title, kind, callback, words in SHORTCUTS
    ]
    command = {
        "command": COMMAND,
        "description": "The support queue",
        "usage_hint": "status | take | note | done | pause bot | who | transcript",
        "should_escape": True,
        **({"url": reached["request_url"]} if reached else {}),
    }
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": handle_of(name), "always_online": True},
        "shortcuts": shortcuts,
        "slash_commands": [command],
        "agent_view": {
            "agent_description": "Answers questions, and brings a person when you want one",
            "suggested_prompts": [dict(prompt) for prompt in SUGGESTED],
        },
    }
