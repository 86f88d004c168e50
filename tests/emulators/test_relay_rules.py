"""What the emulated ConversationRelay takes and what it refuses: frames, TwiML, playback."""

import json
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse

from tests.emulators.relay_app import relay_twiml
from tests.emulators.twilio.driver import sign
from tests.emulators.twilio.playback import Piece, Playback, whole_words
from tests.emulators.twilio.relay_rules import interruptible_by, read
from tests.emulators.twilio.twiml import TwimlError, read_twiml
from tests.emulators.twilio.vendor import Vendor

GOOD: list[dict[str, Any]] = [
    {"type": "text", "token": "Hello"},
    {"type": "text", "token": "", "last": True},
    {"type": "text", "token": " ", "lang": "es-ES", "interruptible": "dtmf", "preemptible": True},
    {"type": "text", "token": "x", "interruptible": False},
    {"type": "play", "source": "https://bank.example/wait.mp3", "loop": 0},
    {"type": "sendDigits", "digits": "12w#*"},
    {"type": "language", "ttsLanguage": "en-US", "transcriptionLanguage": "zh-Hans-CN"},
    {"type": "end"},
    {"type": "end", "handoffData": "{}"},
]
BAD: list[object] = [
    "not JSON",
    b'{"type": "end"}',
    [],
    {},
    {"type": "pong"},
    {"type": 7},
    {"type": "text"},
    {"type": "text", "token": None},
    {"type": "text", "token": 4},
    {"type": "text", "token": "x", "last": "true"},
    {"type": "text", "token": "x", "last": None},
    {"type": "text", "token": "x", "interruptible": "never"},
    {"type": "text", "token": "x", "interruptible": 1},
    {"type": "text", "token": "x", "interruptible": []},
    {"type": "text", "token": "x", "preemptible": "any"},
    {"type": "text", "token": "x", "lang": "english"},
    {"type": "text", "token": "x", "generation": 4},
    {"type": "play"},
    {"type": "play", "source": "wait.mp3"},
    {"type": "play", "source": "https://bank.example/wait.mp3", "loop": 1001},
    {"type": "play", "source": "https://bank.example/wait.mp3", "loop": True},
    {"type": "sendDigits", "digits": ""},
    {"type": "sendDigits", "digits": "12a"},
    {"type": "language"},
    {"type": "language", "ttsLanguage": "EN"},
    {"type": "end", "handoffData": {"reference": 1}},
    {"type": "end", "handoffData": None},
]
FULL = VoiceResponse()
FULL.say("One moment.", language="en-US")
CONNECT = Connect(action="https://bank.example/channels/voice/ended", method="POST")
RELAY = CONNECT.conversation_relay(
    url="wss://bank.example/channels/voice/relay",
    welcome_greeting="Hello <you> & all",
    welcome_greeting_interruptible="any",
    language="en-US",
    tts_provider="ElevenLabs",
    transcription_provider="Deepgram",
    speech_model="nova-3-general",
    interruptible="any",
    interrupt_sensitivity="high",
    preemptible=False,
    dtmf_detection=True,
    partial_prompts=True,
    report_input_during_agent_speech="none",
    speechTimeout="auto",
    ignoreBackchannel=True,
    events="speaker-events tokens-played",
)
RELAY.language(code="es-ES", tts_provider="Google", voice="es-ES-Standard-A")
RELAY.parameter(name="token", value="t-1")
FULL.append(CONNECT)


@pytest.mark.parametrize("frame", GOOD)
def test_a_frame_of_the_documents_is_taken(frame: dict[str, Any]) -> None:
    assert read(json.dumps(frame)).fault == ""


@pytest.mark.parametrize("frame", BAD, ids=str)
def test_any_other_frame_is_not(frame: object) -> None:
    raw = frame if isinstance(frame, str | bytes) else json.dumps(frame)

    assert read(raw).fault != ""


def test_what_may_interrupt_is_a_word_or_a_boolean() -> None:
    assert interruptible_by("any") == interruptible_by(True) == {"speech", "dtmf"}
    assert interruptible_by("dtmf") == {"dtmf"}
    assert interruptible_by("none") == interruptible_by(False) == interruptible_by("false") == set()


def test_what_the_sdk_writes_is_read() -> None:
    twiml = read_twiml(str(FULL))

    assert twiml.names() == ("Say", "Connect")
    assert twiml.relay is not None
    assert twiml.relay.get("welcomeGreeting") == "Hello <you> & all"
    assert twiml.relay.is_on("partialPrompts")
    assert twiml.action == "https://bank.example/channels/voice/ended"
    assert twiml.parameters == {"token": "t-1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not XML",
        "<Response><Connect></Response>",
        "<Answer/>",
        '<!DOCTYPE x [<!ENTITY y "z">]><Response/>',
        "<Response>Hello</Response>",
        "<Response><Shout>Hello</Shout></Response>",
        '<Response><Connect action="/x"/></Response>',
        '<Response><Connect><ConversationRelay url="wss://h/r"/></Connect></Response>',
        '<Response><Connect action="/x"><ConversationRelay/></Connect></Response>',
        relay_twiml(url="ws://bank.example/relay"),
        relay_twiml(url="https://bank.example/relay"),
        relay_twiml(more='interruptible="sometimes"'),
        relay_twiml(more='welcome_greeting="Hello"'),
        relay_twiml(more='dtmfDetection="True"'),
        relay_twiml(more='speechTimeout="5001"'),
        relay_twiml(more='eotThreshold="1"'),
        relay_twiml(more='events="everything"'),
        relay_twiml(more='ttsProvider="elevenlabs"'),
        relay_twiml(inside='<Parameter name="token"/>'),
        relay_twiml(inside='<Language voice="x"/>'),
        relay_twiml(inside="<Say>Hello</Say>"),
        "<Response><Start><Transcription/></Start></Response>",
    ],
)
def test_twiml_that_twilio_does_not_know_is_an_error(text: str) -> None:
    with pytest.raises(TwimlError):
        read_twiml(text)


def test_a_transcription_is_found() -> None:
    start = VoiceResponse()
    start.start().transcription(
        status_callback_url="https://bank.example/channels/voice/heard", track="both_tracks"
    )
    (found,) = read_twiml(str(start)).transcriptions

    assert found.get("track") == "both_tracks"


def test_the_signature_is_the_one_of_the_sdk() -> None:
    url, fields = "wss://bank.example/channels/voice/relay?n=1", {"b": "2", "a": ""}
    validator = RequestValidator("token")

    assert sign("token", url) == validator.compute_signature(url, {})
    assert sign("token", url, fields) == validator.compute_signature(url, fields)


def test_pieces_are_played_one_after_the_other() -> None:
    playback = Playback(chars_per_s=10.0)
    playback.add(Piece("0123456789", 1), now=1.0)
    playback.add(Piece("abcdefghij", 1), now=1.5)

    assert [playback.spoken(moment) for moment in (1.0, 1.5, 2.2)] == [
        "",
        "01234",
        "0123456789ab",
    ]
    assert playback.queued(2.2) == "cdefghij"
    assert playback.ends == 3.0
    assert playback.moment_of("A", since=0) == (2.1, 11)


def test_a_displaced_piece_leaves_its_time_to_the_next() -> None:
    playback = Playback(chars_per_s=10.0)
    playback.add(Piece("0123456789", 1), now=0.0)
    playback.add(Piece("filler", 2, is_preemptible=True), now=0.0)
    playback.preempt(0.5, 3, is_preemptible=False)
    playback.add(Piece("answer", 3), now=0.5)

    assert playback.spoken(9.0) == "0123456789answer"
    assert playback.ends == 1.6


def test_preemptible_pieces_of_one_cycle_do_not_displace_each_other() -> None:
    playback = Playback(chars_per_s=10.0)
    for word in ("one ", "moment "):
        playback.preempt(0.0, 1, is_preemptible=True)
        playback.add(Piece(word, 1, is_preemptible=True), now=0.0)
    assert playback.queued(0.0) == "one moment "
    playback.preempt(0.0, 2, is_preemptible=True)

    assert playback.queued(0.0) == ""


def test_with_cycles_only_a_later_one_displaces() -> None:
    playback = Playback()
    playback.only_cycles = True
    playback.add(Piece("filler", 1, is_preemptible=True), now=0.0)
    playback.preempt(0.0, 1, is_preemptible=False)
    assert playback.queued(0.0) == "filler"
    playback.preempt(0.0, 2, is_preemptible=False)

    assert playback.queued(0.0) == ""


def test_a_word_over_two_pieces_is_cut_whole() -> None:
    playback = Playback(chars_per_s=10.0)
    for token in ("one eu", "ro"):
        playback.add(Piece(token, 1), now=0.0)
    playback.purge(0.7)

    assert playback.spoken(9.0) == "one "


def test_a_text_is_cut_between_words() -> None:
    text = "A card costs one euro."

    assert [whole_words(text, place) for place in (0, 1, 4, 12, 21, 22)] == [
        "",
        "A",
        "A ",
        "A card costs",
        "A card costs one euro",
        text,
    ]


def test_the_vendor_writes_differently() -> None:
    said = "It costs twenty-nine dollars, for one."

    assert Vendor().utterance(said) == said
    assert Vendor(case=True, numerals=True).utterance(said) == "it costs 29 dollars, for 1."
    assert Vendor(punctuation=True).utterance(said) == "It costs twenty-nine dollars for one"
    assert Vendor(spacing=True).utterance("Yes, one.") == "Yes  ,  one  ."
    assert Vendor(nonsense="la la").utterance(said) == "la la"
    assert Vendor(duration_as_text=True).duration(0.46) == "460"
