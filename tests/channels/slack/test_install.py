"""Installing: from our page over Slack's to an installation, with a browser's cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.slack.installations import CabinetInstallations, CabinetStates
from bot.stores.cabinet import Entry, MemoryCabinet
from channels.slack.base import Installation, TeamId
from channels.slack.errors import SlackRefused, SlackUnreachable
from channels.slack.install import COOKIE, INSTALL, REDIRECT, Install
from channels.slack.oauth import App, address_for, granted, installation_of
from tests.emulators.slack import Fault, SlackServer, slack_running
from tests.emulators.slack.oauth import OAuth, told

T1, T2 = TeamId("T1"), TeamId("T2")
SCOPES = ("app_mentions:read", "chat:write")


class Disk(MemoryCabinet):
    """A cabinet that can be full."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        if self.is_full:
            raise StoreFailed("the disk is full")
        return await super().put(entry, is_new)


@dataclass
class House:
    """Our server, and Slack's."""

    slack: SlackServer
    oauth: OAuth
    app: App
    url: str = ""
    disk: Disk = field(default_factory=Disk)
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    @property
    def installations(self) -> CabinetInstallations:
        return CabinetInstallations(self.disk, Clock(now=lambda: self.at))


@asynccontextmanager
async def house(public_url: str = "http://copilot.test") -> AsyncIterator[House]:
    oauth = OAuth()
    async with slack_running([oauth.part]) as slack:
        redirect_url = f"{public_url}{REDIRECT}"
        oauth.redirects = {redirect_url}
        app = App(
            oauth.client_id,
            oauth.client_secret,
            SCOPES,
            redirect_url,
            f"{slack.url}/api/",
            oauth.authorize_url,
        )
        found = House(slack, oauth, app)
        slack.unix = lambda: found.at.timestamp()
        states = CabinetStates(found.disk, Clock(now=lambda: found.at))
        install = Install(app, states, found.installations, lambda: found.at.timestamp())
        application = web.Application()
        application.add_routes(install.routes())
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        found.url = f"http://{host}:{port}"
        try:
            yield found
        finally:
            await runner.cleanup()


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield session


async def begun(at: House, session: aiohttp.ClientSession) -> str:
    """Return where the browser is sent to."""
    async with session.get(f"{at.url}{INSTALL}", allow_redirects=False) as response:
        assert response.status == 302
        return response.headers["Location"]


async def brought(at: House, session: aiohttp.ClientSession, back: str) -> tuple[int, str]:
    """Follow Slack's redirect to us; returns status and page."""
    there = urlsplit(back)
    assert f"{there.scheme}://{there.netloc}{there.path}" == at.app.redirect_url
    async with session.get(f"{at.url}{there.path}?{there.query}") as response:
        return response.status, await response.text()


async def installed(at: House) -> tuple[int, str]:
    async with browser() as session:
        back = await at.oauth.allows(await begun(at, session))
        return await brought(at, session, back)


async def test_who_allows_it_has_us_installed_and_reads_what_comes_next() -> None:
    async with house() as at:
        at.slack.team("T1", "Aurelis")
        status, page = await installed(at)

        assert status == 200
        assert "/invite" in page
        team = at.slack.team("T1")
        assert list(await at.installations.find()) == [
            Installation(
                T1,
                bot_token=team.bot_token,
                bot_user=team.bot_user,
                bot_id=team.bot_id,
                app_id="A0COPILOT",
                team_name="Aurelis",
                installed_by="U1",
            )
        ]
        assert team.scopes == set(SCOPES)


async def test_rotating_tokens_are_kept_with_what_renews_them() -> None:
    async with house() as at:
        at.oauth.rotates = True
        await installed(at)

        [found] = await at.installations.find(T1)
        assert found.expires_at == at.at.timestamp() + 43_200
        assert found.refresh_token in at.oauth.refresh_tokens
        assert found.bot_id == at.slack.team("T1").bot_id


async def test_a_whole_organisation_is_one_installation() -> None:
    async with house() as at:
        at.oauth.enterprise, at.oauth.is_enterprise = "E1", True
        await installed(at)

        [found] = await at.installations.find()
        assert (found.team, found.enterprise, found.is_enterprise) == ("E1", "E1", True)
        assert found.team_name == "Organisation E1"


async def test_a_workspace_of_an_organisation_is_still_its_own() -> None:
    async with house() as at:
        at.oauth.enterprise = "E1"
        await installed(at)

        [found] = await at.installations.find()
        assert (found.team, found.enterprise, found.is_enterprise) == ("T1", "E1", False)


@pytest.mark.promise("K82")
async def test_two_workspaces_have_an_installation_each() -> None:
    async with house() as at:
        await installed(at)
        at.oauth.team = "T2"
        await installed(at)

        [first], [second] = await at.installations.find(T1), await at.installations.find(T2)
        assert first.bot_token == at.slack.team("T1").bot_token
        assert second.bot_token == at.slack.team("T2").bot_token


@pytest.mark.promise("K82")
async def test_a_wrong_state_is_refused_with_a_plain_page() -> None:
    async with house() as at, browser() as session:
        back = await at.oauth.allows(await begun(at, session))
        status, page = await brought(at, session, back.replace("state=", "state=x"))

        assert status == 400
        assert "cannot be used" in page
        assert at.slack.called("oauth.v2.access") == []
        assert list(await at.installations.find()) == []


@pytest.mark.promise("K82")
@pytest.mark.parametrize(
    "query", ["", "?code=code-1", "?state=&code=code-1", "?error=access_denied"]
)
async def test_no_state_at_all_is_refused(query: str) -> None:
    async with house() as at, browser() as session:
        await begun(at, session)
        status, _ = await brought(at, session, f"{at.app.redirect_url}{query}")

        assert status == 400
        assert at.slack.called("oauth.v2.access") == []


@pytest.mark.promise("K82")
async def test_a_state_that_was_used_is_refused() -> None:
    async with house() as at, browser() as session:
        location = await begun(at, session)
        cookies = {cookie.key: cookie.value for cookie in session.cookie_jar}
        first = await at.oauth.allows(location)
        second = await at.oauth.allows(location)
        assert (await brought(at, session, first))[0] == 200
        session.cookie_jar.update_cookies(cookies)

        assert (await brought(at, session, second))[0] == 400
        assert len(at.slack.called("oauth.v2.access")) == 1


@pytest.mark.promise("K82")
@pytest.mark.parametrize(("age_s", "expected"), [(599, 200), (600, 400)])
async def test_a_state_of_ten_minutes_ago_is_refused(age_s: int, expected: int) -> None:
    async with house() as at, browser() as session:
        location = await begun(at, session)
        at.at += timedelta(seconds=age_s)
        back = await at.oauth.allows(location)

        assert (await brought(at, session, back))[0] == expected


@pytest.mark.promise("K82")
async def test_a_state_without_the_cookie_of_its_browser_is_refused() -> None:
    async with house() as at, browser() as attacker, browser() as victim:
        back = await at.oauth.allows(await begun(at, attacker))
        await begun(at, victim)

        assert (await brought(at, victim, back))[0] == 400
        async with browser() as nobody:
            again = await at.oauth.allows(await begun(at, attacker))
            assert (await brought(at, nobody, again))[0] == 400
        assert list(await at.installations.find()) == []


async def test_who_does_not_allow_it_is_told_that_nothing_happened() -> None:
    async with house() as at, browser() as session:
        back = await at.oauth.denies(await begun(at, session))
        status, page = await brought(at, session, back)

        assert status == 200
        assert "Nothing was installed" in page
        assert list(await at.installations.find()) == []


@pytest.mark.parametrize(
    ("is_secure", "public_url"),
    [(True, "https://copilot.test"), (False, "http://copilot.test")],
)
async def test_the_cookie_is_for_this_flow_only(is_secure: bool, public_url: str) -> None:
    async with house(public_url) as at, browser() as session:
        async with session.get(f"{at.url}{INSTALL}", allow_redirects=False) as response:
            cookie = response.cookies[COOKIE]
            state = told(response.headers["Location"])["state"]

        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["max-age"] == "600"
        assert cookie["path"] == "/channels/slack"
        assert bool(cookie["secure"]) is is_secure
        assert cookie.value not in state
        assert state not in cookie.value


async def test_a_page_that_was_sent_a_code_keeps_it_to_itself() -> None:
    async with house() as at, browser() as session:
        back = await at.oauth.allows(await begun(at, session))
        path = f"{urlsplit(back).path}?{urlsplit(back).query}"
        async with session.get(f"{at.url}{path}") as response:
            headers, page = response.headers, await response.text()

        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert told(back)["code"] not in page
        assert "<script" not in page


async def test_what_slack_writes_into_the_address_does_not_reach_the_page() -> None:
    async with house() as at, browser() as session:
        state = told(await begun(at, session))["state"]
        back = f"{at.app.redirect_url}?state={state}&error=%3Cscript%3Ealert(1)%3C/script%3E"
        status, page = await brought(at, session, back)

        assert status == 400
        assert "script" not in page


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("oauth.v2.access", "error", error="invalid_code"), 400),
        (Fault("oauth.v2.access", "server_error"), 502),
        (Fault("oauth.v2.access", "rate"), 502),
        (Fault("oauth.v2.access", "refused"), 502),
    ],
)
async def test_a_slack_that_does_not_give_the_token_installs_nothing(
    fault: Fault, expected: int
) -> None:
    async with house() as at:
        at.slack.faults.add(fault)
        status, page = await installed(at)

        assert status == expected
        assert INSTALL in page
        assert list(await at.installations.find()) == []


async def test_an_installation_is_kept_even_if_the_bot_cannot_be_asked_for() -> None:
    async with house() as at:
        at.slack.faults.add(Fault("auth.test", "server_error"))
        assert (await installed(at))[0] == 200

        [found] = await at.installations.find(T1)
        assert found.bot_id == ""
        assert found.bot_user == at.slack.team("T1").bot_user


async def test_a_full_disk_is_told_before_and_after() -> None:
    async with house() as at, browser() as session:
        back = await at.oauth.allows(await begun(at, session))
        at.disk.is_full = True

        assert (await brought(at, session, back))[0] == 503
        async with session.get(f"{at.url}{INSTALL}", allow_redirects=False) as response:
            assert response.status == 503


async def test_a_code_works_once() -> None:
    async with house() as at, browser() as session:
        code = told(await at.oauth.allows(await begun(at, session)))["code"]
        await granted(at.app, code, 0.0)

        with pytest.raises(SlackRefused) as caught:
            await granted(at.app, code, 0.0)
        assert caught.value.error == "code_already_used"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"redirect_url": "http://elsewhere.test/"}, "bad_redirect_uri"),
    ],
)
async def test_slack_refuses_an_app_that_is_not_ours(changed: dict[str, str], error: str) -> None:
    async with house() as at, browser() as session:
        code = told(await at.oauth.allows(await begun(at, session)))["code"]

        with pytest.raises(SlackRefused) as caught:
            await granted(replace(at.app, **changed), code, 0.0)  # type: ignore[arg-type]
        assert caught.value.error == error


async def test_a_bot_token_tells_whose_it_is() -> None:
    async with slack_running() as slack:
        team = slack.team("T1", "Aurelis")
        url = f"{slack.url}/api/"

        assert await installation_of(team.bot_token, url) == Installation(
            T1,
            bot_token=team.bot_token,
            bot_user=team.bot_user,
            bot_id=team.bot_id,
            app_id="A0COPILOT",
            team_name="Aurelis",
        )
        with pytest.raises(SlackRefused) as caught:
            await installation_of("xoxb-wrong", url)
        assert caught.value.error == "invalid_auth"
        slack.is_down = True
        with pytest.raises(SlackUnreachable):
            await installation_of(team.bot_token, url)


def test_what_goes_into_the_address_cannot_break_out_of_it() -> None:
    app = App("1&x=1", "secret", ("chat:write", "a,b&c"), "http://copilot.test/a?b=c&d=e")

    found = told(address_for(app, "s&t"))
    assert found == {
        "client_id": "1&x=1",
        "redirect_uri": "http://copilot.test/a?b=c&d=e",
        "scope": "chat:write,a,b&c",
        "state": "s&t",
    }
    assert "secret" not in repr(app)
