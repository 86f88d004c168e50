"""What is said in calls that humans handle, from the vendor's transcripts into the log."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from bot.errors import BotError, StoreFailed
from bot.humans.escalation import Reason
from bot.humans.handoff import Handoffs, Reply
from bot.humans.human import Human
from bot.humans.typed import cleaned
from bot.stores.base import HeadOf, Owner
from bot.stores.cabinet import Cabinet, Entry
from bot.voice.after.aligned import Sentence
from bot.voice.after.written_after import WrittenAfter
from bot.voice.calls import Known, Leaving
from bot.voice.parts import VoiceParts
from bot.voice.transfer import TELEPHONE, Transfers
from channels.base import Said
from channels.errors import ChannelError
from channels.voice.endings import TranscriptionEvent, TranscriptionKind, is_set_aside

log = logging.getLogger("copilot.voice")
PIECE, TRANSCRIPT, QUARANTINE = "voice.piece", "voice.transcript", "voice.quarantine"
"""Kinds in the cabinet: what is not in the log yet, where a transcript stands, what is nobody's."""
WINDOW_S = 1.0
"""So long a piece waits for earlier ones that are still on their way."""
AGAIN_S = 2.0
KEPT = timedelta(days=7)
CUSTOMER = "inbound_track"


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that was said, whole."""

    sid: str
    """Of the transcript."""
    call: str
    track: str
    sequence: int
    text: str

    @property
    def key(self) -> str:
        """What is the same however often it is told, and sorts in order."""
        return f"{self.sid}-{self.track}-{self.sequence:012d}"


class Transcripts:
    """Takes what the vendor tells, in any order and twice, and writes it down in order and once.

    A piece is in the cabinet before the vendor is answered, so that nothing is lost with us. It
    waits for earlier ones for a moment; what comes later than that is written down late.
    """

    def __init__(self, parts: VoiceParts, handoffs: Handoffs, cabinet: Cabinet) -> None:
        self._services = parts.services
        self._handoffs = handoffs
        self._accept = parts.accept
        self._with_digits = parts.with_digits
        self._after = WrittenAfter(parts.services, parts.scratch_key)
        self._cabinet = cabinet
        self._calls = parts.calls
        self._wait = parts.wait
        self._transfers = Transfers(parts.services, handoffs)
        self._ripe: dict[str, float] = {}
        self._woken = asyncio.Event()
        self._writing = asyncio.Lock()

    async def take(self, event: TranscriptionEvent) -> None:
        """Take one event, durably.

        Raises:
            StoreFailed: the disk failed.
        """
        known = await self._calls.find(event.call)
        is_ours = known is not None and known.leaving is Leaving.TRANSFER and not known.is_over
        stopped_at = await self._stopped_at(event.sid)
        if is_set_aside(event, is_ours, stopped_at):
            await self._set_aside(event)
        elif event.kind is TranscriptionKind.STOPPED:
            value = json.dumps({"stopped_at": event.sequence or 0})
            now = self._services.clock.now()
            await self._cabinet.put(Entry(TRANSCRIPT, event.sid, value, now))
        elif event.kind is TranscriptionKind.ERROR:
            log.warning("voice.transcript_failed", extra={"code": event.error_code})
        elif event.is_final and event.text and event.track and event.sequence is not None:
            piece = Piece(event.sid, event.call, event.track, event.sequence, event.text)
            await self._keep(piece)

    async def knows(self, call: str) -> bool:
        """Return whether a call has been ours.

        Raises:
            StoreFailed: the disk failed.
        """
        return bool(call) and await self._calls.find(call) is not None

    async def take_sentences(self, call: str, sid: str, sentences: Sequence[Sentence]) -> None:
        """Write down what of a transcript that was made after the call is not in the log yet.

        Of a call that was with the bot alone the log has everything.

        Raises:
            StoreFailed: the disk failed; may be told again.
        """
        known = await self._calls.find(call)
        if known is None or known.leaving is not Leaving.TRANSFER:
            log.info("voice.transcript_known")
            return
        await self.write(call)
        said = [replace(one, text=self._with_digits(one.text, known.language)) for one in sentences]
        written = await self._after.write(known.conversation, sid, said)
        fields = {"conversation": known.conversation, "sentences": written}
        log.info("voice.transcript_written", extra=fields)

    async def run(self) -> None:
        """Write down what has waited long enough, for ever."""
        while True:
            self._woken.clear()
            now = self._services.clock.monotonic()
            if self._ripe and min(self._ripe.values()) <= now:
                await self.write(is_all=False)
            if not self._ripe:
                await self._woken.wait()
            else:
                ripe_at = min(self._ripe.values())
                await self._wait(asyncio.Event(), max(0.0, ripe_at - now))

    async def recover(self) -> None:
        """Find what another process has left.

        Raises:
            StoreFailed: the disk failed.
        """
        for entry in await self._cabinet.find(PIECE):
            self._note(_piece(entry))

    async def write(self, call: str = "", *, is_all: bool = True) -> None:
        """Write down what waits, of one call or of all; what is not ripe only if `is_all`."""
        async with self._writing:
            noted = tuple(self._ripe)
            try:
                waiting = sorted(
                    (_piece(entry) for entry in await self._cabinet.find(PIECE)),
                    key=lambda piece: (piece.sid, piece.sequence, piece.track),
                )
            except StoreFailed:
                self._put_off(noted)
                return
            # What another process has written down meanwhile is awaited no more.
            for key in set(noted).difference(piece.key for piece in waiting):
                self._ripe.pop(key, None)
            wanted = [one for one in waiting if call in ("", one.call)]
            ready = wanted if is_all else self._ready(wanted)
            for piece in ready:
                await self._write(piece)

    async def prune(self) -> int:
        """Forget what is old; returns how much."""
        before = self._services.clock.now() - KEPT
        gone = await self._cabinet.remove(TRANSCRIPT, None, before)
        return gone + await self._cabinet.remove(QUARANTINE, None, before)

    def _ready(self, waiting: Sequence[Piece]) -> list[Piece]:
        """Return the ripe pieces, and with each the earlier ones of its transcript."""
        now = self._services.clock.monotonic()
        ripe: dict[str, int] = {}
        for piece in waiting:
            if self._ripe.get(piece.key, now) <= now:
                ripe[piece.sid] = max(piece.sequence, ripe.get(piece.sid, -1))
        return [piece for piece in waiting if piece.sequence <= ripe.get(piece.sid, -1)]

    async def _write(self, piece: Piece) -> None:
        try:
            await self._tell(piece)
            await self._cabinet.remove(PIECE, piece.key)
        except (BotError, ChannelError) as failure:
            log.warning("voice.piece_failed", extra={"class": type(failure).__name__})
            self._put_off((piece.key,))
        else:
            self._ripe.pop(piece.key, None)

    async def _tell(self, piece: Piece) -> None:
        known = await self._calls.find(piece.call)
        if known is None:
            return
        said = self._with_digits(piece.text, known.language)
        if known.is_over:
            # Nobody is asked anew, and nobody answers, because of a piece that is late.
            head = (await self._services.store.find(HeadOf(known.conversation)))[0]
            late = Sentence(piece.sequence, piece.track == CUSTOMER, said)
            await self._after.add(head, piece.key, late)
            return
        human = await self._human(known)
        if piece.track == CUSTOMER:
            await self._accept(known.conversation, Said(piece.key, said))
            return
        text = await cleaned(self._services, known.conversation, human, said)
        await self._handoffs.reply(known.conversation, human, Reply(text, key=piece.key))

    async def _human(self, known: Known) -> Human:
        """Return who has the conversation; the telephone, if nobody has it yet."""
        head = (await self._services.store.find(HeadOf(known.conversation)))[0]
        if head.owner is Owner.HUMAN:
            return TELEPHONE if head.human == TELEPHONE.id else Human(head.human, head.human)
        await self._transfers.begin(known.conversation, Reason.EXPLICIT_REQUEST)
        return TELEPHONE

    async def _keep(self, piece: Piece) -> None:
        entry = Entry(PIECE, piece.key, json.dumps(asdict(piece)), self._services.clock.now())
        if await self._cabinet.put(entry, is_new=True):
            self._note(piece)

    def _note(self, piece: Piece) -> None:
        self._ripe[piece.key] = self._services.clock.monotonic() + WINDOW_S
        self._woken.set()

    def _put_off(self, keys: Sequence[str]) -> None:
        again_at = self._services.clock.monotonic() + AGAIN_S
        self._ripe.update(dict.fromkeys(keys, again_at))

    async def _stopped_at(self, sid: str) -> int | None:
        found = await self._cabinet.find(TRANSCRIPT, sid)
        return int(json.loads(found[0].value)["stopped_at"]) if found else None

    async def _set_aside(self, event: TranscriptionEvent) -> None:
        """Keep, sealed and for a while, what belongs to nothing; a partial one not even that."""
        log.info("voice.set_aside", extra={"kind": event.kind.value})
        if event.kind is TranscriptionKind.CONTENT and not event.is_final:
            return
        value = json.dumps({"call": event.call, "kind": event.kind.value, "text": event.text})
        key = f"{event.call}-{event.sid}-{event.track}-{event.sequence}"
        now = self._services.clock.now()
        await self._cabinet.put(Entry(QUARANTINE, key, value, now), is_new=True)


def _piece(entry: Entry) -> Piece:
    fields = json.loads(entry.value)
    return Piece(
        sid=fields["sid"],
        call=fields["call"],
        track=fields["track"],
        sequence=fields["sequence"],
        text=fields["text"],
    )
