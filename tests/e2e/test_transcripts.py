"""Plays `tests/transcripts/*.txt` against the keyless demo, through a real socket.

A transcript is written and read by a support lead:

    # a remark; `# language: es` says which language the customer's page is in
    > what the customer says       > [a button]      > *****  (stars, when asked how it was)
    < what the bot says: exactly, or with ... for anything
    @ Dana: what a human says      @ Dana claims | releases | resolves
    ! what happened behind the scenes

What the customer and the humans do is played; everything that happens is then compared with what
is written, line by line, and the customer's screen with the log.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

import pytest

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.knowledge.reading import read_folder
from bot.log import (
    Author,
    ChoicesOffered,
    ConversationClosed,
    Escalation,
    Event,
    Feedback,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
    Notice,
    SurveyAnswered,
    SurveyAsked,
)
from bot.privacy.redact import published
from bot.settings import DEMO
from bot.stores.base import EventsAfter
from channels.base import ConversationId
from channels.wire.web_seen import Accepted
from tests.e2e.visitor import (
    WAIT_S,
    Place,
    Visitor,
    is_ended,
    is_other,
    served,
    settings_for,
    visiting,
)

FILES = sorted((Path(__file__).parent.parent / "transcripts").glob("*.txt"))
TALK_TO_A_HUMAN = "Talk to a human"
"""The button that is always there; the others are offered."""
HUMAN = re.compile(r"@ (?P<name>\w+)(?:: (?P<text>.+)| (?P<act>claims|releases|resolves))")
LANGUAGE = re.compile(r"# language: (?P<locale>\S+)")


def lines_of(path: Path) -> tuple[str, ...]:
    """Return the lines that are played or compared."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def locale_of(path: Path) -> str:
    """Return the language of the customer's page."""
    language = LANGUAGE.search(path.read_text("utf-8"))
    return language["locale"] if language else "en"


def is_played(line: str) -> bool:
    return line.startswith((">", "@"))


def fits(written: str, happened: str) -> bool:
    """Return whether a line is what was written, where `...` stands for anything."""
    parts = map(re.escape, written.split("..."))
    return re.fullmatch(".*".join(parts), happened) is not None


@dataclass
class Play:
    """One conversation, as it is played."""

    place: Place
    visitor: Visitor
    happened: list[str] = field(default_factory=list)
    _choices: dict[str, str] = field(default_factory=dict)
    _seq: int = 0
    _episode: int = 1
    _said: str = ""

    @property
    def conversation(self) -> ConversationId:
        return ConversationId(self.visitor.client.conversation)

    async def do(self, line: str) -> None:
        """Play a line, wait until nothing moves any more, and note what came of it."""
        if human := HUMAN.fullmatch(line):
            await self._human(human["name"], human["act"] or "says", human["text"] or "")
            if human["act"]:
                self.happened.append(line)
            await self.settle()
        else:
            await self.say(line)
        await self.place.app.services.outbox.send_due()
        await self.note()

    async def say(self, line: str) -> None:
        """Play what the customer does, and wait until nothing moves any more."""
        await self._customer(line.removeprefix(">").strip())
        self._said = line
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing moves any more."""
        async with asyncio.timeout(WAIT_S):
            await self.place.app.manager.idle()

    async def note(self) -> None:
        """Note what has come into the log."""
        store = self.place.app.services.store
        for event in await store.find(EventsAfter(self.conversation, self._seq)):
            self._seq = event.seq
            self.happened += self._lines(event)

    async def _customer(self, what: str) -> None:
        client, since = self.visitor.client, len(self.visitor.frames)
        button = re.fullmatch(r"\[(.+)\]", what)
        if re.fullmatch(r"\*{1,5}", what):
            await client.send({"type": "csat", "score": len(what)})
            await self.visitor.until(is_other("csat.answer"), since=since)
            return
        if button is None:
            await client.say(what)
            await self.visitor.until(lambda frame: isinstance(frame, Accepted), since=since)
            return
        self.happened.append(f"> {what}")
        if button[1] == TALK_TO_A_HUMAN:
            await client.send({"type": "human"})
        else:
            await client.send({"type": "choice", "id": self._choices[button[1]]})
        await self.visitor.until(is_ended, since=since)

    async def _human(self, name: str, act: str, text: str) -> None:
        handoffs = self.place.app.manager.handoffs
        match act:
            case "claims":
                await handoffs.claim(self.conversation, named(name))
            case "releases":
                await handoffs.release(self.conversation, named(name))
            case "resolves":
                await handoffs.resolve(self.conversation, named(name))
            case _:
                await handoffs.reply(self.conversation, named(name), Reply(published(text)))

    def _lines(self, event: Event) -> Iterator[str]:
        """Yield an event as the lines of a transcript."""
        if event.episode != self._episode:
            self._episode = event.episode
            yield f"! episode {event.episode}"
        match event.body:
            case MessageAccepted(text=text):
                yield self._said
                if f"> {text}" != self._said:
                    yield f"! kept as: {text}"
            case MessageEnded():
                yield from _ended(event, event.body)
            case MessageReset():
                yield "! taken back"
            case Escalation(state="requested", reason=reason):
                yield f"! handoff requested: {reason}"
            case Escalation(state=state, name=name):
                yield f"! human {name} {state}"
            case Notice(code=code):
                yield f"! notice: {code}"
            case ChoicesOffered(items=items):
                self._choices = {item.label: item.id for item in items}
                yield f"! offered: {' | '.join(self._choices)}"
            case ConversationClosed(reason=reason):
                yield f"! closed: {reason}"
            case SurveyAsked():
                yield "! asked how it was"
            case SurveyAnswered(score=score):
                yield f"> {'*' * score}"
            case Feedback(value=value):
                yield f"! thumb {value}"
            case MessageStarted() | MessageDelta():
                pass
            case _:
                assert_never(event.body)


def _ended(event: Event, ended: MessageEnded) -> Iterator[str]:
    text = ended.text.replace("\n", " / ")
    if ended.author is Author.HUMAN:
        yield f"@ {event.cause.removeprefix('human:')}: {text}"
    else:
        yield f"< {text}"
    if ended.status != "done":
        yield f"! {ended.status}"
    yield from (f"! source: {cited.title}" for cited in ended.citations)


def compared(written: Sequence[str], happened: Sequence[str]) -> list[str]:
    """Return what happened, in the words of the transcript where they fit."""
    pairs = zip(written, happened, strict=False)
    fitted = [expected if fits(expected, line) else line for expected, line in pairs]
    return [*fitted, *happened[len(fitted) :]]


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_conversation_goes_as_it_is_written(tmp_path: Path, path: Path) -> None:
    policy = (DEMO / "policy.yaml").read_text("utf-8") + "\npace: {quiet_s: 0.0}\n"
    articles = read_folder(DEMO / "articles")
    written = lines_of(path)
    async with (
        served(settings_for(tmp_path, policy), articles) as place,
        visiting(place.url, locale_of(path)) as visitor,
    ):
        play = Play(place, visitor)
        for line in filter(is_played, written):
            await play.do(line)
        bubbles = await visitor.until_seq(play._seq)
        said = [line for line in play.happened if re.match(r"<|>(?! [\[*])|@ \w+:", line)]

        assert compared(written, play.happened) == list(written)
        assert [bubble.status for bubble in bubbles] == ["done"] * len(said)


def test_there_are_transcripts_of_every_kind() -> None:
    whole = "\n".join(path.read_text("utf-8") for path in FILES)

    for needed in ("! handoff requested", "! human", "! episode 2", "! source", "! offered", "988"):
        assert needed in whole
