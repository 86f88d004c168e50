"""Alerts as signed webhooks: each delivery is kept until it has arrived, or for a day."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

from bot.clock import Clock
from bot.errors import SettingsRefused, StoreFailed
from bot.privacy.vault import VaultTampered
from bot.stores.cabinet import Cabinet, Entry
from bot.stores.instants import micros
from bot.version import VERSION
from bot.waiting import is_set_within
from bot.watch.webhook_section import Webhook
from routing.watching.events import fields_of
from routing.watching.repeats import Alert, AlertState

log = logging.getLogger("copilot.webhooks")
KIND = "webhook"
PAUSES_S = (5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""After the first failure, the second and so on; the last one from then on."""
KEPT_S = 86_400.0
"""What has not arrived by then is dropped."""
TIMEOUT_S = 10.0
MOST_TOGETHER = 20
LEASE_S = 300.0
"""Longer than so many deliveries can take; after a crash they are tried again so much later."""
LOOK_EVERY_S = 5.0
GONE = 410


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook with its secret."""

    webhook: Webhook
    secret: bytes

    @property
    def host(self) -> str:
        """What may be logged: the rest of an address is often a secret."""
        return urlsplit(self.webhook.url).netloc


def endpoints_of(
    webhooks: Sequence[Webhook], read_key: Callable[[str], str]
) -> tuple[Endpoint, ...]:
    """Return the webhooks with their secrets.

    Raises:
        SettingsRefused: a variable with a secret is not set: nothing leaves unsigned.
    """
    endpoints: list[Endpoint] = []
    for webhook in webhooks:
        secret = read_key(webhook.secret_env)
        if not secret:
            raise SettingsRefused(
                f"{webhook.secret_env} is not set, expected the secret that signs the webhook to "
                f"{urlsplit(webhook.url).netloc}: `openssl rand -base64 48` makes one"
            )
        endpoints.append(Endpoint(webhook, secret.encode()))
    return tuple(endpoints)


def signature_of(secret: bytes, timestamp: str, body: str) -> str:
    """Return the signature of a delivery: `v1=` and the HMAC-SHA256 of `timestamp.body` in hex."""
    signed = f"{timestamp}.{body}".encode()
    return f"v1={hmac.digest(secret, signed, hashlib.sha256).hex()}"


def body_of(alert: Alert, event_id: str, at: datetime) -> str:
    """Return what is sent of an alert, as JSON."""
    event = alert.event
    said = {
        "id": event_id,
        "type": event.NAME,
        "at": at.isoformat(),
        "tenant": event.tenant,
        "severity": event.SEVERITY.value,
        "incident": alert.incident,
        "count": alert.count,
        "state": alert.state.value,
        "fields": {name: value for name, value in fields_of(event).items() if name != "tenant"},
    }
    return json.dumps(said, ensure_ascii=False)


class Webhooks:
    """Implements `Alerts` by deliveries that are kept, and makes these, for ever.

    Guarantees: once `tell` has returned, a delivery is attempted until its endpoint has answered
    2xx (arrived) or 410 (not wanted), or a day has passed: then it is dropped, with an error in
    the log. It may arrive twice, under the same id; what fails holds up its own endpoint only. An
    endpoint gets its deliveries one at a time, oldest first, but those of a batch that failed come
    after what was told meanwhile. Progress is not sent: it would only repeat what a summary says.
    """

    def __init__(
        self,
        cabinet: Cabinet,
        endpoints: Sequence[Endpoint],
        clock: Clock,
        session: aiohttp.ClientSession,
    ) -> None:
        self._cabinet = cabinet
        self._endpoints = {one.webhook.url: one for one in endpoints}
        self._now = clock.now
        self._session = session
        self._has_news = asyncio.Event()

    @classmethod
    def open(cls, cabinet: Cabinet, endpoints: Sequence[Endpoint], clock: Clock) -> Self:
        """Return webhooks with a client of their own; within the running loop."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        jar = aiohttp.DummyCookieJar()
        return cls(
            cabinet, endpoints, clock, aiohttp.ClientSession(timeout=timeout, cookie_jar=jar)
        )

    async def tell(self, alert: Alert) -> None:
        """Keep a delivery for every endpoint that wants the event."""
        if alert.state is AlertState.AGAIN:
            return
        at = self._now()
        event_id = f"evt_{micros(at):016x}{uuid4().hex[:16]}"
        body = body_of(alert, event_id, at)
        wanted = [
            url for url, one in self._endpoints.items() if one.webhook.wants(alert.event.NAME)
        ]
        try:
            for url in wanted:
                place = hashlib.sha256(url.encode()).hexdigest()[:16]
                value = json.dumps({"url": url, "id": event_id, "body": body})
                await self._cabinet.put(Entry(KIND, f"{event_id}/{place}", value, at, at))
        except StoreFailed:
            log.exception("webhooks.not_kept", extra={"type": alert.event.NAME})
        self._has_news.set()

    async def run(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            await is_set_within(self._has_news, LOOK_EVERY_S)
            self._has_news.clear()
            try:
                while await self.deliver() == MOST_TOGETHER:
                    pass
            except (StoreFailed, VaultTampered):
                log.exception("webhooks.not_read")

    async def deliver(self) -> int:
        """Attempt what is due, at most twenty; returns how many were due.

        Raises:
            StoreFailed: the disk failed; what was due is attempted again after a while.
        """
        due = await self._cabinet.lease(KIND, self._now(), LEASE_S, MOST_TOGETHER)
        waiting: dict[str, list[_Delivery]] = {}
        for entry in due:
            delivery = _delivery(entry)
            waiting.setdefault(delivery.url, []).append(delivery)
        parts = (self._deliver_to(url, deliveries) for url, deliveries in waiting.items())
        outcomes = await asyncio.gather(*parts, return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        return len(due)

    async def close(self) -> None:
        """Let go of the connections; what has not arrived stays in the cabinet."""
        await self._session.close()

    async def _deliver_to(self, url: str, deliveries: Sequence["_Delivery"]) -> None:
        """Attempt deliveries in order; after one that fails, the others wait as long as it does."""
        endpoint = self._endpoints.get(url)
        if endpoint is None:
            for delivery in deliveries:
                await self._drop(delivery, urlsplit(url).netloc, "no such endpoint any more")
            return
        until: datetime | None = None
        for delivery in deliveries:
            if until is not None and not self._is_late(delivery):
                await self._cabinet.put(replace(delivery.entry, due_at=until))
                continue
            until = await self._attempt(endpoint, delivery)

    async def _attempt(self, endpoint: Endpoint, delivery: "_Delivery") -> datetime | None:
        """Attempt one delivery; returns when it is tried again, None when it is done with."""
        entry = delivery.entry
        outcome = await self._post(endpoint, delivery)
        if outcome is None:
            await self._cabinet.remove(KIND, entry.key)
            return None
        if outcome == str(GONE) or self._is_late(delivery):
            await self._drop(delivery, endpoint.host, outcome)
            return None
        pause_s = PAUSES_S[min(entry.tries, len(PAUSES_S) - 1)]
        last = entry.at + timedelta(seconds=KEPT_S)
        until = min(self._now() + timedelta(seconds=pause_s), last)
        await self._cabinet.put(replace(entry, due_at=until, tries=entry.tries + 1))
        extra = {"endpoint": endpoint.host, "id": delivery.id, "tries": entry.tries + 1}
        log.warning("webhooks.failed", extra={**extra, "outcome": outcome, "pause_s": pause_s})
        return until

    async def _post(self, endpoint: Endpoint, delivery: "_Delivery") -> str | None:
        """Send one delivery; returns None when it arrived, else a status or a class of error."""
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"support-copilot/{VERSION}",
            "Copilot-Event-Id": delivery.id,
            "Copilot-Timestamp": timestamp,
            "Copilot-Signature": signature_of(endpoint.secret, timestamp, delivery.body),
        }
        try:
            async with self._session.post(
                delivery.url, data=delivery.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return None if 200 <= answer.status < 300 else str(answer.status)
        except (aiohttp.ClientError, OSError) as failure:
            return type(failure).__name__

    def _is_late(self, delivery: "_Delivery") -> bool:
        return self._now() >= delivery.entry.at + timedelta(seconds=KEPT_S)

    async def _drop(self, delivery: "_Delivery", host: str, outcome: str) -> None:
        entry = delivery.entry
        extra = {"endpoint": host, "id": delivery.id, "outcome": outcome, "tries": entry.tries + 1}
        log.error("webhooks.dropped", extra=extra)
        await self._cabinet.remove(KIND, entry.key)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What is kept for one endpoint."""

    entry: Entry
    url: str
    id: str
    body: str


def _delivery(entry: Entry) -> _Delivery:
    kept = json.loads(entry.value)
    return _Delivery(entry, kept["url"], kept["id"], kept["body"])
