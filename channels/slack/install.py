"""Where a person installs us into a workspace, and where Slack sends his browser back to."""

import html
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from channels.errors import ChannelBusy
from channels.slack.base import Installations
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.oauth import App, address_for, granted

log = logging.getLogger("copilot.slack")
INSTALL = "/channels/slack/install"
REDIRECT = "/channels/slack/oauth_redirect"
COOKIE = "copilot_slack_install"
COOKIE_PATH = "/channels/slack"
LIFE_S = 600
BROWSER_BYTES = 32
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The address of the page holds a code: it is told to nobody, and kept nowhere."""


class States(Protocol):
    """What tells that a browser which comes back is the one that was sent away.

    Every method raises ChannelBusy when it could not be kept.
    """

    async def new(self, browser: str) -> str:
        """Return an unguessable state for this browser, good for ten minutes."""
        ...

    async def consume(self, state: str, browser: str) -> bool:
        """Return whether it is one of ours, of this browser, in time, and used for the first time.

        Of two that ask at once one is told so.
        """
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What the person reads."""

    status: int
    title: str
    text: str
    may_start_again: bool = True


INSTALLED = Page(
    200,
    "Installed",
    "Support Copilot is in your workspace now. Next: invite it into the channel where your team "
    "answers customers with /invite, then type /support status there.",
    may_start_again=False,
)
DENIED = Page(200, "Nothing was installed", "You did not allow it, and nothing has changed.")
NOT_OURS = Page(
    400,
    "This link cannot be used",
    "It is too old, was used before, or was opened in another browser. Nothing was installed.",
)
NO_CODE = Page(400, "Slack did not allow it", "Slack sent no usable permission with you.")
LATER = Page(
    503, "Not now", "We could not finish, and nothing was installed. Try again in a minute."
)
UNREACHABLE = Page(502, "Slack did not answer", "Nothing was installed. Try again in a minute.")


class Install:
    """`GET /channels/slack/install` and `GET /channels/slack/oauth_redirect`."""

    def __init__(
        self,
        app: App,
        states: States,
        installations: Installations,
        now: Callable[[], float],
    ) -> None:
        """Save into `installations`; `now` is in Unix seconds."""
        self._app = app
        self._states = states
        self._installations = installations
        self._now = now

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what to add to the server."""
        return (
            web.get(INSTALL, self.begin, allow_head=False),
            web.get(REDIRECT, self.end, allow_head=False),
        )

    async def begin(self, request: web.Request) -> web.Response:
        """Send the browser to Slack, with a state that only it can bring back."""
        browser = secrets.token_urlsafe(BROWSER_BYTES)
        try:
            state = await self._states.new(browser)
        except ChannelBusy:
            log.error("slack.install_not_begun")
            return _shown(LATER)
        location = address_for(self._app, state)
        response = web.Response(status=302, headers={**HEADERS, "Location": location})
        response.set_cookie(
            COOKIE,
            browser,
            max_age=LIFE_S,
            path=COOKIE_PATH,
            secure=self._app.redirect_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
        return response

    async def end(self, request: web.Request) -> web.Response:
        """Take the browser back: check the state, exchange the code, keep what was granted."""
        query, browser = request.query, request.cookies.get(COOKIE, "")
        try:
            page = await self._outcome(query.get("state", ""), browser, query)
        except ChannelBusy:
            log.error("slack.install_not_kept")
            page = LATER
        response = _shown(page)
        response.del_cookie(COOKIE, path=COOKIE_PATH)
        return response

    async def _outcome(self, state: str, browser: str, query: Mapping[str, str]) -> Page:
        # The state comes first: nobody who was not sent by us learns or changes anything.
        if not (state and browser and await self._states.consume(state, browser)):
            log.warning("slack.install_refused", extra={"reason": "state"})
            return NOT_OURS
        if query.get("error") == "access_denied":
            log.info("slack.install_denied")
            return DENIED
        code = query.get("code", "")
        if not code or "error" in query:
            log.warning("slack.install_refused", extra={"reason": "no_code"})
            return NO_CODE
        try:
            installation = await granted(self._app, code, self._now())
        except SlackRefused as refused:
            log.warning("slack.install_refused", extra={"reason": refused.error})
            return NO_CODE
        except (SlackBusy, SlackUnreachable):
            log.error("slack.install_unreachable")
            return UNREACHABLE
        await self._installations.save(installation)
        log.info("slack.installed", extra={"team": installation.team})
        return INSTALLED


def _shown(page: Page) -> web.Response:
    again = f'<p><a href="{INSTALL}">Start again</a></p>' if page.may_start_again else ""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(page.title)}</title><h1>{html.escape(page.title)}</h1>"
        f"<p>{html.escape(page.text)}</p>{again}"
    )
    return web.Response(
        status=page.status, text=text, content_type="text/html", charset="utf-8", headers=HEADERS
    )
