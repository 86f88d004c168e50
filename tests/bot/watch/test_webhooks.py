"""Signed webhooks over real sockets: signed, kept, tried again for a day, then dropped loudly."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import start
from bot.clock import Clock
from bot.errors import SettingsRefused
from bot.metrics import Metrics
from bot.privacy.vault import VaultKey
from bot.settings import Settings
from bot.stores.cabinet import Cabinet, MemoryCabinet
from bot.stores.cabinet_sqlite import open_cabinet
from bot.watch.alerts import AlertFeed
from bot.watch.webhook_section import Webhook
from bot.watch.webhooks import KIND, LEASE_S, Endpoint, Webhooks, endpoints_of
from routing.errors import FailureKind
from routing.request import TenantId
from routing.watching.events import FallbackTriggered, ProviderBack, ProviderDown
from routing.watching.repeats import Alert, AlertState
from tests.routing.samples import GPT, HAIKU

AURELIS = TenantId("aurelis")
DOWN = ProviderDown(AURELIS, HAIKU)
BACK = ProviderBack(AURELIS, HAIKU, 3.0)
FELL = FallbackTriggered(AURELIS, HAIKU, GPT, FailureKind.CUT, True, "t1")
SECRET = b"a secret between two"
KEY = VaultKey(b"a secret of thirty-two characters")


class Time:
    def __init__(self) -> None:
        self.s = 0.0
        self.clock = Clock(now=self.now, monotonic=lambda: self.s)

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=self.s)


class Receiver:
    """Somebody's server: checks every signature and answers as it is told."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.stamps: list[int] = []
        self.has_got = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        stamp = request.headers["Copilot-Timestamp"]
        signed = hmac.new(SECRET, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        assert request.headers["Copilot-Signature"] == f"v1={signed}"
        self.stamps.append(int(stamp))
        self.ids.append(request.headers["Copilot-Event-Id"])
        self.got.append(json.loads(body))
        self.has_got.set()
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/hook", self.take)
        async with TestServer(app) as server:
            yield str(server.make_url("/hook"))


@asynccontextmanager
async def hooks(cabinet: Cabinet, time: Time, *urls: str) -> AsyncIterator[Webhooks]:
    endpoints = [Endpoint(Webhook(url, "OPS"), SECRET) for url in urls]
    webhooks = Webhooks.open(cabinet, endpoints, time.clock)
    try:
        yield webhooks
    finally:
        await webhooks.close()


async def test_an_alert_arrives_signed_and_is_done_with() -> None:
    receiver, time, cabinet = Receiver(), Time(), MemoryCabinet()
    async with receiver.serving() as url, hooks(cabinet, time, url) as webhooks:
        await webhooks.tell(Alert(FELL, 3, AlertState.SUMMARY))
        await webhooks.deliver()

    (got,) = receiver.got
    assert receiver.ids == [got.pop("id")]
    assert receiver.stamps == [int(time.now().timestamp())]
    assert got == {
        "type": "router.fallback_triggered",
        "at": "2026-11-25T00:00:00+00:00",
        "tenant": "aurelis",
        "severity": "warning",
        "incident": Alert(FELL).incident,
        "count": 3,
        "state": "summary",
        "fields": {
            "failed": HAIKU,
            "next": GPT,
            "kind": "cut",
            "was_visible": True,
            "trace_id": "t1",
        },
    }
    assert not await cabinet.find(KIND)


@pytest.mark.parametrize("status", [302, 400, 429, 500])
async def test_what_fails_is_tried_again_later_under_the_same_id(status: int) -> None:
    receiver, time, cabinet = Receiver(), Time(), MemoryCabinet()
    async with receiver.serving() as url, hooks(cabinet, time, url) as webhooks:
        receiver.status = status
        await webhooks.tell(Alert(DOWN))
        due = [await webhooks.deliver(), await webhooks.deliver()]
        receiver.status, time.s = 204, 5.0
        due += [await webhooks.deliver(), await webhooks.deliver()]

    assert due == [1, 0, 1, 0]
    assert receiver.got[0] == receiver.got[1]
    assert len(set(receiver.ids)) == 1
    assert receiver.stamps[1] - receiver.stamps[0] == 5


async def test_who_is_gone_is_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    receiver, time, cabinet = Receiver(), Time(), MemoryCabinet()
    receiver.status = 410
    async with receiver.serving() as url, hooks(cabinet, time, url) as webhooks:
        await webhooks.tell(Alert(DOWN))
        await webhooks.deliver()

    assert not await cabinet.find(KIND)
    assert [record.getMessage() for record in caplog.records] == ["webhooks.dropped"]


async def test_after_a_day_of_growing_pauses_it_is_dropped_loudly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver, time, cabinet = Receiver(), Time(), MemoryCabinet()
    receiver.status = 503
    tried: list[float] = []
    async with receiver.serving() as url, hooks(cabinet, time, url) as webhooks:
        await webhooks.tell(Alert(DOWN))
        while entries := await cabinet.find(KIND):
            assert entries[0].due_at is not None
            time.s = (entries[0].due_at - Time().now()).total_seconds()
            tried.append(time.s)
            await webhooks.deliver()

    pauses = [after - before for before, after in pairwise(tried)]
    assert tried[-1] == 86_400.0
    assert pauses[:6] == [5, 15, 60, 300, 900, 3600]
    assert max(pauses) == 3600
    assert len(set(receiver.ids)) == 1
    assert (caplog.records[-1].getMessage(), caplog.records[-1].levelno) == (
        "webhooks.dropped",
        logging.ERROR,
    )
    assert "/hook" not in caplog.text


async def test_a_dead_endpoint_is_asked_once_a_round_and_holds_up_no_other() -> None:
    dead, well = Receiver(), Receiver()
    dead.status = 500
    time, cabinet = Time(), MemoryCabinet()
    async with (
        dead.serving() as one,
        well.serving() as other,
        hooks(cabinet, time, one, other) as webhooks,
    ):
        for alert in (Alert(DOWN), Alert(BACK, 1, AlertState.RECOVERED)):
            await webhooks.tell(alert)
            time.s += 1
        await webhooks.deliver()

    assert [got["type"] for got in well.got] == ["provider.down", "provider.back"]
    assert [got["type"] for got in dead.got] == ["provider.down"]
    assert len(await cabinet.find(KIND)) == 2


async def test_only_what_an_endpoint_wants_is_kept_for_it() -> None:
    time, cabinet = Time(), MemoryCabinet()
    wanted = Endpoint(Webhook("https://ops.example.com", "OPS", ("router.*",)), SECRET)
    webhooks = Webhooks.open(cabinet, [wanted], time.clock)
    await webhooks.tell(Alert(DOWN))
    await webhooks.tell(Alert(FELL, 2, AlertState.AGAIN))
    await webhooks.tell(Alert(FELL))
    await webhooks.close()

    (kept,) = await cabinet.find(KIND)
    assert '"state\\": \\"new' in kept.value


async def test_what_an_ended_process_has_kept_or_was_sending_arrives(tmp_path: Path) -> None:
    receiver, time, path = Receiver(), Time(), tmp_path / "cabinet.db"
    async with receiver.serving() as url:
        before = await open_cabinet(path, KEY, time.now)
        async with hooks(before, time, url) as webhooks:
            await webhooks.tell(Alert(DOWN))
            assert len(await before.lease(KIND, time.now(), LEASE_S, 20)) == 1
            await webhooks.tell(Alert(FELL))
        again = await open_cabinet(path, KEY, time.now)
        async with hooks(again, time, url) as webhooks:
            due = [await webhooks.deliver()]
            time.s = LEASE_S
            due += [await webhooks.deliver(), await webhooks.deliver()]
        await again.close()
        await before.close()

    assert due == [1, 1, 0]
    assert [got["type"] for got in receiver.got] == [FELL.NAME, DOWN.NAME]
    assert b"fallback_triggered" not in path.read_bytes()


async def test_500_fallbacks_in_a_minute_are_one_incident_with_a_count_and_one_recovery() -> None:
    receiver, time, cabinet = Receiver(), Time(), MemoryCabinet()
    async with receiver.serving() as url, hooks(cabinet, time, url) as webhooks:
        feed = AlertFeed([webhooks], Metrics(), time.clock)
        for number in range(500):
            time.s = number * 0.12
            feed.notice(FELL)
            await feed.flush()
            await webhooks.deliver()
        for now in range(60, 1500, 5):
            time.s = float(now)
            await feed.flush()
            await webhooks.deliver()

    assert [(got["state"], got["count"]) for got in receiver.got] == [
        ("new", 1),
        ("summary", 500),
        ("recovered", 500),
    ]
    assert len({got["incident"] for got in receiver.got}) == 1


def test_nothing_leaves_unsigned() -> None:
    webhooks = (Webhook("https://ops.example.com/token", "OPS_SECRET"),)
    with pytest.raises(SettingsRefused, match="OPS_SECRET is not set") as refused:
        endpoints_of(webhooks, lambda _: "")

    assert "token" not in str(refused.value)
    assert endpoints_of(webhooks, lambda _: "s")[0].secret == b"s"


async def test_the_application_tells_its_webhooks_and_opens_nothing_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_SECRET", SECRET.decode())
    receiver, policy = Receiver(), tmp_path / "policy.yaml"
    head = "tenant: aurelis\nversion: 1\ndefault: {models: [offline]}\n"
    policy.write_text(head)
    plain = await start(Settings(data=tmp_path / "plain", policy=policy))
    await plain.close()
    async with receiver.serving() as url:
        policy.write_text(f"{head}webhooks: [{{url: '{url}', secret_env: OPS_SECRET}}]\n")
        app = await start(Settings(data=tmp_path / "told", policy=policy))
        app.services.alerts.notice(DOWN)
        async with asyncio.timeout(5):
            await receiver.has_got.wait()
        await app.close()

    assert not (tmp_path / "plain" / "cabinet.db").exists()
    assert (tmp_path / "told" / "cabinet.db").exists()
    assert [got["type"] for got in receiver.got] == ["provider.down"]
