"""Shortcuts: a message is sent on purpose, or kept as a note; the next one is taken.

Their callback ids are in the manifest: `send_to_customer`, `keep_as_note` and `save_as_faq` on a
message, `take_next` anywhere.
"""

from dataclasses import dataclass

from bot.errors import BotRefused
from bot.humans.faq import FaqDrafts
from bot.humans.human import Human
from bot.slack.asides import Asides
from bot.slack.clicks import Shortcut, Spot, shortcut_of, word_of
from bot.slack.desk.actions import claimed
from bot.slack.desk.heard import Heard, is_over
from bot.slack.desk.menu import kept_as_faq
from bot.slack.desk.receipts import Receipts, receipts_of
from bot.slack.desk.sending import NOTED, Sending
from bot.slack.desk.standing import Over, check_held_here, head_of
from bot.slack.desk.taking import Taking
from bot.slack.desk.thread_rules import Floor, Note, ToCustomer, ruling_on
from bot.slack.parts import SlackParts
from bot.slack.rooms import Room
from bot.slack.target import Target
from bot.slack.threads import SaidAs
from channels.slack.base import Json, Listeners, TeamId

SEND_TO_CUSTOMER, KEEP_AS_NOTE, SAVE_AS_FAQ, TAKE_NEXT = (
    "send_to_customer",
    "keep_as_note",
    "save_as_faq",
    "take_next",
)
NOT_UNDER_A_CARD = "that message is not under the card of a conversation"
A_NOTE = "that is a note, or nothing that a human has said: it is not sent to the customer"


@dataclass(frozen=True, slots=True)
class _Meant:
    """A message under a card, and what becomes of it if it is sent."""

    heard: Heard
    ruling: ToCustomer | Note


class Shortcuts:
    """Acts on shortcuts; a message is said once, whichever way it was sent."""

    def __init__(self, parts: SlackParts, receipts: Receipts | None = None) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._receipts = receipts or receipts_of(parts)
        self._sending = Sending(parts, self._receipts)
        self._taking = Taking(parts)
        self._faq = FaqDrafts(parts.services)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            shortcuts={
                SEND_TO_CUSTOMER: self._send,
                KEEP_AS_NOTE: self._keep,
                SAVE_AS_FAQ: self._save,
                TAKE_NEXT: self._take,
            }
        )

    async def _send(self, team: TeamId, payload: Json) -> None:
        shortcut = shortcut_of(team, payload)
        if shortcut is None:
            return
        try:
            await self._say(shortcut)
        except BotRefused as refused:
            await self._asides.refuse(shortcut.spot, refused)

    async def _say(self, shortcut: Shortcut) -> None:
        meant = await self._meant(shortcut)
        heard, parts = meant.heard, self._parts
        if not isinstance(meant.ruling, ToCustomer):
            raise BotRefused(A_NOTE)
        said = await parts.threads.said(heard.room, heard.ts)
        if said is not None and said.message_id == heard.written.message_id:
            return
        head = await head_of(parts.services.store, heard.target)
        if is_over(head, heard.target):
            raise Over("this matter is over")
        await claimed(parts.handoffs, head.conversation, await self._human(heard.spot))
        head = await head_of(parts.services.store, heard.target)
        await self._sending.send(heard, meant.ruling.text, meant.ruling.files, head)

    async def _keep(self, team: TeamId, payload: Json) -> None:
        shortcut = shortcut_of(team, payload)
        if shortcut is None:
            return
        try:
            meant = await self._meant(shortcut)
            await self._note(meant)
        except BotRefused as refused:
            await self._asides.refuse(shortcut.spot, refused)

    async def _note(self, meant: _Meant) -> None:
        heard, parts = meant.heard, self._parts
        said = await parts.threads.said(heard.room, heard.ts)
        if said is not None and said.message_id == heard.written.message_id:
            raise BotRefused("the customer has been sent that message already")
        if said is None:
            text = meant.ruling.text
            await self._sending.note(heard, text, meant.ruling.files)
        noted = SaidAs(heard.target.conversation, NOTED)
        await parts.threads.remember(heard.room, heard.ts, noted)
        await self._asides.tell(heard.spot, "Kept as a note. The customer never sees it.")

    async def _save(self, team: TeamId, payload: Json) -> None:
        shortcut = shortcut_of(team, payload)
        if shortcut is None:
            return
        try:
            heard = (await self._meant(shortcut)).heard
            message_id, human = heard.written.message_id, await self._human(heard.spot)
            question = await self._faq.keep(heard.target.conversation, human, message_id)
        except BotRefused as refused:
            await self._asides.refuse(shortcut.spot, refused)
            return
        await self._asides.tell(shortcut.spot, kept_as_faq(question))

    async def _take(self, team: TeamId, payload: Json) -> None:
        shortcut = shortcut_of(team, payload)
        if shortcut is None:
            return
        try:
            check_held_here(self._parts.terms)
        except BotRefused as refused:
            await self._asides.refuse(shortcut.spot, refused)
            return
        human = await self._human(shortcut.spot)
        head = await self._taking.next(team, shortcut.trigger, human)
        if head is None:
            await self._asides.tell(shortcut.spot, "Nobody waits.")
            return
        target = Target(head.conversation, head.episode)
        await self._asides.tell(shortcut.spot, await self._taking.told(target))

    async def _meant(self, shortcut: Shortcut) -> _Meant:
        """Return what a message would be if its author had the word.

        Raises:
            BotRefused: it is under no card, or cards are only alerts.
        """
        spot, message = shortcut.spot, shortcut.message
        check_held_here(self._parts.terms)
        target = await self._parts.threads.at(Room(spot.team, spot.channel), spot.thread)
        if target is None:
            raise BotRefused(NOT_UNDER_A_CARD)
        installed = await self._parts.installations.find(spot.team)
        bot_user = installed[0].bot_user if installed else ""
        author = word_of(message, "user")
        floor = Floor(spot.thread, author, bot_user=bot_user)
        ruling = ruling_on(message, floor)
        if not isinstance(ruling, ToCustomer | Note):
            raise BotRefused(A_NOTE)
        return _Meant(Heard(target, spot, word_of(message, "ts")), ruling)

    async def _human(self, spot: Spot) -> Human:
        return await self._parts.people.human(spot.team, spot.user)


def listeners(parts: SlackParts) -> Listeners:
    """Return what the shortcuts listen to."""
    return Shortcuts(parts).listeners()
