"""Whether a handoff that somebody acts on is still the one that there is."""

from bot.errors import BotRefused
from bot.humans.terms import DeskTerms, Mode
from bot.slack.target import Target
from bot.stores.base import Head, HeadOf, Owner, Store


class Over(BotRefused):
    """The handoff is over, or the conversation is not there; nothing was done."""


def check_held_here(terms: DeskTerms) -> None:
    """Check that conversations are held in Slack at all.

    Raises:
        BotRefused: cards are only alerts.
    """
    if terms.mode is Mode.ALERTS:
        raise BotRefused("cards are only alerts here: the conversation is held elsewhere")


async def head_of(store: Store, target: Target) -> Head:
    """Return the conversation of a handoff, whoever has it.

    Raises:
        Over: there is no such conversation, or a new episode has begun in it.
        StoreFailed: the disk failed.
    """
    heads = await store.find(HeadOf(target.conversation))
    if not heads:
        raise Over("there is no such conversation any more")
    if heads[0].episode != target.episode:
        raise Over("this card is of an earlier matter, which is over: look for a newer card")
    return heads[0]


async def with_desk(store: Store, target: Target) -> Head:
    """Return the conversation of a handoff that a human waits for, or has.

    Raises:
        Over: as for `head_of`, or the bot has it again.
        StoreFailed: the disk failed.
    """
    head = await head_of(store, target)
    if head.owner is Owner.BOT:
        raise Over("the bot has this conversation again, so the handoff is over")
    return head
