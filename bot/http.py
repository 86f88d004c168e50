"""The HTTP side of operations: health, metrics, headers that every answer carries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.errors import StoreFailed
from bot.services import Services
from bot.stores.base import ParcelsDue
from channels.web import WebChat

MOST_BODY_BYTES = 1 << 20
READY_S = 2.0
KINDS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
"""Headers that belong to an error."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Operations:
    """`/healthz` for the process, `/readyz` for what it depends on, `/metrics` for Prometheus."""

    def __init__(self, services: Services, web_chat: WebChat) -> None:
        self._services = services
        self._web_chat = web_chat
        self.is_draining = False

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of operations."""
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        if self.is_draining:
            return web.json_response({"status": "draining"}, status=503)
        try:
            async with asyncio.timeout(READY_S):
                await self._services.store.find(ParcelsDue(self._services.clock.now(), 1))
        except (StoreFailed, TimeoutError):
            return web.json_response({"status": "failed", "store": "down"}, status=503)
        return web.json_response({"status": "ok", "store": "up"})

    async def _metrics(self, _: web.Request) -> web.Response:
        self._services.metrics.views.set(self._web_chat.connections)
        return web.Response(
            body=self._services.metrics.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )


def build_http(routes: Sequence[web.RouteDef]) -> web.Application:
    """Return the web application with these routes."""
    http = web.Application(client_max_size=MOST_BODY_BYTES, middlewares=[_errors])
    http.add_routes(routes)
    return http


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors of the API as JSON, without a word of what was sent."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/v1/"):
            raise
        kind = KINDS.get(error.status, "invalid_request")
        body = {"error": {"type": kind, "message": error.reason, "trace_id": ""}}
        headers = {name: error.headers[name] for name in KEPT if name in error.headers}
        return web.json_response(body, status=error.status, headers=headers)
