"""What the relay's socket and the application say to each other about one call. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Interruptible = Literal["", "none", "dtmf", "speech", "any"]
"""What may cut a text short; empty leaves it to what the TwiML says."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The caller is on the line: the first thing the relay says, once per socket."""

    session: str
    """Of this socket, `VX…`; a second socket of the same call has another one."""
    call: str
    """`CA…`; the same for as long as the caller is on the phone."""
    account: str
    sender: str = field(repr=False)
    """The caller's address (raw)."""
    to: str = field(repr=False)
    """The number that was called (raw)."""
    direction: str
    """`inbound` or `outbound-api`, as the vendor says it."""
    parameters: Mapping[str, str] = field(repr=False)
    """What we put into the TwiML as `<Parameter>`, our token among it."""
    is_second: bool
    """This call has been connected before: no greeting, and the conversation goes on."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the caller said (raw); act on it only where `is_last`.

    A partial holds everything since the last final one, not what came on top.
    """

    text: str = field(repr=False)
    lang: str
    """As the vendor writes it, such as `en-US`; empty if unsaid."""
    is_last: bool


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller cut in: playback has stopped, and the vendor dropped all that was queued."""

    heard: str = field(repr=False)
    """What was spoken of the utterance by then, in the vendor's spelling; may be empty."""
    after_ms: int | None
    """How long the utterance had been playing; None if unsaid."""


@dataclass(frozen=True, slots=True)
class Dtmf:
    """The caller pressed one key: `0`-`9`, `*` or `#`."""

    digit: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RelayError:
    """The vendor complains about something; the call goes on."""

    description: str = field(repr=False)
    """The vendor's words, which may quote what we sent."""
    code: int | None = None
    """The number in those words, such as 64107; None where there is none."""


@dataclass(frozen=True, slots=True)
class Info:
    """What the vendor tells only because the TwiML asks for events."""

    name: str
    """`agentSpeaking`, `clientSpeaking` (value `on` / `off`), `tokensPlayed` (the text that was
    really spoken, per clause), `roundTripDelayMs`."""
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is gone; told by `Callee.gone`, never read from a frame."""

    code: int


Heard = Prompt | Interrupted | Dtmf | RelayError | Info | Closed


@dataclass(frozen=True, slots=True)
class Text:
    """Words to speak, with the spaces that belong to them."""

    token: str = field(repr=False)
    is_last: bool = False
    """Ends a talk cycle; the token may then be empty."""
    lang: str = ""
    interruptible: Interruptible = ""
    is_preemptible: bool = False
    """May be cut by what is said next: for a filler, never for an answer."""


@dataclass(frozen=True, slots=True)
class Play:
    """A recording to play, queued behind speech."""

    source: str
    """An http(s) URL that the vendor fetches."""
    loop: int = 1
    """How often; 0 is a thousand times."""
    interruptible: Interruptible = ""
    is_preemptible: bool = False


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Keys to press on the line: `0`-`9`, `w`, `#`, `*`; queued behind speech."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Language:
    """The language from here on; an empty one stays as it was, and one of both is named."""

    tts: str = ""
    transcription: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Our side is done with the relay; the call goes on with what `action` answers."""

    handoff: str = ""
    """Comes back to `action` as `HandoffData`: a reference, never what was said."""


Said = Text | Play | SendDigits | Language | End


class Line(Protocol):
    """Our mouth on one call.

    Frames leave in the order in which they were said. After `end`, `close`, or the end of the
    socket everything said is dropped in silence: a call can end at any moment.
    """

    def say(self, frame: Said, generation: int) -> None:
        """Queue any frame but `End`; never waits, never raises because of the other side.

        The generation is looked at when the frame is written: one older than the last `cut` is
        dropped. A caller whose socket takes nothing loses the call, not our memory.
        """
        ...

    def cut(self, generation: int) -> None:
        """Drop everything of an older generation, also what is queued.

        When this returns, no frame of an older generation will be handed to the socket.
        """
        ...

    async def end(self, handoff: str = "") -> None:
        """Say `end` behind all that is queued; return once it is written, or nothing can be.

        The vendor then closes the socket; if it does not, we do.
        """
        ...

    async def close(self, code: int) -> None:
        """Close the socket with this code now; what is queued is dropped."""
        ...


class Callee(Protocol):
    """The application's side of one socket; made anew for each.

    `answered` is first and once, `gone` last and once, and never without `answered`. `heard` is
    called in the order of the wire, one at a time, also after `Line.end`.
    """

    async def answered(self, setup: Setup, line: Line) -> None:
        """Take the call. Nothing is read before this returns, so it does not wait for a model.

        Raises:
            ChannelError: it cannot be taken; the socket is closed with 1011, and `gone` not told.
        """
        ...

    async def heard(self, event: Heard) -> None:
        """Take what was heard; returns at once, since nothing is read before."""
        ...

    async def gone(self, code: int) -> None:
        """Know that the socket is closed, with this code; 1006 if nobody said one."""
        ...
