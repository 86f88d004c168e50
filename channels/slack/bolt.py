"""Takes an envelope through Bolt to the listener it is for."""

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from channels.errors import ChannelFailed
from channels.slack.base import (
    Envelope,
    Installation,
    Installations,
    Json,
    Listener,
    Listeners,
    TeamId,
)

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
    from slack_bolt.authorization import AuthorizeResult

log = logging.getLogger("copilot.slack")
FAREWELLS = frozenset({"app_uninstalled", "tokens_revoked"})
ANYTHING = re.compile("")
UNHEARD = 404
ENVELOPE = "copilot_envelope"
INSTALLATION = "copilot_installation"
FAILURE = "copilot_failure"


class BoltHandler:
    """Implements `channels.slack.base.Handler`; raises what the listener raised.

    What comes from a workspace that has not installed us is ignored; so is what nobody listens to.
    """

    def __init__(self, listeners: Listeners, installations: Installations) -> None:
        self._listeners = listeners
        self._installations = installations
        self._app = _new_app()
        self._register()

    async def handle(self, envelope: Envelope) -> None:
        """Run the one listener for it; see `Handler.handle`."""
        from slack_bolt.async_app import AsyncBoltRequest

        body = json.loads(envelope.body)
        found = await self._installations.find(envelope.team) if envelope.team else ()
        if not found and body.get("event", {}).get("type") not in FAREWELLS:
            log.info("slack.stranger", extra={"envelope": envelope.id})
            return
        installation = found[0] if found else Installation(envelope.team)
        context = {ENVELOPE: envelope, INSTALLATION: installation}
        # This mode takes the body as it is; whoever sent it was verified at the door.
        request = AsyncBoltRequest(body=body, context=context, mode="socket_mode")
        response = await self._app.async_dispatch(request)
        failure = request.context.get(FAILURE)
        if isinstance(failure, Exception):
            raise failure
        if response.status >= 400 and response.status != UNHEARD:
            raise ChannelFailed(f"Bolt answered {response.status!r}")

    def _register(self) -> None:
        """Tell Bolt who listens; the first that fits is run, so the catch-alls come last."""
        app, heard = self._app, self._listeners
        for name in sorted(FAREWELLS):
            app.event(name)(_calling(self._forget))
        for name, listener in heard.events.items():
            if name not in FAREWELLS:
                app.event(name)(_calling(listener))
        for name, listener in heard.actions.items():
            app.action(re.compile(rf"\A{re.escape(name)}(:|\Z)"))(_calling(listener))
        for name, listener in heard.views.items():
            app.view_submission(name)(_calling(listener))
        for name, listener in heard.shortcuts.items():
            app.shortcut(name)(_calling(listener))
        for name, listener in heard.commands.items():
            app.command(name)(_calling(listener))
        for register in (app.event, app.action, app.view, app.shortcut, app.command, app.options):
            register(ANYTHING)(_calling(_unheard))

    async def _forget(self, team: TeamId, body: Json) -> None:
        """Delete the installation, then tell whoever wants to hear of it."""
        event = body["event"]
        if event["type"] == "app_uninstalled" or event.get("tokens", {}).get("bot"):
            at = body.get("event_time")
            # Slack says whole seconds: what was kept within that second counts as older.
            before = at + 1.0 if isinstance(at, int | float) else None
            await self._installations.delete(team, before)
        listener = self._listeners.events.get(event["type"])
        if listener is not None:
            await listener(team, body)


async def _unheard(team: TeamId, body: Json) -> None:
    log.info("slack.unheard", extra={"team": team, "type": body.get("type", "command")})


def _calling(listener: Listener) -> Callable[..., Awaitable[Any]]:
    async def call(ack: "AsyncAck", request: "AsyncBoltRequest") -> None:
        await ack()
        await listener(request.context[ENVELOPE].team, request.body)

    return call


def _new_app() -> "AsyncApp":
    """Return a Bolt that waits for its listeners, so that a failure is noticed."""
    from slack_bolt.async_app import AsyncApp

    # Bolt's own words quote bodies.
    quiet = logging.Logger("copilot.slack.bolt", logging.CRITICAL)
    quiet.disabled = True
    app = AsyncApp(
        logger=quiet,
        # Bolt sets the level of the logger of this name, and so of everything below it.
        name="copilot.slack.bolt",
        process_before_response=True,
        authorize=_authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
    app.error(_remember)
    return app


async def _authorize(context: "AsyncBoltContext") -> "AuthorizeResult":
    """Say who we are there, so that Bolt drops what we said ourselves; it needs no token."""
    from slack_bolt.authorization import AuthorizeResult

    installation: Installation = context[INSTALLATION]
    return AuthorizeResult(
        enterprise_id=installation.enterprise or None,
        team_id=installation.team,
        bot_user_id=installation.bot_user or None,
        bot_id=installation.bot_id or None,
    )


async def _remember(error: Exception, request: "AsyncBoltRequest") -> None:
    request.context[FAILURE] = error
