"""The person on the phone: what is said, pressed and heard. See relay.py for how to call."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.emulators.twilio.call import Call, Ended
from tests.emulators.twilio.hearing import Frame, Generation, Interruption
from tests.emulators.twilio.play_clock import PlayClock
from tests.emulators.twilio.relay_socket import SWITCHING
from tests.emulators.twilio.twiml import Element, read_twiml
from tests.emulators.twilio.vendor import Vendor

WITHIN_S = 5.0
LOOK_EVERY_S = 0.01
"""What happens in the app wakes nobody here."""
PARTIAL_EVERY_S = 0.25
FINAL_AFTER_S = 0.35
"""Source: reference/channels.md 2.2, as recorded on the live service."""


class Caller:
    """One caller, from the ringing to the end of the call.

    Waits are in real seconds (`within_s`), speech is in those of `clock`. Unless told otherwise a
    caller is polite: what is queued is heard out before something is said.
    """

    def __init__(self, call: Call, vendor: Vendor) -> None:
        self.call = call
        self.vendor = vendor
        self._mark = 0
        """What was heard before this place has been listened to."""
        call.hearing.tell = self._tells

    @property
    def clock(self) -> PlayClock:
        return self.call.hearing.clock

    @property
    def sid(self) -> str:
        """Return the CallSid."""
        return self.call.sid

    @property
    def frames(self) -> Sequence[Frame]:
        """Return every frame of the app, over all sockets."""
        return self.call.hearing.frames

    @property
    def generations(self) -> Sequence[Generation]:
        """Return what was said, by talk cycle; the greeting is one, without frames."""
        return self.call.hearing.generations

    @property
    def interruptions(self) -> Sequence[Interruption]:
        return self.call.hearing.interruptions

    @property
    def spoken(self) -> str:
        """Return everything that was heard so far."""
        return self.call.hearing.spoken

    @property
    def queued(self) -> str:
        """Return what was sent and is still to be heard."""
        return self.call.hearing.playback.queued(self.call.hearing.now)

    @property
    def is_spoken_to(self) -> bool:
        return self.call.hearing.playback.is_playing(self.call.hearing.now)

    @property
    def twiml(self) -> str:
        """Return the last TwiML, as it came."""
        return self.call.twiml.text

    @property
    def verbs(self) -> Sequence[Element]:
        """Return what was done of all TwiML that came."""
        return self.call.verbs

    @property
    def transferred_to(self) -> str:
        """Return the number, client or queue that the call went to; empty for none."""
        return self.call.transferred_to

    @property
    def is_over(self) -> bool:
        """Return whether the phone is back on the hook."""
        return self.call.is_over

    @property
    def ended(self) -> Sequence[Ended]:
        """Return what was posted to the action, with the answers."""
        return self.call.ended

    @property
    def close_code(self) -> int | None:
        """Return with what the last socket was closed; None while it is open."""
        return self.call.socket.close_code

    @property
    def upgrade_status(self) -> int:
        """Return how the last upgrade was answered; 101 for yes."""
        return self.call.socket.status

    @property
    def faults(self) -> Sequence[str]:
        """Return what was wrong with the app's frames."""
        return [frame.fault for frame in self.frames if frame.fault]

    @property
    def first_token_after_s(self) -> float | None:
        """Return the real seconds from the last final prompt to the first word; None for none."""
        prompts = self.call.hearing.prompts_at
        if not prompts:
            return None
        spoken = (frame for frame in self.frames if frame.type == "text" and frame.token)
        first = next((frame for frame in spoken if frame.real_at >= prompts[-1]), None)
        return None if first is None else first.real_at - prompts[-1]

    def last_frame_of(self, generation: int) -> Frame | None:
        """Return the last frame of a generation, by its number from 1; None for none."""
        return next(iter(self.generations[generation - 1].frames[-1:]), None)

    async def until(self, condition: Callable[[], object], within_s: float = WITHIN_S) -> None:
        """Wait until this is true, whoever makes it so.

        Raises:
            AssertionError: it was not in time, or the app has done something wrong.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not condition():
            assert not self.call.problem, self.call.problem
            left_s = deadline - loop.time()
            if left_s <= 0:
                raise AssertionError(f"not in {within_s:g} s; {self.call.describe()}")
            self.call.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, LOOK_EVERY_S)):
                    await self.call.changed.wait()

    async def says(
        self,
        text: str,
        partials: Sequence[str] = (),
        lang: str = "",
        is_over_it: bool = False,
    ) -> None:
        """Say something to the end; first hears out what is queued, unless `is_over_it`.

        Partials are sent if the TwiML asks for them; they hold all that was said so far.
        """
        if not is_over_it:
            await self.listens()
        language = lang or self.call.hearing.language
        self._tells_speech("on")
        for partial in partials if self._relay().is_on("partialPrompts") else ():
            await self._prompts(partial, language, is_last=False)
            await self.waits(PARTIAL_EVERY_S)
        if partials:
            await self.waits(FINAL_AFTER_S - PARTIAL_EVERY_S)
        self._listens_anew()
        self._tells_speech("off")
        self.call.hearing.prompted()
        await self._prompts(text, language, is_last=True)

    async def starts_to_say(self, partial: str, lang: str = "") -> None:
        """Send one partial prompt and no more."""
        await self._prompts(partial, lang or self.call.hearing.language, is_last=False)

    async def hears(self, words: str, within_s: float = WITHIN_S) -> str:
        """Listen until these words have been heard; returns all since the last time.

        Spacing and case do not matter, `...` stands for anything. Each word is heard once: what
        was listened to does not count again.
        """
        hearing = self.call.hearing

        def found() -> tuple[float, int] | None:
            return hearing.playback.moment_of(words, self._mark)

        moment = None
        try:
            while moment is None or moment[0] > hearing.now + 1e-9:
                await self.until(lambda: found() is not None, within_s)
                moment = found()
                assert moment is not None
                await self.clock.reach(moment[0])
                moment = found()
        except AssertionError as error:
            raise AssertionError(f"{words!r} was not heard: {error}") from None
        heard = hearing.spoken[self._mark : moment[1]]
        self._mark = moment[1]
        return heard

    async def listens(self) -> str:
        """Hear out what has been sent so far; returns all since the last time."""
        while self.is_spoken_to:
            await self.clock.reach(self.call.hearing.playback.ends)
        return self._listens_anew()

    async def hears_out(self, within_s: float = WITHIN_S) -> str:
        """Hear the whole answer to the last prompt, up to `last: true`; returns it."""
        prompts = len(self.call.hearing.prompts_at)

        def answer() -> Generation | None:
            answers = (one for one in self.generations if one.prompts == prompts and one.frames)
            return next((one for one in answers if one.is_closed), None)

        await self.until(lambda: answer() is not None, within_s)
        return await self.listens()

    async def waits(self, seconds: float) -> None:
        """Let time pass on the phone."""
        await self.clock.reach(self.clock.monotonic() + seconds)

    def may_interrupt(self, by: str = "speech") -> bool:
        """Return whether `speech` or `dtmf` cuts what plays."""
        playing = self.call.hearing.playback.current(self.call.hearing.now)
        return playing is not None and by in playing.interruptible_by

    async def interrupts(self, after: str = "", within_s: float = WITHIN_S) -> Interruption:
        """Speak while spoken to: after these words, or as soon as there is something to hear.

        What is queued is purged, and the app is told what was heard. Say the rest by `says`.
        """
        if after:
            await self.hears(after, within_s)
        await self.until(lambda: self.is_spoken_to, within_s)
        assert self.may_interrupt(), f"this cannot be interrupted; {self.call.describe()}"
        return await self._cuts()

    async def presses(self, keys: str) -> None:
        """Press keys, one frame each."""
        assert self._relay().is_on("dtmfDetection"), "the TwiML does not ask for keys"
        for key in keys:
            if self.may_interrupt("dtmf"):
                await self._cuts()
            await self.call.socket.send({"type": "dtmf", "digit": key})

    async def sends(self, frame: Mapping[str, Any]) -> None:
        """Send a frame of Twilio's as it is."""
        await self.call.socket.send(frame)

    async def sends_raw(self, raw: str | bytes) -> None:
        """Send whatever this is."""
        await self.call.socket.send_raw(raw)

    async def drops(self, is_told: bool = True) -> None:
        """Lose the socket without a word, as when the network breaks.

        Twilio then tells the action, and does what it answers; `is_told=False` for not yet.
        """
        await self.call.socket.abort()
        if is_told:
            await self.call.lost()

    async def hangs_up(self, closes_first: bool = False) -> None:
        """End the call: action, then close; or the other way round."""
        await self.call.ends("completed", closes_first)

    async def connects_again(self, twiml: str = "", within_s: float = WITHIN_S) -> None:
        """Let Twilio open the relay of the action's answer, once that has come.

        With `twiml` another one, as somebody would who tries a token for the second time.
        """
        if twiml:
            await self.call.connect(read_twiml(twiml))
            return
        opened = sum(1 for one in self.call.sockets if one.status == SWITCHING)
        await self.until(lambda: len(self.ended) >= opened, within_s)
        await self.call.connect()

    async def _cuts(self) -> Interruption:
        cut = self.call.hearing.interrupted(self.vendor.utterance)
        self._listens_anew()
        frame = {
            "type": "interrupt",
            "utteranceUntilInterrupt": cut.utterance,
            "durationUntilInterruptMs": self.vendor.duration(cut.after_s),
        }
        await self.call.socket.send(frame)
        return cut

    async def _prompts(self, text: str, lang: str, is_last: bool) -> None:
        prompt = {"type": "prompt", "voicePrompt": text, "lang": lang, "last": is_last}
        await self.call.socket.send(prompt)

    def _listens_anew(self) -> str:
        spoken = self.spoken
        heard, self._mark = spoken[self._mark :], len(spoken)
        return heard

    def _relay(self) -> Element:
        relay = self.call.twiml.relay
        assert relay is not None, "the call is not connected to a relay"
        return relay

    def _tells_speech(self, value: str) -> None:
        if "speaker-events" in self.call.hearing.events:
            self._tells("clientSpeaking", value)

    def _tells(self, name: str, value: str) -> None:
        if self.call.is_connected:
            frame = {"type": "info", "name": name, "value": value}
            self.call.spawn(lambda: self.call.socket.send(frame))
