"""Slack, wired: everything of it that runs in this process, built once by `bot/app.py`."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aiohttp import web

from bot.humans.handoff import Handoffs
from bot.humans.receipts import Receipts
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import SlackSettings
from bot.slack.acted import Acted
from bot.slack.announced import Announced, Row
from bot.slack.customers import place
from bot.slack.customers.customer import Customers
from bot.slack.customers.outlet import Outlet
from bot.slack.customers.place import CHANNEL
from bot.slack.desk import (
    actions,
    assigning,
    commands,
    heard,
    menu,
    revealing,
    shortcuts,
)
from bot.slack.desk.apart import Apart
from bot.slack.desk.desk import NO_ROOM, SlackDesk
from bot.slack.desk.home_shown import HomeShown
from bot.slack.desk.joining import Joining
from bot.slack.desk.marks import Marks
from bot.slack.desk.messages import Messages
from bot.slack.desk.receipts import receipts_of
from bot.slack.desk.suggesting import Suggesting
from bot.slack.in_order import InOrder
from bot.slack.inbox import CabinetInbox
from bot.slack.installations import CabinetInstallations, CabinetStates
from bot.slack.introduction import Introduction
from bot.slack.manifest import REDIRECT, SCOPES
from bot.slack.merged import merged
from bot.slack.missed_places import MissedPlaces
from bot.slack.ops.alerts import OpsParts, SlackAlerts
from bot.slack.ops.incident import OpsTerms
from bot.slack.ops.listening import OpsListening
from bot.slack.ops.lost_rooms import WatchedRooms
from bot.slack.ops.store import Incidents
from bot.slack.ops.watched import WatchedHandler, WatchedSlack
from bot.slack.parts import SlackParts
from bot.slack.people import People
from bot.slack.presence import Presence
from bot.slack.rooms import Own, Rooms
from bot.slack.threads import Threads
from bot.stores.cabinet import Cabinet
from bot.upkeep import Upkeep
from bot.watch.own_events import SlackLinkDisabled, SlackRoomLost
from bot.watch.sinks import Later, Spill
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Listeners, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.ingress import Ingress
from channels.slack.install import Install
from channels.slack.oauth import App as OAuthApp
from channels.slack.queue import Queue
from channels.slack.reconcile import Reconciler
from channels.slack.socket import LineTerms, SocketClient
from channels.slack.socket_door import Hearing, SocketDoor, SocketTerms
from channels.slack.tokens import Tokens, TokenTerms
from channels.slots import Slots

log = logging.getLogger("copilot.slack")
PRUNE_EVERY_S = 3600.0
LISTENERS_END_S = 2.0
"""How long what is being acted on may take when the process is told to end; the next one does the
rest."""
OUT_S = 1.0
"""How long what is in the log may take to be brought out then."""


class Keeping(Cabinet, Slots, Protocol):
    """The cabinet, which keeps turns, too."""


@dataclass(frozen=True, slots=True)
class Around:
    """What Slack is wired into."""

    services: Services
    handoffs: Handoffs
    reception: Reception
    cabinet: Keeping
    alerts: Later | None
    """Becomes the alerts in Slack, where there is a channel for them."""
    spill: Spill
    public_url: str = ""


class SlackSide:
    """All of Slack in this process: `routes` at once, the rest between `run` and `close`."""

    def __init__(self, settings: SlackSettings, around: Around) -> None:
        self._settings = settings
        self._around = around
        services, clock = around.services, around.services.clock
        self._tenant, self._notice = services.tenant, services.alerts.notice
        self._installations = CabinetInstallations(
            around.cabinet, clock, self._installed, self._uninstalled
        )
        self._base_url = f"{settings.base_url}/api/"
        terms = TokenTerms(settings.client_id, settings.client_secret, self._base_url)
        self._api = SlackApi(
            Tokens(self._installations, around.cabinet, self._unix, terms),
            around.cabinet,
            ApiTerms(self._base_url),
            counted=services.metrics.called_slack,
        )
        self._slack = WatchedSlack(self._api, self._tenant.id, self._notice, clock)
        self._parts = self._made_parts()
        self._incidents = Incidents(around.cabinet, clock)
        self._alerts = self._made_alerts()
        self._introduction = Introduction(
            settings.bot_token,
            self._base_url,
            self._installations,
            self._slack,
            is_alone=not settings.client_id,
        )
        self._outlet = Outlet(self._parts, around.reception.accept)
        self._home = HomeShown(self._parts)
        # One process works on a data folder at a time: see `FolderLock`.
        rooms = WatchedRooms(Joining(self._slack), self._tenant.id, self._notice)
        self._desk = SlackDesk(
            replace(self._parts, slack=rooms),
            unreachable=self._desk_failed,
            alone_since=clock.now(),
        )
        of_desk, self._of_customers = InOrder(), InOrder()
        self._messages = Messages(self._parts, order=of_desk)
        self._suggesting = Suggesting(self._parts)
        rows = (Row(of_desk, heard.turn_in), Row(self._of_customers, place.turn_in))
        bolt = Announced(BoltHandler(self._listeners(), self._installations), *rows)
        handler = WatchedHandler(bolt, self._tenant.id, self._notice, clock)
        self._inbox = CabinetInbox(around.cabinet, clock)
        self._queue = Queue(self._inbox, handler, gave_up=handler.gave_up)
        missed = MissedPlaces(self._parts, self._outlet)
        self._reconciler = Reconciler(self._slack, self._inbox, self._queue.kick, missed.since)
        self._door = self._socket_door()
        self._upkeep = Upkeep("slack")

    @property
    def receipts(self) -> Receipts:
        """Where a medium says what became of what humans wrote here."""
        return receipts_of(self._parts)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served over HTTP."""
        settings = self._settings
        routes: list[web.RouteDef] = []
        if settings.signing_secret:
            ingress = Ingress(self._inbox, settings.signing_secret, self._queue.kick, self._unix)
            routes += ingress.routes()
        if settings.client_id:
            app = OAuthApp(
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                scopes=tuple(SCOPES),
                redirect_url=f"{self._around.public_url}{REDIRECT}",
                base_url=self._base_url,
                authorize_url=f"{settings.base_url}/oauth/v2/authorize",
            )
            states = CabinetStates(self._around.cabinet, self._around.services.clock)
            routes += Install(app, states, self._installations, self._unix).routes()
        return routes

    async def start(self) -> None:
        """Begin: what waits for Slack goes out, and what comes from Slack is acted on.

        Nothing here waits for Slack: a product that starts while Slack is down starts. To be called
        before any conversation goes on: see `Outlet.recover`.
        """
        services = self._around.services
        if self._settings.handoff_channel or self._tenant.desk.channels:
            services.outbox.desk = self._desk
        if self._around.alerts is not None:
            await self._around.alerts.become(self._alerts)
            self._upkeep.keep("alerts", self._alerts.run)
        services.scribe.pushes[CHANNEL] = self._outlet.push
        await self._outlet.recover()
        self._upkeep.keep("inbound", self._inbound)
        self._upkeep.keep("home", self._home.run)
        self._upkeep.keep("reconciler", self._reconciler.run)
        self._upkeep.keep("pruning", self._prune)
        presence = Presence(self._around.cabinet, services.clock, self._reconciler.ask)
        self._upkeep.keep("presence", presence.run)
        marks = Marks(self._slack, self._around.cabinet, services.clock)
        self._upkeep.keep("marks", marks.run)
        if self._door is not None:
            self._upkeep.keep("socket", self._door.run)

    async def stop_taking(self) -> None:
        """Act on nothing more that comes in; what still comes by HTTP is kept for the next one."""
        if self._door is not None:
            await self._door.close()
        await self._queue.drain(LISTENERS_END_S)

    async def drain(self) -> None:
        """Bring out what is in the log."""
        await self._outlet.drain(OUT_S)

    async def close(self) -> None:
        """End everything."""
        await self._upkeep.close()
        if self._door is not None:
            await self._door.close()
        await self._queue.drain(0.0)
        await self._outlet.close()
        await self._api.close()

    def _made_parts(self) -> SlackParts:
        settings, around = self._settings, self._around
        cabinet, clock, desk = around.cabinet, around.services.clock, self._tenant.desk
        return SlackParts(
            slack=self._slack,
            services=around.services,
            handoffs=around.handoffs,
            cabinet=cabinet,
            installations=self._installations,
            rooms=Rooms(
                self._installations,
                desk,
                settings.handoff_channel,
                settings.operations_channel,
                Own(settings.bot_token, is_open=bool(settings.client_id)),
            ),
            threads=Threads(cabinet, clock),
            people=People(self._slack, clock),
            terms=desk,
            public_url=around.public_url,
        )

    def _made_alerts(self) -> SlackAlerts:
        parts = self._parts
        ops = OpsParts(
            slack=self._slack,
            rooms=parts.rooms,
            installations=self._installations,
            incidents=self._incidents,
            clock=parts.services.clock,
            tenant=self._tenant.id,
            spill=self._around.spill,
            notice=self._notice,
        )
        return SlackAlerts(ops, OpsTerms(on_call=parts.terms.on_call))

    def _listeners(self) -> Listeners:
        parts, revoked = self._parts, self._slack.revoked
        watching = OpsListening(self._incidents, parts.rooms, self._installations, revoked)
        customers = Customers(parts, self._around.reception, self._outlet, self._of_customers)
        at_desk = (self._messages, self._home, self._suggesting)
        rooms = (actions, assigning, commands, menu, revealing, shortcuts)
        apart = Apart(parts)
        return merged(
            [
                watching.listeners(),
                customers.listeners(),
                *(apart.guarded(one.listeners()) for one in at_desk),
                *(apart.guarded(room.listeners(parts)) for room in rooms),
            ]
        )

    def _socket_door(self) -> SocketDoor | None:
        if not self._settings.app_token:
            return None
        hearing = Hearing(
            kick=self._queue.kick, lost=self._link_lost, reconnected=self._reconciler.ask
        )
        client = SocketClient(self._settings.socket_client)
        terms = SocketTerms(LineTerms(client=client, base_url=self._base_url))
        return SocketDoor(self._inbox, self._settings.app_token, hearing, self._unix, terms)

    async def _inbound(self) -> None:
        """Act on what comes from Slack, once we know who we are there."""
        await self._introduction.run()
        # What waits to be shown had nowhere to go until now.
        self._around.services.outbox.try_again()
        await self._inbox.recover()
        await self._queue.run()

    async def _prune(self) -> None:
        """Forget what is old, now and then, and note that we are here."""
        parts = self._parts
        acted = Acted(parts.cabinet, parts.services.clock)
        olds = (self._inbox, parts.threads, self._desk, self._outlet, self._messages)
        while True:
            for old in (*olds, self._suggesting, acted):
                await old.prune()
            await asyncio.sleep(PRUNE_EVERY_S)

    def _installed(self, team: TeamId) -> None:
        """What we may do there has changed, and what waits for a workspace may go out."""
        self._api.forget(team)
        self._around.services.outbox.try_again()

    def _uninstalled(self, team: TeamId) -> None:
        self._api.forget(team)

    def _link_lost(self, word: str) -> None:
        self._notice(SlackLinkDisabled(self._tenant.id, word))

    def _desk_failed(self, word: str) -> None:
        # What goes wrong with Slack, or with a channel, is noticed where it is called.
        if word == NO_ROOM and self._introduction.is_over:
            self._notice(SlackRoomLost(self._tenant.id, self._settings.handoff_channel, word))

    def _unix(self) -> float:
        return self._around.services.clock.now().timestamp()
