"""What operations are told of text messages: typed facts without personal data; pure."""

from dataclasses import dataclass
from typing import ClassVar

from channels.base import ConversationId
from routing.request import TenantId
from routing.watching.events import Ending, Severity


@dataclass(frozen=True, slots=True)
class SmsOptOutFound:
    """Twilio refused a message because its receiver has opted out, of which we did not know."""

    NAME: ClassVar[str] = "sms.opt_out_found"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    conversation: ConversationId

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.conversation


@dataclass(frozen=True, slots=True)
class SmsNotDelivered:
    """A message did not arrive, or was not taken, and is not sent again."""

    NAME: ClassVar[str] = "sms.not_delivered"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    code: int
    """Twilio's; 0 where there is none."""
    action: str
    """What follows from the code; see `channels.twilio.codes.Action`."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return str(self.code)


@dataclass(frozen=True, slots=True)
class SmsSenderRefused:
    """Twilio takes nothing of us as we are now: keys, numbers or registration want mending."""

    NAME: ClassVar[str] = "sms.sender_refused"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    code: int

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return str(self.code)


@dataclass(frozen=True, slots=True)
class SmsLooped:
    """Two machines seem to answer each other: we are silent for a while."""

    NAME: ClassVar[str] = "sms.looped"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    conversation: ConversationId

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.conversation


@dataclass(frozen=True, slots=True)
class SmsGivenUp:
    """Something that a customer sent was tried until the end, and has no effect."""

    NAME: ClassVar[str] = "sms.given_up"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    message: str
    """Its SID, which is in the log."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


SmsEvent = SmsOptOutFound | SmsNotDelivered | SmsSenderRefused | SmsLooped | SmsGivenUp
