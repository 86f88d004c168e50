import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wire.web import encode_error, encode_goaway, encode_welcome
from channels.wire.web_seen import (
    Accepted,
    Attached,
    Busy,
    Delta,
    Ended,
    Escalated,
    GoingAway,
    Noticed,
    Other,
    Problem,
    Received,
    Reset,
    Seen,
    ServerFrame,
    Snapshot,
    Source,
    Started,
    Welcome,
    read_server_frame,
)

LOGGED: list[tuple[dict[str, object], ServerFrame]] = [
    (
        {"type": "message.accepted", "client_id": "a", "message_id": "m", "text": "Hi"},
        Accepted("a", "m", "Hi"),
    ),
    (
        {
            "type": "message.accepted",
            "client_id": "a",
            "message_id": "m",
            "text": "",
            "attachments": [
                {"file_id": "f", "name": "x.png", "media_type": "image/png", "size": 3}
            ],
        },
        Accepted("a", "m", "", (Attached("f", "x.png", "image/png", 3),)),
    ),
    ({"type": "message.start", "message_id": "m", "author": "bot"}, Started("m", "bot")),
    ({"type": "message.delta", "message_id": "m", "i": 4, "text": " x"}, Delta("m", 4, " x")),
    ({"type": "message.reset", "message_id": "m"}, Reset("m")),
    ({"type": "escalation", "state": "joined", "name": "Ada"}, Escalated("joined", "Ada")),
    ({"type": "notice", "code": "c", "text": "t"}, Noticed("c", "t")),
    ({"type": "conversation.closed", "reason": "idle"}, Other("conversation.closed")),
]


@pytest.mark.parametrize(("fields", "frame"), LOGGED, ids=lambda value: str(value)[:40])
def test_a_logged_frame_is_read_with_its_place(
    fields: dict[str, object], frame: ServerFrame
) -> None:
    assert read_server_frame(json.dumps({"seq": 3, "ts": "", **fields})) == Received(3, frame)


def test_an_ended_message_brings_its_sources() -> None:
    fields = {
        "seq": 9,
        "type": "message.end",
        "message_id": "m",
        "text": "All",
        "status": "done",
        "author": "bot",
        "citations": [{"n": 1, "title": "T", "url": "https://example.com", "quote": "q"}, 7],
    }

    assert read_server_frame(json.dumps(fields)).frame == Ended(
        "m", "All", "done", "bot", (Source(1, "T", "https://example.com"),)
    )


def test_what_the_server_encodes_is_what_the_client_reads() -> None:
    assert read_server_frame(encode_welcome("c", 2, 9, "fresh", {})).frame == Welcome(
        "c", 2, 9, "fresh"
    )
    assert read_server_frame(encode_error("busy", 1.0)).frame == Problem("busy", 1.1, "")
    assert read_server_frame(encode_error("gone")).frame == Problem("gone", None, "")
    assert read_server_frame(encode_goaway("restart", 2)).frame == GoingAway("restart", 2.0)
    assert read_server_frame('{"type":"typing","on":true}').frame == Busy(is_on=True)
    assert read_server_frame('{"type":"status","text":"looking"}').frame == Busy(
        is_on=True, text="looking"
    )


def test_a_snapshot_brings_every_message() -> None:
    message = {"message_id": "m", "client_id": "a", "author": "customer", "text": "x"}
    text = json.dumps(
        {"type": "snapshot", "head_seq": 8, "messages": [{**message, "status": "done"}]}
    )

    assert read_server_frame(text).frame == Snapshot(8, (Seen("m", "a", "customer", "x", "done"),))


@given(
    st.text()
    | st.dictionaries(
        st.sampled_from(["type", "seq", "text", "messages", "citations", "i", "head_seq"]),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=2)
        | st.sampled_from(["snapshot", "message.end", "welcome", "error"]),
    ).map(json.dumps)
)  # fmt: skip
def test_nothing_the_server_says_makes_the_client_fail(text: str) -> None:
    assert isinstance(read_server_frame(text), Received)
