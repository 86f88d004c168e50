"""Slack's OAuth: the page where a person allows an app, and `oauth.v2.access` with its rotation.

oauth = OAuth() ; slack_running([oauth.part])
oauth.team = "T2"                        # where the person is; `is_enterprise` for the whole org
oauth.rotates = True                     # tokens for 12 h, with a refresh token
oauth.redirects = {"http://…/oauth_redirect"}          # empty: any
oauth.authorize_url ; oauth.client_id ; oauth.client_secret
back = await oauth.allows(location)      # what the person's browser is sent to; or `denies`
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from aiohttp import web

from tests.emulators.slack.calls import Call
from tests.emulators.slack.server import SlackServer
from tests.emulators.slack.state import APP, Dict, SlackError, Team

PAGE = "/oauth/v2/authorize"
CODE_LIFE_S = 600.0
TOKEN_LIFE_S = 43_200
"""Source: reference/channels.md 3.5."""


@dataclass(slots=True)
class Grant:
    """What a code stands for."""

    team: str
    is_enterprise: bool
    redirect: str
    scopes: tuple[str, ...]
    at: float
    is_used: bool = False


class OAuth:
    """The part of Slack that gives tokens, for one app."""

    def __init__(self) -> None:
        self.client_id = "1234567890.0987654321"
        self.client_secret = "an-emulated-client-secret"
        self.redirects: set[str] = set()
        self.team = "T1"
        self.user = "U1"
        self.enterprise = ""
        """The organisation of the workspace; empty for none."""
        self.is_enterprise = False
        self.rotates = False
        self.grants: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, str] = {}
        """Whose team each is that may still be used."""
        self.used_refresh_tokens: set[str] = set()
        self._server: SlackServer | None = None

    def part(self, server: SlackServer) -> Sequence[web.RouteDef]:
        """Join a server that is about to start."""
        self._server = server
        server.open_methods["oauth.v2.access"] = self._access
        return (web.get(PAGE, self._authorize), web.get(f"{PAGE}/answer", self._answer))

    @property
    def server(self) -> SlackServer:
        assert self._server is not None, "a part of a server"
        return self._server

    @property
    def authorize_url(self) -> str:
        return f"{self.server.url}{PAGE}"

    async def allows(self, location: str) -> str:
        """Press Allow on the page; returns where the browser is sent."""
        return await self._press(location, "Allow")

    async def denies(self, location: str) -> str:
        """Press Cancel on the page; returns where the browser is sent."""
        return await self._press(location, "Cancel")

    async def _press(self, location: str, button: str) -> str:
        async with aiohttp.ClientSession() as session:
            async with session.get(location) as page:
                shown = await page.text()
                assert page.status == 200, shown
            link = html.unescape(shown.split(f'">{button}</a>')[0].rsplit('href="', 1)[1])
            url = f"{self.server.url}{link}"
            async with session.get(url, allow_redirects=False) as answer:
                assert answer.status == 302, await answer.text()
                return answer.headers["Location"]

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return _problem("invalid_client_id")
        if not asked.get("scope"):
            return _problem("invalid_scope")
        redirect = asked.get("redirect_uri", "")
        if self.redirects and redirect not in self.redirects:
            return _problem("bad_redirect_uri")
        query = {name: asked.get(name, "") for name in ("redirect_uri", "scope", "state")}
        links = [
            _link(button, urlencode({**query, "choice": choice}))
            for choice, button in (("allow", "Allow"), ("deny", "Cancel"))
        ]
        text = f"<!doctype html><title>Slack</title><h1>Allow Copilot?</h1>{' '.join(links)}"
        return web.Response(text=text, content_type="text/html")

    async def _answer(self, request: web.Request) -> web.Response:
        asked = request.query
        state = self.server.state
        said = {"state": asked["state"]}
        if asked["choice"] == "allow":
            code = f"code-{state.number()}"
            scopes = tuple(asked["scope"].split(","))
            place = (self.team, self.is_enterprise, asked["redirect_uri"], scopes)
            self.grants[code] = Grant(*place, state.unix())
            said = {"code": code, **said}
        else:
            said = {"error": "access_denied", **said}
        location = f"{asked['redirect_uri']}?{urlencode(said)}"
        return web.Response(status=302, headers={"Location": location})

    def _access(self, call: Call) -> Dict:
        said = call.arguments
        if said.get("client_id") != self.client_id:
            raise SlackError("invalid_client_id")
        if said.get("client_secret") != self.client_secret:
            raise SlackError("bad_client_secret")
        if said.get("grant_type", "authorization_code") == "refresh_token":
            return self._refreshed(str(said.get("refresh_token", "")))
        if said.get("grant_type", "authorization_code") != "authorization_code":
            raise SlackError("invalid_grant_type")
        return self._exchanged(str(said.get("code", "")), str(said.get("redirect_uri", "")))

    def _exchanged(self, code: str, redirect: str) -> Dict:
        grant = self.grants.get(code)
        if grant is None:
            raise SlackError("invalid_code")
        if grant.is_used:
            raise SlackError("code_already_used")
        if self.server.unix() - grant.at > CODE_LIFE_S:
            raise SlackError("code_expired")
        if redirect != grant.redirect:
            raise SlackError("bad_redirect_uri")
        grant.is_used = True
        team = self.server.team(self.enterprise if grant.is_enterprise else grant.team)
        team.scopes = set(grant.scopes)
        team.token_error = ""
        whole = {"id": self.enterprise, "name": f"Organisation {self.enterprise}"}
        return {
            **self._token(team),
            "scope": ",".join(grant.scopes),
            "team": None if grant.is_enterprise else {"id": team.id, "name": team.name},
            "enterprise": whole if self.enterprise else None,
            "is_enterprise_install": grant.is_enterprise,
            "authed_user": {"id": self.user},
        }

    def _refreshed(self, refresh_token: str) -> Dict:
        if refresh_token not in self.refresh_tokens:
            raise SlackError("invalid_refresh_token")
        team = self.server.team(self.refresh_tokens.pop(refresh_token))
        self.used_refresh_tokens.add(refresh_token)
        if team.token_error:
            raise SlackError(team.token_error)
        return {
            **self._token(team),
            "scope": ",".join(sorted(team.scopes)),
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _token(self, team: Team) -> Dict:
        common: Dict = {"app_id": APP, "token_type": "bot", "bot_user_id": team.bot_user}
        if not self.rotates:
            return {**common, "access_token": team.bot_token}
        state = self.server.state
        access, refresh = f"xoxe.xoxb-1-{state.number()}", f"xoxe-1-{state.number()}"
        team.more_tokens[access] = state.unix() + TOKEN_LIFE_S
        self.refresh_tokens[refresh] = team.id
        return {
            **common,
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": TOKEN_LIFE_S,
        }


def _link(button: str, query: str) -> str:
    return f'<a href="{html.escape(PAGE)}/answer?{html.escape(query)}">{button}</a>'


def _problem(error: str) -> web.Response:
    return web.Response(status=400, text=f"<h1>{error}</h1>", content_type="text/html")


def told(location: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
