import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelRefused
from channels.twilio.form import Form, read_form
from channels.voice.endings import (
    Ended,
    EndingTerms,
    Step,
    TranscriptionKind,
    ended_of,
    is_set_aside,
    next_step,
    transcription_of,
)

CALL = "CA" + "1" * 32
SID = "GT" + "3" * 32
PHONE = EndingTerms(number="+15550199")
QUEUE = EndingTerms(number="+15550199", queue="support")
NOBODY = EndingTerms()


def form(**fields: str) -> Form:
    return read_form(urlencode({"CallSid": CALL, "AccountSid": "AC1", **fields}).encode())


def ended(**fields: str) -> Ended:
    return ended_of(form(**{"SessionId": "VX1", "CallStatus": "in-progress", **fields}))


def lost(**fields: str) -> Ended:
    return ended(**{"SessionStatus": "failed", "ErrorCode": "64105", **fields})


def test_the_end_of_a_relay_is_read_from_a_form() -> None:
    assert ended(
        SessionStatus="ended", SessionDuration="42", HandoffData="transfer:7", New="field"
    ) == Ended(CALL, "VX1", "ended", "in-progress", "transfer:7", None, 42)
    assert lost().error_code == 64105
    assert ended(SessionStatus="Failed", ErrorCode="", SessionDuration="x").status == "failed"


@pytest.mark.parametrize("call", ["", "CA1", "../" + "1" * 31, CALL + "\n"])
def test_an_end_that_names_no_call_is_refused(call: str) -> None:
    with pytest.raises(ChannelRefused):
        ended_of(form(CallSid=call))


@pytest.mark.promise("V45")
@pytest.mark.parametrize(
    ("losses", "terms", "step"),
    [
        (0, PHONE, Step.RECONNECT),
        (1, PHONE, Step.RECONNECT),
        (2, PHONE, Step.DIAL),
        (9, PHONE, Step.DIAL),
        (2, QUEUE, Step.ENQUEUE),
        (2, NOBODY, Step.GOODBYE),
        (0, EndingTerms(0, "+15550199"), Step.DIAL),
    ],
)
def test_a_lost_socket_comes_back_twice_and_the_third_loss_goes_to_a_human(
    losses: int, terms: EndingTerms, step: Step
) -> None:
    assert next_step(lost(), losses, terms) is step
    assert next_step(lost(ErrorCode=""), losses, terms) is step, "the code may be missing"


@pytest.mark.parametrize("code", ["64101", "64102", "64104", "64107", "64108", "64109"])
def test_a_fault_that_would_come_again_goes_to_a_human_at_once(code: str) -> None:
    assert next_step(lost(ErrorCode=code), 0, PHONE) is Step.DIAL
    assert next_step(lost(ErrorCode=code), 0, NOBODY) is Step.GOODBYE


@pytest.mark.promise("V46")
def test_an_end_with_a_reference_is_a_transfer_and_one_without_a_goodbye() -> None:
    transfer = ended(SessionStatus="ended", HandoffData="transfer:7")
    assert transfer.handoff == "transfer:7"
    assert next_step(transfer, 0, PHONE) is Step.DIAL
    assert next_step(transfer, 0, QUEUE) is Step.ENQUEUE
    assert next_step(transfer, 0, NOBODY) is Step.GOODBYE
    assert next_step(ended(SessionStatus="ended"), 0, QUEUE) is Step.GOODBYE


@pytest.mark.promise("V47")
@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_call_that_is_over_is_told_nothing(status: str) -> None:
    for session in ("completed", "ended", "failed", "", "new-word"):
        over = ended(SessionStatus=session, CallStatus=status, HandoffData="transfer:7")

        assert next_step(over, 0, QUEUE) is Step.IGNORE


def test_a_completed_session_is_over_whatever_the_call_says() -> None:
    assert next_step(ended(SessionStatus="completed"), 0, QUEUE) is Step.IGNORE


def test_an_unknown_word_on_a_live_call_leaves_nobody_in_silence() -> None:
    assert next_step(ended(SessionStatus="new-word"), 0, PHONE) is Step.RECONNECT
    assert next_step(ended(SessionStatus=""), 2, PHONE) is Step.DIAL


def content(**fields: str) -> Form:
    data = {"transcript": "I lost my card", "confidence": 0.97}
    return form(
        **{
            "TranscriptionEvent": "transcription-content",
            "TranscriptionSid": SID,
            "Timestamp": "2026-01-02T03:04:05.678Z",
            "SequenceId": "4",
            "Track": "inbound_track",
            "Final": "true",
            "LanguageCode": "en-US",
            "TranscriptionData": json.dumps(data),
            **fields,
        }
    )


def test_a_piece_of_a_transcript_is_read_from_a_form() -> None:
    event = transcription_of(content())

    assert (event.kind, event.sid, event.call) == (TranscriptionKind.CONTENT, SID, CALL)
    assert (event.sequence, event.track, event.is_final) == (4, "inbound_track", True)
    assert (event.text, event.confidence) == ("I lost my card", 0.97)
    assert event.at == datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    assert (event.language, event.stability, event.error_code) == ("en-US", None, None)


def test_a_partial_result_is_not_final() -> None:
    event = transcription_of(content(Final="false", Stability="0.8"))

    assert not event.is_final
    assert event.stability == 0.8


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("transcription-started", TranscriptionKind.STARTED),
        ("transcription-stopped", TranscriptionKind.STOPPED),
        ("transcription-error", TranscriptionKind.ERROR),
        ("transcription-paused", TranscriptionKind.UNKNOWN),
        ("", TranscriptionKind.UNKNOWN),
    ],
)
def test_what_is_no_content_has_no_text(name: str, kind: TranscriptionKind) -> None:
    event = transcription_of(content(TranscriptionEvent=name, TranscriptionErrorCode="32650"))

    assert event.kind is kind
    assert (event.text, event.is_final, event.confidence) == ("", False, None)
    assert event.error_code == 32650


@pytest.mark.parametrize(
    "data",
    ["", "x", "[]", "null", "1", "{}", '{"transcript":null}', '{"transcript":1}', "[" * 15_000],
)
def test_a_transcript_that_cannot_be_read_is_empty(data: str) -> None:
    assert transcription_of(content(TranscriptionData=data)).text == ""


@pytest.mark.parametrize("confidence", [None, "x", True, -1, 2, 1e400, [], 10**400])
def test_a_confidence_that_makes_no_sense_is_none(confidence: object) -> None:
    data = json.dumps({"transcript": "yes", "confidence": confidence})

    assert transcription_of(content(TranscriptionData=data)).confidence is None


def test_numbers_in_a_transcript_may_be_strings() -> None:
    data = json.dumps({"transcript": "yes", "confidence": "0.5"})

    assert transcription_of(content(TranscriptionData=data)).confidence == 0.5


def test_odd_fields_of_a_transcript_are_left_out() -> None:
    event = transcription_of(
        content(SequenceId="-1", Track="both", Timestamp="yesterday", Stability="9")
    )

    assert (event.sequence, event.track, event.at, event.stability) == (None, "", None, None)
    assert transcription_of(content(Timestamp="2026-01-02T03:04:05")).at == datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=UTC
    )
    assert transcription_of(content(Timestamp="0001-01-01T00:00:00+23:00")).at is None


@pytest.mark.parametrize("missing", ["CallSid", "TranscriptionSid"])
def test_a_transcript_of_nobody_is_refused(missing: str) -> None:
    with pytest.raises(ChannelRefused):
        transcription_of(content(**{missing: ""}))


@pytest.mark.promise("V53")
def test_an_event_of_an_unknown_or_stopped_transcript_is_set_aside() -> None:
    fourth = transcription_of(content())

    assert not is_set_aside(fourth, is_known=True, stopped_at=None)
    assert is_set_aside(fourth, is_known=False, stopped_at=None)
    assert is_set_aside(fourth, is_known=True, stopped_at=3)
    assert not is_set_aside(fourth, is_known=True, stopped_at=9), "it only comes late"
    assert is_set_aside(transcription_of(content(SequenceId="")), True, stopped_at=9)
    assert is_set_aside(transcription_of(content(TranscriptionEvent="new")), True, None)


NAMES = st.sampled_from(
    [
        *("SessionId", "SessionStatus", "CallStatus", "ErrorCode", "SessionDuration"),
        *("HandoffData", "TranscriptionEvent", "TranscriptionData", "SequenceId", "Track"),
        *("Final", "Timestamp", "Stability", "LanguageCode", "TranscriptionErrorCode"),
    ]
)


@given(st.dictionaries(NAMES, st.text(max_size=30)))
def test_no_field_makes_the_readers_raise(fields: dict[str, str]) -> None:
    given = form(**fields | {"TranscriptionSid": SID})

    transcription_of(given)
    assert next_step(ended_of(given), 0, NOBODY) in Step
