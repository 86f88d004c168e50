"""Who talks to whom by SMS, and the ids made of their addresses: never the number itself. Pure."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from bot.sms.terms import SmsTerms
from channels.base import ConversationId
from channels.twilio.base import Address

CHANNEL = "sms"
"""Of the conversations; see `Head.channel`."""
WHATSAPP, RCS = "whatsapp:", "rcs:"
DIGEST_CHARS = 24
SHORT_CODE = re.compile(r"[0-9]{3,8}")
TOLL_FREE = re.compile(r"\+18(00|33|44|55|66|77|88)[0-9]{7}")
LONG_CODE_PER_S, TOLL_FREE_PER_S, SHORT_CODE_PER_S = 1.0, 3.0, 100.0
"""Segments. Source: Twilio's limits by kind of number."""
WHATSAPP_PER_S = 80.0
"""Messages. Source: WhatsApp's usual throughput of one sender."""


@dataclass(frozen=True, slots=True)
class Route:
    """Between which addresses a conversation goes."""

    ours: Address = field(repr=False)
    theirs: Address = field(repr=False)
    service: str = ""
    """The messaging service that our address is in, or empty."""

    @property
    def scope(self) -> str:
        """What an opt-out covers: the service where there is one, else the one number."""
        return self.service or self.ours

    @property
    def is_whatsapp(self) -> bool:
        """Whether it goes over WhatsApp, which has rules of its own."""
        return self.theirs.startswith(WHATSAPP)


class Names:
    """Makes ids out of addresses that nobody can turn back without the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"copilot:sms", hashlib.sha256)

    def conversation(self, route: Route) -> ConversationId:
        """Return the conversation of two addresses; over WhatsApp it is another one."""
        return ConversationId(f"{CHANNEL}-{self._digest('conversation', route.ours, route.theirs)}")

    def consent(self, route: Route) -> str:
        """Return the key of a customer's consent; an opt-out spans SMS, MMS and RCS."""
        return self._digest("consent", route.scope, route.theirs.removeprefix(RCS))

    def own(self, ours: Address) -> str:
        """Return the key of a number of ours, on whatever medium it is written to."""
        return self._digest("own", number_of(ours))

    def sender(self, route: Route) -> str:
        """Return the key of what is paced together: a number, or a service's numbers."""
        return self._digest("sender", route.scope)

    def signed(self, row_id: str) -> str:
        """Return a row's id as it goes out into the world; see `opened`."""
        return f"{row_id}.{self._digest('row', row_id)}"

    def opened(self, signed: str) -> str | None:
        """Return the id of a row that we have signed; None for anything else."""
        row_id, _, seal = signed.rpartition(".")
        is_ours = hmac.compare_digest(seal.encode(), self._digest("row", row_id).encode())
        return row_id if is_ours else None

    def _digest(self, purpose: str, *parts: str) -> str:
        text = "\0".join((purpose, *parts))
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:DIGEST_CHARS]


def number_of(address: Address) -> str:
    """Return the number alone: nobody else has it on WhatsApp or RCS."""
    return address.rpartition(":")[2]


def per_s_of(route: Route, terms: SmsTerms) -> float:
    """Return how many segments may leave our address in a second."""
    ours = route.ours
    if terms.per_s:
        return terms.per_s
    if route.is_whatsapp:
        return WHATSAPP_PER_S
    if SHORT_CODE.fullmatch(ours):
        return SHORT_CODE_PER_S
    return TOLL_FREE_PER_S if TOLL_FREE.fullmatch(ours) else LONG_CODE_PER_S
