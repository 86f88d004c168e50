"""`GET /v1/audit/export`."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.api.routes import ApiTerms
from bot.audit.formats import Format, NoEntry, Withheld, read_lines
from bot.audit.logins import Login, Logins
from bot.audit.verification import Verification
from bot.stores.audit_chain import Tip
from bot.stores.base import AuditAfter, AuditDraft, Head, Write
from channels.base import ConversationId
from routing.request import TenantId
from tests.bot.api.front import Front, fronted

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CALL = ConversationId("api-test-1")
OWN, OTHER = TenantId("aurelis"), TenantId("other")


async def filled(front: Front, count: int = 1_203) -> None:
    """Write entries, an hour after each other: some of others and of tests."""
    store = front.services.store
    await store.commit(Write(CALL, NOW, create=Head(CALL, OWN, "api", "", "en")))
    for n in range(count):
        tenant = OTHER if n % 10 == 0 else OWN
        what = f'{{"conversation":"{CALL if n % 25 == 1 else "c1"}"}}'
        audit = (AuditDraft(tenant, "turn", what),)
        await store.commit(Write(CALL, NOW + timedelta(hours=n), audit=audit))


async def fetched(
    front: Front, query: str = "", key: str | None = None
) -> tuple[str, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {key or front.live}"}
    url = f"{front.url}/v1/audit/export{query}"
    async with front.http.get(url, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text(), answer.headers


def verified(text: str, headers: Mapping[str, str], form: Format) -> tuple[list[int], list[int]]:
    """Verify what was sent by nothing else, and return the numbers shown and withheld."""
    first, previous = int(headers["X-Audit-First"]), headers["X-Audit-Previous"]
    verification = Verification(after=Tip(first - 1, previous))
    shown, withheld = [], []
    for entry in read_lines(io.StringIO(text, newline=""), form):
        match entry:
            case NoEntry():
                raise AssertionError(entry)
            case Withheld(n, before, hash_):
                verification.feed_withheld(n, before, hash_)
                withheld.append(n)
            case _:
                verification.feed((entry,))
                shown.append(entry[0])
    report = verification.finish()
    assert report.is_whole
    assert report.last == Tip(int(headers["X-Audit-Last"]), headers["X-Audit-Last-Hash"])
    assert report.entries == int(headers["X-Audit-Count"])
    return shown, withheld


@pytest.mark.parametrize("form", Format)
async def test_all_of_the_chain_is_sent_and_verifies_alone(tmp_path: Path, form: Format) -> None:
    async with fronted(tmp_path) as front:
        await filled(front)
        text, headers = await fetched(front, f"?format={form.value}")
        shown, withheld = verified(text, headers, form)

        assert len(shown) + len(withheld) == 1_203
        assert withheld == list(range(1, 1_204, 10))
        assert "other" not in text
        assert headers["Cache-Control"] == "no-store"


async def test_a_test_key_sees_what_test_keys_have_done(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        await filled(front, 60)
        shown, _ = verified(*await fetched(front, key=front.test), Format.JSONL)

        assert shown == [2, 27, 52]


async def test_a_time_is_sent_without_a_gap(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        await filled(front, 60)
        text, headers = await fetched(front, "?since=2026-11-25&until=2026-11-26&format=csv")
        verified(text, headers, Format.CSV)

        assert (headers["X-Audit-First"], headers["X-Audit-Last"]) == ("13", "36")
        assert len(list(csv.reader(io.StringIO(text)))) == 25


async def test_a_time_without_entries_is_empty(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        text, headers = await fetched(front, "?until=2000-01-01")

        assert (text, headers["X-Audit-Count"]) == ("", "0")


async def test_a_wrong_format_or_no_key_is_refused(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        assert (await front.get("/v1/audit/export?format=xml"))[0] == 400
        assert (await front.get("/v1/audit/export", "sk_live_none"))[0] == 401


async def test_every_attempt_of_a_call_is_an_entry_before_that_of_the_whole(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        await front.ask()
        entries = await front.services.store.find(AuditAfter())
        actions = [entry.action for entry in entries]

        assert actions[-2:] == ["attempt", "turn"]
        assert '"model":"claude-haiku-4.5"' in entries[-2].json


async def test_a_key_is_noted_when_it_comes_first_and_a_stranger_is_counted(
    tmp_path: Path,
) -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    async with fronted(tmp_path, terms=ApiTerms(logins=logins)) as front:
        for _ in range(3):
            await front.get("/v1/models")
            await front.get("/v1/models", "sk_live_none")
        now[0] = 61.0
        key = front.keys.all()[0].id

        assert logins.take() == (Login("api", key), Login("api", refused=3))
        await front.get("/v1/models")
        assert logins.take() == ()
