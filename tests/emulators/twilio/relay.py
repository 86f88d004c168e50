"""A caller for the app's ConversationRelay: rings, listens, interrupts, hangs up.

    from tests.emulators.twilio.relay import Account, Caller, calling

    async with calling(server, app_url, "+15550123", "+15550100") as caller:
        await caller.says("What does a card cost?", partials=("What does", "What does a card"))
        await caller.hears("one euro")

`server` is a `TwilioServer`, or an `Account()` where nothing else of Twilio is needed. The webhook
is `POST {app_url}/channels/voice`; everything is signed for `server.public_url`, and all addresses
in TwiML must be there. What TwiML says wrong raises `TwimlError`; what the app sends wrong is
answered as Twilio does, and stands in `caller.faults`.

Words: `says starts_to_say hears hears_out listens waits interrupts presses sends sends_raw drops
hangs_up connects_again until`. What has come of them: `spoken queued frames generations
interruptions faults twiml verbs transferred_to is_over ended close_code upgrade_status
first_token_after_s last_frame_of`, and behind all of it `caller.call`.

Time: `calling(…, clock=…)`, see play_clock.py. By default the caller's time goes only where the
caller listens, so a test of a barge-in takes no time and hits the word exactly: nothing is heard
until somebody `hears`, `listens`, `waits`. `chars_per_s` is how fast the voice speaks.

More: `vendor=Vendor(case=True)` for the spelling of reports; `signature=""` (none) or a wrong one
for the upgrade; `headers=` and `host=` of the upgrade, as a proxy would make them;
`sends_setup=False`; `fields={"CallerName": "X"}` of the webhook; `driver=` to share one between a
hundred callers. A `public_url` with a path is that of a proxy which takes the path off.

For a bench: `first_token_after_s`, `interruptions[-1].last_frame_after_s` and `Frame.real_at` are
in real seconds, whatever the clock is. A frame took about 30 microseconds of processor time, the
sending side of a small app included: measure from another process than the app's.

A call as it is written down: script.py. `<Start><Transcription>`: transcription.py.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping

from tests.emulators.twilio.account import Account, Signer
from tests.emulators.twilio.call import Call, Ended, Line, Post
from tests.emulators.twilio.caller import Caller
from tests.emulators.twilio.driver import Delivery, Driver, Webhook, pairs_of
from tests.emulators.twilio.hearing import Frame, Generation, Hearing, Interruption
from tests.emulators.twilio.play_clock import OwnClock, PlayClock, RealClock, TurnedClock
from tests.emulators.twilio.playback import CHARS_PER_S, Playback
from tests.emulators.twilio.server import TwilioServer
from tests.emulators.twilio.state import VoiceCall
from tests.emulators.twilio.twiml import TwimlError
from tests.emulators.twilio.vendor import Vendor

__all__ = [
    "Account",
    "Caller",
    "Ended",
    "Frame",
    "Generation",
    "Interruption",
    "OwnClock",
    "RealClock",
    "TurnedClock",
    "TwimlError",
    "Vendor",
    "calling",
]


@contextlib.asynccontextmanager
async def calling(
    server: Signer,
    app_url: str,
    sender: str,
    to: str,
    *,
    clock: PlayClock | None = None,
    chars_per_s: float = CHARS_PER_S,
    vendor: Vendor | None = None,
    fields: Mapping[str, str] | None = None,
    signature: str | None = None,
    sends_setup: bool = True,
    headers: Mapping[str, str] | None = None,
    host: str = "",
    driver: Driver | None = None,
) -> AsyncIterator[Caller]:
    """Call the app; at the end the socket is closed, and nobody is told.

    Raises:
        AssertionError: the webhook was not answered 200, or not with TwiML.
    """
    own = driver or Driver()
    hearing = Hearing(clock or OwnClock(), Playback(chars_per_s))
    line = Line(
        server, app_url, sender, to, fields or {}, signature, sends_setup, headers or {}, host
    )
    call = Call(line, hearing, poster(server, app_url, own))

    def changed(one: VoiceCall, params: dict[str, str]) -> None:
        if one.sid == call.sid:
            call.changed_by_rest(params)

    listeners = server.call_listeners if isinstance(server, TwilioServer) else []
    listeners.append(changed)
    try:
        await call.rings()
        yield Caller(call, vendor or Vendor())
    finally:
        listeners.remove(changed)
        await call.over()
        if driver is None:
            await own.close()


def poster(server: Signer, app_url: str, driver: Driver) -> Post:
    """Return what posts to the app: the server, so that it knows of the call, or a driver."""
    target = app_url.rstrip("/")

    async def post(url: str, fields: Mapping[str, str]) -> Delivery:
        if isinstance(server, TwilioServer):
            return await server.posts(url, fields, target=target)
        local = target + url.removeprefix(server.public_url.rstrip("/"))
        token = secrets.token_hex(8)
        webhook = Webhook(local, url, pairs_of(fields), token=token, secret=server.auth_token)
        return await driver.deliver(webhook)

    return post
