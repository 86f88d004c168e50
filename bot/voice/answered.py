"""A call that was answered on a socket, and where it stands then."""

from dataclasses import dataclass, replace

from bot.privacy.vault import Vault
from bot.stores.base import Head, Owner
from bot.voice.calls import Known
from channels.voice import base
from channels.voice.turn_taking import Call, Manners, State, said


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that was answered on a socket."""

    setup: base.Setup
    known: Known
    head: Head
    vault: Vault
    line: base.Line
    is_first: bool
    """The caller has just been greeted; else he goes on where the line was lost."""

    @property
    def seq(self) -> int:
        """Up to which the log was said."""
        if self.is_first:
            return self.head.head_seq
        return max(self.known.heard_up_to, self.head.asked_seq)

    @property
    def is_queued(self) -> bool:
        """Whether he was on his way to a human when the line was lost."""
        return not self.is_first and self.head.owner is Owner.QUEUE

    def standing(self, greeting_chars: int, now: float, manners: Manners) -> Call:
        """Return where the call stands.

        Args:
            greeting_chars: how much is being said to who is greeted.
            now: monotonic.
            manners: how long everything takes.
        """
        head = self.head
        call = Call(asked_at=now, is_waiting=head.owner is not Owner.BOT)
        if head.owner is Owner.HUMAN:
            return replace(call, state=State.WITH_HUMAN)
        if self.is_first:
            return replace(said(call, greeting_chars, now, manners), state=State.TAIL)
        is_owed = head.asked_seq > head.answered_seq
        return replace(call, state=State.THINKING if is_owed else State.LISTENING)
