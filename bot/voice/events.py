"""What operations are told of calls: typed facts without personal data; pure."""

from dataclasses import dataclass
from typing import ClassVar

from channels.base import ConversationId
from routing.request import TenantId
from routing.watching.events import Ending, Severity


@dataclass(frozen=True, slots=True)
class VoiceSlow:
    """In one call the first word came later than it should."""

    NAME: ClassVar[str] = "voice.slow"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    conversation: ConversationId
    p95_s: float
    budget_s: float
    turns: int

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""
