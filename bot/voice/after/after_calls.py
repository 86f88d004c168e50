"""Fetches the transcripts that are made after calls, as often as it takes."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import timedelta

from bot.errors import BotError, StoreFailed
from bot.services import Services
from bot.stores.cabinet import Cabinet, Entry
from bot.voice.after.aligned import Sentence
from bot.voice.after.transcripts import QUARANTINE, Transcripts
from bot.voice.parts import Wait
from channels.twilio.base import CallTranscripts
from channels.twilio.errors import TwilioBusy, TwilioError, TwilioRefused
from channels.twilio.intelligence import Available

log = logging.getLogger("copilot.voice")
AFTER = "voice.after"
"""Kind of transcripts that are not fetched yet."""
CALLER = 2
"""Channel of who has called. Source: Twilio, Conversational Intelligence, best practices."""
LEASE_S = 120.0
LOOK_EVERY_S = 5.0
FIRST_PAUSE_S, MOST_PAUSE_S = 5.0, 900.0
GIVE_UP = timedelta(days=3)
MOST_AT_ONCE = 20
GONE = 404


class AfterCalls:
    """Keeps the word that a transcript is there until the log has what was said in it.

    Any process does what is due; what cannot be fetched now is tried again, less and less often,
    and what belongs to no call of ours is set aside.
    """

    def __init__(
        self,
        services: Services,
        transcripts: Transcripts,
        cabinet: Cabinet,
        twilio: CallTranscripts,
        wait: Wait,
    ) -> None:
        self._services = services
        self._transcripts = transcripts
        self._cabinet = cabinet
        self._twilio = twilio
        self._wait = wait
        self._woken = asyncio.Event()

    async def take(self, available: Available) -> None:
        """Keep the word that a transcript is there, durably; it is fetched soon.

        Raises:
            StoreFailed: the disk failed.
        """
        now = self._services.clock.now()
        value = json.dumps({"call": available.call})
        entry = Entry(AFTER, available.transcript, value, now, due_at=now)
        await self._cabinet.put(entry, is_new=True)
        self._woken.set()

    async def run(self) -> None:
        """Fetch what is due, for ever."""
        while True:
            self._woken.clear()
            await self.look()
            await self._wait(self._woken, LOOK_EVERY_S)

    async def look(self) -> None:
        """Fetch what is due."""
        try:
            now = self._services.clock.now()
            for entry in await self._cabinet.lease(AFTER, now, LEASE_S, MOST_AT_ONCE):
                await self._fetch(entry)
        except StoreFailed:
            log.error("voice.transcripts_not_looked_at")

    async def _fetch(self, entry: Entry) -> None:
        try:
            named = await self._twilio.call_of(entry.key)
            call = json.loads(entry.value)["call"] or named
            if not await self._transcripts.knows(call):
                await self._set_aside(entry, call, "unknown_call")
                return
            said = await self._twilio.sentences(entry.key)
            sentences = [Sentence(one.number, one.channel == CALLER, one.text) for one in said]
            await self._transcripts.take_sentences(call, entry.key, sentences)
        except TwilioRefused as refused:
            if refused.status == GONE:
                await self._set_aside(entry, "", "gone")
            else:
                await self._put_off(entry, refused)
        except (TwilioError, BotError) as failure:
            await self._put_off(entry, failure)
        else:
            await self._cabinet.remove(AFTER, entry.key)

    async def _put_off(self, entry: Entry, failure: Exception) -> None:
        """Try again later, or give up what was tried for days."""
        now = self._services.clock.now()
        fields = {"class": type(failure).__name__, "tries": entry.tries + 1}
        log.warning("voice.transcript_not_fetched", extra=fields)
        if now - entry.at > GIVE_UP:
            await self._set_aside(entry, "", "given_up")
            return
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(entry.tries, 16), MOST_PAUSE_S)
        if isinstance(failure, TwilioBusy):
            pause_s = max(pause_s, failure.retry_after_s)
        due_at = now + timedelta(seconds=pause_s)
        await self._cabinet.put(replace(entry, due_at=due_at, tries=entry.tries + 1))

    async def _set_aside(self, entry: Entry, call: str, why: str) -> None:
        """Keep for a while that there was a transcript which is nobody's."""
        log.warning("voice.transcript_set_aside", extra={"why": why})
        value = json.dumps({"call": call, "kind": why, "text": ""})
        now = self._services.clock.now()
        await self._cabinet.put(Entry(QUARANTINE, entry.key, value, now))
        await self._cabinet.remove(AFTER, entry.key)
