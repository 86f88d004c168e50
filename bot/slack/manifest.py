"""The app as Slack is told of it: what it may do and why, what it hears, where it is. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.slack.slash import COMMAND
from channels.slack.ingress import PATH

REDIRECT = "/channels/slack/oauth_redirect"
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "customers begin a conversation by naming the app in a channel",
        "assistant:write": "the status line, and answers that stream",
        "channels:history": "what humans write under cards; what was missed during an outage",
        "channels:join": "to enter the desk's channel by itself",
        "channels:read": "to tell at the start whether the channels are there",
        "chat:write": "cards, answers, alerts",
        "chat:write.customize": "a line under a card bears the name of who said it",
        "commands": "`/support` and the shortcuts",
        "files:read": "files that humans send to customers",
        "files:write": "files that customers send; transcripts",
        "groups:history": "the same as `channels:history` where the desk is private",
        "groups:read": "the same as `channels:read` where the desk is private",
        "im:history": "customers who write to the app directly",
        "im:write": "what one human alone is told where no channel is at hand",
        "reactions:read": "a reaction on an alert says that somebody is on it",
        "reactions:write": "receipts under what humans say",
        "users:read": "names of humans as customers see them; language of customers",
    }
)
"""What the app asks for, and why each."""
EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "assistant_thread_started",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)
SHORTCUTS = (
    ("Send to customer", "message", "send_to_customer", "Say this message to the customer"),
    ("Keep as note", "message", "keep_as_note", "Keep this message among humans"),
    ("Take the next customer", "global", "take_next", "Claim who has waited longest"),
)
"""Name, type, `callback_id`, description."""


def manifest_of(name: str, public_url: str = "") -> Mapping[str, Any]:
    """Return the manifest: over Socket Mode, or by HTTP where we have a public address."""
    reached = {"request_url": f"{public_url}{PATH}"} if public_url else {}
    shortcuts = [
        {"name": title, "type": kind, "callback_id": callback, "description": words}
        for title, kind, callback, words in SHORTCUTS
    ]
    command = {
        "command": COMMAND,
        "description": "The support queue",
        "usage_hint": "status | take | note | done | pause bot | who",
        "should_escape": True,
        **({"url": reached["request_url"]} if reached else {}),
    }
    scopes: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if public_url:
        scopes = {"redirect_urls": [f"{public_url}{REDIRECT}"], **scopes}
    return {
        "display_information": {
            "name": name,
            "description": "Customers ask, the bot answers, humans take over here",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": shortcuts,
            "slash_commands": [command],
            "assistant_view": {"assistant_description": "Answers, and brings a human"},
        },
        "oauth_config": scopes,
        "settings": {
            "event_subscriptions": {**reached, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": True,
            "socket_mode_enabled": not public_url,
            "token_rotation_enabled": False,
        },
    }
