"""Whose turn it is in one call: what to do next when something happens. Pure.

The table is the whole of it. Time enters as `now` (seconds, monotonic); what is not yet over is an
instant in `Call`, and `due` says what happens when nothing else does.
"""

from dataclasses import dataclass, replace
from enum import Enum

from channels.errors import ChannelError


class IllegalMoment(ChannelError):
    """This cannot happen in this state: our own defect; nothing was changed."""


class State(Enum):
    """Where a call stands."""

    LISTENING = "listening"
    """Nothing is being said by us, and nothing is owed."""
    THINKING = "thinking"
    """The caller has said something, and nothing of the answer is sent yet."""
    SPEAKING = "speaking"
    """Words of the answer are going out."""
    TAIL = "tail"
    """All of it is sent, and still playing."""
    WITH_HUMAN = "with human"
    """A human answers, in writing: the bot is silent, and what he writes is spoken."""
    ENDING = "ending"
    """The last words are out; once they are played the call goes elsewhere, or ends."""


class Happened(Enum):
    """What can happen to a call."""

    SPOKE = "caller has spoken"
    STIRRED = "caller begins to speak"
    CUT_IN = "caller cuts in"
    BEGAN = "first words are sent"
    TOLD = "a fixed text is sent"
    SENT = "all is sent"
    PLAYED = "all is played"
    UNHEARD = "nothing is heard for too long"
    SILENT = "caller is silent"
    SILENT_AGAIN = "caller is silent again"
    SILENT_WAITING = "caller waits for a human"
    HUMAN_CAME = "human claims"
    HUMAN_LEFT = "human releases"
    LEAVES = "last words are sent"


class Effect(Enum):
    """What must be done."""

    TRUNCATE = "keep only what was heard"
    ACCEPT = "take what was said"
    FILL = "say a filler"
    ASK_AGAIN = "ask whether he is there"
    ASK_TO_HOLD = "ask him to hold the line"
    SAY_GOODBYE = "say goodbye"
    END = "end"


S, H, E = State, Happened, Effect
Row = tuple[State, tuple[Effect, ...]]

TABLE: dict[tuple[State, Happened], Row] = {
    (S.LISTENING, H.SPOKE): (S.THINKING, (E.ACCEPT,)),
    (S.LISTENING, H.STIRRED): (S.LISTENING, ()),
    (S.LISTENING, H.CUT_IN): (S.LISTENING, (E.TRUNCATE,)),
    (S.LISTENING, H.BEGAN): (S.SPEAKING, ()),
    (S.LISTENING, H.TOLD): (S.TAIL, ()),
    (S.LISTENING, H.SENT): (S.LISTENING, ()),
    (S.LISTENING, H.PLAYED): (S.LISTENING, ()),
    (S.LISTENING, H.SILENT): (S.TAIL, (E.ASK_AGAIN,)),
    (S.LISTENING, H.SILENT_AGAIN): (S.ENDING, (E.SAY_GOODBYE,)),
    (S.LISTENING, H.SILENT_WAITING): (S.TAIL, (E.ASK_TO_HOLD,)),
    (S.LISTENING, H.HUMAN_CAME): (S.WITH_HUMAN, ()),
    (S.LISTENING, H.HUMAN_LEFT): (S.LISTENING, ()),
    (S.LISTENING, H.LEAVES): (S.ENDING, ()),
    (S.THINKING, H.SPOKE): (S.THINKING, (E.ACCEPT,)),
    (S.THINKING, H.STIRRED): (S.THINKING, ()),
    (S.THINKING, H.CUT_IN): (S.THINKING, ()),
    (S.THINKING, H.BEGAN): (S.SPEAKING, ()),
    (S.THINKING, H.TOLD): (S.THINKING, ()),
    (S.THINKING, H.SENT): (S.TAIL, ()),
    (S.THINKING, H.PLAYED): (S.THINKING, ()),
    (S.THINKING, H.UNHEARD): (S.THINKING, (E.FILL,)),
    (S.THINKING, H.HUMAN_CAME): (S.WITH_HUMAN, ()),
    (S.THINKING, H.HUMAN_LEFT): (S.THINKING, ()),
    (S.THINKING, H.LEAVES): (S.ENDING, ()),
    (S.SPEAKING, H.SPOKE): (S.THINKING, (E.TRUNCATE, E.ACCEPT)),
    (S.SPEAKING, H.STIRRED): (S.SPEAKING, ()),
    (S.SPEAKING, H.CUT_IN): (S.LISTENING, (E.TRUNCATE,)),
    (S.SPEAKING, H.BEGAN): (S.SPEAKING, ()),
    (S.SPEAKING, H.TOLD): (S.SPEAKING, ()),
    (S.SPEAKING, H.SENT): (S.TAIL, ()),
    (S.SPEAKING, H.PLAYED): (S.SPEAKING, ()),
    (S.SPEAKING, H.UNHEARD): (S.SPEAKING, (E.FILL,)),
    (S.SPEAKING, H.HUMAN_CAME): (S.WITH_HUMAN, ()),
    (S.SPEAKING, H.HUMAN_LEFT): (S.SPEAKING, ()),
    (S.SPEAKING, H.LEAVES): (S.ENDING, ()),
    (S.TAIL, H.SPOKE): (S.THINKING, (E.TRUNCATE, E.ACCEPT)),
    (S.TAIL, H.STIRRED): (S.TAIL, ()),
    (S.TAIL, H.CUT_IN): (S.LISTENING, (E.TRUNCATE,)),
    (S.TAIL, H.BEGAN): (S.SPEAKING, ()),
    (S.TAIL, H.TOLD): (S.TAIL, ()),
    (S.TAIL, H.SENT): (S.TAIL, ()),
    (S.TAIL, H.PLAYED): (S.LISTENING, ()),
    (S.TAIL, H.HUMAN_CAME): (S.WITH_HUMAN, ()),
    (S.TAIL, H.HUMAN_LEFT): (S.TAIL, ()),
    (S.TAIL, H.LEAVES): (S.ENDING, ()),
    (S.WITH_HUMAN, H.SPOKE): (S.WITH_HUMAN, (E.ACCEPT,)),
    (S.WITH_HUMAN, H.STIRRED): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.CUT_IN): (S.WITH_HUMAN, (E.TRUNCATE,)),
    (S.WITH_HUMAN, H.BEGAN): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.TOLD): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.SENT): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.PLAYED): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.SILENT_WAITING): (S.WITH_HUMAN, (E.ASK_TO_HOLD,)),
    (S.WITH_HUMAN, H.HUMAN_CAME): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.HUMAN_LEFT): (S.LISTENING, ()),
    (S.WITH_HUMAN, H.LEAVES): (S.ENDING, ()),
    (S.ENDING, H.SPOKE): (S.ENDING, (E.ACCEPT,)),
    (S.ENDING, H.STIRRED): (S.ENDING, ()),
    (S.ENDING, H.CUT_IN): (S.ENDING, (E.TRUNCATE,)),
    (S.ENDING, H.BEGAN): (S.ENDING, ()),
    (S.ENDING, H.TOLD): (S.ENDING, ()),
    (S.ENDING, H.SENT): (S.ENDING, ()),
    (S.ENDING, H.PLAYED): (S.ENDING, (E.END,)),
    (S.ENDING, H.HUMAN_CAME): (S.ENDING, ()),
    (S.ENDING, H.HUMAN_LEFT): (S.ENDING, ()),
    (S.ENDING, H.LEAVES): (S.ENDING, ()),
}
"""Every legal pair."""

HURRIED = frozenset({H.SPOKE, H.CUT_IN})
"""What brings a caller back who was being told goodbye because he had said nothing."""
IDLE_S = 1.0
"""A turn that is over without a word is over after so long: another one may follow at once."""
SETTLE_S = 0.8
"""After the vendor says that we are silent, what was just sent may still begin."""
MOST_LATE_S = 15.0
"""How long after the time we reckon with the vendor may go on speaking."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How long everything takes in a call; seconds."""

    filler_after_s: float = 0.7
    """Nothing to hear after the caller has spoken: when the first filler comes."""
    refill_s: float = 1.5
    """Nothing to hear after something was heard, and more is owed: with the time that speech takes
    to begin, there are never three seconds of nothing."""
    silence_s: float = 20.0
    """A caller who says nothing for so long is asked whether he is there, then told goodbye."""
    hold_s: float = 20.0
    """A caller who waits for a human hears something this often."""
    chars_per_s: float = 14.0
    """Of speech, reckoned slow rather than fast: nobody is cut off in the last words."""


@dataclass(frozen=True, slots=True)
class Call:
    """The state of one call, with what the waiting needs; instants are monotonic seconds."""

    state: State = State.LISTENING
    asked_at: float = 0.0
    """When the caller was last heard, or began to be listened to."""
    firm_until: float = 0.0
    """Until when what was said plays, fillers not counted."""
    filler_until: float = 0.0
    has_filled: bool = False
    """The turn has had a filler, or another sign of life."""
    was_asked_again: bool = False
    is_waiting: bool = False
    """A human was asked for: nobody is told goodbye."""
    is_goodbye: bool = False
    """The call ends because the caller is silent."""
    is_speaking: bool = False
    """The vendor says so."""
    idle_since: float | None = None
    """The bot has stopped working on an answer since then."""
    is_over: bool = False


def step(call: Call, happened: Happened, now: float) -> tuple[Call, tuple[Effect, ...]]:
    """Return the call after something happened, and what must be done, in order.

    Raises:
        IllegalMoment: this cannot happen in this state; nothing was changed.
    """
    is_back = call.is_goodbye and happened in HURRIED and call.state is S.ENDING
    state = S.TAIL if is_back else call.state
    row = TABLE.get((state, happened))
    if row is None:
        raise IllegalMoment(f"{happened.name} cannot happen in {state.name}")
    after, effects = row
    changed = replace(call, state=after, is_goodbye=call.is_goodbye and not is_back)
    if E.END in effects:
        changed = replace(changed, is_over=True)
    if E.SAY_GOODBYE in effects:
        changed = replace(changed, is_goodbye=True)
    if E.ASK_AGAIN in effects:
        changed = replace(changed, was_asked_again=True)
    if E.FILL in effects or (happened is H.TOLD and after is S.THINKING):
        changed = replace(changed, has_filled=True)
    return _timed(changed, happened, now), effects


def _timed(call: Call, happened: Happened, now: float) -> Call:
    match happened:
        case H.SPOKE:
            # Who speaks is heard alone: the vendor has stopped playing, unless it says otherwise.
            until = call.firm_until if call.is_speaking else now
            call = replace(call, firm_until=until, filler_until=until, idle_since=None)
            return replace(call, asked_at=now, was_asked_again=False, has_filled=False)
        case H.STIRRED:
            return replace(call, asked_at=max(now, call.asked_at))
        case H.CUT_IN:
            return replace(call, asked_at=now, firm_until=now, filler_until=now, is_speaking=False)
        case H.PLAYED | H.HUMAN_LEFT:
            return replace(call, asked_at=max(now, call.asked_at))
        case _:
            return call


def said(call: Call, chars: int, now: float, manners: Manners) -> Call:
    """Return the call after words were sent; they take the place of a filler that still plays."""
    begins = max(now, call.firm_until)
    return replace(call, firm_until=begins + chars / manners.chars_per_s, filler_until=now)


def filled(call: Call, chars: int, now: float, manners: Manners) -> Call:
    """Return the call after a filler was sent."""
    return replace(call, filler_until=max(now, call.firm_until) + chars / manners.chars_per_s)


def spoke_on(call: Call, is_speaking: bool, now: float) -> Call:
    """Return the call after the vendor has said that we are being heard, or not any more."""
    if is_speaking:
        return replace(call, is_speaking=True)
    end = now + SETTLE_S
    return replace(
        call,
        is_speaking=False,
        firm_until=min(call.firm_until, end),
        filler_until=min(call.filler_until, end),
    )


def worked(call: Call, is_working: bool, now: float) -> Call:
    """Return the call after the bot has begun, or stopped, to work on an answer."""
    return replace(call, idle_since=None if is_working else now)


def playing_until(call: Call) -> float:
    """Return when we reckon that nothing is to be heard of us any more."""
    end = max(call.firm_until, call.filler_until)
    return end + MOST_LATE_S if call.is_speaking else end


def due(call: Call, manners: Manners) -> tuple[float, Happened] | None:
    """Return what happens next if nothing else does, and when; None for nothing, ever."""
    if call.is_over:
        return None
    end = playing_until(call)
    match call.state:
        case S.TAIL | S.ENDING:
            return end, H.PLAYED
        case S.LISTENING:
            silent_at = max(call.asked_at, end) + manners.silence_s
            if call.is_waiting:
                return max(call.asked_at, end) + manners.hold_s, H.SILENT_WAITING
            return silent_at, H.SILENT_AGAIN if call.was_asked_again else H.SILENT
        case S.WITH_HUMAN:
            return max(call.asked_at, end) + manners.hold_s, H.SILENT_WAITING
        case S.THINKING | S.SPEAKING:
            return _owed(call, end, manners)


def _owed(call: Call, end: float, manners: Manners) -> tuple[float, Happened]:
    """Return what happens when an answer is owed and does not come."""
    is_heard = call.state is S.SPEAKING or call.has_filled or end > call.asked_at
    after_s = manners.refill_s if is_heard else manners.filler_after_s
    unheard = max(call.asked_at, end) + after_s, H.UNHEARD
    if call.state is S.THINKING and call.idle_since is not None:
        return min(unheard, (call.idle_since + IDLE_S, H.SENT), key=lambda one: one[0])
    return unheard


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for docs/twilio.md."""
    lines = ["stateDiagram-v2", "    [*] --> listening"]
    for (state, happened), (after, effects) in TABLE.items():
        if state is after and not effects:
            continue
        does = f" / {', '.join(effect.value for effect in effects)}" if effects else ""
        lines.append(f"    {_node(state)} --> {_node(after)}: {happened.value}{does}")
    return "\n".join(lines)


def _node(state: State) -> str:
    return state.value.replace(" ", "_")
