"""A call as it is written down, in the look of tests/transcripts, line by line.

    # a remark
    > what the caller says                         > (says) the same
    > (says) What does | What does it | What does it cost?      with partials, each longer
    > (starts) What does it                        a partial prompt, and nothing after it
    > (interrupts after "one euro") But for two?   cuts in there, then says the rest, if any
    > (interrupts) No!                             cuts in at once
    > (says over it) Yes, yes                      without the vendor's noticing a barge-in
    > (keys) 123#
    > (drops)   > (hangs up)   > (connects again)
    ~ 20 seconds                                   nobody says anything
    < what is heard: exactly, or with ... for anything
    ! transferred: +15550199                       ! hung up   ! failed   ! ended
    ! anything else                                is for who plays it: `Noted`

What a caller `<` hears begins where the last `<` ended or the caller spoke, and a caller who is not
interrupting hears the bot out before speaking.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from tests.emulators.twilio.caller import WITHIN_S, Caller

ACT = re.compile(r'> \((?P<act>[a-z ]+)(?: after "(?P<after>[^"]+)")?\) ?(?P<rest>.*)')
PAUSE = re.compile(r"~ (?P<number>\d+(?:\.\d+)?) (?P<unit>second|minute)s?")
SECONDS = {"second": 1.0, "minute": 60.0}
PARTIALS = " | "
ANYTHING = "..."


class ScriptError(ValueError):
    """A line cannot be read."""


@dataclass(frozen=True, slots=True)
class Says:
    """The caller says something."""

    text: str
    partials: tuple[str, ...] = ()
    is_over_it: bool = False


@dataclass(frozen=True, slots=True)
class Starts:
    """The caller begins to say something; no more than that is ever heard."""

    partial: str


@dataclass(frozen=True, slots=True)
class Interrupts:
    """The caller cuts in."""

    after: str
    """After these words; empty for at once."""
    then: str
    """What is said; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller presses keys."""

    keys: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Nobody says anything."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hears:
    """The caller hears something; `...` stands for anything."""

    words: str


@dataclass(frozen=True, slots=True)
class Happens:
    """The line itself: `drops`, `hangs up`, `connects again`."""

    what: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What happened behind the scenes."""

    what: str


Step = Says | Starts | Interrupts | Keys | Waits | Hears | Happens | Noted


@dataclass(frozen=True, slots=True)
class Played:
    """A step, and what came of it."""

    step: Step
    heard: str = ""
    """What was heard, for `Hears` and `Interrupts`."""
    first_token_after_s: float | None = None
    """In real seconds, for `Hears`: since the last final prompt."""


def read_script(text: str) -> tuple[Step, ...]:
    """Return a transcript as steps.

    Raises:
        ScriptError: a line is not one of those above.
    """
    lines = (line.strip() for line in text.splitlines())
    return tuple(step_of(line) for line in lines if line and not line.startswith("#"))


def read_script_file(path: Path) -> tuple[Step, ...]:
    """Return a file as steps."""
    return read_script(path.read_text("utf-8"))


def step_of(line: str) -> Step:
    """Return one line as a step."""
    if pause := PAUSE.fullmatch(line):
        return Waits(float(pause["number"]) * SECONDS[pause["unit"]])
    if line.startswith("< "):
        return Hears(line.removeprefix("< "))
    if line.startswith("! "):
        return Noted(line.removeprefix("! "))
    if act := ACT.fullmatch(line):
        return _act(line, act["act"], act["after"] or "", act["rest"])
    if line.startswith("> ") and not line.startswith("> ("):
        return Says(line.removeprefix("> "))
    raise ScriptError(f"{line!r} is no line of a call")


def _act(line: str, act: str, after: str, rest: str) -> Step:
    if after and act != "interrupts":
        raise ScriptError(f"{line!r}: only who interrupts does so after something")
    match act, rest:
        case ("says", said) if said:
            *partials, text = said.split(PARTIALS)
            return Says(text, tuple(partials))
        case ("says over it", said) if said:
            return Says(said, is_over_it=True)
        case ("starts", said) if said:
            return Starts(said)
        case ("interrupts", said):
            return Interrupts(after, said)
        case ("keys", keys) if re.fullmatch(r"[0-9*#]+", keys):
            return Keys(keys)
        case ("drops" | "hangs up" | "connects again", ""):
            return Happens(act)
        case _:
            raise ScriptError(f"{line!r} is no line of a call")


def fits(written: str, happened: str) -> bool:
    """Return whether what was heard is what is written, where `...` stands for anything."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in written.split(ANYTHING))
    return re.fullmatch(r".*".join(parts), happened.strip(), re.DOTALL) is not None


async def play(caller: Caller, step: Step, within_s: float = WITHIN_S) -> Played:
    """Do what a line says, or see that it has happened.

    Raises:
        AssertionError: it has not; not for a `Noted` of another kind, which nobody here knows.
    """
    match step:
        case Says(text, partials, is_over_it):
            await caller.says(text, partials, is_over_it=is_over_it)
        case Starts(partial):
            await caller.starts_to_say(partial)
        case Interrupts(after, then):
            cut = await caller.interrupts(after, within_s)
            if then:
                await caller.says(then)
            return Played(step, cut.heard)
        case Keys(keys):
            await caller.presses(keys)
        case Waits(seconds):
            await caller.waits(seconds)
        case Hears(words):
            heard = (await caller.hears(words, within_s)).strip()
            assert fits(words, heard), f"{heard!r} was heard, not {words!r}"
            return Played(step, heard, caller.first_token_after_s)
        case Happens(what):
            await _happens(caller, what)
        case Noted(what):
            await _sees(caller, what, within_s)
        case _:
            assert_never(step)
    return Played(step)


async def played(caller: Caller, script: str, within_s: float = WITHIN_S) -> list[Played]:
    """Play a whole transcript."""
    return [await play(caller, step, within_s) for step in read_script(script)]


async def _happens(caller: Caller, what: str) -> None:
    match what:
        case "drops":
            await caller.drops()
        case "hangs up":
            await caller.hangs_up()
        case "connects again":
            await caller.connects_again()
        case _:
            raise ScriptError(what)


async def _sees(caller: Caller, what: str, within_s: float) -> None:
    """See that something has happened to the call."""
    kind, _, rest = what.partition(": ")
    match kind:
        case "transferred":
            await caller.until(lambda: caller.transferred_to, within_s)
            happened = caller.transferred_to
            assert fits(rest or ANYTHING, happened), f"transferred to {happened!r}, not {rest!r}"
        case "hung up":
            await caller.until(lambda: caller.is_over, within_s)
        case "ended" | "failed":
            await caller.until(
                lambda: any(one.session_status == kind for one in caller.ended), within_s
            )
        case _:
            pass
