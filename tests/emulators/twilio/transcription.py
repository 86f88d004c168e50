"""Real-Time Transcription of a call, as `<Start><Transcription>` has it posted event by event.

    live = Transcription(caller.call)              # of the first that the TwiML started
    await live.starts()
    await live.hears("inbound_track", "I lost", is_final=False)
    await live.hears("inbound_track", "I lost my card", is_final=True)
    await live.stops()
    first, second = live.content("outbound_track", "Yes", True), live.content(…)
    await live.posts(second); await live.posts(first); await live.posts(first)   # as one likes

An event is the form as a dict, and may be changed before it is posted.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta

from tests.emulators.twilio.call import Call
from tests.emulators.twilio.driver import Delivery
from tests.emulators.twilio.twiml import Element

BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CONFIDENCE = 0.97
STABILITY = "0.8"
Event = dict[str, str]


class Transcription:
    """One transcription; its events are numbered over all tracks."""

    def __init__(self, call: Call, element: Element | None = None) -> None:
        started = call.transcriptions()
        assert element is not None or started, "the TwiML starts no transcription"
        self.sid = "GT" + secrets.token_hex(16)
        self.events: list[Event] = []
        """Every event that was made."""
        self._call = call
        self._element = element or started[0]
        self._sequence = 0

    async def starts(self) -> Delivery:
        """Post that it has started."""
        more = {
            "ProviderConfiguration": "{}",
            "TranscriptionEngine": self._element.get("transcriptionEngine", "google"),
            "Name": self._element.get("name"),
            "Track": self._element.get("track", "both_tracks"),
            "InboundTrackLabel": self._element.get("inboundTrackLabel"),
            "OutboundTrackLabel": self._element.get("outboundTrackLabel"),
            "PartialResults": self._element.get("partialResults", "false"),
        }
        return await self.posts(self.event("started", more))

    async def stops(self) -> Delivery:
        """Post that it has stopped."""
        return await self.posts(self.event("stopped", {}))

    async def fails(self, code: int, words: str = "") -> Delivery:
        """Post an error."""
        more = {"TranscriptionErrorCode": str(code), "TranscriptionError": words}
        return await self.posts(self.event("error", more))

    async def hears(self, track: str, words: str, is_final: bool = True) -> Delivery:
        """Post what was said on a track: `inbound_track` (the caller) or `outbound_track`."""
        return await self.posts(self.content(track, words, is_final))

    def content(self, track: str, words: str, is_final: bool = True) -> Event:
        """Return an event of what was said, numbered, and not posted."""
        spoken = {"transcript": words, "confidence": CONFIDENCE}
        more = {
            "Track": track,
            "Final": "true" if is_final else "false",
            "LanguageCode": self._element.get("languageCode", "en-US"),
            "TranscriptionData": json.dumps(spoken, ensure_ascii=False),
        }
        return self.event("content", more if is_final else {**more, "Stability": STABILITY})

    def event(self, kind: str, more: Event) -> Event:
        """Return the next event."""
        self._sequence += 1
        at = BEGAN + timedelta(seconds=self._sequence)
        event = {
            "TranscriptionSid": self.sid,
            "TranscriptionEvent": f"transcription-{kind}",
            "CallSid": self._call.sid,
            "AccountSid": self._call.line.signer.account,
            "Timestamp": at.isoformat().replace("+00:00", "Z"),
            "SequenceId": str(self._sequence),
            **more,
        }
        self.events.append(event)
        return event

    async def posts(self, event: Event) -> Delivery:
        """Post an event; as often and in such an order as one likes."""
        return await self._call.post(self._element.get("statusCallbackUrl"), event)
