"""Plays `tests/transcripts/slack/*.txt`: a customer in the web chat, his humans in Slack.

Beside the lines of `test_transcripts.py` there are

    @ Dana presses Claim          @ Dana and Robin press Claim       (at the same moment)
    @ winner: what he writes      @ loser: the one who did not get it
    ~ 5 minutes                   the clock is moved
    <@ what a human says, as the customer reads it
    = card: what the card says now
    = Customer (web): what stands under the card, and who says it; `bot` where nobody is named
    = one alone: what one human is shown privately
    = ✅ under: the message that has this sign

A line with `=`, `<` or `!` is waited for. In the end Slack shows nothing that is not written.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.knowledge.reading import read_folder
from bot.settings import DEMO, Settings
from bot.slack.target import user_of
from bot.stores.base import HeadOf
from channels.slack.ingress import PATH
from tests.e2e.slack_place import (
    DANA,
    ROBIN,
    SIGNING_SECRET,
    SUPPORT,
    TEAM,
    SlackPlace,
    prepared,
)
from tests.e2e.test_transcripts import Play, compared, fits, lines_of, locale_of
from tests.e2e.visitor import WAIT_S, served, settings_for, visiting
from tests.emulators.slack import slack_running
from tests.emulators.slack.state import Message

FILES = sorted((Path(__file__).parent.parent / "transcripts" / "slack").glob("*.txt"))
USERS = {"Dana": DANA, "Robin": ROBIN}
BUTTONS = {
    "Claim": "claim",
    "Return to bot": "release",
    "Resolve": "resolve",
    "Claim and send": "claim_send",
    "Keep as note": "keep_note",
}
SIGNS = {"white_check_mark": "✅", "x": "❌"}
PRESSES = re.compile(r"@ (?P<names>\w+(?: and \w+)*) press(?:es)? (?P<button>.+)")
WRITES = re.compile(r"@ (?P<name>\w+): (?P<text>.+)")
LATER = re.compile(r"~ (?P<count>\d+) (?P<unit>minutes|seconds)")


class Moved:
    """A clock that a transcript moves."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class SlackPlay:
    """One conversation with its humans in Slack."""

    play: Play
    slack: SlackPlace
    moved: Moved
    seen: list[str] = field(default_factory=list)
    """What Slack shows and a line has asked for."""
    told: int = 0
    """How many lines of the customer's side were played or waited for."""

    async def do(self, line: str) -> None:
        """Play a line."""
        if pressed := PRESSES.fullmatch(line):
            users = [await self._user(name) for name in pressed["names"].split(" and ")]
            action = BUTTONS[pressed["button"]]
            await asyncio.gather(*(self._press(user, action) for user in users))
        elif written := WRITES.fullmatch(line):
            user = await self._user(written["name"])
            await self.slack.slack.says(TEAM, SUPPORT, user, written["text"], self.card.ts)
        elif later := LATER.fullmatch(line):
            self.moved.by += timedelta(**{later["unit"]: int(later["count"])})
            self.slack.app.services.outbox.kick()
        elif line.startswith("="):
            await self._sees(line)
            await self.play.note()
        elif line.startswith(">"):
            await self.play.say(line)
            await self.play.note()
        else:
            await self._hears()
        self.told += line.startswith(("<", ">", "!"))

    @property
    def card(self) -> Message:
        return self.slack.cards()[-1]

    def shown(self) -> list[str]:
        """Return everything that Slack shows or has shown, in the words of a transcript."""
        return [*self._cards(), *self._thread(), *self._alone()]

    def unasked(self) -> list[str]:
        """Return what Slack shows and no line has asked for, what humans write excepted."""
        left = self.shown()
        for line in self.seen:
            left.remove(line)
        return left

    async def _hears(self) -> None:
        """Wait until the customer's side has the next line, whatever it says."""
        async with asyncio.timeout(WAIT_S):
            while len(self.play.happened) <= self.told:
                await asyncio.sleep(0.02)
                await self.play.note()

    async def _sees(self, line: str) -> None:
        def found() -> list[str]:
            return [one for one in self.unasked() if fits(line, one)]

        try:
            await self.slack.slack.until(lambda: bool(found()))
        except AssertionError:
            raise AssertionError(f"{line!r} is not among {self.unasked()}") from None
        self.seen.append(found()[0])

    def _cards(self) -> Iterator[str]:
        before = ""
        for call in self.slack.slack.calls:
            arguments = call.arguments
            is_card = arguments.get("channel") == SUPPORT and not arguments.get("thread_ts")
            is_shown = call.method in ("chat.postMessage", "chat.update") and call.outcome == "ok"
            if is_card and is_shown and arguments["text"] != before:
                before = arguments["text"]
                yield f"= card: {before}"

    def _thread(self) -> Iterator[str]:
        for card in self.slack.cards():
            for message in self.slack.thread(card):
                if message.bot_id:
                    yield f"= {message.username or 'bot'}: {message.text}".replace("\n", " / ")
                for sign in message.reactions:
                    yield f"= {SIGNS[sign]} under: {message.text}"

    def _alone(self) -> Iterator[str]:
        for user in USERS.values():
            for whisper in self.slack.slack.ephemerals(TEAM, SUPPORT, user):
                yield f"= one alone: {whisper.text}"

    async def _user(self, name: str) -> str:
        if name in USERS:
            return USERS[name]
        store = self.slack.app.services.store
        [head] = await store.find(HeadOf(self.play.conversation))
        winner = user_of(head.human)
        assert winner, "nobody has claimed"
        return winner if name == "winner" else ({*USERS.values()} - {winner}).pop()

    async def _press(self, user: str, action: str) -> None:
        slack = self.slack.slack
        if action not in ("claim_send", "keep_note"):
            await slack.clicks(TEAM, SUPPORT, self.card.ts, user, action)
            return
        asked = [one for one in slack.ephemerals(TEAM, SUPPORT, user) if len(one.blocks) > 1]
        await slack.clicks(TEAM, SUPPORT, asked[-1].ts, user, action)


@pytest.mark.slow
@pytest.mark.promise("K63", "K65", "K85", "X107")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_conversation_with_humans_in_slack_goes_as_it_is_written(
    tmp_path: Path, path: Path
) -> None:
    policy = (DEMO / "policy.yaml").read_text("utf-8") + "\npace: {quiet_s: 0.0}\n"
    written, moved = lines_of(path), Moved()
    async with slack_running() as server:
        server.unix = lambda: moved.now().timestamp()
        settings: Settings = replace(settings_for(tmp_path, policy), slack=prepared(server))
        async with (
            served(settings, read_folder(DEMO / "articles"), clock=Clock(now=moved.now)) as place,
            visiting(place.url, locale_of(path)) as visitor,
        ):
            server.deliver_to(f"{place.url}{PATH}", SIGNING_SECRET)
            scene = SlackPlay(Play(place, visitor), SlackPlace(place.app, place.url, server), moved)
            for line in written:
                await scene.do(line)
            await scene.play.settle()
            await scene.play.note()
            told = [line for line in written if line.startswith(("<", ">", "!"))]
            happened = [re.sub(r"^@ slack:\S+:", "<@", line) for line in scene.play.happened]

            assert compared(told, happened) == told
            assert scene.unasked() == []
