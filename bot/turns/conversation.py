"""The state machine of one conversation: what to do next when something happens. Pure.

The table is the whole of it; the README's diagram is drawn from it. Time enters as `now` (seconds,
monotonic), and work that finishes late carries the number of its turn, so that a stale end is
ignored.
"""

from dataclasses import dataclass, replace
from enum import Enum

from bot.errors import IllegalEvent


class State(Enum):
    """Where a conversation stands."""

    IDLE = "idle"
    """Nothing to answer; costs no task."""
    GATHERING = "gathering"
    """The customer is speaking: waiting for quiet."""
    THINKING = "thinking"
    """A turn runs, and nothing of it is visible yet."""
    SPEAKING = "speaking"
    """The customer is reading the reply as it comes."""
    FINISHING = "finishing"
    """The reply was interrupted: it ends at the sentence."""
    WITH_HUMAN = "with human"
    """A human has the floor; the bot is silent."""


class Happened(Enum):
    """What can happen to a conversation."""

    SPOKE = "customer speaks"
    SPOKE_TOO_OFTEN = "customer speaks, merged twice already"
    TYPED = "customer types"
    QUIET_CAME = "quiet"
    TURN_SPOKE = "first text is visible"
    TURN_ENDED = "reply ends"
    TURN_ENDED_BEHIND = "reply ends, more was said"
    PRESSED_STOP = "customer presses stop"
    ASKED_FOR_HUMAN = "customer asks for a human"
    HUMAN_JOINED = "human claims"
    HUMAN_LEFT = "human releases"


class Effect(Enum):
    """What the manager must do."""

    WAIT = "wait for quiet"
    WAIT_LONGER = "wait while typing"
    START_TURN = "start turn"
    CANCEL_TURN = "cancel turn unseen"
    FINISH_SENTENCE = "finish sentence"
    STOP_TURN = "stop turn"
    HAND_OVER = "hand over"


S, H, E = State, Happened, Effect
Row = tuple[State, tuple[Effect, ...]]

TABLE: dict[tuple[State, Happened], Row] = {
    (S.IDLE, H.SPOKE): (S.GATHERING, (E.WAIT,)),
    (S.IDLE, H.TYPED): (S.IDLE, ()),
    (S.IDLE, H.PRESSED_STOP): (S.IDLE, ()),
    (S.IDLE, H.ASKED_FOR_HUMAN): (S.IDLE, (E.HAND_OVER,)),
    (S.IDLE, H.HUMAN_JOINED): (S.WITH_HUMAN, ()),
    (S.IDLE, H.HUMAN_LEFT): (S.IDLE, ()),
    (S.GATHERING, H.SPOKE): (S.GATHERING, (E.WAIT,)),
    (S.GATHERING, H.TYPED): (S.GATHERING, (E.WAIT_LONGER,)),
    (S.GATHERING, H.QUIET_CAME): (S.THINKING, (E.START_TURN,)),
    (S.GATHERING, H.PRESSED_STOP): (S.GATHERING, ()),
    (S.GATHERING, H.ASKED_FOR_HUMAN): (S.IDLE, (E.HAND_OVER,)),
    (S.GATHERING, H.HUMAN_JOINED): (S.WITH_HUMAN, ()),
    (S.GATHERING, H.HUMAN_LEFT): (S.GATHERING, ()),
    (S.THINKING, H.SPOKE): (S.GATHERING, (E.CANCEL_TURN, E.WAIT)),
    (S.THINKING, H.SPOKE_TOO_OFTEN): (S.THINKING, ()),
    (S.THINKING, H.TYPED): (S.THINKING, ()),
    (S.THINKING, H.TURN_SPOKE): (S.SPEAKING, ()),
    (S.THINKING, H.TURN_ENDED): (S.IDLE, ()),
    (S.THINKING, H.TURN_ENDED_BEHIND): (S.GATHERING, (E.WAIT,)),
    (S.THINKING, H.PRESSED_STOP): (S.THINKING, (E.STOP_TURN,)),
    (S.THINKING, H.ASKED_FOR_HUMAN): (S.IDLE, (E.CANCEL_TURN, E.HAND_OVER)),
    (S.THINKING, H.HUMAN_JOINED): (S.WITH_HUMAN, (E.CANCEL_TURN,)),
    (S.THINKING, H.HUMAN_LEFT): (S.THINKING, ()),
    (S.SPEAKING, H.SPOKE): (S.FINISHING, (E.FINISH_SENTENCE,)),
    (S.SPEAKING, H.TYPED): (S.SPEAKING, ()),
    (S.SPEAKING, H.TURN_ENDED): (S.IDLE, ()),
    (S.SPEAKING, H.TURN_ENDED_BEHIND): (S.GATHERING, (E.WAIT,)),
    (S.SPEAKING, H.PRESSED_STOP): (S.SPEAKING, (E.STOP_TURN,)),
    (S.SPEAKING, H.ASKED_FOR_HUMAN): (S.IDLE, (E.STOP_TURN, E.HAND_OVER)),
    (S.SPEAKING, H.HUMAN_JOINED): (S.WITH_HUMAN, (E.STOP_TURN,)),
    (S.SPEAKING, H.HUMAN_LEFT): (S.SPEAKING, ()),
    (S.FINISHING, H.SPOKE): (S.FINISHING, ()),
    (S.FINISHING, H.TYPED): (S.FINISHING, ()),
    (S.FINISHING, H.TURN_ENDED): (S.IDLE, ()),
    (S.FINISHING, H.TURN_ENDED_BEHIND): (S.GATHERING, (E.WAIT,)),
    (S.FINISHING, H.PRESSED_STOP): (S.FINISHING, (E.STOP_TURN,)),
    (S.FINISHING, H.ASKED_FOR_HUMAN): (S.IDLE, (E.STOP_TURN, E.HAND_OVER)),
    (S.FINISHING, H.HUMAN_JOINED): (S.WITH_HUMAN, (E.STOP_TURN,)),
    (S.FINISHING, H.HUMAN_LEFT): (S.FINISHING, ()),
    (S.WITH_HUMAN, H.SPOKE): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.TYPED): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.PRESSED_STOP): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.ASKED_FOR_HUMAN): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.HUMAN_JOINED): (S.WITH_HUMAN, ()),
    (S.WITH_HUMAN, H.HUMAN_LEFT): (S.IDLE, ()),
}
"""Every legal pair. A turn that is running when the state leaves THINKING, SPEAKING or FINISHING is
over as soon as its effect is carried out: its end then carries a stale number."""

BUSY = frozenset({S.THINKING, S.SPEAKING, S.FINISHING})
MOST_MERGES = 2
"""How often a message before the first visible text cancels the turn and is merged into it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for the customer to finish, and how long he may see nothing; seconds."""

    quiet_s: float = 0.8
    """Quiet after the last message before the bot answers."""
    longest_s: float = 4.0
    """Most that further messages can put the answer off, from the first one on."""
    typing_longest_s: float = 4.0
    """Most that a customer who is typing is waited for, from the first message on."""
    say_what_s: float = 2.5
    """Without text of the reply: when the status line says what is being done."""
    say_in_text_s: float = 8.0
    """Without text of the reply: when a sentence says it."""
    gather_s: float = 0.05
    """After a piece of the reply was shown: how long the next ones are gathered."""
    slack_quiet_s: float = 1.2
    """`quiet_s` in Slack, which does not tell that the customer is typing."""
    sms_quiet_s: float = 3.0
    """`quiet_s` by SMS: what was written in one go comes in parts, and in any order."""
    sms_longest_s: float = 8.0

    def on(self, channel: str) -> "Pace":
        """Return the pace on a channel.

        On the telephone the vendor knows when one has spoken; there nobody waits for words to come
        together, and in a text message nobody sees them come.
        """
        match channel:
            case "slack":
                return replace(self, quiet_s=self.slack_quiet_s)
            case "sms":
                quiet_s, longest_s = self.sms_quiet_s, self.sms_longest_s
                return replace(self, quiet_s=quiet_s, longest_s=longest_s, gather_s=0.0)
            case "voice":
                return replace(self, quiet_s=0.0, gather_s=0.0)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of one conversation, with what the waiting needs."""

    state: State = State.IDLE
    turn: int = 0
    """Number of the turn that was begun last."""
    merges: int = 0
    is_behind: bool = False
    """Something was said that the running turn does not cover."""
    burst_began: float = 0.0
    quiet_at: float | None = None
    """When the burst is over, monotonic; None unless GATHERING."""


def step(
    conversation: Conversation, happened: Happened, now: float, pace: Pace
) -> tuple[Conversation, tuple[Effect, ...]]:
    """Return the conversation after something happened, and what must be done, in order.

    Raises:
        IllegalEvent: this cannot happen in this state; nothing was changed.
    """
    is_merge = conversation.state is S.THINKING and happened is H.SPOKE
    if is_merge and conversation.merges >= MOST_MERGES:
        happened = H.SPOKE_TOO_OFTEN
    if happened is H.TURN_ENDED and conversation.is_behind:
        happened = H.TURN_ENDED_BEHIND
    row = TABLE.get((conversation.state, happened))
    if row is None:
        raise IllegalEvent(f"{happened.name} cannot happen in {conversation.state.name}")
    state, effects = row
    said_more = happened in (H.SPOKE, H.SPOKE_TOO_OFTEN) and state in BUSY
    after = replace(
        conversation,
        state=state,
        turn=conversation.turn + (E.START_TURN in effects),
        merges=_merges(conversation, happened, effects),
        is_behind=state in BUSY and (conversation.is_behind or said_more),
    )
    return _timed(after, conversation, effects, now, pace), effects


def _merges(before: Conversation, happened: Happened, effects: tuple[Effect, ...]) -> int:
    if E.CANCEL_TURN in effects and happened is H.SPOKE:
        return before.merges + 1
    if E.START_TURN in effects or happened in (H.SPOKE, H.SPOKE_TOO_OFTEN, H.TYPED):
        return before.merges
    return 0


def _timed(
    after: Conversation, before: Conversation, effects: tuple[Effect, ...], now: float, pace: Pace
) -> Conversation:
    """Set when the burst ends: quiet after the last sign of life, but never later than longest."""
    if after.state is not S.GATHERING:
        return replace(after, quiet_at=None)
    if E.WAIT not in effects and E.WAIT_LONGER not in effects:
        return after
    began = now if before.state is not S.GATHERING else before.burst_began
    if E.WAIT in effects:
        quiet_at = min(now + pace.quiet_s, began + pace.longest_s)
    else:
        quiet_at = began + pace.typing_longest_s
    return replace(after, burst_began=began, quiet_at=quiet_at)


def stopped_typing(conversation: Conversation, now: float, pace: Pace) -> Conversation:
    """Return the conversation after the customer stopped typing: quiet is near again."""
    if conversation.quiet_at is None:
        return conversation
    return replace(conversation, quiet_at=min(conversation.quiet_at, now + pace.quiet_s))


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for the README."""
    lines = ["stateDiagram-v2", "    [*] --> idle"]
    for (state, happened), (after, effects) in TABLE.items():
        if state is after and not effects:
            continue
        does = f" / {', '.join(effect.value for effect in effects)}" if effects else ""
        lines.append(f"    {_node(state)} --> {_node(after)}: {happened.value}{does}")
    return "\n".join(lines)


def _node(state: State) -> str:
    return state.value.replace(" ", "_")
