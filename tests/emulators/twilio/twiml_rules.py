"""Which attributes TwiML's verbs and nouns take, and with which values. Pure.

Source: reference/channels.md 2.1 and 2.3; the names are those of twilio 9.13's voice_response.
"""

import re
from collections.abc import Callable, Mapping

Check = Callable[[str], bool]
Attributes = Mapping[str, Check]


def words(*allowed: str) -> Check:
    """Return a check for one word of several."""
    return lambda value: value in allowed


def fits(pattern: str) -> Check:
    """Return a check for a pattern."""
    return lambda value: re.fullmatch(pattern, value) is not None


def between(least: float, most: float) -> Check:
    """Return a check for a number."""
    number = re.compile(r"\d+(\.\d+)?")
    return lambda value: bool(number.fullmatch(value)) and least <= float(value) <= most


def speech_timeout(value: str) -> bool:
    return value == "auto" or between(600, 5000)(value)


def event_words(value: str) -> bool:
    return bool(value) and set(value.split()) <= {"speaker-events", "tokens-played"}


ANY: Check = lambda value: value != ""  # noqa: E731 - one of a row of values
FLAG = words("true", "false")
METHOD = words("GET", "POST")
LANGUAGE = fits(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?|multi")
ADDRESS = fits(r"(https://[^\s/]+)?/\S*")
SOCKET = fits(r"wss://[^\s/]+/\S*")
NUMBER = fits(r"\+\d{7,15}")
INTERRUPTIBLE = words("none", "dtmf", "speech", "any", "true", "false")
TTS = words("ElevenLabs", "Google", "Amazon")
STT = words("Deepgram", "Google")
NORMALISED = words("on", "off", "auto")

VERBS: Mapping[str, Attributes] = {
    "Connect": {"action": ADDRESS, "method": METHOD},
    "Say": {"voice": ANY, "language": LANGUAGE, "loop": between(0, 1000)},
    "Play": {"loop": between(0, 1000), "digits": fits(r"[0-9w#*]+")},
    "Pause": {"length": between(1, 600)},
    "Redirect": {"method": METHOD},
    "Hangup": {},
    "Reject": {"reason": words("rejected", "busy")},
    "Start": {"action": ADDRESS, "method": METHOD},
    "Stop": {},
    "Dial": {
        "action": ADDRESS,
        "method": METHOD,
        "timeout": between(1, 600),
        "timeLimit": between(1, 86400),
        "callerId": ANY,
        "answerOnBridge": FLAG,
        "record": ANY,
        "ringTone": ANY,
        "hangupOnStar": FLAG,
    },
    "Enqueue": {
        "action": ADDRESS,
        "method": METHOD,
        "waitUrl": ADDRESS,
        "waitUrlMethod": METHOD,
        "maxQueueSize": between(1, 5000),
        "workflowSid": fits(r"WW[0-9a-f]{32}"),
    },
}
NOUNS: Mapping[str, Attributes] = {
    "ConversationRelay": {
        "url": SOCKET,
        "welcomeGreeting": ANY,
        "welcomeGreetingInterruptible": INTERRUPTIBLE,
        "language": LANGUAGE,
        "ttsLanguage": LANGUAGE,
        "transcriptionLanguage": LANGUAGE,
        "ttsProvider": TTS,
        "voice": ANY,
        "transcriptionProvider": STT,
        "speechModel": ANY,
        "hints": ANY,
        "interruptible": INTERRUPTIBLE,
        "interruptSensitivity": words("high", "medium", "low"),
        "ignoreBackchannel": FLAG,
        "reportInputDuringAgentSpeech": words("none", "dtmf", "speech", "any"),
        "preemptible": FLAG,
        "dtmfDetection": FLAG,
        "partialPrompts": FLAG,
        "profanityFilter": FLAG,
        "speechTimeout": speech_timeout,
        "eotThreshold": between(0.5, 0.9),
        "eagerEotThreshold": between(0.3, 0.9),
        "events": event_words,
        "debug": ANY,
        "intelligenceService": ANY,
        "elevenlabsTextNormalization": NORMALISED,
        "elevenlabsLanguageTextNormalization": FLAG,
        "ttsTextNormalization": NORMALISED,
        "ttsLanguageTextNormalization": FLAG,
        "partialPromptOnHangup": FLAG,
        "includeInPrompt": lambda value: set(value.split()) <= {"turn-state", "prompt-segments"},
        "applicationReconnect": FLAG,
        "echoPromptFiltering": FLAG,
        "turnDetection": FLAG,
        "backgroundNoiseReduction": ANY,
        "asrSmartFormat": FLAG,
        "deepgramSmartFormat": FLAG,
        "customerName": ANY,
    },
    "Language": {
        "code": LANGUAGE,
        "ttsProvider": TTS,
        "voice": ANY,
        "transcriptionProvider": STT,
        "speechModel": ANY,
        "hints": ANY,
        "asrSmartFormat": FLAG,
        "ttsTextNormalization": NORMALISED,
        "ttsLanguageTextNormalization": FLAG,
    },
    "Parameter": {"name": ANY, "value": lambda value: len(value) <= 500},
    "Number": {"statusCallback": ADDRESS, "sendDigits": fits(r"[0-9w#*]+"), "url": ADDRESS},
    "Queue": {"url": ADDRESS},
    "Client": {"url": ADDRESS},
    "Sip": {"url": ADDRESS},
    "Task": {"priority": between(0, 1 << 31), "timeout": between(1, 1 << 31)},
    "Transcription": {
        "name": ANY,
        "track": words("inbound_track", "outbound_track", "both_tracks"),
        "statusCallbackUrl": ADDRESS,
        "statusCallbackMethod": METHOD,
        "inboundTrackLabel": ANY,
        "outboundTrackLabel": ANY,
        "partialResults": FLAG,
        "languageCode": LANGUAGE,
        "transcriptionEngine": words("google", "deepgram"),
        "profanityFilter": FLAG,
        "speechModel": ANY,
        "hints": ANY,
        "enableAutomaticPunctuation": FLAG,
        "intelligenceService": ANY,
    },
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "ConversationRelay": ("url",),
    "Connect": ("action",),
    "Parameter": ("name", "value"),
    "Language": ("code",),
    "Transcription": ("statusCallbackUrl",),
}
"""An `action` is no duty at Twilio, but what a call does without one is not documented."""
INSIDE: Mapping[str, tuple[str, ...]] = {
    "Response": tuple(VERBS),
    "Connect": ("ConversationRelay",),
    "ConversationRelay": ("Language", "Parameter"),
    "Start": ("Transcription",),
    "Stop": ("Transcription",),
    "Dial": ("Number", "Queue", "Client", "Sip"),
    "Enqueue": ("Task",),
}
WITH_WORDS = ("Say", "Play", "Redirect", "Dial", "Enqueue", "Number", "Queue", "Client", "Sip",
              "Task")  # fmt: skip
