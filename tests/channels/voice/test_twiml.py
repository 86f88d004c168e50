import json
from dataclasses import replace

import pytest

from channels.voice.twiml import (
    RelayLanguage,
    RelayTerms,
    RelayTwiml,
    TranscriptionTwiml,
    Transfer,
    again_twiml,
    dial_twiml,
    enqueue_twiml,
    relay_twiml,
    say_and_hangup_twiml,
)
from tests.emulators.twilio.twiml import Element, read_twiml

RELAY = RelayTwiml(
    url="wss://bank.example/channels/voice/relay",
    token="v1.abc",
    action="https://bank.example/channels/voice/end",
    language="en-US",
    greeting="Hello.",
)
TRANSCRIPTION = TranscriptionTwiml("https://bank.example/channels/voice/transcription")


def relay_of(relay: RelayTwiml) -> Element:
    node = read_twiml(relay_twiml(relay)).relay
    assert node is not None
    return node


@pytest.mark.promise("V29")
def test_the_token_stands_in_the_address_and_in_a_parameter() -> None:
    twiml = read_twiml(relay_twiml(replace(RELAY, parameters={"reference": "7"})))

    assert twiml.action == "https://bank.example/channels/voice/end"
    assert twiml.parameters == {"token": "v1.abc", "reference": "7"}
    assert relay_of(RELAY).get("url") == "wss://bank.example/channels/voice/relay/v1.abc"


def test_every_attribute_that_we_depend_on_is_written() -> None:
    attributes = dict(relay_of(RELAY).attributes)

    assert attributes.pop("url")
    assert attributes == {
        "welcomeGreeting": "Hello.",
        "welcomeGreetingInterruptible": "any",
        "language": "en-US",
        "ttsLanguage": "en-US",
        "transcriptionLanguage": "en-US",
        "ttsProvider": "ElevenLabs",
        "transcriptionProvider": "Deepgram",
        "interruptible": "any",
        "interruptSensitivity": "high",
        "ignoreBackchannel": "false",
        "reportInputDuringAgentSpeech": "any",
        "preemptible": "false",
        "dtmfDetection": "true",
        "partialPrompts": "true",
        "speechTimeout": "auto",
        "events": "speaker-events tokens-played",
        "elevenlabsTextNormalization": "off",
        "applicationReconnect": "false",
    }


@pytest.mark.promise("V45")
def test_a_call_that_is_connected_again_is_not_greeted_again() -> None:
    assert "welcomeGreeting" not in relay_of(replace(RELAY, greeting="")).attributes


def test_what_a_company_sets_is_written() -> None:
    terms = RelayTerms(
        voice="Joanna",
        tts_provider="Amazon",
        transcription_provider="Google",
        speech_model="telephony",
        hints=("Aurelis", "IBAN, BIC"),
        eot_threshold=0.7,
        speech_timeout="900",
        intelligence_service="GA1",
        events=(),
        languages=(
            RelayLanguage("de-DE", voice="Vicki", tts_provider="Amazon", hints=("Girokonto",)),
            RelayLanguage("fr-FR"),
        ),
    )
    node = relay_of(replace(RELAY, terms=terms))

    assert node.get("hints") == "Aurelis,IBAN  BIC"
    assert node.get("eotThreshold") == "0.7"
    assert node.get("intelligenceService") == "GA1"
    assert "events" not in node.attributes
    assert [dict(language.attributes) for language in node.all("Language")] == [
        {"code": "de-DE", "voice": "Vicki", "ttsProvider": "Amazon", "hints": "Girokonto"},
        {"code": "fr-FR"},
    ]


def test_what_cannot_stand_in_xml_is_left_out_and_the_rest_is_escaped() -> None:
    node = relay_of(replace(RELAY, greeting='<b> & "x"\x00\x0b\ud83d'))

    assert node.get("welcomeGreeting") == '<b> & "x"\ufffd'


def test_a_text_is_no_parameter() -> None:
    with pytest.raises(AssertionError):
        relay_twiml(replace(RELAY, parameters={"text": "x" * 501}))


@pytest.mark.promise("V46")
def test_a_call_is_put_through_to_a_phone_with_words_and_a_transcript() -> None:
    transfer = Transfer(
        action="https://bank.example/channels/voice/dialled",
        words="One moment.",
        language="en-GB",
        transcription=TRANSCRIPTION,
        caller_id="+15550100",
    )
    twiml = read_twiml(dial_twiml("+15550199", transfer))

    assert twiml.names() == ("Start", "Say", "Dial")
    say, dial = twiml.verbs[1:]
    assert (say.words, say.get("language")) == ("One moment.", "en-GB")
    assert dict(dial.attributes) == {
        "action": "https://bank.example/channels/voice/dialled",
        "method": "POST",
        "answerOnBridge": "true",
        "callerId": "+15550100",
        "timeout": "30",
    }
    assert [number.words for number in dial.all("Number")] == ["+15550199"]


@pytest.mark.promise("V46")
def test_a_call_waits_in_a_queue_or_as_a_task_with_a_reference() -> None:
    queue = read_twiml(enqueue_twiml("support", Transfer(wait_url="https://bank.example/wait")))
    task = read_twiml(enqueue_twiml("", Transfer(workflow="WW" + "0" * 32, reference="transfer:7")))

    assert queue.names() == ("Enqueue",)
    assert queue.verbs[0].words == "support"
    assert queue.verbs[0].get("waitUrl") == "https://bank.example/wait"
    assert task.verbs[0].get("workflowSid") == "WW" + "0" * 32
    assert [json.loads(one.words) for one in task.verbs[0].all("Task")] == [
        {"reference": "transfer:7"}
    ]


def test_a_call_is_ended_with_words_or_without() -> None:
    goodbye = read_twiml(say_and_hangup_twiml("Goodbye.", "de-DE"))

    assert goodbye.names() == ("Say", "Hangup")
    assert (goodbye.verbs[0].words, goodbye.verbs[0].get("language")) == ("Goodbye.", "de-DE")
    assert read_twiml(say_and_hangup_twiml("", "")).names() == ("Hangup",)


def test_a_transcript_names_both_who_speak_and_the_service_that_keeps_it() -> None:
    transcription = replace(TRANSCRIPTION, intelligence_service="GA1")
    twiml = read_twiml(dial_twiml("+15550199", Transfer(transcription=transcription)))

    assert [dict(one.attributes) for one in twiml.transcriptions] == [
        {
            "track": "both_tracks",
            "statusCallbackUrl": "https://bank.example/channels/voice/transcription",
            "statusCallbackMethod": "POST",
            "inboundTrackLabel": "customer",
            "outboundTrackLabel": "agent",
            "partialResults": "false",
            "languageCode": "en-US",
            "transcriptionEngine": "deepgram",
            "enableAutomaticPunctuation": "true",
            "intelligenceService": "GA1",
        }
    ]


def test_a_caller_is_asked_to_wait_and_then_we_are_asked_again() -> None:
    url = "https://bank.example/channels/voice/end?a=1&b=2"
    twiml = read_twiml(again_twiml("One moment <please>.", "de-DE", url))

    assert twiml.names() == ("Say", "Pause", "Redirect")
    assert twiml.verbs[0].words == "One moment <please>."
    assert twiml.verbs[2].words == url
    assert read_twiml(again_twiml("", "de-DE", url)).names() == ("Pause", "Redirect")
