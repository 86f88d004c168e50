"""What can go wrong at a medium.

ChannelError
├── ChannelRefused    the caller's fault: carries a short code for the wire
├── ChannelBusy       our side cannot take it now: carries retry_after_s
└── ChannelFailed     the vendor of the medium failed
"""


class ChannelError(Exception):
    """Anything that this folder raises."""


class ChannelRefused(ChannelError):
    """What was asked cannot be done; `code` is a fixed word such as `unknown_site`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class ChannelBusy(ChannelError):
    """Not taken; try again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"try again in {retry_after_s} s")


class ChannelFailed(ChannelError):
    """The other side of the medium failed."""
