"""Plays `tests/transcripts/voice/*.txt`: a caller, the product, a model, and humans in Slack.

The lines are those of `tests/emulators/twilio/script.py`. Beside them there are

    # voice: {…}                       the section of the company's file; `# locale: es`
    # when "new card": an answer       what the model says to a question with these words
    @ Dana claims                      @ Dana: what she writes in the thread
    = under the card: what Slack shows there
    ! kept as: the last thing the caller has said, as the log has it
    ! heard: the last answer that was cut, as the log has it
    > [es-ES] what the caller says, in this language from here on
    ! turn 2: first word after 12 ms, 0 fillers, cut       what is kept of a turn

A line with `!`, `=` or `<` is waited for. Then everything that is left is searched for the
caller's number and for all numbers that were read aloud. `pytest -rP` shows the call as it went,
with the times of its turns.
"""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.slack_place import DANA, SUPPORT, TEAM
from tests.e2e.voice_place import KIM, SlowTalker, VoicePlace, policy_of, voice_place
from tests.e2e.voice_search import (
    Secret,
    everything_logged,
    hits_in,
    metrics_of,
    places_of,
)
from tests.emulators.twilio.relay import Caller
from tests.emulators.twilio.script import fits, play, step_of

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "transcripts" / "voice"
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.txt"))}
WHEN = re.compile(r'# when "(?P<words>[^"]+)": (?P<answer>.+)')
VOICE, LOCALE = re.compile(r"# (voice: .+)"), re.compile(r"# locale: (\w+)")
SECRET = re.compile(r"# secret: (?P<digits>\d+)")
IN_LANGUAGE = re.compile(r"> \[(?P<lang>[a-z]+-[A-Z]+)\] (?P<text>.+)")
TURN = re.compile(r"turn (?P<number>\d+): .+")
WITHIN_S = 10.0


@dataclass
class Scene:
    """One call as it is played."""

    place: VoicePlace
    caller: Caller
    went: list[str] = field(default_factory=list)
    """As a transcript."""

    async def do(self, line: str) -> None:
        """Play a line, or wait for it."""
        kind, _, rest = line.partition(" ")
        if kind == "@":
            await self._human(rest)
            self.went.append(line)
        elif kind == "=":
            card = await self.place.desk.card()
            message = await self.place.desk.said(card, rest.removeprefix("under the card: "))
            self.went.append(f"= under the card: {message.text}")
        elif in_language := IN_LANGUAGE.fullmatch(line):
            await self.caller.says(in_language["text"], lang=in_language["lang"])
            self.went.append(line)
        elif kind == "!" and (happened := self._happened(rest)) is not None:
            self.went.append("! " + await self._shown(rest, happened))
        else:
            done = await play(self.caller, step_of(line), WITHIN_S)
            if kind == "<" and line.endswith("..."):
                await self.caller.listens()
            self.went.append(f"< {done.heard}" if kind == "<" else line)

    def _happened(self, what: str) -> Callable[[], Awaitable[str]] | None:
        """Return what tells whether it has happened; None for what the line itself knows."""
        if what.startswith("kept as: "):
            return self._kept
        if what.startswith("heard: "):
            return self._heard
        return self._turn(int(turn["number"])) if (turn := TURN.fullmatch(what)) else None

    async def _shown(self, wanted: str, happened: Callable[[], Awaitable[str]]) -> str:
        found = ""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not fits(wanted, found := await happened()):  # noqa: ASYNC110 - of the log
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{found!r} is so, not {wanted!r}") from None
        return found

    async def _human(self, what: str) -> None:
        if what == "Dana claims":
            await self.place.claimed()
            return
        card = await self.place.desk.card()
        text = what.removeprefix("Dana: ")
        await self.place.desk.slack.says(TEAM, SUPPORT, DANA, text, thread=card.ts)

    async def _kept(self) -> str:
        said = await self.place.said(self.caller)
        return f"kept as: {said[-1] if said else ''}"

    async def _heard(self) -> str:
        ended = await self.place.ended(self.caller)
        cut = [one.text for one in ended if one.status == "interrupted"]
        return f"heard: {cut[-1] if cut else ''}"

    def _turn(self, number: int) -> Callable[[], Awaitable[str]]:
        async def kept() -> str:
            for turn in await self.place.kept("voice_turn", self.caller):
                if turn["turn"] == number:
                    return told(turn)
            return ""

        return kept


def told(turn: dict[str, object]) -> str:
    """Return what is kept of a turn, in the words of a transcript."""
    waited = turn["first_token_ms"]
    first = f"first word after {waited} ms" if waited is not None else "no word"
    cut = ", cut" if turn["was_cut"] else ""
    return f"turn {turn['turn']}: {first}, {turn['fillers']} fillers{cut}"


def model_of(text: str) -> SlowTalker:
    """Return the model that a transcript asks for."""
    return SlowTalker(answers={one["words"]: one["answer"] for one in WHEN.finditer(text)})


def company_of(text: str) -> str:
    """Return the company's file that a transcript asks for."""
    voice, locale = VOICE.search(text), LOCALE.search(text)
    brand = f"brand: {{locale: {locale[1]}}}\n" if locale else ""
    return policy_of(voice[1] if voice else "", brand)


def secrets_of(text: str) -> list[Secret]:
    """Return what is to be found nowhere."""
    found = [Secret(one["digits"], one["digits"]) for one in SECRET.finditer(text)]
    return [Secret("the caller's number", KIM.removeprefix("+")), *found]


@pytest.mark.promise("P1", "V35", "V38", "V44", "V46", "V50", "V51", "V54", "X107")
@pytest.mark.parametrize("name", TEXTS)
async def test_a_call_goes_as_it_is_written(tmp_path: Path, name: str) -> None:
    text = TEXTS[name]
    lines = [line.strip() for line in text.splitlines()]
    with everything_logged() as logged:
        async with (
            voice_place(tmp_path, company_of(text), model_of(text)) as place,
            place.called() as caller,
        ):
            scene = Scene(place, caller)
            for line in lines:
                if line and not line.startswith("#"):
                    await scene.do(line)
            await caller.hangs_up()
            await place.rest()
            await place.until_kept("voice_call", caller)
            turns = [told(turn) for turn in await place.kept("voice_turn", caller)]
            blobs = places_of(place, tmp_path, [caller])
            blobs["metrics"] = await metrics_of(place)
        blobs |= {f"after {at}": blob for at, blob in places_of(place, tmp_path, [caller]).items()}
    blobs["log"] = "\n".join(logged.lines).encode()
    sys.stdout.write("\n".join([name, *scene.went, *(f"! {turn}" for turn in turns), ""]))

    assert hits_in(blobs, secrets_of(text)) == []
    assert turns


def test_there_are_calls_of_every_kind() -> None:
    whole = "\n".join(TEXTS.values())

    for needed in ("(interrupts", "I meant", "# secret: ", "! transferred", "(keys)", "! hung up"):
        assert needed in whole
