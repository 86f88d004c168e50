"""Server-sent events out of bytes, however the bytes were cut."""

from dataclasses import dataclass

from routing.errors import FailureKind, ModelFailed

MOST_FRAME_BYTES = 1 << 20
"""The longest frame that is taken; the most that is held back is one byte more."""
BOM = b"\xef\xbb\xbf"


@dataclass(slots=True, unsafe_hash=True)
class ServerEvent:
    """One event with data; changed by nobody.

    Not declared frozen: there is one for every token, and making a frozen one takes twice as long.
    """

    event: bytes
    """Its type; empty when the frame names none."""
    data: bytes
    """Lines joined by a line feed; may be any bytes, and UTF-8 is never cut."""


class SseSplitter:
    """Splits a byte stream into events.

    Law: the concatenated output is the same however the input was cut. Takes LF, CRLF and CR,
    comments, `data` on several lines, a byte order mark, and fields it does not know. What is
    unfinished when the stream ends is not an event.

    Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.
    """

    def __init__(self, most_frame_bytes: int = MOST_FRAME_BYTES) -> None:
        self._most = most_frame_bytes
        self._buffer = bytearray()
        self._searched = 0
        self._ended_with_cr = False
        self._is_at_start = True
        self._is_too_long = False

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Return the events that this piece completes, in order.

        Raises:
            ModelFailed: MALFORMED, a frame before this piece is longer than the bound, or this
                piece begins with the rest of one.
        """
        buffer = self._buffer
        buffer += self._with_line_feeds(piece)
        if self._is_at_start and not self._passed_start():
            return []
        events = []
        start = 0
        end = buffer.find(b"\n\n", self._searched)
        while end >= 0 and not self._is_too_long:
            self._is_too_long = end - start > self._most
            event = None if self._is_too_long else event_of(bytes(buffer[start:end]))
            if event is not None:
                events.append(event)
            start = end + 2
            end = buffer.find(b"\n\n", start)
        del buffer[:start]
        self._searched = max(len(buffer) - 1, 0)
        self._is_too_long = self._is_too_long or len(buffer) > self._most + 1
        if self._is_too_long and not events:
            raise ModelFailed(FailureKind.MALFORMED)
        return events

    def _with_line_feeds(self, piece: bytes) -> bytes:
        if self._ended_with_cr and piece.startswith(b"\n"):
            piece = piece[1:]
            self._ended_with_cr = False
        if not piece:
            return piece
        self._ended_with_cr = piece.endswith(b"\r")
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return piece

    def _passed_start(self) -> bool:
        """Drop a byte order mark; False while there may be half of one."""
        if BOM.startswith(self._buffer[:3]) and len(self._buffer) < len(BOM):
            return False
        if self._buffer.startswith(BOM):
            del self._buffer[: len(BOM)]
        self._is_at_start = False
        return True


def event_of(frame: bytes) -> ServerEvent | None:
    """Return the event of one frame, lines parted by line feeds; None when it has no data."""
    event = b""
    lines = []
    for line in frame.split(b"\n"):
        if line.startswith(b"data:"):
            lines.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line.startswith(b"event:"):
            event = line[6:].strip()
        elif line == b"data":
            lines.append(b"")
    if not lines:
        return None
    return ServerEvent(event, lines[0] if len(lines) == 1 else b"\n".join(lines))
