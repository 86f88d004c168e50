"""Who has the floor: handing over, claiming, and what a stale bot may no longer say."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import BotRefused
from bot.humans.handoff import NotYours, Reply
from bot.humans.human import named
from bot.humans.notes import NOTE
from bot.humans.tickets import TICKET, KeptTickets, Ticket
from bot.log import Author, ConversationClosed, Escalation, MessageDelta, MessageEnded, SurveyAsked
from bot.privacy.redact import fixed
from bot.stores.base import Owner, RecordsOf
from bot.transcript import lines_of
from bot.turns.remembered import TURN
from channels.base import Chose, ConversationId, Surveyed, WantsHuman
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, Stage, says, staged, words


async def queued(stage: Stage) -> None:
    await stage.act(WantsHuman())
    await stage.answers()
    await stage.until_idle()


@pytest.mark.promise("B4")
async def test_of_two_humans_who_claim_at_once_one_wins_and_the_other_is_told_who(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        results = await asyncio.gather(
            stage.handoffs.claim(stage.conversation, named("Dana")),
            stage.handoffs.claim(stage.conversation, named("Robin")),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, NotYours)]
        winner = (await stage.head()).human

        assert len(refused) == 1
        assert winner in str(refused[0])


@pytest.mark.promise("B4", "W102")
async def test_a_human_who_takes_over_in_mid_answer_freezes_the_bubble(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    script: Script = (*words("It arrives "), Hold(go_on), *words("in five days."), END)
    async with staged(tmp_path, [script]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until(MessageDelta.TYPE)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        await stage.handoffs.reply(
            stage.conversation, named("Dana"), Reply(fixed("Hello, Dana here."))
        )
        go_on.set()
        events = await stage.until_idle()
        ended = [event.body for event in events if isinstance(event.body, MessageEnded)]
        kinds = [(event.body.TYPE, event.cause) for event in events]

        frozen = next(body for body in ended if body.author is Author.BOT)
        shown = [e.body.text for e in events if isinstance(e.body, MessageDelta)]
        assert frozen.text == shown[0]
        assert "five days" not in frozen.text
        joined = next(i for i, e in enumerate(events) if isinstance(e.body, Escalation))
        said = kinds.index(("message.start", "human:Dana"))
        assert joined < said
        assert not [kind for kind in kinds[said:] if kind == ("message.delta", "bot")]


@pytest.mark.promise("B4")
async def test_with_a_human_the_bot_is_silent_until_released(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        await stage.say("Are you there?")
        await stage.until_idle()
        await stage.services.outbox.send_due()

        assert stage.model.requests == []
        assert [line.text for line in stage.desk.lines] == ["Are you there?"]


async def test_after_the_release_the_bot_answers_what_was_left_unanswered(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        await stage.say("When will my card arrive?")
        await stage.until_idle()
        await stage.handoffs.release(stage.conversation, named("Dana"))
        answers = await stage.answers(3)

        assert [answer.text for answer in answers[1:]] == [
            "You are talking to the assistant again.",
            ANSWER,
        ]
        assert (await stage.head()).owner is Owner.BOT


async def test_while_queued_the_bot_still_answers_and_keeps_the_queue(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.say("When will my card arrive?")
        answers = await stage.answers(2)

        assert answers[1].text == ANSWER
        assert "already been asked" in stage.model.requests[0].system
        assert (await stage.head()).owner is Owner.QUEUE


@pytest.mark.promise("B13")
async def test_a_message_after_the_resolution_begins_an_episode_that_knows_the_last(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, [says(ANSWER), says("It is on its way.")]) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        await stage.until_idle()
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        await stage.handoffs.resolve(stage.conversation, named("Dana"))
        closed = await stage.until_idle()
        await stage.act(Surveyed(5, "great"))
        await stage.say("Where is it now?")
        await stage.until("message.end", 3)
        await stage.until_idle()
        request = stage.model.requests[-1]

        assert [type(event.body) for event in closed[-2:]] == [ConversationClosed, SurveyAsked]
        assert (await stage.head()).episode == 2
        assert [message.text for message in request.messages] == ["Where is it now?"]
        assert "When will my card arrive?" in request.system


@pytest.mark.promise("B14")
async def test_a_turn_that_decided_under_an_old_floor_says_nothing(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    async with staged(tmp_path, [(Hold(go_on), *says(ANSWER))]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until_asked()
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        go_on.set()
        events = await stage.until_idle()

        assert not [event for event in events if isinstance(event.body, MessageEnded)]


@pytest.mark.parametrize("act", ["reply", "release", "resolve"])
async def test_nobody_acts_on_what_he_has_not_claimed(tmp_path: Path, act: str) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        doing: dict[str, Callable[[], Awaitable[object]]] = {
            "reply": lambda: stage.handoffs.reply(
                stage.conversation, named("Dana"), Reply(fixed("Hi"))
            ),
            "release": lambda: stage.handoffs.release(stage.conversation, named("Dana")),
            "resolve": lambda: stage.handoffs.resolve(stage.conversation, named("Dana")),
        }

        with pytest.raises(NotYours, match="claim the conversation first"):
            await doing[act]()
        await stage.handoffs.claim(stage.conversation, named("Robin"))
        with pytest.raises(NotYours, match="Robin"):
            await doing[act]()


async def test_a_conversation_that_does_not_exist_cannot_be_claimed(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with pytest.raises(BotRefused, match="no conversation"):
            await stage.handoffs.claim(ConversationId("nowhere"), named("Dana"))


async def test_a_desk_that_is_down_loses_no_card(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.desk.is_down = True
        await queued(stage)
        await stage.services.outbox.send_due()
        before = dict(stage.desk.cards)
        stage.desk.is_down = False
        await stage.services.outbox.send_due()
        too_early = dict(stage.desk.cards)
        stage.ahead.by = timedelta(seconds=2)
        await stage.services.outbox.send_due()

        assert before == too_early == {}
        assert len(stage.desk.cards) == 1


async def test_a_grave_matter_while_waiting_makes_the_card_say_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.services.outbox.send_due()
        await stage.say("I don't want to live anymore")
        answer = (await stage.answers(2))[1]
        await stage.until_idle()
        await stage.services.outbox.send_due()

        assert "988" in answer.text
        assert [card.reason for card in stage.desk.cards.values()] == ["sensitive_topic"]
        assert (await stage.head()).epoch == 2


async def test_taking_the_offer_is_stored_as_the_doubt_that_led_to_it(tmp_path: Path) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        await stage.say("Who won the football match yesterday?")
        await stage.answers()
        await stage.act(Chose("human"))
        await stage.answers(2)

        assert (await stage.head()).reason == "low_confidence"


async def test_an_assigned_conversation_is_the_other_humans_and_the_first_can_no_longer_reply(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        before = await stage.head()
        after = await stage.handoffs.assign(stage.conversation, named("Dana"), named("Robin"))

        assert (after.human, after.epoch) == ("Robin", before.epoch + 1)
        with pytest.raises(NotYours, match="Robin") as refused:
            await stage.handoffs.reply(stage.conversation, named("Dana"), Reply(fixed("Hi")))
        assert refused.value.by == "Robin"


async def test_a_correction_replaces_what_the_message_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        dana = named("Dana")
        await stage.handoffs.claim(stage.conversation, dana)
        message = await stage.handoffs.reply(stage.conversation, dana, Reply(fixed("On Mnday.")))
        await stage.handoffs.correct(stage.conversation, dana, message, fixed("On Monday."))
        said = [line for line in lines_of(await stage.events()) if line.author is Author.HUMAN]

        assert [line.text for line in said] == ["On Monday."]


async def test_a_note_is_kept_and_nothing_of_it_is_in_the_log(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        events = await stage.events()
        await stage.handoffs.note(stage.conversation, named("Dana"), fixed("Wants a refund."))
        (note,) = await stage.services.store.find(RecordsOf(NOTE, conversation=stage.conversation))

        assert "Wants a refund." in note.json
        assert await stage.events() == events


async def test_a_card_says_what_the_last_turn_was_about_and_who_has_claimed(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, [says(ANSWER)]) as stage:
        await stage.say("When will my card arrive?")
        await stage.until_idle()
        await queued(stage)
        await stage.handoffs.claim(stage.conversation, named("Dana"))
        await stage.services.outbox.send_due()
        (turn,) = await stage.services.store.find(RecordsOf(TURN, conversation=stage.conversation))
        (card,) = stage.desk.cards.values()

        assert (card.intent, card.trace_id) == ("card-delivery", turn.id)
        assert (card.owner, card.human) == ("human", "Dana")


async def test_a_ticket_opened_twice_is_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        tickets = KeptTickets(stage.services.scribe, stage.services.clock)
        ticket = Ticket(stage.conversation, 1, "button")
        first, second = [await tickets.open(ticket) for _ in range(2)]
        kept = await stage.services.store.find(RecordsOf(TICKET, conversation=stage.conversation))

        assert first == second
        assert [record.id for record in kept] == [first]


async def test_under_a_card_nothing_overtakes_what_could_not_be_shown(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await queued(stage)
        await stage.services.outbox.send_due()
        stage.desk.is_down = True
        await stage.say("First")
        await stage.services.outbox.send_due()
        stage.desk.is_down = False
        await stage.say("Second")
        await stage.services.outbox.send_due()
        early = [line.text for line in stage.desk.lines]
        stage.ahead.by += timedelta(minutes=5)
        await stage.services.outbox.send_due()

        assert early == []
        assert [line.text for line in stage.desk.lines] == ["First", "Second"]
