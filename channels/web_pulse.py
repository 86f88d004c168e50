"""When a connection has to be pinged, or given up: a pure judgement."""

from dataclasses import dataclass
from enum import Enum

from channels.web_terms import WebTimings


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known about a connection; monotonic seconds, None for what is not going on."""

    heard_at: float
    """Anything arrived, or we were not listening."""
    pinged_at: float
    """The last ping, or comment line of a stream, was written."""
    sending_since: float | None
    """A write waits for the reader since then."""
    closing_since: float | None
    """Our close frame is out since then."""
    is_listening: bool
    """False while a customer's act is being stored: pongs cannot be heard then."""


class Verdict(Enum):
    """What has to be done about a connection."""

    FINE = "fine"
    PING = "ping"
    SLOW = "slow"
    """Its reader has stopped reading: abort it."""
    SILENT = "silent"
    """Nobody is there any more: abort it."""
    LEFT_OPEN = "left_open"
    """The other side does not answer our close frame: abort it."""


def judge_socket(pulse: Pulse, timings: WebTimings, now: float) -> Verdict:
    """Return what to do about a socket at `now`."""
    if pulse.sending_since is not None:
        late = now - pulse.sending_since > timings.send_s
        return Verdict.SLOW if late else Verdict.FINE
    if pulse.closing_since is not None:
        late = now - pulse.closing_since > timings.close_s
        return Verdict.LEFT_OPEN if late else Verdict.FINE
    if pulse.is_listening and now - pulse.heard_at > timings.silence_s:
        return Verdict.SILENT
    return Verdict.PING if now - pulse.pinged_at >= timings.ping_s else Verdict.FINE


def judge_stream(pulse: Pulse, timings: WebTimings, now: float) -> Verdict:
    """Return what to do about an event stream at `now`; its reader never answers."""
    if pulse.sending_since is not None:
        late = now - pulse.sending_since > timings.send_s
        return Verdict.SLOW if late else Verdict.FINE
    return Verdict.PING if now - pulse.pinged_at >= timings.comment_s else Verdict.FINE
