"""Customers who talk to the app in Slack."""

from pathlib import Path

import pytest

from bot.log import MessageAccepted
from bot.slack.customers.place import Place, conversation_at
from bot.slack.rooms import Room
from bot.slack.target import Target
from bot.slack.threads import Thread
from bot.stores.base import Owner
from bot.tenant import read_tenant
from bot.turns.conversation import Pace
from channels.base import ConversationId, Opening, Said
from tests.bot.slack.customers.stage import (
    ANNA,
    BEN,
    DANA,
    OTHER_TEAM,
    ROOM,
    TEAM,
    Scene,
    buttons_of,
    scene,
)
from tests.bot.stage import ANSWER, POLICY, says

DISCLOSURE = "You are chatting with an AI assistant."
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


def named(here: Scene, text: str, team: str = TEAM) -> str:
    return f"<@{here.server.team(team).bot_user}> {text}"


async def test_the_first_question_is_greeted_and_answered_under_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        answer = await here.until_said(ts, ANSWER)
        await here.rest()

        greeting, *rest = here.shown(ts)
        assert DISCLOSURE in greeting.text or DISCLOSURE in str(greeting.blocks)
        assert buttons_of(greeting) == ["customer_human"]
        assert [one.text for one in rest] == [ANSWER]
        assert buttons_of(answer) == ["customer_rate:up", "customer_rate:down", "customer_human"]
        assert "Sources: [1] <https://help.aurelis.example/card-delivery|" in str(answer.blocks)
        head = await here.head()
        assert head is not None
        assert (head.channel, head.customer, head.locale) == ("slack", "slack:T1:U7", "en-US")


async def test_a_second_question_is_answered_under_it_without_a_greeting(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On Monday.")]) as here:
        first = await here.asks()
        await here.until_said(first, ANSWER)
        await here.rest()
        second = await here.asks("And when exactly will my new card arrive?")
        await here.until_said(second, "On Monday.")
        await here.rest()

        assert here.texts(first) == [ANSWER]
        assert [one.text for one in here.shown(second)] == ["On Monday."]


async def test_under_the_answer_the_same_conversation_goes_on(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On Monday.")]) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.rest()
        await here.asks("And when exactly will my new card arrive?", thread=ts)
        await here.until_said(ts, "On Monday.")
        await here.rest()

        assert here.texts(ts) == [ANSWER, "On Monday."]
        accepted = [e for e in await here.events() if isinstance(e.body, MessageAccepted)]
        assert len(accepted) == 2


@pytest.mark.promise("K56")
async def test_a_message_that_comes_again_is_answered_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.rest()
        event = here.server.messages(TEAM, here.direct)[0]
        again = {
            "type": "message",
            "channel_type": "im",
            "channel": here.direct,
            "user": ANNA,
            "text": event.text,
            "ts": ts,
        }
        await here.server.event(TEAM, again)
        await here.rest()

        assert here.texts(ts) == [ANSWER]
        assert len(here.stage.model.requests) == 1


async def test_edits_deletions_and_bots_are_not_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.rest()
        await here.server.edits(TEAM, here.direct, ts, "Something else?")
        await here.server.deletes(TEAM, here.direct, ts)
        await here.server.bot_says(TEAM, here.direct, "Deployed.")
        await here.rest()

        assert len(here.stage.model.requests) == 1


async def test_a_mention_begins_a_thread_that_goes_on_without_one(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On Monday.")]) as here:
        ts = await here.server.says(TEAM, ROOM, ANNA, named(here, "When will my card arrive?"))
        await here.until_said(ts, ANSWER, ROOM)
        await here.rest()
        await here.server.says(TEAM, ROOM, ANNA, "And when exactly will it arrive?", thread=ts)
        await here.until_said(ts, "On Monday.", ROOM)
        await here.rest()

        assert here.texts(ts, ROOM) == [ANSWER, "On Monday."]
        asked = here.stage.model.requests[0].messages[-1].text
        assert asked == "When will my card arrive?"


async def test_in_somebody_elses_thread_nobody_else_is_heard(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.user(TEAM, BEN, "Ben", locale="de-DE")
        ts = await here.server.says(TEAM, ROOM, ANNA, named(here, "When will my card arrive?"))
        await here.until_said(ts, ANSWER, ROOM)
        await here.rest()
        await here.server.says(TEAM, ROOM, BEN, "When will mine?", thread=ts)
        assert here.server.ephemerals(TEAM, ROOM, BEN) == []
        await here.server.says(TEAM, ROOM, BEN, named(here, "When will mine?"), thread=ts)
        await here.rest()

        assert len(here.stage.model.requests) == 1
        [told] = here.server.ephemerals(TEAM, ROOM, BEN)
        assert told.text.startswith("Dieser Thread gehört")


async def test_plain_words_in_a_channel_and_threads_of_the_desk_are_not_ours(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        card = await here.server.says(TEAM, ROOM, DANA, "the card of a handoff")
        target = Target(ConversationId("abc"), 1)
        await here.parts.threads.bind(Thread(target, Room(TEAM, ROOM), card))
        await here.server.says(TEAM, ROOM, DANA, named(here, "who is this?"), thread=card)
        top = await here.server.says(TEAM, ROOM, ANNA, "When will my card arrive?")
        await here.server.says(TEAM, ROOM, ANNA, "Anybody?", thread=top)
        ours = await here.server.says(TEAM, ROOM, ANNA, named(here, "When will it arrive?"))
        await here.until_said(ours, ANSWER, ROOM)
        await here.rest()

        assert len(here.stage.model.requests) == 1
        asked = {"channel": ROOM, "channel_type": "channel"}
        assert not await here.customers.is_ours(TEAM, {**asked, "thread_ts": card})
        assert not await here.customers.is_ours(TEAM, {**asked, "ts": top})
        assert await here.customers.is_ours(TEAM, {**asked, "thread_ts": ours})
        assert await here.customers.is_ours(TEAM, {"channel": "D1", "channel_type": "im"})


@pytest.mark.promise("K82")
async def test_two_workspaces_never_share_a_conversation(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.channel(OTHER_TEAM, ROOM, "general")
        ask = "When will my card arrive?"
        first = await here.server.says(TEAM, ROOM, ANNA, named(here, ask))
        await here.until_said(first, ANSWER, ROOM)
        second = await here.server.says(OTHER_TEAM, ROOM, ANNA, named(here, ask, OTHER_TEAM))
        await here.server.until(
            lambda: any(ANSWER in m.text for m in here.server.messages(OTHER_TEAM, ROOM, second))
        )
        await here.rest()

        one = await here.head(conversation_at(Place(TEAM, ROOM, first)))
        other = await here.head(conversation_at(Place(OTHER_TEAM, ROOM, second)))
        assert one is not None
        assert other is not None
        assert (one.customer, other.customer) == ("slack:T1:U7", "slack:T2:U7")
        said = here.server.called("chat.postMessage") + here.server.called("chat.startStream")
        assert {(call.team, call.arguments["thread_ts"]) for call in said} == {
            (TEAM, first),
            (OTHER_TEAM, second),
        }


@pytest.mark.promise("X106")
async def test_one_customer_in_slack_and_on_the_web_has_two_conversations(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On the web.")]) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.rest()
        reception = here.stage.reception
        opened = await reception.open(Opening("pk_demo", "slack:T1:U7", None, "en"))
        await reception.accept(opened.conversation, Said("w1", "When will my card arrive?"))
        await here.rest()

        assert opened.conversation != here.conversation
        assert here.texts(ts) == [ANSWER]


async def test_a_thread_that_the_app_began_is_a_conversation_of_its_own(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.asks()
        await here.rest()
        asked = {"channel": here.direct, "thread_ts": "", "text": "New chat"}
        said = await here.api.call(TEAM, "chat.postMessage", asked)
        thread = {"user_id": ANNA, "channel_id": here.direct, "thread_ts": said["ts"]}
        begun = {"type": "assistant_thread_started", "assistant_thread": thread}
        await here.server.event(TEAM, begun)
        await here.rest()
        await here.asks(thread=said["ts"])
        await here.until_said(said["ts"], ANSWER)
        await here.rest()

        own = conversation_at(Place(TEAM, here.direct, said["ts"]))
        assert await here.head(own) is not None
        assert here.texts(said["ts"])[1:] == [ANSWER]
        [suggested] = here.server.called("assistant.threads.setSuggestedPrompts")
        assert suggested.arguments["prompts"][0]["message"] == "Where is my new card?"


async def test_who_opens_the_messages_for_the_first_time_is_greeted_in_his_language(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        here.server.user(TEAM, ANNA, "Anna", locale="de-DE")
        await here.server.opens_home(TEAM, ANNA, tab="home")
        for _ in range(2):
            await here.server.opens_home(TEAM, ANNA, tab="messages")
            await here.rest()

        [greeting] = here.server.messages(TEAM, here.direct)
        assert "Sie sprechen mit einem KI-Assistenten." in str(greeting.blocks)
        assert buttons_of(greeting) == ["customer_human"]


async def test_a_file_comes_with_the_message_and_one_that_is_none_of_ours_is_told(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        files = [("letter.png", PNG), ("tool.exe", b"MZ")]
        ts = await here.server.direct(TEAM, ANNA, "See my card letter", files=files)
        await here.until_said(ts, "A file could not be accepted")
        await here.rest()

        accepted = [e.body for e in await here.events() if isinstance(e.body, MessageAccepted)]
        assert [file.name for file in accepted[0].attachments] == ["letter.png"]
        file_id = accepted[0].attachments[0].file_id
        content = await here.stage.services.files.get(here.conversation, file_id)
        assert content == PNG


async def test_the_words_for_a_person_bring_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks("I want to talk to a human")
        handed = await here.until_said(ts, "I am passing you on")
        await here.rest()

        head = await here.head()
        assert head is not None
        assert (head.owner, head.reason) == (Owner.QUEUE, "explicit_request")
        assert buttons_of(handed) == []


async def test_what_was_withheld_is_put_back_in_private_only(tmp_path: Path) -> None:
    echo = says("I have noted [EMAIL_1] for your card.")
    ask = "Please send news of my card to anna@example.com"
    async with scene(tmp_path, [echo]) as here:
        private = await here.asks(ask)
        await here.until_said(private, "I have noted")
        public = await here.server.says(TEAM, ROOM, ANNA, named(here, ask))
        await here.until_said(public, "I have noted", ROOM)
        await here.rest()

        assert here.texts(private) == ["I have noted anna@example.com for your card."]
        assert here.texts(public, ROOM) == ["I have noted [EMAIL_1] for your card."]


async def test_what_is_said_in_a_burst_is_answered_once_under_the_last(tmp_path: Path) -> None:
    async with scene(tmp_path, quiet_s=0.4) as here:
        first = await here.asks("Hello")
        second = await here.asks("When will my card arrive?")
        await here.until_said(second, ANSWER)
        await here.rest()

        [request] = here.stage.model.requests
        assert [message.text for message in request.messages][-2:] == [
            "Hello",
            "When will my card arrive?",
        ]
        assert here.texts(first) == []


def test_in_slack_a_burst_is_waited_for_longer() -> None:
    assert (Pace().on("slack").quiet_s, Pace().on("web").quiet_s) == (1.2, 0.8)
    tenant = read_tenant(f"{POLICY}\npace: {{slack_quiet_s: 2.5}}\n", "policy.yaml")
    assert tenant.pace.on("slack").quiet_s == 2.5
