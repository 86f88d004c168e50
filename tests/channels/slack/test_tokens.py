"""Tokens that expire: refreshed early, once, and kept before anybody uses them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.privacy.vault import VaultKey
from bot.stores.cabinet import MemorySlots
from bot.stores.cabinet_sqlite import open_cabinet
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Installation
from channels.slack.errors import SlackBusy, SlackRevoked, SlackUnreachable
from channels.slack.tokens import Tokens, TokenTerms
from tests.channels.slack.api_stage import TEAM, Installed, Turned
from tests.emulators.slack import Fault, SlackServer, slack_running
from tests.emulators.slack.oauth import TOKEN_LIFE_S, OAuth

REFRESH = "oauth.v2.access"
KEY = VaultKey(b"a secret of thirty-two characters")
EARLY_S = 7_200


@dataclass(slots=True)
class Rotating:
    """A workspace whose token lasts for twelve hours."""

    server: SlackServer
    oauth: OAuth
    time: Turned
    installed: Installed
    terms: TokenTerms

    def tokens(self, slots: MemorySlots | None = None) -> Tokens:
        slots = slots or MemorySlots(self.time.now)
        return Tokens(self.installed, slots, self.time.unix, self.terms)

    @property
    def token(self) -> str:
        return self.installed.teams[TEAM].bot_token


@asynccontextmanager
async def rotating() -> AsyncIterator[Rotating]:
    oauth, time = OAuth(), Turned()
    oauth.rotates = True
    async with slack_running([oauth.part]) as server:
        server.clock, server.unix = time.monotonic, time.unix
        server.channel("T1", "C1")
        server.team("T1").more_tokens["xoxe.xoxb-0"] = time.unix() + TOKEN_LIFE_S
        oauth.refresh_tokens["xoxe-0"] = "T1"
        installation = Installation(
            TEAM,
            bot_token="xoxe.xoxb-0",
            refresh_token="xoxe-0",
            expires_at=time.unix() + TOKEN_LIFE_S,
            team_name="Aurelis",
        )
        terms = TokenTerms(oauth.client_id, oauth.client_secret, f"{server.url}/api/")
        yield Rotating(server, oauth, time, Installed(installation), terms)


async def test_a_token_is_read_once_a_minute_or_when_it_has_changed() -> None:
    async with rotating() as team:
        tokens = team.tokens()
        for _ in range(5):
            assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        assert team.installed.reads == 1
        await team.installed.save(replace(team.installed.teams[TEAM], bot_token="xoxb-new"))
        tokens.forget(TEAM)
        assert await tokens.of(TEAM) == "xoxb-new"
        team.time.passed_s += 60
        await tokens.of(TEAM)

        assert team.installed.reads == 3


async def test_a_token_is_refreshed_two_hours_before_it_expires_and_kept_first() -> None:
    async with rotating() as team:
        tokens = team.tokens()
        team.time.passed_s = TOKEN_LIFE_S - EARLY_S - 1
        assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        team.time.passed_s += 1

        fresh = await tokens.of(TEAM)
        assert fresh.startswith("xoxe.xoxb-1-")
        [saved] = team.installed.saved
        assert (saved.bot_token, saved.team_name) == (fresh, "Aurelis")
        assert saved.refresh_token in team.oauth.refresh_tokens
        assert saved.expires_at == team.time.unix() + TOKEN_LIFE_S
        assert await tokens.of(TEAM) == fresh
        assert len(team.server.called(REFRESH)) == 1


async def test_many_who_ask_at_once_refresh_once() -> None:
    async with rotating() as team:
        tokens = team.tokens()
        team.time.passed_s = TOKEN_LIFE_S + 1
        found = await asyncio.gather(*(tokens.of(TEAM) for _ in range(20)))

        assert set(found) == {team.token}
        assert len(team.server.called(REFRESH)) == 1


async def test_two_processes_refresh_once(tmp_path: Path) -> None:
    async with rotating() as team:
        cabinets = [
            await open_cabinet(tmp_path / "cabinet.db", KEY, team.time.now) for _ in range(2)
        ]
        both = [Tokens(team.installed, one, team.time.unix, team.terms) for one in cabinets]
        team.time.passed_s = TOKEN_LIFE_S - 60
        found = await asyncio.gather(*(tokens.of(TEAM) for tokens in both))
        after = [await tokens.of(TEAM) for tokens in both]
        await asyncio.gather(*(one.close() for one in cabinets))

        assert len(team.server.called(REFRESH)) == 1
        assert set(found) <= {"xoxe.xoxb-0", team.token}
        assert after[0] == team.token or after[1] == team.token


async def test_whoever_finds_the_token_expired_while_another_refreshes_tries_again_soon() -> None:
    async with rotating() as team:
        slots = MemorySlots(team.time.now)
        first, second = team.tokens(slots), team.tokens(slots)
        team.time.passed_s = TOKEN_LIFE_S + 1
        team.server.faults.add(Fault(REFRESH, "server_error"))
        with pytest.raises(SlackUnreachable):
            await first.of(TEAM)
        with pytest.raises(SlackBusy) as busy:
            await second.of(TEAM)
        team.time.passed_s += 30

        assert busy.value.retry_after_s == 1.0
        assert await second.of(TEAM) == team.token
        assert await first.of(TEAM) == team.token
        assert len(team.server.called(REFRESH)) == 2


@pytest.mark.parametrize("kind", ["server_error", "refused", "rate"])
async def test_a_refresh_that_fails_leaves_the_old_token_while_it_is_good(kind: str) -> None:
    async with rotating() as team:
        tokens = team.tokens()
        team.time.passed_s = TOKEN_LIFE_S - EARLY_S + 1
        team.server.faults.add(Fault(REFRESH, kind))
        assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        assert len(team.server.called(REFRESH)) == 1
        team.time.passed_s += 30

        assert await tokens.of(TEAM) == team.token != "xoxe.xoxb-0"


@pytest.mark.promise("K78")
async def test_a_refused_refresh_is_a_revoked_token_once_the_old_one_has_expired() -> None:
    async with rotating() as team:
        team.oauth.refresh_tokens.clear()
        tokens = team.tokens()
        team.time.passed_s = TOKEN_LIFE_S - 60
        assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        team.time.passed_s += 60

        with pytest.raises(SlackRevoked):
            await tokens.of(TEAM)
        assert team.installed.saved == []


async def test_without_the_apps_secret_a_token_is_used_until_it_expires() -> None:
    async with rotating() as team:
        tokens = Tokens(team.installed, MemorySlots(team.time.now), team.time.unix)
        team.time.passed_s = TOKEN_LIFE_S - 1
        assert await tokens.of(TEAM) == "xoxe.xoxb-0"
        team.time.passed_s += 1

        with pytest.raises(SlackRevoked):
            await tokens.of(TEAM)


@pytest.mark.parametrize(
    "answer",
    [
        {"token_type": "user", "access_token": "a", "refresh_token": "b", "expires_in": 1},
        {"token_type": "bot", "access_token": "", "refresh_token": "b", "expires_in": 1},
        {"token_type": "bot", "access_token": "a", "refresh_token": "b"},
    ],
)
async def test_an_answer_without_a_pair_for_a_bot_is_not_kept(answer: dict[str, object]) -> None:
    async with rotating() as team:
        team.server.open_methods[REFRESH] = lambda call: answer
        team.time.passed_s = TOKEN_LIFE_S + 1

        with pytest.raises(SlackRevoked):
            await team.tokens().of(TEAM)
        assert team.token == "xoxe.xoxb-0"


async def test_a_token_that_slack_calls_expired_is_refreshed_and_the_call_made_once() -> None:
    async with rotating() as team:
        slots = MemorySlots(team.time.now)
        terms = ApiTerms(f"{team.server.url}/api/")
        api = SlackApi(team.tokens(slots), slots, terms, team.time.clock)
        team.server.team("T1").more_tokens["xoxe.xoxb-0"] = team.time.unix()
        await api.call(TEAM, "chat.postMessage", {"channel": "C1", "text": "hi"})
        await api.close()

        assert [message.text for message in team.server.messages("T1", "C1")] == ["hi"]
        outcomes = [(call.method, call.outcome) for call in team.server.calls]
        assert outcomes == [
            ("chat.postMessage", "token_expired"),
            (REFRESH, "ok"),
            ("chat.postMessage", "ok"),
        ]


@pytest.mark.promise("K78")
async def test_an_expired_token_that_is_not_renewed_is_revoked_and_holds_nothing_back() -> None:
    async with rotating() as team:
        slots = MemorySlots(team.time.now)
        terms = ApiTerms(f"{team.server.url}/api/")
        api = SlackApi(team.tokens(slots), slots, terms, team.time.clock)
        team.server.team("T1").more_tokens["xoxe.xoxb-0"] = team.time.unix()
        team.oauth.refresh_tokens.clear()
        message = {"channel": "C1", "text": "hi"}
        for _ in range(3):
            with pytest.raises(SlackRevoked):
                await api.call(TEAM, "chat.postMessage", message)
            team.time.passed_s += 30
        assert len(team.server.called(REFRESH)) == 1
        await team.installed.save(Installation(TEAM, bot_token=team.server.team("T1").bot_token))
        api.forget(TEAM)
        await api.call(TEAM, "chat.postMessage", message)
        await api.close()

        assert len(team.server.messages("T1", "C1")) == 1
