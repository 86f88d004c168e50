"""Server-sent events, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import FailureKind, ModelFailed
from routing.sse import ServerEvent, SseSplitter

STREAMS: list[tuple[str, bytes, list[ServerEvent]]] = [
    ("one event", b"event: ping\ndata: {}\n\n", [ServerEvent(b"ping", b"{}")]),
    ("no space after the colon", b"event:ping\ndata:{}\n\n", [ServerEvent(b"ping", b"{}")]),
    ("only data", b"data: a\n\ndata: b\n\n", [ServerEvent(b"", b"a"), ServerEvent(b"", b"b")]),
    ("CRLF", b"event: x\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n",
     [ServerEvent(b"x", b"1"), ServerEvent(b"", b"2")]),
    ("CR", b"data: 1\r\rdata: 2\r\r", [ServerEvent(b"", b"1"), ServerEvent(b"", b"2")]),
    ("mixed line ends", b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\n",
     [ServerEvent(b"", b"1"), ServerEvent(b"", b"2"), ServerEvent(b"", b"3")]),
    ("comments", b": keep-alive\n\n: hello\ndata: 1\n\n", [ServerEvent(b"", b"1")]),
    ("data on several lines", b"data: {\ndata: }\n\n", [ServerEvent(b"", b"{\n}")]),
    ("an empty data line", b"data\ndata: x\n\n", [ServerEvent(b"", b"\nx")]),
    ("fields that are not known", b"id: 7\nretry: 3\nfoo\ndata: 1\n\n", [ServerEvent(b"", b"1")]),
    ("an event without data", b"event: lonely\n\ndata: 1\n\n", [ServerEvent(b"", b"1")]),
    ("many blank lines", b"\n\n\ndata: 1\n\n\n\n\ndata: 2\n\n",
     [ServerEvent(b"", b"1"), ServerEvent(b"", b"2")]),
    ("a byte order mark", b"\xef\xbb\xbfdata: 1\n\n", [ServerEvent(b"", b"1")]),
    ("letters of several bytes", "data: für 5 € 🎉\n\n".encode(),
     [ServerEvent(b"", "für 5 € 🎉".encode())]),
    ("an unfinished event", b"data: 1\n\ndata: 2\n", [ServerEvent(b"", b"1")]),
    ("nothing", b"", []),
]  # fmt: skip
IDS = [name for name, _, _ in STREAMS]


def split(*pieces: bytes) -> list[ServerEvent]:
    splitter = SseSplitter()
    return [event for piece in pieces for event in splitter.feed(piece)]


@pytest.mark.parametrize(("name", "stream", "expected"), STREAMS, ids=IDS)
def test_a_stream_is_split_into_its_events(
    name: str, stream: bytes, expected: list[ServerEvent]
) -> None:
    assert split(stream) == expected


@pytest.mark.parametrize(("name", "stream", "expected"), STREAMS, ids=IDS)
def test_events_do_not_depend_on_where_the_stream_is_cut(
    name: str, stream: bytes, expected: list[ServerEvent]
) -> None:
    for cut in range(len(stream) + 1):
        assert split(stream[:cut], stream[cut:]) == expected
        assert split(stream[:cut], b"", stream[cut:]) == expected


@pytest.mark.parametrize(("name", "stream", "expected"), STREAMS, ids=IDS)
def test_events_come_out_of_single_bytes(
    name: str, stream: bytes, expected: list[ServerEvent]
) -> None:
    assert split(*(bytes([byte]) for byte in stream)) == expected


@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"data: ", b"data", b"event:", b"x", b":", b"\xef"]))
)
def test_events_do_not_depend_on_the_cuts_of_any_stream(parts: list[bytes]) -> None:
    assert split(*parts) == split(b"".join(parts))


def test_an_event_is_given_out_as_soon_as_its_blank_line_is_there() -> None:
    splitter = SseSplitter()

    assert splitter.feed(b"data: 1\n") == []
    assert splitter.feed(b"\n") == [ServerEvent(b"", b"1")]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_frame_above_the_bound_is_refused_and_those_before_it_are_not_lost(size: int) -> None:
    stream = b"data: 1\n\ndata: " + b"x" * 100 + b"\n\n"
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    splitter = SseSplitter(most_frame_bytes=50)
    events: list[ServerEvent] = []

    def feed_all() -> None:
        for piece in [*pieces, b"data: 2\n\n"]:
            events.extend(splitter.feed(piece))

    with pytest.raises(ModelFailed) as failed:
        feed_all()

    assert events == [ServerEvent(b"", b"1")]
    assert failed.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_frame_of_exactly_the_bound_is_taken(size: int) -> None:
    stream = b"data: " + b"x" * 44 + b"\n\n"
    splitter = SseSplitter(most_frame_bytes=50)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]

    assert [event for piece in pieces for event in splitter.feed(piece)] == [
        ServerEvent(b"", b"x" * 44)
    ]
