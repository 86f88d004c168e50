"""What can go wrong with Slack.

ChannelFailed               (channels/errors.py)
└── SlackFailed             a call to Slack did not do what was asked
    ├── SlackBusy           too often: nothing was done, try again in `retry_after_s`
    ├── SlackUnreachable    no answer, or 5xx; `is_unknown`: it may have been done all the same
    ├── SlackRevoked        our token is not valid in this workspace any more, or there is none
    └── SlackRefused        Slack said no; `error` is its word
"""

from channels.errors import ChannelFailed


class SlackFailed(ChannelFailed):
    """A call to Slack did not do what was asked."""


class SlackBusy(SlackFailed):
    """Nothing was done: too many calls of this kind."""

    def __init__(self, method: str, retry_after_s: float) -> None:
        super().__init__(f"{method} may be called again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class SlackUnreachable(SlackFailed):
    """Slack did not answer."""

    def __init__(self, method: str, is_unknown: bool) -> None:
        super().__init__(f"{method}: no answer")
        self.is_unknown = is_unknown
        """The request had left: whether it was done must be looked up before it is repeated."""


class SlackRevoked(SlackFailed):
    """Our token is not valid in this workspace any more, or we are not installed there."""


class SlackRefused(SlackFailed):
    """Slack said no."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error
        """Slack's own word, such as `channel_not_found`."""
