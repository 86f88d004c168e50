"""Brings single messages out to Slack, each once, however long that takes."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.slack.blocks import Block
from bot.slack.customers.blocks import MOST_MARKDOWN, content_of
from bot.slack.customers.place import Place
from bot.slack.customers.sayings import Saying, shown
from channels.slack.base import Json, Slack, Upload
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.split import pieces_of

log = logging.getLogger("copilot.slack")
T = TypeVar("T")
EVENT_TYPE = "copilot_said"
GONE = frozenset({"message_not_found", "cant_update_message"})
OPEN = "in_progress"
"""The `streaming_state` of a message that is not ended."""
MOST_PAGES = 5
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class Poster:
    """Says things in Slack and waits out what is in the way, except a refusal.

    Methods raise SlackRefused when Slack does not want it at all, and SlackRevoked.
    """

    def __init__(self, slack: Slack, clock: SlackClock) -> None:
        self._slack = slack
        self._clock = clock
        self.is_in_doubt = False
        """Whether a message may be there already, although nobody noted it: it is looked for."""

    async def say(self, saying: Saying) -> tuple[str, ...]:
        """Post it, in pieces if it is long; returns the `ts` of the messages."""
        if saying.content is not None or len(saying.text) <= MOST_MARKDOWN:
            return (await self._say_piece(saying),)
        pieces = pieces_of(saying.text, MOST_MARKDOWN)
        last = len(pieces) - 1
        return tuple(
            [
                await self._say_piece(
                    replace(
                        saying,
                        key=f"{saying.key}:{number}",
                        text=piece,
                        blocks=saying.blocks if number == last else (),
                    )
                )
                for number, piece in enumerate(pieces)
            ]
        )

    async def settle(self, saying: Saying, at: Sequence[str]) -> None:
        """Let an answer that broke off be there whole, once: its messages so far are `at`."""
        found = at or await self._patiently(lambda: self._found(saying.place, saying.key))
        for ts in found:
            await self.close(saying.place, ts)
        fits = len(saying.text) <= MOST_MARKDOWN
        keeps = fits and bool(found) and await self._updated(saying, found[0])
        for ts in found[1:] if keeps else found:
            await self._deleted(saying.place, ts)
        if not keeps:
            await self.say(replace(saying, key=f"{saying.key}:whole"))

    async def correct(self, place: Place, ts: str, content: Block) -> None:
        """Let a message say something else."""
        arguments = {"channel": place.channel, "ts": ts, **content}
        await self._patiently(lambda: self._slack.call(place.team, "chat.update", arguments))

    async def close(self, place: Place, ts: str) -> None:
        """End a stream, wherever it stands; nothing if it has ended."""
        where = {"channel": place.channel, "ts": ts}
        try:
            await self._patiently(lambda: self._slack.call(place.team, "chat.stopStream", where))
        except SlackRefused as refused:
            log.info("slack.stream_was_over", extra={"error": refused.error})

    async def sweep(self, place: Place) -> None:
        """Delete the empty beginning of an answer that a process began before it died."""
        for message in await self._patiently(lambda: self._messages(place)):
            if message.get("streaming_state") == OPEN and not message.get("text"):
                await self.close(place, str(message["ts"]))
                await self._deleted(place, str(message["ts"]))

    async def upload(self, place: Place, file: Upload) -> None:
        """Share a file there; one whose outcome is unknown is shared again."""
        await self._patiently(
            lambda: self._slack.upload(place.team, place.channel, place.thread, file)
        )

    async def _say_piece(self, saying: Saying) -> str:
        is_unsure = self.is_in_doubt

        async def once() -> str:
            nonlocal is_unsure
            found = await self._found(saying.place, saying.key) if is_unsure else ()
            if found:
                return found[0]
            is_unsure = False
            try:
                return await self._posted(saying)
            except SlackUnreachable as unreachable:
                is_unsure = unreachable.is_unknown
                raise

        return await self._patiently(once)

    async def _posted(self, saying: Saying) -> str:
        place = saying.place
        arguments: dict[str, Any] = {
            "channel": place.channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"of": saying.key}},
            **shown(saying),
        }
        if place.thread:
            arguments["thread_ts"] = place.thread
        answer = await self._slack.call(place.team, "chat.postMessage", arguments)
        return str(answer["ts"])

    async def _found(self, place: Place, key: str) -> Sequence[str]:
        """Return the `ts` of what we have posted under a key, in order."""
        return sorted(str(one["ts"]) for one in await self._messages(place) if _key_of(one) == key)

    async def _messages(self, place: Place) -> Sequence[Json]:
        """Return what was said in a place; nothing where we may not look.

        Twice is better than never, so that is no failure.
        """
        method = "conversations.replies" if place.thread else "conversations.history"
        asked: dict[str, Any] = {
            "channel": place.channel,
            "include_all_metadata": True,
            "limit": 200,
        }
        if place.thread:
            asked["ts"] = place.thread
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            try:
                answer = await self._slack.call(place.team, method, asked)
            except SlackRefused as refused:
                log.warning("slack.not_looked_up", extra={"error": refused.error})
                break
            found += answer.get("messages", ())
            asked["cursor"] = answer.get("response_metadata", {}).get("next_cursor", "")
            if not asked["cursor"]:
                break
        return found

    async def _updated(self, saying: Saying, ts: str) -> bool:
        """Let a message say it; False when it is not there any more."""
        try:
            await self.correct(saying.place, ts, content_of(saying.text, saying.blocks))
        except SlackRefused as refused:
            if refused.error not in GONE:
                raise
            return False
        return True

    async def _deleted(self, place: Place, ts: str) -> None:
        where = {"channel": place.channel, "ts": ts}
        try:
            await self._patiently(lambda: self._slack.call(place.team, "chat.delete", where))
        except SlackRefused as refused:
            log.info("slack.was_deleted", extra={"error": refused.error})

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until there is an answer; waits as long as Slack says, else longer and longer."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await call()
            except SlackBusy as busy:
                await self._clock.sleep(busy.retry_after_s)
            except SlackUnreachable:
                await self._clock.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _key_of(message: Json) -> str:
    payload = message.get("metadata", {}).get("event_payload", {})
    return str(payload.get("of", ""))
