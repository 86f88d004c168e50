"""The emulator of Slack refuses what Slack refuses, and remembers what it was told."""

from typing import Any

import aiohttp
import pytest

from tests.emulators.slack_scene import client_of, staged

CUSTOM = {"username": "Someone"}
METADATA = {"event_type": "copilot.handoff", "event_payload": {"episode": 1}}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str = "words") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action: str, value: str = "") -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain("Press"), "value": value}


def modal(**more: object) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "field", "max_length": 10}
    entry = {"type": "input", "block_id": "field", "label": plain("Say"), "element": element}
    whole = {"type": "modal", "callback_id": "say", "title": plain("Say it"), "blocks": [entry]}
    return {**whole, "submit": plain("Say"), **more}


async def test_a_posted_message_is_there_with_everything_that_came_with_it() -> None:
    async with staged() as scene:
        ts = await scene.post("a card", blocks=[section()], metadata=METADATA)
        reply = await scene.post("below", thread_ts=ts)
        found = await scene.client.conversations_replies(
            channel="C1", ts=ts, include_all_metadata=True
        )

        [card, below] = found["messages"]
        assert (card["metadata"], card["reply_count"]) == (METADATA, 1)
        assert (below["ts"], below["thread_ts"]) == (reply, ts)
        assert [message.text for message in scene.server.messages("T1", "C1")] == ["a card"]
        assert [m.ts for m in scene.server.messages("T1", "C1", ts)] == [ts, reply]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"channel": "COUT", "text": "x"}, "not_in_channel"),
        ({"channel": "COLD", "text": "x"}, "is_archived"),
        ({"channel": "GOUT", "text": "x"}, "channel_not_found"),
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": "C1"}, "no_text"),
        ({"channel": "C1", "text": "  "}, "no_text"),
        ({"channel": "C1", "markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
        ({"channel": "C1", "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": "C1", "text": "x", "thread_ts": "12"}, "invalid_thread_ts"),
        ({"channel": "C1", "text": "x", "thread_ts": "12.000001"}, "thread_not_found"),
        ({"channel": "C1", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ({"channel": "C1", "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": "C1", "text": "x", "blocks": [section("x" * 3_001)]}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "blocks": [{"type": "poem"}]}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "blocks": ["words"]}, "invalid_blocks"),
        (
            {"channel": "C1", "text": "x", "blocks": [section("x" * 3_000)] * 5},
            "msg_blocks_too_long",
        ),
    ],
)
async def test_a_message_that_slack_would_not_take_is_refused(
    arguments: dict[str, Any], error: str
) -> None:
    async with staged() as scene:
        scene.server.channel("T1", "COUT", is_member=False)
        scene.server.channel("T1", "GOUT", is_member=False, kind="group")
        scene.server.channel("T1", "COLD").is_archived = True

        assert await scene.refused("chat.postMessage", **arguments) == error
        assert scene.server.messages("T1", "C1") == []
        assert scene.server.calls[-1].outcome == error


async def test_blocks_that_exist_are_taken() -> None:
    feedback = {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Good"), "value": "good"},
                "negative_button": {"text": plain("Bad"), "value": "bad"},
            }
        ],
    }
    async with staged() as scene:
        ts = await scene.post(blocks=[{"type": "markdown", "text": "# Words"}, section(), feedback])
        await scene.server.clicks("T1", "C1", ts, "U1", "feedback", "bad")

        assert scene.heard[-1]["actions"][0]["value"] == "bad"
        assert await scene.refused("chat.postMessage", channel="C1", text="x", blocks=[
            {"type": "markdown", "text": "x" * 12_001}]) == "invalid_blocks"  # fmt: skip


async def test_a_token_decides_who_calls_and_what_he_may() -> None:
    async with staged() as scene:
        server, team = scene.server, scene.server.team("T1")
        stranger = client_of(server, "xoxb-of-nobody")
        with pytest.raises(Exception, match="invalid_auth"):
            await stranger.auth_test()
        team.scopes.discard("chat:write.customize")

        assert await scene.refused("chat.postMessage", channel="C1", text="x", **CUSTOM) == (
            "missing_scope"
        )
        team.more_tokens["xoxb-rotated"] = server.unix() - 1
        with pytest.raises(Exception, match="token_expired"):
            await client_of(server, "xoxb-rotated").auth_test()
        await server.uninstalls("T1")
        assert await scene.refused("chat.postMessage", channel="C1", text="x") == (
            "account_inactive"
        )
        assert [event["type"] for event in scene.events[-2:]] == [
            "tokens_revoked",
            "app_uninstalled",
        ]


async def test_two_workspaces_do_not_see_each_other() -> None:
    async with staged() as scene:
        await scene.post("of the first")
        other = client_of(scene.server, scene.server.team("T2").bot_token)
        with pytest.raises(Exception, match="channel_not_found"):
            await other.chat_postMessage(channel="C1", text="x")
        scene.server.channel("T2", "C1")
        await other.chat_postMessage(channel="C1", text="of the second")

        assert [message.text for message in scene.server.messages("T1", "C1")] == ["of the first"]
        assert [message.text for message in scene.server.messages("T2", "C1")] == ["of the second"]


async def test_only_what_the_bot_has_posted_can_be_changed_by_it() -> None:
    async with staged() as scene:
        mine, theirs = await scene.post(), await scene.server.says("T1", "C1", "U1", "mine")
        for method in ("update", "delete"):
            refused = await scene.refused(f"chat.{method}", channel="C1", ts=theirs, text="x")
            assert refused == f"cant_{method}_message"
        assert await scene.refused("chat.update", channel="C1", ts="1.000009", text="x") == (
            "message_not_found"
        )
        assert await scene.refused("chat.update", channel="C1", ts=mine, text="x" * 4_001) == (
            "msg_too_long"
        )
        await scene.client.chat_update(channel="C1", ts=mine, text="other", blocks=[section()])
        await scene.client.chat_update(channel="C1", ts=mine, text="without blocks")

        [message, _] = scene.server.messages("T1", "C1")
        assert (message.text, message.blocks, bool(message.edited)) == ("without blocks", [], True)


async def test_a_deleted_parent_leaves_a_tombstone() -> None:
    async with staged() as scene:
        ts = await scene.post()
        await scene.post("below", thread_ts=ts)
        await scene.client.chat_delete(channel="C1", ts=ts)
        found = await scene.client.conversations_history(channel="C1")

        assert [message["subtype"] for message in found["messages"]] == ["tombstone"]
        assert await scene.refused("chat.update", channel="C1", ts=ts, text="x") == (
            "message_not_found"
        )


async def test_a_reaction_stands_once() -> None:
    async with staged() as scene:
        ts = await scene.server.says("T1", "C1", "U1", "hello")
        await scene.client.reactions_add(channel="C1", timestamp=ts, name="eyes")
        again = await scene.refused("reactions.add", channel="C1", timestamp=ts, name="eyes")
        odd = await scene.refused("reactions.add", channel="C1", timestamp=ts, name=":eyes:")

        assert (again, odd) == ("already_reacted", "invalid_name")
        assert scene.server.messages("T1", "C1")[0].reactions == ["eyes"]
        await scene.client.reactions_remove(channel="C1", timestamp=ts, name="eyes")
        gone = await scene.refused("reactions.remove", channel="C1", timestamp=ts, name="eyes")
        assert gone == "no_reaction"


async def test_methods_that_read_do_not_look_into_json() -> None:
    async with staged() as scene:
        ts = await scene.post()

        for method in ("conversations.replies", "conversations.history", "users.info"):
            arguments = {"channel": "C1", "ts": ts, "user": "U1"}
            assert await scene.refused(method, **arguments) == "invalid_arguments"
            await scene.client.api_call(method, params=arguments)


async def test_history_comes_in_pages_and_between_two_instants() -> None:
    async with staged() as scene:
        all_ts = [await scene.post(f"message {n}") for n in range(5)]
        seen: list[str] = []
        cursor = ""
        while True:
            page = await scene.client.conversations_history(channel="C1", limit=2, cursor=cursor)
            seen += [message["ts"] for message in page["messages"]]
            if not page["has_more"]:
                break
            cursor = page["response_metadata"]["next_cursor"]
        after = await scene.client.conversations_history(channel="C1", oldest=all_ts[2])
        with_it = await scene.client.conversations_history(
            channel="C1", oldest=all_ts[2], inclusive=True
        )

        assert seen == all_ts[::-1]
        assert [message["ts"] for message in after["messages"]] == all_ts[:2:-1]
        assert with_it["messages"][-1]["ts"] == all_ts[2]


async def test_a_file_goes_up_and_comes_down_with_a_token_only() -> None:
    async with staged() as scene:
        ts = await scene.post()
        done = await scene.client.files_upload_v2(
            channel="C1", thread_ts=ts, filename="a.txt", content="words", title="Words"
        )
        [_, shared] = scene.server.messages("T1", "C1", ts)
        url = done["file"]["url_private"]
        async with aiohttp.ClientSession() as session:
            token = {"Authorization": f"Bearer {scene.server.team('T1').bot_token}"}
            async with session.get(url, headers=token) as response:
                content = await response.read()
            async with session.get(url) as response:
                without = (response.status, response.content_type)

        assert (shared.subtype, shared.files[0].title, content) == ("file_share", "Words", b"words")
        assert without == (200, "text/html")


async def test_a_modal_opens_with_a_fresh_trigger_and_closes_when_submitted() -> None:
    async with staged() as scene:
        await scene.server.commands("T1", "C1", "U1", "/support", "note")
        trigger = scene.heard[-1]["trigger_id"]
        await scene.client.views_open(trigger_id=trigger, view=modal())
        used = await scene.refused("views.open", trigger_id=trigger, view=modal())
        await scene.server.submits("T1", "U1", {"field": "words"})
        view = scene.heard[-1]["view"]
        await scene.server.commands("T1", "C1", "U1", "/support", "note")
        scene.time.now += 3.1
        late = await scene.refused(
            "views.open", trigger_id=scene.heard[-1]["trigger_id"], view=modal()
        )

        assert view["state"]["values"]["field"]["field"]["value"] == "words"
        assert scene.server.view_of("T1", "U1") is None
        assert (used, late) == ("exchanged_trigger_id", "expired_trigger_id")


@pytest.mark.parametrize(
    "view",
    [
        modal(title=plain("x" * 25)),
        modal(private_metadata="x" * 3_001),
        modal(submit=None, blocks=[]),
        {"type": "modal", "title": plain("x"), "blocks": modal()["blocks"]},
        {"type": "home", "blocks": [section()]},
    ],
)
async def test_a_view_that_slack_would_not_take_is_refused(view: dict[str, Any]) -> None:
    async with staged() as scene:
        await scene.server.commands("T1", "C1", "U1", "/support", "note")
        trigger = scene.heard[-1]["trigger_id"]

        refused = await scene.refused("views.open", trigger_id=trigger, view=view)
        assert refused == "invalid_arguments"


async def test_nobody_can_submit_what_does_not_fit() -> None:
    async with staged() as scene:
        await scene.server.uses_shortcut("T1", "U1", "say")
        await scene.client.views_open(trigger_id=scene.heard[-1]["trigger_id"], view=modal())

        for values in ({}, {"field": "x" * 11}, {"other": "x"}):
            with pytest.raises(AssertionError):
                await scene.server.submits("T1", "U1", values)


async def test_a_home_is_published_and_its_buttons_work() -> None:
    async with staged() as scene:
        blocks = [{"type": "actions", "elements": [button("claim", "a")]}]
        more = [{"type": "actions", "elements": [button("claim", "b")]}]
        home = {"type": "home", "blocks": blocks + more}
        await scene.client.views_publish(user_id="U1", view=home)
        await scene.server.opens_home("T1", "U1")
        await scene.server.clicks_in_home("T1", "U1", "claim", "b")

        assert scene.events[-1]["view"]["blocks"][0]["elements"][0]["value"] == "a"
        assert scene.heard[-1]["actions"][0]["value"] == "b"
        assert scene.server.home_of("T1", "U1") is not None


async def test_a_response_url_works_five_times() -> None:
    async with staged() as scene:
        ts = await scene.post(blocks=[{"type": "actions", "elements": [button("claim:3")]}])
        await scene.server.clicks("T1", "C1", ts, "U1", "claim")
        url = scene.heard[-1]["response_url"]
        statuses = []
        async with aiohttp.ClientSession() as session:
            for n in range(6):
                async with session.post(url, json={"text": f"told {n}"}) as response:
                    statuses.append(response.status)

        assert statuses == [200] * 5 + [404]
        assert len(scene.server.ephemerals("T1", "C1", "U1")) == 5


async def test_an_ephemeral_message_is_seen_by_one_and_can_be_clicked_by_him() -> None:
    async with staged() as scene:
        blocks = [{"type": "actions", "elements": [button("claim")]}]
        answer = await scene.client.chat_postEphemeral(
            channel="C1", user="U1", text="only you", blocks=blocks
        )
        await scene.server.clicks("T1", "C1", answer["message_ts"], "U1", "claim")

        assert scene.heard[-1]["container"]["is_ephemeral"] is True
        assert [w.text for w in scene.server.ephemerals("T1", "C1", "U1")] == ["only you"]
        assert scene.server.ephemerals("T1", "C1", "U2") == []


async def test_a_direct_message_has_a_channel_of_its_own() -> None:
    async with staged() as scene:
        ts = await scene.server.direct("T1", "U1", "hello")
        opened = await scene.client.conversations_open(users="U1")
        await scene.client.chat_postMessage(channel="U1", text="hi", thread_ts=ts)
        person = await scene.client.users_info(user="U1")

        assert scene.events[0]["channel_type"] == "im"
        assert opened["channel"]["id"] == scene.server.direct_of("T1", "U1")
        assert [m.text for m in scene.server.messages("T1", "U1", ts)] == ["hello", "hi"]
        assert person["user"]["profile"]["display_name"] == "Dana"


async def test_who_has_not_seen_an_update_may_still_press_what_was_there() -> None:
    async with staged() as scene:
        blocks = [{"type": "actions", "elements": [button("claim")]}]
        ts = await scene.post(blocks=blocks)
        await scene.client.chat_update(channel="C1", ts=ts, text="Claimed by another")
        await scene.server.clicks("T1", "C1", ts, "U1", "claim")

        assert scene.heard[-1]["actions"][0]["action_id"] == "claim"
        assert scene.server.message("T1", "C1", ts).blocks == []
