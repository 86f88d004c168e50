"""What the doctor says of Twilio, without asking it. Pure."""

from collections.abc import Iterator

from bot.doctor.findings import NOTE, OK, WRONG, Finding
from bot.settings import TwilioSettings

AGAIN = "#rc=2&rp=ct,rt,5xx"
"""Has Twilio deliver again what was not taken; neither sent nor signed."""
NOT_SET = (
    "not set: text messages and calls need TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM and "
    "COPILOT_PUBLIC_URL; docs/twilio.md says the rest"
)


def of_twilio(twilio: TwilioSettings | None, public_url: str) -> Iterator[Finding]:
    """Say what is set, and what belongs into the vendor's console; half a Twilio is refused."""
    if twilio is None:
        yield Finding(NOTE, "twilio", NOT_SET)
        return
    sends = f"from {twilio.sender}" if twilio.sender else f"by service {twilio.service}"
    signed = "the auth token and shared keys" if twilio.shared_keys else "the auth token"
    yield Finding(OK, "twilio", f"messages leave {sends}; webhooks are checked with {signed}")
    for about, path in (("a message comes in", "sms"), ("a call comes in", "voice")):
        url = f"{public_url}/channels/{path}{AGAIN}"
        yield Finding(OK, f"console, {about}", f"Webhook {url}, HTTP POST")
    if not public_url.startswith("https://"):
        yield Finding(
            WRONG,
            "COPILOT_PUBLIC_URL",
            f"{public_url} is without TLS: calls are relayed over wss:// alone, and what customers "
            "write would be sent in clear",
        )
