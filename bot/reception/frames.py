"""The log as a customer's screen sees it: one frame per event. Pure.

Source: the web chat protocol `copilot.chat.v1`; field names are the wire's.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from bot.bus import Status, StatusShown
from bot.log import (
    Attachment,
    Author,
    Body,
    ChoicesOffered,
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
from channels.base import Frame
from routing.request import Redacted

Reveal = Callable[[Redacted], str]
"""Puts this customer's own values back, or leaves placeholders as they are."""
Fields = dict[str, object]


def as_stored(text: Redacted) -> str:
    """Reveal nothing: what everybody but the proven customer sees."""
    return text


def frame_of(event: Event, reveal: Reveal) -> Frame:
    """Return the frame of one event."""
    fields: Fields = {
        "seq": event.seq,
        "ts": event.at.isoformat(timespec="milliseconds"),
        "type": event.body.TYPE,
    }
    fields.update(_fields(event.body, reveal))
    return Frame(event.seq, event.body.TYPE, _dump(fields))


def status_frame(shown: StatusShown) -> Frame:
    """Return the unlogged frame of what the bot is doing."""
    if shown.text:
        return Frame(None, "status", _dump({"type": "status", "text": shown.text}))
    is_on = shown.status is Status.TYPING
    return Frame(None, "typing", _dump({"type": "typing", "on": is_on}))


def replay_frames(events: Sequence[Event], reveal: Reveal) -> tuple[Frame, ...]:
    """Return the frames of a replay; runs of deltas of one message become one."""
    frames: list[Frame] = []
    run: list[Event] = []
    for event in events:
        if isinstance(event.body, MessageDelta):
            if run and not _continues(run[-1], event):
                frames.append(_merged(run, reveal))
                run = []
            run.append(event)
            continue
        if run:
            frames.append(_merged(run, reveal))
            run = []
        frames.append(frame_of(event, reveal))
    if run:
        frames.append(_merged(run, reveal))
    return tuple(frames)


def snapshot_frame(events: Iterable[Event], head_seq: int, reveal: Reveal) -> Frame:
    """Return everything said so far in one frame; an unfinished message has status `open`."""
    messages: dict[str, Fields] = {}
    escalation: Fields | None = None
    for event in events:
        ts = event.at.isoformat(timespec="milliseconds")
        match event.body:
            case MessageAccepted(message_id=message_id):
                messages[message_id] = {
                    **_fields(event.body, reveal),
                    "author": Author.CUSTOMER.value,
                    "status": "done",
                    "ts": ts,
                }
            case MessageStarted(message_id=message_id, author=author):
                messages[message_id] = _opened(message_id, author, ts)
            case MessageDelta(message_id=message_id, i=i, text=text):
                message = messages[message_id]
                message["text"] = f"{message['text']}{reveal(text)}"
                message["i"] = i + 1
            case MessageReset(message_id=message_id):
                messages[message_id].update(text="", i=0)
            case MessageEnded(message_id=message_id):
                messages[message_id] = {**_fields(event.body, reveal), "ts": ts}
            case Escalation():
                escalation = _fields(event.body, reveal)
            case _:
                pass
    whole: Fields = {"type": "snapshot", "head_seq": head_seq, "messages": [*messages.values()]}
    if escalation is not None:
        whole["escalation"] = escalation
    return Frame(head_seq, "snapshot", _dump(whole))


def pending_frames(events: Sequence[Event], reveal: Reveal) -> tuple[Frame, ...]:
    """Return what still waits for the customer's answer: choices and the survey.

    A snapshot holds messages only; these follow it, without a seq since the log is past them.
    """
    waiting: dict[type[Body], Event] = {}
    for event in events:
        match event.body:
            case ChoicesOffered() | SurveyAsked():
                waiting[type(event.body)] = event
            case MessageAccepted() | SurveyAnswered():
                waiting.clear()
            case _:
                pass
    return tuple(
        Frame(
            None, event.body.TYPE, _dump({"type": event.body.TYPE, **_fields(event.body, reveal)})
        )
        for event in waiting.values()
    )


def _opened(message_id: str, author: Author, ts: str) -> Fields:
    return {
        "message_id": message_id,
        "author": author.value,
        "text": "",
        "status": "open",
        "i": 0,
        "ts": ts,
    }


def _continues(before: Event, event: Event) -> bool:
    return (
        isinstance(before.body, MessageDelta)
        and isinstance(event.body, MessageDelta)
        and before.body.message_id == event.body.message_id
    )


def _merged(run: Sequence[Event], reveal: Reveal) -> Frame:
    first, last = run[0].body, run[-1]
    assert isinstance(first, MessageDelta)
    fields: Fields = {
        "seq": last.seq,
        "ts": last.at.isoformat(timespec="milliseconds"),
        "type": MessageDelta.TYPE,
        "message_id": first.message_id,
        "i": first.i,
        "text": "".join(
            reveal(event.body.text) for event in run if isinstance(event.body, MessageDelta)
        ),
    }
    return Frame(last.seq, MessageDelta.TYPE, _dump(fields))


def _fields(body: Body, reveal: Reveal) -> Fields:
    match body:
        case MessageAccepted():
            return _accepted_fields(body, reveal)
        case MessageStarted():
            return {"message_id": body.message_id, "author": body.author.value}
        case MessageDelta():
            return {"message_id": body.message_id, "i": body.i, "text": reveal(body.text)}
        case MessageEnded():
            return _ended_fields(body, reveal)
        case MessageReset():
            return {"message_id": body.message_id}
        case Escalation():
            named = {"name": body.name} if body.name else {}
            return {"state": body.state, **named}
        case Notice():
            return {"code": body.code, "text": reveal(body.text)}
        case ChoicesOffered():
            return {"items": [{"id": item.id, "label": item.label} for item in body.items]}
        case SurveyAsked():
            return {"episode": body.episode}
        case SurveyAnswered():
            return {"episode": body.episode, "score": body.score}
        case Feedback():
            return {"message_id": body.message_id, "value": body.value}
        case ConversationClosed():
            return {"reason": body.reason}
        case _:
            assert_never(body)


def _accepted_fields(body: MessageAccepted, reveal: Reveal) -> Fields:
    fields: Fields = {
        "client_id": body.client_id,
        "message_id": body.message_id,
        "text": reveal(body.text),
    }
    if body.attachments:
        fields["attachments"] = _files(body.attachments, reveal)
    return fields


def _ended_fields(body: MessageEnded, reveal: Reveal) -> Fields:
    fields: Fields = {
        "message_id": body.message_id,
        "text": reveal(body.text),
        "status": body.status,
        "author": body.author.value,
        "trace_id": body.trace_id,
    }
    if body.citations:
        fields["citations"] = [
            {"n": cited.n, "title": cited.title, "url": cited.url, "quote": cited.quote}
            for cited in body.citations
        ]
    if body.attachments:
        fields["attachments"] = _files(body.attachments, reveal)
    return fields


def _files(attachments: Sequence[Attachment], reveal: Reveal) -> list[Fields]:
    return [
        {
            "file_id": file.file_id,
            "name": reveal(file.name),
            "media_type": file.media_type,
            "size": file.size,
        }
        for file in attachments
    ]


def _dump(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
