"""Whether a request comes from Slack: its signature over the raw bytes, and its age."""

import hashlib
import hmac
import re

from channels.errors import ChannelRefused

WINDOW_S = 300.0
"""Source: Slack, "Verifying requests from Slack": more than five minutes off is a replay."""
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def verify(secret: str, body: bytes, timestamp: str, signature: str, now: float) -> None:
    """Return if Slack has signed this body lately; `now` is in Unix seconds.

    Raises:
        ChannelRefused: `bad_timestamp`, `stale` or `bad_signature`; nothing else, whatever was
            sent.
    """
    if not _SECONDS.fullmatch(timestamp):
        raise ChannelRefused("bad_timestamp")
    if abs(now - int(timestamp)) > WINDOW_S:
        raise ChannelRefused("stale")
    # As bytes: comparing text that is not ASCII raises, and headers may hold any byte.
    sent = signature.encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(sent, sign(secret, body, timestamp).encode("ascii")):
        raise ChannelRefused("bad_signature")


def sign(secret: str, body: bytes, timestamp: str) -> str:
    """Return what Slack writes into `X-Slack-Signature`."""
    signed = b"v0:" + timestamp.encode("ascii") + b":" + body
    return "v0=" + hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()
