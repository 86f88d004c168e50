"""What sessions, sockets and event streams of web chat share."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Protocol

from aiohttp import web

from channels.base import ConversationId, Conversations
from channels.limits import Limiter
from channels.token import Session, TokenKey, TokenProblem
from channels.web_answer import Refusal
from channels.web_site import Sites
from channels.web_terms import WebTerms


class OpenView(Protocol):
    """A connection that shows a conversation."""

    @property
    def conversation(self) -> ConversationId:
        """The conversation it shows."""
        ...

    @property
    def is_ending(self) -> bool:
        """True once it is being closed."""
        ...

    def tick(self, now: float, wall: float) -> None:
        """Look after itself: `now` is monotonic, `wall` seconds since the epoch; never waits."""
        ...

    def forgive(self, late_s: float) -> None:
        """The process stood still for so long: do not blame the other side."""
        ...

    async def announce(self, reason: str, after_s: float) -> None:
        """Say that the server will close it soon."""
        ...

    async def end(self, code: int, reason: str) -> None:
        """Close it with a code of the protocol."""
        ...


class Hub:
    """Sites, tokens, limits, and every open view; looks at each view once a tick."""

    def __init__(
        self, conversations: Conversations, sites: Sites, tokens: TokenKey, terms: WebTerms
    ) -> None:
        limits = terms.limits
        self.conversations = conversations
        self.sites = sites
        self.tokens = tokens
        self.terms = terms
        self.sessions_per_ip = Limiter(limits.sessions_per_ip)
        self.sockets_per_ip = Limiter(limits.sockets_per_ip)
        self.messages_per_ip = Limiter(limits.messages_per_ip)
        self.messages = Limiter(limits.messages)
        self.files_per_ip = Limiter(limits.files_per_ip)
        self.files = Limiter(limits.files)
        self.counts: Counter[str] = Counter()
        """What went wrong, by reason: `slow`, `silent`, `left_open`, `flood`, `tabs`."""
        self.is_draining = False
        self.greeting: set[web.WebSocketResponse] = set()
        """Sockets that have not said hello yet."""
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._views: dict[ConversationId, list[OpenView]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchdog: asyncio.Task[None] | None = None

    @property
    def views(self) -> list[OpenView]:
        """Every open view."""
        return [view for views in self._views.values() for view in views]

    @property
    def connections(self) -> int:
        """How many views are open."""
        return sum(map(len, self._views.values()))

    def join(self, view: OpenView) -> None:
        """Look after a view from now on; the oldest of too many tabs goes, with 4409."""
        views = self._views.setdefault(view.conversation, [])
        views.append(view)
        self._is_empty.clear()
        live = [each for each in views if not each.is_ending]
        if len(live) > self.terms.limits.views:
            self.counts["tabs"] += 1
            self.spawn(live[0].end(4409, "too many tabs"))
        if self._watchdog is None or self._watchdog.done():
            self._watchdog = asyncio.get_running_loop().create_task(self._look())

    def leave(self, view: OpenView) -> None:
        """Forget a view; harmless when it is forgotten already."""
        views = self._views.get(view.conversation, [])
        if view in views:
            views.remove(view)
        if not views:
            self._views.pop(view.conversation, None)
        if not self._views:
            self._is_empty.set()

    async def emptied(self) -> None:
        """Wait until no view is open; what does not close by itself is dropped by the watch."""
        await self._is_empty.wait()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run something short besides; kept, and awaited on close."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop looking after views, and wait for what is under way."""
        if self._watchdog is not None:
            self._watchdog.cancel()
            await asyncio.wait({self._watchdog})
            self._watchdog = None
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _look(self) -> None:
        clock, tick_s = self.terms.clock, self.terms.timings.tick_s
        seen_at = clock.monotonic()
        while True:
            await asyncio.sleep(tick_s)
            now, wall = clock.monotonic(), clock.utc().timestamp()
            late_s = now - seen_at - tick_s
            seen_at = now
            for view in self.views:
                if late_s > tick_s:
                    view.forgive(late_s)
                view.tick(now, wall)

    def address(self, request: web.Request) -> str:
        """Return the customer's network address, as the key of limits."""
        forwarded = request.headers.get("X-Forwarded-For", "")
        if self.terms.trusts_proxy and forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()
        return request.remote or ""

    def check_open(self) -> None:
        """Refuse while the server drains.

        Raises:
            Refusal: 503.
        """
        if self.is_draining:
            raise Refusal(503, "draining", "the server is restarting; try again", 2.0)

    def check_rate(self, limiter: Limiter, key: str) -> None:
        """Take one of a rate.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        wait_s = limiter.wait_s(key, self.terms.clock.monotonic())
        if wait_s:
            raise Refusal(429, "rate_limited", "too many requests; try again later", wait_s)

    def check_origin(self, request: web.Request) -> str:
        """Return the origin of a request, empty for none.

        Raises:
            Refusal: 403, no site allows it.
        """
        origin = request.headers.get("Origin", "")
        if origin and not self.sites.allow(origin, request.host):
            raise Refusal(403, "origin_refused", "this origin may not use the chat")
        return origin

    def is_from(self, session: Session, request: web.Request) -> bool:
        """Return whether the origin of a request, if it has one, may use this session."""
        origin = request.headers.get("Origin", "")
        site = self.sites.get(session.site)
        if site is None:
            return False
        return not origin or self.sites.allow_for(site, origin, request.host)

    def session_of(self, request: web.Request) -> Session:
        """Return the session in a request's Authorization header.

        Raises:
            Refusal: 401, missing, wrong or expired; 403, not from this origin.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401, "token_missing", "expected the header Authorization: Bearer TOKEN")
        try:
            session = self.tokens.read(token.strip(), self.terms.clock.utc())
        except TokenProblem as problem:
            raise Refusal(401, problem.code, "open a new session") from None
        if not self.is_from(session, request):
            raise Refusal(403, "origin_refused", "this session may not be used from here")
        return session
