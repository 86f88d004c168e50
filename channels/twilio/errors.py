"""What can go wrong when Twilio is asked for something.

TwilioError
├── TwilioRefused    it was not done, and never will be as it is: carries Twilio's `code`
├── TwilioBusy       it was not done; may be asked again after `retry_after_s`
├── TwilioFailed     it was certainly not done: Twilio was never reached
└── TwilioUnclear    it may have been done: the answer was lost, late or a 5xx

No text of Twilio's or of a library's is carried: it repeats numbers and what was to be sent.
"""

from channels.errors import ChannelFailed


class TwilioError(ChannelFailed):
    """Anything that comes of asking Twilio."""


class TwilioRefused(TwilioError):
    """Twilio said no.

    `code` is its number for the reason (0: it gave none), `status` that of HTTP.
    """

    def __init__(self, code: int, status: int) -> None:
        self.code = code
        self.status = status
        super().__init__(f"refused with code {code}, status {status}")


class TwilioBusy(TwilioError):
    """Too many requests; nothing was done."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"busy, try again in {retry_after_s} s")


class TwilioFailed(TwilioError):
    """Nothing was done: the request never left, or asked for what we do not take."""


class TwilioUnclear(TwilioError):
    """Nobody knows whether it was done; to send again blindly may send twice."""
