import json
from datetime import UTC, datetime

import pytest

from bot.bus import Status, StatusShown
from bot.log import (
    Author,
    Body,
    Choice,
    ChoicesOffered,
    Citation,
    ConversationClosed,
    Escalation,
    Event,
    Feedback,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
    Notice,
    SurveyAnswered,
    SurveyAsked,
)
from bot.reception.frames import (
    as_stored,
    frame_of,
    pending_frames,
    replay_frames,
    snapshot_frame,
    status_frame,
)
from channels.base import ConversationId
from routing.request import Redacted

HERE = ConversationId("c")
AT = datetime(2026, 11, 24, 12, 0, 0, 123_456, tzinfo=UTC)


def event(seq: int, body: Body) -> Event:
    return Event(HERE, seq, AT, "bot", 1, 1, "t", body)


def delta(seq: int, i: int, text: str, message_id: str = "b1") -> Event:
    return event(seq, MessageDelta(message_id, i, Redacted(text)))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (
            MessageAccepted("k", "c1", Redacted("Hi")),
            {"client_id": "k", "message_id": "c1", "text": "Hi"},
        ),
        (MessageStarted("b1", Author.HUMAN), {"message_id": "b1", "author": "agent"}),
        (MessageDelta("b1", 2, Redacted("x")), {"message_id": "b1", "i": 2, "text": "x"}),
        (MessageReset("b1"), {"message_id": "b1"}),
        (Escalation("joined", "secret reason", "Dana"), {"state": "joined", "name": "Dana"}),
        (Escalation("requested", "outage"), {"state": "requested"}),
        (Notice("code", Redacted("Text")), {"code": "code", "text": "Text"}),
        (ChoicesOffered((Choice("a", "A"),)), {"items": [{"id": "a", "label": "A"}]}),
        (SurveyAsked(2), {"episode": 2}),
        (SurveyAnswered(2, 5, Redacted("nice")), {"episode": 2, "score": 5}),
        (Feedback("b1", "up", Redacted("")), {"message_id": "b1", "value": "up"}),
        (ConversationClosed("resolved"), {"reason": "resolved"}),
    ],
)
def test_an_event_becomes_the_frame_of_the_protocol(body: Body, fields: dict[str, object]) -> None:
    frame = frame_of(event(7, body), as_stored)

    assert (frame.seq, frame.type) == (7, body.TYPE)
    assert json.loads(frame.json) == {
        "seq": 7,
        "ts": "2026-11-24T12:00:00.123+00:00",
        "type": body.TYPE,
        **fields,
    }


def test_an_end_repeats_author_sources_and_trace() -> None:
    ended = MessageEnded(
        "b1", Redacted("Yes [1]."), "done", Author.BOT, (Citation(1, "T", "u", "q"),), "t1"
    )
    fields = json.loads(frame_of(event(9, ended), as_stored).json)

    assert fields["author"] == "bot"
    assert fields["citations"] == [{"n": 1, "title": "T", "url": "u", "quote": "q"}]
    assert fields["trace_id"] == "t1"


def test_a_proven_customer_sees_his_own_values_and_nobody_else_does() -> None:
    said = event(1, MessageAccepted("k", "c1", Redacted("write to [EMAIL_1]")))

    assert (
        "kim@example.com"
        in frame_of(said, lambda t: t.replace("[EMAIL_1]", "kim@example.com")).json
    )
    assert "[EMAIL_1]" in frame_of(said, as_stored).json


@pytest.mark.promise("W90")
def test_a_replay_joins_the_deltas_of_a_message_and_loses_nothing() -> None:
    frames = replay_frames(
        [delta(3, 1, "a"), delta(4, 2, "b"), event(5, MessageReset("b1")), delta(6, 0, "c")],
        as_stored,
    )

    assert [(frame.seq, frame.type) for frame in frames] == [
        (4, "message.delta"),
        (5, "message.reset"),
        (6, "message.delta"),
    ]
    assert json.loads(frames[0].json) | {"ts": ""} == {
        "seq": 4, "ts": "", "type": "message.delta", "message_id": "b1", "i": 1, "text": "ab",
    }  # fmt: skip


def test_deltas_of_two_messages_are_not_joined() -> None:
    frames = replay_frames([delta(1, 0, "a"), delta(2, 0, "b", "h1")], as_stored)

    assert [json.loads(frame.json)["text"] for frame in frames] == ["a", "b"]


def test_a_snapshot_holds_ended_and_open_messages_and_the_escalation() -> None:
    events = [
        event(1, MessageAccepted("k", "c1", Redacted("Hi"))),
        event(2, MessageStarted("b1", Author.BOT)),
        delta(3, 0, "wrong"),
        event(4, MessageReset("b1")),
        delta(5, 0, "right"),
        event(6, MessageEnded("b1", Redacted("right"), "done", Author.BOT)),
        event(7, Escalation("requested")),
        event(8, MessageStarted("b2", Author.BOT)),
        delta(9, 0, "half", "b2"),
    ]
    frame = snapshot_frame(events, 9, as_stored)
    fields = json.loads(frame.json)

    assert (frame.seq, fields["head_seq"], fields["escalation"]) == (9, 9, {"state": "requested"})
    assert [(m["author"], m["text"], m["status"]) for m in fields["messages"]] == [
        ("customer", "Hi", "done"),
        ("bot", "right", "done"),
        ("bot", "half", "open"),
    ]
    assert fields["messages"][2]["i"] == 1


def test_what_waits_for_an_answer_follows_a_snapshot() -> None:
    offered = event(2, ChoicesOffered((Choice("a", "A"),)))
    asked = event(3, SurveyAsked(1))
    said = event(4, MessageAccepted("k", "c1", Redacted("Hi")))
    frames = pending_frames([offered, asked], as_stored)

    assert [(frame.seq, frame.type) for frame in frames] == [
        (None, "choices"),
        (None, "csat.request"),
    ]
    assert json.loads(frames[1].json) == {"type": "csat.request", "episode": 1}
    assert pending_frames([offered, said], as_stored) == ()


def test_a_status_is_not_logged() -> None:
    typing = status_frame(StatusShown(HERE, Status.TYPING))
    text = status_frame(StatusShown(HERE, Status.TYPING, "Looking"))

    assert (typing.seq, json.loads(typing.json)) == (None, {"type": "typing", "on": True})
    assert json.loads(text.json) == {"type": "status", "text": "Looking"}
    assert json.loads(status_frame(StatusShown(HERE, Status.IDLE)).json)["on"] is False
