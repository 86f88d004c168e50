"""`/support`: what it does and what it answers, for the one who has typed it alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.errors import BotRefused
from bot.humans.human import Human
from bot.humans.typed import cleaned
from bot.slack.acted import Acted
from bot.slack.asides import Asides
from bot.slack.blocks import safe, since
from bot.slack.clicks import Typed, typed_of
from bot.slack.desk import slash
from bot.slack.desk.actions import claimed
from bot.slack.desk.cards import MOST_WORD, called, reason_in_words
from bot.slack.desk.late import Lateness
from bot.slack.desk.slash import COMMAND, asked
from bot.slack.desk.standing import check_held_here
from bot.slack.desk.taking import Taking
from bot.slack.desk.theirs import Theirs
from bot.slack.desk.transcripts import Transcripts
from bot.slack.parts import SlackParts
from bot.slack.target import Target
from bot.stores.base import Head, Owner
from channels.base import ConversationId
from channels.slack.base import Json, Listeners, TeamId

MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who has typed a command."""

    team: TeamId
    human: Human
    wish: str
    """Of this one command: the same however often it comes."""


class Commands:
    """Answers the slash command. A command that comes again does nothing twice."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._acted = Acted(parts.cabinet, parts.services.clock)
        self._late = Lateness(parts.services, parts.terms)
        self._taking = Taking(parts)
        self._theirs = Theirs(parts)
        self._transcripts = Transcripts(parts)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(commands={COMMAND: self._listen})

    async def _listen(self, team: TeamId, fields: Json) -> None:
        typed = typed_of(team, fields)
        if typed is None:
            return
        try:
            answer = await self._answer(typed)
        except BotRefused as refused:
            await self._asides.refuse(typed.spot, refused)
            return
        await self._asides.tell(typed.spot, answer)

    async def _answer(self, typed: Typed) -> str:
        """Do what was asked, and return what to say about it."""
        wanted = asked(typed.text)
        if isinstance(wanted, slash.Help):
            return wanted.text
        if isinstance(wanted, slash.Take | slash.PauseBot | slash.Done):
            check_held_here(self._parts.terms)
        human = await self._parts.people.human(typed.spot.team, typed.spot.user)
        caller = _Caller(typed.spot.team, human, typed.trigger)
        match wanted:
            case slash.Status():
                return await self._status(caller)
            case slash.Who():
                return await self._who(caller)
            case slash.Take(""):
                return await self._take_next(caller)
            case slash.Take(conversation) | slash.PauseBot(conversation):
                return await self._take(caller, await self._named(caller, conversation))
            case slash.KeepNote(text):
                return await self._note(caller, text)
            case slash.Done(conversation):
                return await self._done(caller, conversation)
            case slash.Transcript(conversation):
                head = await self._named(caller, conversation)
                await self._transcripts.share(typed.spot, _target(head), typed.trigger)
                return "The transcript is under the card."
            case _:
                assert_never(wanted)

    async def _status(self, caller: _Caller) -> str:
        heads = await self._theirs.queue(caller.team)
        waiting = [head for head in heads if head.owner is Owner.QUEUE]
        mine = [head for head in heads if head.human == caller.human.id]
        late = [head for head in heads if await self._late.is_late(head)]
        counts = (
            f"*{len(waiting)}* waiting, *{len(late)}* late, "
            f"*{len(heads) - len(waiting)}* with humans, *{len(mine)}* with you."
        )
        return "\n".join((counts, *_listed(waiting, self._parts.services.clock.now())))

    async def _who(self, caller: _Caller) -> str:
        heads = await self._theirs.queue(caller.team)
        claimed_ones = [head for head in heads if head.owner is Owner.HUMAN]
        if not claimed_ones:
            return "Nobody has a conversation."
        lines = [f"• {called(head.human)}: {_name(head)}" for head in claimed_ones[:MOST_TOLD]]
        return "\n".join((*lines, *_more(claimed_ones)))

    async def _take_next(self, caller: _Caller) -> str:
        head = await self._taking.next(caller.team, caller.wish, caller.human)
        return await self._taking.told(_target(head)) if head else "Nobody waits."

    async def _take(self, caller: _Caller, head: Head) -> str:
        await claimed(self._parts.handoffs, head.conversation, caller.human)
        return await self._taking.told(_target(head))

    async def _note(self, caller: _Caller, text: str) -> str:
        if not await self._acted.has("note", caller.wish):
            head = await self._named(caller, "")
            clean = await cleaned(self._parts.services, head.conversation, caller.human, text)
            await self._parts.handoffs.note(head.conversation, caller.human, clean)
            await self._acted.remember("note", caller.wish)
        return "Noted. The customer never sees it; the bot takes it into account."

    async def _done(self, caller: _Caller, conversation: str) -> str:
        # Written down first: once it is resolved it is not the one that he has any more.
        wanted = await self._named(caller, conversation) if conversation else None
        mine = await self._mine(caller)
        only = mine[0].conversation if len(mine) == 1 else ""
        choice = await self._acted.chosen(
            "done", caller.wish, wanted.conversation if wanted else only
        )
        head = await self._named(caller, choice)
        if head.is_open:
            await self._parts.handoffs.resolve(head.conversation, caller.human)
        return f"{_name(head)} is resolved."

    async def _mine(self, caller: _Caller) -> Sequence[Head]:
        heads = await self._theirs.queue(caller.team)
        return [head for head in heads if head.human == caller.human.id]

    async def _named(self, caller: _Caller, conversation: str) -> Head:
        """Return the conversation that is named, or the only one that the caller has.

        Raises:
            BotRefused: it is not there, or he has none, or several.
        """
        if conversation:
            return await self._theirs.head(caller.team, ConversationId(conversation))
        mine = await self._mine(caller)
        if len(mine) == 1:
            return mine[0]
        if not mine:
            raise BotRefused(f"you have no conversation: claim one, or use {COMMAND} take")
        names = ", ".join(head.conversation for head in mine[:MOST_TOLD])
        raise BotRefused(f"you have several, say which one, or use its card: {names}")


def listeners(parts: SlackParts) -> Listeners:
    """Return what the slash command listens to."""
    return Commands(parts).listeners()


def _listed(waiting: Sequence[Head], now: datetime) -> list[str]:
    lines = [
        f"• {_name(head)}: {safe(reason_in_words(head.reason), MOST_WORD)}, waiting since "
        f"{since(head.waiting_since or now)}"
        for head in waiting[:MOST_TOLD]
    ]
    return [*lines, *_more(waiting)]


def _more(heads: Sequence[Head]) -> list[str]:
    return [f"And {len(heads) - MOST_TOLD} more."] if len(heads) > MOST_TOLD else []


def _name(head: Head) -> str:
    return f"`{safe(head.conversation, MOST_WORD)}` ({safe(head.channel, MOST_WORD)})"


def _target(head: Head) -> Target:
    return Target(head.conversation, head.episode)
