"""What operations are told of Slack itself: typed facts without personal data; pure."""

from dataclasses import dataclass
from typing import ClassVar

from channels.slack.base import TeamId
from routing.request import TenantId
from routing.watching.events import Ending, Severity


@dataclass(frozen=True, slots=True)
class SlackUnreachable:
    """Slack has not answered for a while."""

    NAME: ClassVar[str] = "slack.unreachable"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    failed: int
    """Calls that had no answer since the last one that had."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class SlackReachable:
    """Slack answers again; ends the incident of `SlackUnreachable`."""

    NAME: ClassVar[str] = "slack.reachable"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = SlackUnreachable.NAME
    tenant: TenantId
    down_s: float
    """From the first call without an answer, in seconds."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class SlackRevoked:
    """A workspace has taken our token back, or has uninstalled us."""

    NAME: ClassVar[str] = "slack.revoked"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    team: TeamId

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.team


@dataclass(frozen=True, slots=True)
class SlackAllowed:
    """A workspace has installed us again; ends the incident of its `SlackRevoked`."""

    NAME: ClassVar[str] = "slack.allowed"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = SlackRevoked.NAME
    tenant: TenantId
    team: TeamId

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.team


@dataclass(frozen=True, slots=True)
class SlackRoomLost:
    """A channel of cards or alerts is archived or gone, or the bot was removed from it."""

    NAME: ClassVar[str] = "slack.channel_lost"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    channel: str
    """Its id."""
    error: str
    """Slack's own word, such as `is_archived`."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.channel


@dataclass(frozen=True, slots=True)
class SlackRoomBack:
    """A channel can be used again; ends the incident of its `SlackRoomLost`."""

    NAME: ClassVar[str] = "slack.channel_back"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = SlackRoomLost.NAME
    tenant: TenantId
    channel: str

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.channel


@dataclass(frozen=True, slots=True)
class SlackLinkDisabled:
    """Slack has closed Socket Mode for good: nothing that humans do there reaches us.

    Nothing ends it but a restart with another token.
    """

    NAME: ClassVar[str] = "slack.link_disabled"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    error: str
    """Slack's own word, such as `link_disabled` or `invalid_auth`."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class SlackBehind:
    """What humans do in Slack is acted on much later than it should be."""

    NAME: ClassVar[str] = "slack.behind"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    late_s: float
    """From when it happened to when it was acted on, in seconds."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class SlackGivenUp:
    """Something that a human did in Slack was tried until the end, and has no effect."""

    NAME: ClassVar[str] = "slack.given_up"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    team: TeamId
    kind: str
    """`event`, `interaction` or `command`."""
    envelope: str
    """Its id, which is in the log."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.kind


@dataclass(frozen=True, slots=True)
class AlertSpilled:
    """Slack could not be told of an incident, so it is told here."""

    NAME: ClassVar[str] = "alerts.spilled"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    alert: str
    """Name of the incident's event."""
    incident: str
    """As `Alert.incident` has it, so that both can be matched."""
    happened: int
    """How often, so far."""
    reason: str
    """Why Slack was not told: `unreachable`, `revoked`, or Slack's own word."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.incident


OwnEvent = (
    SlackUnreachable
    | SlackReachable
    | SlackRevoked
    | SlackAllowed
    | SlackRoomLost
    | SlackRoomBack
    | SlackLinkDisabled
    | SlackBehind
    | SlackGivenUp
    | AlertSpilled
)
