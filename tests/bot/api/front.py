"""The API on a real socket, over the stage: real parts, a scripted model, keys in a folder."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from bot.api.keys import KeyFile, made_key
from bot.api.routes import ApiRoutes, ApiTerms
from bot.api.sandbox import Sandbox
from bot.http import build_http
from bot.services import Services
from bot.stores.base import Record, RecordsOf
from bot.tenant import read_tenant
from bot.tools.source import Catalogue
from routing.clock import Clock
from routing.intent.layers import Layers, layers_of
from routing.models.scripted import Script, ScriptedModel
from routing.money.prices import load_prices
from routing.request import TenantId
from tests.bot.stage import ANSWER, POLICY, says, staged

NOW = datetime(2026, 11, 24, tzinfo=UTC)
QUESTION = "Where is my new card?"
Json = dict[str, Any]


@dataclass
class Front:
    """What a developer has: an address, a live key, a test key."""

    url: str
    live: str
    test: str
    services: Services
    model: ScriptedModel
    http: aiohttp.ClientSession
    keys: KeyFile
    answers: list[tuple[str, int]] = field(default_factory=list)
    """What was counted."""

    async def post(
        self, path: str, body: object, key: str | None = None, **headers: str
    ) -> tuple[int, Json, Mapping[str, str]]:
        """Return status, JSON and headers."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = self._headers(key) | {name.replace("_", "-"): one for name, one in headers.items()}
        async with self.http.post(self.url + path, data=BytesIO(content), headers=given) as answer:
            return answer.status, await answer.json(), answer.headers

    async def get(self, path: str, key: str | None = None) -> tuple[int, Json]:
        """Return status and JSON."""
        async with self.http.get(self.url + path, headers=self._headers(key)) as answer:
            return answer.status, await answer.json()

    async def stream(self, path: str, body: Json, key: str | None = None) -> str:
        """Return a whole stream as it came."""
        headers = self._headers(key)
        async with self.http.post(self.url + path, json=body, headers=headers) as answer:
            return await answer.text()

    async def ask(self, text: str = QUESTION, key: str | None = None, **more: object) -> Json:
        """Return the answer of one routed call that succeeds."""
        body = {"messages": [{"role": "user", "content": text}], **more}
        status, answer, _ = await self.post("/v1/route", body, key)
        assert status == 200, answer
        return answer

    async def refused(self, key: str | None = None, **more: object) -> tuple[int, Json]:
        """Return status and error of one routed call that fails."""
        body = {"messages": [{"role": "user", "content": QUESTION}], **more}
        status, answer, _ = await self.post("/v1/route", body, key)
        return status, answer["error"]

    async def records(self, kind: str) -> tuple[Record, ...]:
        """Return what was recorded, newest first."""
        return await self.services.store.find(RecordsOf(kind))

    async def until_recorded(self, kind: str) -> Json:
        """Wait until something is recorded, and return the newest."""
        async with asyncio.timeout(5):
            while not (records := await self.records(kind)):  # noqa: ASYNC110 - a store has no event
                await asyncio.sleep(0.005)
        fields: Json = json.loads(records[0].json)
        return fields

    def _headers(self, key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.live if key is None else key}"}


def events_of(stream: str) -> list[tuple[str, Json]]:
    """Return the events of a stream: name and data."""
    found = []
    for block in stream.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@cache
def trained() -> Layers:
    """Return the layers of the stage's policy."""
    return layers_of(read_tenant(POLICY, "policy.yaml").policy)


@asynccontextmanager
async def fronted(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    terms: ApiTerms | None = None,
    *,
    keyless: bool = False,
    tools: Catalogue | None = None,
) -> AsyncIterator[Front]:
    """Open the API for the time of a test."""
    answers: list[tuple[str, int]] = []
    async with staged(folder, scripts, keyless=keyless) as stage:
        services = replace(stage.services, tools=tools or stage.services.tools)
        keys, tenant = KeyFile(folder), TenantId("aurelis")
        (live, kept), (test, kept_test) = (
            made_key(tenant, is_test, "", NOW) for is_test in (False, True)
        )
        keys.add(kept)
        keys.add(kept_test)
        sandbox = Sandbox(trained(), load_prices(), Clock())
        own = terms or ApiTerms(counted=lambda name, status: answers.append((name, status)))
        routes = ApiRoutes(services, KeyFile(folder), sandbox, own)
        server = TestServer(build_http(routes.routes()))
        await server.start_server()
        try:
            async with aiohttp.ClientSession() as http:
                url = str(server.make_url("")).rstrip("/")
                yield Front(url, live, test, services, stage.model, http, keys, answers)
        finally:
            await server.close()
