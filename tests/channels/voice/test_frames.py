import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.base import (
    Dtmf,
    End,
    Info,
    Interrupted,
    Language,
    Play,
    Prompt,
    RelayError,
    Said,
    SendDigits,
    Setup,
    Text,
)
from channels.voice.frames import (
    MOST_FRAME_BYTES,
    Ignored,
    problem_of,
    read_frame,
    read_text,
    write_frame,
)

SETUP = {
    "type": "setup",
    "sessionId": "VX" + "0" * 32,
    "callSid": "CA" + "1" * 32,
    "accountSid": "AC" + "2" * 32,
    "parentCallSid": "",
    "from": "+15550123",
    "to": "+15550100",
    "forwardedFrom": None,
    "callerName": "",
    "direction": "inbound",
    "callType": "PSTN",
    "callStatus": "RINGING",
    "customParameters": {"token": "abc"},
}


def read(**fields: object) -> object:
    return read_frame(json.dumps(fields))


def wrote(frame: Said) -> dict[str, object]:
    fields: dict[str, object] = json.loads(write_frame(frame))
    return fields


def test_a_setup_says_whose_call_it_is() -> None:
    assert read(**SETUP) == Setup(
        session="VX" + "0" * 32,
        call="CA" + "1" * 32,
        account="AC" + "2" * 32,
        sender="+15550123",
        to="+15550100",
        direction="inbound",
        parameters={"token": "abc"},
        is_second=False,
    )


@pytest.mark.parametrize("status", ["IN_PROGRESS", "in-progress", "in progress"])
def test_a_call_that_is_in_progress_has_been_connected_before(status: str) -> None:
    setup = read(**SETUP | {"callStatus": status})

    assert isinstance(setup, Setup)
    assert setup.is_second


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (None, {}),
        ([], {}),
        ("x", {}),
        ({"a": 1, "b": None, "c": {}, "d": True}, {"a": "1", "d": "true"}),
    ],
)
def test_parameters_that_are_no_texts_are_read_as_far_as_they_go(
    given: object, read_as: dict[str, str]
) -> None:
    setup = read(**SETUP | {"customParameters": given})

    assert isinstance(setup, Setup)
    assert setup.parameters == read_as


@pytest.mark.parametrize("name", ["sessionId", "callSid"])
@pytest.mark.parametrize("value", [None, "", "../x", "CA 1", "x" * 65, {}, []])
def test_a_setup_without_its_ids_is_none(name: str, value: object) -> None:
    assert read(**SETUP | {name: value}) == Ignored("bad_setup")


def test_a_prompt_is_partial_or_last_and_last_if_unsaid() -> None:
    partial = read(type="prompt", voicePrompt="What does", lang="en-US", last=False)

    assert partial == Prompt("What does", "en-US", False)
    assert read(type="prompt", voicePrompt="Hi", last="false") == Prompt("Hi", "", False)
    assert read(type="prompt", voicePrompt="Hi", last=True) == Prompt("Hi", "", True)
    assert read(type="prompt", voicePrompt="Hi", lang=None) == Prompt("Hi", "", True)


@pytest.mark.promise("V37")
@pytest.mark.parametrize(
    ("given", "after_ms"),
    [
        (460, 460),
        ("460", 460),
        (460.4, 460),
        (" 460 ", 460),
        ("460.5", 460),
        (0, 0),
        ("", None),
        (None, None),
        (-1, None),
        ("-1", None),
        ("1e400", None),
        (True, None),
        ([], None),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_the_time_of_an_interruption_is_a_number_or_a_string(
    given: object, after_ms: int | None
) -> None:
    frame = read(type="interrupt", utteranceUntilInterrupt="A card", durationUntilInterruptMs=given)

    assert frame == Interrupted("A card", after_ms)


def test_an_interruption_is_one_although_nothing_else_can_be_read() -> None:
    assert read(type="interrupt") == Interrupted("", None)
    assert read(type="interrupt", utteranceUntilInterrupt=None) == Interrupted("", None)


@pytest.mark.parametrize("digit", [*"0123456789*#", 7])
def test_a_key_is_a_digit_a_star_or_a_hash(digit: object) -> None:
    assert read(type="dtmf", digit=digit) == Dtmf(str(digit))


@pytest.mark.parametrize("digit", ["", "12", "A", None, 12, -1, "\u0663", [], "1\n"])
def test_another_key_is_ignored(digit: object) -> None:
    assert read(type="dtmf", digit=digit) == Ignored("bad_dtmf")


@pytest.mark.promise("V43")
def test_an_error_of_the_relay_is_an_event_with_its_code() -> None:
    words = "Invalid message received, code: 64107, please check"

    assert read(type="error", description=words) == RelayError(words, 64107)
    assert read(type="error") == RelayError("", None)


def test_events_are_read_with_values_of_any_type() -> None:
    assert read(type="info", name="agentSpeaking", value="on") == Info("agentSpeaking", "on")
    assert read(type="info", name="roundTripDelayMs", value=12) == Info("roundTripDelayMs", "12")
    assert read(type="info", name="x") == Info("x", "")
    assert read(type="info", name=None) == Ignored("bad_info")


@pytest.mark.promise("V42")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[]", "bad_json"),
        ("null", "bad_json"),
        ('"x"', "bad_json"),
        ("[" * 60_000, "bad_json"),
        ('{"a":' + "1" * 5_000 + "}", "bad_json"),
        ("{}", "unknown_type"),
        ('{"type":"pong"}', "unknown_type"),
        ('{"type":null}', "unknown_type"),
        ('{"type":["prompt"]}', "unknown_type"),
        ('{"type":"prompt"}', "bad_prompt"),
        ('{"type":"prompt","voicePrompt":null}', "bad_prompt"),
        ('{"type":"prompt","voicePrompt":["x"]}', "bad_prompt"),
        (" " * (MOST_FRAME_BYTES + 1), "too_big"),
        (b'{"type":"dtmf","digit":"1"}', "binary"),
    ],
)
def test_what_makes_no_sense_is_ignored_with_a_reason(raw: str | bytes, reason: str) -> None:
    assert read_frame(raw) == Ignored(reason)


def test_bytes_of_a_text_frame_may_be_no_utf_8_or_too_many() -> None:
    assert read_text(b'{"type":"dtmf","digit":"1"}') == Dtmf("1")
    assert read_text(b"\xff\xfe") == Ignored("bad_encoding")
    assert read_text(b" " * (MOST_FRAME_BYTES + 1)) == Ignored("too_big")


def test_unknown_fields_are_skipped() -> None:
    assert read(type="dtmf", digit="1", confidence={"x": [1]}) == Dtmf("1")


def test_half_characters_and_null_bytes_never_come_in() -> None:
    frame = read_frame('{"type":"prompt","voicePrompt":"a\\ud83db\\u0000c"}')

    assert frame == Prompt("a\ufffdbc", "", True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        *("voicePrompt", "lang", "last", "digit", "description", "name", "value"),
        *("utteranceUntilInterrupt", "durationUntilInterruptMs", *SETUP),
    ]
)
TYPES = st.sampled_from(["setup", "prompt", "interrupt", "dtmf", "error", "info", "x", "", None])


@pytest.mark.promise("V42")
@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=6), TYPES)
def test_no_frame_makes_the_reader_raise(fields: dict[str, object], type: object) -> None:
    frame = read(**fields | {"type": type})

    assert not isinstance(frame, Ignored) or frame.reason
    repr(frame).encode("utf-8")


@pytest.mark.promise("V42")
@settings(max_examples=200, deadline=None)
@given(st.text() | st.binary())
def test_no_junk_makes_the_reader_raise(junk: str | bytes) -> None:
    read_frame(junk)
    if isinstance(junk, bytes):
        read_text(junk)


@pytest.mark.promise("V33")
@pytest.mark.parametrize("token", [" a card ", "", "\n", "  ", 'say "one"', "£€ü漢🙂"])
def test_a_token_keeps_its_spaces(token: str) -> None:
    assert wrote(Text(token)) == {"type": "text", "token": token, "last": False}


def test_a_text_says_only_what_differs_from_what_the_twiml_says() -> None:
    assert wrote(Text("", is_last=True)) == {"type": "text", "token": "", "last": True}
    filler = Text("One moment.", lang="de-DE", interruptible="none", is_preemptible=True)
    assert wrote(filler) == {
        "type": "text",
        "token": "One moment.",
        "last": False,
        "lang": "de-DE",
        "interruptible": False,
        "preemptible": True,
    }
    assert wrote(Text("x", interruptible="any"))["interruptible"] is True
    assert wrote(Text("x", interruptible="dtmf"))["interruptible"] == "dtmf"


def test_half_a_character_of_a_model_is_never_sent() -> None:
    assert wrote(Text("a\ud83d"))["token"] == "a\ufffd"


def test_the_other_frames_are_written_as_the_vendor_has_them() -> None:
    assert wrote(Play("https://h/x.mp3", loop=0)) == {
        "type": "play",
        "source": "https://h/x.mp3",
        "loop": 0,
    }
    assert wrote(SendDigits("12w#*")) == {"type": "sendDigits", "digits": "12w#*"}
    assert wrote(Language(tts="es-ES")) == {"type": "language", "ttsLanguage": "es-ES"}
    assert wrote(Language("de-DE", "multi")) == {
        "type": "language",
        "ttsLanguage": "de-DE",
        "transcriptionLanguage": "multi",
    }
    assert wrote(End()) == {"type": "end"}
    assert wrote(End("transfer:7")) == {"type": "end", "handoffData": "transfer:7"}


@pytest.mark.promise("V43")
@pytest.mark.parametrize(
    "frame",
    [
        Text(None),  # type: ignore[arg-type] # what a caller without types can do
        Text("x", lang="English!"),
        Text("x", is_last=1),  # type: ignore[arg-type] # as above
        Play("ftp://h/x"),
        Play("/relative"),
        Play("https://h/x y"),
        Play("https://h/x", loop=-1),
        Play("https://h/x", loop=1001),
        Play("https://h/x", loop=True),
        SendDigits(""),
        SendDigits("12 3"),
        SendDigits("A"),
        Language(),
        Language(tts="x"),
        End("a\x00b"),
    ],
)
def test_a_frame_that_the_vendor_would_refuse_is_never_written(frame: Said) -> None:
    with pytest.raises((AssertionError, TypeError)):
        write_frame(frame)


def test_what_is_wrong_with_a_frame_is_said_without_its_text() -> None:
    with pytest.raises(AssertionError) as raised:
        write_frame(Text("my secret", lang="my secret"))

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        ({}, "unknown type"),
        ({"type": 1}, "unknown type"),
        ({"type": "pong"}, "unknown type"),
        ({"type": "text"}, "a missing field"),
        ({"type": "text", "token": None}, "bad token"),
        ({"type": "text", "token": "x", "interruptible": "sometimes"}, "bad interruptible"),
        ({"type": "end", "reason": "x"}, "a field that the type does not have"),
        ({"type": "end", "handoffData": {"a": 1}}, "bad handoffData"),
        ({"type": "language"}, "no language"),
        ({"type": "text", "token": "x"}, ""),
    ],
)
def test_the_schema_knows_what_the_vendor_refuses(frame: dict[str, object], problem: str) -> None:
    assert problem_of(frame) == problem


SAID = st.one_of(
    st.builds(
        Text,
        st.text(),
        st.booleans(),
        st.sampled_from(["", "en-US", "de-DE"]),
        st.sampled_from(["", "none", "dtmf", "speech", "any"]),
        st.booleans(),
    ),
    st.builds(SendDigits, st.text("0123456789w#*", min_size=1)),
    st.builds(Language, st.just("en-GB"), st.sampled_from(["", "fr-FR"])),
    st.builds(End, st.text("abc-:", max_size=20)),
)


@pytest.mark.promise("V43")
@settings(max_examples=200, deadline=None)
@given(SAID)
def test_every_frame_we_mean_is_one_the_vendor_takes(frame: Said) -> None:
    assert problem_of(json.loads(write_frame(frame))) == ""
