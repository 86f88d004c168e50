"""Whole turns without sockets: what the customer sees, in the order it happens."""

import asyncio
from pathlib import Path

import pytest

from bot.bus import Status, StatusShown
from bot.knowledge.article import Article
from bot.log import (
    Author,
    ChoicesOffered,
    Escalation,
    Event,
    MessageDelta,
    MessageStarted,
)
from bot.stores.base import EventsOfType, Owner, RecordsOf
from bot.turns.conversation import Pace
from channels.base import Chose, Rated, Said, Stopped, WantsHuman
from routing.errors import FailureKind, ModelFailed
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, says, staged, words


async def test_a_question_is_answered_in_a_stream_with_its_source(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        deltas = [e.body.text for e in await stage.events() if isinstance(e.body, MessageDelta)]

        assert answer.text == ANSWER == "".join(deltas)
        assert (answer.author, answer.status) == (Author.BOT, "done")
        assert [cited.title for cited in answer.citations] == ["When does my card arrive?"]


async def test_the_log_is_dense_and_one_turn_costs_no_task_afterwards(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        events = await stage.until_idle()

        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert stage.manager.active == 0


async def test_a_decision_is_kept_before_the_first_text_and_the_cost_afterwards(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.until_idle()
        decision = (await stage.services.store.find(RecordsOf("decision")))[0]
        turn = (await stage.services.store.find(RecordsOf("turn")))[0]

        assert decision.id == turn.id == answer.trace_id
        assert '"claude-haiku-4.5"' in decision.json
        assert '"outcome":"answered"' in turn.json
        assert '"cost_usd":"0.0002' in turn.json


@pytest.mark.promise("B1")
async def test_two_messages_of_a_burst_are_one_turn(tmp_path: Path) -> None:
    async with staged(tmp_path, pace=Pace(0.05, 4, 4)) as stage:
        await stage.say("Hello")
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.until_idle()

        assert len(stage.model.requests) == 1
        assert [m.text for m in stage.model.requests[0].messages] == [
            "Hello",
            "When will my card arrive?",
        ]


@pytest.mark.promise("B1")
async def test_a_message_before_the_first_text_is_merged_and_the_first_try_is_booked(
    tmp_path: Path,
) -> None:
    never = asyncio.Event()
    async with staged(tmp_path, [(Hold(never),), says(ANSWER)]) as stage:
        await stage.say("When will")
        await stage.until_asked()
        await stage.say("my card arrive?")
        answers = await stage.answers()
        await stage.until_idle()
        turns = await stage.services.store.find(RecordsOf("turn"))

        assert [answer.text for answer in answers] == [ANSWER]
        assert len(stage.model.requests) == 2
        assert stage.model.open_streams == 0
        assert '"superseded"' in turns[1].json
        assert '"cancelled"' in turns[1].json


@pytest.mark.promise("B1")
async def test_a_message_after_the_first_text_ends_the_sentence_and_the_next_turn_sees_it(
    tmp_path: Path,
) -> None:
    go_on = asyncio.Event()
    first: Script = (
        *words("It arrives "),
        Hold(go_on),
        *words("in five days. More follows. And more."),
        END,
    )
    async with staged(tmp_path, [first, says("A new PIN comes by post.")]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until(MessageDelta.TYPE)
        await stage.say("And the PIN?")
        await stage.settle()
        go_on.set()
        answers = await stage.answers(2)

        assert (answers[0].text.rstrip(), answers[0].status) == (
            "It arrives in five days.",
            "stopped",
        )
        assert answers[1].text == "A new PIN comes by post."
        assert [m.text for m in stage.model.requests[1].messages] == [
            "When will my card arrive?",
            "It arrives in five days. ",
            "And the PIN?",
        ]


@pytest.mark.promise("W93")
async def test_stop_ends_the_reply_and_keeps_what_is_there(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with staged(tmp_path, [(*words("It arrives "), Hold(never))]) as stage:
        await stage.say("When will my card arrive?")
        events = await stage.until(MessageDelta.TYPE)
        started = next(e.body for e in events if isinstance(e.body, MessageStarted))
        await stage.act(Stopped(started.message_id))
        answer = (await stage.answers())[0]

        assert answer.text.strip() in ("It", "It arrives")
        assert answer.status == "stopped"
        assert (await stage.until_idle())[-1].body == answer
        assert stage.model.open_streams == 0


@pytest.mark.promise("B3")
async def test_the_same_message_three_times_is_one_turn_with_one_id(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?", "c1")
        first = await stage.until("message.accepted")
        again = await stage.reception.accept(stage.conversation, Said("c1", "other text"))
        await stage.answers()
        await stage.until_idle()

        assert len(stage.model.requests) == 1
        assert first[0].body.message_id in again[0].json  # type: ignore[union-attr]


async def test_an_explicit_request_is_handed_over_at_once_without_a_model(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("I want to talk to a person please")
        answer = (await stage.answers())[0]
        await stage.until_idle()
        await stage.services.outbox.send_due()
        head = await stage.head()

        assert "colleague" in answer.text
        assert (head.owner, head.epoch, head.reason) == (Owner.QUEUE, 2, "explicit_request")
        assert stage.model.requests == []
        assert [card.ask for card in stage.desk.cards.values()] == [
            "I want to talk to a person please"
        ]


async def test_the_button_hands_over_and_pressing_it_twice_keeps_one_card(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(WantsHuman())
        await stage.answers()
        await stage.act(WantsHuman())
        answers = await stage.answers(2)
        await stage.until_idle()
        await stage.services.outbox.send_due()

        assert answers[1].text.startswith("A colleague has already been asked")
        assert len(stage.desk.cards) == 1
        assert (await stage.head()).epoch == 2


async def test_a_policy_intent_can_go_straight_to_a_human(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("I want to file a complaint")
        await stage.answers()

        assert (await stage.head()).reason == "policy"


async def test_a_sensitive_topic_takes_the_fixed_path(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("I don't want to live anymore")
        answer = (await stage.answers())[0]

        assert "988" in answer.text
        assert (await stage.head()).reason == "sensitive_topic"
        assert stage.model.requests == []


async def test_the_same_answer_is_never_shown_twice(tmp_path: Path) -> None:
    async with staged(tmp_path, [says(ANSWER)]) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.until_idle()
        await stage.say("But when will my card arrive?")
        answers = await stage.answers(2)

        assert answers[1].text.startswith("I would only be repeating myself")
        assert (await stage.head()).reason == "repeated_answer"


async def test_what_nobody_knows_is_said_honestly_and_a_person_is_offered_once(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        await stage.say("Who won the football match yesterday?")
        first = (await stage.answers())[0]
        offered = [e for e in await stage.until_idle() if isinstance(e.body, ChoicesOffered)]
        await stage.act(Chose("bot"))
        await stage.answers(2)
        await stage.say("What is the capital of Mongolia?")
        third = (await stage.answers(3))[2]

        gaps = await stage.services.store.find(RecordsOf("gap"))

        assert ["Mongolia" in gap.json for gap in gaps] == [True, False]
        assert "not sure" in first.text
        assert len(offered) == 1
        assert third.text.startswith("I am sorry, I found nothing")
        assert (await stage.head()).owner is Owner.BOT


async def test_accepting_the_offer_brings_a_person(tmp_path: Path) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        await stage.say("Who won the football match yesterday?")
        await stage.answers()
        await stage.act(Chose("human"))
        await stage.answers(2)

        assert (await stage.head()).owner is Owner.QUEUE


@pytest.mark.promise("B12")
async def test_with_the_provider_dead_the_answer_comes_from_the_articles(tmp_path: Path) -> None:
    dead = [(ModelFailed(FailureKind.CONNECTION),)]
    async with staged(tmp_path, dead) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]

        assert "five working days" in answer.text
        assert answer.citations


@pytest.mark.promise("B12")
async def test_with_everything_dead_the_customer_gets_an_apology_and_a_human(
    tmp_path: Path,
) -> None:
    dead = [(ModelFailed(FailureKind.SERVER),)]
    async with staged(tmp_path, dead) as stage:
        await stage.say("Who won the football match yesterday?")
        answer = (await stage.answers())[0]

        assert "technical problem on our side" in answer.text
        assert (await stage.head()).reason == "outage"


@pytest.mark.promise("B12")
async def test_a_provider_that_is_left_alone_after_its_failures_is_still_an_outage(
    tmp_path: Path,
) -> None:
    dead = [(ModelFailed(FailureKind.AUTH),)]
    async with staged(tmp_path, dead) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.until_idle()
        await stage.say("Who won the football match yesterday?")
        answer = (await stage.answers(2))[1]

        assert len(stage.model.requests) == 1
        assert "technical problem on our side" in answer.text


async def test_a_model_that_dies_in_mid_answer_leaves_one_coherent_bubble(tmp_path: Path) -> None:
    cut: Script = (*words("Your card may"), ModelFailed(FailureKind.CUT))
    async with staged(tmp_path, [cut]) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        events = await stage.until_idle()
        kinds = [event.body.TYPE for event in events]

        assert "Your card may" not in answer.text
        assert "five working days" in answer.text
        assert kinds.count("message.start") == kinds.count("message.end") == 1


@pytest.mark.promise("P1")
async def test_personal_data_reaches_neither_the_model_nor_the_log(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("I see [EMAIL_1]. Thank you.")]) as stage:
        await stage.say("My card never came, write to kim@example.com or call +1 212 555 0134")
        answer = (await stage.answers())[0]
        whole = repr(await stage.until_idle()) + repr(stage.model.requests)

        assert "kim@example.com" not in whole
        assert "555 0134" not in whole
        assert answer.text == "I see [EMAIL_1]. Thank you."


async def test_a_rating_is_kept(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(Rated("b1", "down", "write to kim@example.com"))
        kept = await stage.services.store.find(EventsOfType(stage.conversation, ("feedback",)))

        assert "kim@example.com" not in repr(kept)
        assert "[EMAIL_1]" in repr(kept)


async def test_a_defect_of_ours_ends_the_bubble_and_the_turn_politely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()
    script: Script = (*words("It arrives "), Hold(go_on), *words("in five days."), END)
    async with staged(tmp_path, [script]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until(MessageDelta.TYPE)
        monkeypatch.setattr("bot.turns.speech.normalised", None)
        monkeypatch.setattr("bot.turns.speech.end_after", None)
        monkeypatch.setattr("bot.turns.speech.Speech._show", None)
        go_on.set()
        answers = await stage.answers(2)
        events = await stage.until_idle()

        assert [answer.status for answer in answers] == ["error", "done"]
        assert answers[0].text == "It"
        assert "went wrong on our side" in answers[1].text
        assert any(isinstance(event.body, Escalation) for event in events)
        assert (await stage.head()).reason == "fault"


@pytest.mark.promise("B2")
async def test_a_slow_answer_shows_typing_then_what_is_done_then_says_so(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    pace = Pace(0.0, 4, 4, say_what_s=0.01, say_in_text_s=0.02)
    async with staged(tmp_path, [(Hold(go_on), *says(ANSWER))], pace=pace) as stage:
        async with stage.services.bus.subscribe(stage.conversation) as following:
            await stage.say("When will my card arrive?")
            await stage.until("notice")
            go_on.set()
            await stage.answers()
            await stage.until_idle()
            await stage.services.bus.close()  # type: ignore[attr-defined]  # the memory bus has it
            shown = [one async for batch in following for one in batch]
        statuses = [one for one in shown if isinstance(one, StatusShown)]
        order = [one.body.TYPE for one in shown if isinstance(one, Event)]

        assert [(s.status, bool(s.text)) for s in statuses[:2]] == [
            (Status.TYPING, False),
            (Status.TYPING, True),
        ]
        assert statuses[-1].status is Status.IDLE
        assert order.index("notice") < order.index("message.start")


async def test_the_banks_own_phone_number_may_be_said(tmp_path: Path) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        article = Article("line", "Card line", "", "To freeze a card, call +1 212 555 0177 now.")
        await stage.services.knowledge.add(stage.services.tenant.id, [article])
        await stage.say("How do I freeze a card by phone?")
        answer = (await stage.answers())[0]

        assert "+1 212 555 0177" in answer.text
