"""Real-Time Transcription is posted to the app event by event, in any order."""

import json

from tests.emulators.relay_app import App, on_the_phone
from tests.emulators.twilio.transcription import Transcription

STARTED = (
    "<Response><Start><Transcription "
    'statusCallbackUrl="/channels/voice/ended" track="both_tracks" languageCode="en-GB"/></Start>'
    "<Dial>+15550199</Dial></Response>"
)


async def test_a_call_that_a_human_takes_is_transcribed() -> None:
    app = App(STARTED)
    async with on_the_phone(app) as caller:
        live = Transcription(caller.call)
        await live.starts()
        await live.hears("inbound_track", "I lost", is_final=False)
        delivery = await live.hears("inbound_track", "I lost my card")
        await live.posts(live.events[1])
        await live.stops()
        told = app.ended

        assert delivery.is_ok
        assert caller.transferred_to == "+15550199"
        assert [one["SequenceId"] for one in told] == ["1", "2", "3", "2", "4"]
        assert [one["TranscriptionEvent"].removeprefix("transcription-") for one in told] == [
            "started",
            "content",
            "content",
            "content",
            "stopped",
        ]
        assert json.loads(told[2]["TranscriptionData"])["transcript"] == "I lost my card"
        assert (told[1]["Final"], told[2]["Final"]) == ("false", "true")
        assert told[2]["CallSid"] == caller.sid
        assert told[2]["LanguageCode"] == "en-GB"
