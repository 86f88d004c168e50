"""What can go wrong while a run with tools goes on.

RoutingError
├── SchemaRefused     a tool's schema uses what is not checked here
├── ToolFailed        the tool could not do it; carries whether it may have been done all the same
└── RunOver           the run is not current any more: nothing may be done in its name
"""

from routing.errors import RoutingError, RoutingRefused


class SchemaRefused(RoutingRefused):
    """A tool's schema cannot be checked in full, so the tool is not offered at all."""


class ToolFailed(RoutingError):
    """A tool did not do what it was asked; the text is for the model, without personal data."""

    def __init__(self, text: str, *, may_have_run: bool = True) -> None:
        self.text = text
        self.may_have_run = may_have_run
        """False: nothing was done, so that the same call may be made again."""
        super().__init__(text)


class RunOver(RoutingError):
    """Somebody else has the floor, or the turn was superseded; the call was not made."""
