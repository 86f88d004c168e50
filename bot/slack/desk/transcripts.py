"""The transcript of a conversation, as a file under its card."""

from bot.errors import BotRefused
from bot.humans.summary import transcript_of
from bot.slack.acted import Acted
from bot.slack.clicks import Spot
from bot.slack.desk.standing import head_of
from bot.slack.parts import SlackParts
from bot.slack.target import Target
from bot.stores.base import EventsOfType, RecordsOf
from bot.transcript import SPOKEN_TYPES
from bot.turns.remembered import MOST_TURNS, TURN, heard_turns
from channels.slack.base import Upload

MOST_EVENTS = 2_000


class Transcripts:
    """Shares transcripts, redacted as they are in the log."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._acted = Acted(parts.cabinet, parts.services.clock)

    async def share(self, spot: Spot, target: Target, id: str) -> None:
        """Put the transcript into the thread of the card; with the same id once.

        Raises:
            BotRefused: there is no such handoff, or its card is not in Slack.
            SlackFailed: Slack did not take it.
        """
        store = self._parts.services.store
        head = await head_of(store, target)
        thread = await self._parts.threads.of(target)
        if thread is None or thread.room.team != spot.team:
            raise BotRefused("there is no card for this conversation here")
        if await self._acted.has("transcript", id):
            return
        query = EventsOfType(head.conversation, SPOKEN_TYPES, MOST_EVENTS)
        kept = RecordsOf(TURN, conversation=head.conversation, limit=MOST_TURNS)
        turns = heard_turns(await store.find(kept))
        text = transcript_of(head, await store.find(query), turns)
        file = Upload("transcript.txt", "Transcript", text.encode())
        await self._parts.slack.upload(spot.team, thread.room.channel, thread.ts, file)
        await self._acted.remember("transcript", id)
