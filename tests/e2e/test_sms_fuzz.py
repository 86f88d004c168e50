"""Junk at every address that Twilio calls, signed and not: no 500, nothing kept of a stranger."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.settings import CABINET_FILE, DATABASE_FILE
from tests.e2e.sms_place import ANSWER, SmsPlace, sms_place
from tests.e2e.twilio_place import OURS, PUBLIC
from tests.emulators.twilio import Delivery

pytestmark = pytest.mark.slow

WAIT_S = 20.0
PREFIXES = ("/channels/sms", "/channels/voice")
NAMES = (
    "MessageSid", "SmsSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MediaContentType0",
    "MessageStatus", "SmsStatus", "ErrorCode", "EventType", "OptOutType", "MessagingServiceSid",
    "AccountSid", "CallSid", "CallStatus", "SessionId", "SessionStatus", "HandoffData", "Digits",
    "TranscriptionEvent", "TranscriptionData", "TranscriptionSid", "SequenceId", "Timestamp",
    "Final", "Track", "DialCallStatus", "Direction", "",
)  # fmt: skip
PLAUSIBLE = (
    "SM" + "0" * 32, "CA" + "1" * 32, "GT" + "2" * 32, "+15550123", "+15550100", "whatsapp:+1555",
    "STOP", "START", "delivered", "failed", "30003", "99999999999", "-1", "NaN", "null", "{}", "[]",
    '{"reason": 1}', '{"transcript": null, "confidence": "x"}', "transcription-content", "inbound",
    "inbound_track", "completed", "in-progress", "2026-13-45T99:99:99Z", "true", "http://127.0.0.1:1/x",
    "image/png", "\x00", "\u202e", "a" * 5000,
)  # fmt: skip
TEXT = st.one_of(st.sampled_from(PLAUSIBLE), st.text(st.characters(codec="utf-8"), max_size=30))
FORMS = st.lists(st.tuples(st.sampled_from(NAMES) | TEXT, TEXT), max_size=12)
QUERIES = st.sampled_from(["", "?o=", "?o=x.y", "?o=%ff", "?o=%00&o=2", "?call=x&turn=-1&=", "?%"])
USUAL = settings(
    max_examples=250,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def paths_of(place: SmsPlace) -> list[str]:
    """Return every address that the product has for Twilio."""
    resources = place.phones.app.http.router.resources()
    found = {resource.canonical.replace("{token}", "x.y.z") for resource in resources}
    return sorted(path for path in found if path.startswith(PREFIXES))


def joined(path: str, query: str) -> str:
    """Return a path with one more thing in its query."""
    return path + (query.replace("?", "&") if "?" in path else query)


def method_of(path: str) -> str:
    """Return how Twilio asks for a path: a socket is opened by a GET."""
    return "GET" if "/relay" in path else "POST"


def good(one: UUID) -> dict[str, str]:
    """Return the fields of a message, a status and a call that are as they should be."""
    sid = one.hex
    number = f"+1555{one.int % 10**6:06}"
    return {
        "MessageSid": f"SM{sid}",
        "CallSid": f"CA{sid}",
        "From": number,
        "To": OURS,
        "Body": "When will my new card arrive?",
        "MessageStatus": "delivered",
        "Direction": "inbound",
    }


def kept(folder: Path) -> Mapping[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for name in (DATABASE_FILE, CABINET_FILE):
        with closing(sqlite3.connect(folder / "data" / name)) as file:
            tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                [(count,)] = file.execute(f"SELECT count(*) FROM '{table}'").fetchall()
                counts[f"{name} {table}"] = count
    return counts


async def posted(
    place: SmsPlace, poster: Callable[[Callable[..., Delivery]], Callable[[], None]]
) -> None:
    """Run a fuzz test in a thread; what it posts goes out here."""
    loop = asyncio.get_running_loop()

    def post(path: str, fields: list[tuple[str, str]], **knobs: object) -> Delivery:
        sending = place.phones.twilio.posts(path, fields, **knobs)
        return asyncio.run_coroutine_threadsafe(sending, loop).result(WAIT_S)

    await asyncio.to_thread(poster(post))


def troubles(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what broke without an answer that says so."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR and record.name in ("aiohttp.server", "asyncio")
    ]


@pytest.mark.promise("S4")
async def test_of_what_is_not_signed_nothing_is_kept_and_nothing_breaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with sms_place(tmp_path) as place:
        paths = paths_of(place)
        before = kept(tmp_path)
        bodies = st.none() | st.binary(max_size=300)
        signatures = st.sampled_from([None, "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "\xe9"])

        def poster(post: Callable[..., Delivery]) -> Callable[[], None]:
            @given(st.sampled_from(paths), QUERIES, FORMS, signatures, bodies, st.booleans())
            @USUAL
            def fuzz(
                path: str,
                query: str,
                fields: list[tuple[str, str]],
                signature: str | None,
                body: bytes | None,
                is_json: bool,
            ) -> None:
                told = post(
                    joined(path, query),
                    fields,
                    is_signed=signature is not None,
                    signature=signature,
                    body=body,
                    method=method_of(path),
                    is_json=is_json,
                )
                assert 400 <= told.status < 500, (path, told)

            return fuzz

        await posted(place, poster)
        await place.rest()

        assert {"/channels/sms", "/channels/sms/status", "/channels/voice"} <= set(paths)
        assert kept(tmp_path) == before
        assert place.phones.twilio.calls == []
        assert place.model.bodies == []
        assert troubles(caplog) == []


async def test_of_what_is_signed_nothing_breaks_and_customers_are_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with sms_place(tmp_path) as place:
        await place.texts(sender="+15550176")
        await place.rest()
        callback = place.sent("+15550176")[0].callback.removeprefix(PUBLIC)
        paths = [*paths_of(place), f"{callback}&x=1", "/channels/sms"]
        statuses: list[tuple[str, int]] = []

        def poster(post: Callable[..., Delivery]) -> Callable[[], None]:
            @given(st.sampled_from(paths), QUERIES, st.uuids(), FORMS, st.booleans())
            @USUAL
            def fuzz(
                path: str, query: str, one: UUID, fields: list[tuple[str, str]], is_json: bool
            ) -> None:
                form = [*(good(one) | dict(fields)).items(), *fields]
                told = post(joined(path, query), form, is_json=is_json, method=method_of(path))
                statuses.append((path, told.status))
                assert 200 <= told.status < 500, (path, fields, told)
                assert told.status >= 400 or not told.content_type.startswith("text/plain")

            return fuzz

        await posted(place, poster)
        await place.texts(sender="+15550177")
        await place.rest()

        assert place.got("+15550177") == [ANSWER]
        assert {("/channels/sms", 200), ("/channels/sms", 400)} <= set(statuses)
        assert {("/channels/voice", 200), ("/channels/voice", 400)} <= set(statuses)
        assert troubles(caplog) == []
