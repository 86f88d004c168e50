"""Whatever is sent into a live call of the whole product: no 500, nothing stored, it goes on."""

import json
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.twilio_place import PUBLIC
from tests.e2e.voice_place import ANSWER, ASKED, PAUSE, SlowTalker, VoicePlace, voice_place
from tests.e2e.voice_search import metrics_of
from tests.emulators.twilio.relay import Caller

pytestmark = pytest.mark.slow

HALVES = "Your new card arrives in five days. You", " can follow it in the app."
COSTS, ONE = "What does a card cost?", "It costs one euro."
PATHS = ("", "/end", "/transcript", "/human", "/after")
TAKEN = {200, 204, 400, 403, 404}
FOLDERS = count()
DEEP = '{"type":' * 2000

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
NOT_TEXT = st.none() | st.lists(st.text(max_size=4), max_size=2)
"""A number or a boolean is read as if it were written out."""
MORE = st.dictionaries(st.sampled_from(("lang", "value", "customParameters", "x")), JSON)
BAD = {"prompt": "voicePrompt", "dtmf": "digit", "info": "name"}
"""What a frame of the vendor's is nothing without."""
NEAR = st.one_of(
    st.builds(
        lambda kind, value, more: {**more, "type": kind, BAD[kind]: value, "last": True},
        st.sampled_from(tuple(BAD)),
        NOT_TEXT,
        MORE,
    ),
    st.builds(
        lambda kind, more: {**more, "type": kind},
        st.sampled_from(("setup", "pong", "text", "end", "error", "language", "\0", ""))
        | NOT_TEXT
        | st.integers(),
        MORE,
    ),
)
"""Frames that look like the vendor's and are not."""
RAW = st.one_of(
    st.binary(max_size=64),
    st.text(max_size=64),
    JSON.map(json.dumps),
    NEAR.map(json.dumps),
    NEAR.map(lambda frame: json.dumps(frame)[:-1]),
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ("CallSid", "SessionStatus", "CallStatus", "HandoffData", "ErrorCode", "QueueResult",
         "DialCallStatus", "TranscriptionSid", "TranscriptionEvent", "SequenceId", "Track",
         "Final", "TranscriptionData", "From", "To", "x")
    ),
    st.sampled_from(("CA" + "9" * 32, "GT" + "1" * 32, "failed", "transcription-content", "true"))
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=24),
    max_size=8,
)  # fmt: skip


async def kinds_of(place: VoicePlace, caller: Caller) -> list[str]:
    return [type(event.body).__name__ for event in await place.events(caller)]


@pytest.mark.promise("V42", "V43")
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    before=st.lists(RAW, min_size=20, max_size=60),
    during=st.lists(RAW, min_size=20, max_size=60),
    forms=st.lists(st.tuples(st.sampled_from(PATHS), FIELDS), min_size=10, max_size=20),
)
async def test_junk_in_a_live_call_is_not_answered_not_stored_and_no_error_of_ours(
    tmp_path: Path,
    before: list[str | bytes],
    during: list[str | bytes],
    forms: list[tuple[str, dict[str, str]]],
) -> None:
    folder = tmp_path / str(next(FOLDERS))
    folder.mkdir()
    model = SlowTalker(PAUSE.join(HALVES), {COSTS: ONE})
    async with voice_place(folder, model=model) as place, place.called() as caller:
        await caller.listens()
        kinds = await kinds_of(place, caller)
        for raw in (*before, DEEP):
            await caller.sends_raw(raw)
        await caller.says(ASKED)
        await caller.hears("five days")
        for raw in during:
            await caller.sends_raw(raw)
        statuses = set[int]()
        for path, fields in forms:
            posted = await caller.call.post(f"{PUBLIC}/channels/voice{path}", fields)
            statuses.add(posted.status)
        model.goes_on.set()
        heard = await caller.hears_out()
        await caller.says(COSTS)
        cost = await caller.hears_out()
        await place.rest()
        turn = await kinds_of(place, caller)
        counted = (await metrics_of(place)).decode()

        assert 'name="relay_ignored_bad_json"' in counted
        assert statuses <= TAKEN
        assert ANSWER.endswith(heard.strip())
        assert cost == ONE
        assert caller.close_code is None
        assert len(caller.call.sockets) == 1
        assert await place.said(caller) == [ASKED, COSTS]
        assert len(model.bodies) == 2
        assert turn[: len(kinds)] == kinds
        assert set(turn[len(kinds) :]) <= {
            "MessageAccepted", "MessageStarted", "MessageDelta", "MessageEnded"
        }  # fmt: skip
        assert {frame.type for frame in caller.frames} == {"text"}
