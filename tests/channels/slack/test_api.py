"""The Web API over a real socket, with the real SDK, against the emulator."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.privacy.vault import VaultKey
from bot.stores.cabinet import MemorySlots
from bot.stores.cabinet_sqlite import open_cabinet
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Installation, TeamId
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackBusy, SlackRefused, SlackRevoked, SlackUnreachable
from channels.slack.mrkdwn import escaped, harmless
from channels.slack.pace import per_minute_turns
from channels.slack.split import pieces_of
from channels.slack.tokens import Tokens
from tests.channels.slack.api_stage import TEAM, Installed, Stage, Turned, post, staged, texts
from tests.emulators.slack import Fault, slack_running

KEY = VaultKey(b"a secret of thirty-two characters")
POST = "chat.postMessage"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


async def test_what_is_called_is_done_with_our_token_and_counted(stage: Stage) -> None:
    answer = await post(stage.api, "Grüße & <3")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
    await stage.api.call(
        TEAM, "chat.update", {"channel": "C1", "ts": answer["ts"], "text": "y", "blocks": blocks}
    )

    assert texts(stage) == ["y"]
    assert {call.token for call in stage.server.calls} == {stage.server.team("T1").bot_token}
    assert stage.counted == [(POST, "ok"), ("chat.update", "ok")]


async def test_methods_that_only_read_are_asked_with_a_form(stage: Stage) -> None:
    parent = await post(stage.api)

    asked = {"channel": "C1", "ts": parent["ts"], "limit": 10, "include_all_metadata": True}
    found = await stage.api.call(TEAM, "conversations.replies", {**asked, "cursor": None})
    assert [message["ts"] for message in found["messages"]] == [parent["ts"]]


@pytest.mark.promise("K68")
async def test_a_429_holds_back_that_channel_only_and_nothing_is_repeated(stage: Stage) -> None:
    stage.server.channel("T1", "C2")
    stage.server.faults.add(Fault(POST, "rate", channel="C1", retry_after_s=30))

    with pytest.raises(SlackBusy) as busy:
        await post(stage.api, "first")
    with pytest.raises(SlackBusy) as still:
        await post(stage.api, "first")
    await post(stage.api, "elsewhere", "C2")
    await stage.api.call(
        TEAM,
        "reactions.add",
        {"channel": "C2", "timestamp": stage.server.messages("T1", "C2")[0].ts, "name": "eyes"},
    )

    assert (busy.value.retry_after_s, still.value.retry_after_s) == (30, 30)
    assert len(stage.server.called(POST)) == 2
    stage.time.passed_s += 30
    await post(stage.api, "first")
    assert texts(stage) == ["first"]
    assert stage.counted[:2] == [(POST, "busy"), (POST, "no_turn")]


@pytest.mark.promise("K68")
async def test_a_429_of_a_method_holds_back_that_method_only(stage: Stage) -> None:
    ts = (await post(stage.api))["ts"]
    update = {"channel": "C1", "ts": ts, "text": "new"}
    stage.server.faults.add(Fault("chat.update", "rate", retry_after_s=30))

    for _ in range(2):
        with pytest.raises(SlackBusy):
            await stage.api.call(TEAM, "chat.update", update)
    await post(stage.api)
    assert len(stage.server.called("chat.update")) == 1


@pytest.mark.promise("K68")
async def test_a_call_that_waits_for_its_turn_heeds_a_429_that_comes_meanwhile() -> None:
    async with staged() as stage:
        gate, slept = asyncio.Event(), asyncio.Event()

        async def sleep(for_s: float) -> None:
            slept.set()
            await gate.wait()

        clock = SlackClock(stage.time.monotonic, sleep)
        tokens = Tokens(stage.installed, stage.slots, stage.time.unix)
        waiting = SlackApi(tokens, stage.slots, ApiTerms(f"{stage.server.url}/api/"), clock)
        await post(stage.api, "one")
        stage.server.faults.add(Fault(POST, "rate", retry_after_s=30))
        # The second of the burst is told to wait while the third waits for its turn.
        second = asyncio.ensure_future(post(stage.api, "two"))
        await asyncio.sleep(0)
        third = asyncio.ensure_future(post(waiting, "three"))
        await slept.wait()
        with pytest.raises(SlackBusy):
            await second
        gate.set()

        with pytest.raises(SlackBusy) as busy:
            await third
        await waiting.close()
        assert busy.value.retry_after_s == 30
        assert texts(stage) == ["one"]


async def test_calls_wait_for_their_turn_and_slack_is_never_called_too_often(stage: Stage) -> None:
    stage.server.limits_on = True

    for n in range(8):
        await post(stage.api, str(n))
    for _ in range(70):
        await stage.api.call(TEAM, "users.info", {"user": "UT1BOT"})

    assert texts(stage) == list("01234567")
    assert stage.server.limits.refused == 0
    assert stage.time.passed_s >= 6.0


async def test_a_turn_too_far_away_is_refused_and_not_taken() -> None:
    async with staged(most_wait_s=2.0) as stage:
        gate = asyncio.Event()

        async def sleep(for_s: float) -> None:
            await gate.wait()

        clock = SlackClock(stage.time.monotonic, sleep)
        tokens = Tokens(stage.installed, stage.slots, stage.time.unix)
        api = SlackApi(tokens, stage.slots, ApiTerms(f"{stage.server.url}/api/", 2.0), clock)
        posts = [asyncio.ensure_future(post(api, str(n))) for n in range(8)]
        refused, _ = await asyncio.wait(posts[3:])
        gate.set()
        await asyncio.gather(*posts[:3])
        await api.close()

        assert all(isinstance(task.exception(), SlackBusy) for task in refused)
        assert sorted(texts(stage)) == ["0", "1", "2"]


@pytest.mark.promise("K69")
async def test_two_processes_share_the_second_of_a_channel(tmp_path: Path) -> None:
    time = Turned()
    async with slack_running() as server:
        server.clock, server.limits_on = time.monotonic, True
        server.channel("T1", "C1")
        installed = Installed(Installation(TEAM, bot_token=server.team("T1").bot_token))
        cabinets = [await open_cabinet(tmp_path / "cabinet.db", KEY, time.now) for _ in range(2)]
        terms = ApiTerms(f"{server.url}/api/", most_wait_s=0.0)
        apis = [SlackApi(Tokens(installed, one, time.unix), one, terms) for one in cabinets]
        done = 0
        for _ in range(40):
            outcomes = await asyncio.gather(*(post(api) for api in apis), return_exceptions=True)
            done += sum(not isinstance(outcome, SlackBusy) for outcome in outcomes)
            time.passed_s += 0.25
        await asyncio.gather(*(api.close() for api in apis), *(one.close() for one in cabinets))

        assert len(server.messages("T1", "C1")) == done == 2 + 9
        assert server.limits.refused == 0


def test_a_minute_never_holds_more_than_slack_allows() -> None:
    for count in (1, 20, 50, 100, 300):
        turns = per_minute_turns(count, 5.0)

        assert turns.burst + 60.0 / turns.every_s <= max(count, 2)


@pytest.mark.parametrize(
    ("kind", "is_done"), [("server_error", False), ("lost", True), ("refused", False)]
)
async def test_a_call_without_an_answer_is_told_apart_from_a_refusal(
    stage: Stage, kind: str, is_done: bool
) -> None:
    stage.server.faults.add(Fault(POST, kind))

    with pytest.raises(SlackUnreachable) as unreachable:
        await post(stage.api)
    assert unreachable.value.is_unknown
    assert (texts(stage) == ["hello"]) == is_done
    assert len(stage.server.called(POST)) == 1
    assert stage.counted == [(POST, "unreachable")]


async def test_a_refused_connection_did_nothing() -> None:
    time = Turned()
    slots = MemorySlots(time.now)
    installed = Installed(Installation(TEAM, bot_token="xoxb-1"))
    async with slack_running() as server:
        url = server.url
    api = SlackApi(Tokens(installed, slots, time.unix), slots, ApiTerms(f"{url}/api/"))

    with pytest.raises(SlackUnreachable) as unreachable:
        await post(api)
    await api.close()
    assert not unreachable.value.is_unknown


async def test_a_slow_answer_is_unknown() -> None:
    async with staged() as stage:
        tokens = Tokens(stage.installed, stage.slots, stage.time.unix)
        terms = ApiTerms(f"{stage.server.url}/api/", answer_s=0.05)
        api = SlackApi(tokens, stage.slots, terms, stage.time.clock)
        stage.server.faults.add(Fault(POST, "slow", delay_s=0.3))

        with pytest.raises(SlackUnreachable) as unreachable:
            await post(api)
        await api.close()
        assert unreachable.value.is_unknown


@pytest.mark.promise("K78")
@pytest.mark.parametrize(
    "error", ["invalid_auth", "token_revoked", "account_inactive", "not_authed"]
)
async def test_a_revoked_token_is_tried_once(stage: Stage, error: str) -> None:
    stage.server.faults.add(Fault(POST, "error", times=0, error=error))

    with pytest.raises(SlackRevoked):
        await post(stage.api)
    assert len(stage.server.called(POST)) == 1
    assert stage.counted == [(POST, "revoked")]


@pytest.mark.promise("K78")
async def test_a_token_that_another_process_has_replaced_is_read_anew(stage: Stage) -> None:
    await post(stage.api, "one")
    stage.server.team("T1").bot_token = "xoxb-new"
    await stage.installed.save(Installation(TEAM, bot_token="xoxb-new"))

    await post(stage.api, "two")
    assert texts(stage) == ["one", "two"]


async def test_a_workspace_that_has_not_installed_us_is_not_called(stage: Stage) -> None:
    with pytest.raises(SlackRevoked):
        await stage.api.call(TeamId("T9"), POST, {"channel": "C1", "text": "x"})
    assert stage.server.calls == []


async def test_slacks_no_is_a_word_and_nothing_else(stage: Stage) -> None:
    with pytest.raises(SlackRefused) as refused:
        await post(stage.api, "my card is 4242", "C404")
    assert refused.value.error == "channel_not_found"
    assert refused.value.__context__ is None


@pytest.mark.promise("K83")
async def test_without_the_scope_a_message_comes_under_the_plain_name(stage: Stage) -> None:
    stage.server.team("T1").scopes.discard("chat:write.customize")
    dressed = {"channel": "C1", "text": "hi", "username": "Dana", "icon_emoji": ":wave:"}

    await stage.api.call(TEAM, POST, dressed)
    stage.time.passed_s += 5
    await stage.api.call(TEAM, POST, dressed)
    assert texts(stage) == ["hi", "hi"]
    assert ["username" in call.arguments for call in stage.server.called(POST)] == [
        True,
        False,
        False,
    ]

    stage.server.team("T1").scopes.add("chat:write.customize")
    stage.api.forget(TEAM)
    stage.time.passed_s += 5
    await stage.api.call(TEAM, POST, dressed)
    assert stage.server.messages("T1", "C1")[-1].username == "Dana"


@pytest.mark.promise("K83")
async def test_a_scope_that_lacks_altogether_is_no_matter_of_the_name(stage: Stage) -> None:
    stage.server.team("T1").scopes.discard("chat:write")

    for tries in (2, 4):
        with pytest.raises(SlackRefused) as refused:
            await stage.api.call(TEAM, POST, {"channel": "C1", "text": "hi", "username": "Dana"})
        assert refused.value.error == "missing_scope"
        assert len(stage.server.called(POST)) == tries
        stage.time.passed_s += 5


@pytest.mark.promise("K75")
async def test_an_answer_of_twenty_thousand_characters_is_taken_in_pieces(stage: Stage) -> None:
    code = "```python\n" + "transfer(amount=10)\n" * 500 + "```\n"
    answer = (
        "A fee of 2 %. See the [terms](https://x.example/?a=1&b=2).\n\n" * 80
        + code
        + "So it is. " * 500
    )

    assert len(answer) >= 19_000
    for piece in pieces_of(answer, 12_000):
        await stage.api.call(TEAM, POST, {"channel": "C1", "markdown_text": piece})
    for piece in pieces_of(escaped(answer), 3_000):
        section = {"type": "section", "text": {"type": "mrkdwn", "text": piece}}
        await stage.api.call(TEAM, POST, {"channel": "C1", "text": "…", "blocks": [section]})
    assert all(call.outcome == "ok" for call in stage.server.calls)
    assert len(stage.server.calls) >= 9


@pytest.mark.promise("K76")
async def test_a_customers_text_stands_in_blocks_without_effect(stage: Stage) -> None:
    text = harmless('<!channel> @here <@U1> `x` "}]} *b*\n>>> q')
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}

    await stage.api.call(TEAM, POST, {"channel": "C1", "text": text, "blocks": [section]})
    [message] = stage.server.messages("T1", "C1")
    assert message.blocks[0]["text"]["text"] == text
    assert not {"<", ">", "*", "`"} & set(message.text)


async def test_no_proxy_of_the_environment_gets_our_token(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    await post(stage.api)
    assert texts(stage) == ["hello"]


async def test_after_the_end_nothing_is_called(stage: Stage) -> None:
    await post(stage.api)
    await stage.api.close()
    await stage.api.close()

    with pytest.raises(SlackUnreachable) as unreachable:
        await post(stage.api)
    assert not unreachable.value.is_unknown
    assert len(stage.server.calls) == 1
