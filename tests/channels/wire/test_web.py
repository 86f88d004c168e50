import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import (
    Chose,
    LeftContact,
    Rated,
    ReadUpTo,
    Said,
    Stopped,
    Surveyed,
    Typed,
    WantsHuman,
)
from channels.wire.web import (
    MOST_TEXT_CHARS,
    Ack,
    Auth,
    ClientFrame,
    Hello,
    Identify,
    Ping,
    Unknown,
    WireProblem,
    encode_error,
    encode_goaway,
    encode_identified,
    encode_pong,
    encode_welcome,
    parse_client_frame,
)

FILE = "f-0123456789abcdef01234567"
FILES_ONLY = Said("a", "", (FILE,))
GOOD: list[tuple[dict[str, object], ClientFrame]] = [
    ({"type": "hello", "v": 1, "token": "t", "last_seq": 7}, Hello("t", 7, None, "")),
    ({"type": "hello", "token": "t", "epoch": 2, "caps": ["x"]}, Hello("t", 0, 2, "")),
    ({"type": "hello", "token": "t", "conversation_id": "c"}, Hello("t", 0, None, "c")),
    ({"type": "hello", "token": "t", "epoch": None}, Hello("t", 0, None, "")),
    ({"type": "message", "client_id": "a-1", "text": "Hi"}, Said("a-1", "Hi")),
    ({"type": "message", "client_id": "a", "text": "é\n", "later": 1}, Said("a", "é\n")),
    ({"type": "stop", "message_id": "m1"}, Stopped("m1")),
    ({"type": "typing", "on": True}, Typed(is_on=True)),
    ({"type": "read", "seq": 3}, ReadUpTo(3)),
    ({"type": "feedback", "message_id": "m", "value": "up"}, Rated("m", "up")),
    (
        {"type": "feedback", "message_id": "m", "value": "down", "reason": "wrong"},
        Rated("m", "down", "wrong"),
    ),
    ({"type": "ack", "seq": 0}, Ack(0)),
    ({"type": "ping", "t": 1.5}, Ping(1.5)),
    ({"type": "ping"}, Ping(0)),
    ({"type": "auth", "token": "n"}, Auth("n")),
    ({"type": "human"}, WantsHuman()),
    ({"type": "csat", "score": 5}, Surveyed(5)),
    ({"type": "csat", "score": 1, "comment": "slow"}, Surveyed(1, "slow")),
    ({"type": "choice", "id": "wait"}, Chose("wait")),
    ({"type": "contact", "contact": "me@example.com"}, LeftContact("me@example.com", "")),
    ({"type": "identify", "token": "j"}, Identify("j")),
    ({"type": "hologram", "x": 1}, Unknown()),
    ({"type": "message", "client_id": "a", "text": "", "attachments": [FILE]}, FILES_ONLY),
    ({"type": "message", "client_id": "a", "attachments": [FILE, FILE]}, FILES_ONLY),
    ({"type": "message", "client_id": "a", "text": "x", "attachments": []}, Said("a", "x")),
    ({"type": "message", "client_id": "a", "text": "x", "attachments": None}, Said("a", "x")),
]
BAD: list[tuple[str, str]] = [
    ("", "bad_json"),
    ("{", "bad_json"),
    ("[" * 20_000, "bad_json"),
    ('{"type":"ping","t":NaN}', "bad_json"),
    ('{"type":"read","seq":' + "9" * 5_000 + "}", "bad_json"),
    ("[]", "bad_frame"),
    ('"message"', "bad_frame"),
    ("null", "bad_frame"),
    ("{}", "bad_type"),
    ('{"type":1}', "bad_type"),
    ('{"type":"hello","v":2,"token":"t"}', "unsupported_version"),
    ('{"type":"hello","v":true,"token":"t"}', "bad_v"),
    ('{"type":"hello","v":1}', "bad_token"),
    ('{"type":"hello","token":"t","last_seq":-1}', "bad_last_seq"),
    ('{"type":"hello","token":"t","last_seq":"1"}', "bad_last_seq"),
    ('{"type":"hello","token":"t","epoch":"1"}', "bad_epoch"),
    ('{"type":"message","text":"x"}', "bad_client_id"),
    ('{"type":"message","client_id":"","text":"x"}', "bad_client_id"),
    ('{"type":"message","client_id":"a b","text":"x"}', "bad_client_id"),
    ('{"type":"message","client_id":"a"}', "bad_text"),
    ('{"type":"message","client_id":"a","text":["x"]}', "bad_text"),
    ('{"type":"message","client_id":"a","text":"  "}', "text_empty"),
    ('{"type":"message","client_id":"a","text":"\\u0000"}', "text_empty"),
    ('{"type":"message","client_id":"a","text":"","attachments":[]}', "text_empty"),
    ('{"type":"message","client_id":"a","text":"x","attachments":"f"}', "bad_attachments"),
    ('{"type":"message","client_id":"a","text":"x","attachments":[1]}', "bad_attachments"),
    ('{"type":"message","client_id":"a","text":"x","attachments":["../x"]}', "bad_attachments"),
    ('{"type":"message","client_id":"a","text":"x","attachments":[1,2,3,4,5,6]}', "too_many_files"),
    ('{"type":"stop","message_id":7}', "bad_message_id"),
    ('{"type":"typing","on":1}', "bad_on"),
    ('{"type":"read","seq":true}', "bad_seq"),
    ('{"type":"read","seq":1.0}', "bad_seq"),
    ('{"type":"feedback","message_id":"m","value":"sideways"}', "bad_value"),
    ('{"type":"feedback","message_id":"m","value":["up"]}', "bad_value"),
    ('{"type":"ping","t":true}', "bad_t"),
    ('{"type":"ping","t":1e999}', "bad_t"),
    ('{"type":"csat","score":6}', "bad_score"),
    ('{"type":"choice"}', "bad_id"),
    ('{"type":"contact","contact":3}', "bad_contact"),
]


@pytest.mark.parametrize(("fields", "frame"), GOOD, ids=lambda value: str(value)[:50])
def test_a_frame_says_what_the_client_did(fields: dict[str, object], frame: ClientFrame) -> None:
    assert parse_client_frame(json.dumps(fields)) == frame


@pytest.mark.parametrize(("text", "code"), BAD, ids=lambda value: value[:50])
def test_a_frame_that_makes_no_sense_has_a_name(text: str, code: str) -> None:
    with pytest.raises(WireProblem) as caught:
        parse_client_frame(text)

    assert caught.value.code == code


def test_a_text_that_is_too_long_is_refused_by_name_and_is_no_strike() -> None:
    longest = json.dumps({"type": "message", "client_id": "a", "text": "x" * MOST_TEXT_CHARS})
    longer = json.dumps({"type": "message", "client_id": "a", "text": "x" * (MOST_TEXT_CHARS + 1)})

    assert isinstance(parse_client_frame(longest), Said)
    with pytest.raises(WireProblem, match="text_too_long") as caught:
        parse_client_frame(longer)
    assert caught.value.client_id == "a"
    assert not caught.value.is_strike


def test_halves_of_characters_and_nul_never_reach_the_application() -> None:
    frame = parse_client_frame(
        '{"type":"message","client_id":"a","text":"\\ud83d\\u0000x\\ud83d\\ude00"}'
    )

    assert frame == Said("a", "\ufffdx😀")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = st.sampled_from([str(fields["type"]) for fields, _ in GOOD])
NAMES = st.sampled_from(
    ["v", "token", "last_seq", "epoch", "client_id", "text", "message_id", "on", "seq", "value"]
) | st.sampled_from(["reason", "t", "score", "comment", "id", "contact", "conversation_id"])
FRAMES = st.builds(
    lambda kind, fields: {**fields, "type": kind},
    TYPES,
    st.dictionaries(NAMES, JSON, max_size=6),
)


@given(st.text() | FRAMES.map(json.dumps) | JSON.map(json.dumps))
def test_no_frame_raises_anything_but_its_own_error(text: str) -> None:
    frame = None
    with suppress(WireProblem):
        frame = parse_client_frame(text)

    repr(frame).encode()
    if isinstance(frame, Ping):
        json.loads(encode_pong(frame.t))


def test_what_the_connection_says_is_json_of_the_protocol() -> None:
    welcome = encode_welcome("c", 2, 9, "replay", {"text_chars": 8000})

    assert json.loads(welcome) == {
        "type": "welcome",
        "conversation_id": "c",
        "epoch": 2,
        "head_seq": 9,
        "resume": "replay",
        "heartbeat_s": 20,
        "limits": {"text_chars": 8000},
    }
    assert json.loads(encode_pong("x")) == {"type": "pong", "t": "x"}
    assert json.loads(encode_error("bad_json")) == {"type": "error", "code": "bad_json"}
    assert json.loads(encode_error("rate_limited", 0.61, "a")) == {
        "type": "error",
        "code": "rate_limited",
        "client_id": "a",
        "retry_after": 0.7,
    }
    assert json.loads(encode_goaway("restart", 1.5)) == {
        "type": "goaway",
        "reason": "restart",
        "after_ms": 1500,
    }
    assert json.loads(encode_identified(is_same_customer=False)) == {
        "type": "identified",
        "same_customer": False,
    }
