"""Whole calls against the emulated vendor: TwiML, upgrade, frames, and what follows the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from channels.twilio.door import Door, relay_url, twiml
from channels.twilio.signature import Keys
from channels.voice.base import Heard, Interrupted, Language, Line, Prompt, Setup, Text
from channels.voice.endings import EndingTerms, Step, ended_of, next_step
from channels.voice.line import LineTerms
from channels.voice.relay import PATH, Relay, SocketTerms
from channels.voice.token import MemoryUsed, Tokens
from channels.voice.twiml import (
    RelayLanguage,
    RelayTerms,
    RelayTwiml,
    Transfer,
    dial_twiml,
    relay_twiml,
    say_and_hangup_twiml,
)
from tests.channels.voice.connected import NOW, ListeningCallee, until
from tests.emulators.twilio.relay import Account, Caller, calling

HUMAN = "+15550199"
TERMS = RelayTerms(languages=(RelayLanguage("de-DE"),))
ACTION = "/channels/voice/end"


class Bank:
    """The least that an application does with a call."""

    def __init__(self, account: Account) -> None:
        self.public_url = account.public_url
        self.door = Door(Keys(account.auth_token), account.public_url)
        self.tokens = Tokens(b"s" * 32, MemoryUsed(lambda: NOW), lambda: NOW)
        self.callees: list[AnsweringCallee] = []
        self.losses = 0
        terms = SocketTerms(relay_url(self.public_url, PATH), line=LineTerms(close_s=0.5))
        self.relay = Relay(self.door, self.tokens, self.callee, terms)
        self.url = terms.url

    def callee(self) -> "AnsweringCallee":
        self.callees.append(AnsweringCallee())
        return self.callees[-1]

    async def answered(self, count: int) -> None:
        """Wait until so many sockets have been answered."""
        await until(lambda: len([one for one in self.callees if one.setup]) == count)

    def connected(self, call: str, greeting: str) -> web.Response:
        token, action = self.tokens.mint(call), self.public_url + ACTION
        return twiml(relay_twiml(RelayTwiml(self.url, token, action, "en-US", TERMS, greeting)))

    async def ring(self, request: web.Request) -> web.Response:
        form = (await self.door.take(request)).form
        return self.connected(form.get("CallSid"), "Welcome.")

    async def end(self, request: web.Request) -> web.Response:
        ended = ended_of((await self.door.take(request)).form)
        step = next_step(ended, self.losses, EndingTerms(number=HUMAN))
        self.losses += step is Step.RECONNECT
        match step:
            case Step.RECONNECT:
                return self.connected(ended.call, "")
            case Step.DIAL | Step.ENQUEUE:
                return twiml(dial_twiml(HUMAN, Transfer(words="One moment.")))
            case Step.GOODBYE:
                return twiml(say_and_hangup_twiml("Goodbye.", "en-US"))
            case Step.IGNORE:
                return twiml(say_and_hangup_twiml("", ""))


class AnsweringCallee(ListeningCallee):
    """Says one answer per question, and nothing of an older one once it is interrupted."""

    generation = 0

    async def answered(self, setup: Setup, line: Line) -> None:
        await super().answered(setup, line)
        self.on_heard = self.answer

    async def answer(self, event: Heard) -> None:
        match event:
            case Prompt(text, _, True):
                self.generation += 1
                for word in ("You", " said:", f" {text}", ""):
                    self.line.say(Text(word, is_last=not word), self.generation)
            case Interrupted():
                self.line.cut(self.generation + 1)
            case _:
                pass


@asynccontextmanager
async def call() -> AsyncIterator[tuple[Bank, Caller]]:
    account = Account()
    bank = Bank(account)
    app = web.Application()
    app.add_routes(
        [web.post("/channels/voice", bank.ring), web.post(ACTION, bank.end), *bank.relay.routes()]
    )
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with calling(account, url, "+15550123", "+15550100") as caller:
            await bank.answered(1)
            yield bank, caller
    finally:
        await bank.relay.drain(0.0)
        await runner.cleanup()


@pytest.mark.promise("V33")
async def test_a_question_is_answered_and_every_frame_is_one_the_vendor_takes() -> None:
    async with call() as (bank, caller):
        await caller.hears("Welcome.")
        await caller.says("Hello", partials=("Hel",))

        assert await caller.hears_out() == "You said: Hello"
        assert not caller.faults
        assert sum(frame.is_last for frame in caller.frames) == 1
        assert len(bank.callees) == 1


@pytest.mark.promise("V34")
async def test_an_interrupted_answer_is_not_gone_on_with() -> None:
    async with call() as (bank, caller):
        await caller.says("Hello")
        await caller.interrupts(after="said")
        callee = bank.callees[0]
        await until(lambda: any(isinstance(one, Interrupted) for one in callee.told))
        callee.line.say(Text(" too late"), 1)
        await caller.says("Stop")

        assert "late" not in await caller.hears_out()


@pytest.mark.promise("V51")
async def test_a_change_of_language_is_taken_by_the_vendor() -> None:
    async with call() as (bank, caller):
        line = bank.callees[0].line
        line.say(Language("de-DE", "de-DE"), 1)
        line.say(Text("Hallo.", is_last=True), 1)
        await caller.hears("Hallo.")

        assert [frame.type for frame in caller.frames] == ["language", "text"]
        assert not caller.faults


@pytest.mark.promise("V29")
async def test_a_token_that_was_used_opens_no_second_session() -> None:
    async with call() as (bank, caller):
        await caller.connects_again(caller.twiml)

        assert caller.upgrade_status == 403
        assert len(bank.callees) == 1


@pytest.mark.promise("V45")
async def test_a_lost_call_comes_back_without_a_greeting_and_the_third_time_to_a_human() -> None:
    async with call() as (bank, caller):
        for loss in (1, 2):
            await caller.drops()
            await caller.connects_again()
            await bank.answered(loss + 1)
        await caller.drops()
        await until(lambda: bank.relay.sockets == 0)

        assert [callee.closed_with for callee in bank.callees] == [1006] * 3
        setups = [callee.setup for callee in bank.callees if callee.setup]
        assert [setup.is_second for setup in setups] == [False, True, True]
        assert {setup.call for setup in setups} == {caller.sid}
        assert caller.transferred_to == HUMAN
        assert caller.spoken.count("Welcome.") <= 1


@pytest.mark.promise("V46")
async def test_an_end_with_a_reference_dials_a_human() -> None:
    async with call() as (bank, caller):
        await bank.callees[0].line.end("transfer:7")
        await caller.until(lambda: caller.transferred_to)

        assert caller.transferred_to == HUMAN
        assert caller.ended[0].fields["HandoffData"] == "transfer:7"
        await until(lambda: bank.callees[0].closed_with == 1000)


@pytest.mark.promise("V47")
@pytest.mark.parametrize("closes_first", [True, False])
async def test_a_caller_who_hangs_up_is_told_nothing(closes_first: bool) -> None:
    async with call() as (bank, caller):
        await caller.hangs_up(closes_first)
        await until(lambda: bank.callees[0].closed_with == 1000)

        assert caller.ended[0].status == 200
        assert not caller.transferred_to


@pytest.mark.promise("V43")
async def test_ten_callers_at_once_hear_their_own_answers_only() -> None:
    async def one(number: int) -> str:
        async with call() as (_, caller):
            await caller.says(f"question {number}")
            return await caller.hears_out()

    answers = await asyncio.gather(*(one(number) for number in range(10)))

    assert answers == [f"You said: question {number}" for number in range(10)]
