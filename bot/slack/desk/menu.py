"""The menu of a card: a reply or a note in a form, the transcript, an FAQ draft."""

from bot.errors import BotRefused
from bot.humans.faq import FaqDrafts
from bot.humans.typed import cleaned
from bot.slack.acted import Acted
from bot.slack.asides import Asides, again
from bot.slack.blocks import quoted, safe
from bot.slack.clicks import Click, Spot, click_of, submitted_of
from bot.slack.desk import cards
from bot.slack.desk.cards import MORE, called
from bot.slack.desk.modals import NOTE_VIEW, KeepNote, entered, note_modal, send_modal
from bot.slack.desk.standing import head_of, with_desk
from bot.slack.desk.transcripts import Transcripts
from bot.slack.parts import SlackParts
from bot.slack.target import Place, Target, target_of
from channels.slack.base import Json, Listeners, TeamId

MOST_NOTE = 2_900
MOST_QUESTION = 300


class Menu:
    """Does the rare things. A note is shown to humans in the thread, and to nobody else."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._asides = Asides(parts.slack)
        self._acted = Acted(parts.cabinet, parts.services.clock)
        self._faq = FaqDrafts(parts.services)
        self._transcripts = Transcripts(parts)

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(actions={MORE: self._chosen}, views={NOTE_VIEW: self._submitted})

    async def _chosen(self, team: TeamId, payload: Json) -> None:
        click = click_of(team, payload)
        word, _, value = click.value.partition(":") if click else ("", "", "")
        target = target_of(value)
        if click is None or target is None:
            return
        try:
            await self._do(word, click, target)
        except BotRefused as refused:
            await self._asides.refuse(click.spot, refused)

    async def _do(self, word: str, click: Click, target: Target) -> None:
        place = Place(target, click.spot.channel, click.spot.thread)
        retry = again(MORE, click.value)
        match word:
            case cards.REPLY:
                await with_desk(self._parts.services.store, target)
                await self._asides.open(click.spot, click.trigger, send_modal(place, ""), retry)
            case cards.NOTE:
                await self._asides.open(click.spot, click.trigger, note_modal(place), retry)
            case cards.TRANSCRIPT:
                await self._transcripts.share(click.spot, target, click.trigger)
            case cards.FAQ:
                await head_of(self._parts.services.store, target)
                await self._keep_faq(click, target)
            case _:
                return

    async def _keep_faq(self, click: Click, target: Target) -> None:
        human = await self._parts.people.human(click.spot.team, click.spot.user)
        question = await self._faq.keep(target.conversation, human)
        await self._asides.tell(click.spot, kept_as_faq(question))

    async def _submitted(self, team: TeamId, payload: Json) -> None:
        submitted = submitted_of(team, payload)
        match entered(submitted.view) if submitted else None:
            case KeepNote(place, text) if submitted:
                spot = Spot(team, submitted.user, place.channel, place.thread)
                try:
                    await self._note(spot, place, text, submitted.id)
                except BotRefused as refused:
                    await self._asides.refuse(spot, refused)
            case _:
                return

    async def _note(self, spot: Spot, place: Place, text: str, view_id: str) -> None:
        conversation = place.target.conversation
        await head_of(self._parts.services.store, place.target)
        human = await self._parts.people.human(spot.team, spot.user)
        clean = await cleaned(self._parts.services, conversation, human, text)
        if not await self._acted.has("note", view_id):
            await self._parts.handoffs.note(conversation, human, clean)
            await self._acted.remember("note", view_id)
        thread = await self._parts.threads.of(place.target)
        is_here = thread is not None and thread.room.team == spot.team
        if thread is None or not is_here or await self._acted.has("note_shown", view_id):
            return
        shown = f":lock: Note by {called(human.id)}: {safe(clean, MOST_NOTE)}"
        where = {"channel": thread.room.channel, "thread_ts": thread.ts}
        await self._parts.slack.call(spot.team, "chat.postMessage", {**where, "text": shown})
        await self._acted.remember("note_shown", view_id)


def kept_as_faq(question: str) -> str:
    """Return what to say once a draft of an entry is kept."""
    return f":memo: Kept as a draft of an FAQ entry:\n{quoted(safe(question, MOST_QUESTION))}"


def listeners(parts: SlackParts) -> Listeners:
    """Return what the menu of a card listens to."""
    return Menu(parts).listeners()
