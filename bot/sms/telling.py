"""Tells the humans who have a conversation what did not reach the customer by SMS."""

from bot.humans.parcels import call_of
from bot.privacy.redact import fixed, joined, published
from bot.services import Services
from bot.stores.base import HeadOf, Owner, Write
from channels.base import ConversationId
from channels.twilio.codes import Action
from routing.request import Redacted

FILES_LEFT_OUT = fixed(
    "A file was not sent: text messages carry none. The customer has got the text only."
)
HAS_STOPPED = fixed("The customer has opted out of text messages (STOP): nothing reaches them now.")
OPTED_OUT = fixed(
    "Not sent: the customer has opted out of text messages (STOP). Please go another way."
)
UNDELIVERED: dict[Action, Redacted] = {
    Action.PERMANENT: fixed("Not delivered: this number takes no text messages."),
    Action.OPT_OUT: OPTED_OUT,
    Action.ONE_RETRY: fixed("Not delivered: the phone could not be reached, twice."),
    Action.NO_RESEND: fixed("Not delivered: the carrier has filtered the message."),
    Action.EXPIRED: fixed("Not delivered: the message waited too long and was dropped."),
    Action.NEEDS_TEMPLATE: fixed(
        "Not sent: the customer's last WhatsApp message is more than a day old, and no template "
        "is set up."
    ),
}
NOT_DELIVERED = fixed("Not delivered: the message did not reach the customer.")


def undelivered(action: Action, code: int) -> Redacted:
    """Return what humans are told of a message that did not arrive."""
    text = UNDELIVERED.get(action, NOT_DELIVERED)
    return joined((text, published(f"(Twilio {code})")), " ") if code else text


async def tell_desk(
    services: Services, conversation: ConversationId, name: str, text: Redacted
) -> None:
    """Show humans a line under the card, if they have the conversation.

    Args:
        services: of the application.
        conversation: that it is about.
        name: of the line: what has it is told once.
        text: what they are told.

    Raises:
        StoreFailed: the disk failed.
    """
    head = (await services.store.find(HeadOf(conversation)))[0]
    if head.owner is Owner.BOT:
        return
    now = services.clock.now()
    line = call_of(head, name, "", text, now)
    await services.scribe.write(Write(conversation, now, outbox=(line,), key=f"desk:{name}"))
    services.outbox.kick()
