"""Humans in Slack and a customer on the web, through the whole product over real sockets."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.humans.suggest import EDITED
from bot.settings import DEMO, Settings
from bot.stores.base import Owner, RecordsOf
from channels.wire.web_seen import Delta, Ended, Escalated, Started
from tests.e2e.slack_place import DANA, ROBIN, SUPPORT, TEAM, SlackPlace, slack_place
from tests.e2e.visitor import Visitor, Wanted, is_ended, is_other, visiting
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow


def ended_with(words: str) -> Wanted:
    return lambda frame: isinstance(frame, Ended) and words in frame.text


def escalated(state: str) -> Wanted:
    return lambda frame: isinstance(frame, Escalated) and frame.state == state


def shown(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def policy_with(folder: Path, desk: str) -> Settings:
    """Return settings whose company has set this about its desk."""
    path = folder / "policy.yaml"
    usual = (DEMO / "policy.yaml").read_text(encoding="utf-8")
    path.write_text(f"{usual}\ndesk: {desk}\n", encoding="utf-8")
    return Settings(policy=path)


async def handed_over(place: SlackPlace, visitor: Visitor, question: str = "") -> Message:
    """Let the customer ask for a person, and return the card."""
    if question:
        await visitor.ask(question)
    await visitor.client.say("I want to talk to a person")
    return await place.card()


async def claimed(place: SlackPlace, card: Message, user: str = DANA) -> None:
    await place.slack.clicks(TEAM, SUPPORT, card.ts, user, "claim")
    await place.slack.until(lambda: f"Claimed by <@{user}>" in shown(place.cards()[0]))


async def reads(place: SlackPlace, words: str, number: int = 0) -> Message:
    """Wait until a card has these words on it."""
    await place.slack.until(lambda: words in shown(place.cards()[number]))
    return place.cards()[number]


@pytest.mark.promise("K63", "K65", "B4", "X107")
async def test_two_click_claim_at_once_one_has_it_and_his_word_reaches_the_customer_once(
    tmp_path: Path,
) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor, "How do I change my PIN?")
        assert ">How do I change my PIN?" in shown(card)
        assert "*Tried*\\n• Bot: Change your PIN" in shown(card)
        assert "Identity not verified" in shown(card)
        await asyncio.gather(
            *(
                place.slack.clicks(TEAM, SUPPORT, card.ts, user, "claim")
                for user in (DANA, ROBIN, DANA, ROBIN)
            )
        )
        await reads(place, "Claimed by")
        [head] = await place.app.manager.handoffs.queue()
        winner = head.human.split(":")[2]
        loser = ROBIN if winner == DANA else DANA
        told = [one.text for one in place.slack.ephemerals(TEAM, SUPPORT, loser)]

        assert told
        assert all(f"<@{winner}> has this conversation" in text for text in told)
        assert not place.slack.ephemerals(TEAM, SUPPORT, winner)

        ts = await place.slack.says(TEAM, SUPPORT, winner, "Hello &amp; welcome", thread=card.ts)
        await visitor.until(ended_with("Hello & welcome"))
        await place.slack.until(lambda: bool(place.slack.message(TEAM, SUPPORT, ts).reactions))
        await place.slack.says(TEAM, SUPPORT, loser, "I would say no", thread=card.ts)
        await visitor.client.say("Thank you, are you still there?")
        await place.said(card, "are you still there?")
        await place.slack.says(TEAM, SUPPORT, winner, "I am.", thread=card.ts)
        await visitor.until(ended_with("I am."))

        assert place.slack.message(TEAM, SUPPORT, ts).reactions == ["white_check_mark"]
        begun = [frame for frame in visitor.frames if isinstance(frame, Started)]
        by_human = [frame for frame in begun if frame.author == "agent"]
        assert len(by_human) == 2
        words = [frame.text for frame in visitor.frames if isinstance(frame, Delta | Ended)]
        assert not any("I would say no" in text for text in words)


@pytest.mark.promise("K66")
async def test_an_edit_within_a_minute_changes_the_bubble_and_adds_none(tmp_path: Path) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await claimed(place, card)
        ts = await place.slack.says(TEAM, SUPPORT, DANA, "It costs 5 euro", thread=card.ts)
        [first] = await visitor.until(ended_with("5 euro"))
        await place.slack.edits(TEAM, SUPPORT, ts, "It costs 6 euro")
        [second] = await visitor.until(ended_with("6 euro"))
        ids = [frame.message_id for frame in (first, second) if isinstance(frame, Ended)]

        assert ids == [ids[0]] * 2
        assert visitor.client.screen.text_of(ids[0]) == "It costs 6 euro"
        bubbles = [one.text for one in visitor.client.screen.bubbles]
        assert not any("5 euro" in text for text in bubbles)


@pytest.mark.promise("K85", "B13")
async def test_notes_are_no_bubbles_and_who_comes_after_the_end_begins_a_new_matter(
    tmp_path: Path,
) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await claimed(place, card)
        for note in ("note: a VIP", ";; do not offer a refund"):
            await place.slack.says(TEAM, SUPPORT, DANA, note, thread=card.ts)
        await place.slack.says(TEAM, SUPPORT, DANA, "All done\n;; at last", thread=card.ts)
        await visitor.until(ended_with("All done"))
        await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "resolve")
        await visitor.until(is_other("csat.request"))
        await reads(place, '"Resolved"')
        answer = await visitor.ask("How do I change my PIN?")

        assert answer.ended.author == "bot"
        words = [frame.text for frame in visitor.frames if isinstance(frame, Delta | Ended)]
        assert not [text for text in words if "VIP" in text or "refund" in text or ";;" in text]
        assert await place.app.manager.handoffs.queue() == ()


async def test_what_the_bot_and_forms_have_said_stands_under_the_card(tmp_path: Path) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        waiting = await visitor.ask("How long does a transfer take?")
        by_bot = await place.said(card, waiting.ended.text[:20])
        await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "suggest")
        await place.slack.until(lambda: bool((place.slack.view_of(TEAM, DANA) or {}).get("submit")))
        await place.slack.submits(TEAM, DANA, {"field": "It takes one working day."})
        [said] = await visitor.until(ended_with("It takes one working day."))
        by_form = await place.said(card, "It takes one working day.")

        store = place.app.services.store
        [edited] = await store.find(RecordsOf(EDITED))

        assert 0 < float(json.loads(edited.json)["distance"]) <= 1
        assert by_bot.username == "Bot"
        assert f":white_check_mark: Sent to the customer by <@{DANA}>" in shown(by_form)
        assert isinstance(said, Ended)
        assert said.author == "agent"
        lines = [one for one in place.thread(card) if "one working day." in one.text]
        assert len(lines) == len({one.text for one in lines})


async def test_returned_to_the_bot_the_customer_knows_and_the_bot_answers(tmp_path: Path) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await claimed(place, card)
        await visitor.client.say("Hello? How do I change my PIN?")
        await place.said(card, "Hello?")
        await place.slack.says(TEAM, SUPPORT, DANA, "The bot knows that.", thread=card.ts)
        await visitor.until(ended_with("The bot knows that."))
        await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "release")
        await visitor.until(ended_with("talking to the assistant again"))
        over = await reads(place, "Returned to the bot")
        answer = await visitor.ask("How do I change my PIN?")

        assert answer.ended.author == "bot"
        assert '"actions"' not in shown(over)
        assert await place.said(card, f"Returned to the bot (<@{DANA}>)")


@pytest.mark.promise("X108")
async def test_who_waits_for_long_is_called_for_told_and_may_go_on_with_the_bot(
    tmp_path: Path,
) -> None:
    soon = '{on_call: "<@U2>", sla: {ping_s: 0.2, escalate_s: 3, tell_s: 3.2, ticket_s: 900}}'
    settings = policy_with(tmp_path, soon)
    async with slack_place(tmp_path, settings) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        pinged = await place.said(card, "Nobody has claimed this yet")
        escalated_to = await place.said(card, "Still nobody")
        await visitor.until(ended_with("nobody is free yet"))
        await visitor.until(is_other("choices"))
        await visitor.client.send({"type": "choice", "id": "go_on"})
        await visitor.until(ended_with("What else can I look up"))
        over = await reads(place, "The customer went on with the bot")
        answer = await visitor.ask("How do I change my PIN?")

        assert pinged.text.startswith("<!here> ")
        assert escalated_to.text.startswith("<@U2> ")
        assert '"actions"' not in shown(over)
        assert await place.said(card, "The customer went on with the bot")
        assert answer.ended.author == "bot"
        left = [frame for frame in visitor.frames if escalated("left")(frame)]
        assert [frame.name for frame in left if isinstance(frame, Escalated)] == [""]


@pytest.mark.promise("X108")
async def test_a_human_who_says_nothing_is_reminded_and_then_loses_it(tmp_path: Path) -> None:
    settings = policy_with(tmp_path, "{sla: {nudge_s: 0.2, requeue_s: 3}}")
    async with slack_place(tmp_path, settings) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await claimed(place, card)
        nudge = await place.said(card, "waited for your answer")
        await visitor.until(ended_with("cannot answer at the moment"))
        await place.said(card, "Back in the queue")
        again = await reads(place, "Nobody has claimed it")

        assert nudge.text.startswith(f"<@{DANA}> ")
        assert '"claim"' in shown(again)
        [head] = await place.app.manager.handoffs.queue()
        assert head.owner is Owner.QUEUE


@pytest.mark.promise("X108")
async def test_after_a_long_silence_the_bot_is_back_and_both_are_told(tmp_path: Path) -> None:
    settings = policy_with(tmp_path, "{sla: {quiet_s: 0.5}}")
    async with slack_place(tmp_path, settings) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await claimed(place, card)
        await visitor.until(ended_with("It has been quiet here for a while"))
        over = await reads(place, "Returned to the bot after a long silence")
        closing = await place.said(card, "after a long silence")
        answer = await visitor.ask("How do I change my PIN?")

        assert DANA not in closing.text
        assert '"actions"' not in shown(over)
        assert answer.ended.author == "bot"


async def test_taken_over_unasked_the_card_says_so_and_the_bot_is_silent(tmp_path: Path) -> None:
    async with slack_place(tmp_path) as place, visiting(place.url) as visitor:
        await visitor.ask("How do I change my PIN?")
        conversation = visitor.client.conversation
        await place.slack.commands(TEAM, SUPPORT, ROBIN, "/support", f"pause bot {conversation}")
        card = await place.card()
        await visitor.until(escalated("joined"))
        since = len(visitor.frames)
        await visitor.client.say("How long does a transfer take?")
        await place.said(card, "How long does a transfer take?")
        await place.slack.says(TEAM, SUPPORT, ROBIN, "One day.", thread=card.ts)
        await visitor.until(is_ended, since=since)

        assert "Taken over from the bot" in shown(card)
        assert "Caused by a human" in shown(card)
        replies = [frame for frame in visitor.frames[since:] if isinstance(frame, Ended)]
        assert [(one.author, one.text) for one in replies] == [("agent", "One day.")]


async def test_where_cards_are_only_alerts_nothing_can_be_done_from_slack(tmp_path: Path) -> None:
    settings = policy_with(tmp_path, "{mode: alerts}")
    async with slack_place(tmp_path, settings) as place, visiting(place.url) as visitor:
        card = await handed_over(place, visitor)
        await place.slack.says(TEAM, SUPPORT, DANA, "Hello", thread=card.ts)
        await place.slack.opens_home(TEAM, DANA)
        await place.slack.until(lambda: place.slack.home_of(TEAM, DANA) is not None)
        await place.slack.commands(TEAM, SUPPORT, DANA, "/support", "take")
        await place.slack.until(lambda: bool(place.slack.ephemerals(TEAM, SUPPORT, DANA)))

        assert '"actions"' not in shown(card)
        assert '"claim"' not in json.dumps(place.slack.home_of(TEAM, DANA))
        told = place.slack.ephemerals(TEAM, SUPPORT, DANA)[-1]
        assert "only alerts" in told.text
        [head] = await place.app.manager.handoffs.queue()
        assert head.owner is Owner.QUEUE
