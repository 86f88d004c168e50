"""`GET /v1/audit/export`: entries of the audit chain, streamed as they are read.

What is sent can be verified like an export of the command: each line joins the one before, and the
headers say how many there are and how the last one ends, so that a download that was cut off shows.
An entry that is not for the key, another tenant's or, for a test key, a real one, is sent without
its content: what is left still joins.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.api.keys import TEST_CALLS, Key
from bot.api.sending import WRITE_S, CallerGone
from bot.audit.formats import Format, Withheld, head_of, line_of
from bot.errors import StoreFailed
from bot.stores.audit_chain import Link
from bot.stores.base import AuditAfter, AuditEnds, AuditEntry, Store
from bot.stores.instants import micros

PART = 500
TYPES = {
    Format.JSONL: "application/x-ndjson; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are sent, and how."""

    since: datetime | None = None
    until: datetime | None = None
    """Itself excluded."""
    format: Format = Format.JSONL


async def send_export(
    request: web.Request, store: Store, key: Key, wanted: Wanted
) -> web.StreamResponse:
    """Answer with the entries of a time, without a gap.

    Raises:
        StoreFailed: the disk failed before anything was sent.
        CallerGone: the caller has gone away, or reads too slowly.
    """
    ends = await store.find(AuditEnds(wanted.since, wanted.until))
    response = web.StreamResponse(headers=_headers(ends, wanted.format))
    try:
        await response.prepare(request)
        async with asyncio.timeout(WRITE_S):
            await response.write(head_of(wanted.format).encode())
        async for entries in _parts(store, ends):
            lines = (line_of(_shown(entry, key), wanted.format) for entry in entries)
            content = "".join(lines).encode("utf-8", "surrogateescape")
            async with asyncio.timeout(WRITE_S):
                await response.write(content)
        await response.write_eof()
    except StoreFailed:
        # The status is sent already. An end without its mark tells the caller that it is not whole.
        if response.prepared and request.transport is not None:
            request.transport.abort()
            raise CallerGone("the database failed midway") from None
        raise
    except (ConnectionError, TimeoutError):
        raise CallerGone("the caller did not wait for the end") from None
    return response


async def _parts(
    store: Store, ends: tuple[AuditEntry, ...]
) -> AsyncIterator[tuple[AuditEntry, ...]]:
    """Yield the entries from the first to the last, some at a time."""
    if not ends:
        return
    reached, last = ends[0].n - 1, ends[1].n
    while reached < last:
        entries = await store.find(AuditAfter(reached, min(PART, last - reached)))
        if not entries:
            return
        yield entries
        reached = entries[-1].n


def _shown(entry: AuditEntry, key: Key) -> Link | Withheld:
    """Return an entry as the holder of a key may see it."""
    is_seen = entry.tenant == key.tenant and (not key.is_test or _is_of_test(entry.json))
    if not is_seen:
        return Withheld(entry.n, entry.previous, entry.hash)
    at = micros(entry.at)
    return (entry.n, at, entry.tenant, entry.action, entry.json, entry.previous, entry.hash)


def _is_of_test(content: str) -> bool:
    """Return whether an entry is about a call that a test key has made."""
    try:
        fields = json.loads(content)
    except ValueError:
        return False
    return isinstance(fields, dict) and str(fields.get("conversation")).startswith(TEST_CALLS)


def _headers(ends: tuple[AuditEntry, ...], form: Format) -> dict[str, str]:
    name = f"audit.{form.value}"
    headers = {
        "Content-Type": TYPES[form],
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if not ends:
        return headers | {"X-Audit-Count": "0"}
    first, last = ends
    return headers | {
        "X-Audit-Count": str(last.n - first.n + 1),
        "X-Audit-First": str(first.n),
        "X-Audit-Last": str(last.n),
        "X-Audit-Previous": first.previous,
        "X-Audit-Last-Hash": last.hash,
    }
