"""From the engine's progress to the journal: redacted, held back where needed, ended politely."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from bot.fixed.texts import Said, text_for
from bot.log import Citation
from bot.privacy.redact import Redactor, StreamRedactor, fixed, joined, stored
from bot.privacy.vault import Vault
from bot.transcript import normalised
from bot.turns.citations import citations_of
from bot.turns.journal import Journal
from bot.turns.sentence import end_after
from routing.execution.seam_text import ends_sentence
from routing.models.base import Cited, ToolCalled
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    SeamFailed,
)
from routing.reply import Reply
from routing.request import Passage, Redacted

SORRY = text_for(Said.BEGIN_AGAIN, "en")
Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the reply ended."""

    ended: Finished | Exhausted | None
    """None: the customer or a further message ended it."""
    is_repeat: bool = False
    """It would have said what was said before in this episode; nothing of it was shown."""
    fallbacks: tuple[FellBack, ...] = ()
    hit: Hit | None = None
    """The answer came from the cache."""
    is_enough: bool = False
    """It was as long as the medium takes, and ended with a sentence."""


class Speech:
    """Says one reply.

    What begins like an earlier answer of the episode is held back until it differs, so that the
    same answer is never shown twice.
    """

    def __init__(
        self,
        journal: Journal,
        redactor: Redactor,
        vault: Vault,
        earlier: frozenset[str],
        public: str,
    ) -> None:
        """Take the text that the company has published: its phone numbers may be said."""
        self.gather_s = 0.0
        """After a piece was said the model is not listened to for so long; in seconds."""
        self.fits: Fits | None = None
        """Whether an answer is short enough for the medium: it then ends before the sentence with
        which it is not, and is said by sentences. None: it is as long as the model wants."""
        self._journal = journal
        self._redactor = redactor
        self._vault = vault
        self._earlier = earlier
        self._public = public
        self._stream = StreamRedactor(redactor, vault, public)
        self._text = ""
        self._shown = 0
        self._answer_at = 0
        """Where in the text the present answer begins: after an apology it is not the start."""
        self._is_new = not earlier
        self._stop_after: int | None = None
        self._is_writing = False
        self._is_interrupted = False
        self._is_enough = False
        self._cited: dict[int, Cited] = {}
        self._hit: Hit | None = None

    def finish_sentence(self) -> None:
        """Stop at the next end of a sentence."""
        if self._stop_after is None:
            self._stop_after = len(self._text)

    def interrupt(self, speaker: asyncio.Task[Spoken | None]) -> None:
        """Cancel the task that speaks; one that writes, as soon as the write is done."""
        self._is_interrupted = True
        if not self._is_writing:
            speaker.cancel()

    async def speak(self, run: Reply, sorry: Redacted = SORRY) -> Spoken:
        """Say what the engine yields, to its end or to the end of the sentence.

        Args:
            run: the engine's.
            sorry: what stands before an answer that begins anew where nothing can be taken back.
        """
        fallbacks: list[FellBack] = []
        ended: Finished | Exhausted | None = None
        async for progress in run:
            match progress:
                case Delta(text=text):
                    shown = self._shown
                    if self._say(self._stream.feed(text)):
                        break
                    if self._shown > shown:
                        await self._write()
                        # What comes meanwhile gathers in the connection, where it costs nothing.
                        await asyncio.sleep(self.gather_s)
                case Cited(n=n):
                    self._cited[n] = progress
                case FellBack(mend=mend):
                    fallbacks.append(progress)
                    await self._mended(mend, run, sorry)
                case SeamFailed(mend=mend):
                    await self._mended(mend, run, sorry)
                case Finished():
                    ended = progress
                    self._say(self._stream.flush())
                case Exhausted():
                    ended = progress
                    await self._give_up(progress)
                case Hit():
                    self._take_hit(progress)
                case Began() | Advised() | ToolCalled():
                    pass
                case _:
                    assert_never(progress)
        is_repeat = isinstance(ended, Finished) and self._is_repeat()
        if not is_repeat:
            self._show_rest()
        return Spoken(ended, is_repeat, tuple(fallbacks), self._hit, self._is_enough)

    def citations(self, passages: tuple[Passage, ...]) -> tuple[Citation, ...]:
        """Return the sources that the text names as `[n]`, in order of n.

        An answer from the cache brings its own passages.
        """
        passages = self._hit.passages if self._hit is not None else passages
        return citations_of(self._text[: self._shown], self._cited, passages)

    def _take_hit(self, hit: Hit) -> None:
        """Make ready for an answer from the cache: what it rests on is published, too."""
        self._hit = hit
        self._public = "\n".join(passage.text for passage in hit.passages)
        self._stream = StreamRedactor(self._redactor, self._vault, self._public)

    async def _mended(self, mend: Mend, run: Reply, sorry: Redacted) -> None:
        """Do with what was said as the engine says."""
        match mend:
            case Mend.UNSEEN:
                pass
            case Mend.CONTINUE:
                self._stream.forget_held()
                run.shown(self._slice(self._answer_at, len(self._text)))
            case Mend.RETRACT:
                await self._take_back()
            case Mend.APOLOGISE:
                self._break_off()
                if self._text:
                    self._say(joined((sorry, fixed("\n\n"))))
                    self._answer_at = len(self._text)
            case _:
                assert_never(mend)

    async def _give_up(self, ended: Exhausted) -> None:
        """Make room for what is said instead of an answer."""
        if ended.retract:
            await self._take_back()
            return
        if ended.attempts and ended.attempts[-1].failed is None:
            # A model came to its end, for a tool that nobody may use now: what it said is whole.
            self._say(self._stream.flush())
        self._break_off()

    def _break_off(self) -> None:
        """End what was said where it is, for something else follows in the same message."""
        self._stream.forget_held()
        if self._text and not ends_sentence(self._text):
            self._say(fixed("\u2026\n\n"))
        elif self._text:
            self._say(fixed("\n\n"))

    async def _write(self) -> None:
        self._is_writing = True
        try:
            await self._journal.write()
        finally:
            self._is_writing = False
        if self._is_interrupted:
            raise asyncio.CancelledError

    def _say(self, piece: Redacted) -> bool:
        """Take a piece; returns True when the reply is to stop here."""
        self._text += piece
        if self._stop_after is not None:
            end = end_after(self._text, self._stop_after)
            if end is not None:
                self._text = self._text[:end]
                self._show(end)
                return True
        if not self._is_new:
            so_far = normalised(self._text)
            self._is_new = not any(answer.startswith(so_far) for answer in self._earlier)
        if self._is_new and self.fits is None:
            self._show(len(self._text))
        elif self._is_new and self.fits is not None:
            return self._show_sentences(self.fits)
        return False

    def _show_sentences(self, fits: Fits) -> bool:
        """Show whole sentences as long as they fit; returns True when the reply is to stop here."""
        while (end := end_after(self._text, self._shown + 1)) is not None:
            if self._shown > self._answer_at and not fits(self._text[self._answer_at : end]):
                self._is_enough = True
                self._text = self._text[: self._shown]
                return True
            self._show(end)
        return False

    def _show_rest(self) -> None:
        """Show what is left at the end, unless the answer would then be too long."""
        is_begun = self._shown > self._answer_at
        if self.fits is not None and is_begun and not self.fits(self._text[self._answer_at :]):
            self._is_enough = True
            self._text = self._text[: self._shown]
        self._show(len(self._text))

    def _show(self, end: int) -> None:
        if end > self._shown:
            self._journal.say(self._slice(self._shown, end))
            self._shown = end

    def _slice(self, start: int, end: int) -> Redacted:
        """Return a part of what the redactor let through: still redacted."""
        return stored(self._text[start:end])

    async def _take_back(self) -> None:
        self._stream = StreamRedactor(self._redactor, self._vault, self._public)
        self._text, self._shown, self._answer_at = "", 0, 0
        self._is_new = not self._earlier
        self._cited.clear()
        await self._journal.reset()

    def _is_repeat(self) -> bool:
        return bool(self._text) and normalised(self._text) in self._earlier
