"""Plays `tests/transcripts/sms/*.txt`: a customer with a phone, against the keyless demo.

The lines are those of `test_transcripts.py`, but

    > one thing | another          (sent in one go)
    > 5                            (a score, when asked how it was)
    < what the phone shows, one message a line; `/` begins a new line of it
    # segments: 1                  (a remark that says how long one message may be)
    # language: es                 (of the company: a phone has no page that names another)

Words that Twilio acts on, such as STOP, are played and never reach the log.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.knowledge.reading import read_folder
from bot.log import Event, MessageAccepted, SurveyAnswered
from bot.settings import DEMO
from channels.base import ConversationId
from channels.client import ChatClient
from tests.e2e.sms_place import conversation, until_rest
from tests.e2e.test_transcripts import Play, compared, fits, is_played, lines_of, locale_of
from tests.e2e.twilio_place import HERS, PUBLIC, TwilioPlace, reached_by
from tests.e2e.visitor import SITE, Place, Visitor, served, settings_for
from tests.emulators.twilio import twilio_running

FILES = sorted((Path(__file__).parent.parent / "transcripts" / "sms").glob("*.txt"))
SEGMENTS = re.compile(r"# segments: (?P<count>\d+)")
ON_THE_PHONE = re.compile(r"<|@ \w+:")
"""Lines of the log that the phone shows in some form."""


@dataclass
class SmsPlay(Play):
    """One conversation by SMS, as it is played."""

    phones: TwilioPlace = field(kw_only=True)
    _unheard: list[str] = field(default_factory=list)
    """What was sent and is not yet in the log."""
    _shown: int = 0

    @property
    def conversation(self) -> ConversationId:
        return conversation()

    async def settle(self) -> None:
        """Wait until nothing moves any more, here and at Twilio."""
        await until_rest(self.phones)

    async def note(self) -> None:
        """Note what has come into the log, and what the phone shows by now."""
        before = len(self.happened)
        await super().note()
        news = self.happened[before:]
        del self.happened[before:]
        self.happened += [f"> {text}" for text in self._unheard]
        self._unheard.clear()
        for line in news:
            self.happened += [line] if not line.startswith("<") else []
            self.happened += self._on_the_phone(1 if ON_THE_PHONE.match(line) else 0)
        self.happened += self._on_the_phone()

    def _on_the_phone(self, most: int | None = None) -> list[str]:
        """Return the next messages that the phone shows."""
        shown = self.phones.twilio.phone(HERS).received[self._shown :][:most]
        self._shown += len(shown)
        return ["< " + text.strip().replace("\n", " / ") for text in shown]

    async def _customer(self, what: str) -> None:
        self._unheard = what.split(" | ")
        for text in self._unheard:
            await self.phones.texts(text)

    def _lines(self, event: Event) -> Iterator[str]:
        match event.body:
            case MessageAccepted() if self._unheard:
                self._said = f"> {self._unheard.pop(0)}"
                yield from super()._lines(event)
            case SurveyAnswered(score=score):
                yield f"> {self._unheard.pop(0)}"
                yield f"! rated {score}"
            case _:
                lines = super()._lines(event)
                yield from (line for line in lines if not line.startswith("! source"))


def played(lines: tuple[str, ...]) -> list[str]:
    """Return lines as they happen: what is sent in one go is a line each."""
    return [
        f"> {part}" if line.startswith(">") else part
        for line in lines
        for part in (line.removeprefix("> ").split(" | ") if line.startswith(">") else [line])
    ]


def policy_of(path: Path) -> str:
    """Return the demo's policy, with what a transcript asks for."""
    found = SEGMENTS.search(path.read_text("utf-8"))
    most = f", most_segments: {found['count']}" if found else ""
    demo = (DEMO / "policy.yaml").read_text("utf-8")
    demo = demo.replace("  locale: en\n", f"  locale: {locale_of(path)}\n")
    return f"{demo}\npace: {{sms_quiet_s: 0.2}}\nsms: {{per_s: 1000{most}}}\n"


@pytest.mark.slow
@pytest.mark.promise("S12", "S20", "S24", "X107")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_conversation_by_sms_goes_as_it_is_written(tmp_path: Path, path: Path) -> None:
    written = lines_of(path)
    async with twilio_running() as twilio:
        settings = reached_by(twilio, settings_for(tmp_path, policy_of(path)))
        settings = replace(settings, data=tmp_path / "data")
        async with served(settings, read_folder(DEMO / "articles")) as here:
            twilio.deliver_to(here.url, PUBLIC)
            visitor = Visitor(ChatClient(here.url, SITE))
            phones = TwilioPlace(here.app, here.url, twilio)
            play = SmsPlay(Place(here.app, here.url), visitor, phones=phones)
            for line in filter(is_played, written):
                await play.do(line)

            assert compared(played(written), play.happened) == played(written)


def test_there_are_transcripts_of_every_kind() -> None:
    whole = "\n".join(path.read_text("utf-8") for path in FILES)

    for needed in ("> STOP", "> START", " | ", "! handoff requested", "@ Dana: ", "# language: es"):
        assert needed in whole
    assert any(fits("< ... / Responda SÍ o NO.", line) for line in whole.splitlines())
