"""What operations are told of the humans' queue; pure."""

from dataclasses import dataclass
from typing import ClassVar

from channels.base import ConversationId
from routing.request import TenantId
from routing.watching.events import Ending, Severity


@dataclass(frozen=True, slots=True)
class QueueOutOfSla:
    """A customer has waited for a human so long that a ticket was opened for him."""

    NAME: ClassVar[str] = "desk.out_of_sla"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    conversation: ConversationId
    """The one that is out of it last; how many there were is the count of the incident."""
    reason: str
    """Of the handoff."""
    waited_s: float
    """In seconds of opening hours."""
    ticket: str
    """Id of the ticket."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class QueueInSla:
    """Nobody waits longer than he should any more; ends the incident of `QueueOutOfSla`."""

    NAME: ClassVar[str] = "desk.in_sla"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = QueueOutOfSla.NAME
    tenant: TenantId

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


QueueEvent = QueueOutOfSla | QueueInSla
