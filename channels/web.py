"""Web chat: sessions, WebSocket and event stream over one log of events per conversation.

A socket is a view of the log: closing it stops nothing, and whoever comes back is given exactly
what he missed. The token is never in a URL. A session lives for ten minutes; before that, the
client asks for another one with its conversation_id and sends it in an `auth` frame.
"""

import asyncio
from collections.abc import Mapping, Sequence

from aiohttp import web

from channels.base import Conversations, GivenFiles
from channels.token import TokenKey
from channels.web_door import Door
from channels.web_files import Files
from channels.web_hub import Hub
from channels.web_sessions import WS_PATH, Sessions
from channels.web_site import Sites, WebSite
from channels.web_stream import Streams
from channels.web_terms import WebClock, WebLimits, WebTerms, WebTimings

__all__ = ["WebChat", "WebClock", "WebLimits", "WebSite", "WebTerms", "WebTimings"]


class WebChat:
    """The channel: give its routes to an aiohttp application, and drain it before the end.

    `key` signs session tokens: secret, at least 16 bytes, the same in every process.
    """

    def __init__(
        self,
        conversations: Conversations,
        sites: Sequence[WebSite],
        key: bytes,
        terms: WebTerms | None = None,
        given: GivenFiles | None = None,
    ) -> None:
        """Show conversations; `given` opens the files in them."""
        terms = terms or WebTerms()
        self._given = given
        self._hub = Hub(conversations, Sites(sites, terms.public_url), TokenKey(key), terms)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the channel."""
        sessions, door, streams = Sessions(self._hub), Door(self._hub), Streams(self._hub)
        files = Files(self._hub, self._given)
        return [
            web.post("/v1/chat/sessions", sessions.open),
            web.options("/v1/chat/sessions", sessions.ask),
            web.get(WS_PATH, door.enter, allow_head=False),
            web.get("/v1/chat/stream", streams.open, allow_head=False),
            web.options("/v1/chat/stream", streams.ask),
            web.post("/v1/chat/messages", streams.take),
            web.options("/v1/chat/messages", streams.ask),
            web.post("/v1/chat/files", files.take),
            web.options("/v1/chat/files", files.ask),
            web.get("/v1/chat/files/{file_id}", files.give, allow_head=False),
            web.options("/v1/chat/files/{file_id}", files.ask_for_one),
        ]

    @property
    def connections(self) -> int:
        """How many sockets and streams are open."""
        return self._hub.connections

    @property
    def counts(self) -> Mapping[str, int]:
        """How many connections were given up, by reason; for metrics."""
        return self._hub.counts

    async def drain(self, after_s: float, reason: str = "restart") -> None:
        """Let everybody go: announce it, wait `after_s` seconds, close with 1012.

        From the first moment new sessions, sockets and posts are refused with 503. Returns when
        nothing is open any more; sockets that do not answer the close frame are dropped.
        """
        hub = self._hub
        hub.is_draining = True
        await asyncio.gather(*(view.announce(reason, after_s) for view in hub.views))
        await asyncio.sleep(after_s)
        await asyncio.gather(*(view.end(1012, reason) for view in hub.views))
        await asyncio.gather(*(ws.close(code=1012) for ws in hub.greeting))
        await hub.emptied()
        await hub.close()
