"""How an incident gets into Slack: posted once, looked up when a post had no answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.ops.incident import ROOT, Kept
from bot.slack.ops.messages import IncidentMessage, is_it, metadata_of
from channels.slack.base import Json, Slack, TeamId
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
    SlackRevoked,
    SlackUnreachable,
)

MOST_PAGES = 5
PAGE = 100
ROOM_LOST = frozenset(
    {
        "access_denied",
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "not_in_channel",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_read_only_channel",
        "team_access_not_granted",
    }
)
"""Nothing can be said in this channel any more. Source: reference/channels.md 3.3."""
MESSAGE_LOST = frozenset({"message_not_found", "thread_not_found"})
"""Somebody has deleted it."""
UNCHANGEABLE = frozenset({"cant_update_message", "edit_window_closed"})
LONGEST_PAUSE_S = 60.0
OUR_FAULT_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why Slack was not told."""

    reason: str
    """`busy`, `unreachable`, `revoked`, `not_installed`, or Slack's own word."""
    pause_s: float
    """So long nothing is tried, if nobody knows better."""
    is_hard: bool
    """Waiting alone cannot help."""
    is_unknown: bool = False
    """It may have been done all the same."""


NOT_INSTALLED = Failure("not_installed", LONGEST_PAUSE_S, is_hard=True, is_unknown=True)
TOO_SLOW = Failure("unreachable", LONGEST_PAUSE_S, is_hard=False, is_unknown=True)


def failure_of(failed: SlackFailed, streak: int) -> Failure:
    """Return what follows from a call that failed, with so many failures right before it."""
    doubled_s = min(LONGEST_PAUSE_S, 2.0 ** min(streak + 1, 16))
    match failed:
        case SlackBusy(retry_after_s=retry_after_s):
            return Failure("busy", retry_after_s, is_hard=False)
        case SlackUnreachable(is_unknown=is_unknown):
            return Failure("unreachable", doubled_s, is_hard=False, is_unknown=is_unknown)
        case SlackRevoked():
            return Failure("revoked", LONGEST_PAUSE_S, is_hard=True)
        case SlackRefused(error=error) if error in MESSAGE_LOST:
            return Failure(error, doubled_s, is_hard=False)
        case SlackRefused(error=error) if error in ROOM_LOST:
            return Failure(error, LONGEST_PAUSE_S, is_hard=True)
        case SlackRefused(error=error):
            return Failure(error, OUR_FAULT_PAUSE_S, is_hard=True)
        case _:
            return Failure("failed", doubled_s, is_hard=False)


class Postings:
    """Calls Slack for one incident at a time; every method raises SlackFailed."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def post(self, kept: Kept, message: IncidentMessage) -> str:
        """Post the message of an incident; return its `ts`."""
        return await self._post(kept, ROOT, {"blocks": list(message.blocks), "text": message.text})

    async def say(self, kept: Kept, what: str, text: str) -> str:
        """Say something in the thread of an incident; return its `ts`."""
        return await self._post(kept, what, {"thread_ts": kept.ts, "text": text})

    async def update(self, kept: Kept, message: IncidentMessage) -> None:
        """Put a message in the place of the one that is there."""
        arguments = {
            "channel": kept.channel,
            "ts": kept.ts,
            "text": message.text,
            "blocks": list(message.blocks),
        }
        await self._slack.call(TeamId(kept.team), "chat.update", arguments)

    async def found(self, kept: Kept, what: str) -> str:
        """Return the `ts` of what may have been posted; empty when it was not."""
        arguments: dict[str, Any] = {
            "channel": kept.channel,
            "include_all_metadata": True,
            "limit": PAGE,
        }
        method = "conversations.history"
        if what != ROOT:
            arguments["ts"], method = kept.ts, "conversations.replies"
        for _ in range(MOST_PAGES):
            answer = await self._slack.call(TeamId(kept.team), method, arguments)
            for message in answer.get("messages", ()):
                if is_it(message, kept, what):
                    return str(message["ts"])
            cursor = _cursor(answer)
            if not cursor:
                break
            arguments = {**arguments, "cursor": cursor}
        return ""

    async def _post(self, kept: Kept, what: str, said: Mapping[str, Any]) -> str:
        arguments = {
            **said,
            "channel": kept.channel,
            "metadata": metadata_of(kept, what),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        answer = await self._slack.call(TeamId(kept.team), "chat.postMessage", arguments)
        return str(answer["ts"])


def _cursor(answer: Json) -> str:
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")
