"""What every route of web chat does around its own work: origin, refusals as JSON, CORS."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from channels.web_answer import Refusal, open_to, preflight
from channels.web_hub import Hub

Work = Callable[[web.Request], Awaitable[web.Response]]


async def answered(hub: Hub, request: web.Request, work: Work) -> web.Response:
    """Return what the work answers, or its refusal; readable by the page that asked."""
    origin = ""
    try:
        origin = hub.check_origin(request)
        response = await work(request)
    except Refusal as refusal:
        response = refusal.answer()
    open_to(response, origin)
    return response


def asked(hub: Hub, request: web.Request, methods: str) -> web.Response:
    """Answer a preflight request."""
    try:
        return preflight(hub.check_origin(request), methods)
    except Refusal as refusal:
        return refusal.answer()
